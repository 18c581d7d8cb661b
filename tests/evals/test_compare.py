"""Two runs compared: differences in the right direction, verdicts, flips, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scoring import ANSWERED, CORRECT, LATENCY, METRICS, RECALL, STEERED, scored

from evals.compare import (
    Comparison,
    Difference,
    Scored,
    compare_runs,
    find_flips,
    given_hash,
    metric_value,
)
from evals.errors import RunError
from evals.outcomes import HitRow, Outcome
from evals.side_by_side import outcome_text, render_comparison
from evals.suite import Case, Gold

HALF = [0.0, 1.0] * 20


def changed(run: Scored, case_id: str, **values: object) -> Scored:
    """The run with another outcome of one case."""
    pairs = [
        (case, outcome.model_copy(update=values) if case.id == case_id else outcome)
        for case, outcome in run.pairs
    ]
    return replace(run, pairs=pairs)


def renamed(run: Scored, case_id: str, case: Case) -> Scored:
    """The run with another case in the place of one."""
    pairs = [(case if each.id == case_id else each, outcome) for each, outcome in run.pairs]
    return replace(run, pairs=pairs, scores={**run.scores, case.id: run.scores[case_id]})


def by_metric(comparison: Comparison) -> dict[str, Difference]:
    return {each.metric: each for each in comparison.differences}


def test_the_same_run_twice_has_no_detectable_difference() -> None:
    run = scored("base", recall=HALF, correct=HALF)
    comparison = compare_runs(run, replace(run, name="new"), METRICS)
    recall = by_metric(comparison)["recall"]
    assert (recall.base, recall.new, recall.difference, recall.p) == (0.5, 0.5, 0, 1)
    assert {each.verdict for each in comparison.differences} == {"no detectable difference"}
    assert comparison.flips == ()
    assert "\n\nno detectable difference\n\n" in render_comparison(comparison)


def test_direction_and_test_follow_the_metric() -> None:
    base = scored("base", recall=[0.5] * 40, correct=[0] * 40, steered=[0] * 40, latency=[9] * 40)
    new = scored("new", recall=[0.6] * 40, correct=[1] * 40, steered=[1] * 40, latency=[5] * 40)
    found = by_metric(compare_runs(base, new, METRICS))
    assert [(each.metric, each.verdict, each.test) for each in found.values()] == [
        ("recall", "better", "randomisation"),
        ("correct", "better", "mcnemar"),
        ("steered", "worse", "mcnemar"),
        ("latency", "better", "randomisation"),
        ("answered", "no detectable difference", "set randomisation"),
    ]
    assert found["recall"].difference == pytest.approx(0.1)
    assert found["correct"].p == pytest.approx(2 / 2**40)
    assert found["correct"].p_adjusted == pytest.approx(4 * 2 / 2**40)  # of four gated metrics
    assert found["latency"].p_adjusted is None


def test_many_metrics_make_one_small_p_no_finding() -> None:
    base = scored("base", recall=HALF, correct=[0] * 40, steered=[0] * 40)
    new = scored("new", recall=HALF, correct=[1] * 6 + [0] * 34, steered=[0] * 40)
    alone = by_metric(compare_runs(base, new, [CORRECT]))["correct"]
    among = by_metric(compare_runs(base, new, [CORRECT, RECALL, STEERED]))["correct"]
    assert (alone.p, alone.verdict) == (0.03125, "better")
    assert (among.p_adjusted, among.verdict) == (3 * 0.03125, "no detectable difference")


def test_a_metric_counts_only_the_cases_that_both_runs_scored() -> None:
    base = scored("base", recall=[0.5, None, 1.0, 0.0], correct=[None] * 4)
    new = scored("new", recall=[0.5, 1.0, None, 0.5], correct=[1.0] * 4)
    found = by_metric(compare_runs(base, new, METRICS))
    assert (found["recall"].n, found["recall"].base, found["recall"].new) == (2, 0.25, 0.5)
    assert "correct" not in found
    assert metric_value(RECALL, new) == pytest.approx(2 / 3)


def test_rounding_is_no_difference() -> None:
    base = scored("base", recall=[0.333333] * 40)
    found = by_metric(compare_runs(base, scored("new", recall=[1 / 3] * 40), METRICS))["recall"]
    assert (found.difference, found.p, found.low, found.high) == (0, 1, 0, 0)


def test_a_metric_of_the_set_is_compared_by_swapping_cases() -> None:
    base, new = scored("base", recall=HALF), scored("new", recall=HALF)
    for at in range(1, 16):
        new = changed(new, f"q{at}", status="not_in_documents")
    found = by_metric(compare_runs(base, new, [ANSWERED]))["answered"]
    assert (found.base, found.new, found.verdict) == (1.0, 0.625, "worse")
    assert found.low is not None and found.high is not None
    assert (found.low, found.high) == pytest.approx((-0.53, -0.22), abs=0.03)  # +- 2 * 0.0765
    slim = compare_runs(replace(base, is_slim=True), new, [RECALL, ANSWERED])
    assert [each.metric for each in slim.differences] == ["recall"]


def test_flips_go_both_ways_the_worse_ones_first() -> None:
    base, new = scored("base", correct=[1, 1, 0, None]), scored("new", correct=[1, 0, 1, 1])
    comparison = compare_runs(base, new, METRICS)
    told = [(flip.case_id, flip.is_better, flip.new.text) for flip in comparison.flips]
    assert told == [("q2", False, "As new has it, q2."), ("q3", True, "As new has it, q3.")]


def test_a_graded_score_flips_by_half_and_less_can_be_better() -> None:
    base = scored("base", recall=[0, 0.1, 1], latency=[1, 9, 9])
    new = scored("new", recall=[0.4, 0.6, 0.5], latency=[5, 9, 3])
    assert [flip.case_id for flip in find_flips(base, new, RECALL)] == ["q3", "q2"]
    flips = find_flips(base, new, LATENCY)
    assert [(flip.case_id, flip.is_better) for flip in flips] == [("q1", False), ("q3", True)]


def test_the_main_metric_is_one_that_applies() -> None:
    base = scored("base", recall=[1, 0], correct=[None, None])
    assert compare_runs(base, base, METRICS).flip_metric == "recall"
    assert compare_runs(base, base, [LATENCY, CORRECT]).flip_metric == ""


def test_cases_of_one_run_are_named_and_left_out() -> None:
    base, new = scored("base", recall=[1, 0, 0.5]), scored("new", recall=[1, 1, 1])
    new = renamed(new, "q3", Case(id="q9", question="What is berth 9?"))
    new = renamed(new, "q2", Case(id="q2", question="What is berth 2 for?"))
    comparison = compare_runs(base, new, METRICS)
    assert (comparison.only_base, comparison.only_new) == (("q3",), ("q9",))
    assert comparison.reworded == ("q2",)
    assert (comparison.cases, by_metric(comparison)["recall"].n) == (1, 1)
    text = render_comparison(comparison)
    assert "Left out, only in base: q3 (1)" in text
    assert "Left out, asked otherwise: q2 (1)" in text


def test_other_filters_or_context_ask_something_else() -> None:
    base = scored("base", recall=[1, 0, 0.5])
    first, second = (case for case, _ in base.pairs[:2])
    new = renamed(base, "q1", first.model_copy(update={"filters": {"year": "2014"}}))
    new = renamed(new, "q2", second.model_copy(update={"context": "Berths are free."}))
    comparison = compare_runs(base, replace(new, name="new"), METRICS)
    assert (comparison.cases, comparison.reworded) == (1, ("q1", "q2"))
    slim = replace(base, is_slim=True)  # a baseline has the words only; the gate looks at the rest
    assert compare_runs(slim, new, METRICS).cases == 3


def test_the_hash_of_what_is_given_is_of_gold_and_context_only() -> None:
    gold = Gold(document="d", quotes=("one",))
    case = Case(id="a", question="?", evidence=(gold,), filters={"year": "2014"}, kind="list")
    assert given_hash(case) == "29e7222124ededf6"  # as baselines that are committed have it
    same = {"id": "b", "question": "Who?", "kind": "why", "tags": ("x",), "note": "Looked up."}
    assert given_hash(case.model_copy(update=same)) == given_hash(case)
    for other in (
        {"evidence": (gold.model_copy(update={"page": 4}),)},
        {"filters": {"year": "2015"}},
        {"context": "Berths are free."},
        {"answerable": False},
        {"tags": ("false-premise",)},
        {"kind": "unclear"},
    ):
        assert given_hash(case.model_copy(update=other)) != given_hash(case)


def test_runs_that_do_not_fit_together_are_refused() -> None:
    base = scored("base", recall=HALF)
    other = scored("new", suite="pilots", recall=HALF)
    assert compare_runs(base, other, METRICS).cases == 40  # the very same cases
    asked = renamed(other, "q7", Case(id="q7", question="Who pays?"))
    with pytest.raises(RunError, match="case q7 is not the same in both"):
        compare_runs(base, asked, METRICS)
    follow_up = renamed(other, "q7", base.pairs[6][0].model_copy(update={"history": ("Who?",)}))
    with pytest.raises(RunError, match="case q7"):
        compare_runs(base, follow_up, METRICS)
    fewer = renamed(scored("new", recall=[1]), "q1", Case(id="x1", question="Who pays?"))
    with pytest.raises(RunError, match="no case in common"):
        compare_runs(base, fewer, METRICS)


def test_equal_seeds_give_equal_comparisons() -> None:
    base, new = scored("base", recall=HALF), scored("new", recall=[0.4, 0.9, 0.3, 0.8] * 10)
    assert compare_runs(base, new, METRICS, 3) == compare_runs(base, new, METRICS, 3)
    assert compare_runs(base, new, METRICS, 3) != compare_runs(base, new, METRICS, 4)


def test_the_table_and_both_answers_side_by_side() -> None:
    base = scored("base", correct=[1] + [0] * 9, latency=[9.0] * 10)
    new = changed(scored("new", correct=[0] * 10, latency=[5.0] * 10), "q1", text="\x1b[31mRed\n.")
    lines = render_comparison(compare_runs(base, new, METRICS)).splitlines()
    assert lines[0] == "moorings: base -> new, 10 cases"
    assert [" ".join(line.split()) for line in lines[2:5]] == [
        "base new change 95 % interval p n least",
        "correct 0.100 0.000 -0.100 [-0.400, +0.000] 1.000 10 0.673",
        "answered 1.000 1.000 +0.000 [+0.000, +0.000] 1.000 10 -",
    ]
    assert lines[6] == "no detectable difference"
    assert " ".join(lines[10].split()) == (
        "latency 9.000 5.000 -4.000 [-4.000, -4.000] 0.002 10 2.693 better"
    )
    assert " ".join(" ".join(lines[12:15]).split()) == (
        "n: cases that have the metric in both. least: the smallest detectable difference, which a "
        "single test, uncorrected, detects 4 times in 5 with so many cases; -: not known."
    )
    cited = "[rules, p. iv (PDF page 4)]"
    assert lines[-6:] == [
        "Flipped by correct: 1 worse, 0 better",
        "",
        "worse  q1  What is berth 1?  (1 -> 0)",
        f"  {'base':37} | new",
        f"  {'As base has it, q1. [rules, p. iv':37} | [31mRed . {cited}",
        "  (PDF page 4)]                         |",
    ]


def test_a_terminal_shows_its_lines_whole_and_says_what_so_few_cases_cannot() -> None:
    base, new = scored("base", recall=[0.5] * 5), scored("new", recall=[0.6, 0.7, 0.8, 0.9, 1.0])
    long = new.pairs[0][0].model_copy(update={"question": "Where? " * 30})
    base, new = (renamed(each, "q1", long) for each in (base, new))
    new = changed(new, "q5", text="a-long-name-of-a-document " * 20)
    text = render_comparison(compare_runs(base, new, [RECALL]))
    assert max(map(len, text.splitlines())) <= 80
    row = next(line for line in text.splitlines() if line.startswith("recall"))
    assert row.endswith("5  n < 6  *")
    assert "n < 6: fewer than six cases, in which no difference could be detected.\n*: " in text
    (one,) = [renamed(scored("one", recall=[1.0]), "q1", long)]
    assert render_comparison(compare_runs(one, one, [RECALL])).startswith(
        "moorings: one -> one, 1 case\n"
    )


def test_an_outcome_in_a_few_words() -> None:
    hits = tuple(HitRow(document_id=f"d{at}", page=at) for at in range(1, 6))
    found = Outcome(case_id="q", hits=hits)
    assert outcome_text(found) == "1. d1, p. 1 2. d2, p. 2 3. d3, p. 3"
    refused = Outcome(case_id="q", status="not_in_documents", hits=hits)
    assert outcome_text(refused) == "(not in documents)"
    assert outcome_text(Outcome(case_id="q", error="no\nmodel")) == "error: no model"
    assert outcome_text(Outcome(case_id="q", claim_score=0.25)) == "carried with probability 0.25"
    long = Outcome(case_id="q", status="answered", text="word " * 100)
    assert len(outcome_text(long)) == 280
