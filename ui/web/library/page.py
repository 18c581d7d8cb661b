"""The Library page: its components, and what its buttons do.

`library.js` sends what is to be done as one event; whether the sender may do it is decided here.
A change goes to the desk as a task, and the page follows until nothing is left to do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from rag.corrections import FACT_NAMES
from rag.errors import VerseError
from ui.web.library.desk import Task
from ui.web.library.frame import desk_html, tools_html
from ui.web.library.listing import activity_html, list_html
from ui.web.library.panel import panel_html
from ui.web.library.passages import passages_html
from ui.web.library.shelf import Shelf
from ui.web.rights import person_of
from ui.web.texts import Texts

MAX_AT_ONCE = 24  # readers who open a document or follow a task at a time
_PAUSE_S = 0.25
_SCRIPT = Path(__file__).parent / "library.js"
_CHANGES = ("correct", "uncorrect", "reread", "remove", "restore")

# What a handler yields: what the script is told, what is being done, the list.
_View = tuple[Any, Any, Any]
Given = Mapping[str, Any]


def add_library(shelf: Shelf, texts: Texts) -> None:
    """Lay out the page in the open `gr.Blocks` and connect its events."""
    page = _Page(shelf, texts)
    with gr.Column(elem_id="cv-library"):
        desk = gr.HTML(
            page.opened,
            html_template=desk_html(texts),
            js_on_load=_SCRIPT.read_text(encoding="utf-8"),
            elem_id="cv-library-desk",
            apply_default_css=False,
        )
        activity = gr.HTML(page.activity, elem_id="cv-library-activity", apply_default_css=False)
        gr.HTML(tools_html(texts), elem_id="cv-library-tools", apply_default_css=False)
        listing = gr.HTML(page.listing, elem_id="cv-library-list", apply_default_css=False)
    desk.submit(
        page.act,
        None,
        [desk, activity, listing],
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="multiple",  # a document can be opened while a task is followed
        concurrency_limit=MAX_AT_ONCE,
        concurrency_id="library",
    )


class _Page:
    """The page over one shelf, in one language."""

    def __init__(self, shelf: Shelf, texts: Texts) -> None:
        self._shelf, self._texts = shelf, texts

    def opened(self, request: gr.Request | None = None) -> Given:
        """What the script is told when the page is opened."""
        return _told(may_maintain=person_of(request).may_maintain)

    def listing(self) -> str:
        """The list of documents."""
        return list_html(self._shelf.holdings(), self._texts)

    def activity(self, request: gr.Request | None = None) -> str:
        """What is being done, for those who may know."""
        shelf, may_maintain = self._shelf, person_of(request).may_maintain
        tasks, removed = shelf.desk.tasks(), shelf.removed()
        return activity_html(tasks, removed, self._texts, may_maintain=may_maintain)

    async def act(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[_View]:
        """Does what the script asks for, if whoever sent it may."""
        given: Given = event._data if isinstance(event._data, dict) else {}
        wanted, same = str(given.get("do")), gr.skip()
        if wanted in _CHANGES and not person_of(request).may_maintain:
            yield _told(problem=self._texts("signing.only_maintainers")), same, same
            return
        try:
            if wanted in _CHANGES:
                task = await asyncio.to_thread(self._begin, wanted, given)
                if wanted in ("remove", "restore"):
                    yield _told(close=True), same, same
                async for view in self._follow(request):
                    yield view
                yield await asyncio.to_thread(self._after, task, given), same, same
            elif wanted == "follow":
                async for view in self._follow(request):
                    yield view
                yield _told(over=True), same, same
            else:
                yield await asyncio.to_thread(self._read, wanted, given, request), same, same
        except VerseError as error:
            yield _told(problem=str(error)), same, same

    def _begin(self, wanted: str, given: Given) -> Task:
        """Puts a change on the desk; raises VerseError."""
        shelf, key = self._shelf, str(given.get("key"))
        if wanted == "correct":
            facts = given.get("facts")
            facts = facts if isinstance(facts, dict) else {}
            return shelf.correct(key, {n: str(t) for n, t in facts.items() if n in FACT_NAMES})
        if wanted == "restore":
            return shelf.restore(str(given.get("token")))
        begin: Callable[[str], Task] = {
            "uncorrect": shelf.undo_corrections,
            "reread": shelf.reread,
            "remove": shelf.remove,
        }[wanted]
        return begin(key)

    async def _follow(self, request: gr.Request) -> AsyncIterator[_View]:
        """The page time and again, until nothing is left to do."""
        seen, over = -1, -1
        while True:
            is_busy, version = self._shelf.desk.is_busy, self._shelf.desk.version
            if version != seen:
                done = sum(each.is_over for each in self._shelf.desk.tasks())
                listing = gr.skip()
                if done != over or not is_busy:
                    listing = await asyncio.to_thread(self.listing)
                yield gr.skip(), await asyncio.to_thread(self.activity, request), listing
                seen, over = version, done
            if not is_busy:
                return
            await asyncio.sleep(_PAUSE_S)

    def _after(self, task: Task, given: Given) -> Given:
        """What the script is told of a change that is over."""
        over = self._shelf.desk.task(task.number) or task
        line = self._texts(f"library.{over.kind}_{over.state}")
        said = f"{line}: {over.told}" if over.told and over.state == "failed" else line
        if over.state == "failed" and over.kind == "correct":
            return _told(problem=said)  # what was written stays
        if over.kind in ("remove", "restore"):
            return _told(over=True)
        try:
            return _told(said=said, panel=self._panel(str(given.get("key")), may_maintain=True))
        except VerseError:
            return _told(close=True)

    def _read(self, wanted: str, given: Given, request: gr.Request) -> Given:
        key = str(given.get("key"))
        if wanted == "open":
            may_maintain = person_of(request).may_maintain
            return _told(panel=self._panel(key, may_maintain=may_maintain), show=True)
        if wanted == "passages":
            page = given.get("page")
            holding = self._shelf.holding(key)
            passages = self._shelf.passages(holding.file.document_id)
            at = page if isinstance(page, int) else 1
            return _told(passages=passages_html(passages, at, self._texts))
        return _told()

    def _panel(self, key: str, *, may_maintain: bool) -> str:
        holding = self._shelf.holding(key)
        corrections = self._shelf.corrections(holding.file.document_id)
        return panel_html(holding, corrections, self._texts, may_maintain=may_maintain)


def _told(**values: object) -> Given:
    """A word to the script; the time makes it another than the one before."""
    return {"at": time.monotonic_ns(), **values}
