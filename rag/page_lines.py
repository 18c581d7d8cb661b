"""Glyphs of a page put together by line, whatever way the line runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.pdfium import Glyph

_SAME_LINE = 0.5  # of the lower glyph's height that two on one line share
MAX_GAP = 4.0  # times the height: glyphs further apart are boxed apart


class Box(NamedTuple):
    """A rectangle in fractions of the page as shown, from its top left."""

    x: float
    y: float
    width: float
    height: float


def by_lines(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs from top to bottom, those of a line from left to right."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda each: each.top + each.bottom):
        middle = (glyph.top + glyph.bottom) / 2
        if rows and rows[-1][0].top <= middle <= rows[-1][0].bottom:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    return [glyph for row in rows for glyph in sorted(row, key=lambda each: each.left)]


def line_boxes(glyphs: Sequence[Glyph]) -> list[Box]:
    """A box for each line of the glyphs."""
    lines: list[Glyph] = []
    for glyph in glyphs:
        if lines and is_beside(lines[-1], glyph):
            lines[-1] = _joined(lines[-1], glyph)
        else:
            lines.append(glyph)
    return [
        Box(
            round(line.left, 5),
            round(line.top, 5),
            round(line.right - line.left, 5),
            round(line.bottom - line.top, 5),
        )
        for line in (_cut(each) for each in lines)
        if line.right > line.left and line.bottom > line.top
    ]


def _cut(glyph: Glyph) -> Glyph:
    """What of a glyph's box is on the page."""
    left, top = max(0.0, glyph.left), max(0.0, glyph.top)
    return Glyph("", left, top, min(1.0, glyph.right), min(1.0, glyph.bottom), glyph.is_level)


def is_beside(line: Glyph, glyph: Glyph) -> bool:
    """Whether a glyph goes on with a line."""
    if line.is_level != glyph.is_level:
        return False
    if not line.is_level:
        line, glyph = _turned(line), _turned(glyph)
    shared = min(line.bottom, glyph.bottom) - max(line.top, glyph.top)
    high = min(line.bottom - line.top, glyph.bottom - glyph.top)
    gap = max(glyph.left - line.right, line.left - glyph.right)
    return shared >= _SAME_LINE * high and gap <= MAX_GAP * (line.bottom - line.top)


def _turned(glyph: Glyph) -> Glyph:
    return Glyph(glyph.text, glyph.top, glyph.left, glyph.bottom, glyph.right)


def _joined(line: Glyph, glyph: Glyph) -> Glyph:
    return Glyph(
        "",
        min(line.left, glyph.left),
        min(line.top, glyph.top),
        max(line.right, glyph.right),
        max(line.bottom, glyph.bottom),
        line.is_level,
    )
