"""What a report is made of: a run's outcomes and scores, and the readings that all reports share.

Cases go worst first: by the weight of their concerns, then by their primary scores. The system
under test is `ours` where it is there, else the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from statistics import fmean
from typing import NamedTuple

import numpy as np

from evals.concerns import Concern, concerns_of
from evals.outcomes import Outcome
from evals.scores import Metric, Pairs, SetMetric
from evals.statistics import mean_interval
from evals.suite import Case

Value = float | None
PRIMARY = 6  # metrics that a table of slices or a row of a case has room for
FEW = 10  # cases below which an interval tells more than is known
_OURS = "ours"
# Those by which a run is judged at a glance, where it has them; the others follow.
_FIRST = (
    "correct", "nuggets_vital", "citation_recall", "citation_precision", "alce_recall",
    "refused_answerable", "refusal_recall", "not_steered", "claim_correct",
    "ndcg@10", "recall@10", "recall@8", "mrr@10", "hit@1",
)  # fmt: skip
_CASE_FIELDS = ("kind", "tag", "document")


class Past(NamedTuple):
    """An earlier run of the same suite, by the system under test."""

    name: str
    date: str  # ISO 8601
    values: Mapping[str, Value]  # by metric


@dataclass(frozen=True, slots=True)
class Ranked:
    """One case with what every system gave for it."""

    case: Case
    outcomes: Mapping[str, Outcome]  # by system, in the order of the run
    concerns: Mapping[str, tuple[Concern, ...]]  # by system

    @property
    def question(self) -> str:
        """The question, or the claim where a claim is judged."""
        return self.case.question or self.case.claim


@dataclass(frozen=True, slots=True)
class Slice:
    """The cases with one tag, kind or document, as one system did them."""

    label: str
    system: str
    n: int
    values: Mapping[str, Value]  # by primary metric


@dataclass(frozen=True, slots=True)
class Reported:
    """A run, ready to be reported; scores are as the metrics give them, None where they do not
    apply."""

    name: str
    title: str  # of the suite
    mode: str
    facts: Mapping[str, object]  # how it was run; a mapping in it is shown by its keys
    systems: Mapping[str, Pairs]
    scores: Mapping[str, Mapping[str, Mapping[str, Value]]]  # by system, case id, metric
    set_scores: Mapping[str, Mapping[str, Value]]  # by system, metric
    metrics: Sequence[Metric | SetMetric]
    intervals: Mapping[tuple[str, str], tuple[float, float]]  # by system and metric; 95 %
    history: Sequence[Past] = ()  # earlier runs, oldest first
    agreement: Mapping[str, str] = field(default_factory=dict)  # with marks by hand, by metric

    @property
    def main(self) -> str:
        """The system under test."""
        return _OURS if _OURS in self.systems else next(iter(self.systems), _OURS)

    @property
    def suite(self) -> str:
        """The suite's name, as a person types it; empty where it is not on record."""
        return str(self.facts.get("suite", ""))

    @property
    def case_metrics(self) -> list[Metric]:
        """The metrics of single cases that apply to at least one case."""
        rows = [row for by_case in self.scores.values() for row in by_case.values()]
        return [
            each
            for each in self.metrics
            if isinstance(each, Metric) and any(row.get(each.name) is not None for row in rows)
        ]

    @property
    def primary(self) -> list[Metric]:
        """The first few shares (0 to 1) by which cases are judged; no times, no sizes."""
        shares = [each for each in self.case_metrics if not each.unit and each.is_gated]
        place = {name: at for at, name in enumerate(_FIRST)}
        return sorted(shares, key=lambda each: place.get(each.name, len(place)))[:PRIMARY]

    def case_scores(self, system: str, metric: str) -> list[float]:
        """The scores of the cases to which the metric applies."""
        found = (each.get(metric) for each in self.scores.get(system, {}).values())
        return [each for each in found if each is not None]

    def count(self, system: str, metric: str) -> int:
        """Cases to which the metric applies; of a metric of sets, all cases."""
        if metric in self.set_scores.get(system, {}):
            return len(self.systems.get(system, ()))
        return len(self.case_scores(system, metric))

    def no_interval(self, system: str, metric: str) -> str:
        """Why no interval is shown, in a few words; empty where one is."""
        n, between = self.count(system, metric), self.intervals.get((system, metric))
        if self.value(system, metric) is None:
            return "applies to no case"
        if n < FEW:
            return "too few for an interval"
        if between is None:
            return "no interval"
        return "no spread" if isclose(*between, rel_tol=0, abs_tol=1e-9) else ""

    def value(self, system: str, metric: str) -> Value:
        """The metric of the whole run; None where it applies to no case."""
        of_set = self.set_scores.get(system, {})
        if metric in of_set:
            return of_set[metric]
        return _mean(self.case_scores(system, metric))


def worst_first(reported: Reported) -> list[Ranked]:
    """Every case, those first with which the system under test did worst."""
    cases: dict[str, Case] = {}
    outcomes: dict[str, dict[str, Outcome]] = {}
    for system, pairs in reported.systems.items():
        for case, outcome in pairs:
            cases.setdefault(case.id, case)
            outcomes.setdefault(case.id, {})[system] = outcome
    ranked = [
        Ranked(
            case=cases[case_id],
            outcomes=by_system,
            concerns={
                system: concerns_of(cases[case_id], outcome)
                for system, outcome in by_system.items()
            },
        )
        for case_id, by_system in outcomes.items()
    ]
    main = reported.main
    primary = reported.primary
    return sorted(ranked, key=lambda each: _order(each, main, _loss(reported, each, primary)))


def slices(reported: Reported, by: str, limit: int = 30) -> tuple[list[Slice], int]:
    """The `limit` largest parts of the run by `kind`, `tag` or `document`, a system a row, and how
    many smaller parts are left out."""
    if by not in _CASE_FIELDS:
        raise ValueError(f"no slices by {by!r}; there are {', '.join(_CASE_FIELDS)}")
    groups: dict[str, list[str]] = {}
    for case in {
        case.id: case for pairs in reported.systems.values() for case, _ in pairs
    }.values():
        for label in _labels(case, by):
            groups.setdefault(label, []).append(case.id)
    ordered = sorted(groups.items(), key=lambda each: (-len(each[1]), each[0]))
    primary = [metric.name for metric in reported.primary]
    found = [
        Slice(label, system, len(ids), _values(reported.scores.get(system, {}), ids, primary))
        for label, ids in ordered[:limit]
        for system in reported.systems
    ]
    return found, max(0, len(ordered) - limit)


def concern_counts(ranked: Iterable[Ranked], system: str) -> list[tuple[Concern, int, str]]:
    """Each concern, how many cases have it, and the id of the worst of them; heaviest first."""
    counts: dict[str, int] = {}
    first: dict[str, tuple[Concern, str]] = {}
    for each in ranked:
        for concern in each.concerns.get(system, ()):
            counts[concern.name] = counts.get(concern.name, 0) + 1
            first.setdefault(concern.name, (concern, each.case.id))
    rows = [(concern, counts[name], case_id) for name, (concern, case_id) in first.items()]
    return sorted(rows, key=lambda row: (-row[0].weight, -row[1], row[0].name))


def show(value: Value, unit: str = "") -> str:
    """A number for the eye: three decimals for shares, whole numbers with their unit else."""
    if value is None:
        return "–"
    return f"{value:,.0f} {unit}" if unit else f"{value:.3f}"


def p_text(p: float | None) -> str:
    """A p value to three decimals, "<0.001" below; a dash where there is none."""
    return "–" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"


def interval_of(scores: Iterable[Value], seed: int) -> tuple[float, float] | None:
    """The 95 % interval of the mean of the scores that are there; None of fewer than two."""
    values = np.array([each for each in scores if each is not None], dtype=np.float64)
    if len(values) < 2:
        return None
    low, high = mean_interval(values, seed)
    return float(low.item()), float(high.item())


def counted(n: int, what: str = "case") -> str:
    """A number with its word: "1 case", "2 cases"."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _labels(case: Case, by: str) -> Sequence[str]:
    if by == "kind":
        return (case.kind,) if case.kind else ()
    if by == "tag":
        return case.tags
    documents = (*(gold.document for gold in case.evidence), *case.relevant)
    return tuple(dict.fromkeys(documents))


def _values(
    scores: Mapping[str, Mapping[str, Value]], ids: Sequence[str], names: Sequence[str]
) -> dict[str, Value]:
    rows = [scores.get(case_id, {}) for case_id in ids]
    return {
        name: _mean([value for row in rows if (value := row.get(name)) is not None])
        for name in names
    }


def _loss(reported: Reported, each: Ranked, primary: Sequence[Metric]) -> float:
    """How far, 0 to 1, the primary scores lie from the best; 0 where none applies."""
    scores = reported.scores.get(reported.main, {}).get(each.case.id, {})
    lost = [
        1 - value if metric.higher_is_better else value
        for metric in primary
        if (value := scores.get(metric.name)) is not None
    ]
    return _mean(lost) or 0.0


def _order(each: Ranked, main: str, loss: float) -> tuple[float, ...]:
    concerns = each.concerns.get(main, ())
    weights = [concern.weight for concern in concerns]
    return (-max(weights, default=0), -loss, -sum(weights))


def _mean(values: Sequence[float]) -> Value:
    return fmean(values) if values else None
