"""Document to passages: structure first, token budget second, stable ids.

1. A passage lies within one section; each note is a passage of its own.
2. Blocks are cut into units: a sentence of a paragraph or note, a list item, a table row, a
   heading. Units are not split if it can be helped. A heading, or a line that introduces a list
   ("... include:"), stays with the unit that follows it.
3. Units are packed in order until the budget is full. A block that does not fit starts a new
   passage, unless the open one is less than a quarter full: then it is filled by sentences.
4. A unit over the budget is cut into sentences, and a sentence over it by langchain's
   RecursiveCharacterTextSplitter, at the best border it finds.
5. The budget is the encoder's window, measured with its own tokenizer, less the lines of context
   (title and section path, the lead-in of a list begun earlier) with which a passage is embedded.
6. A passage is told the notes whose markers stand in it and the number of its paragraph, a note the
   sentences at which it is cited.
7. A passage's id is made of its document's id, its heading path, lead-in and own text, so that
   the same bytes give the same ids; a repeated text is told apart by a counter.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.notes import note_references, references_within
from rag.records import Block, Document, NoteReference, Page, Passage, Section, Span, Unit
from rag.sentences import sentence_spans
from rag.settings import ChunkingSettings

CountTokens = Callable[[str], int]

_SPECIAL_TOKENS = 2  # [CLS] and [SEP]
_MIN_ROOM = 16
_MAX_CITED_BY = 50
_FILLED = 0.25  # share of the budget from which a passage is closed rather than filled
_CHARACTERS_A_TOKEN = 12  # more are no words: a tokenizer may take a megabyte for one "word"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Units that stay together."""

    units: tuple[Unit, ...]
    tokens: int
    lead_in: Span | None = None  # of a list item: the line that introduces its list
    lead_in_tokens: int = 0

    @property
    def size(self) -> int:
        """Word pieces that it takes at the start of a passage."""
        return self.tokens + self.lead_in_tokens

    def joined(self, other: _Piece) -> _Piece:
        tokens = self.tokens + other.tokens
        return _Piece(self.units + other.units, tokens, self.lead_in, self.lead_in_tokens)


@dataclass(slots=True)
class _Packer:
    """Packs pieces into lists of at most `room` word pieces; see step 3 above."""

    room: int
    packed: list[list[_Piece]] = field(default_factory=list)
    _open: list[_Piece] = field(default_factory=list)
    _tokens: int = 0

    def add_block(self, pieces: Sequence[_Piece]) -> None:
        whole = sum(piece.tokens for piece in pieces)
        if self._tokens + whole > self.room and self._tokens >= self.room * _FILLED:
            self.close()
        for piece in pieces:
            if self._tokens + piece.tokens > self.room:
                self.close()
            if not self._open:
                self._tokens = piece.lead_in_tokens
            self._open.append(piece)
            self._tokens += piece.tokens

    def close(self) -> None:
        if self._open:
            self.packed.append(self._open)
        self._open, self._tokens = [], 0


@dataclass(slots=True)
class _Chunker:
    document: Document
    count: CountTokens
    room: int

    def pack(self, blocks: Iterable[Block]) -> list[list[_Piece]]:
        """The pieces of one section's passages."""
        packer = _Packer(self.room)
        for pieces in self._blocks(blocks):
            is_note = pieces[0].units[0].kind == "note"
            if is_note:
                packer.close()
            packer.add_block(pieces)
            if is_note:
                packer.close()
        packer.close()
        return packer.packed

    def _blocks(self, blocks: Iterable[Block]) -> Iterator[list[_Piece]]:
        """Pieces block by block; a heading or lead-in is joined to the first one after it."""
        held: _Piece | None = None
        lead_in: Span | None = None
        for block in blocks:
            in_list = block.kind in ("list_item", "table_row")
            pieces = self._pieces(block, lead_in if in_list else None)
            if held and (block.kind == "note" or held.size + pieces[0].tokens > self.room):
                yield [held]
            elif held:
                pieces[0] = held.joined(pieces[0])
            held = None
            if block.kind != "note":
                last = pieces[-1].units[-1]
                introduces = self.document.text[last.end - 1] == ":"
                if introduces or not in_list:
                    lead_in = Span(last.start, last.end) if introduces else None
                if introduces or block.kind == "heading":
                    held = pieces.pop()
            if pieces:
                yield pieces
        if held:
            yield [held]

    def _pieces(self, block: Block, lead_in: Span | None) -> list[_Piece]:
        lead_in_tokens = self._tokens(lead_in) if lead_in else 0
        if lead_in_tokens > self.room // 3:
            lead_in, lead_in_tokens = None, 0
        room = self.room - lead_in_tokens
        whole = Span(block.start, block.end)
        spans = [whole]
        if block.kind in ("paragraph", "note") or self._tokens(whole) > room:
            language = self.document.facts.language
            spans = sentence_spans(self.document.text, block.start, block.end, language)
        return [
            _Piece((Unit(*part, block.kind),), self._tokens(part), lead_in, lead_in_tokens)
            for span in spans
            for part in self._cut(span, room)
        ]

    def _cut(self, span: Span, room: int) -> list[Span]:
        """`span` in parts of at most `room` word pieces each."""
        if self._tokens(span) <= room:
            return [span]
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=room,
            chunk_overlap=0,
            length_function=self._count,
            separators=["; ", ", ", " ", ""],
            keep_separator="end",
        )
        parts, at = [], span.start
        for part in splitter.split_text(self.document.text[span.start : span.end]):
            start = self.document.text.index(part, at, span.end)
            at = start + len(part)
            parts.append(Span(start, at))
        return parts

    def _tokens(self, span: Span) -> int:
        return self._count(self.document.text[span.start : span.end])

    def _count(self, text: str) -> int:
        return max(self.count(text), len(text) // _CHARACTERS_A_TOKEN)


def chunk(document: Document, settings: ChunkingSettings, count: CountTokens) -> list[Passage]:
    """Passages of `document` in order; `count(text)` gives a text's number of word pieces."""
    places = _Places(document)
    seen: Counter[str] = Counter()
    passages: list[Passage] = []
    for section, blocks in _blocks_by_section(document):
        room = settings.max_tokens - _SPECIAL_TOKENS
        room -= count(context_line(document.facts.title, section.path, settings, count))
        packed = _Chunker(document, count, max(room, _MIN_ROOM)).pack(blocks)
        passages += [_passage(places, section, pieces, seen) for pieces in packed]
    return _with_citing(passages, document)


def _with_citing(passages: list[Passage], document: Document) -> list[Passage]:
    """The passages, those of notes with the sentences at which the note's markers stand."""
    units = [Span(unit.start, unit.end) for each in passages for unit in each.units]
    unit_starts = [unit.start for unit in units]
    notes = {note.start: note for note in document.notes}
    made, note = [], None
    for passage in passages:
        if passage.is_note:
            note = notes.get(passage.start, note)
            markers = note.markers[:_MAX_CITED_BY] if note else ()
            before = (bisect_left(unit_starts, offset) - 1 for offset in markers)
            cited_by = tuple(dict.fromkeys(units[at] for at in before if at >= 0))
            passage = replace(passage, cited_by=cited_by)
        made.append(passage)
    return made


def context_line(
    title: str, section: Sequence[str], settings: ChunkingSettings, count: CountTokens
) -> str:
    """Title and section path, shortened from the front to at most `heading_tokens`."""
    parts = [part for part in dict.fromkeys((title, *section)) if part]
    while len(parts) > 1 and count(" › ".join(parts)) > settings.heading_tokens:
        parts.pop(0)
    line = " › ".join(parts)
    while line and count(line) > settings.heading_tokens:
        line = line.rpartition(" ")[0]
    return line


def _blocks_by_section(document: Document) -> Iterator[tuple[Section, list[Block]]]:
    for section in document.sections:
        blocks = [each for each in document.blocks if section.start <= each.start < section.end]
        if blocks:
            yield section, blocks


class _Places:
    """Pages, paragraph numbers and note markers of a document, by offset."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._pages = sorted(
            (span.start, page.number, page) for page in document.pages for span in page.spans
        )
        self._page_starts = [start for start, _, _ in self._pages]
        self._block_starts = [block.start for block in document.blocks]
        self._references = note_references(document)

    def pages(self, start: int, end: int) -> list[Page]:
        """The pages on which a stretch stands."""
        at = bisect_right(self._page_starts, start) - 1
        after = bisect_left(self._page_starts, end)
        return [page for _, _, page in self._pages[max(at, 0) : after]]

    def paragraph(self, units: Sequence[Unit]) -> str:
        """The number of the paragraph with which units start, below their headings."""
        words = next((unit for unit in units if unit.kind != "heading"), units[0])
        at = bisect_right(self._block_starts, words.start) - 1
        return self.document.blocks[at].number if at >= 0 else ""

    def notes(self, start: int, end: int) -> tuple[NoteReference, ...]:
        """The notes whose markers stand in a stretch."""
        return references_within(self._references, start, end)


def _passage(
    places: _Places, section: Section, pieces: Sequence[_Piece], seen: Counter[str]
) -> Passage:
    document = places.document
    units = tuple(unit for piece in pieces for unit in piece.units)
    start, end = units[0].start, units[-1].end
    pages = places.pages(start, end)
    lead_in = pieces[0].lead_in
    text = document.text[start:end]
    introduced_by = document.text[lead_in.start : lead_in.end] if lead_in else ""
    content = "\0".join((document.document_id, *section.path, introduced_by, text))
    digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
    seen[digest] += 1
    repeat = f"-{seen[digest]}" if seen[digest] > 1 else ""
    return Passage(
        passage_id=f"{document.document_id}:{digest}{repeat}",
        document_id=document.document_id,
        text=text,
        start=start,
        end=end,
        section=section.path,
        units=units,
        page=pages[0].number if pages else None,
        page_label=pages[0].label if pages else None,
        pages=tuple(dict.fromkeys(page.number for page in pages)),
        lead_in=lead_in,
        is_note=units[0].kind == "note",
        notes=places.notes(start, end),
        paragraph=places.paragraph(units),
    )
