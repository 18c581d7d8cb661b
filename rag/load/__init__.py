"""Files to documents: `load` reads one file, whatever its format.

1. The content decides on the format: magic bytes, the parts of a zip, HTML tags; the ending only
   tells Markdown from plain text and what to say when the content is not what the ending claims.
2. The format's reader gives pieces; `blocks.py` makes the document of them.
3. Facts given (from a catalogue) win over those found in the file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import (
    EmptyFileError,
    EncryptedFileError,
    LoadError,
    NeedsOcrError,
    UnknownKindError,
)
from rag.load.blocks import build_document
from rag.load.decode import decode
from rag.load.facts import complete_facts
from rag.load.pieces import Piece
from rag.load.poison import find_controls, find_instructions
from rag.records import Document, Facts, Finding, PageState

if TYPE_CHECKING:
    from rag.load.pdf import PdfPages

__all__ = ["is_supported", "load"]

_ENDINGS = {".txt", ".md", ".markdown", ".html", ".htm", ".xhtml", ".docx", ".pdf"}
_ENDINGS |= {".pptx", ".odt", ".rtf", ".epub", ".eml"}
_NAMES = {
    ".docx": "a Word file",
    ".pdf": "a PDF file",
    ".pptx": "a PowerPoint file",
    ".odt": "an OpenDocument file",
    ".epub": "an EPUB file",
}
_ZIPPED = {".docx", ".pptx", ".odt", ".epub"}
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_FOREIGN = (
    (
        _OLE,
        "an old Office file (.doc, .xls, .ppt) or an encrypted one; save it as .docx",
    ),
    (b"\x1f\x8b", "a compressed file; unpack it"),
    (b"7z\xbc\xaf", "a compressed file; unpack it"),
    (b"%!PS", "a PostScript file; save it as PDF"),
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
_PARTS = {
    "word/document.xml": "docx",
    "ppt/presentation.xml": "pptx",
    "META-INF/container.xml": "epub",
}
_FOREIGN_PARTS = {"xl/workbook.xml": "a spreadsheet (.xlsx); save it as PDF"}
_MAX_BYTES = 200 * 1024 * 1024
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class _Read:
    """What a format's reader found in a file."""

    pieces: list[Piece]
    facts: Facts = field(default_factory=Facts)
    page_labels: dict[int, str] | None = None  # of every page of the file
    warnings: tuple[str, ...] = ()
    page_states: dict[int, PageState] = field(default_factory=dict)  # of pages that have no text
    ocr_pages: frozenset[int] = frozenset()
    findings: tuple[Finding, ...] = ()


def is_supported(path: Path) -> bool:
    """Whether a file's ending is one that is read here."""
    return path.suffix.lower() in _ENDINGS


def load(
    path: Path,
    document_id: str,
    facts: Facts = Facts(),  # noqa: B008
    data: bytes | None = None,
    ocr: str = "",
) -> Document:
    """Read a file as a document; a LoadError says in a few words why it cannot be.

    `data` are its bytes where `path` names a member of an archive, and not a file on disk.
    Pictures of text are recognised in the languages `ocr` of Tesseract ("eng+fra"), if given.
    """
    data = _read_bytes(path) if data is None else data
    _check_bytes(data)
    kind = _format(data, path)
    read = _READERS[kind](data, ocr)
    document = build_document(document_id, read.pieces, read.page_labels, read.warnings)
    if not document.blocks:
        raise EmptyFileError("no text in the file")
    pages = tuple(
        replace(
            page,
            state=read.page_states.get(page.number, "kept"),
            is_ocr=page.number in read.ocr_pages,
        )
        for page in document.pages
    )
    document = replace(document, format=kind, pages=pages)
    return replace(
        document,
        findings=(
            *read.findings,
            *find_controls(read.pieces),
            *find_instructions(document),
        ),
        facts=complete_facts(facts, read.facts, document, path),
    )


def load_record(document_id: str, text: str, facts: Facts) -> Document:
    """A record of a data set as a plain-text document with just the facts given.

    Raises EmptyFileError where there is no text in it.
    """
    from rag.load.text import read_text

    document = build_document(document_id, read_text(text, is_markdown=False), None, ())
    if not document.blocks:
        raise EmptyFileError("no text in the record")
    return replace(document, format="txt", facts=facts)


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise LoadError(
                f"too large: {size // 2**20} MB, at most {_MAX_BYTES // 2**20} MB are read"
            )
        return path.read_bytes()
    except OSError as error:
        raise LoadError(f"cannot be opened: {error.strerror or error}") from error


def _check_bytes(data: bytes) -> None:
    if not data.strip(b"\0\t\n\r\f "):
        raise EmptyFileError("empty file")


def _format(data: bytes, path: Path) -> str:
    """What the bytes are, as a name of `_READERS`."""
    head = data[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK"):
        return _zip_format(data, path)
    if head.startswith(_PICTURES):
        return "picture"
    if head.startswith(_OLE) and _ENCRYPTED_PACKAGE in data:
        raise EncryptedFileError("encrypted: needs a password")
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            raise UnknownKindError(f"{_claim(path)}{name}")
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if path.suffix.lower() == ".eml":
        return "eml"
    if _is_html(head, path):
        return "html"
    if path.suffix.lower() in _ZIPPED:
        raise UnknownKindError(_claim(path).rstrip(": "))
    return "md" if path.suffix.lower() in (".md", ".markdown") else "txt"


def _zip_format(data: bytes, path: Path) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        reason = _claim(path).rstrip(": ") or "a damaged zip file"
        raise UnknownKindError(reason) from error
    for part, kind in _PARTS.items():
        if part in names:
            return kind
    if any(name.startswith("word/document") for name in names):
        return "docx"
    for part, what in _FOREIGN_PARTS.items():
        if part in names:
            raise UnknownKindError(f"{_claim(path)}{what}")
    if "content.xml" in names and "mimetype" in names:
        return "odt"
    raise UnknownKindError(f"{_claim(path)}a zip file without a document")


def _claim(path: Path) -> str:
    """What a file is not, although its name says so."""
    ending = path.suffix.lower()
    name = _NAMES.get(ending)
    return f"not {name} although its name ends in {ending}: " if name else ""


def _is_html(head: bytes, path: Path) -> bool:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    is_named = path.suffix.lower() in (".html", ".htm", ".xhtml")
    has_root = start.startswith((b"<!doctype html", b"<html")) or b"<html" in start[:1024]
    return (has_root and start.startswith(b"<")) or (is_named and b"<" in start)


def _read_pdf(data: bytes, ocr: str) -> _Read:
    from rag.load.pdf import read_pdf  # pypdf takes a quarter of a second to import

    return _read_pages(read_pdf(data, ocr))


def _read_picture(data: bytes, ocr: str) -> _Read:
    from rag.load.ocr import recognise_picture
    from rag.load.pdf import read_pdf

    if not ocr:
        raise NeedsOcrError("a picture: needs OCR")
    return _read_pages(read_pdf(recognise_picture(data, ocr), is_layer=True))


def _read_pages(pages: PdfPages) -> _Read:
    return _Read(
        pieces=pages.pieces,
        facts=pages.facts,
        page_labels=pages.labels,
        warnings=pages.warnings,
        page_states=pages.states,
        ocr_pages=pages.ocr_pages,
        findings=pages.findings,
    )


def _read_docx(data: bytes, ocr: str) -> _Read:
    from rag.load.docx import read_docx  # python-docx is needed for Word files only

    pieces, facts, findings = read_docx(data)
    return _Read(pieces, facts, findings=findings)


def _read_html(data: bytes, ocr: str) -> _Read:
    from rag.load.html import read_html  # lxml is needed for HTML only

    pieces, facts, findings = read_html(data)
    return _Read(pieces, facts, findings=findings)


def _read_pptx(data: bytes, ocr: str) -> _Read:
    from rag.load.pptx import read_pptx

    pieces, facts, findings, states = read_pptx(data)
    labels = {number: str(number) for number in states}
    return _Read(pieces, facts, labels, page_states=states, findings=findings)


def _read_odt(data: bytes, ocr: str) -> _Read:
    from rag.load.odt import read_odt

    pieces, facts, findings = read_odt(data)
    return _Read(pieces, facts, findings=findings)


def _read_epub(data: bytes, ocr: str) -> _Read:
    from rag.load.epub import read_epub

    pieces, facts, findings = read_epub(data)
    return _Read(pieces, facts, findings=findings)


def _read_mail(data: bytes, ocr: str) -> _Read:
    from rag.load.mail import read_mail

    pieces, facts, findings = read_mail(data)
    return _Read(pieces, facts, findings=findings)


def _read_rtf(data: bytes, ocr: str) -> _Read:
    from rag.load.rtf import read_rtf

    return _Read(read_rtf(data))


def _read_markdown(data: bytes, ocr: str) -> _Read:
    from rag.load.text import read_text  # markdown-it is needed for text only

    return _Read(read_text(decode(data), is_markdown=True))


def _read_plain(data: bytes, ocr: str) -> _Read:
    from rag.load.text import read_text

    return _Read(read_text(decode(data), is_markdown=False))


_READERS: dict[str, Callable[[bytes, str], _Read]] = {
    "pdf": _read_pdf,
    "docx": _read_docx,
    "html": _read_html,
    "pptx": _read_pptx,
    "odt": _read_odt,
    "epub": _read_epub,
    "eml": _read_mail,
    "rtf": _read_rtf,
    "md": _read_markdown,
    "txt": _read_plain,
    "picture": _read_picture,
}
