"""Whether the documents contradict what a question takes for granted.

"Why was the pier closed in 2010?" says that it was closed, and when. Only questions of such a form
are looked at: "why" with a plain verb, and "how many ... have". Of the few best units for them, one
contradicts the question if it holds enough of its words, and

1. denies what the question says, or the other way round ("do not ratify it", "non-binding"), or has
   the opposite where the question compares ("less", "more"); `rag/check/polarity.py` tells;
2. or has another date, number or name in the place of the question's (`rag/check/slots.py`).

It is meant to be right where it speaks, and misses much: a contradiction in other words ("too
detailed" of a plan that was praised as modest) is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.answer.evidence import Evidence
from rag.check.names import is_same_name, names
from rag.check.polarity import opposed, turned_round
from rag.check.quantities import Quantity, is_held, quantities
from rag.check.slots import Slot, context, is_displaced
from rag.sentences import is_asking

_TAKES_FOR_GRANTED = re.compile(
    r"\W*(?:(?:and|but|so) )?(?:(?:why|how come)\b(?! (?:should|would|could|might|may|can|must)\b)"
    r"|how many\b[^?]*\b(?:have|has|had)\b)",
    re.IGNORECASE,
)
_COMPARES = frozenset("more less higher lower better worse earlier later".split())
_BEST = 3  # units, from the best, that are looked at
_CLOSENESS = 0.9  # of their score, to the best
_MIN_COVERAGE = 0.35  # of the question's words, by rarity


class Objection(NamedTuple):
    """A unit that says otherwise than the question, and the question's word that it is about."""

    evidence: Evidence
    said: str


def find_objection(part: str, evidence: Sequence[Evidence]) -> Objection | None:
    """The best of `evidence`, which is in order, that contradicts a part of a question."""
    if not evidence or not _TAKES_FOR_GRANTED.match(part):
        return None
    for each in evidence[:_BEST]:
        is_near = each.score >= _CLOSENESS * evidence[0].score and each.coverage >= _MIN_COVERAGE
        if is_near and each.unit.kind != "heading" and not is_asking(each.text):
            said = next(_denied(part, each.text), "")
            if said:
                return Objection(each, said)
    return None


def _denied(part: str, text: str) -> Iterator[str]:
    yield from turned_round(part, text)
    yield from (word for word in opposed(part, text) if word in _COMPARES)
    yield from _displaced_quantities(part, text)
    yield from _displaced_names(part, text)


def _displaced_quantities(part: str, text: str) -> Iterator[str]:
    stated = quantities(part)
    held = [Slot(each, context(text, each.start, each.end)) for each in quantities(text)]
    for each in stated:
        alike = [slot for slot in held if slot.thing.kind == each.kind]
        here = Slot(each, context(part, each.start, each.end))
        if not each.is_vague and is_displaced(here, alike, _is_same, stated):
            yield part[each.start : each.end]


def _is_same(one: Quantity, other: Quantity) -> bool:
    return is_held(one, [other])


def _displaced_names(part: str, text: str) -> Iterator[str]:
    stated = names(part)
    held = [Slot(each, context(text, each.start, each.end)) for each in names(text)]
    for each in stated:
        here = Slot(each, context(part, each.start, each.end))
        if is_displaced(here, held, is_same_name, stated):
            yield each.text
