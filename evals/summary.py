"""A run as reports and comparisons take it: values with their intervals, and earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from evals.compare import Scored
from evals.errors import RunError
from evals.marking import agreement_text, agreements
from evals.metrics import mean_of
from evals.reported import Past, Reported
from evals.run import Run
from evals.scores import Metric, SetMetric
from evals.statistics import mean_interval, set_interval

_HISTORY = 30  # earlier runs that a chart has room for


def summarise(run: Run, history: Iterable[Run] = (), seed: int = 0) -> Reported:
    """The run with every metric's value by system, and its 95 % interval over the cases."""
    metrics = run.metrics()
    scores = {system: run.scores(system) for system in run.manifest.systems}
    intervals = {}
    for system, by_case in scores.items():
        pairs = run.pairs(system)
        for metric in metrics:
            if isinstance(metric, Metric):
                found = _interval([each[metric.name] for each in by_case.values()], seed)
            else:
                found = set_interval(metric.score, pairs, seed)
            if found:
                intervals[system, metric.name] = found
    return Reported(
        name=run.manifest.name,
        title=run.manifest.title or run.manifest.suite,
        mode=run.manifest.mode,
        facts=_facts(run),
        systems={system: run.pairs(system) for system in run.manifest.systems},
        scores=scores,
        set_scores={system: run.set_scores(system) for system in run.manifest.systems},
        metrics=metrics,
        intervals=intervals,
        history=[_past(each) for each in list(history)[-_HISTORY:]],
    )


def _interval(scores: Sequence[float | None], seed: int) -> tuple[float, float] | None:
    values = np.array([each for each in scores if each is not None], dtype=np.float64)
    if len(values) < 2:
        return None
    low, high = mean_interval(values, seed)
    return float(low.item()), float(high.item())


def render_summary(reported: Reported) -> str:
    """A table for the terminal: a metric a row, each system's value with its 95 % interval."""
    systems = list(reported.systems)
    rows = [["", *systems, "cases"]]
    for metric in reported.metrics:
        counts = [reported.count(system, metric.name) for system in systems]
        if any(reported.value(system, metric.name) is not None for system in systems):
            cells = [_cell(reported, system, metric) for system in systems]
            rows.append([metric.name, *cells, str(max(counts))])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    cases = max((len(pairs) for pairs in reported.systems.values()), default=0)
    return "\n".join([f"{reported.title}: {cases} cases", *lines])


def _cell(reported: Reported, system: str, metric: Metric | SetMetric) -> str:
    value = reported.value(system, metric.name)
    if value is None:
        return "-"
    if isinstance(metric, Metric) and metric.unit:
        return f"{value:,.1f} {metric.unit}"
    interval = reported.intervals.get((system, metric.name))
    within = f"  [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return f"{value:.4f}{within}"


def scored(run: Run, system: str = "", names: Sequence[str] = ()) -> Scored:
    """One system of a run with its scores, to be compared or held against a baseline."""
    chosen = run.system(system)
    name = run.manifest.name if not system else f"{run.manifest.name}:{chosen}"
    return Scored(name, run.manifest.suite, run.pairs(chosen), run.scores(chosen, names))


def check_comparable(base: Run, new: Run) -> None:
    """Raises RunError unless both runs are of one suite."""
    if base.manifest.suite != new.manifest.suite:
        raise RunError(
            f"{base.manifest.name} is a run of {base.manifest.suite}, {new.manifest.name} of "
            f"{new.manifest.suite}; compare two runs of one suite"
        )


def _past(run: Run) -> Past:
    system = run.system()
    scores = run.scores(system)
    values: dict[str, float | None] = dict(run.set_scores(system))
    for metric in run.metrics():
        if isinstance(metric, Metric):
            values[metric.name] = mean_of(each[metric.name] for each in scores.values())
    return Past(run.manifest.name, run.manifest.started, values)


def _facts(run: Run) -> dict[str, object]:
    manifest = run.manifest
    facts: dict[str, object] = {
        "suite": manifest.suite,
        "started": manifest.started,
        "finished": manifest.finished or "no: cut off",
        "limit": manifest.limit or "all cases",
        "only": ", ".join(manifest.only) or "every kind",
        "seed": manifest.seed,
        "code": manifest.code,
        "index": manifest.index,
        "prompts": manifest.prompts,
        "environment": manifest.environment,
        "judge": manifest.judge,
        "agreement with marks": {
            name: agreement_text(each) for name, each in agreements(run).items()
        },
        "suite file": manifest.suite_sha256[:16],
        "cases": manifest.cases_sha256,
    }
    facts |= {f"settings of {name}": each for name, each in manifest.settings.items()}
    return {name: value for name, value in facts.items() if value}
