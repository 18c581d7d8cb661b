"""OpenDocument text (.odt): headings, lists, tables and notes from its XML.

Tracked deletions, comments and indexes that are made of headings are left out; text whose style
says that it is not displayed is kept apart.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element

from rag.errors import EncryptedFileError, LoadError
from rag.load.archive import check_package
from rag.load.pieces import Piece, Run
from rag.load.poison import hidden_finding
from rag.load.tables import Cell, header_rows, row_pieces
from rag.records import Facts, Finding

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_SKIPPED = frozenset(
    (f"{_TEXT}tracked-changes", f"{_TEXT}table-of-content", f"{_OFFICE}annotation",
     f"{_OFFICE}annotation-end", f"{_OFFICE}forms", f"{_TEXT}sequence-decls")
)  # fmt: skip
_BLANKS = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_MAX_REPEATED = 50  # of a cell or row that stands for many


def read_odt(data: bytes) -> tuple[list[Piece], Facts, tuple[Finding, ...]]:
    """The pieces and facts of an OpenDocument text, and what in it is not seen."""
    check_package(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise EncryptedFileError("encrypted: needs a password")
            content = _parse(archive.read("content.xml"))
            names = archive.namelist()
            styles = _parse(archive.read("styles.xml")) if "styles.xml" in names else None
            meta = _parse(archive.read("meta.xml")) if "meta.xml" in names else None
    except (zipfile.BadZipFile, KeyError, etree.LxmlError, RuntimeError, ValueError) as error:
        why = " ".join(str(error).split())[:120]
        raise LoadError(f"damaged OpenDocument file: {why}") from error
    body = content.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise LoadError("an OpenDocument file without text; save it as .odt or PDF")
    reader = _Reader([root for root in (styles, content) if root is not None])
    return list(reader.blocks(body, 0)), _facts(meta), hidden_finding(reader.hidden)


def _parse(data: bytes) -> _Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(data, parser)


def _facts(meta: _Element | None) -> Facts:
    if meta is None:
        return Facts()
    title, author, language = (
        meta.findtext(f".//{_DC}{name}") or "" for name in ("title", "creator", "language")
    )
    return Facts(title=title, author=author, language=language)


class _Reader:
    """Reads one file; keeps what its styles say of bold, raised and hidden text."""

    def __init__(self, roots: list[_Element]) -> None:
        self.hidden: list[str] = []  # texts that are not seen
        self._looks: dict[str, tuple[bool, bool, bool]] = {}
        for root in roots:
            for style in root.iter(f"{_STYLE}style"):
                look = style.find(f"{_STYLE}text-properties")
                if look is not None:
                    values = {etree.QName(str(k)).localname: str(v) for k, v in look.attrib.items()}
                    self._looks[style.get(f"{_STYLE}name") or ""] = (
                        values.get("font-weight") == "bold",
                        values.get("text-position", "").startswith("super"),
                        values.get("display") == "none",
                    )

    def blocks(self, parent: _Element, depth: int) -> Iterator[Piece]:
        """The pieces of what stands in `parent`; `depth` counts lists around it."""
        for child in parent.iterchildren():
            if child.tag in _SKIPPED or not isinstance(child.tag, str):
                continue
            if child.tag in (f"{_TEXT}h", f"{_TEXT}p"):
                yield from self._paragraph(child, depth)
            elif child.tag == f"{_TEXT}list":
                yield from self.blocks(child, depth + 1)
            elif child.tag == f"{_TABLE}table":
                yield from self._table(child)
            else:
                yield from self.blocks(child, depth)

    def _paragraph(self, element: _Element, depth: int) -> Iterator[Piece]:
        notes: list[Piece] = []
        piece = Piece("paragraph", tuple(self._runs(element, (False, False), notes)))
        if element.tag == f"{_TEXT}h":
            level = element.get(f"{_TEXT}outline-level") or "1"
            piece = piece.with_kind("heading", int(level) if level.isdecimal() else 1)
        elif depth:
            piece = piece.with_kind("list_item", depth - 1)
        yield piece
        yield from notes

    def _runs(
        self, element: _Element, look: tuple[bool, bool], notes: list[Piece]
    ) -> Iterator[Run]:
        bold, raised, is_hidden = self._looks.get(
            element.get(f"{_TEXT}style-name") or "", (False, False, False)
        )
        bold, raised = bold or look[0], raised or look[1]
        if is_hidden or element.get(f"{_TEXT}is-hidden") == "true":
            self.hidden.append("".join(map(str, element.itertext())))
            return
        yield Run(element.text or "", bold, raised)
        for child in element.iterchildren():
            if child.tag == f"{_TEXT}note":
                yield self._note(child, notes)
            elif child.tag in _BLANKS:
                yield Run(_BLANKS[str(child.tag)])
            elif child.tag not in _SKIPPED and isinstance(child.tag, str):
                yield from self._runs(child, (bold, raised), notes)
            yield Run(child.tail or "", bold, raised)

    def _note(self, note: _Element, notes: list[Piece]) -> Run:
        """The marker of a note, which itself goes to `notes`."""
        label = (note.findtext(f"{_TEXT}note-citation") or "").strip()
        runs: list[Run] = []
        for paragraph in note.iter(f"{_TEXT}p"):
            runs += [*([Run(" ")] if runs else []), *self._runs(paragraph, (False, False), notes)]
        notes.append(Piece("note", tuple(runs), label=label))
        return Run(label, raised=True, is_reference=True)

    def _table(self, table: _Element) -> Iterator[Piece]:
        notes: list[Piece] = []
        rows = list(table.iter(f"{_TABLE}table-row"))
        cells = [[self._cell(cell, notes) for cell in self._cells(row)] for row in rows]
        worded = [any(run.bold for run in cell) for cell in cells[0]] if cells else []
        parent = rows[0].getparent() if rows else None
        is_marked = parent is not None and parent.tag == f"{_TABLE}table-header-rows"
        has_header = is_marked or (bool(worded) and all(worded))
        yield from row_pieces(header_rows(cells, has_header))
        yield from notes

    def _cells(self, row: _Element) -> Iterator[_Element]:
        for cell in row.iterchildren(f"{_TABLE}table-cell"):
            repeated = cell.get(f"{_TABLE}number-columns-repeated") or "1"
            for _ in range(min(int(repeated) if repeated.isdecimal() else 1, _MAX_REPEATED)):
                yield cell

    def _cell(self, cell: _Element, notes: list[Piece]) -> Cell:
        runs: list[Run] = []
        for paragraph in cell.iter(f"{_TEXT}p", f"{_TEXT}h"):
            runs += [*([Run(" ")] if runs else []), *self._runs(paragraph, (False, False), notes)]
        return tuple(runs)
