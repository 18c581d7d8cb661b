"""Questions to begin with: those that the documents themselves put to their readers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest

from rag.guiding import GuidingQuestion
from rag.ledger import Ledger
from rag.records import Facts

_MOST = 6
_MAX_CHARS = 250


@dataclass(frozen=True, slots=True)
class DocumentQuestions:
    """The guiding questions of one document, in its order; at least one."""

    document_id: str
    facts: Facts
    questions: tuple[GuidingQuestion, ...]


def guiding_questions(ledger: Ledger) -> tuple[DocumentQuestions, ...]:
    """The documents that put questions to their readers, in order of their ids; found at
    ingestion."""
    facts = ledger.facts()
    return tuple(
        DocumentQuestions(each, facts[each], questions)
        for each, questions in ledger.guiding().items()
        if each in facts
    )


def suggest(ledger: Ledger) -> tuple[str, ...]:
    """Up to six guiding questions, none of them long, taken from each document in turn."""
    by_document = [
        [each.text for each in one.questions if len(each.text) <= _MAX_CHARS]
        for one in guiding_questions(ledger)
    ]
    in_turn = chain.from_iterable(zip_longest(*by_document))
    return tuple(dict.fromkeys(each for each in in_turn if each))[:_MOST]
