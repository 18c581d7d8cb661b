"""A brief written from questions, section by section, while others go on working.

1. A browser sends the questions under a name of its own (`job`); few briefs are written at a time,
   the others wait in the queue.
2. What is done is told after each question. "Stop" ends it after the question at hand; what is
   finished by then becomes the brief.
3. The brief is kept with its owner before the browser is told, so that a reload finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Event
from typing import Annotated, Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.briefs.compose import BriefOrder, compose
from rag.briefs.partial import Partial
from rag.briefs.questions import MAX_QUESTIONS, QuestionLine
from rag.errors import VerseError
from ui.web.ports import Desk
from ui.web.texts import Texts
from ui.web.visitors import owner_of

MAX_WRITING = 2  # briefs under way at a time, over all sessions
_ON_ORDER = """
element.addEventListener('cv-write', (event) => trigger('submit', event.detail));
element.addEventListener('cv-stop', (event) => trigger('stop', event.detail));
watch('value', () =>
  document.dispatchEvent(new CustomEvent('cv-written', { detail: props.value })));
"""
_Line = Annotated[str, Field(max_length=2000)]
Told = dict[str, Any]  # for the page's script


class _StoppedError(VerseError):
    pass


class SentLine(BaseModel):
    """A question, or a heading above questions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: _Line
    is_heading: bool = False


class SentOrder(BaseModel):
    """What a browser wants to have written."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    job: Annotated[str, Field(pattern=r"^[\w-]{8,64}$")]
    title: _Line = ""
    lines: Annotated[tuple[SentLine, ...], Field(min_length=1, max_length=2 * MAX_QUESTIONS)]
    documents: Annotated[tuple[str, ...], Field(max_length=2000)] = ()

    def order(self, title: str) -> BriefOrder:
        """As the engine takes it; under `title` where the browser gives none."""
        lines = tuple(QuestionLine(each.text, each.is_heading) for each in self.lines)
        filters = tuple(("document_id", each) for each in self.documents)
        own = self.title.strip() or title
        return BriefOrder(lines, own, made_on=date.today().isoformat(), filters=filters)


@dataclass(frozen=True, slots=True)
class _Writing:
    """One brief on its way."""

    order: BriefOrder
    keeping: Partial
    stop: Event = field(default_factory=Event)


def add_composing(desk: Desk, texts: Texts) -> None:
    """Lays out what connects the page's script with the writing, in the open `gr.Blocks`."""
    jobs: dict[tuple[str, str], _Writing] = {}  # by owner and name
    link = gr.HTML(
        {},
        html_template='<span class="cv-unsaid"></span>',
        js_on_load=_ON_ORDER,
        elem_id="cv-writing",
        apply_default_css=False,
    )

    async def write(event: gr.EventData, request: gr.Request) -> AsyncIterator[Told]:
        owner = owner_of(request)
        try:
            sent = SentOrder.model_validate(event._data)
        except ValidationError:
            yield {"line": texts("passages.order_unfit")}
            return
        order = sent.order(texts("passages.brief_untitled"))
        keeping = Partial(None, order.grounds(desk.searching.state_hash()))
        writing = jobs.setdefault((owner, sent.job), _Writing(order, keeping))
        try:
            async for told in _written(desk, owner, writing):
                yield {"job": sent.job, **told}
        finally:
            writing.stop.set()  # also where the browser has gone
            jobs.pop((owner, sent.job), None)

    def stop(event: gr.EventData, request: gr.Request) -> None:
        if writing := jobs.get((owner_of(request), str(event._data.get("job")))):
            writing.stop.set()

    link.submit(
        write,
        None,
        [link],
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="multiple",
        concurrency_limit=MAX_WRITING,
        concurrency_id="write",
    )
    link.stop(stop, None, None, show_progress="hidden", api_visibility="private")


async def _written(desk: Desk, owner: str, writing: _Writing) -> AsyncIterator[Told]:
    """What the page is told: how far it is, and the kept brief at last, or what went wrong."""
    loop, told = asyncio.get_running_loop(), asyncio.Queue[Told]()

    def tell(done: int, total: int, question: str) -> None:
        if writing.stop.is_set():
            raise _StoppedError("stopped")
        now = {"done": done, "total": total, "question": question}
        loop.call_soon_threadsafe(told.put_nowait, now)

    work = asyncio.create_task(asyncio.to_thread(_compose, desk, owner, writing, tell))
    while not work.done():
        waiting = asyncio.create_task(told.get())
        await asyncio.wait((work, waiting), return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            yield waiting.result()
        else:
            waiting.cancel()
    yield await work


def _compose(
    desk: Desk, owner: str, writing: _Writing, tell: Callable[[int, int, str], None]
) -> Told:
    """Writes and keeps the brief; stopped, as much of it as is finished."""
    order, keeping = writing.order, writing.keeping
    is_stopped = False
    try:
        try:
            composed = compose(order, desk.searching, keeping, tell)
        except _StoppedError:
            is_stopped = True
            lines = tuple(each for each in order.lines if each.text in keeping)
            if not lines:
                return {"stopped": True}
            finished = replace(order, lines=lines)
            composed = compose(finished, desk.searching, keeping, lambda *_: None)
        draft = desk.drafts.new(owner, composed.brief)
    except VerseError as error:
        return {"line": str(error)}
    return {"brief": draft.draft_id, "failed": len(composed.failed), "stopped": is_stopped}
