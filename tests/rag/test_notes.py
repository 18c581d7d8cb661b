"""Markers resolved to notes: by order, by page, by nearness."""

from rag.notes import Marker, resolve_notes
from rag.records import Note


def markers_of(notes: tuple[Note, ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(note.label, note.markers) for note in notes]


def test_a_footnote_1_and_an_endnote_1_get_their_own_markers() -> None:
    notes = [Note("1", 100, 110), Note("1", 900, 910), Note("2", 911, 920)]
    markers = [Marker("1", 5), Marker("1", 40), Marker("2", 60)]
    assert markers_of(resolve_notes(notes, markers)) == [("1", (5,)), ("1", (40,)), ("2", (60,))]


def test_one_note_takes_all_markers_of_its_label_and_strangers_are_dropped() -> None:
    notes = [Note("*", 50, 60)]
    markers = [Marker("*", 5), Marker("3", 8), Marker("*", 70)]
    assert markers_of(resolve_notes(notes, markers)) == [("*", (5, 70))]


def test_numbering_that_restarts_is_resolved_on_the_page() -> None:
    notes = [Note("1", 90, 99), Note("1", 190, 199)]
    markers = [Marker("1", 10), Marker("1", 20), Marker("1", 120)]
    found = resolve_notes(notes, markers, page_starts=[(0, 1), (100, 2)])
    assert markers_of(found) == [("1", (10, 20)), ("1", (120,))]


def test_without_pages_the_next_note_is_meant_else_the_last() -> None:
    notes = [Note("1", 90, 99), Note("1", 190, 199)]
    markers = [Marker("1", 10), Marker("1", 120), Marker("1", 300)]
    assert markers_of(resolve_notes(notes, markers)) == [("1", (10,)), ("1", (120, 300))]
