"""Fragments of a page to lines in reading order.

1. Fragments that follow each other on one baseline with no wide gap make a line; smaller ones
   above the baseline are raised. What the drawing order tears apart (bullets and numbers drawn
   last) is put together by place, as are the words of a line that justification pulls apart.
2. A page is set in columns if a gutter parts it into two sides of well filled lines of prose that
   are not drawn row by row like cells of a table. Lines across the gutter end a band; within a
   band each side is read from top to bottom.
3. Otherwise the drawing order holds, since programs draw cells and boxes one by one, but what
   stands wholly above comes first.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from rag.load.lists import bullet_length, item_number
from rag.load.pdf_text import Fragment

_MAX_GAP = 1.5  # of the size: a wider gap ends a line that is drawn in one go
_MAX_FOUND_GAP = 0.6  # of the size: a wider gap keeps lines apart that were drawn apart
_MAX_LABEL_GAP = 5.0  # of the size: between a bullet or number and its words
_MIN_SPACE = 0.13  # of the size
_EQUAL_GAPS = 0.06  # gaps that differ by less come from justification
_MAX_SIZE_RATIO = 3.0  # beyond, it is a figure of the layout, not part of the line
_MIN_SIDE_LINES = 5
_MIN_FILL = 0.6
_MIN_WORDS = 3.0
_GUTTER_STEP = 3.0
_MAX_BLOCKS = 3_000  # beyond, drawing order is not worth its price


class Bit(NamedTuple):
    """Words of one look on a line."""

    text: str
    bold: bool
    raised: bool


@dataclass(slots=True)
class Line:
    """A line of one column, or of one cell."""

    bits: list[Bit]
    x0: float
    x1: float
    y: float
    size: float
    order: int
    page: int = 0
    left: float = 0.0  # of its column
    right: float = 0.0
    flow: int = 0  # lines of one column share it
    text: str = ""  # of all bits, stripped

    @property
    def is_bold(self) -> bool:
        """Whether all its words are bold."""
        return all(bit.bold for bit in self.bits if bit.text.strip() and not bit.raised)


def read_lines(fragments: list[Fragment]) -> list[Line]:
    """The lines of a page in drawing order; sideways text after the rest."""
    lines: list[Line] = []
    for turn, _ in Counter(f.turn for f in fragments).most_common():
        own = [(at, f) for at, f in enumerate(fragments) if f.turn == turn]
        lines += _unstretched(_merged([_line(chain) for chain in _chains(own)]))
    return lines


def _chains(fragments: list[tuple[int, Fragment]]) -> list[list[tuple[int, Fragment]]]:
    """Fragments grouped as far as they follow each other on a line."""
    chains: list[list[tuple[int, Fragment]]] = []
    for at, fragment in fragments:
        if chains and _follows(chains[-1], fragment):
            chains[-1].append((at, fragment))
        else:
            chains.append([(at, fragment)])
    return chains


def _follows(chain: list[tuple[int, Fragment]], fragment: Fragment) -> bool:
    last = chain[-1][1]
    largest = max((f for _, f in chain), key=lambda f: f.size)
    size = max(largest.size, fragment.size)
    if size > _MAX_SIZE_RATIO * min(largest.size, fragment.size):
        return False
    rise = abs(fragment.y - largest.y)
    gap = fragment.x0 - last.x1
    is_level = rise < 0.12 * size or (
        min(largest.size, fragment.size) < 0.92 * size and rise < 0.62 * size
    )
    is_level = is_level or (rise < 0.5 * size and fragment.text.strip().isdecimal())
    return is_level and -0.7 * size < gap < _MAX_GAP * size


def _line(chain: list[tuple[int, Fragment]]) -> Line:
    fragments = [fragment for _, fragment in chain]
    weights: Counter[float] = Counter()
    for f in fragments:
        weights[round(f.size, 1)] += len(f.text.strip())
    size = max(weights, key=lambda s: (weights[s] + (s == max(weights)), s))
    base = median(f.y for f in fragments if round(f.size, 1) == size)
    bits: list[Bit] = []
    for before, f in zip([None, *fragments], fragments, strict=False):
        rise = f.y - base
        is_small = f.size < 0.92 * size or (rise > 0.25 * size and f.size <= 1.02 * size)
        raised = rise > 0.14 * size and is_small
        is_gap = before is not None and f.x0 - before.x1 > _MIN_SPACE * min(f.size, before.size)
        bits.append(Bit((" " if is_gap else "") + f.text, f.bold, raised))
    left, right = min(f.x0 for f in fragments), max(f.x1 for f in fragments)
    text = "".join(bit.text for bit in bits).strip()
    return Line(bits, left, right, base, size, chain[0][0], text=text)


def _merged(lines: list[Line]) -> list[Line]:
    """Lines put together that are one by place although drawn apart."""
    by_place = sorted(lines, key=lambda line: (-round(line.y / 2), line.x0))
    merged: list[Line] = []
    rows: dict[int, list[Line]] = {}
    for line in by_place:
        key = round(line.y / 2)
        near = [other for k in (key - 1, key, key + 1) for other in rows.get(k, ())]
        joined = next((other for other in near if _belong_together(other, line)), None)
        if joined is None:
            rows.setdefault(key, []).append(line)
            merged.append(line)
        else:
            _absorb(joined, line)
    return sorted(merged, key=lambda line: line.order)


def _unstretched(lines: list[Line]) -> list[Line]:
    """Lines put together of which justification left single words with equal gaps."""
    rows: dict[int, list[Line]] = {}
    for line in lines:
        rows.setdefault(round(line.y), []).append(line)
    gone: set[int] = set()
    for row in rows.values():
        row.sort(key=lambda line: line.x0)
        gaps = [right.x0 - left.x1 for left, right in itertools.pairwise(row)]
        if len(gaps) < 3 or min(gaps) <= 0 or max(gaps) - min(gaps) > _EQUAL_GAPS * max(gaps):
            continue
        for right in row[1:]:
            _absorb(row[0], right)
            gone.add(id(right))
    return [line for line in lines if id(line) not in gone]


def _belong_together(left: Line, right: Line) -> bool:
    size = max(left.size, right.size)
    gap = right.x0 - left.x1
    is_alike = size <= _MAX_SIZE_RATIO * min(left.size, right.size)
    if not is_alike or abs(left.y - right.y) > 0.2 * size or gap < -0.3 * size:
        return False
    is_front = len(left.text) <= 6 and is_label(left.text)
    return gap < (_MAX_LABEL_GAP if is_front else _MAX_FOUND_GAP) * size


def is_label(text: str) -> bool:
    """Whether a word is a bullet, or a number or letter as in front of items and headings."""
    return bool(bullet_length(f"{text} x") or item_number(f"{text} x")) or bool(
        re.fullmatch(r"(?:\d{1,2}\.){1,4}\d{0,2}|[A-Z]\.|[IVX]{1,5}\.", text)
    )


def _absorb(left: Line, right: Line) -> None:
    """Put `right` behind `left`, at the place of the longer one."""
    gap = right.x0 - left.x1 > _MIN_SPACE * min(left.size, right.size)
    left.bits = [*left.bits, *([Bit(" ", right.bits[0].bold, False)] if gap else []), *right.bits]
    if len(right.text) > len(left.text):
        left.order, left.size, left.y = right.order, right.size, right.y
    left.x1 = max(left.x1, right.x1)
    left.text = "".join(bit.text for bit in left.bits).strip()


def reading_order(lines: list[Line], depth: int = 0) -> list[list[Line]]:
    """The lines in reading order, by flows (columns, and stretches across them)."""
    gutter = _gutter(lines) if depth < 3 else 0.0
    if not gutter:
        return [_drawn_order(lines)] if lines else []
    flows: list[list[Line]] = []
    band: list[Line] = []
    across: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.y):
        if line.x0 < gutter - 1 and line.x1 > gutter + 1:
            flows += _sides(band, gutter, depth)
            band = []
            across.append(line)
        else:
            flows += [across] if across else []
            across = []
            band.append(line)
    return [*flows, *([across] if across else []), *_sides(band, gutter, depth)]


def _sides(band: list[Line], gutter: float, depth: int) -> list[list[Line]]:
    left = [line for line in band if line.x1 <= gutter + 1]
    right = [line for line in band if line.x1 > gutter + 1]
    return [*reading_order(left, depth + 1), *reading_order(right, depth + 1)]


def _gutter(lines: list[Line]) -> float:
    """The x at which the lines part into two columns, or 0."""
    if len(lines) < 2 * _MIN_SIDE_LINES:
        return 0.0
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    width = right - left
    found: list[tuple[int, float]] = []
    at = left + 0.25 * width
    while at < right - 0.25 * width:
        crossing = sum(len(line.text) for line in lines if line.x0 < at - 1 and line.x1 > at + 1)
        found.append((crossing, at))
        at += _GUTTER_STEP
    least = min((crossing for crossing, _ in found), default=0)
    places = [at for crossing, at in found if crossing == least]
    if not places or least > 0.35 * sum(len(line.text) for line in lines):
        return 0.0
    gutter = places[len(places) // 2]
    return gutter if _are_columns(lines, gutter, left, right) else 0.0


def _are_columns(lines: list[Line], gutter: float, left: float, right: float) -> bool:
    """Whether both sides of the gutter are columns of prose."""
    sides = (
        [line for line in lines if line.x1 <= gutter + 1],
        [line for line in lines if line.x0 >= gutter - 1],
    )
    for side, start, end in ((sides[0], left, gutter), (sides[1], gutter, right)):
        if len(side) < _MIN_SIDE_LINES:
            return False
        fill = median(line.x1 - line.x0 for line in side) / max(1.0, end - start)
        words = median(len(line.text.split()) for line in side)
        if fill < _MIN_FILL or words < _MIN_WORDS:
            return False
    is_left = [
        line.x1 <= gutter + 1 for line in sorted((*sides[0], *sides[1]), key=lambda x: x.order)
    ]
    switches = sum(a != b for a, b in itertools.pairwise(is_left))
    smaller = min(len(side) for side in sides)
    return switches <= max(3, smaller // 4) or switches >= 1.6 * smaller


def _drawn_order(lines: list[Line]) -> list[Line]:
    """Drawing order, except that what stands wholly above comes first."""
    blocks: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.order):
        last = blocks[-1][-1] if blocks else None
        goes_down = last is not None and 0 < last.y - line.y < 3 * max(last.size, line.size)
        if blocks and last is not None and goes_down and line.x0 < last.x1 and line.x1 > last.x0:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    if len(blocks) > _MAX_BLOCKS:
        return sorted(lines, key=lambda line: (-line.y, line.x0))
    ordered: list[list[Line]] = []
    for block in blocks:
        at = len(ordered)
        while at and _is_above(block, ordered[at - 1]):
            at -= 1
        ordered.insert(at, block)
    return [line for block in ordered for line in block]


def _is_above(block: list[Line], other: list[Line]) -> bool:
    return block[-1].y > other[0].y + 0.5 * other[0].size


def body_size(lines: Iterable[Line]) -> float:
    """The size in which most characters are set."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size * 2) / 2] += len(line.text)
    return max(weights, key=lambda size: weights[size], default=10.0)
