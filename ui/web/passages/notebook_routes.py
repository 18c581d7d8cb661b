"""Notebooks as the browser reads and changes them, by owner."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from rag.briefs.notebook_files import MAX_BYTES, export_notebook, import_notebook
from rag.briefs.notebooks import Notebooks
from rag.briefs.pins import entry_id, make_pin
from rag.briefs.records import Notebook, Pin
from rag.errors import StaleNotebookError
from rag.ledger import Ledger
from ui.web.passages.changes import (
    AddPin,
    Change,
    ChangedMeanwhileError,
    MakePin,
    change,
)
from ui.web.passages.requests import Owner, file_response, read_body
from ui.web.passages.rows import entry_row, notebook_line_row, notebook_row

_TRIES = 5
_JSON = "application/json"


class NewNotebook(BaseModel):
    """A notebook to begin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=1000)


class SentChange(BaseModel):
    """A change, and the version of the notebook that it was made on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    change: Annotated[Change, Field(discriminator="kind")]


def notebook_routes(notebooks: Notebooks, ledger: Ledger) -> APIRouter:
    """The addresses under "/passages/notebooks"."""
    routes = APIRouter(prefix="/passages/notebooks")
    _add_files(routes, notebooks, ledger)

    def pin(passage_id: str, start: int, end: int) -> Pin:
        return make_pin(ledger, passage_id, start, end)

    @routes.get("")
    def listed(owner: Owner) -> dict[str, Any]:
        return {"notebooks": [notebook_line_row(each) for each in notebooks.listed(owner)]}

    @routes.post("")
    def begin(sent: NewNotebook, owner: Owner) -> dict[str, Any]:
        return notebook_row(notebooks.new(owner, sent.name))

    @routes.get("/{notebook_id}")
    def opened(notebook_id: str, owner: Owner) -> dict[str, Any]:
        return notebook_row(notebooks.open(owner, notebook_id))

    @routes.post("/{notebook_id}/changes", response_model=None)
    def changed(notebook_id: str, sent: SentChange, owner: Owner) -> Any:
        held = notebooks.open(owner, notebook_id)
        try:
            kept = _changed(notebooks, owner, notebook_id, sent.change, pin)
        except ChangedMeanwhileError as error:
            newest = notebook_row(notebooks.open(owner, notebook_id))
            return JSONResponse({"detail": str(error), "notebook": newest}, 409)
        row: dict[str, Any] = {"version": kept.version}
        before = {entry_id(each) for each in held.entries}
        if fresh := [each for each in kept.entries if entry_id(each) not in before]:
            row["entry"] = entry_row(fresh[-1])
        if kept.version != sent.version + 1:  # another tab has changed it as well
            row["notebook"] = notebook_row(kept)
        return row

    @routes.delete("/{notebook_id}")
    def removed(notebook_id: str, owner: Owner) -> dict[str, Any]:
        notebooks.delete(owner, notebook_id)
        return {}

    @routes.post("/{notebook_id}/restore")
    def restored(notebook_id: str, owner: Owner) -> dict[str, Any]:
        return notebook_row(notebooks.restore(owner, notebook_id))

    return routes


def _add_files(routes: APIRouter, notebooks: Notebooks, ledger: Ledger) -> None:
    """A notebook as a file, to keep or to hand on; and such a file as a new notebook."""

    @routes.get("/{notebook_id}/file")
    def exported(notebook_id: str, owner: Owner) -> Response:
        notebook = notebooks.open(owner, notebook_id)
        return file_response(export_notebook(notebook), notebook.name, "notebook.json", _JSON)

    @routes.post("/import")
    async def imported(request: Request, owner: Owner) -> dict[str, Any]:
        data = await read_body(request, MAX_BYTES)
        found = await run_in_threadpool(import_notebook, ledger, data)
        kept = await run_in_threadpool(notebooks.new, owner, found.name, found.entries)
        counts = {"held": found.held, "moved": found.moved, "not_held": found.not_held}
        return {**notebook_row(kept), **counts}


def _changed(
    notebooks: Notebooks, owner: str, notebook_id: str, wanted: Change, make_pin: MakePin
) -> Notebook:
    """The kept notebook with the change made, on whatever is its newest version."""
    if isinstance(wanted, AddPin):
        pin = make_pin(wanted.passage_id, wanted.start, wanted.end)
        return notebooks.add(owner, notebook_id, (pin,))
    for left in range(_TRIES, 0, -1):
        newest = notebooks.open(owner, notebook_id)
        try:
            return notebooks.save(owner, change(newest, wanted, make_pin))
        except StaleNotebookError:
            if left == 1:
                raise
    raise AssertionError("unreachable")
