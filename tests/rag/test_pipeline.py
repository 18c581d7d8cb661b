"""The wiring: one library, one assistant, and what an answer says of how it was made."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import DocumentNotFoundError, StoreError
from rag.listing import list_work
from rag.pipeline import Library, open_ledger
from rag.records import Question
from rag.rows import answer_row
from rag.settings import load_settings

NORWAY = Question("What does Norway call its integration strategy?")


def without_timings(row: dict[str, object]) -> str:
    return json.dumps(row | {"timings_ms": {}}, sort_keys=True)


def test_the_same_question_gives_the_same_bytes_on_any_thread(starter_library: Library) -> None:
    questions = [NORWAY, Question("What keeps migrants from health care?"), NORWAY]
    alone = [without_timings(answer_row(starter_library.assistant().ask(q))) for q in questions]
    assistant = starter_library.assistant()
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(assistant.ask, questions * 2))
    assert [without_timings(answer_row(each)) for each in answers] == alone * 2
    assert alone[0] == alone[2]


def test_provenance_names_settings_index_and_versions(
    starter_library: Library, tmp_path: Path, library_at: Callable[..., Library]
) -> None:
    answer = starter_library.assistant().ask(NORWAY)
    assert answer.provenance["settings"]["retrieval"]["top_k"] == 8
    assert set(answer.provenance["versions"]) >= {"chapter-and-verse", "torch", "chromadb"}
    assert str(starter_library.settings.data_dir) not in json.dumps(answer.provenance)
    assert set(answer.timings_ms) == {"retrieve", "answer", "total"}
    (tmp_path / "fees.md").write_text("# Fees\n\nThe fee is 40 crowns.\n")
    other = library_at(tmp_path / "data")
    other.ingester(lambda *args: None).ingest(list_work([tmp_path / "fees.md"]))
    elsewhere = other.assistant().ask(Question("What is the fee?"))
    assert elsewhere.provenance["index"] != answer.provenance["index"]


def test_documents_passages_and_suggestions_can_be_looked_up(starter_library: Library) -> None:
    assistant = starter_library.assistant()
    entries = assistant.documents()
    assert [each.document_id for each in entries][:2] == [
        "starter-decent-work",
        "starter-education",
    ]
    (hit,) = assistant.search(NORWAY, 1)
    assert assistant.passage(hit.passage.passage_id) == hit.passage
    document = assistant.document("starter-education")
    assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text
    suggestions = assistant.suggestions()
    assert len(set(suggestions)) == 6
    assert all(each.endswith("?") and not each[0].isdigit() for each in suggestions)
    with pytest.raises(DocumentNotFoundError, match="'starter'"):
        assistant.document("starter")
    with pytest.raises(DocumentNotFoundError, match="'starter:1'"):
        assistant.passage("starter:1")


def test_an_open_assistant_sees_what_another_ingest_adds(
    tmp_path: Path, library_at: Callable[..., Library]
) -> None:
    fees, dues = tmp_path / "fees.md", tmp_path / "dues.md"
    fees.write_text("# Fees\n\nThe mooring fee is 40 crowns.\n")
    library_at(tmp_path / "data").ingester(lambda *args: None).ingest(list_work([fees]))
    assistant = library_at(tmp_path / "data").assistant()
    assert {h.passage.document_id for h in assistant.search(NORWAY, 8)} == {"fees"}
    dues.write_text("# Dues\n\nEach harbour pays its dues by 31 March.\n")
    verse = str(Path(sys.executable).with_name("verse"))
    data = str(tmp_path / "data")
    subprocess.run([verse, "ingest", str(dues), "--data-dir", data], check=True, timeout=120)
    hits = assistant.search(replace(NORWAY, text="By when does a harbour pay its dues?"), 8)
    assert hits[0].passage.document_id == "dues"
    fees.unlink()
    subprocess.run([verse, "ingest", str(fees), "--data-dir", data], check=True, timeout=120)
    assert {h.passage.document_id for h in assistant.search(NORWAY, 8)} == {"dues"}


def test_what_was_held_before_does_not_change_an_answer(
    tmp_path: Path, library_at: Callable[..., Library]
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    fees, dues = papers / "fees.md", papers / "dues.md"
    first = "# Fees\n\nThe mooring fee of the harbour is 40 crowns.\n"
    dues.write_text("# Dues\n\nEach harbour pays its dues by 31 March.\n")
    edited = library_at(tmp_path / "edited")
    for text in (first, "# Fees\n\nHarbour, harbour, harbour: the fee is gone.\n", first):
        fees.write_text(text)
        edited.ingester(lambda *args: None).ingest(list_work([papers]))
    fresh = library_at(tmp_path / "fresh")
    fresh.ingester(lambda *args: None).ingest(list_work([papers]))
    question = Question("What is the fee of the harbour?")
    rows = [without_timings(answer_row(each.assistant().ask(question))) for each in (edited, fresh)]
    assert rows[0] == rows[1]


def test_a_data_folder_that_can_not_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"data folder .*file/data cannot be made"):
        open_ledger(load_settings(tmp_path / "file" / "data"))
