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
from dataclasses import dataclass
from datetime import date
from threading import Event
from typing import Annotated, Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.briefs.compose import BriefOrder, Drafted, draft_sections, frame_of
from rag.briefs.number import assemble
from rag.briefs.partial import Partial
from rag.briefs.questions import MAX_QUESTIONS, QuestionLine
from rag.errors import VerseError
from ui.web.ports import Desk
from ui.web.texts import Texts
from ui.web.visitors import owner_of

_MAX_STOPS = 500
MAX_WRITING = 2  # briefs under way at a time, over all sessions
_ON_ORDER = """
element.addEventListener('cv-write', (event) => trigger('submit', event.detail));
element.addEventListener('cv-stop', (event) => trigger('stop', event.detail));
watch('value', () =>
  document.dispatchEvent(new CustomEvent('cv-written', { detail: props.value })));
"""
_Line = Annotated[str, Field(max_length=2000)]
Told = dict[str, Any]  # for the page's script


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
    documents: Annotated[tuple[_Line, ...], Field(max_length=2000)] = ()  # none: all
    lines: Annotated[tuple[SentLine, ...], Field(min_length=1, max_length=2 * MAX_QUESTIONS)]

    def order(self, title: str) -> BriefOrder:
        """As the engine takes it; under `title` where the browser gives none."""
        lines = tuple(QuestionLine(each.text, each.is_heading) for each in self.lines)
        filters = tuple(("document_id", each) for each in self.documents)
        today = date.today().isoformat()
        return BriefOrder(lines, self.title.strip() or title, made_on=today, filters=filters)


@dataclass(frozen=True, slots=True)
class _Writing:
    """One brief on its way."""

    order: BriefOrder
    keeping: Partial
    stop: Event  # set, too, by who leaves


def add_composing(desk: Desk, texts: Texts) -> None:
    """Lays out what connects the page's script with the writing, in the open `gr.Blocks`."""
    stops: dict[tuple[str, str], Event] = {}  # by owner and name of the job
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
        writing = _Writing(order, keeping, stops.setdefault((owner, sent.job), Event()))
        try:
            async for told in _written(desk, owner, writing):
                yield {"job": sent.job, **told}
        except Exception:
            yield {"job": sent.job, "line": texts("passages.no_server")}
            raise
        finally:
            writing.stop.set()  # also where the browser has gone
            stops.pop((owner, sent.job), None)

    def stop(event: gr.EventData, request: gr.Request) -> None:
        key = (owner_of(request), str(event._data.get("job"))[:64])
        if key in stops or len(stops) < _MAX_STOPS:  # one that still waits can be stopped, too
            stops.setdefault(key, Event()).set()

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
    order = writing.order
    questions = [each.text for each in order.lines if not each.is_heading]
    drafted: list[Drafted] = []
    done = 0
    if writing.stop.is_set():
        return {"stopped": True}
    tell(done, len(questions), questions[0] if questions else "")
    try:
        for each in draft_sections(order, desk.searching, writing.keeping):
            drafted.append(each)
            if each.line.is_heading:
                continue
            done += 1
            if done == len(questions) or writing.stop.is_set():
                break
            tell(done, len(questions), questions[done])
        brief = assemble(frame_of(order), [each.draft for each in drafted])
        draft = desk.drafts.new(owner, brief)
    except VerseError as error:
        return {"line": str(error)}
    failed = sum(each.has_failed for each in drafted)
    return {"brief": draft.draft_id, "failed": failed, "stopped": done < len(questions)}
