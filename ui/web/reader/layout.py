"""A document laid out for reading: groups of blocks, and in them the pieces to be written.

1. Places where something stands between two characters are listed once: the start of each page,
   the markers of notes, the two ends of the quote.
2. Each block is cut at those that fall into it, so that the work is by places, not by characters.
3. Blocks of one kind that follow each other are a group (a list, a table, notes); groups are put
   into chunks, which a browser can leave unpainted until they come into view.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Literal, NamedTuple

from rag.load.lists import item_number
from rag.records import Block, BlockKind, Document, Note, Page, Span

PieceKind = Literal["text", "quote", "marker", "page"]

_CHUNK_CHARS = 6_000
_MAX_LEVEL = 6  # of HTML's headings
_MAX_NESTING = 4
_CELL, _HEADER = " | ", ": "  # as tables are written (`rag/load/tables.py`)


class Piece(NamedTuple):
    """Some words, quoted or not; or what stands between words: a note's marker, a page's start."""

    kind: PieceKind
    text: str = ""  # the words, or the note's label
    anchor: str = ""  # of a marker: its own id; of the first quoted words: "quote"
    target: str = ""  # of a marker: the id of its note
    page: Page | None = None


class Link(NamedTuple):
    """A way to another place of the page."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One block: a heading, paragraph, item, row or note."""

    pieces: tuple[Piece, ...]
    level: int = 0  # of a heading 2 to 6, of an item its nesting
    number: str = ""  # of the paragraph, where the words do not begin with it
    anchor: str = ""  # of a heading or note
    label: str = ""  # of a note
    links: tuple[Link, ...] = ()  # of a note: back to its markers, on to the works it means
    cells: tuple[tuple[Piece, ...], ...] = ()  # of a row of a table with equal columns
    has_bullet: bool = False  # of an item that has no number of its own


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks of one kind that belong together."""

    kind: BlockKind
    entries: tuple[Entry, ...]
    head: tuple[str, ...] = ()  # of a table with equal columns, where it has one
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A document as it is written on its page."""

    chunks: tuple[tuple[Group, ...], ...]
    outline: tuple[tuple[int, Link], ...]  # headings with their level from 2
    last_pages: tuple[Page, ...]  # pages without text at the end


class _Event(NamedTuple):
    offset: int
    piece: Piece


def lay_out(document: Document, quote: Span | None) -> Layout:
    """The layout of a document, in which the words of `quote` are set apart."""
    writer = _Writer(document, quote or Span(0, 0))
    groups = [
        writer.group(kind, list(blocks))
        for kind, blocks in groupby(document.blocks, key=attrgetter("kind"))
    ]
    outline = [
        (entry.level, Link(entry.anchor, "".join(p.text for p in entry.pieces if _is_words(p))))
        for group in groups
        if group.kind == "heading"
        for entry in group.entries
    ]
    return Layout(tuple(_chunks(groups)), tuple(outline), writer.last_pages)


def _is_words(piece: Piece) -> bool:
    return piece.kind in ("text", "quote")


def _chunks(groups: Iterable[Group]) -> Iterator[tuple[Group, ...]]:
    """Groups put together up to a length; a group is never cut, but for long runs of paragraphs."""
    held: list[Group] = []
    length = 0
    for group in (part for each in groups for part in _cut(each)):
        size = sum(len(p.text) for e in group.entries for p in e.pieces)
        if held and length + size > _CHUNK_CHARS:
            yield tuple(held)
            held, length = [], 0
        held.append(group)
        length += size
    if held:
        yield tuple(held)


def _cut(group: Group) -> Iterator[Group]:
    if group.kind in ("paragraph", "heading"):
        yield from (Group(group.kind, (entry,)) for entry in group.entries)
    else:
        yield group


@dataclass(slots=True)
class _Writer:
    """Cuts the blocks of one document into pieces."""

    document: Document
    quote: Span
    last_pages: tuple[Page, ...] = field(init=False)
    _breaks: list[_Event] = field(init=False)
    _markers: list[_Event] = field(init=False)
    _notes: dict[int, tuple[int, Note]] = field(init=False)  # by where they start
    _headings: int = 0
    _number: str = ""  # of the block before
    _has_anchor: bool = False  # the first quoted words were written

    def __post_init__(self) -> None:
        """Lists the places."""
        notes = list(enumerate(self.document.notes, 1))
        self._notes = {note.start: (n, note) for n, note in notes}
        self._breaks, self.last_pages = _page_breaks(self.document.pages)
        markers = [
            _Event(offset, Piece("marker", note.label, f"marker-{n}-{k}", f"note-{n}"))
            for n, note in notes
            for k, offset in enumerate(note.markers, 1)
        ]
        self._markers = sorted(markers, key=attrgetter("offset"))

    def group(self, kind: BlockKind, blocks: Sequence[Block]) -> Group:
        """The blocks, all of one kind, as a group."""
        head = _head(self.document.text, blocks) if kind == "table_row" else None
        if head is not None:
            rows = (Entry((), cells=tuple(self._cells(block))) for block in blocks)
            return Group(kind, tuple(rows), head, is_table=True)
        return Group(kind, tuple(self._entry(block) for block in blocks))

    def _entry(self, block: Block) -> Entry:
        pieces = tuple(self._pieces(block.start, block.end))
        if block.kind == "heading":
            self._headings += 1
            level = min(_MAX_LEVEL, block.level + 1)
            return Entry(pieces, level=max(2, level), anchor=f"section-{self._headings}")
        if block.kind == "note" and block.start in self._notes:
            n, note = self._notes[block.start]
            return Entry(pieces, anchor=f"note-{n}", label=note.label, links=self._links(n, note))
        number, self._number = "" if block.number == self._number else block.number, block.number
        words = self.document.text[block.start : block.end]
        return Entry(
            pieces,
            level=min(_MAX_NESTING, block.level),
            number="" if number and words.startswith(number) else number,
            has_bullet=not (number or item_number(words)),
        )

    def _links(self, n: int, note: Note) -> tuple[Link, ...]:
        back = [Link(f"marker-{n}-{k}", "") for k in range(1, len(note.markers) + 1)]
        works = [self._notes[work.start] for work in note.works if work.start in self._notes]
        return (*back, *(Link(f"note-{at}", work.label) for at, work in works))

    def _cells(self, block: Block) -> Iterator[tuple[Piece, ...]]:
        """The cells of a row without their headers, but with what stands between the words."""
        for cell, words in _cell_spans(self.document.text, block):
            head = [each for each in self._pieces(cell.start, words.start) if not _is_words(each)]
            yield (*head, *self._pieces(words.start, words.end))

    def _pieces(self, start: int, end: int) -> Iterator[Piece]:
        """The words from `start` to `end`, cut where something stands between them."""
        at = start
        for offset, piece in self._events(start, end):
            yield from self._words(at, offset)
            yield piece
            at = offset
        yield from self._words(at, end)

    def _events(self, start: int, end: int) -> list[_Event]:
        """A page starts before a character, a marker stands behind one."""
        key = attrgetter("offset")
        breaks = self._breaks[
            bisect_left(self._breaks, start, key=key) : bisect_left(self._breaks, end, key=key)
        ]
        markers = self._markers[
            bisect_right(self._markers, start, key=key) : bisect_right(self._markers, end, key=key)
        ]
        return sorted(markers + breaks, key=key) if markers and breaks else markers or breaks

    def _words(self, start: int, end: int) -> Iterator[Piece]:
        """Words, with those of the quote apart."""
        text = self.document.text
        first, last = max(start, self.quote.start), min(end, self.quote.end)
        if first >= last:
            if start < end:
                yield Piece("text", text[start:end])
            return
        if start < first:
            yield Piece("text", text[start:first])
        yield Piece("quote", text[first:last], "" if self._has_anchor else "quote")
        self._has_anchor = True
        if last < end:
            yield Piece("text", text[last:end])


def _page_breaks(pages: Sequence[Page]) -> tuple[list[_Event], tuple[Page, ...]]:
    """Where each page starts; one without text starts where the next with text does."""
    found: list[_Event] = []
    waiting: list[Page] = []
    for page in pages:
        waiting.append(page)
        if page.spans:
            start = min(span.start for span in page.spans)
            found += [_Event(start, Piece("page", page=each)) for each in waiting]
            waiting = []
    return sorted(found, key=attrgetter("offset")), tuple(waiting)


def _head(text: str, rows: Sequence[Block]) -> tuple[str, ...] | None:
    """The headers of the columns, none for a table without; None where the columns differ."""
    heads = {
        tuple(text[cell.start : words.start] for cell, words in _cell_spans(text, row))
        for row in rows
    }
    head = heads.pop()
    if heads or len(head) < 2 or (any(head) and not all(head)):
        return None
    return tuple(each.removesuffix(_HEADER) for each in head) if any(head) else ()


def _cell_spans(text: str, row: Block) -> Iterator[tuple[Span, Span]]:
    """Each cell of a row with its header, and the words alone."""
    at = row.start
    for cell in text[row.start : row.end].split(_CELL):
        header, colon, words = cell.partition(_HEADER)
        start = at + len(header) + len(colon) if colon and words else at
        yield Span(at, at + len(cell)), Span(start, at + len(cell))
        at += len(cell) + len(_CELL)
