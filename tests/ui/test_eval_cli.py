"""`verse eval` as a maintainer uses it, from a new suite to a gate that refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from click.testing import Result
from typer.testing import CliRunner

import rag.pipeline
from rag.embed import SentenceEmbedder
from rag.errors import VerseError
from ui.cli import app

CORPUS = Path(__file__).parents[2] / "corpus"
QUOTE = "Sweden changed its law so that all children under 18 receive health care free of charge"
CASES = [
    {
        "id": "minors",
        "question": "Up to which age do children in Sweden get free health care without papers?",
        "kind": "factoid",
        "evidence": [{"document": "starter-health-access", "quotes": [QUOTE], "page": 4}],
        "nuggets": [{"text": "All children under 18"}],
    },
    {"id": "moon", "question": "Who owns the Moon?", "kind": "unanswerable", "answerable": False},
]

Verse = Callable[..., Result]


@pytest.fixture
def verse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: SentenceEmbedder) -> Verse:
    """The command in a folder of its own, with a suite to run; raises what it would tell."""
    monkeypatch.setattr(rag.pipeline, "SentenceEmbedder", lambda *_: embedder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERSE_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["eval", *arguments])
        if isinstance(result.exception, VerseError):
            raise result.exception
        return result

    return run


def fill(folder: Path) -> None:
    """Fills in the suite that `verse eval new` wrote."""
    suite = folder / "evals" / "suites" / "health.toml"
    text = suite.read_text().replace("../documents/*.pdf", f"{CORPUS}/starter-health-access.pdf")
    suite.write_text(text.replace('# catalogue = "../documents', f'catalogue = "{CORPUS}'))
    cases = folder / "evals" / "cases" / "health.jsonl"
    cases.write_text("\n".join(map(json.dumps, CASES)))


def test_from_a_new_suite_to_a_gate_that_refuses(verse: Verse, tmp_path: Path) -> None:
    (tmp_path / "evals" / "suites").mkdir(parents=True)
    assert verse("new", "health").exit_code == 0
    assert "2 drafts left out" not in verse("check", "evals/suites/health.toml").output
    fill(tmp_path)
    checked = verse("check", "--gold", "evals/suites/health.toml")
    assert checked.exit_code == 0
    assert checked.stdout.startswith("health: 2 cases, 1 pieces of gold, ")
    assert checked.stdout.endswith(" metrics, 1 gates\n")
    assert "health\tanswer\tHealth" in verse("list").stdout

    rows = [json.loads(line) for line in verse("run", "health", "--json").stdout.splitlines()]
    assert [(row["id"], row["status"]) for row in rows] == [
        ("minors", "answered"),
        ("moon", "not_in_documents"),
    ]
    assert rows[0]["scores"]["page_correct"] == rows[0]["scores"]["cited"] == 1.0
    assert rows[0]["hits"][0]["document_id"] == rows[0]["citations"][0]["document_id"]

    assert verse("run", "health", "--name", "before").exit_code == 0
    table = verse("run", "health", "--name", "after", "--set", "answer.min_support=1").stdout
    assert table.splitlines()[0] == "Health: 2 cases"
    assert "refused_answerable v  1.0000" in table
    compared = verse("compare", "before", "after", "--markdown", "pr.md").stdout
    assert "no detectable difference" in compared  # of two cases nothing can be said
    assert "minors" in compared and "(not in documents)" in compared
    assert "minors" in (tmp_path / "pr.md").read_text()

    assert verse("baseline", "set", "main", "before").exit_code == 0
    assert "main\thealth" in verse("baseline", "list").stdout
    assert verse("gate", "health", "--junit", "good.xml").exit_code == 0
    refused = verse("gate", "--run", "after", "--junit", "bad.xml")
    assert refused.exit_code == 4
    assert "verbatim" in refused.stdout  # there is nothing left that could be verbatim
    assert ElementTree.parse(tmp_path / "good.xml").getroot().get("failures") == "0"
    assert int(ElementTree.parse(tmp_path / "bad.xml").getroot().get("failures") or 0) > 0


def test_a_report_and_marks_by_hand(verse: Verse, tmp_path: Path) -> None:
    (tmp_path / "evals" / "suites").mkdir(parents=True)
    verse("new", "health")
    fill(tmp_path)
    verse("run", "health", "--name", "one")
    assert verse("report", "one", "--output", "r.html", "--markdown", "r.md").exit_code == 0
    page = (tmp_path / "r.html").read_text()
    assert QUOTE.split(" so ")[0] in page and "http://" not in page.replace("http://www.w3.org", "")
    assert "cited" in (tmp_path / "r.md").read_text()

    assert verse("workbook", "one", "--output", "m.xlsx").exit_code == 0
    with pytest.raises(VerseError, match=r"m\.xlsx is there already"):
        verse("workbook", "one", "--output", "m.xlsx")
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    sheet = book["All"]
    head = {str(cell.value).lower(): at for at, cell in enumerate(next(sheet.iter_rows()), start=1)}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, head["field"]).value == "nugget_1":
            sheet.cell(row, head["mark"]).value = "no"
    book.save(tmp_path / "m.xlsx")
    told = verse("import-marks", "m.xlsx")
    assert told.exit_code == 0
    assert "1 marks read, 1 kept" in told.output
    assert "nuggets by the encoder: 0% of 1 marks agree" in told.output
    scores = [json.loads(line) for line in (tmp_path / "data/evals/runs/one/scores.jsonl").open()]
    assert scores[0]["scores"]["nuggets"] == 0.0

    verse("run", "health", "--name", "two")
    compared = verse("compare", "one", "two").stdout.splitlines()
    assert compared[0] == "health: one -> two, 2 cases"
    assert compared[2] == (
        "Judged differently, which may be all that changed: marks by hand: 1 in one, 0 in two, of "
        "which none count."
    )
    nuggets = next(line.split() for line in compared if line.startswith("nuggets "))
    assert nuggets[1:4] == ["1.000", "1.000", "+0.000"]
    verse("report", "two", "--output", "r.html")
    text = (tmp_path / "r.html").read_text()
    assert "ours over 2 runs, this one last" in text
    verse("report", "one", "--output", "r.html")
    assert "no earlier run of the same cases is kept" in (tmp_path / "r.html").read_text()


def test_a_file_that_cannot_be_written_is_told_before_the_work(
    verse: Verse, tmp_path: Path
) -> None:
    (tmp_path / "sweep.toml").write_text("no sweep")
    told = r"no/r\.html: there is no folder no; make it, or name another"
    with pytest.raises(VerseError, match=told):
        verse("report", "nope", "--output", "no/r.html")
    with pytest.raises(VerseError, match=told):
        verse("report", "nope", "--markdown", "no/r.html")
    with pytest.raises(VerseError, match=told):
        verse("workbook", "nope", "--output", "no/r.html")
    with pytest.raises(VerseError, match=told):
        verse("compare", "nope", "nope", "--markdown", "no/r.html")
    with pytest.raises(VerseError, match=told):
        verse("sweep", "sweep.toml", "--output", "no/r.html")
    with pytest.raises(VerseError, match="is a folder; name a file in it"):
        verse("report", "nope", "--output", str(tmp_path))


def test_what_is_wrong_is_told_in_one_line(verse: Verse, tmp_path: Path) -> None:
    with pytest.raises(VerseError, match="no suite 'nope'; known: adi"):
        verse("run", "nope")
    with pytest.raises(VerseError, match="there is no run 'nope'; the newest are: none"):
        verse("compare", "nope", "nope")
    with pytest.raises(VerseError, match="no baseline 'nope'"):
        verse("gate", "--baseline", "nope")
    with pytest.raises(VerseError, match=r"give GROUP\.NAME=VALUE"):
        verse("run", "starter", "--set", "rerank=false")
    with pytest.raises(VerseError, match=r"retrieval\.rerunk"):
        verse("run", "starter", "--set", "retrieval.rerunk=false")
    assert verse("run").exit_code == 2
    assert "name suites, or give --all" in verse("run").output


def test_metrics_are_listed_with_their_definitions(verse: Verse) -> None:
    listed = [json.loads(line) for line in verse("metrics", "--json").stdout.splitlines()]
    names = [row["name"] for row in listed]
    assert {"ndcg@10", "alce_recall", "aurc", "page_correct"} <= set(names)
    assert all(row["definition"] for row in listed)
    assert names == sorted(set(names))


def test_a_suite_that_cannot_be_run_stops_no_other(verse: Verse, tmp_path: Path) -> None:
    (tmp_path / "evals" / "suites").mkdir(parents=True)
    verse("new", "health")
    fill(tmp_path)
    verse("new", "broken")  # its documents are not there
    done = verse("run", "broken", "health", "--json", "--limit", "1", "--workers", "1")
    assert done.exit_code == 1
    assert "verse: suite broken has no cases of any kind (2 drafts: add their gold" in done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["minors"]
