"""The chat's view of a conversation: its questions, and each answer with its state and tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from types import MappingProxyType
from typing import get_args

from rag.feedback import Verdict
from rag.phrases import Phrases
from rag.records import Answer, DocumentEntry, Status
from rag.render import render_text
from rag.render_html import render_html
from rag.searched import searched_lines
from ui.web.exchange import Conversation, Exchange
from ui.web.icons import icon
from ui.web.places import without_places
from ui.web.texts import Texts
from ui.web.wording import phrases_of

MAX_QUESTION_CHARS = 19_999
VERDICT_NAMES: Mapping[Verdict, str] = MappingProxyType(
    {"helpful": "feedback.helpful", "not helpful": "feedback.not_helpful"}
)


def check_question(text: str, texts: Texts) -> str:
    """One friendly line on why `text` cannot be asked; empty when it can."""
    if not text.strip():
        return texts("ask.empty")
    if len(text) > MAX_QUESTION_CHARS:
        return texts("ask.too_long", n=f"{len(text):,}", most=f"{MAX_QUESTION_CHARS:,}")
    return ""


def chat_html(conversation: Conversation, documents: Sequence[DocumentEntry], texts: Texts) -> str:
    """All questions and answers, oldest first."""
    view = _ChatView(texts, phrases_of(texts), len(documents))
    return "".join(view.exchange(each, each is conversation[-1]) for each in conversation)


@dataclass(frozen=True, slots=True)
class _ChatView:
    """How exchanges are shown, in the language of the page, over so many `documents`."""

    texts: Texts
    phrases: Phrases
    documents: int

    def exchange(self, exchange: Exchange, is_last: bool) -> str:
        """A question with what came of it; the last one can be asked again."""
        busy = "true" if exchange.is_under_way else "false"
        answer = self._answer(exchange) + self._tools(exchange, is_last)
        said = escape(self._said(exchange))
        return (
            f'<article class="cv-exchange" id="{exchange.anchor}" aria-busy="{busy}" '
            f'data-answer="{exchange.answer_id}" data-said="{said}">'
            f"{self._question(exchange)}{answer}</article>"
        )

    def _question(self, exchange: Exchange) -> str:
        heading = f'<h2 class="cv-question" dir="auto">{escape(exchange.question)}</h2>'
        edit = self.texts("ask.edit")
        if not (exchange.is_under_way or exchange.is_linked):
            heading += (
                f'<button type="button" class="cv-tool cv-edit" title="{escape(edit)}" '
                f'aria-label="{escape(edit)}" data-send="{escape(self.texts("ask.edit_send"))}" '
                f'data-cancel="{escape(self.texts("ask.cancel"))}" '
                f'data-note="{escape(self.texts("ask.edit_note"))}">{icon("pencil")}</button>'
            )
        asked = f'<div class="cv-asked">{heading}</div>'
        if exchange.is_linked:
            day = self.texts("ask.linked_on", day=exchange.asked_at[:10])
            asked += f'<p class="cv-asked-of">{escape(day)}</p>'
        if exchange.scope:
            line = self.texts("ask.asked_of", scope=exchange.scope)
            asked += f'<p class="cv-asked-of" dir="auto">{escape(line)}</p>'
        return asked

    def _said(self, exchange: Exchange) -> str:
        """What a screen reader is told once, when it becomes true."""
        answer = exchange.answer
        if exchange.is_under_way:
            return self._searching(exchange)
        if exchange.cut_short or answer is None or answer.status == "error":
            return exchange.cut_short or (without_places(answer.text) if answer else "")
        state = self.texts(f"ask.state_{answer.status}")
        statements = self.texts.count("ask.statements", len(answer.statements))
        return f"{state}. {statements}" if answer.statements else f"{state}."

    def _searching(self, exchange: Exchange) -> str:
        if exchange.scope:
            line = self.texts("ask.searching_scope", scope=exchange.scope)
        else:
            line = self.texts.count("frame.searching", self.documents)
        return self.texts(
            "ask.then_writing" if exchange.answerer == "written" else "ask.under_way", line=line
        )

    def _answer(self, exchange: Exchange) -> str:
        """What there is of the answer, its state, and whether it was cut short."""
        answer, html = exchange.shown, ""
        if exchange.answer is None and exchange.is_under_way:
            return f'<p class="cv-searching" dir="auto">{escape(self._searching(exchange))}</p>'
        if answer is not None:
            told = replace(answer, notice=without_places(answer.notice))
            if answer.status == "error":
                told = replace(told, text=without_places(answer.text))
            html = self._searched(answer) + self._state(exchange, answer) + self._doubts(exchange)
            html += render_html(told, exchange.anchor, self.phrases)
        if exchange.is_under_way and answer and is_written(answer):
            html += f'<p class="cv-searching">{escape(self.texts("ask.writing"))}</p>'
        if exchange.cut_short:
            line = escape(without_places(exchange.cut_short))
            html += f'<p class="cv-cut-short" dir="auto">{line}</p>'
        return html

    def _searched(self, answer: Answer) -> str:
        """What was searched for, where that is not the question as asked."""
        searched = replace(answer.searched, problem="")  # for who runs the page
        return "".join(
            f'<p class="cv-searched" dir="auto">{escape(line)}</p>'
            for line in searched_lines(searched, self.phrases)
        )

    def _state(self, exchange: Exchange, answer: Answer) -> str:
        """What became of the question, in words, and by whom the statements are."""
        by = ""
        if answer.statements:
            made = self.texts("ask.extractive")
            if is_written(answer):
                made = self.texts("ask.written_by", model=without_places(answer.answerer))
            by = f'<span class="cv-made" dir="auto">{escape(made)}</span>'
        state = ""
        if exchange.is_whole and answer.status != "not_a_question":
            name = escape(self.texts(f"ask.state_{answer.status}"))
            shown = f"{icon(_STATE_ICONS[answer.status])}{name}"
            state = f'<span class="cv-state" data-status="{answer.status}">{shown}</span>'
        return f'<p class="cv-state-line">{state}{by}</p>' if state or by else ""

    def _doubts(self, exchange: Exchange) -> str:
        lines = []
        if exchange.changed:
            lines.append(self.texts("ask.changed_answer"))
        if not exchange.is_confirmed:
            lines.append(self.texts("ask.not_confirmed"))
        return "".join(f'<p class="cv-notice cv-doubt">{escape(line)}</p>' for line in lines)

    def _tools(self, exchange: Exchange, is_last: bool) -> str:
        """What can be done with an answer: copied, linked to, asked again, judged."""
        if exchange.is_under_way:
            return ""
        tools = ""
        if exchange.can_be_judged and exchange.answer is not None:
            facts = {each.citation.document_id: each.facts for each in exchange.sources}
            text = escape(render_text(exchange.answer, facts, self.phrases))
            tools = f'<div class="cv-copy-text" hidden>{text}</div>' + self._tool("copy")
            tools += self._tool("link") if exchange.is_confirmed else ""
        tools += self._tool("retry") if is_last else ""
        told = '<span class="cv-tool-said" role="status"></span>'
        return f'<div class="cv-tools">{tools}{told}{self._judging(exchange)}</div>'

    def _tool(self, name: str) -> str:
        label, done = self.texts(f"ask.{name}"), self.texts(f"ask.{name}_done")
        return (
            f'<button type="button" class="cv-tool cv-{name}" data-done="{escape(done)}">'
            f"{icon(name)}<span>{escape(label)}</span></button>"
        )

    def _judging(self, exchange: Exchange) -> str:
        """The two buttons under an answer; `feedback.js` opens the form that they lead to."""
        if not exchange.can_be_judged:
            return ""
        buttons = "".join(
            f'<button type="button" class="cv-thumb" data-verdict="{verdict}" aria-pressed="false" '
            f'aria-haspopup="dialog">{icon("thumb")}'
            f"<span>{escape(self.texts(VERDICT_NAMES[verdict]))}</span></button>"
            for verdict in get_args(Verdict)
        )
        asked = escape(self.texts("feedback.was_helpful"))
        return (
            f'<div class="cv-judging" role="group" aria-label="{asked}" '
            f'data-answer="{exchange.answer_id}">{buttons}'
            '<span class="cv-thanks" role="status"></span></div>'
        )


_STATE_ICONS: Mapping[Status, str] = MappingProxyType(
    {
        "answered": "full",
        "partly_answered": "half",
        "not_in_documents": "none",
        "needs_clarification": "question",
        "error": "warning",
    }
)


def is_written(answer: Answer) -> bool:
    """Whether a chat model wrote it."""
    return answer.answerer != "extractive"
