"""The database of what is held: replaced in one piece, readable while it is written."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.acronyms import Acronym
from rag.chunking import chunk
from rag.errors import DocumentNotFoundError, StoreError
from rag.ledger import FileEntry, Ledger
from rag.ports import TokenVectors
from rag.records import (
    Block,
    Document,
    Facts,
    Note,
    Page,
    Section,
    Span,
    count_document,
)
from rag.settings import ChunkingSettings
from rag.stored import quantise

LIST = "Steps to take are:"
TEXT = f"Fees\n\nThe fee is 40 crowns. {LIST}\n\npay it; or\n\nSee the act."


def make_document(document_id: str = "fees", text: str = TEXT) -> Document:
    blocks, at = [], 0
    kinds = ("heading", "paragraph", "list_item", "note")
    for kind, part in zip(kinds, text.split("\n\n"), strict=True):
        blocks.append(Block(kind, at, at + len(part), level=1 if kind == "heading" else 0))
        at += len(part) + 2
    note = blocks[-1]
    return Document(
        document_id=document_id,
        text=text,
        blocks=tuple(blocks),
        sections=(Section(("Fees",), 0, len(text)),),
        pages=(Page(2, "ii", (Span(0, note.start), Span(note.start, note.end))),),
        notes=(Note("1", note.start, note.end, markers=(27,)),),
        facts=Facts(title="Fees", date="2014-10", language="en"),
        warnings=("read with care",),
    )


def put(ledger: Ledger, document: Document, path: str) -> list[str]:
    passages = chunk(document, ChunkingSettings(), lambda text: len(text.split()))
    row = quantise(
        TokenVectors(
            np.zeros(2, dtype=np.float32),
            np.array([[0.6, -0.8]], dtype=np.float32),
            np.array([[-3, 4]], dtype=np.int32),
        )
    )
    figures = count_document(document, len(passages))
    entry = FileEntry(
        path, "aa", "", "indexed", "", document.document_id, figures=figures, size=120
    )
    ledger.stage(document.document_id, {e.passage_id: ("", row) for e in passages})
    ledger.put_document(entry, document, passages)
    return [each.passage_id for each in passages]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()


def test_what_is_put_comes_back_equal_in_a_new_process_too(tmp_path: Path) -> None:
    document = make_document()
    ledger = Ledger(tmp_path / "ledger.sqlite")
    put(ledger, document, "/a/fees.md")
    ledger.close()
    again = Ledger(tmp_path / "ledger.sqlite")
    assert again.document("fees") == document
    expected = chunk(document, ChunkingSettings(), lambda text: len(text.split()))
    assert again.passages_of("fees") == expected
    assert again.passage(expected[0].passage_id) == expected[0]
    (entry,) = again.entries()
    assert (entry.path, entry.pages, entry.passages) == ("/a/fees.md", 1, 2)
    again.close()


def test_token_vectors_survive_eight_bits(ledger: Ledger) -> None:
    first, *_ = put(ledger, make_document(), "/a/fees.md")
    found = ledger.token_vectors([first, "fees:unknown"])
    assert list(found) == [first]
    assert np.allclose(found[first].tokens, [[0.6, -0.8]], atol=0.005)
    assert found[first].spans.tolist() == [[-3, 4]]


def test_replacing_a_document_leaves_nothing_of_the_old_one(ledger: Ledger) -> None:
    old = put(ledger, make_document(), "/a/fees.md")
    generation = ledger.generation
    new = put(ledger, make_document(text=TEXT.replace("40", "50")), "/a/fees.md")
    assert ledger.passage_ids() == set(new)
    assert set(old) & set(new) == {old[1]}, "the note did not change"
    assert ledger.generation > generation


def test_removing_a_file_takes_its_document_and_no_other(ledger: Ledger) -> None:
    put(ledger, make_document(), "/a/fees.md")
    put(ledger, make_document("dues"), "/a/dues.md")
    ledger.remove_file("/a/fees.md")
    assert list(ledger.facts()) == ["dues"]
    assert list(ledger.files()) == ["/a/dues.md"]
    with pytest.raises(DocumentNotFoundError, match=r"'fees'.*verse documents"):
        ledger.document("fees")


def test_a_failing_replacement_changes_nothing(ledger: Ledger) -> None:
    held = put(ledger, make_document(), "/a/fees.md")
    changed = make_document(text=TEXT.replace("40", "50"))
    passages = chunk(changed, ChunkingSettings(), lambda text: len(text.split()))
    row = ledger.vector_rows(held)[held[0]]
    ledger.stage("fees", {passages[0].passage_id: ("", row)})
    with pytest.raises(sqlite3.IntegrityError):
        ledger.put_document(
            FileEntry("/a/fees.md", "bb", "", "indexed", "", "fees"),
            changed,
            [passages[0], passages[0]],  # the second insert fails, after the deletion of the old
        )
    assert ledger.document("fees") == make_document()
    assert ledger.passage_ids() == set(held)
    assert ledger.files()["/a/fees.md"].sha256 == "aa"


def test_readers_on_other_threads_see_one_version_or_the_other(ledger: Ledger) -> None:
    versions = [make_document(), make_document(text=TEXT.replace("40", "50"))]
    put(ledger, versions[0], "/a/fees.md")
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            if ledger.document("fees") not in versions or len(ledger.passages_of("fees")) != 2:
                wrong.append("mixed")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        put(ledger, versions[turn % 2], "/a/fees.md")
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []


EXPLAINED = "Fees\n\nHarbour dues (HD) are 40 crowns.\n\npay it; or\n\nSee the act."


def test_a_ledger_without_acronyms_learns_them_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    document = make_document(text=EXPLAINED)
    ids = put(ledger, document, "/papers/fees.txt")
    generation = ledger.generation
    ledger.close()
    with sqlite3.connect(path) as database:
        database.executescript("DROP TABLE acronyms; PRAGMA user_version = 2")
    database.close()
    ledger = Ledger(path)
    assert ledger.acronyms().expand("HD") == ("Harbour dues",)
    assert ledger.document("fees") == document
    assert [each.passage_id for each in ledger.passages_of("fees")] == ids
    assert (ledger.generation, ledger.is_dirty) == (generation, False)
    ledger.close()


ASKING = "Key questions\n\nWho pays for the harbour?\n\nwhat it costs\n\nSee the act."


def test_a_ledger_without_guiding_questions_finds_them_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    document = make_document(text=ASKING)
    put(ledger, document, "/papers/fees.txt")
    ledger.close()
    with sqlite3.connect(path) as database:
        database.executescript("DROP TABLE guiding; PRAGMA user_version = 3")
    database.close()
    ledger = Ledger(path)
    (first, second) = ledger.guiding()["fees"]
    assert (first.text, first.page_label) == ("Who pays for the harbour?", "ii")
    assert document.text[first.start : first.end] == "Who pays for the harbour?"
    assert second.text == "what it costs?"
    put(ledger, make_document(), "/papers/fees.txt")
    assert ledger.guiding() == {}
    ledger.close()


def test_acronyms_go_with_the_document_that_explains_them(ledger: Ledger) -> None:
    put(ledger, make_document("fees"), "/papers/fees.txt")
    entry = ledger.files()["/papers/fees.txt"]
    passages = ledger.passages_of("fees")
    document = ledger.document("fees")
    ledger.put_document(entry, document, passages, [Acronym("HD", "harbour dues")])
    assert ledger.acronyms().expand("What are harbor dues?") == ("HD",)
    ledger.put_document(entry, document, passages)
    assert ledger.acronyms().expand("What are harbor dues?") == ()


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("this is no database " * 100)
    with pytest.raises(StoreError, match=r"ledger\.sqlite cannot be opened .*ingest anew"):
        Ledger(tmp_path / "ledger.sqlite")
