"""A run as one HTML file that needs nothing else: no network, no fonts, no scripts from outside.

What documents, models and suites say is escaped by Jinja; the page's own script is the only one
that its policy lets run, by its hash, and without it everything can still be read.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from evals.charts import draw_charts
from evals.concerns import WRONG, Concern, is_failure
from evals.layout import TEMPLATES, render_page
from evals.reported import (
    FEW,
    Past,
    Ranked,
    Reported,
    Slice,
    concern_counts,
    counted,
    show,
    slices,
    worst_first,
)
from evals.scores import Metric, SetMetric
from evals.views import clip, open_case

__all__ = ["Past", "Reported", "render_report"]

IN_FULL = 200  # cases that open to everything; of a larger run the others are a row each
PRINTED, LISTED = 10, 50  # on paper: cases opened, and cases listed
TILES = 3  # metrics at the top of the page
ASKED = 240  # characters of a question in the line that opens its case
_WEIGHTS = {3: "wrong", 2: "fault", 1: "look", 0: "no concern"}
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; "
    "base-uri 'none'; form-action 'none'"
)
_FILTERS: Mapping[str, Callable[..., Any]] = {
    "clip": clip,
    "show": show,
    "counted": counted,
    "is_failure": is_failure,
    "as_json": lambda labels: json.dumps(labels, ensure_ascii=False),
}
_LEFT, _WIDTH = 2, 128  # of the drawing of an interval, in pixels


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one system, in words and as places in its small drawing."""

    value: str
    interval: str  # "0.81 to 0.93", or empty
    why: str  # no interval should be shown; empty where one should
    n: int
    place: float | None  # None where the value is no share
    span: tuple[float, float] | None
    is_best: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of all systems."""

    name: str
    definition: str
    higher_is_better: bool
    cells: tuple[Cell, ...]
    agreement: str  # of the machine whose verdicts it counts with marks by hand, or empty

    @property
    def n(self) -> int:
        """Cases to which the metric applies, by the system with the most."""
        return max(each.n for each in self.cells)

    @property
    def direction(self) -> str:
        """Which way is better, as a sentence; empty where the definition says so itself."""
        way = "Higher is better." if self.higher_is_better else "Lower is better."
        return "" if way[:-1].lower() in self.definition.lower() else way


def render_report(reported: Reported, in_full: int = IN_FULL) -> str:
    """The run as one HTML page; the worst `in_full` cases open to everything that is known."""
    ranked = worst_first(reported)
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    values = {
        "reported": reported,
        "several": len(reported.systems) > 1,
        "main_at": list(reported.systems).index(reported.main) if reported.systems else 0,
        "weights": _WEIGHTS,
        "asked": ASKED,
        "few": FEW,
        "charts": draw_charts(reported),
        "parts": list(_parts(reported)),
        "printed": PRINTED,
        "listed": LISTED,
        "facts": list(flat_facts(reported.facts)),
        "script": Markup(script),
        "policy": _POLICY.format(_hash(script)),
        **_of_metrics(reported),
        **_of_cases(reported, ranked, in_full),
    }
    return render_page("report.html", values, {**_FILTERS, "with_code": with_code})


def _of_metrics(reported: Reported) -> dict[str, object]:
    primary, rows = reported.primary, metric_rows(reported)
    named = {each.name: each for each in rows}
    return {
        "primary": primary,
        "rows": rows,
        "tiles": [named[each.name] for each in primary[:TILES]],
        "unscored": [each.name for each in reported.metrics if not _is_scored(reported, each)],
    }


def _of_cases(reported: Reported, ranked: Sequence[Ranked], in_full: int) -> dict[str, object]:
    concerns = [each.concerns.get(reported.main, ()) for each in ranked]
    opened = ranked[:in_full]
    return {
        "ranked": ranked,
        "sound": sum(not is_failure(each) for each in concerns),
        "wrong": sum(_is_wrong(each) for each in concerns),
        "concerns": concern_counts(ranked, reported.main),
        "anchors": {each.case.id: f"case-{at}" for at, each in enumerate(opened, start=1)},
        "opened": [(each, open_case(reported, each)) for each in opened],
        "rest": ranked[in_full:],
        "labels": sorted({label for each in ranked for label in each.case.labels}),
    }


def metric_rows(reported: Reported) -> list[Row]:
    """The metrics that apply to a case or more, the main ones first, with a cell a system."""
    primary = reported.primary
    return [
        Row(
            name=metric.name,
            definition=metric.definition,
            higher_is_better=metric.higher_is_better,
            cells=tuple(_cell(reported, metric, system) for system in reported.systems),
            agreement=reported.agreement.get(metric.name, ""),
        )
        for metric in (*primary, *(each for each in reported.metrics if each not in primary))
        if _is_scored(reported, metric)
    ]


def with_code(words: str) -> Markup:
    """The words, escaped, with what stands between backticks as code."""
    parts = words.split("`")
    if len(parts) % 2 == 0:  # one without its other
        return escape(words)
    code = Markup("<code>{}</code>").format
    return Markup("").join(code(each) if at % 2 else each for at, each in enumerate(parts))


def flat_facts(facts: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Facts as label and value; the keys of a mapping within are joined by " · "."""
    for key, value in facts.items():
        label = f"{above} · {key}" if above else str(key)
        if isinstance(value, Mapping):
            yield from flat_facts(value, label)
        elif isinstance(value, list | tuple):
            yield label, ", ".join(str(each) for each in value) or "none"
        else:
            yield label, "not set" if value is None or value == "" else str(value)


def _cell(reported: Reported, metric: Metric | SetMetric, system: str) -> Cell:
    value = reported.value(system, metric.name)
    unit = _unit(metric)
    others = [reported.value(each, metric.name) for each in reported.systems]
    known = [each for each in others if each is not None]
    best = (max if metric.higher_is_better else min)(known, default=None)
    why = reported.no_interval(system, metric.name)
    between = reported.intervals.get((system, metric.name))
    is_share = value is not None and not unit and 0 <= value <= 1
    return Cell(
        value=show(value, unit),
        interval=_interval_text(*between, unit) if between else "",
        why=why,
        n=reported.count(system, metric.name),
        place=_LEFT + _WIDTH * value if value is not None and is_share else None,
        span=(_place(between[0]), _place(between[1])) if between and is_share and not why else None,
        is_best=value is not None and value == best,
    )


def _interval_text(low: float, high: float, unit: str) -> str:
    return f"{show(low, unit).removesuffix(f' {unit}')} to {show(high, unit)}"


def _place(value: float) -> float:
    return round(_LEFT + _WIDTH * min(1.0, max(0.0, value)), 1)


def _unit(metric: Metric | SetMetric) -> str:
    return metric.unit if isinstance(metric, Metric) else ""


def _is_scored(reported: Reported, metric: Metric | SetMetric) -> bool:
    return any(reported.value(each, metric.name) is not None for each in reported.systems)


def _parts(reported: Reported) -> Iterator[tuple[str, list[Slice], int]]:
    """The slices of each kind that there are, the largest of them, and how many are left out."""
    for name, by in (("question kind", "kind"), ("tag", "tag"), ("document", "document")):
        found, left = slices(reported, by)
        if found:
            yield name, found, left


def _is_wrong(concerns: Iterable[Concern]) -> bool:
    return any(each.weight == WRONG for each in concerns)


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
