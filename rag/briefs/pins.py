"""Pins: passages and quotes that a reader keeps, with words that come from the library alone.

A pin is made of a passage's id and, of a quote, its offsets; never of words that a page sends. What
a reader adds (notes, tags, headings, names) is checked for its size here, in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from rag.briefs.records import NotebookHeading, Pin
from rag.cite import make_citation
from rag.errors import NotebookError
from rag.ledger import Ledger
from rag.records import Document, Passage, Span

MAX_ENTRIES = 1000  # of one notebook
MAX_NAME_CHARS, MAX_HEADING_CHARS, MAX_NOTE_CHARS = 200, 300, 10_000
MAX_TAGS, MAX_TAG_CHARS = 20, 60

Entry = Pin | NotebookHeading


def make_pin(
    ledger: Ledger, passage_id: str, start: int | None = None, end: int | None = None
) -> Pin:
    """A pin of the whole passage, or of its document's words at `start:end`, which must touch it.

    Raises DocumentNotFoundError for an unknown passage, NotebookError for a place outside it.
    """
    passage = ledger.passage(passage_id)
    document = ledger.document(passage.document_id)
    first = passage.start if start is None else start
    last = passage.end if end is None else end
    touches = first < passage.end and last > passage.start
    if not (0 <= first < last <= len(document.text)) or not touches:
        raise NotebookError(
            f"no words at {first} to {last} of passage {passage_id!r}, which stands at "
            f"{passage.start} to {passage.end}; choose words within it"
        )
    return pin_at(document, passage, Span(first, last))


def pin_at(document: Document, passage: Passage, span: Span) -> Pin:
    """A new pin of the document's words at `span`, without the white space around them."""
    words = document.text[span.start : span.end]
    start = span.start + len(words) - len(words.lstrip())
    end = max(start, span.start + len(words.rstrip()))
    if start == end:
        raise NotebookError(f"nothing but white space at {span.start} to {span.end}; choose words")
    citation = make_citation(document, passage, Span(start, end), 0)
    return Pin(new_id(), citation, document.facts, passage.text)


def make_heading(text: str) -> NotebookHeading:
    """A new heading; raises NotebookError for an empty or overlong one."""
    return NotebookHeading(new_id(), checked_line("heading", text, MAX_HEADING_CHARS))


def new_id() -> str:
    """An id that nothing else has."""
    return uuid4().hex


def checked_entries(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries with what readers wrote in them tidied; raises NotebookError where it is too
    much, or where two have one id."""
    found = tuple(_checked(each) for each in entries)
    if len(found) > MAX_ENTRIES:
        raise NotebookError(
            f"{len(found):,} entries are more than a notebook holds, {MAX_ENTRIES:,}; begin another"
        )
    if len({entry_id(each) for each in found}) < len(found):
        raise NotebookError("two entries of the notebook have one id; open it anew")
    return found


def entry_id(entry: Entry) -> str:
    """The id of a pin or a heading."""
    return entry.pin_id if isinstance(entry, Pin) else entry.heading_id


def checked_line(what: str, text: str, most: int) -> str:
    """`text` on one line; raises NotebookError for an empty one, or one over `most` characters."""
    tidy = " ".join(_readable(what, text).split())
    if not tidy:
        raise NotebookError(f"the {what} is empty; write something")
    if len(tidy) > most:
        raise NotebookError(
            f"the {what} {tidy[:40]!r} has {len(tidy):,} characters, at most {most} are kept; "
            f"shorten it"
        )
    return tidy


def _checked(entry: Entry) -> Entry:
    if isinstance(entry, NotebookHeading):
        return replace(entry, text=checked_line("heading", entry.text, MAX_HEADING_CHARS))
    note = _readable("note", entry.note).strip()
    if len(note) > MAX_NOTE_CHARS:
        raise NotebookError(
            f"the note {note[:40]!r} has {len(note):,} characters, at most {MAX_NOTE_CHARS:,} are "
            f"kept; shorten it"
        )
    tags = [checked_line("tag", each, MAX_TAG_CHARS) for each in entry.tags if each.strip()]
    own = tuple(dict.fromkeys(tags))
    if len(own) > MAX_TAGS:
        raise NotebookError(
            f"{len(own)} tags on one pin, at most {MAX_TAGS} are kept; take some off"
        )
    return replace(entry, note=note, tags=own)


def _readable(what: str, text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotebookError(
            f"the {what} is not valid text (character {error.start}); write it anew"
        ) from error
    return text
