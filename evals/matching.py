"""When a hit or a citation covers a gold quote: by overlap of words, however text was chunked.

Text is compared as runs of lower-cased letters and digits, after note markers (`<sup>..</sup>`)
and link targets are dropped. A hit covers a quote of the same document if it holds at least half
of the quote's word 4-grams. A citation covers it if it holds at least 0.3 of them, or if at least
0.6 of its own 4-grams lie in the quote (for short citations).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from evals.errors import SuiteError
from evals.suite import Case, Gold

_N = 4
_HIT, _CITATION, _OWN = 0.5, 0.3, 0.6
_MARKER = re.compile(r"<sup>.*?</sup>")
_TARGET = re.compile(r"\]\([^)]*\)")
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """The runs of letters and digits in `text`, in lower case."""
    return tuple(_WORD.findall(_TARGET.sub("]", _MARKER.sub("", text)).lower()))


def share_of_grams(part: Sequence[str], whole: Sequence[str]) -> float:
    """Share, 0 to 1, of the word 4-grams of `part` (shorter ones if it is shorter) in `whole`."""
    n = min(_N, max(1, len(part)))
    grams = [tuple(part[at : at + n]) for at in range(len(part) - n + 1)]
    if not grams:
        return 0.0
    pool = {tuple(whole[at : at + n]) for at in range(len(whole) - n + 1)}
    return sum(each in pool for each in grams) / len(grams)


@lru_cache(maxsize=200_000)
def hit_covers(document_id: str, text: str, gold: Gold) -> bool:
    """Whether a passage `text` of the document holds one of the gold quotes."""
    if gold.document != document_id:
        return False
    held = words(text)
    return any(share_of_grams(words(quote), held) >= _HIT for quote in gold.quotes)


@lru_cache(maxsize=200_000)
def citation_covers(document_id: str, quote: str, gold: Gold) -> bool:
    """Whether a citation's quote rests on one of the gold quotes."""
    own = words(quote)
    if gold.document != document_id or not own:
        return False
    return any(
        share_of_grams(wanted, own) >= _CITATION or share_of_grams(own, wanted) >= _OWN
        for wanted in map(words, gold.quotes)
    )


def find_gold(case: Case, texts: Mapping[str, str]) -> Case:
    """`case` with every gold quote found in the canonical `texts`, by document id.

    Evidence without a document is looked for in the documents that are relevant to the case.
    Raises SuiteError with the name of the case and the quote that cannot be found.
    """
    located = []
    for gold in case.evidence:
        places = [gold.document] if gold.document else sorted(case.relevant)
        missing = [place for place in places if place not in texts]
        if missing or not places:
            raise SuiteError(
                f"case {case.id}: there is no document {', '.join(missing) or '(none named)'} in "
                f"the library of this suite (it has {len(texts)})"
            )
        found = [place for place in places if all(_stands_in(q, texts[place]) for q in gold.quotes)]
        if not found:
            lost = next(q for q in gold.quotes if not _stands_in(q, texts[places[0]]))
            raise SuiteError(
                f"case {case.id}: the gold quote {lost[:120]!r} is not in the text of {places[0]}; "
                f"correct the quote, or the document that it names"
            )
        located.append(gold.model_copy(update={"document": found[0]}))
    return case.model_copy(update={"evidence": tuple(located)})


def _stands_in(quote: str, text: str) -> bool:
    wanted = words(quote)
    return bool(wanted) and f" {' '.join(wanted)} " in _line_of(text)


@lru_cache(maxsize=4096)
def _line_of(text: str) -> str:
    return f" {' '.join(words(text))} "
