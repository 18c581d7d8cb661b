"""Whether the documents contradict what a question takes for granted.

"Why was the pier closed in 2010?" says that it was closed, and when. Only questions of such a form
are looked at: "why" with a plain verb, and "how many ... have". Of the few best units for them, one
contradicts the question if it holds enough of its words, and

1. denies what the question says, or the other way round ("do not ratify it", "non-binding"), or has
   the opposite where the question compares ("less", "more"); `rag/check/polarity.py` tells. What
   an "if" supposes is left out;
2. or has another date after the same word ("closed in 2010", "closed in 2012") and not that one.

It is meant to be right where it speaks, and misses much: a contradiction in other words ("too
detailed" of a plan that was praised as modest) is not seen. Numbers and names in the place of
others (`rag/check/slots.py`) were tried in the second rule, and were right too seldom.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.evidence import Evidence
from rag.check.polarity import opposed, turned_round
from rag.check.quantities import Quantity, is_held, quantities
from rag.check.words import stem, words
from rag.sentences import is_asking

_TAKES_FOR_GRANTED = re.compile(
    r"\W*(?:(?:and|but|so) )?(?:(?:why|how come)\b(?! (?:should|would|could|might|may|can|must)\b)"
    r"|how many\b[^?]*\b(?:have|has|had)\b)",
    re.IGNORECASE,
)
_COMPARES = frozenset("more less higher lower better worse earlier later".split())
_SUPPOSED = re.compile(r"\b(?:if|unless|whether)\b[^,;:.]*", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;–—]")  # "lack of interest, and the distance grows" denies no distance
_BEST = 3  # units, from the best, that are looked at
_CLOSENESS = 0.9  # of their score, to the best
_MIN_COVERAGE = 0.35  # of the question's words, by rarity


def find_objection(part: str, evidence: Sequence[Evidence]) -> Evidence | None:
    """The best of `evidence`, which is in order, that contradicts a part of a question."""
    if not evidence or not _TAKES_FOR_GRANTED.match(part):
        return None
    for each in evidence[:_BEST]:
        is_near = each.score >= _CLOSENESS * evidence[0].score and each.coverage >= _MIN_COVERAGE
        is_said = each.unit.kind != "heading" and not is_asking(each.text)
        if is_near and is_said and _contradicts(_SUPPOSED.sub("", each.text), part):
            return each
    return None


def _contradicts(text: str, part: str) -> bool:
    if any(_turns_round(part, clause) for clause in _CLAUSE.split(text)):
        return True
    held = [each for each in quantities(text) if each.kind == "date"]
    return any(
        each.kind == "date"
        and not is_held(each, held)
        and _before(part, each) in _dated(text, held)
        for each in quantities(part)
    )


def _turns_round(part: str, clause: str) -> bool:
    return bool(turned_round(part, clause) or _COMPARES.intersection(opposed(part, clause)))


def _dated(text: str, dates: Sequence[Quantity]) -> set[str]:
    return {_before(text, each) for each in dates} - {""}


def _before(text: str, date: Quantity) -> str:
    """The stem of the last word before a date that is no stop word: of "closed" in "closed in
    2010"."""
    stems = (stem(word.text) for word in reversed(words(text[: date.start])))
    return next(filter(None, stems), "")
