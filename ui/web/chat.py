"""The chat: its components, and what happens on a question.

Asking goes in three steps, each shown at once: the question with "Searching ...", then the
answer statement by statement, then what it left open. The conversation is the session's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from rag.records import Question
from rag.settings import AnswererKind
from ui.web.asking import follow
from ui.web.choosing import add_choice, chosen_answerer, connect_choice
from ui.web.conversation import (
    Conversation,
    Exchange,
    chat_html,
    check_question,
    sources_html,
    turns,
    welcome_html,
)
from ui.web.feedback import add_feedback_form
from ui.web.frame import documents_html
from ui.web.ports import Assistant
from ui.web.texts import Texts

MAX_ASKING = 8  # questions under way at a time, over all sessions

_ON_SUGGESTION = """element.addEventListener('click', (event) => {
    const chosen = event.target.closest('.cv-suggestion');
    if (chosen) trigger('click', { question: chosen.textContent });
});"""

# What a handler yields for one view of the page: question box, notice, conversation, chat, sources.
_View = tuple[Any, Any, Any, Any, Any]


def add_chat(assistant: Assistant, texts: Texts) -> None:
    """Lay out the chat in the open `gr.Blocks` and connect its events."""
    conversation = gr.State(())
    with gr.Row(elem_id="cv-main"):
        with gr.Column(elem_id="cv-chat-column"):
            with gr.Row(elem_id="cv-ask-bar"):
                gr.HTML(
                    lambda: documents_html(assistant.documents(), texts),
                    elem_id="cv-scope",
                    apply_default_css=False,
                )
                new = gr.Button("New conversation", elem_id="cv-new", size="sm", scale=0)
            chat = gr.HTML(
                lambda: welcome_html(assistant.suggestions()),
                elem_id="cv-chat",
                apply_default_css=False,
                js_on_load=_ON_SUGGESTION,
            )
            notice = gr.HTML("", elem_id="cv-notice", apply_default_css=False)
            box, choice, buttons = _add_composer(assistant)
            add_feedback_form(assistant, conversation)
        with gr.Column(elem_id="cv-sources-column"):
            gr.HTML("<h2>Sources</h2>", elem_id="cv-sources-title", apply_default_css=False)
            sources = gr.HTML(sources_html(()), elem_id="cv-sources", apply_default_css=False)
    view = (box, notice, conversation, chat, sources)
    connect_choice(assistant, choice, notice)
    _connect(assistant, view, choice, (*buttons, new))


def _add_composer(assistant: Assistant) -> tuple[Any, Any, tuple[Any, Any]]:
    """The question box, the switch, and the buttons to ask and to stop; of these the style shows
    the one that can be used."""
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
        stop = gr.Button("Stop", elem_id="cv-stop", scale=0)
        choice = add_choice(assistant)
    return box, choice, (send, stop)


def _connect(assistant: Assistant, view: _View, choice: Any, buttons: tuple[Any, Any, Any]) -> None:
    box, _, conversation, chat, _ = view
    send, stop, new = buttons

    async def ask(text: str, before: Conversation, chosen: object) -> AsyncIterator[_View]:
        async for step in _ask(assistant, text, before, chosen_answerer(chosen)):
            yield step

    async def ask_suggestion(
        before: Conversation, chosen: object, event: gr.EventData
    ) -> AsyncIterator[_View]:
        question = str(event.question)
        async for step in _ask(assistant, question, before, chosen_answerer(chosen)):
            yield step

    def stop_asking(before: Conversation) -> _View:
        if not before:
            return (gr.skip(),) * 5
        shown = (*before[:-1], before[-1].stopped())
        documents = assistant.documents()
        return gr.skip(), "", shown, chat_html(shown, documents), sources_html(shown)

    def start_anew() -> _View:
        return "", "", (), welcome_html(assistant.suggestions()), sources_html(())

    shared = {
        "outputs": list(view),
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": MAX_ASKING,
        "concurrency_id": "ask",
    }
    asked = gr.on([box.submit, send.click], ask, [box, conversation, choice], **shared)
    suggested = chat.click(ask_suggestion, [conversation, choice], **shared)
    apart = shared | {"concurrency_id": "stop", "cancels": [asked, suggested]}
    stop.click(stop_asking, [conversation], **apart)
    new.click(start_anew, None, **apart)


async def _ask(
    assistant: Assistant, text: str, before: Conversation, answerer: AnswererKind
) -> AsyncIterator[_View]:
    """Every view of the page from a question to its whole answer."""
    if problem := check_question(text):
        same = gr.skip()
        yield same, f"<p>{problem}</p>", same, same, same
        return
    documents = await asyncio.to_thread(assistant.documents)

    def view(exchange: Exchange, text: Any) -> _View:
        shown = (*before, exchange)
        return text, "", shown, chat_html(shown, documents), sources_html(shown)

    asked = Exchange(f"answer-{len(before) + 1}", text.strip(), answerer=answerer, is_whole=False)
    yield view(asked, "")
    question = Question(asked.question, history=turns(before))
    async for exchange in follow(assistant, asked, question):
        yield view(exchange, gr.skip())
