"""What speaks for a passage, made into one score; higher is better, about 0 to 1.

1. `weigh`: a weighted sum of cosine, BM25 scaled by the best of its list, MaxSim with the passage
   and with its best sentence. The weights are settings, fitted by `bench/fit_fusion.py`.
2. A passage that MaxSim has not looked at has its cosine in the place of it, and stands below all
   that it has looked at.
3. A passage that itself asks (a list of guiding questions) counts less, and so does a note that
   only names a work, unless works are asked for: neither answers. One of a document that the
   question names counts more.
4. `fuse_ranks`: reciprocal rank fusion, to compare with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.records import Passage
from rag.sentences import is_asking, is_bare
from rag.settings import RetrievalSettings

Scores = dict[str, float]

_WORKS = re.compile(
    r"\b(?:stud(?:y|ies)|sources?|references?|reports?|authors?|papers?|publications?|books?|works|"
    r"footnotes?|notes?|cit(?:e|es|ed|ations?)|wrote|written|published|research(?:ers?)?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a passage; `passage` and `sentence` are None where MaxSim did not look."""

    dense: float  # cosine, -1 to 1
    lexical: float  # BM25 by the best of its list, 0 to 1
    is_named: bool = False  # whether the question names its document
    passage: float | None = None  # MaxSim with the whole of it, about 0 to 1
    sentence: float | None = None  # with the best of its units
    asking: float = 0.0  # share of its text that stands in questions, 0 to 1
    is_reference: bool = False  # a note that only names a work, where none is asked for


def weigh(signs: Signs, settings: RetrievalSettings) -> float:
    """The score of a passage."""
    late = settings.passage_weight + settings.sentence_weight if settings.rerank else 0.0
    score = settings.dense_weight * signs.dense + settings.lexical_weight * signs.lexical
    if signs.passage is None or signs.sentence is None:
        score += late * signs.dense
    else:
        score += settings.passage_weight * signs.passage
        score += settings.sentence_weight * signs.sentence
    score += settings.named_weight * signs.is_named
    score -= settings.asking_penalty * signs.asking
    return score - settings.reference_penalty * signs.is_reference


def weigh_all(signs: Mapping[str, Signs], settings: RetrievalSettings) -> Scores:
    """The scores of passages by id, those that MaxSim has not looked at below the others."""
    scores = {each: weigh(found, settings) for each, found in signs.items()}
    looked_at = [scores[each] for each, found in signs.items() if found.passage is not None]
    lowest = min(looked_at, default=float("inf"))
    return {
        each: score if signs[each].passage is not None else min(score, lowest)
        for each, score in scores.items()
    }


def fuse_ranks(lists: Sequence[Mapping[str, float]], k: int) -> Scores:
    """Reciprocal rank fusion: the sum of 1 / (k + rank) over the lists that hold a passage.

    Cormack, Clarke and Büttcher, SIGIR 2009.
    """
    fused: Scores = {}
    for scores in lists:
        order = sorted(scores, key=lambda each: (-scores[each], each))
        for rank, each in enumerate(order, start=1):
            fused[each] = fused.get(each, 0.0) + 1 / (k + rank)
    return fused


def asks_for_work(question: str) -> bool:
    """Whether a question asks for studies, authors or the like: then references answer it."""
    return _WORKS.search(question) is not None


def is_reference(passage: Passage) -> bool:
    """Whether the passage is a note that only names a work."""
    return passage.is_note and is_bare(passage.text)


def asking_share(passage: Passage) -> float:
    """Share of the passage's text that stands in questions, 0 to 1."""
    asking = sum(
        unit.end - unit.start
        for unit in passage.units
        if is_asking(passage.text[unit.start - passage.start : unit.end - passage.start])
    )
    return asking / max(1, len(passage.text))
