"""Misspelt words of a question and the library's nearest."""

from __future__ import annotations

import pytest

from rag.spelling import Correction, find_corrections, nearest_word

HELD = {
    "Geneva": 9, "geneva": 1, "genera": 3, "Kenya": 4, "Keynes": 1, "remittances": 7,
    "remittance": 8, "migration": 5, "mitigation": 2, "labour": 5, "protection": 4, "projection": 3,
}  # fmt: skip


def words_from(letter: str) -> dict[str, int]:
    return {word: count for word, count in HELD.items() if word[0].lower() == letter.lower()}


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("Genava", "Geneva"),  # of "Geneva", "geneva" and "genera" the one in most passages
        ("egneva", "Geneva"),  # the first two letters swapped
        ("Keyna", "Kenya"),
        ("remitences", "remittances"),  # two edits, as it is long
        ("remittence", "remittance"),  # the nearest, though another is near
        ("migratoin", "migration"),
        ("prodection", "protection"),
        ("lebor", ""),  # two edits, but short
        ("Jeneva", ""),  # another first letter
        ("xylophone", ""),
    ],
)
def test_the_nearest_word(asked: str, nearest: str) -> None:
    assert nearest_word(asked, words_from) == nearest


def test_only_words_that_are_not_known_are_corrected_each_once() -> None:
    text = (
        "What do remitences from Genava cost in GENAVA-2014, and do SPFG, gen and Kenja pay Genava?"
    )
    known = {"cost", "from"}
    assert find_corrections(text, known.__contains__, words_from) == (
        Correction("remitences", "remittances"),
        Correction("Genava", "Geneva"),
        Correction("Kenja", "Kenya"),
    )


def test_a_question_in_capitals_is_read_too() -> None:
    (found,) = find_corrections("COST IN GENAVA", {"COST"}.__contains__, words_from)
    assert found == Correction("GENAVA", "Geneva")
