"""Single documents changed by hand: corrected, read again, replaced, forgotten and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from rag.corrections import CORRECTIONS, read_corrections
from rag.errors import (
    CatalogueError,
    DocumentNotFoundError,
    DuplicateFileError,
    EmptyFileError,
    IndexLockedError,
)
from rag.listing import list_work
from rag.pipeline import Library
from rag.records import Question

FEES = "# Fees\n\nA vessel that stays longer than fourteen days pays a fee of 40 crowns.\n"
DUES = "# Dues\n\nEach harbour reports its dues to the secretariat by 31 March.\n"


def quiet(done: int, total: int, what: str) -> None:
    pass


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "fees.md").write_text(FEES)
    (folder / "dues.md").write_text(DUES)
    (folder / "catalogue.toml").write_text('[fees]\norganisation = "Harbour Council"\n')
    return folder


@pytest.fixture
def library(tmp_path: Path, papers: Path, library_at: Callable[..., Library]) -> Library:
    library = library_at(tmp_path / "data")
    library.ingester(quiet).ingest(list_work([papers]))
    return library


def test_a_corrected_fact_is_searched_at_once_and_outlives_catalogue_and_reading(
    library: Library, papers: Path
) -> None:
    assistant = library.assistant()
    before = assistant.index_hash()
    editor = library.ingester(quiet)
    wanted = {"title": "  Tariff of\nMoorings ", "organisation": "", "date": "2014-10"}
    assert editor.correct("fees", wanted)
    facts = library.ledger.facts()["fees"]
    assert (facts.title, facts.organisation, facts.date) == ("Tariff of Moorings", "", "2014-10")
    assert assistant.index_hash() != before
    (hit, *_) = assistant.search(Question("tariff", filters=(("year", "2014"),)))
    assert hit.facts.title == "Tariff of Moorings"
    assert not editor.correct("fees", wanted)

    (papers / "catalogue.toml").write_text('[fees]\ntitle = "Z"\norganisation = "Z"\n')
    library.ingester(quiet).ingest(list_work([papers]))
    assert library.ledger.facts()["fees"] == facts
    library.ingester(quiet).reread(str(papers / "fees.md"))
    assert library.ledger.facts()["fees"].title == "Tariff of Moorings"

    library.ingester(quiet).undo_corrections("fees")
    assert library.ledger.facts()["fees"].title == "Z"
    assert read_corrections(library.settings.data_dir) == {}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("title", "  ", "title '': a document needs a title"),
        ("date", "October 2014", "date 'October 2014': write it as 2014, 2014-10 or 2014-10-16"),
        ("language", "French", "language 'French': write its code of two letters, as en, fr or es"),
        ("colour", "red", "no fact 'colour'; known are title, organisation, author, "),
        ("event", "x" * 1001, f"event '{'x' * 60}': 1,001 characters; at most 1,000 are kept"),
    ],
)
def test_a_fact_that_cannot_be_is_refused(library: Library, name: str, text: str, why: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        library.ingester(quiet).correct("fees", {name: text})
    assert str(refused.value).startswith(why)
    assert not (library.settings.data_dir / CORRECTIONS).exists()


def test_a_document_is_replaced_under_its_id_unless_the_new_file_is_bad(
    library: Library, papers: Path, tmp_path: Path
) -> None:
    newer, empty, same = (tmp_path / name for name in ("newer.txt", "empty.md", "same.md"))
    newer.write_text("A vessel that stays longer than fourteen days pays a fee of 55 crowns.")
    empty.write_text("")
    same.write_text(DUES)
    editor = library.ingester(quiet)
    with pytest.raises(EmptyFileError):
        editor.replace_file("fees", empty)
    with pytest.raises(DuplicateFileError):
        editor.replace_file("fees", same)
    assert "40 crowns" in library.ledger.document("fees").text
    (outcome,) = editor.replace_file("fees", newer)
    assert (outcome.document_id, outcome.outcome) == ("fees", "indexed")
    assert "55 crowns" in library.ledger.document("fees").text
    assert [each.path for each in library.ledger.entries()] == [
        str(papers / "dues.md"),
        str(newer),
    ]


def test_what_was_forgotten_comes_back_with_its_facts(library: Library, papers: Path) -> None:
    (papers / "copy-of-fees.md").write_text(FEES)
    editor = library.ingester(quiet)
    editor.ingest(list_work([papers]))
    held = str(papers / "fees.md")
    forgotten = editor.forget(held)
    assert sorted(library.ledger.facts()) == ["dues"]
    assert len(forgotten) == 2
    assert library.index.passage_ids()[0] == library.ledger.passage_ids()
    editor.take_in(forgotten)
    assert library.ledger.facts()["fees"].organisation == "Harbour Council"
    assert [len(each.copies) for each in library.ledger.entries()] == [0, 1]
    with pytest.raises(DocumentNotFoundError):
        editor.forget("moon")


def test_a_file_is_read_again_though_nothing_changed(library: Library, papers: Path) -> None:
    before = library.ledger.files()
    (outcome,) = library.ingester(quiet).reread(str(papers / "fees.md"))
    assert outcome.outcome == "indexed"
    assert library.ledger.files().keys() == before.keys()


def test_a_locked_library_is_left_alone(library: Library) -> None:
    with FileLock(library.settings.data_dir / "lock"), pytest.raises(IndexLockedError):
        library.ingester(quiet).correct("fees", {"title": "Other"})


def test_a_walk_around_the_library_keeps_the_files_that_lie_in_it(
    library_at: Callable[..., Library], papers: Path
) -> None:
    library = library_at(papers / ".verse")
    own = library.settings.data_dir / "uploads" / "own.md"
    own.parent.mkdir()
    own.write_text(FEES.replace("40", "60"))
    library.ingester(quiet).ingest(list_work([own]))
    work = list_work([papers], leave_out=library.settings.data_dir)
    library.ingester(quiet).ingest(work)
    assert sorted(library.ledger.facts()) == ["dues", "fees", "own"]
    own.unlink()
    library.ingester(quiet).ingest(list_work([own]))
    assert sorted(library.ledger.facts()) == ["dues", "fees"]
