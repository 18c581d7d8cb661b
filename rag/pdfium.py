"""PDF pages as they look: pictures of them, and the places of their letters.

PDFium keeps one state for the whole process and is not made for threads: every call is under one
lock. Places are fractions of the page as a reader sees it, cropped and turned, from its top left.
"""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any

from rag.errors import LoadError

if TYPE_CHECKING:
    from PIL.Image import Image

_LOCK = RLock()
_FINE = 1_000_000  # steps across a page, in which PDFium gives whole numbers
_MAX_GLYPHS = 100_000  # of a page; a full one has 6,000
_TALL = 4  # times the ink of a letter: a font whose own box is taller says nothing
_LEVEL_RAD = 0.7  # a letter turned less than this, to either side, stands on a level line


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character of a page and its box, in fractions of the page from 0 to 1, y downwards."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    is_level: bool = True  # its line runs from side to side, not up or down the page


@dataclass(frozen=True, slots=True)
class PdfFile:
    """A PDF file that is open to be looked at; pages count from 1."""

    _file: Any

    @property
    def pages(self) -> int:
        """How many pages it has."""
        with _LOCK:
            return len(self._file)

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page as it is shown, in points."""
        with _LOCK, self._page(number) as page:
            width, height = page.get_size()
            return float(width), float(height)

    def glyphs(self, number: int) -> tuple[Glyph, ...]:
        """The characters of a page in the order of the file, those that have a place."""
        import pypdfium2.raw as raw

        with _LOCK, self._page(number) as page:
            text = page.get_textpage()
            try:
                found = (
                    _glyph(raw, page, text, at)
                    for at in range(min(_MAX_GLYPHS, text.count_chars()))
                )
                return tuple(glyph for glyph in found if glyph)
            finally:
                text.close()

    def picture(self, number: int, scale: float, max_pixels: int, is_grey: bool = False) -> Image:
        """A page as a picture of `scale` times 72 dots per inch, or less if that is too large."""
        with _LOCK, self._page(number) as page:
            width, height = page.get_size()
            most = (max_pixels / max(1.0, width * height)) ** 0.5
            shown: Image = page.render(scale=min(scale, most), grayscale=is_grey).to_pil()
            return shown

    def png(self, number: int, width_px: int, max_pixels: int = 12_000_000) -> bytes:
        """A page as a PNG picture, `width_px` wide unless it would have more than `max_pixels`."""
        width, _ = self.size(number)
        picture = self.picture(number, width_px / max(1.0, width), max_pixels)
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", compress_level=3)
        return buffer.getvalue()

    @contextmanager
    def _page(self, number: int) -> Iterator[Any]:
        import pypdfium2

        if not 1 <= number <= len(self._file):
            raise LoadError(f"no page {number}: the file has {len(self._file)}")
        try:
            page = self._file[number - 1]
        except pypdfium2.PdfiumError as error:
            raise LoadError(f"page {number} cannot be shown: {error}") from error
        try:
            yield page
        except pypdfium2.PdfiumError as error:
            raise LoadError(f"page {number} cannot be shown: {error}") from error
        finally:
            page.close()


@contextmanager
def open_pdf(data: bytes) -> Iterator[PdfFile]:
    """The PDF file that `data` is; raises LoadError where it cannot be opened."""
    import pypdfium2

    try:
        with _LOCK:
            file = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise LoadError(f"cannot be opened as PDF: {error}") from error
    try:
        yield PdfFile(file)
    finally:
        with _LOCK:
            file.close()


def _glyph(raw: Any, page: Any, text: Any, at: int) -> Glyph | None:
    """The character at `at`, or None for one that PDFium made up or that covers nothing."""
    code = raw.FPDFText_GetUnicode(text, at)
    if code <= 32 or code > 0x10FFFF or raw.FPDFText_IsGenerated(text, at) == 1:
        return None
    corners = _box(raw, text, at)
    if corners is None:
        return None
    left, bottom, right, top = corners
    x, y = ctypes.c_int(), ctypes.c_int()
    across, down = [], []
    for corner in ((left, bottom), (right, top)):
        raw.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, *corner, x, y)
        across.append(x.value / _FINE)
        down.append(y.value / _FINE)
    angle = raw.FPDFText_GetCharAngle(text, at) % math.pi
    is_level = not _LEVEL_RAD < angle < math.pi - _LEVEL_RAD
    if raw.FPDFPage_GetRotation(page) % 2:
        is_level = not is_level
    return Glyph(chr(code), min(across), min(down), max(across), max(down), is_level)


def _box(raw: Any, text: Any, at: int) -> tuple[float, float, float, float] | None:
    """Left, bottom, right and top: of the font's box for the character, so that all of a line are
    of one height, or of its ink where that box is out of all measure."""
    loose = raw.FS_RECTF()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    has_ink = raw.FPDFText_GetCharBox(text, at, left, right, bottom, top)
    ink = (left.value, bottom.value, right.value, top.value)
    has_ink = has_ink and ink[2] > ink[0] and ink[3] > ink[1]
    if raw.FPDFText_GetLooseCharBox(text, at, loose):
        wide, high = loose.right - loose.left, loose.top - loose.bottom
        limit = _TALL * max(ink[2] - ink[0], ink[3] - ink[1]) if has_ink else math.inf
        if high > 0 and wide > 0 and max(high, wide) <= limit:
            return loose.left, loose.bottom, loose.right, loose.top
    return ink if has_ink else None
