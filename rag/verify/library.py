"""What a file is verified against: the words of all documents, their facts, notes and editions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rag.ledger import Ledger
from rag.records import Document
from rag.verify.editions import Editions, retired_shelf
from rag.verify.pinpoint import is_at
from rag.verify.records import Standing
from rag.verify.reference import Reference, ReferenceReader
from rag.verify.search import Shelf

_KEPT = 64  # documents that are kept as read


class Words:
    """The library as it stood at one generation of its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        """Reads the words of every document."""
        self.ledger = ledger
        self.generation = ledger.generation
        self.facts = ledger.facts()
        self.shelf = Shelf(ledger.texts())
        self.retired = retired_shelf(ledger)
        self.references = ReferenceReader(self.facts)
        self.editions = Editions(self.facts, self.shelf)
        self.document = lru_cache(maxsize=_KEPT)(ledger.document)

    def is_named(
        self, references: Iterable[Reference], document_id: str, start: int, end: int
    ) -> bool:
        """Whether one of the references names that stretch of the document."""
        return any(
            document_id in each.documents
            and is_at(self.document(document_id), start, end, each.pinpoint)
            for each in references
        )

    def standing(self, document_id: str, start: int, end: int) -> Standing:
        """That stretch of a document, with what is needed to look it up."""
        document: Document = self.document(document_id)
        page = document.page_at(start)
        facts = document.facts
        return Standing(
            document_id=document_id,
            title=facts.title,
            start=start,
            end=end,
            text=document.text[start:end],
            page=page.number if page else None,
            page_label=page.label if page else None,
            paragraph=document.paragraph_at(start),
            edition=facts.edition,
            date=facts.date,
        )
