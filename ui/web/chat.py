"""The Ask page: its components, and what happens on a question.

Asking goes in three steps, each shown at once: the question with "Searching ...", then the
answer statement by statement, then what it left open. The conversation is the session's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.errors import StoreError
from rag.records import Question
from rag.settings import AnswererKind
from ui.web.asking import follow
from ui.web.bridge import add_bridge, open_conversation
from ui.web.chat_desk import ChatDesk, View, kept_told
from ui.web.choosing import add_choice, chosen_answerer, connect_choice
from ui.web.conversation import check_question
from ui.web.exchange import Conversation, Exchange, Filters, before, turns
from ui.web.feedback import add_feedback_form
from ui.web.history_panel import add_history
from ui.web.scoping import add_scope, parse_filters, scope_text
from ui.web.sources import sources_html, sources_title_html
from ui.web.visitors import owner_of

MAX_ASKING = 8  # questions under way at a time, over all sessions

# A script asks by an event of its own: a question that is put again, or edited.
_ON_QUESTION = """element.addEventListener('click', (event) => {
    const chosen = event.target.closest('.cv-suggestion');
    if (chosen) trigger('click', { question: chosen.textContent, from: '' });
});
document.addEventListener('cv-ask', (event) => {
    if (element.isConnected) trigger('click', event.detail);
});"""

# Where a screen reader hears what becomes of a question; the answer itself is no live region.
_SAID = '<p id="cv-said" class="sr-only" role="status"></p>'


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what it is asked under."""

    text: str
    after: Conversation  # what stands before it
    answerer: AnswererKind
    filters: Filters
    owner: str
    thread: str = ""  # of the conversation that it goes on with


def add_chat(desk: ChatDesk) -> None:
    """Lay out the chat in the open `gr.Blocks` and connect its events."""
    assistant, texts = desk.assistant, desk.texts
    conversation = gr.State(())
    with gr.Row(elem_id="cv-main"):
        with gr.Column(elem_id="cv-chat-column"):
            with gr.Row(elem_id="cv-ask-bar"):
                scope = add_scope(texts)
                add_history(texts)
                new = gr.Button(texts("ask.new"), elem_id="cv-new", size="sm", scale=0)
            chat = gr.HTML(
                desk.welcome,
                elem_id="cv-chat",
                apply_default_css=False,
                js_on_load=_ON_QUESTION,
            )
            notice = gr.HTML("", elem_id="cv-notice", apply_default_css=False)
            box, choice, buttons = _add_composer(desk)
            add_feedback_form(assistant, conversation, texts)
            bridge = add_bridge(desk, conversation)
            gr.HTML(_SAID, elem_id="cv-announce", apply_default_css=False)
        with gr.Column(elem_id="cv-sources-column"):
            title = sources_title_html(texts)
            gr.HTML(title, elem_id="cv-sources-title", apply_default_css=False)
            empty = sources_html((), (), texts)
            sources = gr.HTML(empty, elem_id="cv-sources", apply_default_css=False)
    view = View(box, notice, conversation, chat, sources, bridge)
    connect_choice(assistant, choice, notice, texts)
    _connect(desk, view, (choice, scope), (*buttons, new))


def _add_composer(desk: ChatDesk) -> tuple[Any, Any, tuple[Any, Any]]:
    """The question box, the switch, and the buttons to ask and to stop; of these the style shows
    the one that can be used."""
    texts = desk.texts
    with gr.Row(elem_id="cv-composer"):
        box = gr.Textbox(
            label=texts("ask.question"),
            placeholder=texts("ask.placeholder"),
            show_label=False,
            container=False,
            lines=1,
            max_lines=6,
            elem_id="cv-box",
        )
        send = gr.Button(texts("ask.send"), variant="primary", elem_id="cv-ask", scale=0)
        stop = gr.Button(texts("ask.stop"), elem_id="cv-stop", scale=0)
        choice = add_choice(desk.assistant, texts)
    return box, choice, (send, stop)


def _connect(
    desk: ChatDesk, view: View, chosen: tuple[Any, Any], buttons: tuple[Any, Any, Any]
) -> None:
    send, stop, new = buttons

    async def ask(
        text: str, shown: Conversation, answerer: object, scope: object, request: gr.Request
    ) -> AsyncIterator[View]:
        under = (chosen_answerer(answerer), parse_filters(scope), owner_of(request))
        async for step in _ask(desk, _Asked(text, shown, *under)):
            yield step

    async def ask_again(
        shown: Conversation,
        answerer: object,
        scope: object,
        request: gr.Request,
        event: gr.EventData,
    ) -> AsyncIterator[View]:
        said = event._data if isinstance(event._data, dict) else {}
        under = (chosen_answerer(answerer), parse_filters(scope), owner_of(request))
        left = before(shown, str(said.get("from") or ""))
        thread = shown[0].thread if shown else ""
        text = str(said.get("question") or "")
        async for step in _ask(desk, _Asked(text, left, *under, thread)):
            yield step

    def stop_asking(shown: Conversation, request: gr.Request) -> View:
        if not shown:
            return View(*(gr.skip() for _ in View._fields))
        lines = (desk.texts("ask.stopped"), desk.texts("ask.stopped_early"))
        left = (*shown[:-1], shown[-1].stopped(*lines))
        told = _kept(desk, owner_of(request), left)
        return desk.view(left, desk.assistant.documents(), gr.skip(), told)

    def start_anew() -> View:
        return desk.view((), ())

    def open_kept(request: gr.Request, event: gr.EventData) -> View:
        said = event._data if isinstance(event._data, dict) else {}
        return open_conversation(desk, owner_of(request), said)

    shared = {
        "outputs": list(view),
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": MAX_ASKING,
        "concurrency_id": "ask",
    }
    inputs = [view.conversation, *chosen]
    asked = gr.on([view.box.submit, send.click], ask, [view.box, *inputs], **shared)
    again = view.chat.click(ask_again, inputs, **shared)
    apart = shared | {"concurrency_id": "stop", "cancels": [asked, again]}
    stop.click(stop_asking, [view.conversation], **apart)
    new.click(start_anew, None, **apart)
    view.told.select(open_kept, None, **(apart | {"concurrency_id": "open"}))


async def _ask(desk: ChatDesk, asked: _Asked) -> AsyncIterator[View]:
    """Every view of the page from a question to its whole answer."""
    if problem := check_question(asked.text, desk.texts):
        yield desk.notice(problem)
        return
    documents = await asyncio.to_thread(desk.assistant.documents)
    begun = Exchange(
        f"answer-{len(asked.after) + 1}",
        asked.text.strip(),
        answerer=asked.answerer,
        filters=asked.filters,
        scope=scope_text(asked.filters, documents, desk.texts),
        is_whole=False,
    )
    if thread := asked.after[0].thread if asked.after else asked.thread:
        begun = begun.within(thread)
    yield desk.view((*asked.after, begun), documents)
    question = Question(begun.question, turns(asked.after), asked.filters)
    shown = (*asked.after, begun)
    async for exchange in follow(desk.assistant, begun, question, desk.texts):
        view = desk.view((*asked.after, exchange), documents, gr.skip())
        if _has_same_cards(shown[-1], exchange):  # need not travel again with each statement
            view = view._replace(sources=gr.skip())
        shown = (*asked.after, exchange)
        yield view
    told = await asyncio.to_thread(_kept, desk, asked.owner, shown)
    same = View(*(gr.skip() for _ in View._fields))
    yield same._replace(told=told)


def _has_same_cards(before: Exchange, now: Exchange) -> bool:
    return before.sources == now.sources != () and before.is_whole == now.is_whole


def _kept(desk: ChatDesk, owner: str, shown: Conversation) -> Any:
    """Keeps what was asked; where the disk is full, the answer is shown all the same."""
    try:
        return kept_told(desk, owner, shown)
    except StoreError:
        return gr.skip()
