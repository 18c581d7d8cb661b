"""Suites, the run under way and the runs that are kept; as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from ui.web.evaluation.trial import Trial
from ui.web.texts import Texts

if TYPE_CHECKING:
    from evals.run import Manifest
    from evals.suite import SuiteFile

_SHOWN = 60


def suites_html(suites: Sequence[SuiteFile], texts: Texts) -> str:
    """The choice of a suite, and the button that runs it."""
    if not suites:
        return f"<p>{escape(texts('evaluation.no_suites'))}</p>"
    options = "".join(
        f'<option value="{escape(each.suite.name)}">{escape(each.suite.name)} – '
        f"{escape(each.suite.title or each.suite.mode)}</option>"
        for each in suites
    )
    return (
        f'<form class="cv-eval-start"><label><span>{escape(texts("evaluation.suite"))}</span>'
        f'<select name="suite">{options}</select></label>'
        f'<button type="submit">{escape(texts("evaluation.run"))}</button></form>'
    )


def trial_html(trial: Trial | None, texts: Texts) -> str:
    """How far the run under way is; what became of the last one."""
    if trial is None:
        return ""
    line = texts(f"evaluation.{trial.state}", suite=trial.suite)
    counted = f"{trial.done:,} / {trial.total:,}" if trial.total else ""
    bar = stop = report = ""
    if not trial.is_over:
        value = f' value="{trial.done}" max="{trial.total}"' if trial.total else ""
        bar = f'<progress{value} aria-label="{escape(line)}"></progress>'
        disabled = " disabled" if trial.state == "stopping" else ""
        stop = (
            f'<button type="button" class="cv-eval-stop"{disabled}>'
            f"{escape(texts('evaluation.stop'))}</button>"
        )
    if trial.run:
        report = _report_link(trial.run, texts)
    told = " · ".join(filter(None, (counted, trial.told)))
    return (
        f'<section class="cv-eval-trial" data-state="{trial.state}" '
        f'aria-busy="{str(not trial.is_over).lower()}"><p role="status">{escape(line)}</p>{bar}'
        f'<p class="cv-eval-told" dir="auto">{escape(told)}</p>{stop}{report}</section>'
    )


def runs_html(runs: Sequence[Manifest], texts: Texts) -> str:
    """The runs, newest first, and the choice of two to compare."""
    if not runs:
        return f'<p class="cv-eval-empty">{escape(texts("evaluation.no_runs"))}</p>'
    heads = "".join(
        f'<th scope="col" class="cv-eval-{name}">{escape(texts(f"evaluation.column_{name}"))}</th>'
        for name in ("run", "suite", "started", "state", "open")
    )
    rows = "".join(_row_html(each, texts) for each in runs[:_SHOWN])
    more = ""
    if len(runs) > _SHOWN:
        more = f"<p>{escape(texts('evaluation.more_runs', n=len(runs) - _SHOWN))}</p>"
    return (
        f"{_compare_form(runs[:_SHOWN], texts)}"
        f'<table class="cv-eval-table"><caption>{escape(texts("evaluation.runs"))}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}"
    )


def _row_html(run: Manifest, texts: Texts) -> str:
    state = texts("evaluation.finished" if run.finished else "evaluation.cut_off")
    started = run.started[:16].replace("T", " ")
    links = ""
    if run.finished:
        label = escape(texts("evaluation.scores_of", run=run.name))
        links = (
            f'<button type="button" class="cv-eval-scores" data-run="{escape(run.name)}" '
            f'aria-label="{label}">{escape(texts("evaluation.scores"))}</button>'
            f"{_report_link(run.name, texts)}"
        )
    return (
        f'<tr><th scope="row" class="cv-eval-run" dir="auto">{escape(run.name)}</th>'
        f'<td class="cv-eval-suite" dir="auto">{escape(run.suite)}</td>'
        f'<td class="cv-eval-started">{escape(started)}</td>'
        f'<td class="cv-eval-state">{escape(state)}</td><td class="cv-eval-open">{links}</td></tr>'
    )


def _report_link(run: str, texts: Texts) -> str:
    label = escape(texts("evaluation.report_of", run=run))
    return (
        f'<a href="/evaluation/report/{quote(run, safe="")}" target="_blank" rel="noopener" '
        f'aria-label="{label}">{escape(texts("evaluation.report"))}</a>'
    )


def _compare_form(runs: Sequence[Manifest], texts: Texts) -> str:
    """Two choices among all finished runs and their systems; the two newest of a suite at first."""
    finished = [each for each in runs if each.finished]
    if len(finished) < 2 and all(len(each.systems) < 2 for each in finished):
        return ""
    names = [
        (f"{run.name}::{system}" if len(run.systems) > 1 else run.name, run.suite)
        for run in finished
        for system in run.systems
    ]
    new, suite = names[0]
    base = next((name for name, other in names[1:] if other == suite), names[-1][0])
    fields = "".join(
        f'<label><span>{escape(texts(f"evaluation.{field}"))}</span><select name="{field}">'
        + "".join(
            f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>"
            for name, _ in names
        )
        + "</select></label>"
        for field, chosen in (("base", base), ("new", new))
    )
    return (
        f'<form class="cv-eval-compare">{fields}'
        f'<button type="submit">{escape(texts("evaluation.compare"))}</button></form>'
    )
