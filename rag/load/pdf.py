"""PDF files: opened by pypdf, read page by page, put together by place.

1. A file is opened with the empty password if it is encrypted; a page that fails is left out with
   a warning, as the others must not be lost.
2. Fragments (`pdf_text.py`) become lines in reading order (`pdf_lines.py`), running heads and feet
   go and give the page labels (`pdf_margins.py`), lines become pieces (`pdf_paragraphs.py`).
3. A file without letters is a scan if its pages hold pictures, else empty.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError, WrongPasswordError
from pypdf.generic import Destination

from rag.errors import EmptyFileError, EncryptedFileError, LoadError, NeedsOcrError
from rag.load.pdf_fonts import FaceCache
from rag.load.pdf_lines import body_size, read_lines, reading_order
from rag.load.pdf_margins import Sheet, drop_margins
from rag.load.pdf_paragraphs import letters_only, measure, read_pieces
from rag.load.pdf_text import has_picture, read_fragments
from rag.load.pieces import Piece
from rag.records import Facts

_MAX_PAGES = 5_000
# What pypdf raises on damaged files: its own errors, and those of Python where it trusts the file.
_DAMAGE = (
    PyPdfError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    AssertionError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    OSError,
    ZeroDivisionError,
    LookupError,
)


@dataclass(frozen=True, slots=True)
class PdfPages:
    """What a PDF file holds."""

    pieces: list[Piece]
    facts: Facts
    labels: dict[int, str]
    warnings: tuple[str, ...]


def read_pdf(data: bytes) -> PdfPages:
    """The pieces, facts and page labels of a PDF file."""
    with _quiet():
        reader, count = _open(data)
        sheets, failed = _read_sheets(reader, count)
        _check_text(reader, sheets, count, failed)
        empty = [sheet.number for sheet in sheets if not sheet.lines]
        printed = drop_margins(sheets)
        labels = {n: printed.get(n, str(n)) for n in range(1, count + 1)} | _own_labels(reader)
        pieces = _pieces(sheets, _outline(reader))
    notes = [_pages_note(empty, "empty"), _pages_note(failed, "unreadable")]
    return PdfPages(pieces, _facts(reader), labels, tuple(filter(None, notes)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pypdf's remarks on odd files to itself: what matters becomes an error or a warning."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _open(data: bytes) -> tuple[PdfReader, int]:
    """The opened file and how many pages it has."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise EncryptedFileError("encrypted: needs a password")
        count = len(reader.pages)
    except (FileNotDecryptedError, WrongPasswordError, DependencyError) as error:
        raise EncryptedFileError("encrypted: needs a password") from error
    except _DAMAGE as error:
        raise LoadError(f"truncated or damaged PDF: {_one_line(error)}") from error
    if not count:
        raise EmptyFileError("no pages in the file")
    if count > _MAX_PAGES:
        raise LoadError(f"too many pages: {count:,}, at most {_MAX_PAGES:,} are read")
    return reader, count


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _read_sheets(reader: PdfReader, count: int) -> tuple[list[Sheet], list[int]]:
    """The lines of each page, and the pages that could not be read."""
    faces = FaceCache()
    sheets: list[Sheet] = []
    failed: list[int] = []
    for number in range(1, count + 1):
        try:
            fragments, _, height = read_fragments(reader.pages[number - 1], faces)
        except _DAMAGE:
            failed.append(number)
            continue
        lines = read_lines(fragments)
        for line in lines:
            line.page = number
        sheets.append(Sheet(number, height, lines))
    return sheets, failed


def _check_text(reader: PdfReader, sheets: list[Sheet], count: int, failed: list[int]) -> None:
    """Raise an error if there is no text."""
    if any(c.isalnum() for sheet in sheets for line in sheet.lines for c in line.text):
        return
    if len(failed) == count:
        raise LoadError(f"truncated or damaged PDF: none of {count} pages can be read")
    pictures = sum(_has_picture(reader, sheet.number) for sheet in sheets)
    if pictures:
        noun = "page" if pictures == 1 else "pages"
        raise NeedsOcrError(f"no text: {pictures} {noun} of pictures, needs OCR")
    raise EmptyFileError(f"no text in {count} page{'' if count == 1 else 's'}")


def _has_picture(reader: PdfReader, number: int) -> bool:
    try:
        return has_picture(reader.pages[number - 1])
    except _DAMAGE:
        return False


def _own_labels(reader: PdfReader) -> dict[int, str]:
    """The labels that the file itself gives its pages."""
    try:
        if "/PageLabels" not in reader.root_object:
            return {}
        return {n: label for n, label in enumerate(reader.page_labels, 1) if label}
    except _DAMAGE:
        return {}


def _pieces(sheets: list[Sheet], outline: dict[tuple[str, int], int]) -> list[Piece]:
    """The pieces of all pages."""
    body = body_size(line for sheet in sheets for line in sheet.lines)
    lines = []
    flow = 0
    for sheet in sheets:
        for column in reading_order(sheet.lines):
            flow += 1
            left, right = min(x.x0 for x in column), max(x.x1 for x in column)
            for line in column:
                line.left, line.right, line.flow = left, right, flow
            lines += column
    return read_pieces(lines, measure(lines, body, outline))


def _outline(reader: PdfReader) -> dict[tuple[str, int], int]:
    """The levels of the outline's entries, by title (letters and digits only) and page."""
    try:
        return {
            (letters_only(str(item.title or "")), _page_of(reader, item)): level
            for item, level in _entries(reader.outline, 1)
        }
    except _DAMAGE:
        return {}


def _page_of(reader: PdfReader, item: Destination) -> int:
    number = reader.get_destination_page_number(item)
    return 0 if number is None else number + 1


def _entries(items: list[Any], level: int) -> Iterator[tuple[Destination, int]]:
    for item in items:
        if isinstance(item, list):
            yield from _entries(item, level + 1)
        elif isinstance(item, Destination):
            yield item, level


def _facts(reader: PdfReader) -> Facts:
    try:
        found = reader.metadata
        language = str(reader.root_object.get("/Lang", "") or "")
        if found is None:
            return Facts(language=language)
        return Facts(title=found.title or "", author=found.author or "", language=language)
    except _DAMAGE:
        return Facts()


def _pages_note(numbers: list[int], what: str) -> str:
    if not numbers:
        return ""
    noun = "page" if len(numbers) == 1 else "pages"
    shown = ", ".join(map(str, numbers[:10])) + (", ..." if len(numbers) > 10 else "")
    return f"{len(numbers)} {what} {noun}: {shown}"
