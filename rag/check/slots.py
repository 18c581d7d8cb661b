"""Whether a number, date or name of the statement stands where the evidence has another.

"Launched in 2014" is not carried by "launched in 2010", though another sentence has "2014". The
words on both sides tell: if they fit a place at which the evidence has something else, clearly
better than any place at which it has the same, the statement has the wrong one. Words in brackets
are passed over, so that a sentence fits its place with its asides or without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from rag.check.words import stem, words

_REACH = 4  # words to either side
_ASIDE = re.compile(r"\([^()]*\)")
_STOP_WORD = 0.3  # what a shared stop word counts, against 1
_MIN_FIT, _MIN_LEAD = 1.5, 1.2  # as for a year between two words of its own

Thing = TypeVar("Thing")
Context = frozenset[str]


@dataclass(frozen=True, slots=True)
class Slot(Generic[Thing]):
    """A thing with the words around it."""

    thing: Thing
    context: Context


@lru_cache(maxsize=50_000)
def context(text: str, start: int, end: int) -> Context:
    """The words within reach of `text[start:end]`, by stem; stop words as they stand."""
    asides = [each.span() for each in _ASIDE.finditer(text)]
    passed = [(first, last) for first, last in asides if not first <= start < last]
    said = [
        word
        for word in words(text)
        if not any(first <= word.start < last for first, last in passed)
    ]
    before = [word for word in said if word.end <= start][-_REACH:]
    after = [word for word in said if word.start >= end][:_REACH]
    return frozenset(stem(word.text) or f" {word.text}" for word in (*before, *after))


def is_displaced(
    wanted: Slot[Thing],
    held: Iterable[Slot[Thing]],
    is_same: Callable[[Thing, Thing], bool],
    stated: Sequence[Thing],
) -> bool:
    """Whether `wanted` stands where the evidence has something that is not `stated`."""
    same = other = 0.0
    for slot in held:
        fit = _fit(wanted.context, slot.context)
        if is_same(slot.thing, wanted.thing):
            same = max(same, fit)
        elif not any(is_same(slot.thing, each) for each in stated):
            other = max(other, fit)
    return other >= _MIN_FIT and other - same >= _MIN_LEAD


def _fit(one: Context, other: Context) -> float:
    return sum(_STOP_WORD if word[0] == " " else 1.0 for word in one & other)
