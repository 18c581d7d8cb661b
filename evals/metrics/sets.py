"""What only a whole set of cases tells: whether scores set right from wrong apart.

The risk-coverage curve (Geifman and El-Yaniv, 2017) takes the cases in falling order of support and
gives, for each number of them answered, the share that is wrong among these. Cases with the same
support have no order, so each risk is the mean over all orders that they could have: after j of m
such cases with e wrong among them, j * e / m of them are wrong.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from evals.metrics.answers import claim_correct, correct, refusal_recall, refused_answerable
from evals.metrics.registry import mean_of, set_metric
from evals.scores import Pairs

_REFUSING = "answer refusal conversation"


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Cases whose support lies between `low` and `high` (which only the last bin includes)."""

    low: float
    high: float
    stated: float  # mean support: the probability, 0 to 1, that the documents answer
    right: float  # share, 0 to 1, of the cases that they do answer; calibrated, it is as stated
    n: int  # cases


def risk_coverage(pairs: Pairs) -> list[tuple[float, float]]:
    """Coverage and risk, both 0 to 1, after each case in falling order of support.

    Of cases that have a support and are right or wrong (`correct`); ties are averaged.
    """
    ranked = sorted(
        (
            (outcome.support, 1 - right)
            for case, outcome in pairs
            if outcome.support is not None and (right := correct(case, outcome)) is not None
        ),
        reverse=True,
    )
    curve: list[tuple[float, float]] = []
    wrong = 0.0
    for _, tied in groupby(ranked, key=lambda each: each[0]):
        losses = [loss for _, loss in tied]
        for _ in losses:
            wrong += sum(losses) / len(losses)
            done = len(curve) + 1
            curve.append((done / len(ranked), wrong / done))
    return curve


def reliability(pairs: Pairs, bins: int = 10) -> list[ReliabilityBin]:
    """Support against the share of answerable cases, in `bins` of equal width, empty ones left
    out: the reliability diagram of Niculescu-Mizil and Caruana (2005)."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for support, is_answerable in _supports(pairs):
        found.setdefault(min(int(support * bins), bins - 1), []).append((support, is_answerable))
    return [
        ReliabilityBin(
            low=at / bins,
            high=(at + 1) / bins,
            stated=sum(support for support, _ in held) / len(held),
            right=sum(is_answerable for _, is_answerable in held) / len(held),
            n=len(held),
        )
        for at, held in sorted(found.items())
    ]


@set_metric("aurc", _REFUSING, higher_is_better=False)
def aurc(pairs: Pairs) -> float | None:
    """Area under the risk-coverage curve of Geifman and El-Yaniv (2017), 0 to 1, lower is better:
    the mean of the risks after each case, answerable or not, in falling order of support; cases
    of equal support count by the mean over all their orders. A refusal has its place by its
    support, too, and is right where the question is unanswerable."""
    return mean_of(risk for _, risk in risk_coverage(pairs))


@set_metric("refusal_auroc", _REFUSING)
def refusal_auroc(pairs: Pairs) -> float | None:
    """Probability that an answerable question has more support than an unanswerable one, ties at
    half (Mann and Whitney, 1947); 0.5 is chance; false premises left out."""
    return _separation(_supports(pairs))


@set_metric("refusal_f1", _REFUSING)
def refusal_f1(pairs: Pairs) -> float | None:
    """Harmonic mean of precision and recall of refusals, 0 to 1; false premises left out; None
    where no question is unanswerable."""
    right = [refusal_recall(case, outcome) for case, outcome in pairs]
    unanswerable = [each for each in right if each is not None]
    wrongly = sum(refused_answerable(case, outcome) or 0 for case, outcome in pairs)
    if not unanswerable:
        return None
    return 2 * sum(unanswerable) / (sum(unanswerable) + wrongly + len(unanswerable))


@set_metric("claim_auroc", "claims")
def claim_auroc(pairs: Pairs) -> float | None:
    """Probability that a carried claim has a higher score than one that is not, ties at half
    (Mann and Whitney, 1947); 0.5 is chance."""
    return _separation(
        [
            (outcome.claim_score, case.supported)
            for case, outcome in pairs
            if outcome.claim_score is not None and case.supported is not None
        ]
    )


@set_metric("claim_balanced_accuracy", "claims")
def claim_balanced_accuracy(pairs: Pairs) -> float | None:
    """Mean of the shares of carried and of other claims about which the checker is right at a
    probability of 0.5 (Brodersen and others, 2010); None where one kind is missing."""
    by_kind = [
        mean_of(claim_correct(case, outcome) for case, outcome in pairs if case.supported is kind)
        for kind in (True, False)
    ]
    return None if None in by_kind else mean_of(by_kind)


def _supports(pairs: Pairs) -> list[tuple[float, bool]]:
    """Support of each outcome with one, and whether its question can be answered."""
    return [
        (outcome.support, case.answerable)
        for case, outcome in pairs
        if outcome.support is not None and case.answerable is not None and not case.is_false_premise
    ]


def _separation(scored: Sequence[tuple[float, bool]]) -> float | None:
    lower = sorted(score for score, is_higher in scored if not is_higher)
    higher = [score for score, is_higher in scored if is_higher]
    if not lower or not higher:
        return None
    wins = sum(bisect_left(lower, each) + bisect_right(lower, each) for each in higher)
    return wins / (2 * len(lower) * len(higher))
