"""Word files as an editor left them: paragraphs, the marks of notes in them, and the notes.

1. Paragraphs come in the order in which they are read, those of tables and text boxes too. What was
   inserted under tracking counts as text; what was deleted or moved away, and hidden text, do not.
2. The mark of a footnote or endnote is kept with its offset; notes are numbered by first use, as
   Word numbers them.
3. A cross-reference to a note (a NOTEREF field) is followed by its bookmark, for Word does not
   renew the number that is shown until it is told to. Raised digits that are the number of a
   footnote are taken as its mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from lxml.etree import _Element

from rag.load.docx import SKIPPED, TEXT_BOX, W, WordParts, is_on, open_word, run_text, value_of
from rag.verify.records import EditedFile, EditedKind, EditedNote, EditedParagraph, NoteMark

_NOTEREF = re.compile(r"\s*NOTEREF\s+\"?([^\s\"\\]+)")
_HEADING = re.compile(r"(?:heading|title|subtitle|toc|überschrift|titre|título)", re.IGNORECASE)
_QUOTE = re.compile(
    r"(?:(?:intense |block )?quot|block ?text|zitat|citation|cita\b)", re.IGNORECASE
)
_DIGITS = re.compile(r"\d{1,4}")


def read_word_file(data: bytes, name: str) -> EditedFile:
    """The paragraphs and notes of a Word file; raises LoadError."""
    return open_word(data, lambda parts: _Reader(parts).read(name))


@dataclass(slots=True)
class _Line:
    """A paragraph as it is gathered."""

    text: str = ""
    marks: list[NoteMark] = field(default_factory=list)
    instruction: str = ""  # of the field that is open
    is_result: bool = False  # inside of what a note's cross-reference shows


class _Reader:
    """Reads one Word file."""

    def __init__(self, parts: WordParts) -> None:
        self._parts = parts
        self._bookmarks = _bookmarks(parts.body)
        self._labels: dict[tuple[str, str], str] = {}  # by kind and id, in order of first use
        self._numbers = count(1)

    def read(self, name: str) -> EditedFile:
        """All of the file."""
        paragraphs = tuple(self._blocks(self._parts.body, "paragraph"))
        notes = tuple(self._note(kind, note_id) for kind, note_id in list(self._labels))
        return EditedFile(name, paragraphs, notes)

    def _blocks(self, parent: _Element, kind: EditedKind) -> Iterator[EditedParagraph]:
        for child in parent.iterchildren():
            if child.tag == f"{W}p":
                yield from self._paragraph(child, kind)
            elif child.tag == f"{W}tbl":
                yield from self._blocks(child, "cell")
            elif child.tag not in SKIPPED and isinstance(child.tag, str):
                yield from self._blocks(child, kind)

    def _paragraph(self, element: _Element, kind: EditedKind) -> Iterator[EditedParagraph]:
        line = self._line(element)
        text = line.text
        if text.strip():
            marks = tuple(line.marks)
            kind = self._kind(element) or kind
            yield EditedParagraph(next(self._numbers), text, marks, kind)
        for box in element.iter(TEXT_BOX):
            if not any(parent.tag in SKIPPED for parent in box.iterancestors()):
                yield from self._blocks(box, kind)

    def _kind(self, element: _Element) -> EditedKind | None:
        properties = element.find(f"{W}pPr")
        style = value_of(properties, "pStyle")
        if self._parts.styles.heading_level(style) or value_of(properties, "outlineLvl"):
            return "heading"
        names = [*self._parts.styles.names(style), style]
        if any(_HEADING.match(each) for each in names):
            return "heading"
        return "block quote" if any(_QUOTE.match(each) for each in names) else None

    def _line(self, element: _Element) -> _Line:
        line = _Line()
        for run in _runs(element):
            if run.tag == f"{W}fldSimple":
                self._cross_reference(line, run.get(f"{W}instr") or "")
            else:
                self._add_run(line, run)
        return line

    def _add_run(self, line: _Line, run: _Element) -> None:
        properties = run.find(f"{W}rPr")
        if is_on(properties, "vanish"):
            return
        is_raised = value_of(properties, "vertAlign") == "superscript"
        is_raised = is_raised or self._parts.styles.is_raised(value_of(properties, "rStyle"))
        for child in run.iterchildren():
            tag = child.tag.removeprefix(W) if isinstance(child.tag, str) else ""
            if tag == "fldChar":
                self._field(line, child.get(f"{W}fldCharType") or "")
            elif tag == "instrText":
                line.instruction += child.text or ""
            elif tag in ("footnoteReference", "endnoteReference"):
                self._mark(line, tag.removesuffix("Reference"), child.get(f"{W}id") or "")
            elif not line.is_result and (text := run_text(child, tag)):
                self._add_text(line, text, is_raised)

    def _add_text(self, line: _Line, text: str, is_raised: bool) -> None:
        digits = text.strip()
        if is_raised and line.text and _DIGITS.fullmatch(digits):
            seen = (k for k, label in self._labels.items() if label == digits)
            if key := next(seen, None):
                line.marks.append(NoteMark(" ".join(key), len(line.text)))
                return
        line.text += text

    def _field(self, line: _Line, kind: str) -> None:
        if kind == "begin":
            line.instruction = ""
        elif kind == "separate":
            line.is_result = self._cross_reference(line, line.instruction)
        elif kind == "end":
            line.is_result, line.instruction = False, ""

    def _cross_reference(self, line: _Line, instruction: str) -> bool:
        """Takes a field as the mark of the note that it points to; False where it is no such."""
        found = _NOTEREF.match(instruction)
        target = self._bookmarks.get(found[1]) if found else None
        if target:
            self._mark(line, *target)
        return target is not None

    def _mark(self, line: _Line, kind: str, note_id: str) -> None:
        key = (kind, note_id)
        if key not in self._labels:
            number = 1 + sum(other == kind for other, _ in self._labels)
            self._labels[key] = str(number)
        line.marks.append(NoteMark(f"{kind} {note_id}", len(line.text)))

    def _note(self, kind: str, note_id: str) -> EditedNote:
        label = self._labels[kind, note_id]
        element = self._parts.notes.get(kind, {}).get(note_id)
        lines = [] if element is None else [self._note_line(p) for p in element.iter(f"{W}p")]
        text = "\n".join(filter(None, lines))
        return EditedNote(f"{kind} {note_id}", label, text)

    def _note_line(self, paragraph: _Element) -> str:
        """A line of a note; marks in it, as of "see note 3", are read as their numbers."""
        line = self._line(paragraph)
        text = line.text
        for mark in reversed(line.marks):
            kind, _, note_id = mark.key.partition(" ")
            number = self._labels.get((kind, note_id), "")
            text = f"{text[: mark.offset]}{number}{text[mark.offset :]}"
        return text.strip()


def _runs(element: _Element) -> Iterator[_Element]:
    """The runs of a paragraph in order; a field in one element comes before its result's runs."""
    for child in element.iterchildren():
        if child.tag == f"{W}r":
            yield child
        elif child.tag == f"{W}fldSimple":
            yield child
            if not _NOTEREF.match(child.get(f"{W}instr") or ""):
                yield from _runs(child)
        elif child.tag not in SKIPPED and isinstance(child.tag, str):
            yield from _runs(child)


def _bookmarks(body: _Element) -> dict[str, tuple[str, str]]:
    """Kind and id of the note whose mark stands first in each bookmark, by its name."""
    found: dict[str, tuple[str, str]] = {}
    names: dict[str, str] = {}  # of bookmarks that are open, by id
    for element in body.iter():
        if element.tag == f"{W}bookmarkStart":
            names[element.get(f"{W}id") or ""] = element.get(f"{W}name") or ""
        elif element.tag == f"{W}bookmarkEnd":
            names.pop(element.get(f"{W}id") or "", None)
        elif element.tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            kind = str(element.tag).removeprefix(W).removesuffix("Reference")
            for name in names.values():
                found.setdefault(name, (kind, element.get(f"{W}id") or ""))
    return found
