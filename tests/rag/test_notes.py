"""Markers resolved to notes: on the page, in order, in the chapter, a second time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.load.blocks import build_document
from rag.load.pieces import Piece, Run, plain
from rag.notes import Marker, note_references, references_within, resolve_notes
from rag.records import Block, Document, Note, NoteReference, Span


def markers_of(notes: tuple[Note, ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(note.label, note.markers) for note in notes]


def laid_out(
    *line: str, chapters: tuple[int, ...] = ()
) -> tuple[list[Note], list[Marker], list[int]]:
    """Markers ("m1") and notes ("n1") in the order of the text, ten characters apart."""
    at = [10 * n for n in range(1, len(line) + 1)]
    notes = [Note(each[1:], o, o + 9) for each, o in zip(line, at, strict=True) if each[0] == "n"]
    found = [Marker(each[1:], o) for each, o in zip(line, at, strict=True) if each[0] == "m"]
    return notes, found, [10 * n + 5 for n in chapters]


def resolved(*line: str, chapters: tuple[int, ...] = ()) -> list[tuple[str, tuple[int, ...]]]:
    notes, markers, starts = laid_out(*line, chapters=chapters)
    return markers_of(resolve_notes(notes, markers, chapter_starts=starts))


def test_a_footnote_1_and_an_endnote_1_get_their_own_markers() -> None:
    notes = [Note("1", 100, 110), Note("1", 900, 910), Note("2", 911, 920)]
    markers = [Marker("1", 5), Marker("1", 40), Marker("2", 60)]
    assert markers_of(resolve_notes(notes, markers)) == [("1", (5,)), ("1", (40,)), ("2", (60,))]
    paged = resolve_notes(notes, markers, [(0, 1), (200, 2)], chapter_starts=[30])
    assert markers_of(paged) == [("1", (5,)), ("1", (40,)), ("2", (60,))]


def test_one_note_takes_all_markers_of_its_label_and_strangers_are_dropped() -> None:
    notes = [Note("*", 50, 60)]
    markers = [Marker("*", 5), Marker("3", 8), Marker("*", 70)]
    assert markers_of(resolve_notes(notes, markers)) == [("*", (5, 70))]


def test_numbering_that_restarts_is_resolved_on_the_page() -> None:
    notes = [Note("1", 90, 99), Note("1", 190, 199)]
    markers = [Marker("1", 10), Marker("1", 20), Marker("1", 120)]
    found = resolve_notes(notes, markers, page_starts=[(0, 1), (100, 2)])
    assert markers_of(found) == [("1", (10, 20)), ("1", (120,))]


def test_a_marker_that_was_missed_does_not_shift_the_pages_after_it() -> None:
    notes = [Note("1", 90, 99), Note("1", 190, 199), Note("1", 290, 299)]
    markers = [Marker("1", 10), Marker("1", 210), Marker("1", 220)]
    found = resolve_notes(notes, markers, page_starts=[(0, 1), (100, 2), (200, 3)])
    assert markers_of(found) == [("1", (10,)), ("1", ()), ("1", (210, 220))]


def test_without_pages_the_next_note_is_meant_else_the_last() -> None:
    notes = [Note("1", 90, 99), Note("1", 190, 199)]
    markers = [Marker("1", 10), Marker("1", 120), Marker("1", 300)]
    assert markers_of(resolve_notes(notes, markers)) == [("1", (10,)), ("1", (120, 300))]


def test_notes_at_the_ends_of_chapters_that_count_anew() -> None:
    line = "m1 m2 m1 n1 n2 m1 m2 n1 n2".split()
    expected = [("1", (10, 30)), ("2", (20,)), ("1", (60,)), ("2", (70,))]
    assert resolved(*line, chapters=(0, 5)) == expected


def test_markers_missed_at_the_border_of_chapters() -> None:
    # Note 2 of the first chapter and marker 2 of the second are not there.
    line = "m1 m2 n1 m1 n1 n2".split()
    assert resolved(*line, chapters=(0, 3))[:2] == [("1", (10,)), ("1", (40,))]


def test_notes_of_all_chapters_gathered_at_the_end() -> None:
    line = "m1 m2 m3 m1 m3 n1 n2 n3 n1 n2 n3".split()
    first, second = (
        [(str(n), (10 * n,)) for n in (1, 2, 3)],
        [("1", (40,)), ("2", ()), ("3", (50,))],
    )
    assert resolved(*line, chapters=(0, 3, 5)) == [*first, *second]


def test_endnotes_under_a_heading_of_their_own() -> None:
    def raised(*words: str) -> Piece:
        runs = (Run(word, raised=word.isdecimal()) for word in words)
        return Piece("paragraph", tuple(runs))

    document = build_document(
        "d",
        [
            plain("heading", "One", 1),
            raised("Fees rose", "1", " and fell.", "2"),
            plain("heading", "Two", 1),
            raised("Dues in 2010", "1", " were low.", "2"),
            plain("heading", "Notes", 1),
            *(raised(label, f" Source {n}.") for n, label in enumerate("1212")),
        ],
    )
    assert "Fees rose and fell." in document.text and "Dues in 2010 were low." in document.text
    before = [document.text[: note.markers[0]].split()[-1] for note in document.notes]
    assert before == ["rose", "fell.", "2010", "low."]


labels = st.sampled_from(["1", "2", "3", "*", "a"])
texts = st.lists(st.tuples(st.booleans(), labels), max_size=30)


@given(texts, st.lists(st.integers(0, 30), max_size=4), st.booleans())
def test_each_marker_goes_to_one_note_of_its_label(
    text: list[tuple[bool, str]], borders: list[int], is_paged: bool
) -> None:
    notes, markers, starts = laid_out(
        *(f"{'m' if is_marker else 'n'}{label}" for is_marker, label in text),
        chapters=tuple(sorted(borders)),
    )
    pages = [(start, number) for number, start in enumerate(starts, 1)] if is_paged else []
    found = resolve_notes(notes, markers, pages, [] if is_paged else starts)
    given_out = sorted((offset, note.label) for note in found for offset in note.markers)
    assert set(given_out) <= {(marker.offset, marker.label) for marker in markers}
    assert len(set(given_out)) == len(given_out)


def test_a_stretch_rests_on_the_notes_whose_markers_stand_behind_its_characters() -> None:
    text = "One. Two.\n\nRuiz, Ports, 2011.\nIbid."
    notes = (
        Note("1", 11, 29, markers=(4,)),
        Note("2", 30, 35, markers=(9,), works=(Span(11, 29),)),
    )
    references = note_references(Document("d", text, (Block("paragraph", 0, 9),), (), notes=notes))
    first = NoteReference("1", 4, "Ruiz, Ports, 2011.")
    second = NoteReference("2", 9, "Ibid.", ("note 1: Ruiz, Ports, 2011.",))
    assert references_within(references, 0, 4) == (first,)
    assert references_within(references, 4, 9) == (second,)
    assert references_within(references, 0, 9) == (first, second)
