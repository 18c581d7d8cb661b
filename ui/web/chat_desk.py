"""What the Ask page works with, and the views that it shows of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import gradio as gr

from rag.phrases import Phrases
from rag.records import DocumentEntry
from ui.web.conversation import chat_html
from ui.web.exchange import Conversation, Exchange
from ui.web.keeping import Keeper
from ui.web.ports import Assistant
from ui.web.sources import sources_html
from ui.web.texts import Texts
from ui.web.welcome import welcome_html
from ui.web.wording import phrases_of

Told = dict[str, Any]  # what the page's scripts are told, as JSON; told apart by "kind"


class View(NamedTuple):
    """What a handler yields for one view of the page; what it leaves as it is, is `gr.skip()`."""

    box: Any  # the question being typed
    notice: Any
    conversation: Any
    chat: Any
    sources: Any
    told: Any


@dataclass(frozen=True, slots=True)
class ChatDesk:
    """The assistant, the page's language, and what keeps conversations."""

    assistant: Assistant
    texts: Texts
    keeper: Keeper

    @property
    def phrases(self) -> Phrases:
        """The engine's words in the page's language."""
        return phrases_of(self.texts)

    def welcome(self) -> str:
        """What stands in the chat before the first question."""
        is_empty = not self.assistant.documents()
        return welcome_html(self.assistant.guiding_questions(), self.texts, is_empty=is_empty)

    def notice(self, line: str) -> View:
        """The page as it is, with one line of ours above the question box."""
        same = gr.skip()
        return View(same, line and f"<p>{line}</p>", same, same, same, same)

    def view(
        self,
        shown: Conversation,
        documents: Sequence[DocumentEntry],
        box: Any = "",
        told: Any = None,
    ) -> View:
        """The conversation and its sources; an empty one is the greeting."""
        chat = chat_html(shown, documents, self.texts) if shown else self.welcome()
        sources = sources_html(shown, documents, self.texts)
        return View(box, "", shown, chat, sources, gr.skip() if told is None else told)


def told(kind: str, **values: Any) -> Told:
    """Something for the page's scripts; no two are alike, so that each is noticed."""
    return {"kind": kind, "at": datetime.now(UTC).isoformat(), **values}


def kept_told(desk: ChatDesk, owner: str, shown: Conversation) -> Any:
    """Tells the browser to keep the newest exchange; of a signed-in reader, it is kept here."""
    newest: Exchange = shown[-1]
    if not newest.can_be_kept:
        return gr.skip()
    if is_signed_in(owner) and desk.keeper.history is not None:
        desk.keeper.keep(owner, shown)
        return told("history", **listed(desk, owner), thread=newest.thread)
    # The browser has what stands before; of an answer that a link opened, it has nothing yet.
    number = 0 if shown[0].is_linked else sum(each.can_be_kept for each in shown[:-1])
    kept = [each for each in shown if each.can_be_kept][number:]
    rows = [desk.keeper.row(each).model_dump() for each in kept]
    title = shown[0].question[:200]
    first = {"title": title, "time": shown[0].asked_at}
    return told("keep", thread=newest.thread, number=number, rows=rows, **first)


def is_signed_in(owner: str) -> bool:
    """Whether `owner`, as `owner_of` tells it, is a user and not only a browser."""
    return owner.startswith("user:")


def listed(desk: ChatDesk, owner: str) -> Told:
    """The conversations that the server keeps of `owner`; None where the browser keeps them."""
    if not is_signed_in(owner) or desk.keeper.history is None:
        return {"conversations": None}
    lines = desk.keeper.history.lines(owner)
    shown = [{"thread": each.thread, "title": each.title, "time": each.time} for each in lines]
    return {"conversations": shown}
