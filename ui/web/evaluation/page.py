"""The Evaluation page: its components, and what its buttons do; for maintainers alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import VerseError
from ui.web.evaluation.bench import Bench
from ui.web.evaluation.findings import comparison_html, scores_html
from ui.web.evaluation.listing import runs_html, suites_html, trial_html
from ui.web.rights import person_of
from ui.web.texts import Texts

MAX_AT_ONCE = 8  # maintainers who compare or follow a run at a time
_PAUSE_S = 0.4
_SCRIPT = Path(__file__).parent / "evaluation.js"
_DESK = (
    '<div class="cv-eval-desk"><h2>{title}</h2><p class="cv-eval-lead">{lead}</p>'
    '<p class="cv-eval-problem" role="alert"></p></div>'
)

# What a handler yields: what the script is told, the run under way, the runs, what was found.
_View = tuple[Any, Any, Any, Any]
Given = Mapping[str, Any]


def add_evaluation(bench: Bench, texts: Texts) -> None:
    """Lay out the page in the open `gr.Blocks` and connect its events."""
    page = _Page(bench, texts)
    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Column(elem_id="cv-evaluation"):
        desk = gr.HTML(
            {},
            html_template=_DESK.format(
                title=texts("frame.page_evaluation"), lead=texts("evaluation.lead")
            ),
            js_on_load=_SCRIPT.read_text(encoding="utf-8"),
            elem_id="cv-evaluation-desk",
            **plain,
        )
        gr.HTML(page.suites, elem_id="cv-evaluation-suites", **plain)
        trial = gr.HTML(page.trial, elem_id="cv-evaluation-trial", **plain)
        runs = gr.HTML(page.runs, elem_id="cv-evaluation-runs", **plain)
        found = gr.HTML("", elem_id="cv-evaluation-found", **plain)
    desk.submit(
        page.act,
        None,
        [desk, trial, runs, found],
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="multiple",  # runs can be compared while one is under way
        concurrency_limit=MAX_AT_ONCE,
        concurrency_id="evaluation",
    )


class _Page:
    """The page over one bench, in one language; it shows a reader nothing."""

    def __init__(self, bench: Bench, texts: Texts) -> None:
        self._bench, self._texts = bench, texts

    def suites(self, request: gr.Request | None = None) -> str:
        """The choice of a suite; to a reader, whose page this is."""
        if not person_of(request).may_maintain:
            return f"<p>{self._texts('signing.only_maintainers')}</p>"
        return suites_html(self._bench.suites(), self._texts)

    def trial(self, request: gr.Request | None = None) -> str:
        """The run under way."""
        may_see = person_of(request).may_maintain
        return trial_html(self._bench.runner.trial, self._texts) if may_see else ""

    def runs(self, request: gr.Request | None = None) -> str:
        """The runs that are kept."""
        may_see = person_of(request).may_maintain
        return runs_html(self._bench.runs(), self._texts) if may_see else ""

    async def act(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[_View]:
        """Does what the script asks for, if whoever sent it may."""
        given: Given = event._data if isinstance(event._data, dict) else {}
        same = gr.skip()
        if not person_of(request).may_maintain:
            yield _told(problem=self._texts("signing.only_maintainers")), same, same, same
            return
        wanted = str(given.get("do"))
        try:
            if wanted == "start":
                await asyncio.to_thread(self._bench.start, str(given.get("suite")))
            if wanted == "stop":
                self._bench.runner.stop()
            if wanted in ("start", "stop", "follow"):
                async for view in self._follow(request):
                    yield view
            else:
                found = await asyncio.to_thread(self._found, wanted, given)
                yield _told(found=True), same, same, found
        except VerseError as error:
            yield _told(problem=str(error)), same, same, same

    def _found(self, wanted: str, given: Given) -> str:
        if wanted == "scores":
            return scores_html(self._bench.reported(str(given.get("run"))), self._texts)
        compared = self._bench.compare(str(given.get("base")), str(given.get("new")))
        return comparison_html(compared, self._texts)

    async def _follow(self, request: gr.Request) -> AsyncIterator[_View]:
        """The run under way, time and again, until it is over."""
        seen, same = None, gr.skip()
        while (trial := self._bench.runner.trial) is not None:
            if trial != seen:
                seen = trial
                yield same, self.trial(request), same, same
            if trial.is_over:
                runs = await asyncio.to_thread(self.runs, request)
                yield _told(over=True), same, runs, same
                return
            await asyncio.sleep(_PAUSE_S)


def _told(**values: object) -> Given:
    """A word to the script; the time makes it another than the one before."""
    return {"at": time.monotonic_ns(), **values}
