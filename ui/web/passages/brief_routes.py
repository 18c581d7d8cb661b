"""Briefs as the browser reads and edits them, by owner; and the questions that they begin with."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from rag.briefs.drafts import Draft, Drafts
from rag.briefs.make import brief_of_notebook
from rag.briefs.pins import make_pin
from rag.briefs.questions import MAX_BYTES, read_questions
from rag.briefs.records import BriefItem, BriefSection, BriefSource
from rag.errors import StaleBriefError
from rag.ledger import Ledger
from rag.settings import IngestSettings
from ui.web.passages.requests import Owner, read_body
from ui.web.passages.rows import draft_row, source_row
from ui.web.ports import Desk

_Line = Annotated[str, Field(max_length=2000)]
_Words = Annotated[str, Field(max_length=100_000)]
_Numbers = Annotated[tuple[int, ...], Field(max_length=500)]


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SentItem(_Sent):
    """One paragraph as an editor has it."""

    text: _Words
    sources: _Numbers = ()
    is_quote: bool = False
    is_edited: bool = False
    heading: _Line = ""


class SentSection(_Sent):
    """One section as an editor has it."""

    heading: _Line
    items: Annotated[tuple[SentItem, ...], Field(max_length=2000)] = ()
    passages: _Numbers = ()
    open_points: Annotated[tuple[_Line, ...], Field(max_length=200)] = ()

    @property
    def section(self) -> BriefSection:
        """As it is kept."""
        items = tuple(BriefItem(**each.model_dump()) for each in self.items)
        return BriefSection(self.heading, items, self.passages, self.open_points)


class SentBrief(_Sent):
    """A whole brief as an editor has it; its sources stay on the server."""

    version: int
    title: _Line
    sections: Annotated[tuple[SentSection, ...], Field(max_length=1000)]


class SentPlace(_Sent):
    """Where the words of a further source stand."""

    passage_id: _Line
    start: int = Field(ge=0)
    end: int = Field(ge=1)


class SentNotebook(_Sent):
    """Of which notebook a brief is to be made."""

    notebook_id: _Line


def brief_routes(desk: Desk) -> APIRouter:
    """The addresses under "/passages/briefs", and the one that reads questions."""
    routes = APIRouter(prefix="/passages")
    drafts = desk.drafts
    _add_reading(routes, desk.reading)
    _add_editing(routes, drafts, desk.ledger)

    @routes.get("/briefs")
    def listed(owner: Owner) -> dict[str, Any]:
        lines = ({"id": each.draft_id, "title": each.title} for each in drafts.listed(owner))
        return {"briefs": list(lines)}

    @routes.post("/briefs")
    def begin(sent: SentNotebook, owner: Owner) -> dict[str, Any]:
        brief = brief_of_notebook(desk.notebooks.open(owner, sent.notebook_id))
        return draft_row(drafts.new(owner, brief))

    @routes.get("/briefs/{draft_id}")
    def opened(draft_id: str, owner: Owner) -> dict[str, Any]:
        return draft_row(drafts.open(owner, draft_id))

    @routes.delete("/briefs/{draft_id}")
    def removed(draft_id: str, owner: Owner) -> dict[str, Any]:
        drafts.delete(owner, draft_id)
        return {}

    @routes.post("/briefs/{draft_id}/restore")
    def restored(draft_id: str, owner: Owner) -> dict[str, Any]:
        return draft_row(drafts.restore(owner, draft_id))

    return routes


def _add_reading(routes: APIRouter, reading: IngestSettings) -> None:
    @routes.post("/questions")
    async def questions(request: Request, owner: Owner, name: str = "") -> dict[str, Any]:
        """The questions of a file, or of a list that was pasted."""
        data = await read_body(request, MAX_BYTES)
        found = await run_in_threadpool(read_questions, name, data, reading)
        lines = [{"text": each.text, "is_heading": each.is_heading} for each in found.lines]
        return {"lines": lines, "kind": found.kind, "title": found.title, "count": found.count}


def _add_editing(routes: APIRouter, drafts: Drafts, ledger: Ledger) -> None:
    @routes.put("/briefs/{draft_id}", response_model=None)
    def edited(draft_id: str, sent: SentBrief, owner: Owner) -> Any:
        """Keeps what an editor made of the brief."""
        held = drafts.open(owner, draft_id)
        sections = tuple(each.section for each in sent.sections)
        draft = held.edited(sent.title, sections)
        own = Draft(draft.draft_id, draft.brief, sent.version)
        try:
            return draft_row(drafts.save(owner, own))
        except StaleBriefError as error:
            newest = draft_row(drafts.open(owner, draft_id))
            return JSONResponse({"detail": str(error), "brief": newest}, 409)

    @routes.post("/briefs/{draft_id}/sources")
    def further(draft_id: str, sent: SentPlace, owner: Owner) -> dict[str, Any]:
        """One more source, to be cited by the next edit."""
        pin = make_pin(ledger, sent.passage_id, sent.start, sent.end)
        source = BriefSource(pin.citation, pin.facts, pin.passage)
        draft, n = drafts.open(owner, draft_id).with_source(source)
        kept = drafts.save(owner, draft)
        cited = next(each for each in kept.brief.sources if each.citation.n == n)
        return {"version": kept.version, "source": source_row(cited)}
