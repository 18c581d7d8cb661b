"""Quotations from an older edition, and from a document that was read anew since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.listing import list_work
from rag.pipeline import Library
from rag.verify.records import Change, Checked

OLD = (
    "# Fees\n\nA vessel that stays longer than fourteen days may pay a fee of 40 crowns to the"
    " harbour master, who enters it in the register of the port.\n\n# Waivers\n\nThe council may"
    " waive the fee of a vessel in distress, and shall say so in writing to the master of it.\n"
)
NEW = OLD.replace("may pay a fee of 40", "must pay a fee of 50")
CATALOGUE = """
[rules-2012]
title = "Rules of the harbour"
date = "2012"

[rules-2020]
title = "Rules of the harbour, revised edition"
date = "2020-03"
edition = "Rev.1"
"""
FEE = "A vessel that stays longer than fourteen days may pay a fee of 40 crowns"
WAIVER = "The council may waive the fee of a vessel in distress"


@pytest.fixture
def library(tmp_path: Path, library_at: Callable[..., Library]) -> Library:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "catalogue.toml").write_text(CATALOGUE)
    (papers / "rules-2012.md").write_text(OLD)
    library = library_at(tmp_path / "data")
    ingest(library, papers)
    return library


def ingest(library: Library, papers: Path) -> None:
    library.ingester(lambda done, total, what: None).ingest(list_work([papers]))


def one(library: Library, quote: str) -> Checked:
    brief = f"It says “{quote}”.[^1]\n\n[^1]: Rules of the harbour, 2012.\n"
    (only,) = library.verifier().verify_file(brief.encode(), "brief.md").checked
    return only


def test_words_that_a_newer_edition_changed(library: Library, tmp_path: Path) -> None:
    assert one(library, FEE).verdict == "verbatim"
    (tmp_path / "papers" / "rules-2020.md").write_text(NEW)
    ingest(library, tmp_path / "papers")
    found = one(library, FEE)
    assert found.verdict == "changed in a newer edition"
    assert found.how == (
        "the newer edition (Rev.1, 2020-03) differs:",
        "“may” for “must”",
        "“40” for “50”",
    )
    assert found.standing is not None
    assert found.standing.document_id == "rules-2012"
    assert one(library, WAIVER).verdict == "verbatim"


def test_words_that_stood_before_a_document_was_read_anew(library: Library, tmp_path: Path) -> None:
    verifier = library.verifier()
    brief = f"It says “{FEE}”.[^1]\n\n[^1]: Rules of the harbour, 2012.\n".encode()
    assert verifier.verify_file(brief, "brief.md").is_sound
    (tmp_path / "papers" / "rules-2012.md").write_text(NEW)
    ingest(library, tmp_path / "papers")
    (found,) = verifier.verify_file(brief, "brief.md").checked
    assert found.verdict == "changed in a newer edition"
    assert found.how[0] == "stood in an earlier text of the document, which now differs:"
    assert found.changes == (Change("changed", "may", "must"), Change("changed", "40", "50"))


def test_words_of_a_document_that_was_removed_are_gone(library: Library, tmp_path: Path) -> None:
    (tmp_path / "papers" / "rules-2012.md").unlink()
    (tmp_path / "papers" / "dues.md").write_text(
        "# Dues\n\nEach harbour reports its dues in May.\n"
    )
    ingest(library, tmp_path / "papers")
    found = one(library, FEE)
    assert found.verdict == "gone"
    assert found.how == ("stood in rules-2012, which no longer has it",)


def test_another_work_of_nearly_that_title_is_no_edition(library: Library, tmp_path: Path) -> None:
    other = "# Pilots\n\nPilots of the port are examined each spring by the guild.\n"
    (tmp_path / "papers" / "rules-2020.md").write_text(other)
    ingest(library, tmp_path / "papers")
    assert one(library, FEE).verdict == "verbatim"
