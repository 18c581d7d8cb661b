"""The statistics hold what they say: coverage, false alarms and power in simulated pairs of runs.

Each bar is measured over 1,000 simulated pairs of runs or more, from a fixed seed: their share is
known to about 0.7 points at 95 % and 5 %, and 1.3 points at 80 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from evals.statistics import (
    Floats,
    holm,
    mcnemar_p,
    mean_interval,
    paired_scores,
    randomisation_p,
    set_detectable,
    set_differences,
    set_randomisation_p,
    smallest_detectable,
)

CASES = (40, 100, 300)
RANKS = np.array([1 / np.log2(rank + 1) for rank in range(1, 9)] + [0.0])  # nDCG of one hit
REACHED = np.array([0.45, 0.6, 0.68, 0.74, 0.78, 0.81, 0.83, 0.85])  # share found up to a rank

Scoring = Callable[[Floats], Floats]


def continuous(ability: Floats) -> Floats:
    return norm.cdf(ability)


def graded(ability: Floats) -> Floats:
    return RANKS[np.searchsorted(REACHED, norm.cdf(-ability))]


def yes_no(ability: Floats) -> Floats:
    return (ability > -0.6) * 1.0  # 73 % are right


def skewed(ability: Floats) -> Floats:
    return np.exp(ability / 2)  # as latencies are


def differences(scoring: Scoring, n: int, runs: int, effect: float, seed: int) -> Floats:
    """New minus base for `runs` pairs of runs over `n` cases that are hard for both systems."""
    rng = np.random.default_rng([seed, n])
    hardness = 0.7 * rng.standard_normal((n, runs))
    base, new = (hardness + 0.7 * rng.standard_normal((n, runs)) for _ in range(2))
    return scoring(new + effect) - scoring(base)


def true_difference(scoring: Scoring, effect: float) -> float:
    points = norm.ppf((np.arange(1_000_000) + 0.5) / 1_000_000) * np.sqrt(2 * 0.7**2)
    return float((scoring(points + effect) - scoring(points)).mean())


@pytest.mark.parametrize("n", CASES)
@pytest.mark.parametrize("scoring", [continuous, graded, yes_no, skewed])
def test_intervals_cover_a_known_difference(scoring: Scoring, n: int) -> None:
    low, high = mean_interval(differences(scoring, n, 1000, 0.2, seed=1))
    true = true_difference(scoring, 0.2)
    assert 0.93 <= np.mean((low <= true) & (true <= high)) <= 0.97


@pytest.mark.parametrize("n", CASES)
@pytest.mark.parametrize("scoring", [continuous, graded])
def test_identical_systems_raise_5_false_alarms_in_100(scoring: Scoring, n: int) -> None:
    p = randomisation_p(differences(scoring, n, 2000, 0, seed=2))
    assert 0.04 <= np.mean(p < 0.05) <= 0.06


def test_mcnemar_raises_no_more_than_5_in_100_and_nearly_so_many_where_many_change() -> None:
    for n in CASES:
        assert np.mean(mcnemar_p(differences(yes_no, n, 2000, 0, seed=3)) < 0.05) <= 0.05
    changes = np.random.default_rng(3).integers(-1, 2, (2000, 2000), dtype=np.int8)
    assert 0.04 <= np.mean(mcnemar_p(changes) < 0.05) <= 0.06


def test_power_grows_with_cases_and_with_the_effect() -> None:
    def power(n: int, effect: float) -> float:
        found = differences(graded, n, 1000, effect, seed=4)
        return float(np.mean((randomisation_p(found) < 0.05) & (found.mean(axis=0) > 0)))

    by_cases = [power(n, 0.2) for n in CASES]
    by_effect = [power(100, effect) for effect in (0.1, 0.2, 0.4)]
    assert by_cases[0] + 0.1 < by_cases[1] < by_cases[2] - 0.1
    assert by_effect[0] + 0.1 < by_effect[1] < by_effect[2] - 0.1


@pytest.mark.parametrize("n", CASES)
@pytest.mark.parametrize("scoring", [continuous, graded])
def test_power_is_80_in_100_at_the_smallest_detectable_difference(scoring: Scoring, n: int) -> None:
    found = differences(scoring, n, 1000, 0, seed=5)
    detectable = np.mean([smallest_detectable(each) for each in found.T[:50]])
    assert 0.76 <= np.mean(randomisation_p(found + detectable) < 0.05) <= 0.84


@pytest.mark.parametrize("n", CASES)
@pytest.mark.parametrize("changing", [0.0, 0.1, 0.4])
def test_mcnemar_has_that_power_too(n: int, changing: float) -> None:
    pilot = np.zeros(n)
    pilot[: round(n * changing)] = 1
    detectable = smallest_detectable(pilot, is_yes_no=True)
    changed = max(changing, detectable)
    shares = [(changed - detectable) / 2, 1 - changed, (changed + detectable) / 2]
    found = np.random.default_rng(6).choice([-1.0, 0, 1], (n, 4000), p=shares)
    assert 0.78 <= np.mean(mcnemar_p(found) < 0.05) <= 0.82


def test_few_changed_cases_are_counted_out() -> None:
    five, six = np.array([0.5] * 5 + [0] * 40), np.array([0.5, 0.1, 0.3, 0.2, 0.4, 0.6] + [0] * 40)
    assert randomisation_p(five) == 2 / 2**5
    assert randomisation_p(-six) == 2 / 2**6
    assert randomisation_p(np.array([3.0, -1, 1])) == 6 / 8  # +-5 and +-3 twice, but not +-1
    assert randomisation_p(np.zeros(30)) == 1
    assert mcnemar_p(np.array([1.0] * 5 + [0] * 40)) == 2 / 2**5


@given(st.integers(0, 30), st.integers(0, 30))
def test_mcnemar_is_the_binomial_test(gained: int, lost: int) -> None:
    found = float(mcnemar_p(np.array([1.0] * gained + [-1.0] * lost + [0.0] * 3)))
    expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert found == pytest.approx(expected)


def test_counted_and_drawn_flips_agree() -> None:
    twelve = np.random.default_rng(7).normal(0.4, 1, 12)
    doubled = np.stack([twelve, twelve], axis=1)
    thirteen = np.append(twelve, 1e-9)  # one more: drawn
    assert randomisation_p(thirteen) == pytest.approx(randomisation_p(twelve), abs=0.015)
    assert (randomisation_p(doubled) == randomisation_p(twelve)).all()


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_scores_that_one_run_lacks_are_left_out_of_both() -> None:
    base, new = paired_scores([1, None, 0.5, float("nan"), 0], [0, 1, None, 1, 0.25])
    assert base.tolist() == [1, 0]
    assert new.tolist() == [0, 0.25]
    assert [len(each) for each in paired_scores([], [])] == [0, 0]


def test_equal_seeds_give_equal_results_and_others_do_not() -> None:
    found = differences(continuous, 40, 1, 0.4, seed=8)[:, 0]
    assert mean_interval(found, 1) == mean_interval(found, 1) != mean_interval(found, 2)
    assert randomisation_p(found, 1) == randomisation_p(found, 1) != randomisation_p(found, 2)


def test_too_little_says_nothing() -> None:
    assert np.isnan(mean_interval(np.array([1.0]))).all()
    assert np.isnan(smallest_detectable(np.zeros(5)))
    low, high = mean_interval(np.zeros(40))
    assert (float(low), float(high)) == (0, 0)


def test_without_spread_about_eight_whole_cases_are_detected() -> None:
    for is_yes_no in (True, False):
        assert 7.6 <= 100 * smallest_detectable(np.zeros(100), is_yes_no) <= 7.9
    rare = np.append(np.zeros(99), 0.1)  # eight cases that change by a tenth
    assert 0.76 <= 100 * smallest_detectable(rare) <= 0.79


def test_a_metric_of_a_set_that_is_a_mean_gives_what_the_mean_gives() -> None:
    rng = np.random.default_rng(9)
    base = rng.random(60).tolist()
    new = (np.array(base) + rng.normal(0.03, 0.1, 60)).tolist()
    found = np.array(new) - np.array(base)

    def mean(scores: Sequence[float]) -> float:
        return sum(scores) / len(scores)

    resampled = set_differences(mean, base, new)
    low, high = (float(end) for end in mean_interval(found))
    assert np.quantile(resampled, [0.025, 0.975]) == pytest.approx([low, high], abs=0.005)
    assert set_randomisation_p(mean, base, new) == pytest.approx(randomisation_p(found), abs=0.02)
    assert set_detectable(resampled) == pytest.approx(smallest_detectable(found), rel=0.1)


def test_a_metric_of_a_set_without_a_value_says_nothing() -> None:
    assert len(set_differences(lambda scores: None, [1, 2], [1, 2])) == 0
    assert np.isnan(set_randomisation_p(lambda scores: None, [1, 2], [1, 2]))
    assert np.isnan(set_detectable(np.zeros(0)))
    assert set_randomisation_p(len, [1, 2], [1, 2]) == 1
