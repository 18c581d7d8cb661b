"""Answers kept as JSON, and read back with every quote held against the stored document again.

1. What is read may come from a reader's own browser: its shape is checked by the records' types.
2. Of a citation only its number, document, passage and offsets are taken over, and its quote to
   compare. Where the quote still stands there, all else (title, section, page, notes) is made anew
   from the stored document; where it does not, the citation stays as it was and is told as changed.
3. Related passages and direct answers whose words no longer stand there are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from rag.cite import make_citation
from rag.errors import DocumentNotFoundError, StoreError
from rag.records import Answer, Citation, DirectAnswer, Document, Hit, Passage, Span


class Stored(Protocol):
    """Where documents and passages are; both raise DocumentNotFoundError."""

    def document(self, document_id: str) -> Document:
        """The document as stored."""

    def passage(self, passage_id: str) -> Passage:
        """The passage as stored."""


@dataclass(frozen=True, slots=True)
class Once:
    """Reads each document and passage of `stored` once, however many quotes stand in it."""

    stored: Stored
    _documents: dict[str, Document] = field(default_factory=dict)
    _passages: dict[str, Passage] = field(default_factory=dict)

    def document(self, document_id: str) -> Document:
        """The document as stored; raises DocumentNotFoundError."""
        if document_id not in self._documents:
            self._documents[document_id] = self.stored.document(document_id)
        return self._documents[document_id]

    def passage(self, passage_id: str) -> Passage:
        """The passage as stored; raises DocumentNotFoundError."""
        if passage_id not in self._passages:
            self._passages[passage_id] = self.stored.passage(passage_id)
        return self._passages[passage_id]


@dataclass(frozen=True, slots=True)
class Restored:
    """An answer read back; `changed` are numbers of citations whose quote is no longer there."""

    answer: Answer
    changed: frozenset[int] = frozenset()


def answer_json(answer: Answer) -> str:
    """The answer as JSON for `parse_answer`: without the conversation before it, and of what was
    found only what is shown."""
    related = tuple(replace(hit, why=None, context=None) for hit in answer.related)
    slim = replace(answer, question=replace(answer.question, history=()), hits=(), related=related)
    return _answers().dump_json(slim).decode("utf-8", "replace")


def parse_answer(content: str) -> Answer:
    """The answer in `content`; raises StoreError where it is none."""
    try:
        return _answers().validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"]) or "the whole"
        raise StoreError(f"a kept answer cannot be read: {place}: {first['msg']}") from error


@cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


def restore(answer: Answer, stored: Stored) -> Restored:
    """`answer` with its quotes held against what is stored now."""
    kept = {each.n: _citation_now(each, stored) for each in answer.citations}
    citations = tuple(kept[each.n] or each for each in answer.citations)
    now = replace(
        answer,
        citations=citations,
        related=tuple(_hits_now(answer, stored)),
        direct=tuple(each for each in answer.direct if _stands(each, kept)),
    )
    return Restored(now, frozenset(n for n, citation in kept.items() if citation is None))


def _citation_now(citation: Citation, stored: Stored) -> Citation | None:
    """The citation as it would be made today; None where its quote stands there no more."""
    try:
        document = stored.document(citation.document_id)
        passage = stored.passage(citation.passage_id)
    except DocumentNotFoundError:
        return None
    span = Span(citation.start, citation.end)
    if not (0 <= span.start < span.end) or document.text[slice(*span)] != citation.quote:
        return None
    if passage.document_id != document.document_id:
        return None
    return make_citation(document, passage, span, citation.n)


def _hits_now(answer: Answer, stored: Stored) -> Iterator[Hit]:
    for hit in answer.related:
        try:
            passage = stored.passage(hit.passage.passage_id)
            document = stored.document(passage.document_id)
        except DocumentNotFoundError:
            continue
        if passage.text == hit.passage.text:
            yield replace(hit, passage=passage, facts=document.facts, also_in=())


def _stands(direct: DirectAnswer, kept: dict[int, Citation | None]) -> bool:
    cited = kept.get(direct.citation)
    if cited is None or not cited.start <= direct.start < direct.end <= cited.end:
        return False
    return cited.quote[direct.start - cited.start : direct.end - cited.start] == direct.text
