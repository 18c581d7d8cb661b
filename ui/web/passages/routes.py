"""The page's own addresses: what stands around a passage, what its parts keep, and files."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from rag.errors import DocumentNotFoundError, QuestionError, VerseError
from rag.records import ContextKind
from ui.web.passages.brief_routes import brief_routes
from ui.web.passages.check_routes import check_routes
from ui.web.passages.export_routes import export_routes
from ui.web.passages.notebook_routes import notebook_routes
from ui.web.passages.requests import Owner
from ui.web.ports import Desk


def add_desk_routes(site: FastAPI, desk: Desk) -> None:
    """Adds the addresses under "/passages/" and "/export/" to `site`."""

    @site.exception_handler(VerseError)
    def told(request: Request, error: VerseError) -> JSONResponse:
        """One line; of what is asked for and not there, as not found."""
        is_sought = request.method == "GET" and not isinstance(error, QuestionError)
        is_missing = is_sought or isinstance(error, DocumentNotFoundError)
        return JSONResponse({"detail": str(error)}, 404 if is_missing else 400)

    @site.exception_handler(RequestValidationError)
    def refused(request: Request, error: RequestValidationError) -> JSONResponse:
        """One line on the first thing that is missing or wrong."""
        wrong = error.errors()[0]
        where = " ".join(str(each) for each in wrong["loc"])
        return JSONResponse({"detail": f"{where}: {wrong['msg']}"}, 400)

    @site.get("/passages/context")
    def context(passage_id: str, kind: ContextKind, owner: Owner) -> dict[str, Any]:
        found = desk.searching.widen(passage_id, kind)
        return {"start": found.start, "text": found.text, "is_cut": found.is_cut}

    site.include_router(notebook_routes(desk.notebooks, desk.ledger))
    site.include_router(brief_routes(desk))
    site.include_router(check_routes(desk.verifier))
    site.include_router(export_routes(desk))
