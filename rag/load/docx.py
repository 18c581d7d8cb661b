"""Word files: the body in order, with styles, lists, tables, footnotes and endnotes.

1. Paragraphs, tables and content controls are read from the XML, since python-docx leaves out
   what stands in content controls, insertions, hyperlinks and text boxes; deletions are left out.
2. A style (or the one it is based on) named "heading N" or "Title", or an outline level, makes a
   heading; numbering properties make an item, its number computed by `numbering.py`.
3. A footnote follows the paragraph or row that refers to it; endnotes stand at the end.
4. Headers and footers are furniture and are not read.
5. Text marked as hidden, of a point or less, or white where nothing is shaded, is not seen: it is
   kept apart. Tables and text boxes may be shaded by their style: white text in them is kept.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import docx
from docx.document import Document as WordFile
from docx.opc.exceptions import OpcError
from lxml import etree
from lxml.etree import _Element

from rag.errors import LoadError
from rag.load.archive import check_package
from rag.load.numbering import Numbering
from rag.load.pieces import Piece, Run
from rag.load.poison import hidden_finding
from rag.load.tables import header_rows, row_pieces
from rag.records import Facts, Finding

Gift = TypeVar("Gift")

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED_NAMES = (
    "del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sectPr", "tblPr", "fldData",
)  # fmt: skip
SKIPPED = frozenset(f"{W}{name}" for name in _SKIPPED_NAMES) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
TEXT_BOX = f"{W}txbxContent"
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|überschr)\s*([1-9])", re.IGNORECASE)
_MIN_SIZE = 2  # half points; smaller text is not seen
_PALE = 245  # of 255: each part of a colour that cannot be told from paper


def read_docx(data: bytes) -> tuple[list[Piece], Facts, tuple[Finding, ...]]:
    """The pieces and facts of a Word file, and what in it is not seen."""

    def read(parts: WordParts) -> tuple[list[Piece], Facts, tuple[Finding, ...]]:
        reader = _Reader(parts)
        return reader.read(), _facts(parts.word), hidden_finding(reader.hidden)

    return open_word(data, read)


def open_word(data: bytes, read: Callable[[WordParts], Gift]) -> Gift:
    """What `read` makes of the parts of a Word file; raises LoadError, also for what it trips
    over: the damage of a file shows only as it is read."""
    check_package(data)
    try:
        return read(WordParts(docx.Document(io.BytesIO(data))))
    except (
        OpcError,
        etree.LxmlError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        ValueError,
        AttributeError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise LoadError(f"damaged Word file: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _facts(word: WordFile) -> Facts:
    core = word.core_properties
    return Facts(title=core.title or "", author=core.author or "", language=core.language or "")


class WordParts:
    """The parts of a Word file that hold its words, and what says how they look."""

    def __init__(self, word: WordFile) -> None:
        """Finds the parts of `word`."""
        self.word = word
        self.body: _Element = word.element.body
        parts = {
            rel.reltype.rsplit("/", 1)[-1]: rel
            for rel in word.part.rels.values()
            if not rel.is_external
        }
        self.numbering = Numbering(_part_root(parts, "numbering"))
        self.styles = Styles(_part_root(parts, "styles"))
        self.notes = {
            kind: {note.get(f"{W}id") or "": note for note in root.iter(f"{W}{kind}")}
            for kind in ("footnote", "endnote")
            if (root := _part_root(parts, f"{kind}s")) is not None
        }


class _Reader:
    """Reads one Word file."""

    def __init__(self, parts: WordParts) -> None:
        self.body, self.notes = parts.body, parts.notes
        self.numbering, self.styles = parts.numbering, parts.styles
        self.hidden: list[str] = []  # texts that are not seen
        self.labels: dict[tuple[str, str], str] = {}
        self.pending: list[tuple[str, str]] = []  # notes referred to but not yet written

    def read(self) -> list[Piece]:
        """All pieces of the file."""
        pieces = list(self._read_blocks(self.body))
        pieces += self._written_notes("endnote")
        return pieces

    def _read_blocks(self, parent: _Element) -> Iterator[Piece]:
        for child in parent.iterchildren():
            if child.tag == f"{W}p":
                yield from self._read_paragraph(child)
            elif child.tag == f"{W}tbl":
                yield from self._read_table(child)
            elif child.tag not in SKIPPED and isinstance(child.tag, str):
                yield from self._read_blocks(child)

    def _read_paragraph(self, paragraph: _Element) -> Iterator[Piece]:
        runs = tuple(self._runs(paragraph))
        kind, level, number = self._kind(paragraph)
        if number and "".join(run.text for run in runs).strip():
            runs = (Run(f"{number} ", bold=all(run.bold for run in runs)), *runs)
        piece = Piece("paragraph", runs)
        if kind == "heading":
            piece = piece.with_kind("heading", level)
        elif kind == "list_item":
            piece = piece.with_kind("list_item", level)
        yield piece
        yield from self._written_notes("footnote")
        for box in paragraph.iter(TEXT_BOX):
            if not any(parent.tag in SKIPPED for parent in box.iterancestors()):
                yield from self._read_blocks(box)

    def _kind(self, paragraph: _Element) -> tuple[str, int, str]:
        properties = paragraph.find(f"{W}pPr")
        style = value_of(properties, "pStyle")
        level = self.styles.heading_level(style)
        outline = value_of(properties, "outlineLvl")
        if not level and outline.isdecimal() and int(outline) < 9:
            level = int(outline) + 1
        numbers = None if properties is None else properties.find(f"{W}numPr")
        if numbers is None:
            numbers = self.styles.numbering(style)
        list_id = value_of(numbers, "numId")
        depth = int(value_of(numbers, "ilvl") or 0)
        number = self.numbering.next_number(list_id, depth) if list_id not in ("", "0") else ""
        if level:
            return "heading", level, number
        return ("list_item", depth, number) if list_id not in ("", "0") else ("paragraph", 0, "")

    def _runs(self, element: _Element) -> Iterator[Run]:
        for child in element.iterchildren():
            if child.tag == f"{W}r":
                yield from self._run(child)
            elif child.tag not in SKIPPED and isinstance(child.tag, str):
                yield from self._runs(child)

    def _run(self, run: _Element) -> Iterator[Run]:
        properties = run.find(f"{W}rPr")
        bold = is_on(properties, "b") or self.styles.is_bold(value_of(properties, "rStyle"))
        raised = value_of(properties, "vertAlign") == "superscript"
        raised = raised or self.styles.is_raised(value_of(properties, "rStyle"))
        if self._is_unseen(run, properties):
            self.hidden.append("".join(each.text or "" for each in run.iter(f"{W}t")))
            return
        for child in run.iterchildren():
            name = etree.QName(child).localname if isinstance(child.tag, str) else ""
            if name in ("footnoteReference", "endnoteReference"):
                label = self._refer(name.removesuffix("Reference"), child.get(f"{W}id") or "")
                yield Run(label, raised=True, is_reference=True)
            elif text := run_text(child, name):
                yield Run(text, bold, raised)

    def _is_unseen(self, run: _Element, properties: _Element | None) -> bool:
        """Whether a reader does not see a run."""
        if is_on(properties, "vanish"):
            return True
        size = value_of(properties, "sz")
        if size.isdecimal() and int(size) <= _MIN_SIZE:
            return True
        if not _is_pale(value_of(properties, "color")) or _is_shaded(properties):
            return False
        style = ""
        for parent in run.iterancestors():
            if parent.tag in (f"{W}tc", TEXT_BOX):
                return False
            if parent.tag == f"{W}p":
                own = parent.find(f"{W}pPr")
                style = value_of(own, "pStyle")
                if _is_shaded(own):
                    return False
        return not self.styles.is_shaded(style) and not self._has_ground

    @property
    def _has_ground(self) -> bool:
        """Whether the page has a colour of its own."""
        parent = self.body.getparent()
        return parent is not None and parent.find(f"{W}background") is not None

    def _refer(self, kind: str, note_id: str) -> str:
        """The label of a note, counted by first reference."""
        key = (kind, note_id)
        if key not in self.labels:
            count = sum(1 for other, _ in self.labels if other == kind)
            self.labels[key] = str(count + 1)
            self.pending.append(key)
        return self.labels[key]

    def _written_notes(self, kind: str) -> Iterator[Piece]:
        """The notes of a kind that wait to be written."""
        due = [key for key in self.pending if key[0] == kind]
        self.pending = [key for key in self.pending if key[0] != kind]
        for key in due:
            note = self.notes.get(kind, {}).get(key[1])
            runs: list[Run] = []
            for paragraph in () if note is None else note.iter(f"{W}p"):
                runs += [*self._runs(paragraph), Run(" ")]
            if runs:
                yield Piece("note", tuple(runs), label=self.labels[key])

    def _read_table(self, table: _Element) -> Iterator[Piece]:
        rows = list(_children(table, "tr"))
        cells = [[self._cell(cell) for cell in _children(row, "tc")] for row in rows]
        if max(map(len, cells), default=0) < 2:
            for row in rows:
                for cell in _children(row, "tc"):
                    yield from self._read_blocks(cell)
            return
        properties = rows[0].find(f"{W}trPr")
        is_bold = all(run.bold for cell in cells[0] for run in cell if run.text.strip())
        has_header = is_on(properties, "tblHeader") or (is_bold and len(rows) > 1)
        yield from row_pieces(header_rows(cells, has_header))
        yield from self._written_notes("footnote")

    def _cell(self, cell: _Element) -> tuple[Run, ...]:
        runs: list[Run] = []
        for piece in list(self._read_cell(cell)):
            runs += [*([Run(" ")] if runs else []), *piece.runs]
        return tuple(runs)

    def _read_cell(self, cell: _Element) -> Iterator[Piece]:
        for paragraph in cell.iter(f"{W}p"):
            _, _, number = self._kind(paragraph)
            runs = tuple(self._runs(paragraph))
            yield Piece("paragraph", (Run(f"{number} "), *runs) if number and runs else runs)


class Styles:
    """What styles say about headings, numbering and raised characters, with inheritance."""

    def __init__(self, root: _Element | None) -> None:
        """`root` is that of the part that holds them."""
        found = () if root is None else root.iter(f"{W}style")
        self._styles = {style.get(f"{W}styleId") or "": style for style in found}

    def _chain(self, style_id: str) -> Iterator[_Element]:
        seen: set[str] = set()
        while style_id in self._styles and style_id not in seen:
            seen.add(style_id)
            style = self._styles[style_id]
            yield style
            style_id = value_of(style, "basedOn")

    def names(self, style_id: str) -> list[str]:
        """The name of a style and of those it is based on."""
        return [value_of(style, "name") for style in self._chain(style_id)]

    def heading_level(self, style_id: str) -> int:
        """The level of a heading style, or 0."""
        for style in self._chain(style_id):
            name = value_of(style, "name")
            if match := _HEADING.match(name):
                return int(match[1])
            if name.lower() == "title":
                return 1
            outline = value_of(style.find(f"{W}pPr"), "outlineLvl")
            if outline.isdecimal() and int(outline) < 9:
                return int(outline) + 1
        return 0

    def numbering(self, style_id: str) -> _Element | None:
        """The numbering properties that a style gives."""
        for style in self._chain(style_id):
            properties = style.find(f"{W}pPr/{W}numPr")
            if properties is not None:
                return properties
        return None

    def is_raised(self, style_id: str) -> bool:
        """Whether a character style raises its text."""
        chain = self._chain(style_id)
        return any(value_of(style.find(f"{W}rPr"), "vertAlign") == "superscript" for style in chain)

    def is_shaded(self, style_id: str) -> bool:
        """Whether a paragraph style colours the ground."""
        return any(_is_shaded(style.find(f"{W}pPr")) for style in self._chain(style_id))

    def is_bold(self, style_id: str) -> bool:
        """Whether a character style makes its text bold."""
        return any(is_on(style.find(f"{W}rPr"), "b") for style in self._chain(style_id))


def _part_root(parts: dict[str, object], kind: str) -> _Element | None:
    relation = parts.get(kind)
    if relation is None:
        return None
    blob: bytes = relation.target_part.blob  # type: ignore[attr-defined]
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(blob, parser) if blob.strip() else None


def _children(element: _Element, name: str) -> Iterator[_Element]:
    """Children of a name, also those in content controls."""
    for child in element.iterchildren():
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent"):
            yield from _children(child, name)


def run_text(element: _Element, name: str) -> str:
    """The text of a part of a run, whose tag without its namespace is `name`."""
    if name == "t":
        return element.text or ""
    if name == "sym":
        return "" if (element.get(f"{W}char") or "").upper().startswith("F") else " "
    return {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}.get(name, "")


def value_of(element: _Element | None, name: str) -> str:
    """The value of a property; empty where it is not set."""
    child = None if element is None else element.find(f"{W}{name}")
    return "" if child is None else (child.get(f"{W}val") or "")


def _is_pale(colour: str) -> bool:
    parts = (
        [colour[at : at + 2] for at in (0, 2, 4)] if re.fullmatch("[0-9A-Fa-f]{6}", colour) else []
    )
    return bool(parts) and all(int(part, 16) >= _PALE for part in parts)


def _is_shaded(properties: _Element | None) -> bool:
    """Whether run or paragraph properties colour the ground."""
    if properties is None:
        return False
    shading = properties.find(f"{W}shd")
    fill = "" if shading is None else shading.get(f"{W}fill") or ""
    if properties.find(f"{W}highlight") is not None:
        return True
    return fill not in ("", "auto") and not _is_pale(fill)


def is_on(element: _Element | None, name: str) -> bool:
    """Whether a property that is on or off is on."""
    child = None if element is None else element.find(f"{W}{name}")
    return child is not None and (child.get(f"{W}val") or "1") not in ("0", "false", "none")
