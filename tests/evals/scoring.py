"""Runs to compare: scored cases as a run has them, made of plain lists of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.compare import Scored
from evals.outcomes import CitationRow, Outcome
from evals.scores import Metric, Pairs, SetMetric
from evals.suite import Case

MODES = frozenset({"answer"})


def _kept(case: Case, outcome: Outcome) -> float | None:
    raise AssertionError("scores are given")


def answered_share(pairs: Pairs) -> float | None:
    answers = [outcome for _, outcome in pairs if outcome.is_answer]
    return sum(not each.is_refusal for each in answers) / len(answers) if answers else None


RECALL = Metric("recall", _kept, MODES)
CORRECT = Metric("correct", _kept, MODES, is_yes_no=True)
STEERED = Metric("steered", _kept, MODES, higher_is_better=False, is_yes_no=True)
LATENCY = Metric("latency", _kept, MODES, higher_is_better=False, unit="ms", is_gated=False)
ANSWERED = SetMetric("answered", answered_share, MODES)
METRICS = (RECALL, CORRECT, STEERED, LATENCY, ANSWERED)

Scores = Sequence[float | None]


def scored(name: str = "new", /, suite: str = "moorings", **scores: Scores) -> Scored:
    """A run whose cases q1, q2, ... have the scores listed for each metric."""
    n = max(map(len, scores.values()))
    cases = [Case(id=f"q{at}", question=f"What is berth {at}?") for at in range(1, n + 1)]
    pairs = tuple((case, _answer(case, name)) for case in cases)
    rows: Mapping[str, Mapping[str, float | None]] = {
        case.id: {metric: listed[at] for metric, listed in scores.items()}
        for at, case in enumerate(cases)
    }
    return Scored(name, suite, pairs, rows)


def _answer(case: Case, name: str) -> Outcome:
    cited = CitationRow(document_id="rules", quote=f"Berth of {case.id}.", page=4, page_label="iv")
    return Outcome(
        case_id=case.id,
        question=case.question,
        status="answered",
        text=f"As {name} has it, {case.id}.",
        citations=(cited,),
        timings_ms={"total": 12.5},
    )
