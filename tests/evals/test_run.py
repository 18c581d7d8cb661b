"""Runs over two of the starter briefs: asked, observed, kept, resumed, scored again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import ir_measures
import pytest
from ir_measures import RR, nDCG

import evals.judging
import rag.pipeline
from evals.errors import RunError, SuiteError
from evals.pages import PageReader
from evals.run import OUTCOMES, Run, case_row, find_run, list_runs, open_run
from evals.runner import Options, run_suite
from evals.suite import SuiteFile
from rag.embed import SentenceEmbedder
from rag.ports import Completion
from rag.settings import load_settings

CORPUS = Path(__file__).parents[2] / "corpus"
SUITE = """
name = "two-briefs"
mode = "answer"
cases = "cases.jsonl"
documents = ["{corpus}/starter-health-access.pdf", "{corpus}/starter-education.md"]
catalogue = "{corpus}/catalogue.toml"
"""
RULES = "The law may tie care to a residence permit, to nationality or to a minimum length of stay."
CASES = [
    {
        "id": "rules",
        "question": "What formal rules keep migrants away from health care?",
        "kind": "guiding",
        "evidence": [{"document": "starter-health-access", "quotes": [RULES], "page": 2}],
        "nuggets": [{"text": "The law may tie care to a residence permit"}],
    },
    {
        "id": "minors",
        "question": "Up to which age do children in Sweden get free health care without papers?",
        "kind": "factoid",
        "evidence": [
            {"document": "starter-health-access", "quotes": ["all children under 18 receive"]}
        ],
        "answers": ["under 18"],
    },
    {
        "id": "follow-up",
        "question": "And how are women affected?",
        "kind": "follow-up",
        "history": ["What formal rules keep migrants away from health care?"],
        "evidence": [
            {
                "document": "starter-health-access",
                "quotes": ["In some settings women and girls need the consent of a husband"],
            }
        ],
    },
    {"id": "moon", "question": "Who owns the Moon?", "kind": "unanswerable", "answerable": False},
    {"id": "unclear", "question": "What about it?", "kind": "unclear", "answerable": None},
]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the library of the two briefs is made, once."""
    return tmp_path_factory.mktemp("libraries")


@pytest.fixture
def run_in(
    tmp_path: Path, libraries: Path, monkeypatch: pytest.MonkeyPatch, embedder: SentenceEmbedder
) -> Callable[..., Run]:
    """Runs the suite in a folder of its own, with the one model of the session."""
    monkeypatch.setattr(rag.pipeline, "SentenceEmbedder", lambda *_: embedder)
    (tmp_path / "evals").mkdir()
    (tmp_path / "evals" / "libraries").symlink_to(libraries)
    (tmp_path / "suite.toml").write_text(SUITE.format(corpus=CORPUS))
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, CASES)))

    def run(progress: Callable[[int, int, str], None] = lambda *_: None, **options: object) -> Run:
        file = SuiteFile(tmp_path / "suite.toml")
        settings = load_settings(tmp_path / "data")
        return run_suite(file, settings, Options(**options), tmp_path / "evals", progress)

    return run


def test_a_run_asks_observes_scores_and_keeps_everything(
    run_in: Callable[..., Run], tmp_path: Path
) -> None:
    run = run_in(name="first")
    assert open_run(tmp_path / "evals" / "runs" / "first") == run
    manifest = run.manifest
    assert (manifest.suite, manifest.mode, manifest.systems) == ("two-briefs", "answer", ("ours",))
    assert manifest.finished is not None
    assert manifest.settings["ours"]["retrieval"]["rerank"] is True
    assert "judge" in manifest.settings["ours"] and "base_url" not in str(manifest.settings)
    statuses = [outcome.status for _, outcome in run.pairs()]
    assert statuses[3:] == ["not_in_documents", "needs_clarification"]
    scores = run.scores()
    assert scores["rules"]["recall@8"] == scores["rules"]["cited"] == 1.0
    assert scores["rules"]["page_correct"] == scores["rules"]["verbatim"] == 1.0
    assert scores["rules"]["counterfactual"] == 1.0
    assert scores["minors"]["correct"] == 1.0
    assert scores["moon"]["refusal_recall"] == 1.0
    assert scores["moon"]["cited"] is None
    assert [path.name for path in sorted(run.folder.iterdir())] == [
        "cases.jsonl", "ours.run", "outcomes.jsonl", "qrels.txt", "run.json", "scores.jsonl",
    ]  # fmt: skip
    with pytest.raises(RunError, match="run first is finished; give another --name"):
        run_in(name="first")


def test_a_run_that_is_cut_off_goes_on_where_it_stopped(
    run_in: Callable[..., Run], tmp_path: Path
) -> None:
    def stop(done: int, total: int, what: str) -> None:
        if what == "ours" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in(progress=stop, seed=4)
    (begun,) = list_runs(tmp_path / "evals" / "runs")
    assert begun.finished is None
    outcomes = tmp_path / "evals" / "runs" / begun.name / OUTCOMES
    kept = outcomes.read_text()
    assert len(kept.splitlines()) == 3
    outcomes.write_text(kept + '{"case_id": "moon", "sta')  # as a killed process leaves it

    asked: list[int] = []
    done = run_in(progress=lambda done, total, what: asked.append(done), seed=4)
    assert done.manifest.name == begun.name
    assert asked[-2:] == [4, 5]
    assert [outcome.case_id for outcome in done.outcomes] == [str(case["id"]) for case in CASES]
    assert done.outcomes[:3] == tuple(open_run(done.folder).outcomes[:3])
    whole = run_in(name="undisturbed")
    assert [without_times(each) for each in whole.outcomes] == [
        without_times(each) for each in done.outcomes
    ]
    other = run_in(name="other", changes={"answer": {"min_support": 1.0}})
    assert [outcome.status for outcome in other.outcomes][:4] == ["not_in_documents"] * 4


def without_times(outcome: object) -> dict[str, object]:
    row: dict[str, object] = outcome.model_dump()  # type: ignore[attr-defined]
    return {k: v for k, v in row.items() if k not in ("timings_ms", "peak_memory_mb")}


def test_what_another_system_said_is_held_against_the_documents(
    run_in: Callable[..., Run], tmp_path: Path
) -> None:
    run = run_in(name="first")
    scores = run.scores()
    rows = [case_row(case, outcome, scores[case.id]) for case, outcome in run.pairs()]
    assert list(rows[0])[:4] == ["id", "kind", "answerable", "system"]
    altered = json.loads(json.dumps(rows))
    for citation in altered[0]["citations"]:
        citation["page"] += 1
    first = altered[1]["citations"][0]
    first["quote"] = first["quote"].replace("18", "16")
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, altered)))
    found = run_in(name="altered", predictions=path).scores()
    assert scores["rules"]["page_correct"] == 1.0
    assert found["rules"]["page_correct"] == 0.0
    assert scores["minors"]["verbatim"] == 1.0
    assert found["minors"]["verbatim"] == 0.0
    assert found["rules"]["verbatim"] == found["minors"]["page_correct"] == 1.0
    path.write_text(json.dumps(altered[0]))
    with pytest.raises(RunError, match="has no row for 4 of 5 cases: minors, follow-up, moon"):
        run_in(name="lacking", predictions=path)


def test_a_gold_quote_that_is_not_there_stops_the_run(
    run_in: Callable[..., Run], tmp_path: Path
) -> None:
    gold = {"document": "starter-education", "quotes": ["no such words"]}
    (tmp_path / "cases.jsonl").write_text(
        json.dumps({"id": "x9", "question": "?", "evidence": [gold]})
    )
    with pytest.raises(SuiteError, match="case x9: the gold quote 'no such words' is not in"):
        run_in()


class Obliging:
    """A chat model that says yes to everything it is asked about, and counts."""

    name = "scripted"

    def __init__(self) -> None:
        self.asked = 0

    def complete(self, system: str, user: str) -> Completion:
        self.asked += 1
        keys = ("1", "grade", "supported")
        verdict = dict.fromkeys(keys, "yes") | {"grade": "part"}
        name = "1" if "facts" in system.lower() and "grade" not in system else "grade"
        key = "supported" if '"supported"' in system else name
        return Completion(json.dumps({key: verdict[key]}), 10, 2)


def test_a_judge_adds_its_verdicts_and_what_they_cost(
    run_in: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Obliging()
    monkeypatch.setattr(evals.judging, "open_model", lambda role, settings: model)
    wanted = ("nuggets", "judged:answer", "judged:support", "total_ms")
    judge = {"judge": {"model": "openai:scripted"}}
    options = {"metrics": wanted, "cases": ("rules",), "changes": judge}
    run = run_in(name="judged", **options)
    (scores,) = run.scores().values()
    assert (scores["nuggets"], scores["judged:answer"], scores["judged:support"]) == (1, 0.5, 1)
    asked = model.asked
    assert run.manifest.judge["requests"] == asked >= 3
    assert run.manifest.judge["prompt_tokens"] == 10 * asked
    assert run.manifest.judge["unscored"] == 0
    assert set(run.manifest.prompts) >= {"judge-nuggets", "judge-answer", "judge-support"}
    again = run_in(name="again", **options)
    assert model.asked == asked, "verdicts are kept"
    assert again.manifest.judge["kept_replies"] == asked
    with pytest.raises(SuiteError, match=r"'judged:answer' needs a judge; set judge\.model"):
        run_in(name="nobody", metrics=wanted)


def test_a_run_is_for_one_process_at_a_time(run_in: Callable[..., Run], tmp_path: Path) -> None:
    def again(done: int, total: int, what: str) -> None:
        if what == "ours" and done == 1:
            with pytest.raises(RunError, match="run twice is under way in another process"):
                run_in(name="twice")

    assert len(run_in(progress=again, name="twice").outcomes) == 5


def test_several_processes_give_what_one_gives(run_in: Callable[..., Run]) -> None:
    alone, together = run_in(name="alone"), run_in(name="together", workers=2)
    assert [without_times(each) for each in together.outcomes] == [
        without_times(each) for each in alone.outcomes
    ]


def test_exported_runs_give_the_same_figures_in_another_tool(run_in: Callable[..., Run]) -> None:
    run = run_in(name="first", limit=3)
    qrels = list(ir_measures.read_trec_qrels(str(run.folder / "qrels.txt")))
    ranking = list(ir_measures.read_trec_run(str(run.folder / "ours.run")))
    by_hand = {
        (str(each.measure), each.query_id): each.value
        for each in ir_measures.iter_calc([nDCG @ 10, RR @ 10], qrels, ranking)
    }
    scores = run.scores(names=("ndcg@10", "mrr@10"))
    assert len(by_hand) == 6
    for case_id, found in scores.items():
        assert found["ndcg@10"] == pytest.approx(by_hand["nDCG@10", case_id], abs=1e-4)
        assert found["mrr@10"] == pytest.approx(by_hand["RR@10", case_id], abs=1e-4)


def test_scores_are_those_of_the_shared_yardstick(
    run_in: Callable[..., Run], shared: Path, tmp_path: Path
) -> None:
    run = run_in(name="first")
    scores = run.scores()
    gold = [
        {
            "answerable": True,
            **case,
            "evidence": [
                {"doc": each["document"], "quote": each["quotes"][0]}  # type: ignore[index]
                for each in case.get("evidence", ())  # type: ignore[attr-defined]
            ],
        }
        for case in CASES[:4]
    ]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, gold)))
    rows = [case_row(case, outcome, scores[case.id]) for case, outcome in run.pairs()]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = [sys.executable, shared / "evals" / "score.py", "gold.jsonl", "rows.jsonl"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    yardstick = json.loads(ended.stdout)
    theirs = {
        "recall@8": "recall@8", "hit@1": "hit@1", "cited": "cited",
        "citation_recall": "citation_recall", "refusal_recall": "refused_unanswerable",
        "refused_answerable": "refused_answerable",
    }  # fmt: skip
    for ours, name in theirs.items():
        values = [each[ours] for each in scores.values() if each[ours] is not None]
        assert sum(values) / len(values) == pytest.approx(yardstick[name], abs=1e-4), ours


def test_a_run_is_found_by_name_and_the_newest_by_suite(
    run_in: Callable[..., Run], tmp_path: Path
) -> None:
    run = run_in(name="first", limit=1)
    runs = tmp_path / "evals" / "runs"
    assert find_run(runs, "latest:two-briefs") == find_run(runs, str(run.folder)) == run
    with pytest.raises(RunError, match=r"there is no run 'frist'; the newest are: first"):
        find_run(runs, "frist")


def test_a_second_reader_finds_the_page_of_a_quote() -> None:
    reader = PageReader({"health": CORPUS / "starter-health-access.pdf", "text": CORPUS / "x.md"})
    assert reader.is_on_page("health", RULES, 2) is True
    assert reader.is_on_page("health", RULES, 3) is False
    assert reader.is_on_page("health", RULES, None) is False
    assert reader.is_on_page("health", "Words that this brief does not have at all", 2) is None
    assert reader.is_on_page("text", RULES, 2) is None
