"""Numbers and dates in a text, by value: "12 %" is "twelve per cent", "5.2 million" "5,200,000".

1. Words are read from left to right; figures, number words (spelled.py) and multipliers
   ("million") make one value.
2. "%" and "per cent" make it a share; "from 10 to 12 per cent" makes two.
3. A bare figure of four digits from 1000 to 2100 is a year; a month is a date of its own, and
   makes the figure beside it one of its days.
4. "One" and "first" say too little to be looked for, but count where they are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rag.check.spelled import read_spelled
from rag.check.words import Word, words

_MULTIPLIERS = {
    "hundred": 100.0,
    "dozen": 12.0,
    "thousand": 1e3,
    "million": 1e6,
    "m": 1e6,
    "mn": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
}
_MONTHS = {
    name: n
    for n, names in enumerate(
        "january jan,february feb,march mar,april apr,may,june jun,july jul,august aug,"
        "september sept sep,october oct,november nov,december dec".split(","),
        start=1,
    )
    for name in names.split()
}
_AMBIGUOUS = {"may", "march", "mar", "jan", "dec", "sep"}  # months only in their places
_BEFORE_MONTH = {"in", "of", "since", "until", "by", "from", "early", "late", "mid", "last", "next"}
_PERCENT = {"%", "percent", "percentage"}
_BETWEEN = {"-", "–", "—", "to", "and", "or"}
_HEDGES = frozenset("about around approximately roughly nearly almost over than some".split())
_CURRENCY = {"$", "€", "£", "¥"}
_FIGURE = re.compile(r"(\d+(?:[.,]\d+)*)([^\W_]*)")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")
_THREE = re.compile(r"\d{3}")
_GAP = re.compile(r", |[ \u00a0\u2009\u202f]")  # between groups of three digits
_YEAR = re.compile(r"1\d{3}|20\d\d|2100")
_MAX_DAY = 31
_ROUNDING = 0.05


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a date at `start:end` of its text.

    `unit` is "%" (`value` then is the share, 0.12 for 12 per cent), "th" of an ordinal, "s" of a
    decade, "month", of a day the number of its month, of a label ("10.c") its text, else empty.
    """

    kind: Literal["number", "date"]
    value: float
    unit: str
    start: int
    end: int
    is_rounded: bool = False  # "about", "more than": holds for values near it
    is_vague: bool = False  # "one", "first": not looked for


@lru_cache(maxsize=20_000)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers and dates of `text`, in order."""
    return tuple(_Reader(text).read())


def is_held(wanted: Quantity, held: Sequence[Quantity]) -> bool:
    """Whether one of `held` says `wanted`; rounded numbers may differ by five per cent."""
    return any(_says(each, wanted) for each in held)


def _says(held: Quantity, wanted: Quantity) -> bool:
    if held.unit != wanted.unit:
        return False
    is_rounded = (wanted.is_rounded or held.is_rounded) and held.kind == wanted.kind == "number"
    most = _ROUNDING if is_rounded else 1e-9
    return abs(held.value - wanted.value) <= most * max(abs(wanted.value), 1e-12)


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = words(text)
        self._plain = [word.text for word in self._words]

    def read(self) -> Iterator[Quantity]:
        """The quantities in order."""
        found: list[Quantity] = []
        at = 0
        while at < len(self._words):
            each, end = self._month(at) or self._number(at) or (None, at + 1)
            if each:
                found.append(each)
            at = end
        self._share_units(found)
        yield from found

    def _word(self, at: int) -> str:
        return self._plain[at] if 0 <= at < len(self._plain) else ""

    def _month(self, at: int) -> tuple[Quantity, int] | None:
        word = self._words[at]
        month = _MONTHS.get(word.text)
        if month is None:
            return None
        is_dated = self._word(at - 1)[:1].isdigit() or self._word(at + 1)[:1].isdigit()
        is_led_in = word.is_capital and self._word(at - 1) in _BEFORE_MONTH
        if word.text in _AMBIGUOUS and not is_dated and not is_led_in:
            return None
        return Quantity("date", month, "month", word.start, word.end), at + 1

    def _number(self, at: int) -> tuple[Quantity, int] | None:
        first = self._words[at]
        is_figure = first.text[0].isdigit()
        found = self._figure(at) if is_figure else read_spelled(self._plain, at)
        if found is None:
            return None
        value, unit, end = found
        while not unit and self._word(end) in _MULTIPLIERS:
            value *= _MULTIPLIERS[self._word(end)]
            end += 1
        percent = 0 if unit else self._percent(end)
        if percent or (not unit and self._is_headed_percent(at)):
            value, unit, end = value / 100, "%", end + percent
        is_year = not unit and end == at + 1 and self._is_year(first, self._word(at - 1))
        quantity = Quantity(
            "date" if is_year or unit == "s" else "number",
            value,
            unit,
            first.start,
            self._words[end - 1].end,
            is_rounded=self._word(at - 1) in _HEDGES,
            is_vague=value == 1 and unit in ("", "th") and not is_figure,
        )
        return quantity, end

    @staticmethod
    def _is_year(word: Word, before: str) -> bool:
        return bool(_YEAR.fullmatch(word.text)) and before not in _CURRENCY

    def _figure(self, at: int) -> tuple[float, str, int] | None:
        """Value, unit and end of the figure at `at`."""
        match = _FIGURE.fullmatch(self._word(at))
        if match is None:
            return None
        digits, suffix = match.groups()
        end = at + 1
        if not suffix and digits.isdigit() and len(digits) <= 3:
            while _THREE.fullmatch(self._word(end)) and self._is_gap(end):
                digits += self._word(end)
                end += 1
        value = _value(digits)
        if value is None:
            return 0.0, self._word(at), end
        if suffix in _MULTIPLIERS:
            return value * _MULTIPLIERS[suffix], "", end
        if suffix in ("st", "nd", "rd", "th"):
            return value, "th", end
        return (value, suffix, end) if suffix in ("", "s") else (0.0, self._word(at), end)

    def _is_gap(self, at: int) -> bool:
        between = self._text[self._words[at - 1].end : self._words[at].start]
        return bool(_GAP.fullmatch(between))

    def _percent(self, at: int) -> int:
        """Number of words at `at` that say "per cent"."""
        if self._word(at) in _PERCENT:
            return 2 if self._word(at + 1) in ("point", "points") else 1
        return 2 if self._word(at) == "per" and self._word(at + 1) == "cent" else 0

    def _is_headed_percent(self, at: int) -> bool:
        """Whether "per cent" stands before, as in a table row: "Share, per cent: 12"."""
        if at == 0 or ":" not in self._text[self._words[at - 1].end : self._words[at].start]:
            return False
        return self._word(at - 1) in {*_PERCENT, "cent"}

    def _share_units(self, found: list[Quantity]) -> None:
        """Gives "%" and the month of a day to the figure beside it that goes without."""
        places = range(len(found))
        for at, beside in [(at, at + 1) for at in reversed(places[:-1])] + [
            (at, at - 1) for at in places[1:]
        ]:
            this, other = found[at], found[beside]
            if this.kind == "date" or this.unit not in ("", "th"):
                continue
            between = self._between(this, other)
            if other.unit == "%" and beside > at and between in _BETWEEN:
                found[at] = replace(this, value=this.value / 100, unit="%")
            elif this.value in range(1, _MAX_DAY + 1):
                month = _month_of(other, between)
                if month:
                    found[at] = replace(this, kind="date", unit=month, is_vague=False)

    def _between(self, one: Quantity, other: Quantity) -> str:
        first, last = sorted((one, other), key=lambda each: each.start)
        return self._text[first.end : last.start].strip().lower()


def _month_of(beside: Quantity, between: str) -> str:
    """The month of a figure next to `beside`, a month or a day of one; empty for none."""
    if beside.unit == "month":
        return str(int(beside.value)) if between in ("", "of") else ""
    is_day = beside.kind == "date" and beside.unit.isdigit()
    return beside.unit if is_day and between in _BETWEEN else ""


def _value(digits: str) -> float | None:
    if _GROUPED.fullmatch(digits):
        return float(digits.replace(",", ""))
    return float(digits.replace(",", ".")) if _DECIMAL.fullmatch(digits) else None
