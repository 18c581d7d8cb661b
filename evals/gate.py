"""The gate: whether a run may pass, and in five lines why not. It knows scores only.

It is shut by: cases that could not be asked; cases of the baseline that are missing, asked in other
words, or with other gold, filters or context; a metric on the wrong side of its floor; a metric
that is significantly worse than in the baseline (p below 0.05, corrected over all that are checked,
and by at least 0.001); a metric that scores no case any more, or fewer than 0.8 of those that it
scored in the baseline. Floors are needed beside the baseline: with 60 cases a paired test cannot
tell a loss of two or three cases from chance (see `smallest_detectable`).

A metric of what was cited has no score where the answer is a refusal. So a case that should be
refused, and now is, counts as no loss; nor do one or two cases, which are chance in a small set.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.baselines import Baseline
from evals.compare import Comparison, Difference, Scored, compare_runs, metric_value
from evals.errors import RunError, SuiteError
from evals.kept import count_scores, lost_cases, regolded_cases
from evals.scores import Metric, SetMetric
from evals.suite import Gate
from rag.render import without_controls

MAX_LINES = 5
MIN_REGRESSION = 0.001  # a smaller one, however sure, is a machine's arithmetic and not a change
MIN_KEPT = 0.8  # of the baseline's cases that a metric must score still
_MOST_BY_CHANCE = 2  # cases without a score that are no loss yet
_ROUNDING = 1e-9
_MAX_NAMED = 8
_MAX_CHARS = 160
_ERRORS, _CASES = "errors", "cases"  # checks that are of no metric


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the gate looked at; `failures` is empty where it holds."""

    name: str  # of the metric, or "errors" or "cases"
    failures: tuple[str, ...] = ()
    severity: float = 0.0  # 0 to 1: the share that was lost; cases and errors come before metrics

    @property
    def line(self) -> str:
        """The name with all that is wrong."""
        return f"{self.name} {', '.join(self.failures)}"


@dataclass(frozen=True, slots=True)
class _Before:
    """What a baseline says of one metric that is watched."""

    value: float | None = None
    change: Difference | None = None  # since then
    scored: int = 0  # of its cases, those that were asked again
    unscored: int = 0  # of these, those that have no score now, and should


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one suite."""

    suite: str
    checks: tuple[Check, ...]
    comparison: Comparison | None = None  # with the baseline, of the metrics that were checked

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed, worst first."""
        order = {_ERRORS: 0, _CASES: 1}
        failed = [each for each in self.checks if each.failures]
        return tuple(sorted(failed, key=lambda each: (order.get(each.name, 2), -each.severity)))

    @property
    def is_passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failed

    @property
    def lines(self) -> tuple[str, ...]:
        """Why it failed, at most five lines, worst first; none where it passed."""
        return verdict_lines([self])


def verdict_lines(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """Why suites failed, at most five lines in all, each suite's worst first.

    Lines begin with the suite; what does not fit is counted and named on the last.
    """
    ranked = [
        (rank, f"{verdict.suite}: ", check)
        for verdict in verdicts
        for rank, check in enumerate(verdict.failed)
    ]
    ranked.sort(key=lambda each: each[0])
    if len(ranked) <= MAX_LINES:
        return tuple(_line(suite + check.line) for _, suite, check in ranked)
    shown, rest = ranked[: MAX_LINES - 1], ranked[MAX_LINES - 1 :]
    names = ", ".join(dict.fromkeys(check.name for _, _, check in rest))
    last = f"and {len(rest)} more: {names}"
    return (*(_line(suite + check.line) for _, suite, check in shown), _line(last))


def check_gate(
    baseline: Baseline | None,
    new: Scored,
    gates: Sequence[Gate],
    metrics: Sequence[Metric | SetMetric],
    seed: int = 0,
) -> Verdict:
    """The verdict on a run: floors of `gates`, and `baseline` where there is one.

    A floor is a ceiling for a metric of which less is better. Gated metrics without a gate are
    checked for regression; metrics of sets have floors only, as a baseline keeps no whole
    outcomes. Raises RunError where there is nothing to check or the baseline is of another suite,
    SuiteError for a gate on an unknown metric or one that can check nothing.
    """
    by_metric = check_gates(gates, metrics)
    if baseline is not None and baseline.suite != new.suite:
        raise RunError(f"baseline {baseline.name} is of suite {baseline.suite}, not {new.suite}")
    if not new.pairs:
        raise _nothing_to_check(new, "it has no cases")
    checks, comparison = [_check_errors(new)], None
    if baseline is not None:
        lost = lost_cases(baseline, new)
        checks.append(_check_cases(baseline, lost, regolded_cases(baseline, new, lost)))
        if len(lost) < len(baseline.scored.pairs):
            watched = [each for each in metrics if _is_watched(each, by_metric)]
            comparison = compare_runs(baseline.scored, new, watched, seed)
    of_metrics = list(_check_metrics(new, metrics, by_metric, baseline, comparison))
    if not of_metrics:
        raise _nothing_to_check(new, "no metric has a floor or a value in a baseline")
    return Verdict(new.suite, (*checks, *of_metrics), comparison)


def write_junit(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Writes JUnit XML: a test suite for each suite, a test case for each metric checked.

    Raises RunError where the file cannot be written.
    """
    root = ET.Element("testsuites", name="verse eval gate")
    for verdict in verdicts:
        counts = {"tests": len(verdict.checks), "failures": len(verdict.failed), "errors": 0}
        suite = ET.SubElement(root, "testsuite", name=_line(verdict.suite))
        for check in verdict.checks:
            case = ET.SubElement(
                suite, "testcase", classname=_line(verdict.suite), name=_line(check.name)
            )
            if check.failures:
                ET.SubElement(case, "failure", message=_line(check.line), type="gate")
        for name, count in counts.items():
            suite.set(name, str(count))
            root.set(name, str(int(root.get(name, "0")) + count))
    ET.indent(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}") from error


def check_gates(gates: Sequence[Gate], metrics: Sequence[Metric | SetMetric]) -> dict[str, Gate]:
    """The gates by metric; raises SuiteError for one that `metrics` cannot be held against."""
    known = {each.name: each for each in metrics}
    found: dict[str, Gate] = {}
    for gate in gates:
        if gate.metric in found:
            raise SuiteError(f"two gates name the metric {gate.metric!r}; keep one")
        if gate.metric not in known:
            raise SuiteError(
                f"a gate names the metric {gate.metric!r}; known here: "
                f"{', '.join(known) or 'none'}; add it to 'metrics', or take the gate away"
            )
        if gate.floor is None and gate.regression and not _is_kept(known[gate.metric]):
            raise SuiteError(
                f"the gate on {gate.metric} needs a floor: a baseline keeps no scores of it that "
                f"could show a regression"
            )
        found[gate.metric] = gate
    return found


def _nothing_to_check(new: Scored, why: str) -> RunError:
    return RunError(
        f"nothing to check in {new.name} of suite {new.suite}: {why}; give the suite floors "
        f"([[gates]]) or store a baseline ('verse eval baseline set')"
    )


def _is_kept(metric: Metric | SetMetric) -> bool:
    """Whether a baseline has what it takes to test the metric."""
    return isinstance(metric, Metric) and metric.is_gated


def _is_watched(metric: Metric | SetMetric, gates: Mapping[str, Gate]) -> bool:
    """Whether a regression of the metric is refused."""
    return _is_kept(metric) and (metric.name not in gates or gates[metric.name].regression)


def _check_errors(new: Scored) -> Check:
    failed = [(case.id, outcome.error) for case, outcome in new.pairs if outcome.error]
    if not failed:
        return Check(_ERRORS)
    (first, error), *others = failed
    said = [f"in {len(failed)} of {len(new.pairs)} cases: {first} ({error[:_MAX_CHARS]})"]
    said += [_named([case_id for case_id, _ in others])] if others else []
    return Check(_ERRORS, tuple(said))


def _check_cases(baseline: Baseline, lost: Sequence[str], regolded: Sequence[str]) -> Check:
    of = f"of the baseline's {len(baseline.scored.pairs)}"
    said = []
    if lost:
        said.append(f"{len(lost)} {of} gone or asked in other words: {_named(lost)}")
    if regolded:
        said.append(f"{len(regolded)} {of} with other gold or context: {_named(regolded)}")
    return Check(_CASES, tuple(said))


def _check_metrics(
    new: Scored,
    metrics: Sequence[Metric | SetMetric],
    gates: Mapping[str, Gate],
    baseline: Baseline | None,
    comparison: Comparison | None,
) -> Iterator[Check]:
    """A check for each metric with a floor, or with a value in the baseline if it is watched."""
    values = baseline.values if baseline else {}
    changes = {each.metric: each for each in comparison.differences} if comparison else {}
    for metric in metrics:
        floor = gates[metric.name].floor if metric.name in gates else None
        before = _Before()
        if baseline and metric.name in values and _is_watched(metric, gates):
            counts = count_scores(metric.name, baseline.scored, new)
            before = _Before(values[metric.name], changes.get(metric.name), *counts)
        if floor is not None or before.value is not None:
            yield _check_metric(metric, new, floor, before)
    known = {metric.name for metric in metrics}
    yield from (_unscored(name, was) for name, was in values.items() if name not in known)


def _unscored(name: str, before: float | None) -> Check:
    was = () if before is None else (f"baseline {_figures(before)[0]}",)
    return Check(name, ("scores no case", *was), 1.0)


def _check_metric(
    metric: Metric | SetMetric, new: Scored, floor: float | None, before: _Before
) -> Check:
    value, change = metric_value(metric, new), before.change
    if value is None:
        return _unscored(metric.name, before.value)
    failures, severity = [], 0.0
    if floor is not None and _is_beyond(value, floor, metric.higher_is_better):
        word = "floor" if metric.higher_is_better else "ceiling"
        shown, limit = _figures(value, floor)
        failures.append(f"{shown}, {word} {limit}")
        severity = _share_lost(value, floor)
    if change and change.verdict == "worse" and abs(change.difference) >= MIN_REGRESSION:
        now, was = _figures(change.new, change.base)
        p = change.p if change.p_adjusted is None else change.p_adjusted
        failures.append(f"{now}, baseline {was} (p {p:.2g}, {change.n} cases)")
        severity = max(severity, _share_lost(change.new, change.base))
    kept = before.scored - before.unscored
    if before.unscored > _MOST_BY_CHANCE and kept < MIN_KEPT * before.scored:
        failures.append(
            f"no longer scores {before.unscored} of the baseline's {before.scored} cases"
        )
        severity = max(severity, before.unscored / before.scored)
    return Check(metric.name, tuple(failures), severity)


def _is_beyond(value: float, floor: float, higher_is_better: bool) -> bool:
    return value < floor - _ROUNDING if higher_is_better else value > floor + _ROUNDING


def _share_lost(value: float, wanted: float) -> float:
    """How far off, 0 to 1, as a share of the larger of the two."""
    largest = max(abs(value), abs(wanted))
    return min(1.0, abs(value - wanted) / largest) if largest else 0.0


def _figures(*values: float) -> tuple[str, ...]:
    """The values with two decimals, or so many more that different ones look different."""
    for decimals in range(2, 7):
        shown = tuple(f"{value:.{decimals}f}" for value in values)
        if len(set(shown)) == len(values):
            break
    return shown


def _named(case_ids: Sequence[str]) -> str:
    more = f" and {len(case_ids) - _MAX_NAMED} more" if len(case_ids) > _MAX_NAMED else ""
    return ", ".join(case_ids[:_MAX_NAMED]) + more


def _line(words: str) -> str:
    """Foreign words as one line that a terminal shows and XML can hold."""
    kept = without_controls(words).replace("\ufffe", "").replace("\uffff", "")
    return " ".join(kept.split())
