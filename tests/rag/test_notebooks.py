"""Notebooks: words from the library alone, no lost change between tabs, threads and processes."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.briefs.make import brief_of_notebook
from rag.briefs.notebooks import Notebooks
from rag.briefs.pins import make_heading, make_pin
from rag.briefs.records import NotebookHeading, Pin
from rag.errors import DocumentNotFoundError, NotebookError, StaleNotebookError, StoreError
from rag.pipeline import Library, open_notebooks
from rag.settings import load_settings


@pytest.fixture
def notebooks(tmp_path: Path) -> Iterator[Notebooks]:
    notebooks = open_notebooks(load_settings(tmp_path / "data"))
    yield notebooks
    notebooks.close()


@pytest.fixture(scope="module")
def pins(starter_library: Library) -> list[Pin]:
    ledger = starter_library.ledger
    return [make_pin(ledger, each) for each in sorted(ledger.passage_ids())]


def ids(entries: tuple[Pin | NotebookHeading, ...]) -> list[str]:
    return [each.pin_id if isinstance(each, Pin) else each.heading_id for each in entries]


def test_a_pin_has_the_words_of_the_library_at_its_place(starter_library: Library) -> None:
    ledger = starter_library.ledger
    passage = next(
        each for each in ledger.passages_of("starter-health-access") if "12." in each.text
    )
    whole = make_pin(ledger, passage.passage_id)
    assert whole.citation.quote == whole.passage == passage.text
    assert (whole.citation.page, whole.citation.page_label) == (passage.page, passage.page_label)
    start = passage.start + passage.text.index("12.")
    part = make_pin(ledger, passage.passage_id, start, start + 4)
    assert (part.citation.quote, part.citation.start, part.citation.end) == (
        "12.",
        start,
        start + 3,
    )
    assert (part.facts.title, part.is_held) == (whole.citation.title, True)
    for first, last in ((0, 1), (start, start), (passage.end, passage.end + 5), (start, 10**9)):
        with pytest.raises(NotebookError, match="choose words within it"):
            make_pin(ledger, passage.passage_id, first, last)
    with pytest.raises(DocumentNotFoundError, match="no passage 'none'"):
        make_pin(ledger, "none")


def test_what_is_put_into_a_notebook_comes_back_in_order(
    notebooks: Notebooks, pins: list[Pin], tmp_path: Path
) -> None:
    made = notebooks.new("ana", "  For\n Geneva ")
    assert (made.name, made.version, made.entries) == ("For Geneva", 1, ())
    notebooks.add("ana", made.notebook_id, [pins[0]])
    held = notebooks.add("ana", made.notebook_id, [make_heading("Health"), pins[1]])
    assert (ids(held.entries)[::2], held.version) == ([pins[0].pin_id, pins[1].pin_id], 3)
    first, heading, second = held.entries
    assert isinstance(first, Pin) and isinstance(heading, NotebookHeading)
    noted = replace(first, note=" read this ", tags=("law", "law", " ", "health  care"))
    saved = notebooks.save("ana", replace(held, name="Geneva", entries=(heading, second, noted)))
    assert saved.entries == (
        heading,
        second,
        replace(first, note="read this", tags=("law", "health care")),
    )
    assert (saved.name, saved.version) == ("Geneva", 4)
    other = open_notebooks(load_settings(tmp_path / "data"))
    assert other.open("ana", saved.notebook_id) == saved
    (line,) = other.listed("ana")
    assert (line.name, line.pins, line.changed_at) == ("Geneva", 2, saved.changed_at)
    other.close()
    brief = brief_of_notebook(saved)
    assert [each.heading for each in brief.sections] == ["Health"]
    assert brief.sections[0].items[-1].text == "read this"


def test_a_tab_that_saw_an_older_version_overwrites_nothing(
    notebooks: Notebooks, pins: list[Pin]
) -> None:
    made = notebooks.new("ana", "Geneva", pins[:2])
    one = notebooks.save("ana", replace(made, entries=made.entries[::-1]))
    with pytest.raises(StaleNotebookError, match=r"'Geneva' was changed elsewhere .*open it anew"):
        notebooks.save("ana", replace(made, name="Lost"))
    assert notebooks.open("ana", made.notebook_id) == one
    added = notebooks.add("ana", made.notebook_id, [pins[2]])
    assert ids(added.entries) == [pins[1].pin_id, pins[0].pin_id, pins[2].pin_id]


def test_saving_never_changes_the_words_of_a_pin(notebooks: Notebooks, pins: list[Pin]) -> None:
    made = notebooks.new("ana", "Geneva", pins[:1])
    forged = replace(
        pins[0], citation=replace(pins[0].citation, quote="Pay me."), passage="Pay me."
    )
    saved = notebooks.save("ana", replace(made, entries=(forged,)))
    assert saved.entries == (pins[0],)
    with pytest.raises(NotebookError, match="a pin of this notebook is not known here"):
        notebooks.save("ana", replace(saved, entries=(replace(forged, pin_id="mine"),)))
    with pytest.raises(NotebookError, match="a heading has the id of a pin"):
        notebooks.save("ana", replace(saved, entries=(NotebookHeading(pins[0].pin_id, "Pay me."),)))
    with pytest.raises(NotebookError, match="is in the notebook, or was taken out"):
        notebooks.add("ana", made.notebook_id, [forged])
    assert notebooks.open("ana", made.notebook_id) == saved


def test_pins_taken_out_and_notebooks_deleted_come_back(
    notebooks: Notebooks, pins: list[Pin]
) -> None:
    made = notebooks.new("ana", "Geneva", pins[:3])
    less = notebooks.save("ana", replace(made, entries=made.entries[1:]))
    assert len(less.entries) == 2
    back = notebooks.save("ana", replace(less, entries=made.entries))
    assert back.entries == made.entries
    notebooks.delete("ana", made.notebook_id)
    assert (notebooks.listed("ana"), [each.name for each in notebooks.deleted("ana")]) == (
        (),
        ["Geneva"],
    )
    for use in (notebooks.open, notebooks.delete):
        with pytest.raises(NotebookError, match=r"no notebook .* it may have been deleted"):
            use("ana", made.notebook_id)
    assert notebooks.restore("ana", made.notebook_id) == back


def test_nobody_else_can_open_change_or_restore_a_notebook(
    notebooks: Notebooks, pins: list[Pin]
) -> None:
    made = notebooks.new("ana", "Geneva", pins[:1])
    for use in (
        lambda: notebooks.open("ben", made.notebook_id),
        lambda: notebooks.save("ben", made),
        lambda: notebooks.add("ben", made.notebook_id, pins[1:2]),
        lambda: notebooks.delete("ben", made.notebook_id),
        lambda: notebooks.restore("ben", made.notebook_id),
        lambda: notebooks.open("ana", "\ud800"),
    ):
        with pytest.raises(NotebookError, match="no notebook"):
            use()
    assert notebooks.listed("ben") == ()
    assert notebooks.open("ana", made.notebook_id) == made


def test_there_are_limits_told_in_one_line(notebooks: Notebooks, pins: list[Pin]) -> None:
    made = notebooks.new("ana", "Geneva", pins[:1])
    (pin,) = made.entries
    assert isinstance(pin, Pin)
    for changed, told in (
        (replace(made, name=" \n"), "the name is empty"),
        (replace(made, name="x" * 201), "the name 'x+' has 201 characters, at most 200"),
        (
            replace(made, entries=(replace(pin, note="x" * 10_001),)),
            "note .* has 10,001 characters",
        ),
        (replace(made, entries=(replace(pin, tags=("x" * 61,)),)), "the tag .* has 61 characters"),
        (replace(made, entries=(replace(pin, tags=tuple(map(str, range(21)))),)), "21 tags"),
        (
            replace(made, entries=(NotebookHeading("h", "x" * 301),)),
            "heading .* has 301 characters",
        ),
        (replace(made, entries=(NotebookHeading("h", "\ud800"),)), "the heading is not valid text"),
        (replace(made, entries=(pin, pin)), "two entries of the notebook have one id"),
        (
            replace(made, entries=tuple(NotebookHeading(str(n), "x") for n in range(1001))),
            "1,001 entries are more than a notebook holds, 1,000",
        ),
    ):
        with pytest.raises(NotebookError, match=told) as refused:
            notebooks.save("ana", changed)
        assert "\n" not in str(refused.value)
    assert notebooks.open("ana", made.notebook_id) == made
    for n in range(199):
        notebooks.new("ana", str(n))
    with pytest.raises(NotebookError, match="200 notebooks are the most"):
        notebooks.new("ana", "one more")


def test_two_hundred_pins_are_kept_quickly(notebooks: Notebooks, pins: list[Pin]) -> None:
    made = notebooks.new(
        "ana", "Geneva", [replace(pins[n % 100], pin_id=str(n)) for n in range(200)]
    )
    started = time.perf_counter()
    for _ in range(5):
        made = notebooks.save("ana", replace(made, entries=made.entries[::-1]))
    assert time.perf_counter() - started < 5  # measured: 0.03 s each
    assert ids(made.entries) == [str(n) for n in range(199, -1, -1)]


def test_two_threads_on_one_notebook_lose_nothing(notebooks: Notebooks, pins: list[Pin]) -> None:
    made = notebooks.new("ana", "Geneva")
    stale = []

    def work(own: list[Pin]) -> None:
        for pin in own:
            notebooks.add("ana", made.notebook_id, [pin])
            while True:
                seen = notebooks.open("ana", made.notebook_id)
                noted = tuple(
                    replace(each, note="read") if each == pin else each for each in seen.entries
                )
                try:
                    notebooks.save("ana", replace(seen, entries=noted))
                except StaleNotebookError:
                    stale.append(pin)
                    continue
                break

    threads = [threading.Thread(target=work, args=(pins[n * 20 : n * 20 + 20],)) for n in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    held = notebooks.open("ana", made.notebook_id)
    assert sorted(ids(held.entries)) == sorted(each.pin_id for each in pins[:40])
    assert all(isinstance(each, Pin) and each.note == "read" for each in held.entries)
    assert held.version == 1 + 80


def _fill(folder: Path, notebook_id: str, kept: list[Pin]) -> None:
    notebooks = open_notebooks(load_settings(folder))
    for pin in kept:
        notebooks.add("ana", notebook_id, [pin])


def test_processes_share_a_notebook_and_a_killed_one_breaks_nothing(
    notebooks: Notebooks, pins: list[Pin], tmp_path: Path
) -> None:
    made = notebooks.new("ana", "Geneva")
    start = multiprocessing.get_context("spawn").Process
    others = [
        start(target=_fill, args=(tmp_path / "data", made.notebook_id, pins[n * 50 : n * 50 + 50]))
        for n in range(2)
    ]
    for each in others:
        each.start()
    while len(notebooks.open("ana", made.notebook_id).entries) < 10:
        time.sleep(0.01)
    others[0].kill()
    for each in others:
        each.join()
    assert others[1].exitcode == 0
    held = notebooks.open("ana", made.notebook_id)
    assert {each.pin_id for each in pins[50:100]} <= set(ids(held.entries))
    assert held.version == 1 + len(held.entries)
    assert notebooks.add("ana", made.notebook_id, [pins[120]]).entries[-1] == pins[120]


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notebooks.sqlite").write_text("this is no database " * 100)
    with pytest.raises(StoreError, match=r"notebooks\.sqlite cannot be opened .*begin anew"):
        Notebooks(tmp_path / "notebooks.sqlite")
    with sqlite3.connect(tmp_path / "later.sqlite") as database:
        database.execute("PRAGMA user_version = 9")
    database.close()
    with pytest.raises(StoreError, match="made by a later version, 9"):
        Notebooks(tmp_path / "later.sqlite")
