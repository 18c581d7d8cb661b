"""Misspelt words of a question and the library's nearest."""

from __future__ import annotations

import pytest

from rag.records import Correction
from rag.spelling import find_corrections, nearest_word, uninflected

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


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("forbidding", {"forbidd", "forbidde", "forbid"}),
        ("arranging", {"arrang", "arrange"}),
        ("docks", {"dock"}),
        ("trainned", {"trainn", "trainne"}),  # no letter is doubled behind two vowels
        ("statess", set()),
        ("migrantion", set()),
    ],
)
def test_what_a_word_may_be_a_form_of(word: str, forms: set[str]) -> None:
    assert set(uninflected(word)) == forms


def test_a_word_that_also_begins_sentences_is_written_as_it_was_asked() -> None:
    held = {"Integration": 9, "integration": 7}
    assert nearest_word("integrattion", lambda _: held) == "integration"
    assert nearest_word("Integrattion", lambda _: held) == "Integration"


def test_a_word_that_only_asks_is_nobodys_nearest() -> None:
    held = {"from": 9, "forum": 1}
    assert nearest_word("froum", lambda letter: held if letter == "f" else {}) == "forum"


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
