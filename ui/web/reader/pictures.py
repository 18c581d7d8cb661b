"""The pages of PDF files as pictures: made when asked for, and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from rag.original import Original
from rag.page_boxes import Boxed, box_quote, pages_of
from rag.pdfium import open_pdf
from rag.records import Document, Span

WIDTHS_PX = (800, 1400, 2200)
_MIN_WIDTH_PX, _MAX_WIDTH_PX = 200, 2_400
_ROOM_BYTES = 64 * 2**20


class _Key(NamedTuple):
    sha256: str
    number: int
    width_px: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a file, with what of the quote stands on it."""

    count: int  # pages of the file
    width: float  # in points, as shown
    height: float
    boxed: Boxed | None  # None: nothing of the quote stands here


@dataclass(slots=True)
class Pictures:
    """PNG pictures of pages, the last ones kept; safe to share between threads."""

    room_bytes: int = _ROOM_BYTES
    _kept: OrderedDict[_Key, bytes] = field(default_factory=OrderedDict)
    _size: int = 0
    _lock: Lock = field(default_factory=Lock)

    def png(self, original: Original, number: int, width_px: int) -> bytes:
        """A page `width_px` wide, within bounds; raises LoadError where it cannot be shown."""
        key = _Key(original.sha256, number, max(_MIN_WIDTH_PX, min(_MAX_WIDTH_PX, width_px)))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with open_pdf(original.data) as file:
            picture = file.png(number, key.width_px)
        self._keep(key, picture)
        return picture

    def _keep(self, key: _Key, picture: bytes) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = picture
                self._size += len(picture)
            while self._size > self.room_bytes:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)


def read_leaf(original: Original, document: Document, number: int, quote: Span | None) -> Leaf:
    """A page with the quote's boxes; raises LoadError where it cannot be shown."""
    with open_pdf(original.data) as file:
        width, height = file.size(number)
        page = next((each for each in quoted_pages(document, quote) if each == number), None)
        boxed = None
        if page and quote:
            record = next(each for each in document.pages if each.number == number)
            boxed = box_quote(document, record, file.glyphs(number), quote)
        return Leaf(file.pages, width, height, boxed)


def quoted_pages(document: Document, quote: Span | None) -> Sequence[int]:
    """The numbers of the pages on which the quote stands."""
    return [page.number for page in pages_of(document, quote)] if quote else []
