"""`python -m bench.retrieval` over a set of four records, as a maintainer would run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
RECORDS = [
    ("ferry", "Island ferries", "The ferry to the outer islands runs twice a day in summer."),
    ("bus", "Night buses", "Night buses leave the station every half hour after midnight."),
    ("tram", "Tram line nine", "Line nine was closed for repairs of its tracks in March."),
    ("bike", "Cycling", "Bicycles may be taken on trains outside the rush hours."),
]
QUESTIONS = [
    {"id": "1", "text": "How often does the ferry run?"},
    {"id": "2", "text": "Why was it closed?", "scoped_text": "Tram line nine: Why was it closed?"},
    {"id": "3", "text": "And at midnight?", "meta": {"history": ["When do night buses leave?"]}},
    {"id": "4", "text": "Who owns the harbour?"},  # no relevant record: not scored
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.retrieval", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_each_system_is_measured_on_the_questions_with_a_relevant_record(tmp_path: Path) -> None:
    folder = tmp_path / "town transport"
    folder.mkdir()
    records = [{"id": i, "title": title, "text": text} for i, title, text in RECORDS]
    for name, rows in (("corpus", records), ("queries", QUESTIONS)):
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "qrels.tsv").write_text("qid\tdocid\trel\n1\tferry\t1\n2\ttram\t1\n3\tbus\t1\n")
    done = run(str(folder), "--json", "--data-dir", str(tmp_path / "data"))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["system"] for row in rows] == ["bm25", "minilm", "rrf", "ours"]
    for row in rows:
        assert (row["set"], row["questions"]) == ("town transport", 3)
        for name in ("nDCG@10", "R@10", "R@100", "Success@1", "RR"):
            assert row[name] == 1.0, (row["system"], name)
        assert 0 < row["ms_median"] <= row["ms_p95"]


def test_a_folder_that_is_no_set_is_named_and_stops_no_other(tmp_path: Path) -> None:
    done = run(str(tmp_path / "nowhere"), "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"{tmp_path / 'nowhere'} has no corpus.jsonl" in done.stderr
    assert "Traceback" not in done.stderr
