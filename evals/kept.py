"""What a run still has of a baseline: its cases, their gold, and the scores of each metric."""

from __future__ import annotations

from collections.abc import Sequence

from evals.baselines import Baseline
from evals.compare import Scored, asked_words, given_hash
from evals.outcomes import Outcome
from evals.suite import Case


def lost_cases(baseline: Baseline, new: Scored) -> list[str]:
    """Ids of the baseline's cases that the run has not, or asks in other words."""
    now = {case.id: asked_words(case) for case, _ in new.pairs}
    return [case.id for case, _ in baseline.scored.pairs if now.get(case.id) != asked_words(case)]


def regolded_cases(baseline: Baseline, new: Scored, lost: Sequence[str]) -> list[str]:
    """Ids of the baseline's cases that are asked as ever, but with other gold or context."""
    now = {case.id: given_hash(case) for case, _ in new.pairs}
    gone, given = set(lost), baseline.scored.given
    return [each for each in given if each not in gone and now[each] != given[each]]


def count_scores(metric: str, base: Scored, new: Scored) -> tuple[int, int]:
    """How many cases had a score in `base` and were asked again; how many of them lost it."""
    pairs = {case.id: (case, outcome) for case, outcome in new.pairs if not outcome.error}
    had = [case_id for case_id in pairs if base.scores.get(case_id, {}).get(metric) is not None]
    lost = [each for each in had if new.scores.get(each, {}).get(metric) is None]
    return len(had), sum(not _is_rightly_refused(*pairs[each]) for each in lost)


def _is_rightly_refused(case: Case, outcome: Outcome) -> bool:
    return case.answerable is False and outcome.is_refusal
