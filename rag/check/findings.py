"""What of a statement its evidence does not bear out, named one by one.

1. A number, date or name is missing if the whole evidence does not have it, and displaced if it
   stands where the nearest sentences have another (slots.py) and these are near indeed.
2. Negation, opposites and modality are compared with the nearest sentences only (polarity.py), and
   only where these hold at least half of the statement's words: others say nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.check.align import Aligned
from rag.check.names import is_same_name, missing_names, names
from rag.check.polarity import firmer, opposed, turned_round
from rag.check.quantities import Quantity, is_held, quantities
from rag.check.slots import Slot, context, is_displaced
from rag.check.words import words

Kind = Literal["number", "date", "name", "negation", "modality"]

_CLOSENESS, _MOST = 0.8, 3  # of the nearest sentences
_MIN_SHARE = 0.5
_MIN_SHARE_SLOTS = 0.65  # below, what fits a place by its neighbours is seldom of that place


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a statement that its evidence does not bear out; `text` are its words.

    Of a modal word that the statement leaves out, `text` is the evidence's. `is_displaced`: the
    evidence has it elsewhere, but not there.
    """

    kind: Kind
    text: str
    is_displaced: bool = False


def find(aligned: Aligned) -> tuple[Finding, ...]:
    """All findings, in the order of the kinds."""
    near = _nearest(aligned, _MIN_SHARE_SLOTS)
    return (
        *_quantities(aligned, near),
        *_names(aligned, near),
        *_polarity(aligned.statement, _nearest(aligned, _MIN_SHARE)),
    )


def _nearest(aligned: Aligned, min_share: float) -> list[str]:
    if not aligned.ranked or aligned.shares[aligned.ranked[0]] < min_share:
        return []
    return aligned.nearest(_CLOSENESS)[:_MOST]


def _quantities(aligned: Aligned, nearest: Sequence[str]) -> Iterator[Finding]:
    said = aligned.statement
    stated = quantities(said)
    held = [each for sentence in aligned.evidence for each in quantities(sentence)]
    near = [
        Slot(each, context(sentence, each.start, each.end))
        for sentence in nearest
        for each in quantities(sentence)
    ]
    for each in stated:
        text = said[each.start : each.end]
        if each.is_vague:
            continue
        if not is_held(each, held):
            yield Finding(each.kind, text)
            continue
        alike = [slot for slot in near if slot.thing.kind == each.kind and _is_alike(slot, each)]
        here = Slot(each, context(said, each.start, each.end))
        if is_displaced(here, alike, _is_same, stated):
            yield Finding(each.kind, text, is_displaced=True)


def _is_alike(slot: Slot[Quantity], wanted: Quantity) -> bool:
    return (slot.thing.unit == "%") == (wanted.unit == "%")


def _is_same(one: Quantity, other: Quantity) -> bool:
    return is_held(one, [other])


def _names(aligned: Aligned, nearest: Sequence[str]) -> Iterator[Finding]:
    said = aligned.statement
    stated = names(said)
    spelt = {word.text for sentence in aligned.evidence for word in words(sentence)}
    missing = missing_names(said, "\n".join(aligned.evidence))
    near = [
        Slot(each, context(sentence, each.start, each.end))
        for sentence in nearest
        for each in names(sentence)
    ]
    for each in stated:
        here = Slot(each, context(said, each.start, each.end))
        if each in missing:
            yield Finding("name", each.text)
        elif each.text.isupper() and each.text.lower() not in spelt:
            continue  # the evidence has it spelt out, in words that are compared one by one
        elif is_displaced(here, near, is_same_name, stated):
            yield Finding("name", each.text, is_displaced=True)


def _polarity(statement: str, nearest: Sequence[str]) -> Iterator[Finding]:
    around = "\n".join(nearest)
    for word in dict.fromkeys((*turned_round(statement, around), *opposed(statement, around))):
        yield Finding("negation", word)
    for word in firmer(statement, nearest):
        yield Finding("modality", word)
