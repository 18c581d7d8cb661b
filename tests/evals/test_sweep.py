"""Sweeps: what a file may say, how rounds and fronts are drawn, and a small one from end to end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag.pipeline
from evals.errors import SuiteError
from evals.front import render_front, render_sweep
from evals.metrics import metrics_for
from evals.outcomes import Outcome
from evals.run import open_run
from evals.scores import Metric
from evals.suite import Case, SuiteFile
from evals.sweep import RUNS, Sweep, read_sweep, round_sizes, run_sweep
from evals.swept import Entry, Measures, Swept, judge_entries, pareto_front
from rag.embed import SentenceEmbedder
from rag.settings import load_settings
from tests.conftest import CORPUS

DOCUMENTS = ("starter-partnerships", "starter-social-integration")
QUESTIONS = {
    "chairs": (0, "Which countries co-chaired the roundtable on inclusion?",
               "Norway and Thailand were co-chairs and Pakistan was rapporteur."),
    "ecuador": (0, "Who sits at the national round table of Ecuador?",
                "Ecuador has a national round table on human mobility"),
    "mexico": (0, "With what did Mexico begin?", "Mexico began with a survey."),
    "costa-rica": (0, "What has Costa Rica linked?", "Costa Rica has linked planning and money."),
    "summit": (1, "What did heads of State take on at the World Summit for Social Development?",
               "In 1995 heads of State and Government met in Copenhagen"),
    "experts": (1, "When did the meeting of experts take place in New York?",
                "called a meeting of experts in New York from 2 to 4 November 2009."),
    "papers": (1, "When were the written papers of the experts due?",
               "About twelve experts were expected, with written papers due on 22 October."),
    "targeted": (1, "Where does a targeted programme put scarce money?",
                 "A targeted programme puts scarce money where need is greatest."),
}  # fmt: skip
SUITE = """\
name = "two-briefs"
title = "Two <briefs>"
mode = "answer"
cases = "cases.jsonl"
records = "corpus.jsonl"

[settings.answer]
min_support = {present}
"""
SWEEP = """\
name = "threshold"
suite = "two-briefs"
metric = "correct"
start = 3
seed = 7

[grid]
"answer.min_support" = [0.1, 0.99]
"""


@pytest.fixture(scope="module", autouse=True)
def one_model(embedder: SentenceEmbedder) -> Iterator[None]:
    """Every run opens its library with the model that is loaded already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.pipeline, "SentenceEmbedder", lambda *_: embedder)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite of eight questions over two briefs, whose engine refuses every question."""
    place = tmp_path_factory.mktemp("sweep")
    rows = [
        {"id": name, "title": name, "text": (CORPUS / f"{name}.md").read_text(encoding="utf-8")}
        for name in DOCUMENTS
    ]
    cases = [
        {"id": name, "question": question,
         "evidence": [{"document": DOCUMENTS[at], "quote": quote}]}
        for name, (at, question, quote) in QUESTIONS.items()
    ]  # fmt: skip
    for name, lines in (("corpus", rows), ("cases", cases)):
        (place / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    (place / "suite.toml").write_text(SUITE.format(present=1.0))
    (place / "sweep.toml").write_text(SWEEP)
    return place


def sweep_in(folder: Path, output: Path, progress: Callable[[int, int, str], None]) -> Swept:
    sweep, file = read_sweep(folder / "sweep.toml"), SuiteFile(folder / "suite.toml")
    return run_sweep(sweep, file, load_settings(folder), output, progress)


def silent(done: int, total: int, what: str) -> None:
    pass


def kept_outcomes(output: Path) -> list[tuple[str, str, float | None]]:
    """What was asked: the threshold, the case, and how long it took."""
    runs = [open_run(each.parent) for each in (output / RUNS).glob("*/run.json")]
    return [
        (str(run.manifest.settings["ours"]["answer"]["min_support"]), each.case_id,
         each.timings_ms.get("total"))
        for run in runs
        for each in run.outcomes
    ]  # fmt: skip


def test_a_planted_better_threshold_wins_and_the_front_is_drawn(folder: Path) -> None:
    swept = sweep_in(folder, folder, silent)
    winner, other = swept.tried[0], swept.tried[-1]
    assert swept.rounds == (3, 8)
    assert winner.changes == {"answer.min_support": 0.1}
    assert winner.quality is not None
    assert winner.quality >= 0.75
    assert winner.against is not None
    assert winner.against.verdict == "better"
    assert other.changes == {"answer.min_support": 0.99}
    assert (other.round, other.cases, other.quality, other.against) == (1, 3, 0.0, None)
    assert [each.is_present for each in swept.tried] == [False, True, False]
    text, page = render_sweep(swept), render_front(swept)
    assert "Best by correct: answer.min_support=0.1" in text
    assert "confirm a winner on another suite" in text
    assert "Two &lt;briefs&gt;" in page
    assert "<briefs>" not in page
    assert page.count("<svg") >= 4
    assert "http" not in page.replace("http-equiv", "")
    row = json.loads(json.dumps(swept.rows()))[0]
    assert (row["is_winner"], row["is_on_front"], row["n"], row["round"]) == (True, True, 8, 2)


def test_a_sweep_cut_off_goes_on_without_asking_again(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "libraries").symlink_to(folder / "libraries")
    told: list[tuple[int, int]] = []

    def stop_at_the_fifth(done: int, total: int, what: str) -> None:
        if done == 5:
            raise KeyboardInterrupt

    def tell(done: int, total: int, what: str) -> None:
        if done >= 0:
            told.append((done, total))

    with pytest.raises(KeyboardInterrupt):
        sweep_in(folder, tmp_path, stop_at_the_fifth)
    before = kept_outcomes(tmp_path)
    assert len(before) == 5
    sweep_in(folder, tmp_path, tell)
    after = kept_outcomes(tmp_path)
    assert set(before) <= set(after)
    assert len({each[:2] for each in after}) == len(after) == 3 * 3 + 2 * 5
    assert told[-1] == (19, 19)
    sweep_in(folder, tmp_path, silent)
    assert sorted(kept_outcomes(tmp_path)) == sorted(after)


def test_where_the_present_settings_are_best_that_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "libraries").symlink_to(folder / "libraries")
    for name in ("corpus.jsonl", "cases.jsonl"):
        (tmp_path / name).write_text((folder / name).read_text())
    (tmp_path / "suite.toml").write_text(SUITE.format(present=0.1))
    (tmp_path / "sweep.toml").write_text(SWEEP)
    swept = sweep_in(tmp_path, tmp_path, silent)
    assert len(swept.tried) == 2  # the point that is the present settings is not tried twice
    assert swept.winner.is_present
    assert "No configuration of the grid did better" in render_sweep(swept)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('"answer.min_support"', '"answer.min_suport"', "answer.min_suport"),
        ('"answer.min_support"', '"anser.min_support"', "anser"),
        ("[0.1, 0.99]", "[0.1, 1.5]", "1.5"),
        ("[0.1, 0.99]", "[]", "grid.answer.min_support"),
        ("start = 3", "begin = 3", "begin"),
        ("start = 3", "eta = 5", "eta"),
        ("[grid]", "[grid", "no TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(
    tmp_path: Path, before: str, after: str, named: str
) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP.replace(before, after))
    with pytest.raises(SuiteError, match=named) as caught:
        read_sweep(path)
    assert str(path) in str(caught.value)


def test_an_unknown_metric_and_a_latency_of_sets_are_refused(folder: Path) -> None:
    file, settings = SuiteFile(folder / "suite.toml"), load_settings(folder)
    sweep = read_sweep(folder / "sweep.toml")
    for change, named in (({"metric": "corect"}, "corect"), ({"latency": "aurc"}, "aurc")):
        with pytest.raises(SuiteError, match=named):
            run_sweep(sweep.model_copy(update=change), file, settings, folder, silent)


def test_a_grid_may_be_nested_and_all_points_are_tried() -> None:
    values = {"name": "n", "suite": "s", "metric": "cited"}
    grid = {"retrieval": {"rerank": [True, False]}, "answer.min_support": [0.3, 0.4]}
    assert list(Sweep.model_validate(values | {"grid": grid}).points()) == [
        {"retrieval.rerank": True, "answer.min_support": 0.3},
        {"retrieval.rerank": True, "answer.min_support": 0.4},
        {"retrieval.rerank": False, "answer.min_support": 0.3},
        {"retrieval.rerank": False, "answer.min_support": 0.4},
    ]


def test_the_shipped_sweep_can_be_read() -> None:
    path = Path(read_sweep.__code__.co_filename).parent / "sweeps" / "retrieval.toml"
    assert len(list(read_sweep(path).points())) == 16


@pytest.mark.parametrize(
    ("cases", "start", "eta", "sizes"),
    [
        (126, 16, 2, (16, 32, 64, 126)),
        (66, 8, 2, (8, 16, 32, 66)),
        (100, 10, 3, (10, 30, 100)),
        (5, 16, 2, (5,)),
    ],
)
def test_rounds_grow_to_the_whole_suite(
    cases: int, start: int, eta: int, sizes: tuple[int, ...]
) -> None:
    assert round_sizes(cases, start, eta) == sizes


@given(st.integers(1, 5000), st.integers(1, 300), st.sampled_from([2, 3]))
def test_each_round_is_larger_and_the_last_is_all(cases: int, start: int, eta: int) -> None:
    sizes = round_sizes(cases, start, eta)
    assert sizes[-1] == cases
    assert all(before < after for before, after in pairwise((0, *sizes)))


def test_the_front_holds_what_nothing_beats() -> None:
    points = [(100.0, 0.8), (50.0, 0.7), (120.0, 0.8), (60.0, 0.7), (200.0, 0.9), (50.0, 0.7)]
    assert pareto_front(points) == [0, 1, 4, 5]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30))
def test_what_is_not_on_the_front_is_beaten_by_one_that_is(points: list[tuple[int, int]]) -> None:
    front = pareto_front(points)
    for at, (cost, quality) in enumerate(points):
        beaten = any(points[f][0] <= cost and points[f][1] >= quality for f in front)
        assert beaten
        assert (at in front) == (not any(
            c <= cost and q >= quality and (c, q) != (cost, quality) for c, q in points
        ))  # fmt: skip


def entry(threshold: float, right: int, rounds: int, cases: int = 6) -> Entry:
    """A configuration of which so many of the refusals asked for came; 0 is the present one."""
    quality, latency = metrics_for("answer", ["correct", "total_ms"])
    assert isinstance(latency, Metric)
    made = Entry({"answer.min_support": threshold} if threshold else {}, Measures(quality, latency))
    for number in range(rounds):
        made.add(
            [
                (
                    Case(id=f"{number}-{at}", question="How many?", answerable=False),
                    Outcome(
                        case_id=f"{number}-{at}",
                        status="not_in_documents" if at < right else "answered",
                        timings_ms={"total": 10.0 + at},
                    ),
                )
                for at in range(cases)
            ]
        )
    return made


def test_a_winner_is_held_to_the_size_of_the_grid() -> None:
    """Six of six gained is p = 2/64 alone; as one of ten that were tried it is no finding."""
    alone = judge_entries([entry(0, 0, 1), entry(0.5, 6, 1)], seed=0)
    assert alone[0].against is not None
    assert alone[0].against.p_adjusted == pytest.approx(2 / 64)
    assert alone[0].against.verdict == "better"
    assert (alone[0].quality, alone[0].latency, alone[0].n) == (1.0, 12.5, 6)
    dropped = [entry(0.1 * n, 0, 1, cases=3) for n in range(1, 10)]
    tried = [entry(0, 0, 2, cases=3), entry(0.95, 3, 2, cases=3), *dropped]
    many = judge_entries(tried, seed=0)
    assert many[0].changes == {"answer.min_support": 0.95}
    assert many[0].against is not None
    assert many[0].against.p_adjusted == pytest.approx(20 / 64)
    assert many[0].against.verdict == "no detectable difference"
    swept = Swept("t", "T", Measures(*metrics_for("answer", ["correct", "total_ms"])), (3, 6), many)
    assert "There is no detectable difference from the present settings" in render_sweep(swept)
