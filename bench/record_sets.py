"""Public test sets in the BEIR layout, made into libraries: each record becomes one document.

A set is a folder with `corpus.jsonl` (id, title, text), `queries.jsonl` (id, text, answerable?)
and, for retrieval, `qrels.tsv` (question, record, relevance).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.listing import list_work
from rag.pipeline import Library, open_library
from rag.records import Question, Turn
from rag.settings import load_settings


def open_set(folder: Path, data_dir: Path) -> Library:
    """A library of the set in `folder`, made in `data_dir` where it is not there yet."""
    files = data_dir / "files"
    if not (data_dir / "complete").exists():
        _write_files(folder, files)
        library = open_library(load_settings(data_dir=data_dir))
        library.ingester(_tell).ingest(list_work([files]))
        (data_dir / "complete").touch()
    return open_library(load_settings(data_dir=data_dir))


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSONL file."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def read_question(row: dict[str, Any]) -> Question:
    """The question of a row, with the earlier questions of its conversation."""
    history = row.get("history") or (row.get("meta") or {}).get("history") or []
    turns = [
        Turn(each if isinstance(each, str) else each["text"])
        for each in history
        if isinstance(each, str) or each.get("speaker", "user") == "user"
    ]
    return Question(row.get("question") or row["text"], tuple(turns), question_id=row["id"])


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Relevance by question and record; only what is relevant."""
    qrels: dict[str, dict[str, int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        question, record, relevance = line.split("\t")
        if float(relevance) > 0:
            qrels.setdefault(question, {})[record] = int(float(relevance))
    return qrels


def _write_files(folder: Path, files: Path) -> None:
    files.mkdir(parents=True, exist_ok=True)
    catalogue = []
    for number, row in enumerate(read_rows(folder / "corpus.jsonl")):
        if not row["text"].strip():
            continue
        stem = f"record-{number:06}"
        # Lines that could pass for headings or lists are the record's own words here.
        (files / f"{stem}.txt").write_text(row["text"], encoding="utf-8")
        facts = {"id": row["id"], "title": row["title"].replace("_", " "), "language": "en"}
        lines = [f"{name} = {json.dumps(value)}" for name, value in facts.items() if value]
        catalogue.append("\n".join([f"[{stem}]", *lines]))
    (files / "catalogue.toml").write_text("\n\n".join(catalogue) + "\n", encoding="utf-8")


def _tell(done: int, total: int, what: str) -> None:
    if done >= 0 and done % 100 == 0:
        print(f"  ingested {done} of {total}", flush=True)
