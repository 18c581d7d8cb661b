"""What the page's scripts ask of the server: to open, link and delete, and to widen a passage.

`bridge.js` sends each call and hands on what the server tells. A call that shows another
conversation is one event, all others are another, so that none waits for an answer under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import DocumentNotFoundError, VerseError
from ui.web.chat_desk import ChatDesk, Told, View, is_signed_in, listed, told
from ui.web.exchange import Conversation
from ui.web.languages import path_of
from ui.web.scoping import document_rows, parse_filters, scope_line
from ui.web.visitors import owner_of

MAX_CALLS = 8  # at a time, over all sessions
_SCRIPT = Path(__file__).parent / "bridge.js"


def add_bridge(desk: ChatDesk, conversation: Any) -> Any:
    """Lays out the component, which shows nothing, in the open `gr.Blocks`."""
    bridge = gr.HTML(
        {},
        html_template="<span></span>",
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        elem_id="cv-bridge",
        apply_default_css=False,
    )

    def hello(request: gr.Request) -> Told:
        return _hello(desk, owner_of(request))

    async def call(
        shown: Conversation, request: gr.Request, event: gr.EventData
    ) -> Told | dict[str, Any]:
        said = event._data if isinstance(event._data, dict) else {}
        return await asyncio.to_thread(_answer, desk, owner_of(request), shown, said)

    shared: dict[str, Any] = {
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": MAX_CALLS,
        "concurrency_id": "calls",
    }
    gr.on(None, hello, None, [bridge], **shared)
    bridge.submit(call, [conversation], [bridge], trigger_mode="multiple", **shared)
    return bridge


def _hello(desk: ChatDesk, owner: str) -> Told:
    """What the page's scripts begin with: the documents, and what is kept."""
    documents = desk.assistant.documents()
    rows = document_rows(documents, desk.phrases)
    line = scope_line((), documents, desk.texts)
    return told("hello", documents=rows, line=line, **listed(desk, owner))


def _answer(desk: ChatDesk, owner: str, shown: Conversation, said: Mapping[str, Any]) -> Told:
    action = said.get("action")
    if action == "scope":
        filters = parse_filters(said.get("filters"))
        return told("scope", line=scope_line(filters, desk.assistant.documents(), desk.texts))
    if action == "link":
        return _link(desk, shown, str(said.get("answer")))
    if action == "widen":
        return _widen(desk, str(said.get("passage")))
    if action == "delete" and desk.keeper.history is not None and is_signed_in(owner):
        desk.keeper.history.delete(owner, str(said.get("thread")))
        return told("history", **listed(desk, owner))
    return told("nothing")


def _link(desk: ChatDesk, shown: Conversation, answer_id: str) -> Told:
    exchange = next((each for each in shown if each.answer_id == answer_id), None)
    problem = desk.texts("ask.link_problem")
    if exchange is None:
        return told("linked", answer=answer_id, problem=problem)
    try:
        name = desk.keeper.link(exchange)
    except VerseError:
        return told("linked", answer=answer_id, problem=problem)
    path = f"{path_of(desk.texts.language)}?answer={name}"
    return told("linked", answer=answer_id, path=path, problem="")


def _widen(desk: ChatDesk, passage_id: str) -> Told:
    """What stands before and after a passage."""
    try:
        passage = desk.assistant.passage(passage_id)
        context = desk.assistant.widen(passage_id, "neighbours")
    except DocumentNotFoundError:
        problem = desk.texts("ask.changed")
        return told("widened", passage=passage_id, before="", after="", problem=problem)
    cut = passage.start - context.start
    before = context.text[:cut].strip()
    after = context.text[cut + passage.end - passage.start :].strip()
    return told("widened", passage=passage_id, before=before, after=after, problem="")


def open_conversation(desk: ChatDesk, owner: str, said: Mapping[str, Any]) -> View:
    """The conversation that a script asks to see: kept by the browser, here, or by a link."""
    documents = desk.assistant.documents()
    if "answer" in said:
        opened = desk.keeper.open_link(str(said["answer"]), desk.assistant)
        problem = desk.texts("ask.link_gone")
    elif is_signed_in(owner) and desk.keeper.history is not None:
        kept = desk.keeper.history.rows(owner, str(said.get("thread")))
        opened, problem = desk.keeper.read(kept, desk.assistant), desk.texts("ask.history_gone")
    else:
        given = said.get("rows")
        rows = given if isinstance(given, list) else []
        opened, problem = desk.keeper.read(rows, desk.assistant), desk.texts("ask.history_gone")
    if not opened:
        return desk.notice(problem)
    return desk.view(opened, documents, told=told("opened", thread=opened[0].thread))
