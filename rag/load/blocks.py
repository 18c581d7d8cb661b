"""The one builder: pieces in reading order become a document.

1. Characters are put right: ligatures and soft hyphens resolved, control characters dropped (those
   that hide or turn text by `poison.py`), superscript characters made raised runs (`marks.py`).
2. Hard line breaks end a piece where the next line starts afresh; items and notes are told from
   paragraphs (`lists.py`, `marks.py`).
3. Broken paragraphs are joined (`joins.py`), headings found and nested (`headings.py`).
4. The canonical text is written: white space single within a block, one line feed between items,
   rows and notes, two elsewhere; markers leave the text and their offsets are kept.
5. Paragraphs get their numbers (`paragraphs.py`); sections follow from headings, pages from the
   runs, notes from `rag/notes.py`, and the works that they mean from `rag/note_works.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median

from rag.load.headings import find_headings
from rag.load.joins import join_broken
from rag.load.lists import bullet_length, item_number, starts_item
from rag.load.marks import as_note, as_typography, marker_labels, raise_superscripts
from rag.load.paragraphs import paragraph_numbers
from rag.load.pieces import Piece, Run, cut_front, split_lines
from rag.load.poison import without_controls
from rag.note_works import follow_notes
from rag.notes import Marker, resolve_notes
from rag.records import Block, Document, Note, Page, Section, Span

_LIGATURES = {ord(c): unicodedata.normalize("NFKC", c) for c in "ﬀﬁﬂﬃﬄﬅﬆ"} | {
    0xAD: None,
    0x200B: None,
    0xFEFF: None,
    0x2060: None,
    0x2010: "-",
    0x2011: "-",
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]|[\ud800-\udfff]")
_NOTES_HEADING = re.compile(r"\W*(?:(?:foot|end)?notes|notas)\W*", re.IGNORECASE)
_TIGHT = {"list_item", "table_row", "note"}
_MAX_NUMBERED_ITEM = 400
_MIN_NUMBERED_PARAGRAPH = 260


@dataclass(slots=True)
class _Writing:
    """The document while it is written."""

    text: str = ""
    parts: list[str] = field(default_factory=list)
    length: int = 0
    blocks: list[Block] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)
    page_spans: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)


def build_document(
    document_id: str,
    pieces: Iterable[Piece],
    page_labels: dict[int, str] | None = None,
    warnings: tuple[str, ...] = (),
) -> Document:
    """Make the document of the pieces; `page_labels` maps page numbers to printed labels."""
    finished = find_headings(join_broken(_told_apart(pieces)))
    writing = _write(finished)
    text = "".join(writing.parts)
    chapters = _chapter_starts(text, writing.blocks)
    notes = resolve_notes(
        writing.notes, writing.markers, _page_starts(writing.page_spans), chapters
    )
    return Document(
        document_id=document_id,
        text=text,
        blocks=tuple(writing.blocks),
        sections=_sections(text, writing.blocks),
        pages=_pages(writing.page_spans, page_labels or {}),
        notes=follow_notes(text, notes, chapters),
        warnings=warnings,
    )


def _told_apart(pieces: Iterable[Piece]) -> list[Piece]:
    """Clean pieces, cut at hard line breaks, with items and notes recognised."""
    made: list[Piece] = []
    for piece in pieces:
        cleaned = piece.with_runs(_clean(run) for run in piece.runs)
        lines = split_lines(cleaned.with_runs(raise_superscripts(cleaned.runs)))
        worded = (line for line in _whole_lines(lines) if any(c.isalnum() for c in line.text))
        made += [as_note(_as_item(line)) for line in worded]
    return _numbered_alike(made)


def _clean(run: Run) -> Run:
    text = without_controls(_CONTROL.sub("", run.text)).translate(_LIGATURES)
    return run if text == run.text else replace(run, text=text)


def _whole_lines(lines: list[Piece]) -> list[Piece]:
    """Join lines of which the next does not start afresh; only paragraphs and items are cut."""
    whole: list[Piece] = []
    for line in lines:
        text = line.body_text
        starts = text[:1].isupper() or text[:1].isdecimal() or starts_item(line.text)
        is_cut = line.kind in ("paragraph", "list_item") and (starts or _starts_raised(line))
        if not whole or (is_cut and whole[-1].text.strip()):
            whole.append(
                line if not whole or line.kind == "paragraph" else line.with_kind("paragraph")
            )
        else:
            whole[-1] = whole[-1].with_runs((*whole[-1].runs, Run(" "), *line.runs))
    return whole


def _starts_raised(line: Piece) -> bool:
    first = next((run for run in line.runs if run.text.strip()), None)
    return first is not None and first.raised


def _as_item(piece: Piece) -> Piece:
    """A paragraph that starts with a bullet or number as an item; bullets are dropped."""
    if piece.kind not in ("paragraph", "list_item"):
        return piece
    dropped = bullet_length(piece.text)
    if dropped:
        return piece.with_runs(cut_front(piece.runs, dropped)).with_kind("list_item", piece.level)
    is_numbered = bool(item_number(piece.text)) and len(piece.text) <= _MAX_NUMBERED_ITEM
    return piece.with_kind("list_item", piece.level) if is_numbered else piece


def _numbered_alike(pieces: list[Piece]) -> list[Piece]:
    """Items with plain numbers as paragraphs, in a document that numbers its long paragraphs."""
    numbered = [
        at
        for at, piece in enumerate(pieces)
        if piece.kind in ("paragraph", "list_item") and item_number(piece.text)[:-1].isdecimal()
    ]
    if not numbered or median(len(pieces[at].text) for at in numbered) < _MIN_NUMBERED_PARAGRAPH:
        return pieces
    chosen = set(numbered)
    return [p.with_kind("paragraph") if at in chosen else p for at, p in enumerate(pieces)]


def _write(pieces: list[Piece]) -> _Writing:
    writing = _Writing()
    labels = frozenset(piece.label for piece in pieces if piece.kind == "note")
    before: Piece | None = None
    for piece, number in zip(pieces, paragraph_numbers(pieces), strict=True):
        start_length, start_parts = writing.length, len(writing.parts)
        if before is not None:
            writing.add("\n" if piece.kind in _TIGHT and before.kind in _TIGHT else "\n\n")
        start = writing.length
        _write_runs(writing, piece, labels)
        if writing.length == start:
            del writing.parts[start_parts:]
            writing.length = start_length
            continue
        writing.blocks.append(Block(piece.kind, start, writing.length, piece.level, number))
        if piece.kind == "note":
            writing.notes.append(Note(piece.label, start, writing.length))
        before = piece
    return writing


def _write_runs(writing: _Writing, piece: Piece, labels: frozenset[str]) -> None:
    """Write a block's words, without markers and with single spaces."""
    start = writing.length
    before = ""  # the last characters written in this block
    is_after_space = is_after_marker = False
    for run in piece.runs:
        marked = marker_labels(run, before, labels)
        if marked:
            writing.markers += [Marker(label, writing.length) for label in marked]
            is_after_marker = True
            continue
        raw = as_typography(run) if run.raised else run.text
        words = raw.split()
        if not words:
            is_after_space = is_after_space or bool(raw)
            continue
        gap = is_after_space or raw[0].isspace()
        if is_after_marker:
            gap = _gap_after_marker(before, words[0], gap)
        text = (" " if before and gap else "") + " ".join(words)
        at = writing.length
        writing.add(text)
        _extend_page(writing.page_spans, run.page, at, writing.length)
        before = (before + text)[-12:]
        is_after_space, is_after_marker = raw[-1].isspace(), False
    if start == writing.length:
        writing.markers = [m for m in writing.markers if m.offset != start]


def _gap_after_marker(before: str, word: str, gap: bool) -> bool:
    """Whether a space belongs where a marker was: never glue words, never part a full stop."""
    if word[0] in ".,;:)]?!”’":
        return False
    return gap or (before[-1:].isalnum() and word[0].isalnum())


def _extend_page(spans: list[tuple[int, int, int]], page: int, start: int, end: int) -> None:
    if not page:
        return
    if spans and spans[-1][0] == page:
        spans[-1] = (page, spans[-1][1], end)
    else:
        spans.append((page, start, end))


def _page_starts(spans: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    return [(start, page) for page, start, _ in spans]


def _pages(spans: list[tuple[int, int, int]], labels: dict[int, str]) -> tuple[Page, ...]:
    """A record for every page that has text or a label."""
    numbers = sorted({page for page, _, _ in spans} | set(labels))
    by_page: dict[int, list[Span]] = {number: [] for number in numbers}
    for page, start, end in spans:
        by_page[page].append(Span(start, end))
    return tuple(Page(n, labels.get(n, str(n)), tuple(by_page[n])) for n in numbers)


def _chapter_starts(text: str, blocks: list[Block]) -> list[int]:
    """Where chapters start: at the highest headings of which there are several, and where notes
    are gathered under a heading of their own."""
    headings = [block for block in blocks if block.kind == "heading"]
    count = Counter(block.level for block in headings)
    highest = min((level for level in count if count[level] > 1), default=0)
    return [
        block.start
        for block in headings
        if block.level <= highest or _NOTES_HEADING.fullmatch(text[block.start : block.end])
    ]


def _sections(text: str, blocks: list[Block]) -> tuple[Section, ...]:
    """The stretches under one heading path."""
    sections: list[Section] = []
    path: list[tuple[int, str]] = []
    for block in blocks:
        if block.kind == "heading":
            path = [(level, title) for level, title in path if level < block.level]
            path.append((block.level, text[block.start : block.end]))
        if block.kind == "heading" or not sections:
            titles = tuple(title for _, title in path)
            sections.append(Section(titles, block.start, block.end))
        else:
            sections[-1] = replace(sections[-1], end=block.end)
    return tuple(sections)
