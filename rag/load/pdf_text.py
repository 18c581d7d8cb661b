"""Text of a PDF page with its place: content stream operators to fragments.

1. The operators are run as a viewer runs them, as far as they place text: graphics state, text
   matrix, spacing, rise, and forms drawn by `Do`.
2. Each string becomes a fragment with the start and end of its baseline in points, its size and
   whether its font is bold. A wide step inside a string is a space, a very wide one ends the
   fragment, so that columns and cells stay apart.
3. Coordinates are as the page is seen: turned by the page's rotation, and for text that is set
   sideways turned so that it reads from left to right; such text has its own `turn`.
4. Text drawn twice at one place (imitated bold) is taken once; text off the page is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pypdf import PageObject
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from rag.load.pdf_fonts import Face, FaceCache
from rag.load.pdf_operators import read_operations

Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_MIN_SPACE = 0.13  # of the size: a step this wide inside a string is a space
_MIN_COLUMN_GAP = 1.8  # of the size: a step this wide ends the fragment
_MAX_FORM_DEPTH = 8
_MAX_FRAGMENTS = 40_000
_MAX_OPERATIONS = 3_000_000


class Fragment(NamedTuple):
    """A string as placed; x0, x1 and y are of its baseline, in points from the lower left."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    turn: int  # quarter turns by which the text was turned to read from left to right


@dataclass(slots=True)
class _State:
    """The part of the graphics state that places text."""

    ctm: Matrix
    face: Face | None = None
    size: float = 1.0
    char_space: float = 0.0
    word_space: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0

    def copy(self) -> _State:
        return _State(
            self.ctm,
            self.face,
            self.size,
            self.char_space,
            self.word_space,
            self.scale,
            self.leading,
            self.rise,
        )


def read_fragments(page: PageObject, faces: FaceCache) -> tuple[list[Fragment], float, float]:
    """The page's fragments in drawing order, and its width and height as seen."""
    box = page.cropbox
    left, bottom, right, top = (float(v) for v in (box.left, box.bottom, box.right, box.top))
    width, height = right - left, top - bottom
    turn = round((page.rotation or 0) / 90) % 4
    ctm: Matrix = (
        (1.0, 0.0, 0.0, 1.0, -left, -bottom),
        (0.0, -1.0, 1.0, 0.0, -bottom, right),
        (-1.0, 0.0, 0.0, -1.0, right, top),
        (0.0, 1.0, -1.0, 0.0, top, -left),
    )[turn]
    if turn % 2:
        width, height = height, width
    painter = _Painter(faces, ctm, (width, height))
    contents = page.get("/Contents")
    if contents is not None:
        painter.run(_stream_data(contents.get_object()), page.get("/Resources"))
    return _distinct(painter.fragments), width, height


def _stream_data(contents: Any) -> bytes:
    """The data of a page's content streams as one."""
    parts = contents if isinstance(contents, ArrayObject) else [contents]
    streams = [part.get_object() for part in parts]
    return b"\n".join(s.get_data() for s in streams if isinstance(s, StreamObject))


def _distinct(fragments: list[Fragment]) -> list[Fragment]:
    """The fragments without those drawn a second time at the same place."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for fragment in fragments:
        spots = [
            (fragment.text, round(fragment.x0 + dx), round(fragment.y + dy))
            for dx in (-0.3, 0.3)
            for dy in (-0.3, 0.3)
        ]
        if not any(spot in seen for spot in spots):
            kept.append(fragment)
        seen.update(spots)
    return kept


@dataclass(slots=True)
class _Painter:
    """Runs operators and gathers fragments."""

    faces: FaceCache
    ctm: Matrix
    page_size: tuple[float, float]
    fragments: list[Fragment] = field(default_factory=list)
    state: _State = field(init=False)
    stack: list[_State] = field(default_factory=list)
    text_matrix: Matrix = _IDENTITY
    line_matrix: Matrix = _IDENTITY
    depth: int = 0

    def __post_init__(self) -> None:
        self.state = _State(self.ctm)

    def run(self, data: bytes, resources: Any) -> None:
        """Run a content stream."""
        found = resources.get_object() if resources is not None else {}
        for operator, operands in itertools.islice(read_operations(data), _MAX_OPERATIONS):
            step = _STEPS.get(operator)
            if step is None:
                continue
            try:
                step(self, operands, found)
            except (IndexError, TypeError, ValueError, KeyError, AttributeError, OverflowError):
                continue  # an operator with wrong operands is skipped, as viewers do
            if len(self.fragments) > _MAX_FRAGMENTS:
                return

    def move(self, x: float, y: float) -> None:
        """Go to a new line."""
        self.line_matrix = self.text_matrix = _multiply((1, 0, 0, 1, x, y), self.line_matrix)

    def show(self, parts: list[Any]) -> None:
        """Show strings, with steps between them in thousandths of the size."""
        state = self.state
        if state.face is None:
            return
        pending: list[str] = []
        start = end = 0.0  # along the line, in unscaled text space
        at = 0.0
        for part in parts:
            if isinstance(part, (int, float)):
                at -= float(part) / 1000 * state.size * state.scale
                continue
            gap = (at - end) / (abs(state.size * state.scale) or 1)
            if pending and gap > _MIN_COLUMN_GAP:
                self._keep(pending, start, end)
                pending = []
            elif pending and gap > max(_MIN_SPACE, 0.5 * state.face.space_width):
                pending.append(" ")
            if not pending:
                start = at
            for text, width, is_space in state.face.measure(part):
                pending.append(text)
                step = width * state.size + state.char_space + (state.word_space if is_space else 0)
                at += step * state.scale
            end = at
        self._keep(pending, start, end)
        self.text_matrix = _multiply((1, 0, 0, 1, at, 0), self.text_matrix)

    def _keep(self, pending: list[str], start: float, end: float) -> None:
        """Make a fragment, its outer spaces cut off."""
        raw = "".join(pending)
        text = raw.strip()
        if not text:
            return
        state = self.state
        space = (
            (state.face.space_width if state.face else 0.25) * state.size + state.word_space
        ) * state.scale
        start += space * (len(raw) - len(raw.lstrip()))
        end -= space * (len(raw) - len(raw.rstrip()))
        a, b, c, d, e, f = _multiply(self.text_matrix, state.ctm)
        x0, y0 = start * a + state.rise * c + e, start * b + state.rise * d + f
        x1, y1 = end * a + state.rise * c + e, end * b + state.rise * d + f
        size = abs(state.size) * (c * c + d * d) ** 0.5
        width, height = self.page_size
        if not (-5 <= x0 <= width + 5 and -5 <= y0 <= height + 5) or size < 0.5:
            return
        bold = state.face is not None and state.face.is_bold
        turn = _turn(a * state.size, b * state.size)
        x0, x1, y = ((x0, x1, y0), (y0, y1, -x0), (-x0, -x1, -y0), (-y0, -y1, x0))[turn]
        is_spaced = raw[:1].isspace() or raw[-1:].isspace()
        if is_spaced:
            text = (" " if raw[0].isspace() else "") + text + (" " if raw[-1].isspace() else "")
        self.fragments.append(Fragment(text, min(x0, x1), max(x0, x1), y, size, bold, turn))

    def draw(self, name: Any, resources: Any) -> None:
        """Draw a form."""
        form = resources["/XObject"][name].get_object()
        if self.depth >= _MAX_FORM_DEPTH or form.get("/Subtype") != "/Form":
            return
        matrix = tuple(float(v) for v in form.get("/Matrix", _IDENTITY))
        if len(matrix) != 6 or not isinstance(form, StreamObject):
            return
        outer, stack = self.state, self.stack
        self.state, self.stack = outer.copy(), []
        self.state.ctm = _multiply(matrix, outer.ctm)
        self.depth += 1
        self.run(form.get_data(), form.get("/Resources", resources))
        self.depth -= 1
        self.state, self.stack = outer, stack


def _turn(a: float, b: float) -> int:
    """Quarter turns of text whose line runs in the direction (a, b)."""
    if abs(a) >= abs(b):
        return 0 if a >= 0 else 2
    return 1 if b > 0 else 3


def _multiply(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _matrix(operands: list[Any]) -> Matrix:
    a, b, c, d, e, f = (float(v) for v in operands[:6])
    return (a, b, c, d, e, f)


def _save(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.stack.append(painter.state.copy())


def _restore(painter: _Painter, operands: list[Any], resources: Any) -> None:
    if painter.stack:
        painter.state = painter.stack.pop()


def _concat(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.state.ctm = _multiply(_matrix(operands), painter.state.ctm)


def _begin(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.text_matrix = painter.line_matrix = _IDENTITY


def _set_matrix(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.text_matrix = painter.line_matrix = _matrix(operands)


def _font(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.state.size = float(operands[1])
    fonts = resources["/Font"].get_object()
    painter.state.face = painter.faces.face(fonts.raw_get(operands[0]))


def _setter(name: str, factor: float = 1.0) -> Callable[[_Painter, list[Any], Any], None]:
    def set_value(painter: _Painter, operands: list[Any], resources: Any) -> None:
        setattr(painter.state, name, float(operands[0]) * factor)

    return set_value


def _move(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.move(float(operands[0]), float(operands[1]))


def _move_leading(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.state.leading = -float(operands[1])
    painter.move(float(operands[0]), float(operands[1]))


def _next_line(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.move(0, -painter.state.leading)


def _show(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.show([operands[0]])


def _show_array(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.show(operands[0])


def _show_line(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.move(0, -painter.state.leading)
    painter.show([operands[0]])


def _show_spaced(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.state.word_space = float(operands[0])
    painter.state.char_space = float(operands[1])
    _show_line(painter, operands[2:], resources)


def _draw(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.draw(operands[0], resources)


_STEPS: dict[bytes, Callable[[_Painter, list[Any], Any], None]] = {
    b"q": _save,
    b"Q": _restore,
    b"cm": _concat,
    b"BT": _begin,
    b"Tm": _set_matrix,
    b"Tf": _font,
    b"Tc": _setter("char_space"),
    b"Tw": _setter("word_space"),
    b"Tz": _setter("scale", 0.01),
    b"TL": _setter("leading"),
    b"Ts": _setter("rise"),
    b"Td": _move,
    b"TD": _move_leading,
    b"T*": _next_line,
    b"Tj": _show,
    b"TJ": _show_array,
    b"'": _show_line,
    b'"': _show_spaced,
    b"Do": _draw,
}


def has_picture(page: PageObject) -> bool:
    """Whether the page draws a picture."""
    resources = page.get("/Resources")
    found = resources.get_object() if resources is not None else {}
    return any(_pictures(found, 0))


def _pictures(resources: Any, depth: int) -> Iterator[bool]:
    objects = resources.get("/XObject", DictionaryObject()).get_object()
    for name in objects:
        item = objects[name].get_object()
        if item.get("/Subtype") == "/Image":
            yield True
        elif item.get("/Subtype") == "/Form" and depth < _MAX_FORM_DEPTH and "/Resources" in item:
            yield from _pictures(item["/Resources"].get_object(), depth + 1)
