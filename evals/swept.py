"""What a sweep found: each configuration, how far it came, how good and how fast it is.

Finalists, who were asked the whole suite, are compared with the present settings by a paired test
(`evals.compare`) and lie on the front of quality and latency or behind it. The p values are
corrected (Holm) for the whole grid: the finalists were chosen by the same cases, so those that were
dropped count too, as not different.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from evals.compare import Difference, Scored, compare_runs, metric_value
from evals.metrics import score_case
from evals.outcomes import Outcome
from evals.reported import interval_of
from evals.scores import Metric, Pairs, SetMetric
from evals.statistics import holm
from evals.suite import Case

Value = bool | int | float | str
Point = dict[str, Value]  # by setting, as "retrieval.top_k"


@dataclass(frozen=True, slots=True)
class Measures:
    """What a sweep weighs against each other."""

    quality: Metric | SetMetric
    latency: Metric

    @property
    def sign(self) -> int:
        """1 where more is better, else -1."""
        return 1 if self.quality.higher_is_better else -1


@dataclass(slots=True, eq=False)
class Entry:
    """A configuration under way; `changes` are those of the present settings, empty for them."""

    changes: Point
    measures: Measures
    round: int = 0  # the last that it took part in, from 1
    pairs: list[tuple[Case, Outcome]] = field(default_factory=list)
    quality: float | None = None
    latency: float | None = None  # median

    def add(self, pairs: Pairs) -> None:
        """Takes the outcomes of one more round."""
        self.round += 1
        self.pairs += pairs
        scored = self.scored()
        times = _values(scored, self.measures.latency)
        self.quality = metric_value(self.measures.quality, scored)
        self.latency = median(times) if times else None

    def scored(self) -> Scored:
        """Its cases with their scores, to be compared."""
        measures = (self.measures.quality, self.measures.latency)
        scores = {case.id: score_case(case, outcome, measures) for case, outcome in self.pairs}
        return Scored(changes_text(self.changes), "", self.pairs, scores)

    @property
    def order(self) -> tuple[float, bool, float]:
        """The better before the worse; of equals the present settings, then the faster."""
        quality = math.inf if self.quality is None else -self.measures.sign * self.quality
        return (quality, bool(self.changes), math.inf if self.latency is None else self.latency)


@dataclass(frozen=True, slots=True)
class Tried:
    """One configuration and what it reached."""

    changes: Point  # of the present settings; empty for these themselves
    round: int  # the last that it took part in, from 1
    cases: int  # asked
    n: int  # of them those to which the metric applies
    quality: float | None
    interval: tuple[float, float] | None  # of 95 %; None for a metric of sets
    latency: float | None  # median
    against: Difference | None = None  # a finalist's from the present settings
    is_on_front: bool = False

    @property
    def is_present(self) -> bool:
        """Whether these are the present settings."""
        return not self.changes


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found; `tried` has the finalists first, and the better before the worse."""

    name: str
    title: str  # of the suite
    measures: Measures
    rounds: tuple[int, ...]  # cases that have been asked by the end of each
    tried: tuple[Tried, ...]

    @property
    def finalists(self) -> list[Tried]:
        """Those that were asked the whole suite, the best first."""
        return [each for each in self.tried if each.round == len(self.rounds)]

    @property
    def winner(self) -> Tried:
        """The best of the finalists; of equals the present settings, then the fastest."""
        return self.tried[0]

    def rows(self) -> list[dict[str, Any]]:
        """One row a configuration, for a program (docs/evaluation.md)."""
        return [self._row(each) for each in self.tried]

    def _row(self, each: Tried) -> dict[str, Any]:
        low, high = each.interval or (None, None)
        row = {
            "changes": each.changes,
            "is_present": each.is_present,
            "is_winner": each is self.winner,
            "is_on_front": each.is_on_front,
            "round": each.round,
            "rounds": len(self.rounds),
            "cases": each.cases,
            "metric": self.measures.quality.name,
            "n": each.n,
            "value": each.quality,
            "low": low,
            "high": high,
            "latency": self.measures.latency.name,
            "median": each.latency,
        }
        if each.against is not None:
            row |= {
                "difference": each.against.difference,
                "difference_low": each.against.low,
                "difference_high": each.against.high,
                "p_adjusted": each.against.p_adjusted,
                "verdict": each.against.verdict,
            }
        return row


def judge_entries(entries: Sequence[Entry], seed: int) -> tuple[Tried, ...]:
    """All entries with what they reached, finalists with their test and their front, in order."""
    ranked = sorted(entries, key=lambda each: (-each.round, *each.order))
    finalists = [each for each in ranked if each.round == ranked[0].round]
    front = _on_front(finalists)
    tests = _tests(finalists, len(ranked) - 1, seed)
    return tuple(
        Tried(
            changes=each.changes,
            round=each.round,
            cases=len(each.pairs),
            n=_count(each),
            quality=each.quality,
            interval=_interval(each, seed),
            latency=each.latency,
            against=tests.get(each),
            is_on_front=each in front,
        )
        for each in ranked
    )


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Places of the points (cost, quality) that no other beats: none that is as cheap and as good,
    and cheaper or better."""
    return [
        at
        for at, (cost, quality) in enumerate(points)
        if not any(
            other_cost <= cost and other >= quality and (other_cost, other) != (cost, quality)
            for other_cost, other in points
        )
    ]


def changes_text(changes: Mapping[str, Value]) -> str:
    """The changes as `--set` takes them; "present settings" where there are none."""
    written = (f"{name}={_toml(value)}" for name, value in changes.items())
    return " ".join(written) or "present settings"


def _toml(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _on_front(finalists: Sequence[Entry]) -> list[Entry]:
    known = [
        (each, (each.latency, each.measures.sign * each.quality))
        for each in finalists
        if each.quality is not None and each.latency is not None
    ]
    return [known[at][0] for at in pareto_front([point for _, point in known])]


def _tests(finalists: Sequence[Entry], grid: int, seed: int) -> dict[Entry, Difference]:
    """Each one's difference from the present settings, p corrected for the whole grid."""
    present = next(each for each in finalists if not each.changes)
    quality, base = present.measures.quality, present.scored()
    found = {}
    for each in finalists:
        differences = compare_runs(base, each.scored(), [quality], seed).differences
        if each is not present and differences:
            found[each] = differences[0]
    adjusted = holm([each.p for each in found.values()] + [1.0] * (grid - len(found)))
    return {
        each: _with_verdict(difference, p, quality)
        for (each, difference), p in zip(found.items(), adjusted, strict=False)
    }


def _with_verdict(each: Difference, p: float, metric: Metric | SetMetric) -> Difference:
    each = replace(each, p_adjusted=p, verdict="no detectable difference")
    if not each.is_significant or not each.difference:
        return each
    is_better = (each.difference > 0) == metric.higher_is_better
    return replace(each, verdict="better" if is_better else "worse")


def _values(scored: Scored, metric: Metric) -> list[float]:
    found = (row.get(metric.name) for row in scored.scores.values())
    return [each for each in found if each is not None]


def _count(entry: Entry) -> int:
    metric = entry.measures.quality
    return len(_values(entry.scored(), metric) if isinstance(metric, Metric) else entry.pairs)


def _interval(entry: Entry, seed: int) -> tuple[float, float] | None:
    metric = entry.measures.quality
    return (
        interval_of(_values(entry.scored(), metric), seed) if isinstance(metric, Metric) else None
    )
