"""Metrics of whole sets: curves and areas, by hand, by brute force and by their symmetries."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import FEE, case_of, outcome_of, quoting, score

from evals.metrics import mean_of, metrics_for, reliability, risk_coverage, score_set
from evals.outcomes import Outcome
from evals.suite import Case


def supported(
    support: float | None, is_right: bool, answerable: bool = True
) -> tuple[Case, Outcome]:
    """A case with its outcome, right or wrong: a document cited, or a refusal."""
    if not answerable:
        status = "not_in_documents" if is_right else "answered"
        return case_of(answerable=False), outcome_of(support=support, status=status)
    case = case_of(relevant={"fees" if is_right else "dues": 1})
    return case, outcome_of(support=support, **quoting(FEE))


def claim(claim_score: float | None, supported: bool) -> tuple[Case, Outcome]:
    return case_of(supported=supported), Outcome(case_id="c1", claim_score=claim_score)


def set_score(name: str, pairs: Sequence[tuple[Case, Outcome]]) -> float | None:
    return score_set(pairs, metrics_for("answer", [name]))[name]


def test_the_risk_coverage_curve_takes_the_best_supported_first() -> None:
    pairs = [
        supported(0.2, False),
        supported(0.9, True),
        supported(0.5, False),
        supported(0.1, True, answerable=False),
        supported(None, False),
    ]
    assert risk_coverage(pairs) == [(0.25, 0), (0.5, 0.5), (0.75, 2 / 3), (1, 0.5)]
    assert set_score("aurc", pairs) == pytest.approx((0 + 1 / 2 + 2 / 3 + 1 / 2) / 4)


def scored_by(*supports: float, max_size: int) -> st.SearchStrategy[list[tuple[float, bool]]]:
    one = st.tuples(st.sampled_from(supports), st.booleans())
    return st.lists(one, min_size=1, max_size=max_size)


@given(scored_by(0.1, 0.9, max_size=5))
def test_ties_count_by_the_mean_over_their_orders(scored: list[tuple[float, bool]]) -> None:
    areas = []
    for order in permutations(scored):
        losses = [not right for _, right in sorted(order, key=lambda each: -each[0])]
        areas.append(mean_of(sum(losses[:n]) / n for n in range(1, len(losses) + 1)))
    pairs = [supported(support, right) for support, right in scored]
    assert set_score("aurc", pairs) == pytest.approx(mean_of(areas))


@given(scored_by(0.1, 0.5, 0.9, max_size=20), st.randoms(use_true_random=False))
def test_areas_rest_on_the_order_of_support_alone(
    scored: list[tuple[float, bool]], dice: random.Random
) -> None:
    pairs = [supported(support, right, answerable=right) for support, right in scored]
    turned = [supported(1 - support, right, answerable=right) for support, right in scored]
    stretched = [supported(exp(support) / 3, right, answerable=right) for support, right in scored]
    dice.shuffle(stretched)
    assert set_score("aurc", stretched) == pytest.approx(set_score("aurc", pairs))
    assert risk_coverage(pairs)[-1][1] == pytest.approx(
        1 - (mean_of(score("correct", *pair) for pair in pairs) or 0)
    )
    separation = set_score("refusal_auroc", pairs)
    assert set_score("refusal_auroc", stretched) == separation
    opposite = set_score("refusal_auroc", turned)
    assert (separation is None) == (opposite is None) == (len({right for _, right in scored}) == 1)
    if separation is not None and opposite is not None:
        assert separation + opposite == pytest.approx(1)


def test_support_separates_what_can_be_answered() -> None:
    pairs = [
        supported(0.9, True),
        supported(0.4, True),
        supported(0.4, True, answerable=False),
        supported(0.1, True, answerable=False),
        supported(0.8, False, answerable=False),
    ]
    # 0.9 beats all three; 0.4 beats one and ties with one.
    assert set_score("refusal_auroc", pairs) == pytest.approx((3 + 1.5) / 6)
    assert set_score("refusal_auroc", pairs[:2]) is None


def test_refusal_f1() -> None:
    pairs = [
        supported(0.1, True, answerable=False),
        supported(0.1, False, answerable=False),
        (case_of(), outcome_of(status="not_in_documents")),
        (case_of(), outcome_of()),
    ]
    assert set_score("refusal_f1", pairs) == 0.5  # precision and recall are both a half
    assert set_score("refusal_f1", pairs[2:]) is None


def test_reliability_sets_support_against_what_can_be_answered() -> None:
    pairs = [
        supported(1.0, True),
        supported(0.92, True),
        supported(0.95, False, answerable=False),
        supported(0.3, True, answerable=False),
        supported(None, True),
    ]
    low, high = reliability(pairs)
    assert (low.low, low.high, low.stated, low.right, low.n) == (0.3, 0.4, 0.3, 0.0, 1)
    assert (high.low, high.high, high.n) == (0.9, 1.0, 3)
    assert high.stated == pytest.approx(2.87 / 3)
    assert high.right == pytest.approx(2 / 3)


def test_claims() -> None:
    pairs = [claim(0.9, True), claim(0.5, True), claim(0.2, True), claim(0.5, False)]
    pairs += [claim(0.1, False), claim(None, False)]
    assert [score("claim_correct", *pair) for pair in pairs] == [1, 1, 0, 0, 1, None]
    assert score("claim_score", *pairs[0]) == 0.9
    assert set_score("claim_auroc", pairs) == pytest.approx((2 + 1.5 + 1) / 6)
    assert set_score("claim_balanced_accuracy", pairs) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert set_score("claim_balanced_accuracy", pairs[:3]) is None
