"""Agreement of judges with people, against figures worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.agreement import Agreement, agreement, cohen_kappa

# 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 0.7 agree, 0.5 x 0.6 + 0.5 x 0.4 = 0.5 do by chance.
FIFTY = [*[(1, 1)] * 20, *[(1, 0)] * 5, *[(0, 1)] * 10, *[(0, 0)] * 15]


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        (FIFTY, 0.4),
        ([("a", "a"), ("b", "b"), ("c", "c")], 1.0),
        ([("yes", "no"), ("no", "yes")], -1.0),
        # 3 labels: 6 of 9 agree; by chance 3 x (1/3 x 1/3).
        (list(zip("aaabbbccc", "aabbbccca", strict=True)), 0.5),
        ([("yes", "yes"), ("yes", "no")], 0.0),  # one rater has one label only
        ([("yes", "yes")] * 9, None),  # both have
        ([], None),
    ],
)
def test_kappa_is_agreement_beyond_chance(
    pairs: list[tuple[object, object]], kappa: float | None
) -> None:
    assert cohen_kappa(pairs) == (kappa if kappa is None else pytest.approx(kappa))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30))
def test_kappa_has_no_first_and_second_rater(pairs: list[tuple[str, str]]) -> None:
    kappa = cohen_kappa(pairs)
    swapped = cohen_kappa([(theirs, ours) for ours, theirs in pairs])
    if kappa is None:
        assert swapped is None
    else:
        assert kappa == pytest.approx(swapped) and -1 - 1e-9 <= kappa <= 1 + 1e-9


def test_agreement_is_over_what_both_scored() -> None:
    verdicts = {("c", n): ours == 1 for n, (ours, _) in enumerate(FIFTY)}
    marks = {("c", n): "Yes" if theirs else " no" for n, (_, theirs) in enumerate(FIFTY)}
    found = agreement(verdicts | {("c", 98): None, ("c", 99): True}, marks | {("c", 98): "yes"})
    assert (found.n, found.share, found.kappa) == (50, 0.7, pytest.approx(0.4))
    assert found.low is not None and found.high is not None
    # Cohen's own large-sample interval is 0.15 to 0.65.
    assert 0.08 < found.low < 0.2 and 0.6 < found.high < 0.7
    assert found == agreement(verdicts, marks)


def test_grades_and_words_are_one_mark() -> None:
    verdicts = {1: 1.0, 2: 0.5, 3: 0.0, 4: True}
    marks = {1: "right", 2: "Partly", 3: False, 4: "wrong"}
    assert agreement(verdicts, marks).share == 0.75


def test_what_cannot_be_said_is_none() -> None:
    assert agreement({}, {"a": True}) == Agreement(0, None, None, None, None)
    assert agreement({"a": True, "b": True}, {"a": "yes", "b": "yes"}) == Agreement(
        2, 1.0, None, None, None
    )
    assert agreement({"a": True}, {"a": "no"}) == Agreement(1, 0.0, 0.0, None, None)
