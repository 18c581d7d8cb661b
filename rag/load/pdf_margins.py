"""Running heads and feet of PDF pages: found, dropped, and read for the printed page label.

1. Rows near the top and bottom edge that repeat at the same height on several pages, digits
   hidden and words sorted (left and right pages swap sides), are running matter.
2. So are bare page numbers, and rows there that hold a long number of a running row.
3. A number that runs along with the pages (its distance to the page's place in the file is the
   same on most pages) is the printed label; pages between and before take part if the label stays
   positive. Roman numerals count apart. `/PageLabels` of the file, if any, go first (`pdf.py`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from rag.load.pdf_lines import Line

_BAND = 0.13  # of the height
_ROWS = 4
_SAME_HEIGHT = 9.0
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:page|p\.?|página|seite)?[\W_]*(?:\d{1,4}|[ivxl]{1,7})"
    r"(?:\s*(?:/|of|de|sur|von|\|)\s*\d{1,4})?[\W_]*",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"\d{2}-\d{5}|\d{6,}")
_NUMBERS = re.compile(r"(?<![\d.,/:-])\d{1,4}(?![\d.,:-])")
_ROMAN_LABEL = re.compile(r"[\W_]*([ivxl]{1,7})[\W_]*")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}


@dataclass(slots=True)
class Sheet:
    """The lines of a page, and the page's height."""

    number: int
    height: float
    lines: list[Line]


@dataclass(slots=True)
class _Row:
    """Lines on one baseline near an edge."""

    sheet: Sheet
    lines: list[Line]
    is_top: bool

    @property
    def text(self) -> str:
        return " ".join(line.text for line in sorted(self.lines, key=lambda line: line.x0))

    @property
    def key(self) -> str:
        """What repeats of it: words sorted, digits hidden."""
        return " ".join(sorted(re.sub(r"\d+", "#", self.text.lower()).split()))

    @property
    def place(self) -> float:
        """Its distance from the edge."""
        y = self.lines[0].y
        return self.sheet.height - y if self.is_top else y


def drop_margins(sheets: list[Sheet]) -> dict[int, str]:
    """Take running matter out of the sheets' lines; the printed labels found there, by page."""
    rows = [row for sheet in sheets for row in _edge_rows(sheet)]
    running = _running(rows, len(sheets))
    numbers = [row for row in rows if _PAGE_NUMBER.fullmatch(row.text)]
    labels = _labels([*running, *numbers], len(sheets))
    dropped = {id(line) for row in running for line in row.lines}
    for row in numbers:
        if labels or _is_outermost(row, rows):
            dropped |= {id(line) for line in row.lines}
    for sheet in sheets:
        sheet.lines = [line for line in sheet.lines if id(line) not in dropped]
    return labels


def _edge_rows(sheet: Sheet) -> list[_Row]:
    by_height: dict[int, list[Line]] = defaultdict(list)
    for line in sheet.lines:
        by_height[round(line.y / 3)].append(line)
    heights = sorted(by_height, reverse=True)
    tops = [h for h in heights[:_ROWS] if by_height[h][0].y > (1 - _BAND) * sheet.height]
    feet = [h for h in heights[-_ROWS:] if by_height[h][0].y < _BAND * sheet.height]
    return [
        *(_Row(sheet, by_height[h], True) for h in tops),
        *(_Row(sheet, by_height[h], False) for h in feet if h not in tops),
    ]


def _running(rows: list[_Row], pages: int) -> list[_Row]:
    groups: dict[tuple[str, bool], list[_Row]] = defaultdict(list)
    for row in rows:
        groups[row.key, row.is_top].append(row)
    needed = 2 if pages < 6 else 3
    running: list[_Row] = []
    for group in groups.values():
        for row in group:
            near = {r.sheet.number for r in group if abs(r.place - row.place) < _SAME_HEIGHT}
            if len(near) >= needed:
                running.append(row)
    known = set(_LONG_NUMBER.findall(" ".join(row.text for row in running)))
    bare = {re.sub(r"\D", "", number) for number in known}
    taken = {id(row) for row in running}
    for row in rows:
        found = _LONG_NUMBER.findall(row.text)
        if id(row) not in taken and any(re.sub(r"\D", "", number) in bare for number in found):
            running.append(row)
    return running


def _is_outermost(row: _Row, rows: list[_Row]) -> bool:
    """Whether no other row stands between it and the edge."""
    return not any(
        other.sheet is row.sheet and other.is_top == row.is_top and other.place < row.place
        for other in rows
    )


def _labels(rows: list[_Row], pages: int) -> dict[int, str]:
    """The labels by page, from numbers that run along with the pages."""
    numbered: dict[int, set[int]] = defaultdict(set)
    roman: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        page = row.sheet.number
        numbered[page] |= {int(n) - page for n in _NUMBERS.findall(row.text)}
        match = _ROMAN_LABEL.fullmatch(row.text.lower())
        if match:
            roman[page].add(_roman_value(match[1]) - page)
    labels = _counted(roman, pages, is_roman=True)
    arabic = _counted(numbered, pages, is_roman=False)
    return {**arabic, **{page: label for page, label in labels.items() if page not in arabic}}


def _counted(found: dict[int, set[int]], pages: int, is_roman: bool) -> dict[int, str]:
    votes = Counter(offset for offsets in found.values() for offset in offsets)
    if not votes:
        return {}
    offset, count = max(votes.items(), key=lambda item: (item[1], -abs(item[0])))
    if count < 2 and not (pages == 1 and offset == 0):
        return {}
    own = [page for page, offsets in found.items() if offset in offsets]
    first = min(own) if is_roman else 1
    covered = range(first, (max(own) if is_roman else pages) + 1)
    return {
        page: _to_roman(page + offset) if is_roman else str(page + offset)
        for page in covered
        if page + offset > 0
    }


def _roman_value(text: str) -> int:
    values = [_ROMAN_VALUES[c] for c in text]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)


def _to_roman(number: int) -> str:
    from rag.load.lists import number_text

    return number_text(number, "i")
