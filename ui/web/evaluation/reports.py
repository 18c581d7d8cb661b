"""The address at which a run's report is read: a page that may load nothing and reach nothing.

What documents, models and suites say stands in it; beside the report's own policy it is served in a
sandbox, so that nothing in it could act with the rights of who reads it.
"""

from __future__ import annotations

import asyncio

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from rag.errors import VerseError
from ui.web.evaluation.bench import Bench
from ui.web.rights import person_of

REPORT = "/evaluation/report/"
_POLICY = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MAX_AT_ONCE = 1  # a report of a long run takes seconds to draw


def add_reports(site: FastAPI, bench: Bench) -> None:
    """Adds the address `/evaluation/report/RUN`, for maintainers."""
    room = asyncio.Semaphore(_MAX_AT_ONCE)

    @site.get(REPORT + "{run}")
    async def report(request: Request, run: str) -> Response:
        if not person_of(request).may_maintain:
            return PlainTextResponse("only maintainers may read reports\n", 403)
        try:
            async with room:
                html = await asyncio.to_thread(bench.report_html, run)
        except VerseError as error:
            return PlainTextResponse(f"{error}\n", 404)
        return HTMLResponse(html, headers={"content-security-policy": _POLICY})
