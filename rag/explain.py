"""Why a passage was found: what each side of the search gave it, the words it shares, its nearest
sentence. Worked out for the hits that are shown only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.late import MaxSim
from rag.lexical.query import Wording
from rag.lexical.stems import terms
from rag.records import Hit, Passage, Side, Unit, Why
from rag.rewrite import subject_words
from rag.symbols import find_whole_words

_TOKEN = re.compile(r"\w+(?:[./\u2010\u2011-]\w+)*")
_WORD = re.compile(r"\w+")
_MIN_PART = 3  # characters


@dataclass(frozen=True, slots=True)
class Sides:
    """What each side of a search gave for one query, by passage id; higher is better."""

    dense: Mapping[str, float]
    lexical: Mapping[str, float]
    similar: Mapping[str, MaxSim]


def explain(asked: Wording, hits: Sequence[Hit], sides: Sides) -> tuple[Hit, ...]:
    """`hits` with the reason why each was found for the question `asked`."""
    queries = [asked.text, *(text for text, _ in asked.further)]
    similar = sides.similar
    whole = {each: found.whole for each, found in similar.items()}
    best = {each: max(found.units) for each, found in similar.items() if found.units}
    ranked = [_sides(scores) for scores in (sides.dense, sides.lexical, whole, best)]
    explained = []
    for hit in hits:
        passage_id = hit.passage.passage_id
        dense, lexical, passage, sentence = (side.get(passage_id) for side in ranked)
        held = (hit.facts.title, *hit.passage.section, hit.passage.text)
        shared = shared_words(queries, held, hit.facts.language)
        nearest = _nearest(hit.passage, similar[passage_id]) if passage_id in similar else None
        why = Why(dense, lexical, passage, sentence, shared, nearest)
        explained.append(replace(hit, why=why))
    return tuple(explained)


def shared_words(
    queries: Sequence[str], texts: Iterable[str], language: str = "en"
) -> tuple[str, ...]:
    """The words of `queries` that stand in `texts`, as they stand there, each once.

    Words are compared as the lexical index does it for texts in `language`.
    """
    whole = dict.fromkeys(each for query in queries for each in find_whole_words(query))
    stems = dict.fromkeys(
        stem
        for query in queries
        for stem in terms(" ".join(subject_words(query)), language)
        if not _is_splinter(stem, whole)
    )
    found: dict[str, dict[str, str]] = {each: {} for each in (*whole, *stems)}
    for text in texts:
        for token in _TOKEN.findall(text):
            for key, word in _keys(token, whole, language):
                if key in found:
                    found[key].setdefault(word.casefold(), word)
    words = (word for held in found.values() for word in held.values())
    return tuple({word.casefold(): word for word in words}.values())


def _is_splinter(stem: str, whole: Iterable[str]) -> bool:
    """Whether it says nothing outside the word that it is part of: the 10 of 10.c."""
    return len(stem) < _MIN_PART and any(stem in _WORD.findall(word) for word in whole)


def _keys(token: str, whole: Iterable[str], language: str) -> list[tuple[str, str]]:
    """What a word of a text, or each of its parts, may be looked up by; with the word itself."""
    if token.lower() in whole:
        return [(token.lower(), token)]
    parts = _WORD.findall(token)
    keys = []
    for part in parts:
        stems = _stems(part, language)
        is_run = len(stems) > 1  # of a script without spaces: its stems are pairs of characters
        keys += [(stem, stem if is_run else part) for stem in stems]
    if len(parts) > 1:
        keys += [(stem, token) for stem in _stems(token, language) if stem not in dict(keys)]
    return keys


@lru_cache(maxsize=50_000)
def _stems(word: str, language: str) -> tuple[str, ...]:
    return tuple(terms(word, language))


def _sides(scores: Mapping[str, float]) -> dict[str, Side]:
    order = sorted(scores, key=lambda each: (-scores[each], each))
    return {each: Side(at, round(scores[each], 6)) for at, each in enumerate(order, start=1)}


def _nearest(passage: Passage, similar: MaxSim) -> Unit | None:
    """The unit that is nearest to the query; a heading only where there is nothing else."""
    rated = list(zip(similar.units, passage.units, strict=bool(similar.units)))
    said = [each for each in rated if each[1].kind != "heading"] or rated
    return max(said, key=lambda each: each[0], default=(0.0, None))[1]
