"""PDF files: opened by pypdf, read page by page, put together by place.

1. A file is opened with the empty password if it is encrypted; a page that fails is left out with
   a warning, as the others must not be lost.
2. Fragments (`pdf_text.py`) become lines in reading order (`pdf_lines.py`), running heads and feet
   go and give the page labels (`pdf_margins.py`), lines become pieces (`pdf_paragraphs.py`).
3. Every page of the file is kept, empty or in need of OCR: a page of pictures, or of so many
   painted paths that they may be letters, or of letters that the file does not tell, with no more
   than a few words needs OCR, and so does one that cannot be parsed, since it may still be seen.
   Where Tesseract is asked for, such pages are recognised (`ocr.py`) and read as the others are.
4. A file without letters is a scan if any of its pages needs OCR, else empty.
"""

from __future__ import annotations

import io
import itertools
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError, WrongPasswordError
from pypdf.generic import Destination

from rag.errors import EmptyFileError, EncryptedFileError, LoadError, NeedsOcrError
from rag.load.pdf_fonts import FaceCache
from rag.load.pdf_lines import Line, body_size, read_lines, reading_order
from rag.load.pdf_margins import Sheet, drop_margins
from rag.load.pdf_paragraphs import letters_only, measure, read_pieces
from rag.load.pdf_text import Drawn, read_fragments
from rag.load.pieces import Piece
from rag.load.poison import hidden_finding
from rag.pdfium import open_pdf
from rag.records import Facts, Finding, PageState

_MAX_PAGES = 5_000
_PICTURED = 0.25  # share of a page under pictures from which it may be one
_ANY_PICTURE = 1e-9  # the same where there are no letters at all
_MANY_STROKES = 150  # painted paths that may be letters
_FEW_LETTERS = 40  # on a page that says nothing of its own: a number, a stamp
_FINDINGS = 20  # pages with invisible text that are named
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
    labels: dict[int, str]  # of every page
    states: dict[int, PageState]  # of every page
    ocr_pages: frozenset[int]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Sheets:
    """The pages of a file as they are read."""

    sheets: list[Sheet] = field(default_factory=list)
    drawn: dict[int, Drawn] = field(default_factory=dict)
    failed: list[int] = field(default_factory=list)
    recognised: set[int] = field(default_factory=set)

    def add(self, number: int, drawn: Drawn) -> None:
        """Keeps what a page shows, instead of what was kept of it before."""
        lines = read_lines(drawn.fragments)
        for line in lines:
            line.page = number
        self.sheets = [each for each in self.sheets if each.number != number]
        self.sheets.append(Sheet(number, drawn.height, lines))
        self.sheets.sort(key=lambda each: each.number)
        self.drawn[number] = drawn
        if drawn.is_ocr:
            self.recognised.add(number)

    def states(self, count: int) -> dict[int, PageState]:
        """Of every page, by the lines that it has at the moment."""
        lines = {each.number: each.lines for each in self.sheets}
        return {number: self._state(number, lines.get(number)) for number in range(1, count + 1)}

    def _state(self, number: int, lines: list[Line] | None) -> PageState:
        if lines is None:
            return "needs_ocr"  # it could not be parsed
        letters = sum(c.isalnum() for line in lines for c in line.text)
        drawn = self.drawn[number]
        least = _PICTURED if letters else _ANY_PICTURE
        is_picture = drawn.pictured >= least or drawn.strokes >= _MANY_STROKES
        is_picture |= bool(drawn.unread)
        if is_picture and letters < _FEW_LETTERS and not drawn.is_ocr:
            return "needs_ocr"
        return "kept" if letters else "empty"


def read_pdf(data: bytes, ocr: str = "", is_layer: bool = False) -> PdfPages:
    """The pieces, facts and pages of a PDF file.

    Pictures of text are recognised in the languages `ocr` of Tesseract, if any are given;
    `is_layer` says that the file is nothing but what was recognised.
    """
    with _quiet():
        reader, count = _open(data)
        read = _read_sheets(reader, count, is_layer)
        if ocr:
            _recognise(read, data, count, ocr)
        _check_text(read, count)
        before = read.states(count)
        printed = drop_margins(read.sheets)
        # A running head makes no page of pictures readable; a page of nothing else is empty.
        after = read.states(count)
        states = {n: "needs_ocr" if before[n] == "needs_ocr" else after[n] for n in after}
        labels = {n: printed.get(n, str(n)) for n in range(1, count + 1)} | _own_labels(reader)
        pieces = _pieces(read.sheets, _outline(reader))
    return PdfPages(
        pieces=pieces,
        facts=_facts(reader),
        labels={n: labels[n] for n in range(1, count + 1)},
        states=states,
        ocr_pages=frozenset(read.recognised),
        findings=_findings(read),
        warnings=_warnings(states, read.failed),
    )


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


def _read_sheets(reader: PdfReader, count: int, is_layer: bool) -> _Sheets:
    """What each page shows."""
    faces, layers_off = FaceCache(), _layers_off(reader)
    read = _Sheets()
    for number in range(1, count + 1):
        try:
            drawn = read_fragments(reader.pages[number - 1], faces, layers_off, is_layer)
        except _DAMAGE:
            read.failed.append(number)
            continue
        read.add(number, drawn)
    return read


def _recognise(read: _Sheets, data: bytes, count: int, ocr: str) -> None:
    """Reads the pages that need it through Tesseract; where that finds nothing they stay."""
    from rag.load.ocr import recognise_page  # pytesseract is an extra

    waiting = [number for number, state in read.states(count).items() if state == "needs_ocr"]
    with open_pdf(data) as file:
        for number in waiting:
            layer = recognise_page(file, number, ocr)
            page = PdfReader(io.BytesIO(layer)).pages[0]
            drawn = read_fragments(page, FaceCache(), frozenset(), is_layer=True)
            if drawn.fragments:
                read.add(number, drawn)


def _layers_off(reader: PdfReader) -> frozenset[int]:
    """Object numbers of the layers (optional content groups) that a viewer does not show."""
    try:
        properties = reader.root_object.get("/OCProperties")
        if properties is None:
            return frozenset()
        shown = properties.get_object()["/D"].get_object()
        every, off = properties.get_object().get("/OCGs", []), shown.get("/OFF", [])
        on = {each.idnum for each in shown.get("/ON", []).get_object()} if "/ON" in shown else set()
        if shown.get("/BaseState") == "/OFF":
            return frozenset(each.idnum for each in every.get_object()) - on
        return frozenset(each.idnum for each in off.get_object()) if off else frozenset()
    except _DAMAGE:
        return frozenset()


def _check_text(read: _Sheets, count: int) -> None:
    """Raise an error if there is no text."""
    if any(c.isalnum() for sheet in read.sheets for line in sheet.lines for c in line.text):
        return
    if len(read.failed) == count:
        raise LoadError(f"truncated or damaged PDF: none of {count} pages can be read")
    waiting = sum(state == "needs_ocr" for state in read.states(count).values())
    if waiting:
        noun = "page" if waiting == 1 else "pages"
        raise NeedsOcrError(f"no text: {waiting} {noun} of pictures, needs OCR", waiting)
    hidden = any(drawn.hidden for drawn in read.drawn.values())
    seen = "no visible text" if hidden else "no text"
    raise EmptyFileError(f"{seen} in {count} page{'' if count == 1 else 's'}")


def _findings(read: _Sheets) -> tuple[Finding, ...]:
    """The invisible text of each page that has some."""
    found = (hidden_finding(drawn.hidden, n) for n, drawn in sorted(read.drawn.items()))
    return tuple(itertools.chain.from_iterable(found))[:_FINDINGS]


def _warnings(states: dict[int, PageState], failed: list[int]) -> tuple[str, ...]:
    empty = [number for number, state in states.items() if state == "empty"]
    waiting = [number for number, state in states.items() if state == "needs_ocr"]
    notes = [
        _pages_note(empty, "empty"),
        _pages_note([n for n in waiting if n not in failed], "pictured"),
        _pages_note(failed, "unreadable"),
    ]
    return tuple(filter(None, notes))


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
