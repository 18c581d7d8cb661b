"""Runs held against each other: whose verdicts count, and which earlier runs are a run's past."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from reportable import FEE, cited, gold, pair

from evals.marking import agreement_by_metric
from evals.marks import Mark
from evals.outcomes import Outcome
from evals.run import Manifest, Run
from evals.side_by_side import render_comparison
from evals.sources import Side, compare_sides, made_differently
from evals.suite import Case
from evals.summary import earlier_runs, render_summary, scored, summarise

METRICS = ("nuggets", "answers_question", "alce_recall")
SETTINGS = {"ours": {"embedding": {"model": "/models/small"}, "check": {"model": ""}}}


def manifest(name: str, **values: Any) -> Manifest:
    given = {
        "name": name, "suite": "rules", "mode": "answer", "systems": ["ours"], "metrics": METRICS,
        "started": "2026-11-24T09:00:00", "finished": "2026-11-24T09:01:00", "cases_sha256": "c1",
        "settings": SETTINGS,
    }  # fmt: skip
    return Manifest.model_validate(given | values)


def run(name: str, marks: Sequence[Mark] = (), observed: Any = None, **values: Any) -> Run:
    """Ten cases with one nugget each, held by the encoder, and one statement that is carried."""
    seen = observed or {"nuggets": [0.9], "support": [{"together": 0.9, "alone": [0.9]}]}
    pairs = [
        pair(f"q{at}", {"evidence": [gold(FEE)], "nuggets": [{"text": "forty crowns"}]},
             {**cited(FEE), "observed": seen})
        for at in range(10)
    ]  # fmt: skip
    cases, outcomes = zip(*pairs, strict=True)
    return Run(Path(name), manifest(name, **values), cases, outcomes, tuple(marks))


def no(field: str, *cases: int) -> list[Mark]:
    return [Mark("r", f"q{at}", "ours", field, "no", "Ada") for at in cases]


def test_a_gate_and_a_baseline_know_no_marks() -> None:
    marked = run("marked", [*no("nugget_1", *range(10)), *no("answers_question", 3)])
    assert marked.scores()["q3"] == {"nuggets": 0.0, "answers_question": 0.0, "alce_recall": 1.0}
    assert scored(marked).scores["q3"] == {
        "nuggets": 1.0, "answers_question": None, "alce_recall": 1.0,
    }  # fmt: skip


def test_marks_in_one_of_two_runs_make_no_regression_and_are_told() -> None:
    marked = run("after", no("nugget_1", *range(10)))
    found, remark = compare_sides(Side(run("before")), Side(marked))
    assert {each.metric: each.difference for each in found.differences} == {
        "nuggets": 0.0, "alce_recall": 0.0,
    }  # fmt: skip
    assert remark == (
        "Judged differently, which may be all that changed: marks by hand: 0 in before, 10 in "
        "after, of which none count."
    )
    assert render_comparison(found, remark).splitlines()[2] == remark


def test_marks_on_the_same_things_count_in_both_runs() -> None:
    before = run("before", no("nugget_1", 0, 1))
    after = run("after", [Mark("r", "q0", "ours", "nugget_1", "yes"), *no("nugget_1", 1, 2, 3)])
    found, remark = compare_sides(Side(before), Side(after), ["nuggets"])
    (nuggets,) = found.differences
    assert (nuggets.base, nuggets.new) == (0.8, 0.9)
    assert "2 in before, 4 in after, of which only the 2 on the same things count" in remark
    assert compare_sides(Side(before), Side(before))[1] == ""


def test_another_judge_encoder_or_checker_is_told() -> None:
    judged = {
        "nuggets": [0.9], "judged_nuggets": [False], "judged": {"answer": 0.5},
        "support": [{"together": 0.9, "alone": [0.9]}],
    }  # fmt: skip
    other = {"ours": {"embedding": {"model": "large"}, "check": {"model": "nli/base"}}}
    before = run("before")
    after = run("after", observed=judged, settings=other,
                judge={"model": "openai:m"}, prompts={"judge-answer": "x"})  # fmt: skip
    remark = compare_sides(Side(before), Side(after))[1]
    assert "nuggets by the encoder small in before, by the judge openai:m (prompts " in remark
    assert (
        "support by the built-in checker with the encoder small in before, by the checker base in "
        "after" in remark
    )
    again = run("again", observed=judged, settings=other,
                judge={"model": "openai:m"}, prompts={"judge-answer": "y"})  # fmt: skip
    assert "answers by the judge openai:m (prompts " in compare_sides(Side(after), Side(again))[1]


def test_both_runs_are_scored_by_the_metrics_of_the_second() -> None:
    found, _ = compare_sides(Side(run("before", metrics=["cited"])), Side(run("after")))
    assert [each.metric for each in found.differences] == ["nuggets", "alce_recall"]
    asked, _ = compare_sides(Side(run("before")), Side(run("after")), ["cited"])
    assert [(each.metric, each.base) for each in asked.differences] == [("cited", 1.0)]


def test_kappa_stands_beside_what_it_is_about() -> None:
    judged = {"nuggets": [0.9], "judged_nuggets": [True], "judged": {"answer": 1.0}}
    names = (*METRICS, "judged:support")
    unmarked = run("unmarked", observed=judged, metrics=names)
    assert agreement_by_metric(unmarked) == {
        "judged:support": "by the judge: not held against marks by hand",
        "nuggets": "nuggets by the judge: not held against marks by hand",
        "answers_question": "answers by the judge: not held against marks by hand",
    }
    marks = [*no("nugget_1", 0), Mark("r", "q1", "ours", "nugget_1", "yes"), *no("supported_1", 0)]
    told = agreement_by_metric(run("marked", marks, judged, metrics=names))["nuggets"]
    assert told.startswith("nuggets by the judge: 50% of 2 marks agree, Cohen's kappa 0.00")
    reported = summarise(run("marked", marks))
    assert reported.agreement["alce_recall"] == (
        "support by the checker: 0% of 1 marks agree, Cohen's kappa 0.00"
    )
    assert (
        "alce_recall: support by the checker: 0% of 1 marks agree, Cohen's kappa 0.00"
        in render_summary(reported).splitlines()
    )


@pytest.mark.parametrize(
    "other",
    [
        {"limit": 5}, {"only": ["why"]}, {"chosen": ["q1"]}, {"changes": {"answer": {"x": 1}}},
        {"predictions": "ab"}, {"cases_sha256": "c2"}, {"suite": "other"}, {"finished": None},
        {"started": "2026-11-24T09:00:01"},
    ],
)  # fmt: skip
def test_no_other_run_is_a_past(other: dict[str, Any]) -> None:
    now, before = manifest("now"), manifest("before", started="2026-11-23T09:00:00")
    unlike = manifest("unlike", **({"started": "2026-11-23T08:00:00"} | other))
    assert earlier_runs(now, [unlike, before, now]) == [before]


def test_a_past_is_of_thirty_runs_the_newest() -> None:
    runs = [manifest(f"run-{at}", started=f"2026-11-23T09:{at:02}:00") for at in range(40)]
    assert [each.name for each in earlier_runs(manifest("now"), runs)][::29] == ["run-10", "run-39"]


def test_what_differs_between_two_runs_is_said(tmp_path: Path) -> None:
    def side(name: str, top_k: int, code: str, text: str) -> Side:
        settings = {"ours": {"retrieval": {"top_k": top_k, "rerank": True}}}
        made = manifest(name, settings=settings, code={"sha256": code}, index={"ours": "1"})
        outcome = Outcome(case_id="a", status="answered", text=text)
        return Side(Run(tmp_path, made, (Case(id="a", question="Fees?"),), (outcome,)))

    same = side("one", 8, "abc", "Five.")
    assert made_differently(same, side("two", 8, "abc", "Five.")) == ""
    assert made_differently(same, side("two", 12, "def", "Six.")) == (
        "retrieval.top_k 8 -> 12, other code; 1 of 1 answers have other words"
    )
