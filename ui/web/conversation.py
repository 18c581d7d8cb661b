"""A session's conversation, and the page's two views of it; pure, but for reading sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import get_args
from uuid import uuid4

from rag.errors import DocumentNotFoundError
from rag.feedback import Verdict
from rag.records import Answer, Citation, DocumentEntry, Facts, Question, Searched, Turn
from rag.render_html import Source, render_html, render_sources_html, source_of
from rag.searched import searched_lines
from rag.settings import AnswererKind
from ui.web.ports import Assistant

MAX_QUESTION_CHARS = 19_999
_STOPPED = "Stopped. There may have been more."
_STOPPED_EARLY = "Stopped before there was an answer."
# Where a model is served, or its file lies, is for who runs the page, not for its readers.
_PLACE = re.compile(r"(?<=local:)\S*/|(?P<name>\b[\w-]+:\S+) at \S+?(?=:?(?:\s|$))")


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
    answer_id: str = field(default_factory=lambda: str(uuid4()))  # unique anywhere; for feedback

    @property
    def can_be_judged(self) -> bool:
        """Whether it holds a whole answer, of which a reader can say what it was worth."""
        return self.is_whole and self.answer is not None and self.answer.status != "error"

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

    def failed(self, line: str) -> Exchange:
        """This exchange with an error instead of an answer."""
        answer = Answer(Question(self.question), "error", line)
        return replace(self, answer=answer, is_whole=True)

    def stopped(self) -> Exchange:
        """This exchange as far as it came, if more was to come."""
        line = _STOPPED if self.answer else _STOPPED_EARLY
        return replace(self, cut_short=line) if self.is_under_way else self


Conversation = tuple[Exchange, ...]


def check_question(text: str) -> str:
    """One friendly line on why `text` cannot be asked; empty when it can."""
    if not text.strip():
        return "Please type a question first."
    if len(text) > MAX_QUESTION_CHARS:
        return (
            f"This question has {len(text):,} characters; at most {MAX_QUESTION_CHARS:,} fit. "
            "Please shorten it."
        )
    return ""


def turns(conversation: Conversation) -> tuple[Turn, ...]:
    """The conversation as the engine reads it; small talk and what failed are left out."""
    return tuple(
        Turn(exchange.question, exchange.answer.text)
        for exchange in conversation
        if exchange.answer is not None and exchange.answer.status not in ("error", "not_a_question")
    )


def read_sources(answer: Answer, assistant: Assistant) -> tuple[Source, ...]:
    """Every citation of the answer with its facts and the words around its quote."""
    return tuple(_read_source(citation, assistant) for citation in answer.citations)


def _read_source(citation: Citation, assistant: Assistant) -> Source:
    try:
        document = assistant.document(citation.document_id)
        return source_of(citation, document, assistant.passage(citation.passage_id))
    except DocumentNotFoundError:  # removed since: the quote still stands
        return Source(citation, Facts(title=citation.title))


def _count(documents: Sequence[DocumentEntry]) -> str:
    return f"{len(documents)} document{'' if len(documents) == 1 else 's'}"


def welcome_html(suggestions: Sequence[str]) -> str:
    """What stands in the chat before the first question."""
    buttons = "".join(
        f'<li><button type="button" class="cv-suggestion" dir="auto">{escape(text)}</button></li>'
        for text in suggestions
    )
    offered = f"<p>You could start with:</p><ul>{buttons}</ul>" if buttons else ""
    return f'<div class="cv-welcome"><h2>What would you like to know?</h2>{offered}</div>'


def chat_html(conversation: Conversation, documents: Sequence[DocumentEntry]) -> str:
    """All questions and answers, oldest first."""
    return "".join(_exchange_html(exchange, documents) for exchange in conversation)


def _exchange_html(exchange: Exchange, documents: Sequence[DocumentEntry]) -> str:
    busy = "true" if exchange.is_under_way else "false"
    answer = _answer_html(exchange)
    if exchange.answer is None and exchange.is_under_way:
        then = ", then writing" if exchange.answerer == "written" else ""
        answer = f'<p class="cv-searching">Searching {_count(documents)}{then}…</p>'
    return (
        f'<article class="cv-exchange" id="{exchange.anchor}" aria-busy="{busy}">'
        f'<h2 class="cv-question" dir="auto">{escape(exchange.question)}</h2>{answer}</article>'
    )


def _answer_html(exchange: Exchange) -> str:
    """What there is of the answer, who made it, and whether it was cut short."""
    answer, html = exchange.shown, ""
    if answer is not None:
        told = replace(answer, notice=without_places(answer.notice))
        if answer.status == "error":
            told = replace(told, text=without_places(answer.text))
        html = _searched_html(answer.searched) + _made_html(answer)
        html += render_html(told, exchange.anchor)
    if exchange.is_under_way:
        html += '<p class="cv-searching">Writing…</p>' if answer and is_written(answer) else ""
    if exchange.cut_short:
        line = without_places(exchange.cut_short)
        html += f'<p class="cv-cut-short" role="status" dir="auto">{escape(line)}</p>'
    return html + _judging_html(exchange)


def _made_html(answer: Answer) -> str:
    """By whom the statements are; nothing where there are none."""
    if not answer.statements:
        return ""
    by = "In the documents' own words"
    if is_written(answer):
        by = f"Written by {without_places(answer.answerer)}, each sentence checked"
    return f'<p class="cv-made" dir="auto">{escape(by)}</p>'


def is_written(answer: Answer) -> bool:
    """Whether a chat model wrote it."""
    return answer.answerer != "extractive"


def without_places(line: str) -> str:
    """`line` without the addresses of servers and the folders of local models."""
    return _PLACE.sub(lambda found: found["name"] or "", line)


def _searched_html(searched: Searched) -> str:
    """What was searched for, where that is not the question as asked."""
    searched = replace(searched, problem="")  # for who runs the page: it may name a server
    return "".join(
        f'<p class="cv-searched" dir="auto">{escape(line)}</p>' for line in searched_lines(searched)
    )


def _judging_html(exchange: Exchange) -> str:
    """The two buttons under an answer; `feedback.js` opens the form that they lead to."""
    if not exchange.can_be_judged:
        return ""
    buttons = "".join(
        f'<button type="button" class="cv-thumb" data-verdict="{verdict}" aria-pressed="false" '
        f'aria-haspopup="dialog">{_THUMB}<span>{verdict.capitalize()}</span></button>'
        for verdict in get_args(Verdict)
    )
    return (
        f'<div class="cv-judging" role="group" aria-label="Was this answer helpful?" '
        f'data-answer="{exchange.answer_id}">{buttons}'
        '<span class="cv-thanks" role="status"></span></div>'
    )


_THUMB = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false">'
    '<path d="M4 11h3.5v9H4zM7.5 11l4-7.5c1.6 0 2.5 1.1 2.2 2.7L13 9.5h5.2c1.3 0 2.1 1.2 1.8 2.4'
    'l-1.6 6.4c-.3 1-1.1 1.7-2.2 1.7H7.5"/></svg>'
)


def sources_html(conversation: Conversation) -> str:
    """The source panel: the newest answer's sources shown, those of older answers at hand."""
    if not conversation:
        return (
            '<p class="cv-hint">The sources of each answer stand here: document, section, page, '
            "and the quoted words in their passage.</p>"
        )
    newest = conversation[-1]
    return "".join(_sources_group_html(each, shown=each is newest) for each in conversation)


def _sources_group_html(exchange: Exchange, *, shown: bool) -> str:
    cards = ""
    if exchange.shown is not None:
        cards = render_sources_html(exchange.shown, exchange.sources, exchange.anchor)
        cards = cards + _BACK if cards else '<p class="cv-hint">This answer has no sources.</p>'
    return (
        f'<section class="cv-sources-group" id="{exchange.anchor}-sources"'
        f"{'' if shown else ' hidden'}>"
        f'<p class="cv-sources-for" dir="auto">{escape(exchange.question)}</p>{cards}</section>'
    )


_BACK = '<button type="button" class="cv-back">Back to the answer</button>'
