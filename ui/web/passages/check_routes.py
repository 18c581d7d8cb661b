"""An edited brief laid beside the documents: `rag/verify` over the wire; nothing is kept of it."""

from __future__ import annotations

from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Request

from rag.errors import LoadError
from rag.verify.rows import report_row
from rag.verify.verifier import Verifier
from ui.web.passages.requests import Owner, read_body

MAX_BYTES = 20 * 2**20
MAX_CHECKING = 2  # files at a time, over all sessions; the others wait


def check_routes(verifier: Verifier) -> APIRouter:
    """The address "/passages/check"."""
    routes = APIRouter(prefix="/passages")
    places = CapacityLimiter(MAX_CHECKING)

    @routes.post("/check")
    async def check(request: Request, owner: Owner, name: str = "") -> dict[str, Any]:
        """What became of every quotation and figure of the file that is sent."""
        data = await read_body(request, MAX_BYTES)
        shown = name[:200] or "brief"
        try:
            report = await run_sync(verifier.verify_file, data, shown, limiter=places)
        except LoadError as error:
            raise HTTPException(400, f"{shown} cannot be read: {error.reason}") from error
        return report_row(report)

    return routes
