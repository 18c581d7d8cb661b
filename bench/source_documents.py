"""Retrieval and answers over the five source documents, in every format, against gold quotes.

    python bench/source_documents.py [--shared ../shared] [--data-dir DIR] [--misses]

Runs the `verse` command as a user would, scores what it prints with `evals/score.py` of the
shared folder, and checks every quote against the stored text. Exits 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rag.pipeline import open_ledger
from rag.settings import load_settings

_VERSE = str(Path(sys.executable).with_name("verse"))
_KINDS = ("txt", "docx", "html", "pdf")
_MAX_LOSS = 0.03  # of recall@8, in the other formats against .txt


def main() -> int:
    """Measures every format; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("VERSE_SHARED", "../shared"))
    parser.add_argument("--shared", type=Path, default=default)
    parser.add_argument("--data-dir", type=Path, help="keep the libraries here between runs")
    parser.add_argument("--misses", action="store_true", help="list what was not found, of .txt")
    given = parser.parse_args()
    os.environ.pop("VERSE_SHARED", None)
    with tempfile.TemporaryDirectory() as temporary:
        place = given.data_dir or Path(temporary)
        scores = {kind: _measure(given.shared, place / kind, kind) for kind in _KINDS}
        if given.misses:
            print(_score(given.shared, place / "txt", "ask", misses=True))
    missed = [name for name, holds in _bars(scores) if not holds]
    print("\n".join(f"missed: {name}" for name in missed) or "all bars cleared")
    return 1 if missed else 0


def _bars(scores: dict[str, dict[str, Any]]) -> list[tuple[str, bool]]:
    text = scores["txt"]
    lowest = min(each["recall@8"] for each in scores.values())
    unanswerable = text["n_unanswerable"]
    return [
        ("recall@8 of .txt at least 0.95", text["recall@8"] >= 0.95),
        ("hit@1 of .txt at least 0.80", text["hit@1"] >= 0.80),
        ("recall@8 elsewhere at most 0.03 less", lowest >= text["recall@8"] - _MAX_LOSS),
        ("every quote verbatim", all(each["altered"] == 0 for each in scores.values())),
        ("cited at least 0.85", text["cited"] >= 0.85),
        (
            "at least 5 of 6 unanswerable refused",
            round(text["refused_unanswerable"] * unanswerable) >= unanswerable - 1,
        ),
        (
            "at most 2 of 30 answerable refused",
            round(text["refused_answerable"] * text["n_answerable"]) <= 2,
        ),
        ("median answer under 1.5 s", text["median_ms"] < 1500),
    ]


def _measure(shared: Path, data_dir: Path, kind: str) -> dict[str, Any]:
    documents = shared / "documents"
    files = sorted((documents if kind == "txt" else documents / kind).glob(f"*.{kind}"))
    catalogue = documents / "catalogue.toml"
    _verse("ingest", *files, "--catalogue", catalogue, "--data-dir", data_dir)
    gold = shared / "evals/source-documents-dev.jsonl"
    for command in ("search", "ask"):
        found = _verse(command, "--from", gold, "--json", "--data-dir", data_dir)
        (data_dir / f"{command}.jsonl").write_text(found, encoding="utf-8")
    scores = json.loads(_score(shared, data_dir, "search"))
    scores |= json.loads(_score(shared, data_dir, "ask"))
    answers = [json.loads(line) for line in (data_dir / "ask.jsonl").read_text().splitlines()]
    times = [answer["timings_ms"]["total"] for answer in answers if answer["timings_ms"]]
    scores |= {"altered": _altered(data_dir, answers), "median_ms": statistics.median(times)}
    print(kind, json.dumps(scores))
    return scores


def _altered(data_dir: Path, answers: list[dict[str, Any]]) -> int:
    """Quotes that are not the stored text at their offsets."""
    ledger = open_ledger(load_settings(data_dir=data_dir))
    texts = {each: ledger.document(each).text for each in ledger.facts()}
    return sum(
        texts[citation["document_id"]][citation["start"] : citation["end"]] != citation["quote"]
        for answer in answers
        for citation in answer["citations"]
    )


def _score(shared: Path, data_dir: Path, command: str, *, misses: bool = False) -> str:
    script, gold = shared / "evals/score.py", shared / "evals/source-documents-dev.jsonl"
    options = ["--misses"] if misses else []
    return _run(sys.executable, script, gold, data_dir / f"{command}.jsonl", *options)


def _verse(*arguments: str | Path) -> str:
    return _run(_VERSE, *arguments)


def _run(*command: str | Path) -> str:
    ended = subprocess.run(
        list(map(str, command)), stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True
    )
    return ended.stdout


if __name__ == "__main__":
    raise SystemExit(main())
