"""Questions to begin with: those that the documents themselves put to their readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, zip_longest

from rag.answer.evidence import text_of
from rag.ledger import Ledger
from rag.records import Passage
from rag.sentences import is_asking

_MOST = 6
_NUMBER = re.compile(r"^\W*(?:\d{1,3}|[a-z]|[ivx]+)[.)]\s+", re.IGNORECASE)


def suggest(ledger: Ledger) -> tuple[str, ...]:
    """Up to six guiding questions, taken from each document in turn."""
    by_document = [_guiding_questions(ledger.passages_of(each)) for each in ledger.facts()]
    in_turn = chain.from_iterable(zip_longest(*by_document))
    return tuple(dict.fromkeys(each for each in in_turn if each))[:_MOST]


def _guiding_questions(passages: list[Passage]) -> Iterator[str]:
    """Questions that a document puts to its readers, from lists of them, without numbers."""
    for passage in passages:
        heading = passage.section[-1] if passage.section else ""
        introduced = "question" in heading.lower()
        for unit in passage.units:
            text = text_of(passage, unit)
            if introduced and is_asking(text) and not passage.is_note:
                yield _NUMBER.sub("", text)
            introduced |= text.endswith(":") and "question" in text.lower()
