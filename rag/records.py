"""The records that travel between modules: frozen, typed, without behaviour beyond reading.

Offsets are character offsets (Python `str` indices) into a document's canonical text,
`start` inclusive and `end` exclusive; `document.text[start:end]` is always the very words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "list_item", "table_row", "note"]
PageState = Literal["kept", "empty", "needs_ocr"]
FindingKind = Literal["invisible text", "control characters", "instruction-like text"]
ContextKind = Literal["section", "neighbours"]
Status = Literal[
    "answered",
    "partly_answered",
    "not_in_documents",
    "needs_clarification",
    "not_a_question",  # small talk, or a request for other work
    "error",
]
# Where a word is missing: in every document of the library, in those that were searched, only in
# the passages that were found, or in each of these beside the others ("together").
Lacking = Literal["library", "searched", "found", "together"]


class Span(NamedTuple):
    """A stretch of a document's canonical text."""

    start: int
    end: int


class Unit(NamedTuple):
    """A stretch that can stand alone in an answer: a sentence, a list item, a table row, a heading
    or a sentence of a note."""

    start: int
    end: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Facts:
    """Bibliographic facts of a document; an empty string means not known."""

    title: str = ""
    organisation: str = ""
    author: str = ""
    date: str = ""  # ISO 8601, as precise as known: "2009", "2014-10", "2013-09-26"
    kind: str = ""  # "concept note", "minutes", "resolution", ...
    symbol: str = ""  # "A/RES/70/1"
    edition: str = ""  # "Rev.1"
    event: str = ""
    language: str = ""  # ISO 639-1
    source: str = ""  # address from which the document was taken
    rights: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a paged document.

    A page can hold several spans: text at its foot (notes) is kept apart from its body, so that
    a sentence broken by the page turn reads as one.
    """

    number: int  # the PDF page, from 1
    label: str  # the printed label ("xiv", "15"); the number in digits where none is printed
    spans: tuple[Span, ...]
    state: PageState = "kept"  # every page of the file is here, with text or without
    is_ocr: bool = False  # its text was recognised in a picture


@dataclass(frozen=True, slots=True)
class Block:
    """The smallest piece of structure. Blocks are in order and never overlap; between two blocks
    stands only white space. A table row's text carries its header cells ("Country: Chad | ...").
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0  # of a heading: 1 is the highest; of a list item: nesting from 0
    number: str = ""  # of a numbered paragraph, or an item under one: "12", "16 (b)"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of text under one heading path; sections are in order and cover all blocks.

    `start` is the start of the section's own heading block, where it has one.
    """

    path: tuple[str, ...]  # headings from the highest down; empty before the first heading
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote or endnote: its text stands in the canonical text at `start:end`, without its
    label; `markers` are the offsets in the canonical text at which its marker stood.

    `works` are the stretches of other notes that name the works which this one means by "ibid.",
    "op. cit." or "see note 12".
    """

    label: str  # "12", "*"
    start: int
    end: int
    markers: tuple[int, ...] = ()
    works: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a file that readers do not see, or that is aimed at a model, not at them."""

    kind: FindingKind
    sample: str  # at most 200 characters of it; controls written as "U+202E"
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One document as read: canonical text and its structure."""

    document_id: str
    text: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    pages: tuple[Page, ...] = ()  # empty for unpaged formats
    notes: tuple[Note, ...] = ()
    facts: Facts = Facts()
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    format: str = ""  # of its file: "pdf", "docx", ...

    def page_at(self, offset: int) -> Page | None:
        """The page that holds the character at `offset`, or None in unpaged documents."""
        starts = sorted(
            (span.start, index) for index, page in enumerate(self.pages) for span in page.spans
        )
        at = bisect_right(starts, (offset, len(self.pages))) - 1
        return self.pages[starts[at][1]] if at >= 0 else None

    def section_at(self, offset: int) -> Section | None:
        """The section that holds the character at `offset`."""
        at = bisect_right([s.start for s in self.sections], offset) - 1
        return self.sections[at] if at >= 0 else None

    def paragraph_at(self, offset: int) -> str:
        """The number of the paragraph or item that holds the character at `offset`, or nothing."""
        at = bisect_right(self.blocks, offset, key=lambda block: block.start) - 1
        return self.blocks[at].number if at >= 0 else ""


@dataclass(frozen=True, slots=True)
class NoteReference:
    """A note that a stretch of text rests on: its marker stood at `offset`."""

    label: str
    offset: int
    text: str  # the note's
    works: tuple[
        str, ...
    ] = ()  # notes that it means by "ibid." or the like: "note 41: Ingleby ..."


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrievable stretch of one section of one document: `text == document.text[start:end]`."""

    passage_id: str
    document_id: str
    text: str
    start: int
    end: int
    section: tuple[str, ...]
    units: tuple[Unit, ...] = ()  # in order, by offset in the document's text
    page: int | None = None  # PDF page of its first character
    page_label: str | None = None
    pages: tuple[int, ...] = ()  # PDF pages on which it stands, in order
    lead_in: Span | None = None  # the line that introduces a list begun in an earlier passage
    is_note: bool = False
    notes: tuple[NoteReference, ...] = ()  # whose markers stand in it, in order
    paragraph: str = ""  # number of the paragraph at its start: "12", "16 (b)"
    cited_by: tuple[Span, ...] = ()  # of a note: the sentences at which its marker stands


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as asked, with the conversation that it stands in."""

    text: str
    history: tuple[Turn, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    question_id: str = ""
    leave_out: tuple[str, ...] = ()  # ids of passages that must neither be found nor cited


class Side(NamedTuple):
    """How one side of a search rated a passage; a higher `score` is better."""

    rank: int  # from 1, among the passages that this side rated
    score: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage was found; a side that did not find it, or was not asked, is None."""

    dense: Side | None = None  # cosine similarity, -1 to 1
    lexical: Side | None = None  # BM25, 0 and up
    passage: Side | None = None  # MaxSim with the whole passage, about 0 to 1
    sentence: Side | None = None  # MaxSim with the best of its units, about 0 to 1
    terms: tuple[str, ...] = ()  # the question's words, as passage, headings or title have them
    best: Unit | None = None  # the nearest unit that is no heading, by offset in the document


@dataclass(frozen=True, slots=True)
class Reprint:
    """A passage of another document that says the same as one found, small changes aside."""

    passage_id: str
    document_id: str
    title: str
    edition: str
    date: str
    page: int | None
    page_label: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a passage, for reading: `text` is the document's at `start:end`."""

    kind: ContextKind
    document_id: str
    start: int
    end: int
    text: str
    is_cut: bool  # the limit left out some of it


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; a higher `score` is better, comparable within a search."""

    rank: int  # from 1
    score: float  # of a folded passage: the best of it and those it stands for
    passage: Passage
    facts: Facts
    also_in: tuple[Reprint, ...] = ()  # older editions that say the same, the newest first
    why: Why | None = None
    context: Context | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote with its place: `quote` is the stored document's text at `start:end`."""

    n: int  # from 1, in order of first use
    passage_id: str
    document_id: str
    title: str
    section: tuple[str, ...]
    page: int | None
    page_label: str | None
    start: int
    end: int
    quote: str
    paragraph: str = ""  # number of the paragraph, where it has one: "12", "16 (b)"
    notes: tuple[NoteReference, ...] = ()  # on which the quote rests
    note: str = ""  # label of the note in which the quote stands, where it stands in one
    cited_at: str = ""  # the sentence at which that note is first cited
    language: str = ""  # of the quote's document, ISO 639-1


@dataclass(frozen=True, slots=True)
class Correction:
    """A word of a question that is not known, and the library's nearest, searched for as well."""

    asked: str
    instead: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched for, as far as that is not the question as asked."""

    question: str = ""  # the standalone question; empty where the question was searched as asked
    corrections: tuple[Correction, ...] = ()
    expansions: tuple[str, ...] = ()  # other forms of acronyms, searched for as well
    model: str = ""  # the chat model that was asked for the standalone question
    problem: str = ""  # why what it wrote was not used; the rules made the question then


AS_ASKED = Searched()


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that the answer says, for one part of the question, resting on citations."""

    text: str
    part: str  # the part of the question (its words) that this answers
    citations: tuple[int, ...]  # numbers `n` of the answer's citations


@dataclass(frozen=True, slots=True)
class DirectAnswer:
    """The date, number, name or place that a part of the question asks for: `text` stands at
    `start:end` of the cited document's text, within the quote."""

    text: str
    part: str
    citation: int  # number `n` of one of the answer's citations
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Extent:
    """Where an answer was looked for: in `documents` of the `held` that the library has."""

    documents: int
    held: int
    titles: tuple[str, ...] = ()  # of few documents, where not all were searched
    filters: tuple[tuple[str, str], ...] = ()  # that chose them
    is_named: bool = False  # the question itself names the only documents that were searched


@dataclass(frozen=True, slots=True)
class Missing:
    """A name, figure or word of the question that is not where an answer was looked for."""

    text: str
    part: str  # the part of the question (its words) that has it
    lacking: Lacking


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A quote that says otherwise than a part of the question takes for granted."""

    part: str
    citation: int  # number `n` of one of the answer's citations


@dataclass(frozen=True, slots=True)
class DroppedSentence:
    """A sentence of a model that failed a check: shown struck through, never as an answer."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back for a question."""

    question: Question
    status: Status
    text: str  # the answer as readable plain text with [n] marks
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    direct: tuple[DirectAnswer, ...] = ()  # at most one for each part
    unanswered: tuple[str, ...] = ()  # parts of the question without an answer
    parts: tuple[str, ...] = ()  # all that is asked, one thing each, in its own words
    extent: Extent | None = None  # where an answer was looked for; None where none was
    missing: tuple[Missing, ...] = ()  # what of the parts without an answer is not there
    contradictions: tuple[Contradiction, ...] = ()
    related: tuple[Hit, ...] = ()  # nearest passages; they do not answer
    hits: tuple[Hit, ...] = ()  # all passages that the question found, best first
    support: float | None = None  # probability that the documents answer; of its best part
    reason: str = ""  # why nothing could be searched, where nothing fits the filters
    searched: Searched = AS_ASKED
    language: str = "en"  # of the question, ISO 639-1; English unless it is surely another
    answerer: str = "extractive"  # or the name of the model that wrote it
    notice: str = ""  # why it is not, or not all, what was asked for
    dropped: tuple[DroppedSentence, ...] = ()  # where the settings want them shown
    provenance: dict[str, object] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """What reading a file gave, counted; pages = pages kept + empty + needing OCR."""

    format: str = ""  # "pdf", "docx", ...: what the bytes are, whatever the name's ending
    pages: int = 0  # 0 for unpaged formats
    pages_kept: int = 0
    pages_empty: int = 0
    pages_needing_ocr: int = 0
    pages_by_ocr: int = 0  # of those kept: their text was recognised in a picture
    ocr_tried: str = ""  # the languages in which that was tried; empty where it could not be
    characters: int = 0
    passages: int = 0
    notes: int = 0
    notes_resolved: int = 0  # with a marker in the text
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """One line of the library's list of documents."""

    document_id: str
    facts: Facts
    path: str  # where the file lay when it was last looked at
    pages: int  # 0 for unpaged formats
    passages: int
    copies: tuple[str, ...] = ()  # other files with the same bytes
    figures: Figures = Figures()


def count_document(document: Document, passages: int) -> Figures:
    """The figures of a document that was cut into so many passages."""
    states = Counter(page.state for page in document.pages)
    return Figures(
        format=document.format,
        pages=len(document.pages),
        pages_kept=states["kept"],
        pages_empty=states["empty"],
        pages_needing_ocr=states["needs_ocr"],
        pages_by_ocr=sum(page.is_ocr for page in document.pages),
        characters=len(document.text),
        passages=passages,
        notes=len(document.notes),
        notes_resolved=sum(bool(note.markers) for note in document.notes),
        warnings=document.warnings,
        findings=document.findings,
    )
