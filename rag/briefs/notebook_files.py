"""A notebook as a file, and back: JSON, untrusted when it is read.

Of a pin that is read, the library decides what it says:
1. Its document has the very quote at its offsets: the pin is made anew of the library's own words.
2. Else the quote is looked for where the passage has gone (`rag/resolve.py`), and in the document
   of that id: found, it is made anew of that place.
3. Else the pin is kept as the file has it, marked as not in this library (`Pin.is_held`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rag.briefs.pins import (
    MAX_ENTRIES,
    MAX_NAME_CHARS,
    Entry,
    checked_entries,
    checked_line,
    make_heading,
    new_id,
    pin_at,
)
from rag.briefs.records import Notebook, Pin
from rag.errors import DocumentNotFoundError, NotebookError
from rag.ledger import Ledger
from rag.records import Citation, Document, Facts, Passage, Span
from rag.resolve import resolve

MAX_BYTES = 20 * 1024 * 1024
_MAX_WORDS, _MAX_LINE = 200_000, 2000  # characters of a quote or passage; of a title or the like
State = Literal["held", "moved", "not held"]

_Line = Annotated[str, Field(max_length=_MAX_LINE)]
_Words = Annotated[str, Field(max_length=_MAX_WORDS)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _PinRow(_Model):
    kind: Literal["pin"]
    document_id: _Line
    passage_id: _Line
    start: int = Field(ge=0, le=2**53)
    end: int = Field(ge=0, le=2**53)
    quote: Annotated[str, Field(min_length=1, max_length=_MAX_WORDS)]
    section: Annotated[tuple[_Line, ...], Field(max_length=100)] = ()
    paragraph: _Line = ""
    page: int | None = Field(default=None, ge=0, le=2**53)
    page_label: _Line | None = None
    passage: _Words = ""
    facts: dict[str, _Line] = {}
    note: _Words = ""
    tags: Annotated[tuple[_Line, ...], Field(max_length=100)] = ()


class _HeadingRow(_Model):
    kind: Literal["heading"]
    text: _Line


class _File(_Model):
    format: Literal["chapter-and-verse notebook"]
    version: Literal[1]
    name: _Line
    entries: Annotated[
        tuple[Annotated[_PinRow | _HeadingRow, Field(discriminator="kind")], ...],
        Field(max_length=MAX_ENTRIES),
    ]


_FILE = TypeAdapter(_File)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds, checked against the library, under new ids."""

    name: str
    entries: tuple[Entry, ...]
    held: int  # pins whose quote stands where the file says
    moved: int  # pins whose quote stands elsewhere in the library
    not_held: int  # pins whose quote was not found


def export_notebook(notebook: Notebook) -> bytes:
    """The notebook as JSON, for `import_notebook` of this or another library."""
    rows = [
        _pin_row(each) if isinstance(each, Pin) else _HeadingRow(kind="heading", text=each.text)
        for each in notebook.entries
    ]
    file = _File(
        format="chapter-and-verse notebook", version=1, name=notebook.name, entries=tuple(rows)
    )
    return file.model_dump_json(indent=1).encode()


def import_notebook(ledger: Ledger, data: bytes) -> Imported:
    """What `data` holds, each pin checked; raises NotebookError where it is no notebook."""
    if len(data) > MAX_BYTES:
        raise NotebookError(
            f"the notebook has {len(data) / 2**20:.0f} MB, at most {MAX_BYTES // 2**20} MB are read"
        )
    try:
        file = _FILE.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise NotebookError(
            f"this is no notebook that can be read: {place}: {first['msg']}; choose a file that "
            f"was exported as a notebook"
        ) from error
    library = _Library(ledger)
    states: Counter[State] = Counter()
    entries: list[Entry] = []
    for row in file.entries:
        if isinstance(row, _HeadingRow):
            entries.append(make_heading(row.text))
            continue
        state, pin = library.find(row)
        states[state] += 1
        entries.append(replace(pin, note=row.note, tags=row.tags))
    return Imported(
        name=checked_line("name", file.name[:MAX_NAME_CHARS], MAX_NAME_CHARS),
        entries=checked_entries(entries),
        held=states["held"],
        moved=states["moved"],
        not_held=states["not held"],
    )


@dataclass(slots=True)
class _Library:
    """Finds the words of pins; each document is read once."""

    ledger: Ledger
    _documents: dict[str, Document | None] = field(default_factory=dict)
    _passages: dict[str, list[Passage]] = field(default_factory=dict)

    def find(self, row: _PinRow) -> tuple[State, Pin]:
        """The pin of a row, and how it was found."""
        document = self._document(row.document_id)
        if document and document.text[row.start : row.end] == row.quote:
            pin = self._pin(document, row.start, row)
            if pin:
                return "held", pin
        for candidate in self._candidates(row, document):
            start = _nearest(candidate.text, row.quote, row.start)
            pin = self._pin(candidate, start, row) if start >= 0 else None
            if pin:
                return "moved", pin
        return "not held", _unheld(row)

    def _candidates(self, row: _PinRow, document: Document | None) -> Iterator[Document]:
        """Documents in which the quote may stand now."""
        ids = [each.document_id for each in resolve(self.ledger, row.passage_id, row.start).now]
        yield from [document] if document else []
        for each in dict.fromkeys(ids):
            found = self._document(each)
            if found and found is not document:
                yield found

    def _document(self, document_id: str) -> Document | None:
        if document_id not in self._documents:
            try:
                self._documents[document_id] = self.ledger.document(document_id)
            except DocumentNotFoundError:
                self._documents[document_id] = None
        return self._documents[document_id]

    def _pin(self, document: Document, start: int, row: _PinRow) -> Pin | None:
        """A pin of the library's own words at `start`; None where no passage holds them."""
        own = document.document_id
        if own not in self._passages:
            self._passages[own] = self.ledger.passages_of(own)
        end = start + len(row.quote)
        around = [each for each in self._passages[own] if each.start < end and each.end > start]
        around.sort(key=lambda each: (each.passage_id != row.passage_id, each.start > start))
        is_words = bool(row.quote.strip())
        return pin_at(document, around[0], Span(start, end)) if around and is_words else None


def _nearest(text: str, quote: str, start: int) -> int:
    """The offset of `quote` in `text` that is nearest to `start`, or -1."""
    found = (each.start() for each in re.finditer(re.escape(quote), text))
    return min(found, key=lambda each: (abs(each - start), each), default=-1)


def _pin_row(pin: Pin) -> _PinRow:
    cited = pin.citation
    return _PinRow(
        kind="pin",
        document_id=cited.document_id,
        passage_id=cited.passage_id,
        start=cited.start,
        end=cited.end,
        quote=cited.quote,
        section=tuple(each[:_MAX_LINE] for each in cited.section[:100]),
        paragraph=cited.paragraph,
        page=cited.page,
        page_label=cited.page_label,
        passage=pin.passage[:_MAX_WORDS],
        facts={name: value[:_MAX_LINE] for name, value in asdict(pin.facts).items() if value},
        note=pin.note,
        tags=pin.tags,
    )


def _unheld(row: _PinRow) -> Pin:
    """A pin as the file has it, marked."""
    known = {name: value for name, value in row.facts.items() if name in _FACTS}
    facts = Facts(**known)
    citation = Citation(
        n=0,
        passage_id=row.passage_id,
        document_id=row.document_id,
        title=facts.title,
        section=row.section,
        page=row.page,
        page_label=row.page_label,
        start=row.start,
        end=row.end,
        quote=row.quote,
        paragraph=row.paragraph,
        language=facts.language,
    )
    return Pin(new_id(), citation, facts, row.passage, is_held=False)


_FACTS = frozenset(Facts.__dataclass_fields__)
