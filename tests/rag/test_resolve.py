"""What became of a passage that was cited: traced through changes of its document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.listing import list_work
from rag.pipeline import Library
from rag.resolve import resolve

FEES = (
    "# Fees\n\nA vessel that stays longer than fourteen days pays a fee of 40 crowns to the"
    " harbour master, who enters it in the register of the port.\n"
)
WAIVERS = "# Waivers\n\nThe council may waive the fee of a vessel in distress.\n"
DUES = "# Dues\n\nEach harbour reports its dues to the secretariat by 31 March.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "rules.md").write_text(FEES + WAIVERS)
    return papers


@pytest.fixture
def library(tmp_path: Path, library_at: Callable[..., Library], folder: Path) -> Library:
    library = library_at(tmp_path / "data")
    ingest(library, [folder])
    return library


def ingest(library: Library, paths: Sequence[Path]) -> None:
    library.ingester(lambda done, total, what: None).ingest(list_work(paths))


def cited(library: Library, words: str) -> str:
    """The id of the passage of the rules that holds `words`."""
    passages = library.ledger.passages_of("rules")
    return next(each.passage_id for each in passages if words in each.text)


def test_a_passage_that_stays_is_the_same(library: Library, folder: Path) -> None:
    fee, waiver = cited(library, "40 crowns"), cited(library, "waive")
    (folder / "rules.md").write_text(FEES + WAIVERS + DUES)
    ingest(library, [folder])
    assert resolve(library.ledger, fee).state == "same"
    found = resolve(library.ledger, waiver)
    assert (found.state, [each.passage_id for each in found.now]) == ("same", [waiver])


def test_a_passage_behind_new_text_has_moved_and_keeps_its_id(
    library: Library, folder: Path
) -> None:
    waiver = cited(library, "waive")
    start = library.ledger.passage(waiver).start
    (folder / "rules.md").write_text(DUES + FEES + WAIVERS)
    ingest(library, [folder])
    found = resolve(library.ledger, waiver)
    assert (found.state, found.now[0].passage_id) == ("moved", waiver)
    assert found.now[0].start > start
    assert resolve(library.ledger, waiver, start).state == "moved"
    assert resolve(library.ledger, waiver, found.now[0].start).state == "same"


def test_the_same_words_under_another_heading_have_moved(library: Library, folder: Path) -> None:
    fee = cited(library, "40 crowns")
    (folder / "rules.md").write_text(FEES.replace("# Fees", "# Charges") + WAIVERS)
    ingest(library, [folder])
    found = resolve(library.ledger, fee)
    assert found.state == "changed", "its heading is part of its text, and that has changed"
    assert found.now[0].section == ("Charges",)


def test_a_changed_passage_is_traced_to_what_it_is_now(library: Library, folder: Path) -> None:
    fee = cited(library, "40 crowns")
    (folder / "rules.md").write_text(DUES + FEES.replace("40 crowns", "55 crowns") + WAIVERS)
    ingest(library, [folder])
    found = resolve(library.ledger, fee)
    assert found.state == "changed"
    assert found.before is not None and "40 crowns" in found.before.text
    assert ["55 crowns" in each.text for each in found.now] == [True]


def test_a_passage_that_was_cut_anew_has_moved_to_those_that_hold_it(
    library: Library, folder: Path
) -> None:
    fee = cited(library, "40 crowns")
    more = "\n".join(f"\nRule {n} binds every harbour on the coast of the bay." for n in range(30))
    (folder / "rules.md").write_text(FEES + more + "\n" + WAIVERS)
    ingest(library, [folder])
    found = resolve(library.ledger, fee)
    assert found.state == "moved"
    assert found.now[0].text.startswith("Fees\n\nA vessel that stays longer")


def test_what_was_struck_out_is_gone_and_so_is_a_removed_document(
    library: Library, folder: Path
) -> None:
    fee, waiver = cited(library, "40 crowns"), cited(library, "waive")
    (folder / "rules.md").write_text(FEES)
    ingest(library, [folder])
    assert resolve(library.ledger, waiver).state == "gone"
    (folder / "rules.md").unlink()
    (folder / "dues.md").write_text(DUES)
    ingest(library, [folder])
    found = resolve(library.ledger, fee)
    assert (found.state, found.now) == ("gone", ())
    assert found.before is not None and "40 crowns" in found.before.text
    assert resolve(library.ledger, "rules:never").before is None


def test_words_that_come_back_are_the_same_again(library: Library, folder: Path) -> None:
    fee = cited(library, "40 crowns")
    (folder / "rules.md").write_text(FEES.replace("40", "55") + WAIVERS)
    ingest(library, [folder])
    (folder / "rules.md").write_text(FEES + WAIVERS)
    ingest(library, [folder])
    assert resolve(library.ledger, fee).state == "same"


def test_the_words_in_another_document_are_found(library: Library, folder: Path) -> None:
    fee = cited(library, "40 crowns")
    (folder / "charter.md").write_text(FEES + "# Charter\n\nThe charter stands for ten years.\n")
    (folder / "rules.md").unlink()
    ingest(library, [folder])
    found = resolve(library.ledger, fee)
    assert (found.state, [each.document_id for each in found.now]) == ("moved", ["charter"])
