"""Text of a PDF page with its place: content stream operators to fragments.

1. The operators are run as a viewer runs them, as far as they place text: graphics state, text
   matrix, spacing, rise, and forms drawn by `Do`.
2. Each string becomes a fragment with the start and end of its baseline in points, its size and
   whether its font is bold. A wide step inside a string is a space, a very wide one ends the
   fragment, so that columns and cells stay apart.
3. Coordinates are as the page is seen: turned by the page's rotation, and for text that is set
   sideways turned so that it reads from left to right; such text has its own `turn`.
4. Text drawn twice at one place (imitated bold) is taken once.
5. Text that a reader does not see is kept apart: drawn in the invisible mode or fully transparent,
   smaller than a point, off the page, in a layer that is off, or in the colour of paper where
   nothing darker is painted on the page. Invisible text over a picture of the page is what a
   scanner's software read there; it is kept.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
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


Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top

_UNTOLD = re.compile("[\ufffd\uffff\ue000-\uf8ff]")
_MIN_SIZE = 1.0  # points; smaller text is not seen
_PAPER = 0.96  # luminance from which a colour cannot be told from paper
_INVISIBLE = 3  # text rendering mode
_SCANNED = 0.4  # of the page under pictures: its invisible text is read from them
_MAX_BOXES = 2_000


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
    luminance: float = 0.0  # of the fill colour, 0 is black; colours that are not known are black
    is_plain: bool = True  # whether the fill's colour space is gray, RGB or CMYK
    alpha: float = 1.0
    mode: float = 0

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
            self.luminance,
            self.is_plain,
            self.alpha,
            self.mode,
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page shows."""

    fragments: list[Fragment]  # in drawing order
    hidden: list[str]  # texts that a reader does not see
    width: float
    height: float
    pictured: float  # share of the page under pictures, 0 to 1
    strokes: int  # painted paths
    unread: int  # strings whose letters the file does not tell
    is_ocr: bool  # its text is what a scanner's software read in its pictures


def read_fragments(
    page: PageObject, faces: FaceCache, layers_off: frozenset[int], is_layer: bool = False
) -> Drawn:
    """What the page shows; `layers_off` are the object numbers of layers that are off.

    `is_layer` says that the page is nothing but the text that was recognised in a picture.
    """
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
    painter = _Painter(faces, ctm, (width, height), layers_off)
    contents = page.get("/Contents")
    if contents is not None:
        painter.run(_stream_data(contents.get_object()), page.get("/Resources"))
    painter.set_pale_apart()
    area = sum(_area(box, width, height) for box in painter.pictures)
    pictured = min(1.0, area / ((width * height) or 1))
    is_ocr = is_layer or (
        pictured >= _SCANNED and _letters(painter.invisible) > _letters(painter.fragments)
    )
    hidden = [] if is_ocr else [each.text for each in painter.invisible]
    return Drawn(
        fragments=_distinct(painter.fragments + (painter.invisible if is_ocr else [])),
        hidden=painter.unseen + hidden,
        width=width,
        height=height,
        pictured=pictured,
        strokes=painter.strokes,
        unread=painter.unread,
        is_ocr=is_ocr,
    )


def _letters(fragments: list[Fragment]) -> int:
    return sum(len(each.text) for each in fragments)


def _area(box: Box, width: float, height: float) -> float:
    """The area of the part of `box` that is on the page."""
    left, bottom, right, top = box
    return max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(top, height) - max(bottom, 0))


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
    layers_off: frozenset[int] = frozenset()
    fragments: list[Fragment] = field(default_factory=list)
    invisible: list[Fragment] = field(default_factory=list)  # drawn in the invisible mode
    pale: list[tuple[Fragment, Point]] = field(default_factory=list)  # in the colour of paper
    unseen: list[str] = field(default_factory=list)  # texts not seen for another reason
    pictures: list[Box] = field(default_factory=list)
    painted: list[Box] = field(default_factory=list)  # what is darker than paper
    strokes: int = 0
    unread: int = 0
    path: Box | None = None
    layers: list[bool] = field(default_factory=list)  # of marked content: whether it is off
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
            self.unread += 1
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
        self.unread += bool(_UNTOLD.search(text))
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
        if self._is_unseen(text, (x0, y0), size):
            return
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        bold = state.face is not None and state.face.is_bold
        turn = _turn(a * state.size, b * state.size)
        x0, x1, y = ((x0, x1, y0), (y0, y1, -x0), (-x0, -x1, -y0), (-y0, -y1, x0))[turn]
        is_spaced = raw[:1].isspace() or raw[-1:].isspace()
        if is_spaced:
            text = (" " if raw[0].isspace() else "") + text + (" " if raw[-1].isspace() else "")
        fragment = Fragment(text, min(x0, x1), max(x0, x1), y, size, bold, turn)
        if state.mode == _INVISIBLE:
            self.invisible.append(fragment)
            return
        self.fragments.append(fragment)
        if state.luminance >= _PAPER:
            self.pale.append((fragment, middle))

    def _is_unseen(self, text: str, start: Point, size: float) -> bool:
        """Whether a reader does not see text there; such text is kept apart."""
        width, height = self.page_size
        off_page = not (-5 <= start[0] <= width + 5 and -5 <= start[1] <= height + 5)
        if off_page:
            # Marks for the printer stand close to the page; they are left out and not told.
            far = not (-90 <= start[0] <= width + 90 and -90 <= start[1] <= height + 90)
            if far:
                self.unseen.append(text)
            return True
        if any(self.layers) or size < _MIN_SIZE or self.state.alpha <= 0.02:
            self.unseen.append(text)
            return True
        return False

    def set_pale_apart(self) -> None:
        """Take out text in the colour of paper that stands on paper.

        What is painted counts wherever it stands in the stream: pages whose order was put right
        for readers of screens have all text first.
        """
        pale = [fragment for fragment, middle in self.pale if not self._is_backed(*middle)]
        self.unseen += [fragment.text for fragment in pale]
        gone = {id(fragment) for fragment in pale}
        self.fragments = [each for each in self.fragments if id(each) not in gone]

    def _is_backed(self, x: float, y: float) -> bool:
        """Whether something darker than paper is painted there."""
        return any(
            left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1
            for left, bottom, right, top in itertools.chain(self.painted, self.pictures)
        )

    def box(self, points: Iterable[Point]) -> Box:
        """What holds the points, given in user space."""
        a, b, c, d, e, f = self.state.ctm
        xs, ys = zip(*((a * x + c * y + e, b * x + d * y + f) for x, y in points), strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def extend_path(self, points: Iterable[Point]) -> None:
        """Let the path reach the points."""
        left, bottom, right, top = box = self.box(points)
        if self.path:
            x0, y0, x1, y1 = self.path
            box = (min(left, x0), min(bottom, y0), max(right, x1), max(top, y1))
        self.path = box

    def paint(self, is_filled: bool) -> None:
        """Paint the path and start another."""
        self.strokes += 1
        is_dark = self.state.luminance < _PAPER and self.state.alpha > 0.02
        if is_filled and is_dark and self.path and len(self.painted) < _MAX_BOXES:
            self.painted.append(self.path)
        self.path = None

    def draw_picture(self) -> None:
        """A picture fills the unit square."""
        if len(self.pictures) < _MAX_BOXES:
            self.pictures.append(self.box([(0, 0), (1, 0), (0, 1), (1, 1)]))

    def is_off(self, layer: Any) -> bool:
        """Whether a resource names a layer that is off."""
        return bool(self.layers_off) and getattr(layer, "idnum", 0) in self.layers_off

    def draw(self, name: Any, resources: Any) -> None:
        """Draw a form."""
        form = resources["/XObject"][name].get_object()
        if form.get("/Subtype") == "/Image":
            self.draw_picture()
        if self.depth >= _MAX_FORM_DEPTH or form.get("/Subtype") != "/Form":
            return
        matrix = tuple(float(v) for v in form.get("/Matrix", _IDENTITY))
        if len(matrix) != 6 or not isinstance(form, StreamObject):
            return
        outer, stack = self.state, self.stack
        self.state, self.stack = outer.copy(), []
        self.state.ctm = _multiply(matrix, outer.ctm)
        self.depth += 1
        layers, self.layers = self.layers, [*self.layers, self.is_off(_raw(form, "/OC"))]
        self.run(form.get_data(), form.get("/Resources", resources))
        self.layers = layers
        self.depth -= 1
        self.state, self.stack = outer, stack


def _raw(holder: Any, key: str) -> Any:
    """A value as it stands, a reference unresolved; None where there is none."""
    return holder.raw_get(key) if key in holder else None


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


def _luminance(values: list[float]) -> float:
    """Of a colour in gray, RGB or CMYK: 0 is black, 1 white."""
    if len(values) == 3:
        return 0.3 * values[0] + 0.59 * values[1] + 0.11 * values[2]
    if len(values) == 4:
        return (1 - values[3]) * (1 - 0.3 * values[0] - 0.59 * values[1] - 0.11 * values[2])
    return values[0] if values else 0.0


def _plain_colour(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.state.luminance = _luminance([float(v) for v in operands])
    painter.state.is_plain = True


def _colour_space(painter: _Painter, operands: list[Any], resources: Any) -> None:
    name = operands[0]
    if name not in ("/DeviceGray", "/DeviceRGB", "/DeviceCMYK"):
        space = resources["/ColorSpace"][name].get_object()
        name = space[0] if isinstance(space, ArrayObject) else space
    painter.state.is_plain = name in _PLAIN_SPACES
    painter.state.luminance = 0.0


def _colour(painter: _Painter, operands: list[Any], resources: Any) -> None:
    values = [float(v) for v in operands if isinstance(v, (int, float))]
    is_plain = painter.state.is_plain and len(values) == len(operands)
    painter.state.luminance = _luminance(values) if is_plain else 0.0


def _graphics_state(painter: _Painter, operands: list[Any], resources: Any) -> None:
    state = resources["/ExtGState"][operands[0]].get_object()
    if "/ca" in state:
        painter.state.alpha = float(state["/ca"])


def _rectangle(painter: _Painter, operands: list[Any], resources: Any) -> None:
    x, y, width, height = (float(v) for v in operands[:4])
    painter.extend_path([(x, y), (x + width, y), (x, y + height), (x + width, y + height)])


def _points(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.extend_path(list(zip(operands[::2], operands[1::2], strict=False)))


def _fill(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.paint(is_filled=True)


def _stroke(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.paint(is_filled=False)


def _end_path(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.path = None


def _shade(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.painted.append((0, 0, *painter.page_size))  # as far as the clip lets it


def _inline_picture(painter: _Painter, operands: list[Any], resources: Any) -> None:
    painter.draw_picture()


def _begin_marked(painter: _Painter, operands: list[Any], resources: Any) -> None:
    layer = None
    if painter.layers_off and len(operands) > 1 and operands[0] == "/OC":
        properties = resources.get("/Properties", DictionaryObject()).get_object()
        layer = _raw(properties, operands[1])
    painter.layers.append(painter.is_off(layer))


def _end_marked(painter: _Painter, operands: list[Any], resources: Any) -> None:
    if painter.layers:
        painter.layers.pop()


_PLAIN_SPACES = ("/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/ICCBased", "/CalGray", "/CalRGB")
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
    b"Tr": _setter("mode"),
    b"g": _plain_colour,
    b"rg": _plain_colour,
    b"k": _plain_colour,
    b"cs": _colour_space,
    b"sc": _colour,
    b"scn": _colour,
    b"gs": _graphics_state,
    b"re": _rectangle,
    b"m": _points,
    b"l": _points,
    b"c": _points,
    b"v": _points,
    b"y": _points,
    **dict.fromkeys((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"), _fill),
    b"S": _stroke,
    b"s": _stroke,
    b"n": _end_path,
    b"sh": _shade,
    b"ID": _inline_picture,
    b"BMC": _begin_marked,
    b"BDC": _begin_marked,
    b"EMC": _end_marked,
}
