"""What became of a passage that was cited once: same, moved, changed or gone.

A passage's id is made of its document's id, its headings and its own text, so it stays as long as
these do. For an id:

1. It is held, and stands where it first stood: same. It stands elsewhere in its document (another
   offset or page): moved.
2. It was held once. Its text stands, word for word, in the document as it is now (under another
   heading, or cut into other passages), or is a passage of another document: moved, to the
   passages that hold it.
3. A passage of the document shares at least a third of its word triples (shingles: Broder, On the
   resemblance and containment of documents, 1997): changed, to the one that shares most.
4. Otherwise gone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.errors import DocumentNotFoundError
from rag.ledger import Ledger, Place
from rag.records import Document, Passage
from rag.spread import shingles

State = Literal["same", "moved", "changed", "gone"]

_MIN_SHARED = 1 / 3  # of the old passage's word triples


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of a passage: `now` are the passages that hold its content, in order."""

    passage_id: str
    state: State
    before: Passage | None  # as it was last held; None for one that was never held here
    now: tuple[Passage, ...] = ()


def resolve(ledger: Ledger, passage_id: str, start: int | None = None) -> Resolution:
    """What became of the passage of that id.

    `start`, the offset that was cited, tells "same" from "moved" exactly; without it the place at
    which the passage was first ingested counts. An id that is not known is gone.
    """
    held = ledger.passages([passage_id]).get(passage_id)
    if held:
        first = ledger.first_place(passage_id)
        here = Place(held.start, held.page)
        stays = held.start == start if start is not None else here == first
        return Resolution(passage_id, "same" if stays else "moved", held, (held,))
    before = ledger.retired(passage_id)
    if before is None:
        return Resolution(passage_id, "gone", None)
    passages = ledger.passages_of(before.document_id)
    found = _holding(before, ledger, passages)
    if found:
        return Resolution(passage_id, "moved", before, found)
    nearest = _nearest(before, passages)
    if nearest:
        return Resolution(passage_id, "changed", before, (nearest,))
    return Resolution(passage_id, "gone", before)


def _holding(before: Passage, ledger: Ledger, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages in which the very text of `before` stands now."""
    try:
        document = ledger.document(before.document_id)
    except DocumentNotFoundError:
        return tuple(ledger.passages_with(before.text)[:1])
    start = _nearest_occurrence(document, before)
    if start < 0:
        return tuple(ledger.passages_with(before.text)[:1])
    end = start + len(before.text)
    return tuple(each for each in passages if each.start < end and each.end > start)


def _nearest_occurrence(document: Document, before: Passage) -> int:
    """The offset of the text of `before` that is nearest to where it stood, or -1."""
    found = [match.start() for match in re.finditer(re.escape(before.text), document.text)]
    return min(found, key=lambda each: (abs(each - before.start), each), default=-1)


def _nearest(before: Passage, passages: Sequence[Passage]) -> Passage | None:
    triples = shingles(before.text)
    shared = [(len(triples & shingles(each.text)) / len(triples), each) for each in passages]
    if not shared:
        return None
    share, nearest = max(shared, key=lambda each: (each[0], -abs(each[1].start - before.start)))
    return nearest if share >= _MIN_SHARED else None
