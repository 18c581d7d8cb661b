"""Notebooks as files: what is read back is the library's own, whatever the file says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.briefs.notebook_files import export_notebook, import_notebook
from rag.briefs.pins import make_heading, make_pin
from rag.briefs.records import Notebook, NotebookHeading, Pin
from rag.errors import NotebookError
from rag.ledger import Ledger
from rag.listing import list_work
from rag.pipeline import Library

FEES = """# Fees

The mooring fee is 40 crowns. It is due in May.

# Dues

Dues are paid in June.
"""


@pytest.fixture
def fees(tmp_path: Path, library_at: Callable[..., Library]) -> Library:
    library = library_at(tmp_path / "data")
    return filled(library, tmp_path, FEES)


def filled(library: Library, folder: Path, text: str) -> Library:
    (folder / "fees.md").write_text(text)
    library.ingester(lambda *args: None).ingest(list_work([folder / "fees.md"]))
    return library


def notebook(ledger: Ledger) -> Notebook:
    first = ledger.passages_of("fees")[0]
    start = first.start + first.text.index("It is due")
    pin = make_pin(ledger, first.passage_id, start, start + len("It is due in May."))
    pin = Pin(**{name: getattr(pin, name) for name in ("pin_id", "citation", "facts", "passage")},
              note="ask", tags=("money",))  # fmt: skip
    return Notebook("n", "Geneva", (make_heading("Money"), pin))


def rows(data: bytes) -> dict[str, Any]:
    return json.loads(data)


def test_a_notebook_comes_back_from_its_file_under_new_ids(fees: Library) -> None:
    before = notebook(fees.ledger)
    found = import_notebook(fees.ledger, export_notebook(before))
    assert (found.name, found.held, found.moved, found.not_held) == ("Geneva", 1, 0, 0)
    heading, pin = found.entries
    old = before.entries[1]
    assert isinstance(heading, NotebookHeading) and isinstance(pin, Pin) and isinstance(old, Pin)
    assert heading.text == "Money"
    assert (pin.citation, pin.facts, pin.passage) == (old.citation, old.facts, old.passage)
    assert (pin.note, pin.tags, pin.is_held) == ("ask", ("money",), True)
    assert pin.pin_id != old.pin_id


def test_what_a_file_says_of_a_quote_that_is_held_counts_for_nothing(fees: Library) -> None:
    file = rows(export_notebook(notebook(fees.ledger)))
    file["entries"][1] |= {
        "passage": "Pay me.", "passage_id": "x", "page": 99, "section": ["Bribes"],
        "facts": {"title": "<script>alert(1)</script>", "rights": "mine", "evil": "x"},
    }  # fmt: skip
    (_, pin) = import_notebook(fees.ledger, json.dumps(file).encode()).entries
    assert isinstance(pin, Pin)
    assert pin.passage.endswith("It is due in May.")
    assert (pin.citation.page, pin.citation.section) == (None, ("Fees",))
    assert pin.citation.passage_id == fees.ledger.passages_of("fees")[0].passage_id
    assert "script" not in pin.facts.title


def test_a_quote_that_moved_is_found_again_and_one_that_is_gone_is_marked(
    fees: Library, tmp_path: Path
) -> None:
    data = export_notebook(notebook(fees.ledger))
    filled(fees, tmp_path, "# News\n\nThe harbour is open.\n\n" + FEES)
    found = import_notebook(fees.ledger, data)
    (_, pin) = found.entries
    assert isinstance(pin, Pin)
    assert (found.held, found.moved, found.not_held, pin.is_held) == (0, 1, 0, True)
    text = fees.ledger.document("fees").text
    assert text[pin.citation.start : pin.citation.end] == "It is due in May."

    filled(fees, tmp_path, FEES.replace("in May", "in July"))
    found = import_notebook(fees.ledger, data)
    (_, pin) = found.entries
    assert isinstance(pin, Pin)
    assert (found.held, found.moved, found.not_held, pin.is_held) == (0, 0, 1, False)
    assert (pin.citation.quote, pin.facts.title, pin.note) == ("It is due in May.", "Fees", "ask")
    again = import_notebook(fees.ledger, export_notebook(Notebook("n", "Geneva", found.entries)))
    assert again.not_held == 1


PIN = {"kind": "pin", "document_id": "d", "passage_id": "p", "start": 0, "end": 3, "quote": "Pay"}


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ({}, "format: Field required"),
        ({"format": "x"}, "format: Input should be 'chapter-and-verse notebook'"),
        ({"version": 2}, "version: Input should be 1"),
        ({"name": " "}, "the name is empty"),
        ({"name": 5}, "name: Input should be a valid string"),
        ({"entries": [{"kind": "prompt"}]}, "entries.0: Input tag 'prompt'"),
        ({"entries": [PIN | {"start": -1}]}, "entries.0.pin.start: Input should be greater"),
        ({"entries": [PIN | {"start": 10**30}]}, "entries.0.pin.start: "),
        ({"entries": [PIN | {"quote": ""}]}, "entries.0.pin.quote: String should have at least"),
        ({"entries": [PIN | {"note": "x" * 10_001}]}, "the note 'x+' has 10,001 characters"),
        ({"entries": [{"kind": "heading", "text": ""}]}, "the heading is empty"),
        (
            {"entries": [{"kind": "heading", "text": "x"}] * 1001},
            "entries: Tuple should have at most",
        ),
    ],
)
def test_a_file_that_is_no_notebook_is_told_in_one_line(
    fees: Library, file: dict[str, Any], told: str
) -> None:
    whole = {"format": "chapter-and-verse notebook", "version": 1, "name": "n", "entries": []}
    data = json.dumps(whole | file if file else {}).encode()
    with pytest.raises(NotebookError, match=told) as refused:
        import_notebook(fees.ledger, data)
    assert "\n" not in str(refused.value)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.just(b"[" * 100_000) | st.just(b'{"a":' * 50_000))
def test_any_bytes_are_refused_in_one_line(starter_library: Library, data: bytes) -> None:
    with pytest.raises(NotebookError, match="this is no notebook that can be read"):
        import_notebook(starter_library.ledger, data)


def test_white_space_and_huge_files_are_no_bug(fees: Library) -> None:
    row = PIN | {"document_id": "fees", "quote": "\n\n", "start": 4, "end": 6}
    file = {"format": "chapter-and-verse notebook", "version": 1, "name": "n", "entries": [row]}
    assert import_notebook(fees.ledger, json.dumps(file).encode()).not_held == 1
    with pytest.raises(NotebookError, match="has 21 MB, at most 20 MB are read"):
        import_notebook(fees.ledger, b" " * (21 * 2**20))
