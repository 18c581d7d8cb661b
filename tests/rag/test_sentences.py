"""Where sentences begin and end."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.sentences import sentence_spans


def split(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, 0, len(text), language)]


@pytest.mark.parametrize(
    "sentence",
    [
        "He met H.E. Ms. Aminata Toure in New York.",
        "It rests on Convention No. 202 of the ILO.",
        "The session runs from 8.30 - 10.00 am in Room 5.",
        "The U.N. General Assembly met in September.",
        "This was shown by Smith et al. (2012) in a study.",
        "Costs, e.g. fees, are high (i.e. above 7 per cent).",
        "In the U.S. wages rose by 3.5 per cent.",
        "Resolution A/RES/70/1 (para. 23) says so.",
        "The ILO, IOM, etc. took part.",
        "Figures are in Fig. 3 and on pp. 12-15.",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence: str) -> None:
    assert split(f"{sentence} Then they left.") == [sentence, "Then they left."]


def test_an_enumerator_stays_with_its_sentence() -> None:
    text = "1. Every child has a right. 2. The gap is wide."
    assert split(text) == ["1. Every child has a right.", "2. The gap is wide."]


@pytest.mark.parametrize("mark", ["(b)", "b)", "iv.", "12."])
def test_sentences_after_any_enumerator_are_told_apart(mark: str) -> None:
    assert split(f"{mark} States should act. They may wait.") == [
        f"{mark} States should act.",
        "They may wait.",
    ]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fr", ["Le rapport de M. Dupont est clair.", "Voir l'art. 5 de la loi."]),
        ("es", ["El Sr. García habló primero.", "¿Quién paga?", "Nadie."]),
        ("ru", ["В 2014 г. совет решил вопрос.", "Он принял план."]),
        ("ar", ["اجتمع المجلس اليوم.", "ماذا قرر الأعضاء؟", "لا شيء."]),
    ],
)
def test_other_languages(language: str, sentences: list[str]) -> None:
    assert split(" ".join(sentences), language) == sentences


def test_chinese_without_spaces() -> None:
    sentences = ["委员会今天开会。", "它通过了决议。", "谁付钱？"]
    assert split("".join(sentences), "zh") == sentences


def test_offsets_count_from_the_start_of_the_whole_text() -> None:
    text = "Skip this. One here. Two here. Skip that."
    assert sentence_spans(text, 11, 30) == [(11, 20), (21, 30)]


def test_white_space_alone_holds_no_sentence() -> None:
    assert sentence_spans(" \n\t ", 0, 4) == []


PIECES = st.sampled_from(
    [
        *"e.g. No. 1. (a) al. H.E. ? ! ... 。 “ ” word Word été слово 字 🙂".split(),
        *["et al.", "\n", "\n\n", "\r\n", "\x0b", "\x1c", "\u00a0", "\u2003", "\u200b"],
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=25).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, language=st.sampled_from(["en", "fr", "ru", "ar", "zh", "", "xx"]))
@example(text="1. \x85 a. \u2028 b", language="en")
def test_every_visible_character_lies_in_exactly_one_sentence(text: str, language: str) -> None:
    spans = sentence_spans(text, 0, len(text), language)
    covered = [at for start, end in spans for at in range(start, end)]
    assert covered == sorted(set(covered))
    assert {at for at, char in enumerate(text) if not char.isspace()} <= set(covered)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip() != ""
