"""Compound questions, follow-ups, and questions without a subject."""

from __future__ import annotations

import pytest

from rag.records import Question, Turn
from rag.rewrite import rewrite


def parts(text: str) -> list[str]:
    return [part.text for part in rewrite(Question(text)).parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "What are the main barriers that migrants face? Does gender make a difference?",
            ["What are the main barriers that migrants face?", "Does gender make a difference?"],
        ),
        (
            "How many children were out of school, and what share of them were girls?",
            ["How many children were out of school", "What share of them were girls?"],
        ),
        (
            "Who chaired the meeting; what was decided?",
            ["Who chaired the meeting", "What was decided?"],
        ),
        (
            "1. What is a floor?\n2. What is a ladder?",
            ["1. What is a floor?", "2. What is a ladder?"],
        ),
        # Background goes with the question that it introduces.
        (
            "The Forum met in 2014. What did it say about fees?",
            ["The Forum met in 2014. What did it say about fees?"],
        ),
    ],
)
def test_a_compound_question_is_cut_where_each_part_asks(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "When and where was the meeting held?",
        "What is said about research and development?",
        "What are the rights and duties of employers and workers?",
        "How do remittances affect health and education?",
        "Which countries sent and received most migrants?",
    ],
)
def test_what_asks_one_thing_stays_whole(text: str) -> None:
    assert parts(text) == [text]


def test_a_part_that_leans_is_searched_with_the_first() -> None:
    first, second = rewrite(
        Question("How high are remittance costs in Africa and how can they be lowered?")
    ).parts
    assert first.query == "How high are remittance costs in Africa"
    assert second.query == ("How high are remittance costs in Africa How can they be lowered?")


BARRIERS = Turn("What are the barriers to health care for migrants?", "There are many.")


def test_a_follow_up_leans_on_the_question_before() -> None:
    rewritten = rewrite(Question("And what about nurses?", (BARRIERS,)))
    assert rewritten.query == f"{BARRIERS.question} And what about nurses?"
    assert [part.text for part in rewritten.parts] == ["And what about nurses?"]


def test_a_follow_up_of_a_follow_up_reaches_back_to_the_subject() -> None:
    history = (BARRIERS, Turn("And for women?"))
    query = rewrite(Question("Why is that?", history)).query
    assert query == f"{BARRIERS.question} And for women? Why is that?"


def test_a_question_with_a_subject_of_its_own_ignores_the_conversation() -> None:
    text = "Who chaired the steering committee of the coalition in 2012?"
    assert rewrite(Question(text, (BARRIERS,))).query == text


@pytest.mark.parametrize("text", ["Tell me more", "Is it that?", "???", "Why?", "—"])
def test_nothing_to_look_for_is_unclear_only_without_a_conversation(text: str) -> None:
    assert rewrite(Question(text)).is_unclear
    assert not rewrite(Question(text, (BARRIERS,))).is_unclear


@pytest.mark.parametrize("text", ["Remittances?", "Что такое миграция?", "什么是社会保护？"])
def test_one_word_is_enough_to_look_for(text: str) -> None:
    assert not rewrite(Question(text)).is_unclear
