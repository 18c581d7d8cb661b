"""Numbers in words: "twenty-five", "two hundred and six", "two thirds", "the third"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: n for n, word in enumerate(_UNITS)} | {
    word: 10 * n for n, word in enumerate(_TENS, start=2)
}
_ORDINALS = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        start=1,
    )
} | {word[:-1] + "ieth": 10 * n for n, word in enumerate(_TENS, start=2)}
_PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4} | {
    word + "s": n for word, n in _ORDINALS.items() if n > 3
}
_HUNDRED = 100


class Spelled(NamedTuple):
    """A number in words: its value, its unit ("%" of a fraction, "th" of an ordinal) and the
    index after its last word."""

    value: float
    unit: str
    end: int


def read_spelled(words: Sequence[str], at: int) -> Spelled | None:
    """The number in words that begins at `words[at]`, which are in lower case; None for none."""
    total, end = _cardinal(words, at)
    word = words[end] if end < len(words) else ""
    if end > at:
        is_part = word in _PARTS and total < _HUNDRED
        return Spelled(total / _PARTS[word], "%", end + 1) if is_part else Spelled(total, "", end)
    before = words[at - 1] if at else ""
    if word == "dozen":
        return Spelled(12.0, "", at + 1)
    if word in ("half", "quarter") or (word in _PARTS and before == "a"):
        return Spelled(1 / _PARTS[word], "%", at + 1)
    return _compound(word.split("-"), before, at + 1)


def _cardinal(words: Sequence[str], at: int) -> tuple[float, int]:
    """The sum of the number words from `at`, and the index after them."""
    total, end = 0.0, at
    while end < len(words):
        small = _small(words[end])
        if words[end] == "hundred" and 0 < total < _HUNDRED:
            total *= _HUNDRED
        elif small is not None and (end == at or _goes_on(total, small)):
            total += small
        elif not (
            words[end] == "and"
            and total >= _HUNDRED
            and end + 1 < len(words)
            and _small(words[end + 1]) is not None
        ):
            break
        end += 1
    return total, end


def _small(word: str) -> int | None:
    """The value of "seven" or "twenty-five"."""
    pieces = word.split("-")
    return sum(_SMALL[each] for each in pieces) if all(each in _SMALL for each in pieces) else None


def _goes_on(total: float, small: int) -> bool:
    """Whether `small` adds to `total`: "twenty five", "two hundred six"."""
    if total >= _HUNDRED:
        return total % _HUNDRED == 0 and small < _HUNDRED
    return total >= 20 and total % 10 == 0 and 0 < small < 10


def _compound(pieces: Sequence[str], before: str, end: int) -> Spelled | None:
    """ "Two-thirds", "twenty-first", "two-generation" and plain ordinals."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) > 1 and first in _SMALL:
        if last in _PARTS and first not in _TENS:
            return Spelled(_SMALL[first] / _PARTS[last], "%", end)
        if last not in _ORDINALS:
            return Spelled(float(_SMALL[first]), "", end)
    if last not in _ORDINALS or any(each not in _SMALL for each in pieces[:-1]):
        return None
    if last == "second" and before[:1].isdigit():  # of time
        return None
    tens = sum(_SMALL[each] for each in pieces[:-1])
    return Spelled(float(tens + _ORDINALS[last]), "th", end)
