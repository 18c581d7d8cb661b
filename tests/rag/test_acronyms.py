"""Acronyms learnt from texts, and questions that have one of the two forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.acronyms import Acronym, Acronyms, learn_acronyms


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("A social protection floor (SPF) is set.", "SPF", "social protection floor"),
        ("An SPF (social protection floor) is set.", "SPF", "social protection floor"),
        ("the Sustainable Development Goals (SDGs)", "SDG", "Sustainable Development Goals"),
        (
            "the Department of Economic and Social Affairs (DESA)",
            "DESA",
            "Department of Economic and Social Affairs",
        ),
        ("The European Union (“EU”) and others", "EU", "European Union"),
        (
            "small and medium-sized\nenterprises (SMEs; see box)",
            "SME",
            "small and medium-sized enterprises",
        ),
        ("non-governmental organizations (NGOs)", "NGO", "non-governmental organizations"),
        ("WHO (the World Health Organization)", "WHO", "World Health Organization"),
        (
            "l’Organisation internationale du Travail (OIT)",
            "OIT",
            "Organisation internationale du Travail",
        ),
        ("Организация Объединённых Наций (ООН)", "ООН", "Организация Объединённых Наций"),
        ("tuberculosis (TB)", "TB", "tuberculosis"),
        ("Coronavirus disease 2019 (COVID-19)", "COVID-19", "Coronavirus disease 2019"),
    ],
)
def test_an_explained_acronym_is_learnt(text: str, short: str, long: str) -> None:
    assert learn_acronyms(text) == (Acronym(short, long),)


@pytest.mark.parametrize(
    "text",
    [
        "the right of the child (the child)",
        "as in chapter two, part four (IV)",
        "in the annex of resolution (A/RES/70/1)",
        "adopted then (2015)",
        "paid by the State. Goals are met (SDG)",  # the sentence before has the letters
        "far away words that have no such letters (XYZ)",
        "SPF (SPF is set)",
        "(SPF) (",
    ],
)
def test_what_explains_nothing_is_not_learnt(text: str) -> None:
    assert learn_acronyms(text) == ()


def test_an_acronym_is_learnt_once_whatever_its_spelling() -> None:
    text = (
        "The International Labour Organisation (ILO). The International Labor Organization (ILO) "
        "and international labour organizations (ILOs)."
    )
    assert learn_acronyms(text) == (Acronym("ILO", "International Labour Organisation"),)


@pytest.fixture(scope="module")
def held() -> Acronyms:
    return Acronyms(
        [
            ("a", Acronym("SPF", "social protection floor")),
            ("b", Acronym("SPF", "Social Protection Floors")),
            ("b", Acronym("SPF", "sun protection factor")),
            ("c", Acronym("SPF", "sender policy framework")),
            ("c", Acronym("SPF", "single point of failure")),
            ("c", Acronym("WHO", "World Health Organization")),
        ]
    )


THREE = ("Social Protection Floors", "sender policy framework", "single point of failure")


@pytest.mark.parametrize(
    ("question", "further"),
    [
        ("What do SPFs cost?", THREE),  # of four, those of most documents first
        ("What is a social protection floor?", ("SPF",)),
        ("What are Social Protection Floors (SPF)?", THREE[1:]),
        ("Who pays, and what does the who say?", ()),
        ("What does WHO say?", ("World Health Organization",)),
        ("Does the world health organisation pay for an spf?", (*THREE, "WHO")),
    ],
)
def test_either_form_brings_the_other(
    held: Acronyms, question: str, further: tuple[str, ...]
) -> None:
    found = held.expand(question, is_word=lambda word: word == "who")
    assert found == further


def test_a_form_in_lower_case_is_the_acronym_where_it_is_no_word(held: Acronyms) -> None:
    assert held.expand("the who and the spf", is_word=bool) == ()
    assert len(held.expand("the who and the spf", is_word=lambda word: word == "who")) == 3


@given(st.text(alphabet="AaBb (IV)().,/-s\n’", max_size=80))
def test_any_text_is_read(text: str) -> None:
    for acronym in learn_acronyms(text):
        assert len(acronym.long) > len(acronym.short)
    Acronyms(("a", each) for each in learn_acronyms(text)).expand(text)
