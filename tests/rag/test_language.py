"""Telling languages, above all: a question counts as foreign only where it surely is."""

from __future__ import annotations

import pytest

from rag.language import detect_language, foreign_language, language_name, question_language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Quels obstacles empêchent les migrants d’être soignés ?", "fr"),
        ("¿Qué es el piso de protección social?", "es"),
        ("ما هي أرضية الحماية الاجتماعية؟", "ar"),
        ("Что такое минимальный уровень социальной защиты?", "ru"),
        ("什么是社会保护底线？", "zh"),
    ],
)
def test_questions_in_the_other_languages_of_the_united_nations(
    question: str, language: str
) -> None:
    assert question_language(question) == foreign_language(question) == language


@pytest.mark.parametrize(
    "question",
    ["What is MIPEX?", "Why Mars?", "A/RES/70/1", "Cesarean section", "10.c", "", "\0", "¿?"],
)
def test_what_is_short_or_no_words_at_all_counts_as_english(question: str) -> None:
    assert foreign_language(question) == ""
    assert question_language(question) == "en"


def test_a_text_too_short_to_tell_has_no_language() -> None:
    assert detect_language("Chad 12 %") == ""
    assert detect_language("Le coût des envois de fonds doit baisser d’ici à 2030.") == "fr"


def test_a_language_without_a_name_here_keeps_its_code() -> None:
    assert (language_name("ar"), language_name("zz")) == ("Arabic", "zz")
