"""The chat: its components, and what happens on a question.

Asking goes in three steps, each shown at once: the question with "Searching ...", then the
answer statement by statement, then what it left open. The conversation is the session's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.errors import VerseError
from rag.records import Answer, Question
from ui.web.conversation import (
    Conversation,
    Exchange,
    chat_html,
    check_question,
    header_html,
    read_sources,
    sources_html,
    turns,
    welcome_html,
)
from ui.web.feedback import add_feedback_form
from ui.web.ports import Assistant

PAUSE_S = 0.06  # between statements; the whole answer takes at most STREAM_S to appear
STREAM_S = 0.8
MAX_ASKING = 8  # questions under way at a time, over all sessions

_ON_SUGGESTION = """element.addEventListener('click', (event) => {
    const chosen = event.target.closest('.cv-suggestion');
    if (chosen) trigger('click', { question: chosen.textContent });
});"""

# What a handler yields for one view of the page: question box, notice, conversation, chat, sources.
_View = tuple[Any, Any, Any, Any, Any]


def add_chat(assistant: Assistant) -> None:
    """Lay out the chat in the open `gr.Blocks` and connect its events."""
    conversation = gr.State(())
    with gr.Row(elem_id="cv-top"):
        gr.HTML(
            lambda: header_html(assistant.documents()),
            elem_id="cv-header",
            apply_default_css=False,
        )
        new = gr.Button("New conversation", elem_id="cv-new", size="sm", scale=0)
    with gr.Row(elem_id="cv-main"):
        with gr.Column(elem_id="cv-chat-column"):
            chat = gr.HTML(
                lambda: welcome_html(assistant.suggestions()),
                elem_id="cv-chat",
                apply_default_css=False,
                js_on_load=_ON_SUGGESTION,
            )
            notice = gr.HTML("", elem_id="cv-notice", apply_default_css=False)
            with gr.Row(elem_id="cv-composer"):
                box = gr.Textbox(
                    label="Your question",
                    placeholder="Ask about the documents",
                    show_label=False,
                    container=False,
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                    elem_id="cv-box",
                )
                send = gr.Button("Ask", variant="primary", elem_id="cv-ask", scale=0)
            add_feedback_form(assistant, conversation)
        with gr.Column(elem_id="cv-sources-column"):
            gr.HTML("<h2>Sources</h2>", elem_id="cv-sources-title", apply_default_css=False)
            sources = gr.HTML(sources_html(()), elem_id="cv-sources", apply_default_css=False)
    _connect(assistant, (box, notice, conversation, chat, sources), send, new)


def _connect(assistant: Assistant, view: _View, send: Any, new: Any) -> None:
    box, _, conversation, chat, _ = view

    async def ask(text: str, before: Conversation) -> AsyncIterator[_View]:
        async for step in _ask(assistant, text, before):
            yield step

    async def ask_suggestion(before: Conversation, event: gr.EventData) -> AsyncIterator[_View]:
        async for step in _ask(assistant, str(event.question), before):
            yield step

    def start_anew() -> _View:
        return "", "", (), welcome_html(assistant.suggestions()), sources_html(())

    shared = {
        "outputs": list(view),
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": MAX_ASKING,
        "concurrency_id": "ask",
    }
    asked = gr.on([box.submit, send.click], ask, [box, conversation], **shared)
    suggested = chat.click(ask_suggestion, [conversation], **shared)
    new.click(start_anew, None, **shared, cancels=[asked, suggested])


async def _ask(assistant: Assistant, text: str, before: Conversation) -> AsyncIterator[_View]:
    """Every view of the page from a question to its whole answer."""
    if problem := check_question(text):
        same = gr.skip()
        yield same, f"<p>{problem}</p>", same, same, same
        return
    documents = await asyncio.to_thread(assistant.documents)

    def view(exchange: Exchange, text: Any) -> _View:
        shown = (*before, exchange)
        return text, "", shown, chat_html(shown, documents), sources_html(shown)

    exchange = Exchange(f"answer-{len(before) + 1}", text.strip())
    yield view(exchange, "")
    try:
        answered = await asyncio.to_thread(_answer, assistant, exchange, before)
    except Exception:
        yield view(replace(exchange, answer=_failed(exchange, _BUG)), gr.skip())
        raise
    count = len(answered.answer.statements) if answered.answer else 0
    for shown in range(1, count):
        yield view(answered.first(shown), gr.skip())
        await asyncio.sleep(min(PAUSE_S, STREAM_S / count))
    yield view(answered, gr.skip())


_BUG = "something went wrong, and the server's log says what. Please ask again."


def _answer(assistant: Assistant, exchange: Exchange, before: Conversation) -> Exchange:
    try:
        answer = assistant.ask(Question(exchange.question, history=turns(before)))
        return replace(exchange, answer=answer, sources=read_sources(answer, assistant))
    except VerseError as error:
        return replace(exchange, answer=_failed(exchange, str(error)))


def _failed(exchange: Exchange, line: str) -> Answer:
    return Answer(Question(exchange.question), "error", line)
