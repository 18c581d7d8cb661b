"""A run as reports and comparisons take it: values with their intervals, and earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from evals.compare import Scored
from evals.marking import agreement_by_metric, agreement_text, agreements
from evals.marks import Mark, with_marks
from evals.metrics import mean_of, score_case
from evals.reported import Past, Reported, counted, interval_of
from evals.run import Manifest, Run, find_run, list_runs, open_run
from evals.scores import Metric, SetMetric
from evals.statistics import set_interval

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
                found = interval_of((each[metric.name] for each in by_case.values()), seed)
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
        history=[_past(each) for each in history],
        agreement=agreement_by_metric(run),
    )


def earlier_runs(run: Manifest, known: Sequence[Manifest]) -> list[Manifest]:
    """Of the runs `known`, oldest first, the last thirty before `run` that its values can be held
    against: whole runs of the same cases with the engine as it was set."""
    order = (run.started, run.name)
    before = [
        each
        for each in known
        if each.is_plain
        and each.suite == run.suite
        and each.cases_sha256 == run.cases_sha256
        and (each.started, each.name) < order
    ]
    return before[-_HISTORY:]


def reported_run(runs: Path, name: str, seed: int = 0) -> Reported:
    """The run called `name` in the folder `runs`, with the earlier ones it can be held against;
    raises RunError."""
    found = find_run(runs, name)
    earlier = earlier_runs(found.manifest, list_runs(runs, found.manifest.suite))
    return summarise(found, [open_run(runs / each.name) for each in earlier], seed)


def render_summary(reported: Reported) -> str:
    """A table for the terminal: a metric a row, each system's value with its 95 % interval; those
    of which less is better have a mark."""
    systems = list(reported.systems)
    rows = [["", *systems, "cases"]]
    for metric in reported.metrics:
        counts = [reported.count(system, metric.name) for system in systems]
        if any(reported.value(system, metric.name) is not None for system in systems):
            cells = [_cell(reported, system, metric) for system in systems]
            rows.append(
                [metric.name + ("" if metric.higher_is_better else " v"), *cells, str(max(counts))]
            )
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    cases = max((len(pairs) for pairs in reported.systems.values()), default=0)
    told = [f"{name}: {text}" for name, text in reported.agreement.items()]
    legend = ["v: lower is better"] if any(row[0].endswith(" v") for row in rows) else []
    return "\n".join([f"{reported.title}: {counted(cases)}", *lines, *legend, *told])


def _cell(reported: Reported, system: str, metric: Metric | SetMetric) -> str:
    value = reported.value(system, metric.name)
    if value is None:
        return "-"
    if isinstance(metric, Metric) and metric.unit:
        return f"{value:,.1f} {metric.unit}"
    interval = reported.intervals.get((system, metric.name))
    why = reported.no_interval(system, metric.name)
    if why or not interval:
        return f"{value:.4f}  {why}"
    return f"{value:.4f}  [{interval[0]:.3f}, {interval[1]:.3f}]"


def scored(
    run: Run, system: str = "", names: Sequence[str] = (), marks: Sequence[Mark] = ()
) -> Scored:
    """One system of a run with its scores, to be compared or held against a baseline.

    Of the marks by hand only those given count, so that a run is not worse than another because
    somebody marked it.
    """
    chosen, metrics = run.system(system), run.metrics(names)
    name = run.manifest.name if not system else f"{run.manifest.name}:{chosen}"
    pairs = with_marks(run.raw_pairs(chosen), marks)
    scores = {case.id: score_case(case, outcome, metrics) for case, outcome in pairs}
    return Scored(name, run.manifest.suite, pairs, scores)


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
