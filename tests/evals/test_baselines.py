"""Baselines: what is kept, that equal input gives equal bytes, and that broken ones are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from scoring import METRICS, scored

from evals.baselines import list_baselines, read_baseline, set_baseline
from evals.compare import Scored, compare_runs, given_hash
from evals.errors import RunError
from evals.side_by_side import render_comparison
from evals.suite import Case

RUN = scored("2026-03-07", recall=[1 / 3, None], correct=[1.0, 0.0], latency=[9.1, 8.2])


def cited(run: Scored, quote: str) -> Scored:
    pairs = [
        (
            case,
            outcome.model_copy(
                update={"citations": (outcome.citations[0].model_copy(update={"quote": quote}),)}
            ),
        )
        for case, outcome in run.pairs
    ]
    return replace(run, pairs=pairs)


def test_what_is_written(tmp_path: Path) -> None:
    place = set_baseline("main", RUN, METRICS, tmp_path, {"version": "0.1.0"})
    assert place == tmp_path / "main" / "moorings"
    assert sorted(each.name for each in place.iterdir()) == ["run.json", "scores.jsonl"]
    head = json.loads((place / "run.json").read_text())
    assert head.pop("scores_sha256")
    assert head == {
        "suite": "moorings",
        "cases": 2,
        "about": {"version": "0.1.0"},
        "values": {"answered": 1.0, "correct": 0.5, "recall": 0.333333},
    }
    assert json.loads((place / "scores.jsonl").read_text().splitlines()[0]) == {
        "case_id": "q1",
        "question": "What is berth 1?",
        "given": given_hash(Case(id="x")),
        "system": "ours",
        "status": "answered",
        "scores": {"correct": 1.0, "recall": 0.333333},
        "cited": [{"document_id": "rules", "page": 4, "quote": "Berth of q1."}],
    }


def test_equal_input_gives_equal_bytes_in_any_order_and_at_any_speed(tmp_path: Path) -> None:
    other = replace(RUN, name="2026-03-08", pairs=RUN.pairs[::-1])
    slower = {each: {**row, "latency": 99.0} for each, row in RUN.scores.items()}
    first = set_baseline("a", RUN, METRICS, tmp_path, {})
    second = set_baseline("b", replace(other, scores=slower), METRICS, tmp_path, {})
    for name in ("run.json", "scores.jsonl"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_read_back_it_compares_and_shows_what_was_cited(tmp_path: Path) -> None:
    set_baseline("main", cited(RUN, "Of berths\x1b " + "and piers " * 20), METRICS, tmp_path, {})
    baseline = read_baseline("main", [tmp_path])["moorings"]
    new = scored("new", recall=[1 / 3, 0.2], correct=[0.0, 0.0])
    comparison = compare_runs(baseline.scored, new, METRICS)
    assert [each.metric for each in comparison.differences] == ["recall", "correct"]
    assert comparison.flips[0].case_id == "q1"
    shown = render_comparison(comparison)
    assert "moorings: baseline main -> new, 2 cases" in shown
    assert '"Of berths and piers' in shown


def test_a_long_context_is_kept_as_a_hash(tmp_path: Path) -> None:
    (case, outcome), *rest = RUN.pairs
    claim = case.model_copy(update={"claim": "Berths are free.", "context": "Of berths. " * 1000})
    place = set_baseline(
        "main", replace(RUN, pairs=[(claim, outcome), *rest]), METRICS, tmp_path, {}
    )
    assert (place / "scores.jsonl").stat().st_size < 1000
    kept = read_baseline("main", [tmp_path])["moorings"].scored
    assert kept.given == {"q1": given_hash(claim), "q2": given_hash(rest[0][0])}
    assert kept.pairs[0][0].context == ""


def test_a_later_folder_and_a_later_setting_win(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    set_baseline("main", RUN, METRICS, shipped, {})
    set_baseline("main", replace(RUN, suite="pilots"), METRICS, shipped, {})
    set_baseline("main", scored(recall=[0.1]), METRICS, own, {})
    set_baseline("main", scored(recall=[0.2]), METRICS, own, {})
    found = read_baseline("main", [shipped, own])
    assert {suite: each.values["recall"] for suite, each in found.items()} == {
        "moorings": 0.2,
        "pilots": 0.333333,
    }
    assert list_baselines([shipped, own]) == {"main": ["moorings", "pilots"]}


@pytest.mark.parametrize("name", ["", "..", "a/b", "Main", ".a", "x" * 65, "a\n"])
def test_names_that_cannot_be_folders_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="a baseline cannot be called"):
        set_baseline(name, RUN, METRICS, tmp_path, {})
    with pytest.raises(RunError, match="a baseline cannot be called"):
        read_baseline(name, [tmp_path])
    with pytest.raises(RunError, match="a baseline cannot be called"):
        set_baseline("main", replace(RUN, suite=name), METRICS, tmp_path, {})


def test_a_run_with_errors_or_without_cases_cannot_be_one(tmp_path: Path) -> None:
    (case, outcome), *rest = RUN.pairs
    failed = replace(RUN, pairs=[(case, outcome.model_copy(update={"error": "x"})), *rest])
    with pytest.raises(RunError, match="case q1 could not be asked"):
        set_baseline("main", failed, METRICS, tmp_path, {})
    with pytest.raises(RunError, match="it has no cases"):
        set_baseline("main", replace(RUN, pairs=()), METRICS, tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_unknown_and_broken_baselines_are_named(tmp_path: Path) -> None:
    place = set_baseline("main", RUN, METRICS, tmp_path, {})
    with pytest.raises(RunError, match="no baseline 'mian'; known: main"):
        read_baseline("mian", [tmp_path, tmp_path / "none"])
    rows = (place / "scores.jsonl").read_text()
    (place / "scores.jsonl").write_text(rows.replace("0.333333", "0.9"))
    with pytest.raises(RunError, match="is not the file that run"):
        read_baseline("main", [tmp_path])
    (place / "scores.jsonl").write_text("{}\n")
    with pytest.raises(RunError, match=r"is broken: case_id.*; set the baseline again"):
        read_baseline("main", [tmp_path])
    (place / "scores.jsonl").unlink()
    with pytest.raises(RunError, match="cannot be read"):
        read_baseline("main", [tmp_path])


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "main").write_text("a file")
    with pytest.raises(RunError, match="baseline main cannot be written to"):
        set_baseline("main", RUN, METRICS, tmp_path, {})
