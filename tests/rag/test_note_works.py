"""What notes mean by "ibid.", "op. cit." and "see note 12"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.note_works import follow_notes
from rag.records import Note

RUIZ, OTT = "Ruiz, Small Ports, 2011, p. 3.", "Ott and Lindqvist, Tides, Oslo, 2014."


def written(texts: list[str], labels: list[str]) -> tuple[str, list[Note]]:
    text, notes = "", []
    for words, label in zip(texts, labels, strict=True):
        notes.append(Note(label, len(text), len(text) + len(words)))
        text += f"{words}\n"
    return text, notes


def followed(
    *texts: str, labels: list[str] | None = None, chapters: tuple[int, ...] = ()
) -> list[tuple[int, ...]]:
    """For each note the places, from 1, of the notes that name what it means.

    `chapters` are the places of the notes with which chapters start.
    """
    text, notes = written(list(texts), labels or [str(n) for n in range(1, len(texts) + 1)])
    place = {note.start: at for at, note in enumerate(notes, 1)}
    found = follow_notes(text, notes, [notes[at - 1].start for at in chapters])
    return [tuple(place[work.start] for work in note.works) for note in found]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("Ibid., p. 5.", 2),
        ("Ibidem.", 2),
        ("See ibid.", 2),
        ("ibíd., pág. 4", 2),
        ("Id. at 5.", 2),
        ("Idem, p. 9.", 2),
        ("A chapter of its own is given to it, ibid., chapter 6.", 2),
        ("Ruiz, op. cit., p. 9.", 1),
        ("See J. Ruiz, loc. cit.", 1),
        ("Ruiz, supra.", 1),
        ("Lindqvist, op. cit.", 2),
        ("Ott and Lindqvist, op. cit., note 2, p. 4.", 2),
        ("See note 1 above, p. 3.", 1),
        ("see footnote 1.", 1),
        ("Ruiz, supra note 1, at 12.", 1),
        ("n. 2 above", 2),
        ("Ruiz (n 1) 44.", 1),
        ("voir note 1", 1),
        ("Voir la note 2 ci-dessus.", 2),
        ("véase la nota 1", 1),
    ],
)
def test_a_reference_back_leads_to_the_note_that_names_the_work(words: str, meant: int) -> None:
    assert followed(RUIZ, OTT, words) == [(), (), (meant,)]


@pytest.mark.parametrize(
    "words",
    [
        "Ott, Rivers, 2019.",
        "Idem, Rivers, 2019.",  # another work by the same author
        "Falk, op. cit.",  # no such author
        "op. cit.",
        "See note 1 of the report.",  # of another text
        "See note 14 above.",
        "Explanatory note 2 was issued.",
        "Falk, Seas, 2012, p. 4; ibid., p. 5.",  # its own work
    ],
)
def test_with_nothing_to_go_by_nothing_is_said(words: str) -> None:
    assert followed(RUIZ, OTT, words)[2] == ()


def test_chains_end_at_the_note_that_names_the_work() -> None:
    texts = (RUIZ, "Ibid.", "Ibid., p. 7.", OTT, "Ruiz, op. cit.", "Ibid.", "See note 3 above.")
    assert followed(*texts) == [(), (1,), (1,), (), (1,), (1,), (1,)]


def test_a_note_below_and_several_notes() -> None:
    assert followed("See note 3 below.", "Ibid.", RUIZ, OTT, "See notes 3 and 4.") == [
        (3,),
        (),
        (),
        (),
        (3, 4),
    ]


def test_ibid_does_not_reach_over_a_note_that_is_missing_or_names_no_work() -> None:
    assert followed(RUIZ, "Ibid.", labels=["5", "7"]) == [(), ()]
    assert followed(RUIZ, "Chad is left out.", "Ibid.") == [(), (), ()]
    assert followed(RUIZ, "Ibid.", labels=["9", "1"], chapters=(1, 2)) == [(), ()]


def test_numbers_that_count_anew_mean_the_note_in_the_same_chapter() -> None:
    texts = (RUIZ, "Kept.", OTT, "See note 1 above.")
    assert followed(*texts, labels=["1", "2", "1", "2"], chapters=(1, 3))[3] == (3,)


def test_two_works_of_one_author_are_not_guessed_between() -> None:
    other = "Ruiz, Big Ports, 2015."
    assert followed(RUIZ, other, "Ruiz, op. cit.")[2] == ()
    assert followed(RUIZ, other, "Ruiz (2015), op. cit.")[2] == (2,)


parts = st.sampled_from(
    [
        "Ibid.",
        "ibid",
        "Id.",
        "Ruiz",
        "op. cit.",
        "See note 1 above",
        "note 2 below",
        "2010",
        "; ",
        ", ",
    ]
)


@given(st.lists(st.tuples(st.sampled_from("1234*"), st.lists(parts, max_size=4)), max_size=12))
def test_works_are_other_notes_that_stand_for_themselves(
    given_notes: list[tuple[str, list[str]]],
) -> None:
    texts = [" ".join(each) or "-" for _, each in given_notes]
    text, notes = written(texts, [label for label, _ in given_notes])
    found = follow_notes(text, notes, [0])
    spans = {(note.start, note.end) for note in notes}
    for note in found:
        assert set(note.works) <= spans - {(note.start, note.end)}
        assert len(set(note.works)) == len(note.works)


@given(st.text(max_size=60))
def test_any_words_are_read(words: str) -> None:
    given_notes = [Note("1", 0, len(words)), Note("2", len(words), 2 * len(words))]
    found = follow_notes(f"{words}{words}", given_notes)
    assert [(note.label, note.start, note.end) for note in found] == [
        (note.label, note.start, note.end) for note in given_notes
    ]
    for note, other in zip(found, reversed(given_notes), strict=True):
        assert set(note.works) <= {(other.start, other.end)}
