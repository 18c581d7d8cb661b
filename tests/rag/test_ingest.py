"""A folder and the library: what changed is read again, what did not is left alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from rag.embed import SentenceEmbedder
from rag.errors import CatalogueError, IndexLockedError, ManifestMismatchError
from rag.listing import FileOutcome, list_work
from rag.pipeline import Library, open_library
from rag.ports import Role, TokenVectors
from rag.records import Question
from rag.settings import EmbeddingSettings

FEES = "# Fees\n\nA vessel that stays longer than fourteen days pays a fee of 40 crowns.\n"
DUES = "# Dues\n\nEach harbour reports its dues to the secretariat by 31 March.\n"
OpenLibrary = Callable[..., Library]


class CountingEmbedder(SentenceEmbedder):
    """The real model; keeps what it was given, and stops after some passages where told to."""

    def __init__(self, stop_after: int | None = None) -> None:
        defaults = EmbeddingSettings()
        super().__init__(defaults.model, defaults.batch_size)
        self.texts: list[str] = []
        self.stop_after = stop_after

    def embed_tokens(self, texts: Sequence[str], role: Role = "text") -> list[TokenVectors]:
        self.texts += texts
        if self.stop_after is not None and len(self.texts) > self.stop_after:
            raise KeyboardInterrupt
        return super().embed_tokens(texts, role)


@pytest.fixture(scope="module")
def real() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def counting(real: CountingEmbedder) -> CountingEmbedder:
    real.texts.clear()
    real.stop_after = None
    return real


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder of two small files."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "fees.md").write_text(FEES)
    (folder / "dues.md").write_text(DUES)
    return folder


@pytest.fixture
def library(tmp_path: Path, library_at: OpenLibrary, counting: CountingEmbedder) -> Library:
    return library_at(tmp_path / "data", counting)


def ingest(library: Library, *paths: Path, **kwargs: object) -> list[FileOutcome]:
    return library.ingester(lambda done, total, what: None).ingest(list_work(paths, **kwargs))


def table(outcomes: Sequence[FileOutcome]) -> dict[str, str]:
    return {Path(each.path).name: each.outcome for each in outcomes}


def contents(library: Library) -> dict[str, tuple[str, list[str]]]:
    """Every document's text and the ids of its passages, after a look at the derived indexes."""
    ledger = library.ledger
    assert library.index.passage_ids() == (ledger.passage_ids(), ledger.passage_ids())
    return {
        each: (ledger.document(each).text, [p.passage_id for p in ledger.passages_of(each)])
        for each in ledger.facts()
    }


def test_starter_briefs_are_all_read_with_their_catalogue(
    starter_folder: tuple[Path, list[FileOutcome]], starter_library: Library
) -> None:
    outcomes = starter_folder[1]
    assert {(each.outcome, each.reason, each.is_problem) for each in outcomes} == {
        ("indexed", "", False)
    }
    assert len(outcomes) == len(contents(starter_library)) == 10
    entry = next(
        e for e in starter_library.ledger.entries() if e.document_id == "starter-education"
    )
    assert entry.facts.title == "A place in class: education and the inclusion of migrant children"
    assert (entry.facts.organisation, entry.facts.date, entry.pages) == (
        "Chapter & Verse project",
        "2026-11",
        0,
    )


def test_ingest_again_changes_nothing_and_embeds_nothing(
    library: Library, papers: Path, counting: CountingEmbedder
) -> None:
    first = ingest(library, papers)
    held, generation = contents(library), library.ledger.generation
    counting.texts.clear()
    again = ingest(library, papers)
    assert table(first) == {"fees.md": "indexed", "dues.md": "indexed"}
    assert table(again) == {"fees.md": "unchanged", "dues.md": "unchanged"}
    assert [each.passages for each in again] == [each.passages for each in first]
    assert counting.texts == []
    assert (contents(library), library.ledger.generation) == (held, generation)


def test_ids_are_the_same_in_two_libraries(
    tmp_path: Path, library_at: OpenLibrary, library: Library, papers: Path
) -> None:
    shutil.copytree(papers, tmp_path / "elsewhere")
    other = library_at(tmp_path / "other")
    ingest(library, papers)
    ingest(other, tmp_path / "elsewhere")
    assert contents(other) == contents(library)
    assert set(contents(library)) == {"fees", "dues"}


def test_only_new_passages_of_a_changed_file_are_embedded(
    library: Library, papers: Path, counting: CountingEmbedder
) -> None:
    (papers / "fees.md").write_text(f"{FEES}\n# Waivers\n\nThe master may waive it.\n")
    ingest(library, papers)
    before = contents(library)["fees"][1]
    counting.texts.clear()
    (papers / "fees.md").write_text(f"{FEES}\n# Waivers\n\nThe council may waive it.\n")
    assert table(ingest(library, papers)) == {"fees.md": "indexed", "dues.md": "unchanged"}
    after = contents(library)["fees"][1]
    assert [text for text in counting.texts if "council" not in text] == []
    assert len(counting.texts) == 1
    assert after[0] == before[0] and after[1] != before[1]


def test_a_removed_file_goes_and_can_not_be_found(library: Library, papers: Path) -> None:
    ingest(library, papers)
    (papers / "fees.md").unlink()
    assert table(ingest(library, papers)) == {"fees.md": "removed", "dues.md": "unchanged"}
    assert set(contents(library)) == {"dues"}
    hits = library.retriever().search(Question("What fee does a vessel pay?"), 8)
    assert {hit.passage.document_id for hit in hits} == {"dues"}


def test_a_file_named_on_the_command_that_is_gone_is_forgotten(
    library: Library, papers: Path
) -> None:
    ingest(library, papers / "fees.md", papers / "dues.md")
    (papers / "fees.md").unlink()
    ingest(library, papers / "fees.md")
    assert set(contents(library)) == {"dues"}


def test_one_stem_in_two_formats_gets_two_ids_that_stay(
    tmp_path: Path, library_at: OpenLibrary, library: Library, papers: Path
) -> None:
    (papers / "fees.html").write_text("<h1>Fees</h1><p>The fee is waived for small boats.</p>")
    ingest(library, papers)
    held = contents(library)
    assert set(held) == {"dues", "fees", "fees-md"}
    assert "waived" in held["fees"][0] and "crowns" in held["fees-md"][0]
    other = library_at(tmp_path / "other")
    ingest(other, papers)
    assert contents(other) == held
    (papers / "fees.md").write_text(FEES.replace("40", "50"))
    ingest(library, papers)
    assert set(contents(library)) == {"dues", "fees", "fees-md"}
    assert "50 crowns" in contents(library)["fees-md"][0]


def test_one_name_in_three_folders_keeps_its_ids_when_a_file_changes(
    library: Library, papers: Path
) -> None:
    for folder, fee in (("a", "41"), ("b", "42")):
        (papers / folder).mkdir()
        (papers / folder / "fees.md").write_text(FEES.replace("40", fee))
    ingest(library, papers)
    before = set(contents(library))
    assert len(before) == 4
    (papers / "b" / "fees.md").write_text(FEES.replace("40", "43"))
    ingest(library, papers)
    assert set(contents(library)) == before


def files(library: Library) -> dict[str, tuple[str, str]]:
    """Outcome and document of each file that the ledger knows, by name."""
    known = library.ledger.files().values()
    return {Path(each.path).name: (each.outcome, each.document_id) for each in known}


def test_the_same_bytes_twice_are_one_document_that_knows_both_places(
    library: Library, papers: Path, counting: CountingEmbedder
) -> None:
    (papers / "zz-copy.md").write_text(FEES)
    outcomes = ingest(library, papers)
    copy = next(each for each in outcomes if each.path.endswith("zz-copy.md"))
    assert (copy.outcome, copy.document_id, copy.is_problem) == ("duplicate", "fees", False)
    assert copy.reason == f"same bytes as {papers / 'fees.md'}"
    entry = next(each for each in library.ledger.entries() if each.document_id == "fees")
    assert (entry.path, entry.copies) == (str(papers / "fees.md"), (str(papers / "zz-copy.md"),))
    assert len([text for text in counting.texts if "crowns" in text]) == 1


def test_a_copy_keeps_the_document_when_the_other_file_goes(
    library: Library, papers: Path, counting: CountingEmbedder
) -> None:
    (papers / "zz-copy.md").write_text(FEES)
    ingest(library, papers)
    held = contents(library)
    counting.texts.clear()
    (papers / "fees.md").unlink()
    assert table(ingest(library, papers)) == {"zz-copy.md": "moved", "dues.md": "unchanged"}
    assert contents(library) == held, "the document, its id and its passages stay"
    assert counting.texts == []
    assert files(library) == {"dues.md": ("indexed", "dues"), "zz-copy.md": ("indexed", "fees")}


def test_a_copy_in_another_folder_is_known_and_takes_over(
    tmp_path: Path, library: Library, papers: Path, counting: CountingEmbedder
) -> None:
    ingest(library, papers)
    held = contents(library)
    later = tmp_path / "later"
    later.mkdir()
    (later / "copy.md").write_text(FEES)
    counting.texts.clear()
    (outcome,) = ingest(library, later)
    assert (outcome.outcome, outcome.reason) == ("duplicate", f"same bytes as {papers / 'fees.md'}")
    (papers / "fees.md").unlink()
    assert table(ingest(library, papers)) == {"fees.md": "moved", "dues.md": "unchanged"}
    assert contents(library) == held
    assert counting.texts == []


def test_a_copy_that_gets_words_of_its_own_becomes_a_document(
    library: Library, papers: Path
) -> None:
    (papers / "zz-copy.md").write_text(FEES)
    ingest(library, papers)
    (papers / "zz-copy.md").write_text(FEES.replace("40", "60"))
    ingest(library, papers)
    assert files(library)["zz-copy.md"] == ("indexed", "zz-copy")
    assert "40 crowns" in contents(library)["fees"][0]
    assert "60 crowns" in contents(library)["zz-copy"][0]


def test_a_moved_and_renamed_file_keeps_its_document_and_embeds_nothing(
    library: Library, papers: Path, counting: CountingEmbedder
) -> None:
    ingest(library, papers)
    held, generation = contents(library), library.ledger.generation
    counting.texts.clear()
    (papers / "2019").mkdir()
    (papers / "fees.md").rename(papers / "2019" / "harbour fees.md")
    (moved,) = (each for each in ingest(library, papers) if each.outcome != "unchanged")
    assert (moved.path, moved.outcome) == (str(papers / "2019" / "harbour fees.md"), "moved")
    assert moved.reason == f"was {papers / 'fees.md'}"
    assert (contents(library), library.ledger.generation) == (held, generation)
    assert counting.texts == []
    assert table(ingest(library, papers)) == {
        "harbour fees.md": "unchanged",
        "dues.md": "unchanged",
    }


def test_a_title_made_of_the_old_name_follows_the_new_one(library: Library, papers: Path) -> None:
    (papers / "memo.txt").write_text("the master of the port keeps the register of the port.\n")
    ingest(library, papers)
    assert library.ledger.facts()["memo"].title == "memo"
    (papers / "memo.txt").rename(papers / "circular.txt")
    ingest(library, papers)
    assert library.ledger.facts()["memo"].title == "circular"
    assert set(contents(library)) == {"dues", "fees", "memo"}


def test_changed_bytes_are_seen_whatever_the_time_stamp_says(
    library: Library, papers: Path
) -> None:
    ingest(library, papers)
    status = (papers / "fees.md").stat()
    (papers / "fees.md").write_text(FEES.replace("40", "50"))
    os.utime(papers / "fees.md", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert table(ingest(library, papers)) == {"fees.md": "indexed", "dues.md": "unchanged"}
    (papers / "dues.md").touch()
    assert table(ingest(library, papers)) == {"fees.md": "unchanged", "dues.md": "unchanged"}


def test_the_library_inside_the_folder_is_no_document(
    papers: Path, library_at: OpenLibrary, counting: CountingEmbedder
) -> None:
    library = library_at(papers / "library", counting)
    outcomes = ingest(library, papers, leave_out=papers / "library")
    assert table(outcomes) == {"fees.md": "indexed", "dues.md": "indexed"}


def test_the_ledger_tells_of_each_file_what_was_found(library: Library, papers: Path) -> None:
    (papers / "empty.txt").write_bytes(b"")
    ingest(library, papers)
    known = {Path(each.path).name: each for each in library.ledger.files().values()}
    fees = known["fees.md"]
    assert (fees.size, len(fees.sha256), fees.figures.format) == (len(FEES), 64, "md")
    assert (fees.figures.characters, fees.figures.passages, fees.figures.pages) == (76, 1, 0)
    assert fees.modified[:4] == fees.last_read[:4] == str(datetime.now(UTC).year)
    assert (fees.concerns, known["empty.txt"].concerns) == ((), ("empty file",))


def test_unreadable_files_are_told_and_stop_nothing(library: Library, papers: Path) -> None:
    (papers / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (papers / "empty.txt").write_bytes(b"")
    (papers / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    first, again = ingest(library, papers), ingest(library, papers)
    assert table(first) == {
        "broken.pdf": "skipped",
        "dues.md": "indexed",
        "empty.txt": "skipped",
        "fees.md": "indexed",
        "picture.png": "skipped",
    }
    problems = {Path(e.path).name: e.is_problem for e in first if e.outcome == "skipped"}
    assert problems == {"broken.pdf": True, "empty.txt": True, "picture.png": False}
    assert all(each.reason and "\n" not in each.reason for each in first if each.is_problem)
    told = {Path(e.path).name: e.is_problem for e in again if e.outcome == "skipped"}
    assert told == problems, "the second run tells what the first did"


def test_a_file_that_can_no_longer_be_read_takes_its_document_along(
    library: Library, papers: Path
) -> None:
    ingest(library, papers)
    (papers / "fees.md").write_bytes(b"")
    outcome = next(e for e in ingest(library, papers) if e.path.endswith("fees.md"))
    assert outcome.outcome == "skipped"
    assert outcome.reason.endswith("its earlier version was removed")
    assert set(contents(library)) == {"dues"}


def test_a_missing_path_and_an_empty_folder_are_told(library: Library, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    outcomes = ingest(library, tmp_path / "nowhere", tmp_path / "empty")
    assert [(e.outcome, e.reason, e.is_problem) for e in outcomes] == [
        ("skipped", "no such file or folder", True),
        ("skipped", "no files in this folder", True),
    ]


def test_a_changed_catalogue_is_used_and_changes_no_ids(library: Library, papers: Path) -> None:
    catalogue = papers / "catalogue.toml"
    catalogue.write_text('[fees]\ntitle = "The fees of 2014"\ndate = "2014"\n')
    ingest(library, papers)
    before = contents(library)
    assert library.ledger.facts()["fees"].title == "The fees of 2014"
    catalogue.write_text('[fees]\ntitle = "The fees of 2014"\ndate = "2014-10-21"\n')
    assert table(ingest(library, papers)) == {"fees.md": "indexed", "dues.md": "unchanged"}
    assert library.ledger.facts()["fees"].date == "2014-10-21"
    assert contents(library) == before


def test_a_new_title_is_embedded_and_found(
    library: Library, papers: Path, counting: CountingEmbedder
) -> None:
    ingest(library, papers)
    (papers / "catalogue.toml").write_text('[fees]\ntitle = "Zanzibar protocol"\n')
    counting.texts.clear()
    ingest(library, papers)
    assert [text.splitlines()[0] for text in counting.texts] == ["Zanzibar protocol › Fees"]
    assert library.index.search_lexical("Zanzibar", 3).keys() == set(contents(library)["fees"][1])


def test_a_broken_catalogue_stops_before_anything_is_changed(
    library: Library, papers: Path
) -> None:
    ingest(library, papers)
    before = contents(library)
    (papers / "fees.md").unlink()
    (papers / "catalogue.toml").write_text("[fees\n")
    with pytest.raises(CatalogueError):
        ingest(library, papers)
    assert contents(library) == before


LONG = "\n\n".join(
    f"# Section {n}\n\nRule {n} says that harbour {n} keeps register {n} for {n} years."
    for n in range(150)
)


@pytest.mark.parametrize("stop_after", [0, 3, 70, 140])
def test_an_interrupted_run_is_completed_by_the_next(
    tmp_path: Path,
    library_at: OpenLibrary,
    counting: CountingEmbedder,
    papers: Path,
    undisturbed: dict[str, tuple[str, list[str]]],
    stop_after: int,
) -> None:
    (papers / "long.md").write_text(LONG)
    counting.stop_after = stop_after
    with pytest.raises(KeyboardInterrupt):
        ingest(library_at(tmp_path / "data", counting), papers)
    counting.stop_after = None
    library = library_at(tmp_path / "data", counting)
    ingest(library, papers)
    assert contents(library) == undisturbed
    assert not library.ledger.is_dirty
    hits = library.retriever().search(Question("What does rule 77 say of register 77?"), 1)
    assert "register 77" in hits[0].passage.text


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, library_at: OpenLibrary, real: CountingEmbedder
) -> dict[str, tuple[str, list[str]]]:
    """What the library holds after a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    for name, text in (("fees", FEES), ("dues", DUES), ("long", LONG)):
        (folder / f"{name}.md").write_text(text)
    real.stop_after = None
    library = library_at(tmp_path_factory.mktemp("undisturbed-data"), real)
    ingest(library, folder)
    return contents(library)


def test_a_long_document_goes_on_where_it_was_cut_off(
    tmp_path: Path, library_at: OpenLibrary, counting: CountingEmbedder, papers: Path
) -> None:
    (papers / "long.md").write_text(LONG)
    counting.stop_after = 70
    with pytest.raises(KeyboardInterrupt):
        ingest(library_at(tmp_path / "data", counting), papers)
    counting.stop_after = None
    counting.texts.clear()
    library = library_at(tmp_path / "data", counting)
    ingest(library, papers)
    assert len(library.ledger.passages_of("long")) == 150
    held = len(library.ledger.passage_ids())
    assert len(counting.texts) == held - 64, "what was put by in steps of 64 is not made again"


def test_an_interrupted_update_shows_the_old_version_until_the_next_run(
    tmp_path: Path, library_at: OpenLibrary, counting: CountingEmbedder, papers: Path
) -> None:
    library = library_at(tmp_path / "data", counting)
    ingest(library, papers)
    old = library.ledger.document("fees")
    (papers / "fees.md").write_text(FEES.replace("40", "50"))
    counting.texts.clear()
    counting.stop_after = 0
    with pytest.raises(KeyboardInterrupt):
        ingest(library, papers)
    counting.stop_after = None
    library = library_at(tmp_path / "data", counting)
    assert library.ledger.document("fees") == old
    ingest(library, papers)
    assert contents(library)["fees"][0] == old.text.replace("40", "50")


def test_an_interrupt_between_files_keeps_those_that_are_done(
    tmp_path: Path, library_at: OpenLibrary, counting: CountingEmbedder, papers: Path
) -> None:
    def interrupt(done: int, total: int, what: str) -> None:
        if what == "fees.md":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library_at(tmp_path / "data", counting).ingester(interrupt).ingest(list_work([papers]))
    library = library_at(tmp_path / "data", counting)
    assert set(contents(library)) == {"dues"}
    assert table(ingest(library, papers)) == {"dues.md": "unchanged", "fees.md": "indexed"}


def test_lost_entries_of_the_indexes_are_mended_after_a_cut_off_run(
    library: Library, papers: Path
) -> None:
    ingest(library, papers)
    before = contents(library)
    library.index.remove(before["fees"][1])
    library.ledger.mark_dirty(True)
    ingest(library, papers)
    assert contents(library) == before


def test_two_ingests_at_once_are_refused(library: Library, papers: Path) -> None:
    with FileLock(library.settings.data_dir / "lock"), pytest.raises(IndexLockedError):
        ingest(library, papers)
    assert table(ingest(library, papers)) == {"dues.md": "indexed", "fees.md": "indexed"}


def test_other_settings_are_refused_with_the_way_out(library: Library, papers: Path) -> None:
    ingest(library, papers)
    settings = library.settings
    finer = settings.model_copy(
        update={"chunking": settings.chunking.model_copy(update={"max_tokens": 128})}
    )
    with pytest.raises(
        ManifestMismatchError, match=r"chunking\.max_tokens = 256.*say 128.*verse ingest --rebuild"
    ):
        open_library(finer)


def test_what_a_ledger_remembers_is_independent_of_the_working_folder(
    library: Library, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(papers.parent)
    ingest(library, Path("papers"))
    monkeypatch.chdir(papers)
    assert set(table(ingest(library, Path())).values()) == {"unchanged"}


def test_hidden_files_are_left_alone(library: Library, papers: Path) -> None:
    (papers / ".git").mkdir()
    (papers / ".git" / "HEAD.md").write_text("hidden text")
    (papers / ".draft.md").write_text("hidden text")
    assert set(table(ingest(library, papers))) == {"fees.md", "dues.md"}
