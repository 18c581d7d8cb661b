"""A session's conversation: the questions asked, and what came of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

from rag.errors import DocumentNotFoundError
from rag.kept_answers import Once, Stored
from rag.records import Answer, Citation, Facts, Question, Turn
from rag.render_html import Source, source_of
from rag.settings import AnswererKind

Filters = tuple[tuple[str, str], ...]


def _new_id() -> str:
    return str(uuid4())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of the session, and what came of it."""

    anchor: str  # unique on the page; joins the marks of the answer to its sources
    question: str
    answer: Answer | None = None  # None while the documents are searched
    sources: tuple[Source, ...] = ()
    is_whole: bool = True  # False while its answer is under way, and where it was cut short
    cut_short: str = ""  # why it was
    answerer: AnswererKind = "extractive"  # as chosen
    filters: Filters = ()  # that the documents were chosen by
    scope: str = ""  # what they left to search, in a line; empty for the whole library
    answer_id: str = field(default_factory=_new_id)  # unique anywhere; for feedback
    thread: str = field(default_factory=_new_id)  # of its conversation
    asked_at: str = field(default_factory=_now)  # ISO 8601, UTC
    changed: frozenset[int] = frozenset()  # numbers of citations whose quote is no longer there
    is_confirmed: bool = True  # False where its words came back from a browser without our seal
    is_linked: bool = False  # opened by a link: to be read, not edited

    @property
    def can_be_judged(self) -> bool:
        """Whether it holds a whole answer, of which a reader can say what it was worth."""
        return self.is_whole and self.answer is not None and self.answer.status != "error"

    @property
    def can_be_kept(self) -> bool:
        """Whether there is something in it to come back to."""
        return self.answer is not None and self.answer.status != "error" and not self.is_under_way

    @property
    def is_under_way(self) -> bool:
        """Whether more of its answer is to come."""
        return not (self.is_whole or self.cut_short)

    @property
    def shown(self) -> Answer | None:
        """As much of the answer as can be said now: what it leaves open is known at its end."""
        if self.answer is None or self.is_whole:
            return self.answer
        status = "answered" if self.answer.statements else self.answer.status
        return replace(self.answer, status=status, parts=(), unanswered=(), related=(), dropped=())

    def first(self, count: int) -> Exchange:
        """This exchange as far as `count` statements: what a reader sees while they come."""
        if self.answer is None or count >= len(self.answer.statements):
            return self
        answer = replace(self.answer, statements=self.answer.statements[:count])
        return replace(self, answer=answer, is_whole=False)

    def within(self, thread: str) -> Exchange:
        """This exchange as part of the conversation `thread`."""
        return replace(self, thread=thread)

    def failed(self, line: str) -> Exchange:
        """This exchange with an error instead of an answer."""
        answer = Answer(Question(self.question), "error", line)
        return replace(self, answer=answer, is_whole=True)

    def stopped(self, late: str, early: str) -> Exchange:
        """This exchange as far as it came, if more was to come; `late` says so of some answer,
        `early` of none."""
        line = late if self.answer else early
        return replace(self, cut_short=line) if self.is_under_way else self


Conversation = tuple[Exchange, ...]


def turns(conversation: Conversation) -> tuple[Turn, ...]:
    """The conversation as the engine reads it; small talk and what failed are left out."""
    return tuple(
        Turn(exchange.question, exchange.answer.text)
        for exchange in conversation
        if exchange.answer is not None and exchange.answer.status not in ("error", "not_a_question")
    )


def before(conversation: Conversation, answer_id: str) -> Conversation:
    """What stands before an exchange; all of the conversation where it is none of it."""
    for index, exchange in enumerate(conversation):
        if exchange.answer_id == answer_id:
            return conversation[:index]
    return conversation


def read_sources(answer: Answer, stored: Stored) -> tuple[Source, ...]:
    """Every citation of the answer with its facts and the words around its quote."""
    once = Once(stored)
    return tuple(_read_source(citation, once) for citation in answer.citations)


def _read_source(citation: Citation, stored: Stored) -> Source:
    try:
        document = stored.document(citation.document_id)
        passage = stored.passage(citation.passage_id)
    except DocumentNotFoundError:  # removed since: the quote still stands
        return Source(citation, Facts(title=citation.title))
    if document.text[citation.start : citation.end] != citation.quote:  # changed since
        return Source(citation, document.facts)
    return source_of(citation, document, passage)
