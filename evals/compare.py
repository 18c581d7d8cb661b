"""Two runs over the same cases: what changed, whether that is real, and which questions flipped.

1. Cases that both runs have, asked in the same words (and, of whole runs, with the same filters and
   context), are paired; the others are named.
2. Each metric gets its difference, interval, test and smallest detectable difference.
3. The p values of the gated metrics are corrected together (Holm); latency, memory and tokens are
   compared outside of that family, with p as it is.
4. Questions whose main score changed are listed, the worse ones first.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from evals.errors import RunError
from evals.outcomes import Outcome
from evals.scores import Metric, SetMetric
from evals.statistics import (
    ALPHA,
    Floats,
    holm,
    mcnemar_p,
    mean_interval,
    paired_scores,
    randomisation_p,
    resampled_interval,
    set_detectable,
    set_differences,
    set_randomisation_p,
    smallest_detectable,
)
from evals.suite import Case

Test = Literal["randomisation", "mcnemar", "set randomisation"]
Change = Literal["better", "worse", "no detectable difference"]

FLIP = 0.5  # of a graded score: half of what a case can gain or lose
_ROUNDING = 1e-5  # smaller changes of a score are a machine's or a baseline's rounding: none
_GIVEN = (
    "context", "filters", "answerable", "evidence", "nuggets", "relevant", "answers", "required",
    "forbidden", "supported",
)  # fmt: skip
_MAIN = ("correct", "cited", "hit@1")  # the first that applies says whether a question flipped


@dataclass(frozen=True, slots=True)
class Scored:
    """One system's part of a run, or a baseline, with its scores."""

    name: str
    suite: str
    pairs: Sequence[tuple[Case, Outcome]]
    scores: Mapping[str, Mapping[str, float | None]]  # by case id, then metric
    is_slim: bool = False  # outcomes hold only what is shown: no metric of a set can be computed
    given: Mapping[str, str] = field(default_factory=dict)  # `given_hash` by case id, where is_slim


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two runs, over the `n` cases (or, of a set metric, pairs) that have it in both.

    `difference` is new minus base; None stands for what so few cases do not tell.
    """

    metric: str
    base: float
    new: float
    difference: float
    low: float | None  # of the 95 % interval of the difference
    high: float | None
    p: float
    p_adjusted: float | None  # None: outside of the corrected family
    test: Test
    n: int
    detectable: float | None  # smallest difference seen 4 times in 5, uncorrected
    verdict: Change = "no detectable difference"

    @property
    def is_significant(self) -> bool:
        """Whether p, adjusted where the metric is of the family, is below 0.05."""
        return (self.p if self.p_adjusted is None else self.p_adjusted) < ALPHA


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose main score changed, with both outcomes."""

    case_id: str
    question: str
    metric: str
    base_score: float
    new_score: float
    base: Outcome
    new: Outcome
    is_better: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare_runs` found; `flips` has the worse ones first."""

    suite: str
    base: str
    new: str
    cases: int  # in common
    differences: tuple[Difference, ...]  # in the order of the metrics
    flip_metric: str  # empty where no metric applies
    flips: tuple[Flip, ...]
    only_base: tuple[str, ...]  # case ids that were left out
    only_new: tuple[str, ...]
    reworded: tuple[str, ...]  # in both runs, but asked in other words, filters or context


def compare_runs(
    base: Scored, new: Scored, metrics: Sequence[Metric | SetMetric], seed: int = 0
) -> Comparison:
    """Every metric that applies to both runs, and the flips; equal input gives equal output.

    Raises RunError where the runs have no case in common, or are of different suites that ask
    different things under one id.
    """
    asked_before, asked_now = ({case.id: case for case, _ in run.pairs} for run in (base, new))
    common = [case_id for case_id in asked_before if case_id in asked_now]
    is_slim = base.is_slim or new.is_slim
    reworded = [
        each for each in common if _is_reworded(asked_before[each], asked_now[each], is_slim)
    ]
    if base.suite != new.suite and reworded:
        raise RunError(
            f"{base.name} is a run of the suite {base.suite}, {new.name} of {new.suite}, and case "
            f"{reworded[0]} is not the same in both; compare runs of one suite"
        )
    differing = set(reworded)
    same = [each for each in common if each not in differing]
    if not same:
        raise RunError(
            f"{base.name} ({base.suite}, {len(asked_before)} cases) and {new.name} ({new.suite}, "
            f"{len(asked_now)} cases) have no case in common; compare runs of one suite"
        )
    before, now = _restricted(base, same), _restricted(new, same)
    found = {each.name: _difference(each, before, now, seed) for each in metrics}
    main = main_metric(before, now, metrics)
    return Comparison(
        new.suite,
        base.name,
        new.name,
        len(same),
        _judged([each for each in found.values() if each is not None], metrics),
        main.name if main else "",
        tuple(find_flips(before, now, main)) if main else (),
        tuple(each for each in asked_before if each not in asked_now),
        tuple(each for each in asked_now if each not in asked_before),
        tuple(reworded),
    )


def find_flips(base: Scored, new: Scored, metric: Metric) -> list[Flip]:
    """Cases whose score changed, of a graded metric by at least 0.5; the worse ones first.

    Both have the same cases in the same order.
    """
    flips = []
    for (case, before), (_, now) in zip(base.pairs, new.pairs, strict=True):
        old, score = (each.scores.get(case.id, {}).get(metric.name) for each in (base, new))
        if old is None or score is None or old == score:
            continue
        if metric.is_yes_no or abs(score - old) >= FLIP - 1e-9:
            is_better = (score > old) == metric.higher_is_better
            question = case.question or case.claim
            flips.append(Flip(case.id, question, metric.name, old, score, before, now, is_better))
    return sorted(flips, key=lambda flip: flip.is_better)


def main_metric(base: Scored, new: Scored, metrics: Iterable[Metric | SetMetric]) -> Metric | None:
    """The metric that says whether a question flipped: "correct", "cited", "hit@1" or the first.

    Only gated metrics of single cases that scored a case in both runs are looked at.
    """
    applying = {
        each.name: each
        for each in metrics
        if isinstance(each, Metric) and each.is_gated and len(_scores(each, base, new)[0])
    }
    chosen = next((name for name in _MAIN if name in applying), next(iter(applying), ""))
    return applying.get(chosen)


def metric_value(metric: Metric | SetMetric, scored: Scored) -> float | None:
    """The metric's value: the mean over the cases to which it applies; None where it does not."""
    if isinstance(metric, SetMetric):
        return _known(metric.score(scored.pairs))
    rows = (scored.scores.get(case.id, {}).get(metric.name) for case, _ in scored.pairs)
    given = [each for each in rows if each is not None and not math.isnan(each)]
    return math.fsum(given) / len(given) if given else None


def asked_words(case: Case) -> tuple[str, ...]:
    """The question or the claim, and the questions before it; equal for cases to be compared."""
    return (case.question, case.claim, *case.history)


def given_hash(case: Case) -> str:
    """Of all that decides a score beside the words: context, filters and gold; 16 hex digits.

    Of the labels those count that metrics look at: others only select.
    """
    kept = case.model_dump(mode="json", include=set(_GIVEN), exclude_defaults=True)
    marks = {"false_premise": case.is_false_premise, "unclear": "unclear" in case.labels}
    text = json.dumps(kept | marks, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_reworded(before: Case, now: Case, is_slim: bool) -> bool:
    """Whether a case asks something else than before; a slim one has its words only."""
    if asked_words(before) != asked_words(now):
        return True
    return not is_slim and (before.context, before.filters) != (now.context, now.filters)


def _restricted(run: Scored, case_ids: Sequence[str]) -> Scored:
    pairs = {case.id: (case, outcome) for case, outcome in run.pairs}
    return replace(run, pairs=tuple(pairs[each] for each in case_ids))


def _scores(metric: Metric, base: Scored, new: Scored) -> tuple[Floats, Floats]:
    ids = [case.id for case, _ in base.pairs]
    before, now = (
        [run.scores.get(each, {}).get(metric.name) for each in ids] for run in (base, new)
    )
    return paired_scores(before, now)


def _difference(
    metric: Metric | SetMetric, base: Scored, new: Scored, seed: int
) -> Difference | None:
    if isinstance(metric, SetMetric):
        return _set_difference(metric, base, new, seed)
    before, now = _scores(metric, base, new)
    if not len(before):
        return None
    changes = now - before
    changes[abs(changes) < _ROUNDING] = 0
    low, high = mean_interval(changes, seed)
    p = mcnemar_p(changes) if metric.is_yes_no else randomisation_p(changes, seed)
    return Difference(
        metric.name,
        float(before.mean()),
        float(now.mean()),
        float(changes.mean()),
        _known(low),
        _known(high),
        float(p),
        None,
        "mcnemar" if metric.is_yes_no else "randomisation",
        len(changes),
        _known(smallest_detectable(changes, metric.is_yes_no)),
    )


def _set_difference(metric: SetMetric, base: Scored, new: Scored, seed: int) -> Difference | None:
    if base.is_slim or new.is_slim:
        return None
    before, now = (metric_value(metric, each) for each in (base, new))
    if before is None or now is None:
        return None
    resampled = set_differences(metric.score, base.pairs, new.pairs, seed)
    has_interval = len(resampled) > 0 and len(base.pairs) > 1
    low, high = resampled_interval(resampled, len(base.pairs)) if has_interval else (None, None)
    return Difference(
        metric.name,
        before,
        now,
        now - before,
        _known(low),
        _known(high),
        set_randomisation_p(metric.score, base.pairs, new.pairs, seed),
        None,
        "set randomisation",
        len(base.pairs),
        _known(set_detectable(resampled)),
    )


def _known(value: float | Floats | None) -> float | None:
    return None if value is None or math.isnan(float(value)) else float(value)


def _judged(
    differences: Sequence[Difference], metrics: Sequence[Metric | SetMetric]
) -> tuple[Difference, ...]:
    """The differences with p adjusted over the gated ones, and with their verdicts."""
    by_name = {each.name: each for each in metrics}
    family = [each for each in differences if by_name[each.metric].is_gated]
    adjusted = dict(
        zip((each.metric for each in family), holm([each.p for each in family]), strict=True)
    )
    judged = []
    for each in differences:
        each = replace(each, p_adjusted=adjusted.get(each.metric))
        if each.is_significant and each.difference:
            is_better = (each.difference > 0) == by_name[each.metric].higher_is_better
            each = replace(each, verdict="better" if is_better else "worse")
        judged.append(each)
    return tuple(judged)
