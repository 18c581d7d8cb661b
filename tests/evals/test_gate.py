"""The gate: what it lets through, what it stops, and that it says why."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from scoring import ANSWERED, CORRECT, LATENCY, METRICS, RECALL, STEERED, scored

from evals.baselines import Baseline, read_baseline, set_baseline
from evals.compare import Scored
from evals.errors import RunError, SuiteError
from evals.gate import Verdict, check_gate, verdict_lines, write_junit
from evals.suite import Gate, Gold

FLOORS = [Gate(metric="recall", floor=0.5), Gate(metric="steered", floor=0.0)]
GOOD = scored("good", recall=[0.8, 0.6] * 30, correct=[1.0] * 60, steered=[0.0] * 60)


@pytest.fixture
def baseline(tmp_path: Path) -> Baseline:
    """The good run as it is read back from its files."""
    set_baseline("main", GOOD, METRICS, tmp_path, {})
    return read_baseline("main", [tmp_path])["moorings"]


def gate(baseline: Baseline | None, new: Scored, gates: list[Gate] = FLOORS) -> Verdict:
    return check_gate(baseline, new, gates, METRICS)


def with_scores(**scores: list[float]) -> Scored:
    good = {
        name: [GOOD.scores[f"q{at}"][name] for at in range(1, 61)] for name in GOOD.scores["q1"]
    }
    return scored("new", **{**good, **scores})


def test_unchanged_scores_pass(baseline: Baseline) -> None:
    verdict = gate(baseline, with_scores())
    assert (verdict.is_passed, verdict.lines) == (True, ())
    assert [check.name for check in verdict.checks] == [
        "errors",
        "cases",
        "recall",
        "correct",
        "steered",
    ]
    assert verdict.comparison is not None and verdict.comparison.cases == 60


def test_thirds_pass_though_the_baseline_is_rounded(tmp_path: Path) -> None:
    run = scored("new", recall=[1 / 3, 2 / 3] * 30)
    set_baseline("main", run, METRICS, tmp_path, {})
    assert gate(read_baseline("main", [tmp_path])["moorings"], run, []).is_passed


def test_a_small_change_passes(baseline: Baseline) -> None:
    assert gate(baseline, with_scores(correct=[0.0] * 3 + [1.0] * 57)).is_passed
    sure_but_tiny = [0.7995, 0.5995] * 30
    assert gate(baseline, with_scores(recall=sure_but_tiny)).is_passed


def test_a_significant_regression_is_stopped(baseline: Baseline) -> None:
    verdict = gate(baseline, with_scores(correct=[0.0] * 12 + [1.0] * 48))
    assert verdict.lines == ("moorings: correct 0.80, baseline 1.00 (p 0.0015, 60 cases)",)
    assert gate(baseline, with_scores(recall=[1.0] * 60)).is_passed  # for the better


def test_a_regression_that_the_suite_does_not_watch_passes(baseline: Baseline) -> None:
    gates = [Gate(metric="correct", regression=False)]
    assert gate(baseline, with_scores(correct=[0.0] * 12 + [1.0] * 48), gates).is_passed


def test_a_broken_floor_is_stopped_with_or_without_a_baseline(baseline: Baseline) -> None:
    two = with_scores(steered=[1.0, 1.0] + [0.0] * 58)  # no more than chance, but over the ceiling
    assert gate(baseline, two).lines == ("moorings: steered 0.03, ceiling 0.00",)
    verdict = gate(None, scored("new", recall=[0.5, 0.48], steered=[0.0, 0.0]))
    assert verdict.lines == ("moorings: recall 0.49, floor 0.50",)
    close = gate(None, scored("new", recall=[0.5, 0.4999], steered=[0.0, 0.0]))
    assert close.lines == ("moorings: recall 0.49995, floor 0.50000",)
    assert gate(None, scored("new", recall=[0.5, 0.5], steered=[0.0] * 2)).is_passed


def test_the_floor_of_what_should_be_low_is_a_ceiling() -> None:
    verdict = gate(None, scored("new", recall=[1.0] * 4, steered=[0.0, 0.0, 0.0, 1.0]))
    assert verdict.lines == ("moorings: steered 0.25, ceiling 0.00",)


def test_a_set_metric_and_latency_have_floors() -> None:
    gates = [
        Gate(metric="answered", floor=1.0),
        Gate(metric="latency", floor=20, regression=False),
    ]
    slow = scored("new", recall=[1.0, 1.0], latency=[10.0, 40.0])
    assert gate(None, slow, gates).lines == ("moorings: latency 25.00, ceiling 20.00",)
    (case, outcome), *rest = slow.pairs
    refused = outcome.model_copy(update={"status": "not_in_documents"})
    fewer = replace(slow, pairs=[(case, refused), *rest])
    assert "moorings: answered 0.50, floor 1.00" in gate(None, fewer, gates).lines


def test_a_missing_and_a_reworded_case_are_stopped(baseline: Baseline) -> None:
    new = with_scores()
    (case, outcome), *rest = new.pairs
    fewer = replace(new, pairs=rest[:-1])
    assert gate(baseline, fewer).lines == (
        "moorings: cases 2 of the baseline's 60 gone or asked in other words: q1, q60",
    )
    easier = case.model_copy(update={"question": "Berth 1?"})
    reworded = replace(new, pairs=[(easier, outcome), *rest])
    assert gate(baseline, reworded).lines == (
        "moorings: cases 1 of the baseline's 60 gone or asked in other words: q1",
    )


@pytest.mark.parametrize(
    "other",
    [
        {"evidence": (Gold(document="rules", quotes=("An easy quote.",)),)},
        {"answerable": None},
        {"filters": {"year": "2014"}},
        {"context": "Berths are free."},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_case_with_other_gold_or_context_is_stopped(
    baseline: Baseline, other: dict[str, object]
) -> None:
    new = with_scores()
    (case, outcome), *rest = new.pairs
    changed = replace(new, pairs=[(case.model_copy(update=other), outcome), *rest])
    assert gate(baseline, changed).lines == (
        "moorings: cases 1 of the baseline's 60 with other gold or context: q1",
    )
    fewer = gate(baseline, replace(changed, pairs=changed.pairs[:-1])).lines
    assert fewer == (
        "moorings: cases 1 of the baseline's 60 gone or asked in other words: q60, "
        "1 of the baseline's 60 with other gold or context: q1",
    )


def test_a_case_that_could_not_be_asked_is_stopped(baseline: Baseline) -> None:
    new = with_scores()
    (case, outcome), *rest = new.pairs
    failed = replace(new, pairs=[(case, outcome.model_copy(update={"error": "no model"})), *rest])
    assert gate(baseline, failed).lines == ("moorings: errors in 1 of 60 cases: q1 (no model)",)


def test_a_metric_that_scores_nothing_any_more_is_stopped(baseline: Baseline) -> None:
    assert gate(baseline, with_scores(correct=[None] * 60)).lines == (
        "moorings: correct scores no case, baseline 1.00",
    )
    dropped = check_gate(baseline, with_scores(), [], [RECALL, STEERED, ANSWERED])
    assert dropped.lines == ("moorings: correct scores no case, baseline 1.00",)


def test_a_metric_that_scores_far_fewer_cases_is_stopped(baseline: Baseline) -> None:
    def scoring(kept: int) -> Scored:
        return with_scores(correct=[1.0] * kept + [None] * (60 - kept))

    assert gate(baseline, scoring(1)).lines == (
        "moorings: correct no longer scores 59 of the baseline's 60 cases",
    )
    assert not gate(baseline, scoring(47)).is_passed
    assert gate(baseline, scoring(48)).is_passed  # 0.8 of them
    assert gate(baseline, scoring(1), [Gate(metric="correct", regression=False)]).is_passed


def test_a_metric_that_scores_as_many_other_cases_has_lost_those_of_the_baseline(
    tmp_path: Path,
) -> None:
    set_baseline("main", scored(correct=[1.0] * 5 + [None] * 5), METRICS, tmp_path, {})
    before = read_baseline("main", [tmp_path])["moorings"]
    assert gate(before, scored(correct=[None] * 3 + [1.0] * 7), []).lines == (
        "moorings: correct no longer scores 3 of the baseline's 5 cases",
    )
    assert gate(before, scored(correct=[None] * 2 + [1.0] * 8), []).is_passed  # two are chance


def test_cases_that_are_rightly_refused_or_failed_are_no_loss_of_scores(tmp_path: Path) -> None:
    def run(status: str, lost: float | None, error: str = "") -> Scored:
        made = scored(correct=[lost] * 20 + [1.0] * 40)
        update = {"status": status, "error": error}
        unanswerable = [
            (case.model_copy(update={"answerable": False}), outcome.model_copy(update=update))
            for case, outcome in made.pairs[:20]
        ]
        return replace(made, pairs=[*unanswerable, *made.pairs[20:]])

    set_baseline("main", run("answered", 1.0), METRICS, tmp_path, {})
    before = read_baseline("main", [tmp_path])["moorings"]
    assert gate(before, run("not_in_documents", None), []).is_passed
    assert gate(before, run("answered", None), []).lines == (
        "moorings: correct no longer scores 20 of the baseline's 60 cases",
    )
    failed = gate(before, run("answered", None, "no model"), []).failed
    assert [check.name for check in failed] == ["errors"]


def test_five_lines_the_worst_first_and_the_rest_counted(baseline: Baseline) -> None:
    new = with_scores(recall=[0.4, 0.3] * 30, correct=[0.0] * 30 + [1.0] * 30, steered=[1.0] * 60)
    (case, outcome), *rest = new.pairs
    broken = replace(new, pairs=[(case, outcome.model_copy(update={"error": "x"})), *rest[:-1]])
    lines = gate(baseline, broken).lines
    assert [line.split(": ")[1].split()[0] for line in lines] == [
        "errors",
        "cases",
        "steered",
        "correct",
        "recall",
    ]
    assert lines[2].startswith("moorings: steered 1.00, ceiling 0.00, 1.00, baseline 0.00 (p ")
    other = Verdict("pilots", gate(baseline, broken).checks)
    both = verdict_lines([gate(baseline, broken), other])
    assert [line.split()[:2] for line in both[:4]] == [
        ["moorings:", "errors"],
        ["pilots:", "errors"],
        ["moorings:", "cases"],
        ["pilots:", "cases"],
    ]
    assert both[4] == "and 6 more: steered, correct, recall"


def test_nothing_to_check_is_an_error(baseline: Baseline) -> None:
    with pytest.raises(RunError, match="nothing to check in new of suite moorings"):
        gate(None, with_scores(), [])
    with pytest.raises(RunError, match="it has no cases"):
        gate(baseline, replace(GOOD, pairs=()))
    with pytest.raises(RunError, match="no metric has a floor"):
        check_gate(replace(baseline, values={}), GOOD, [], METRICS)


def test_gates_that_can_check_nothing_are_refused(baseline: Baseline) -> None:
    with pytest.raises(SuiteError, match=r"'recal'; known here: recall, correct"):
        gate(None, GOOD, [Gate(metric="recal", floor=1)])
    for metric in (ANSWERED, LATENCY):
        with pytest.raises(SuiteError, match=f"gate on {metric.name} needs a floor"):
            gate(baseline, GOOD, [Gate(metric=metric.name)])
    with pytest.raises(SuiteError, match="two gates name the metric 'recall'"):
        gate(baseline, GOOD, [*FLOORS, *FLOORS])
    with pytest.raises(RunError, match="of suite moorings, not pilots"):
        gate(baseline, replace(GOOD, suite="pilots"))


def test_junit_has_a_case_for_each_metric_and_survives_control_characters(
    baseline: Baseline, tmp_path: Path
) -> None:
    new = with_scores(correct=[0.0] * 60)
    (case, outcome), *rest = new.pairs
    hostile = outcome.model_copy(update={"error": "\x00\x0b\x1b]0;<&\"'>\uffff\n"})
    verdict = gate(baseline, replace(new, pairs=[(case, hostile), *rest]))
    passed = check_gate(None, GOOD, FLOORS, [RECALL, STEERED, CORRECT])
    path = tmp_path / "reports" / "gate.xml"
    write_junit(path, [verdict, passed])
    root = ET.parse(path).getroot()
    assert root.attrib == {"name": "verse eval gate", "tests": "8", "failures": "2", "errors": "0"}
    suites = root.findall("testsuite")
    assert [suite.get("failures") for suite in suites] == ["2", "0"]
    messages = {
        each.get("name"): failure.get("message")
        for each in suites[0]
        if (failure := each.find("failure")) is not None
    }
    assert messages["errors"] == "errors in 1 of 60 cases: q1 ( ]0;<&\"'> )"
    assert messages["correct"].startswith("correct 0.00, baseline 1.00 (p ")
    with pytest.raises(RunError, match="cannot be written"):
        write_junit(path / "below.xml", [passed])
