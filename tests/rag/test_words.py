"""Texts made ready for the lexical index."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.words import Prepared, find_words, prepare, words_as_written


@pytest.mark.parametrize(
    ("text", "running", "beside"),
    [
        ("Co-operation helps", "cooperation helps", "operation"),
        ("decision-making", "decision-making", "decisionmaking"),
        ("Non‑binding e-mail", "nonbinding email", "binding mail"),
        ("follow-up-to-date", "follow-up-to-date", "followuptodate"),
        ("COVID-19 and pre-2015", "covid-19 and pre-2015", ""),
        ("The U.N. and the U.S.", "the un and the us", ""),
        ("10,000 people, 1,234,567 and 2,50", "10000 people, 1234567 and 2,50", ""),
        ("the children's rights", "the children rights", ""),
        ("soft\u00adened", "softened", ""),
        ("Labour", "labor", ""),
        ("所有船只", " 所有 有船 船只 ", ""),
    ],
)
def test_english_made_ready(text: str, running: str, beside: str) -> None:
    assert prepare(text, is_english=True) == Prepared(running, beside)


def test_other_languages_keep_their_spelling() -> None:
    assert prepare("la labour, l'ami's", is_english=False) == Prepared("la labour, l'ami's")


def test_words_as_written_keep_capitals_and_leave_out_what_is_no_word() -> None:
    text = "Geneva, geneva; the 3rd co-operation in 船只 2014"
    assert words_as_written(text) == {"Geneva", "geneva", "operation"}


def test_places_of_words_with_hyphens_whole() -> None:
    text = "Non-binding, A/RES."
    assert [text[start:end] for start, end in find_words(text)] == ["Non-binding", "A", "RES"]


@given(st.text(max_size=60))
def test_any_text_is_made_ready_and_in_lower_case(text: str) -> None:
    prepared = prepare(text, is_english=True)
    assert prepared.running == prepared.running.lower()
