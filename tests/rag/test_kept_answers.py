"""Answers kept as JSON and read back: what a browser may have changed, and documents that did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.errors import StoreError
from rag.kept_answers import answer_json, parse_answer, restore
from rag.pipeline import Library
from rag.records import Question, Turn

RISK = "When did members report fees, and by how much does the risk of violent conflict fall?"


def test_an_answer_comes_back_as_it_was_but_for_the_conversation(starter_library: Library) -> None:
    assistant = starter_library.assistant()
    question = Question(RISK, (Turn("What is at risk?", "x"),), (("year", "2000-"),))
    answer = assistant.ask(question)
    assert answer.citations
    back = restore(parse_answer(answer_json(answer)), assistant)
    assert back.changed == frozenset()
    without = replace(question, history=())
    related = tuple(replace(each, why=None) for each in answer.related)
    assert back.answer == replace(answer, question=without, hits=(), related=related)


def test_places_are_made_anew_and_changed_quotes_are_told(starter_library: Library) -> None:
    assistant = starter_library.assistant()
    answer = assistant.ask(Question(RISK))
    first = answer.citations[0]
    forged = replace(first, title="Charter of the United Nations", page=999, section=("Art. 1",))
    back = restore(replace(answer, citations=(forged,)), assistant)
    assert (back.answer.citations, back.changed) == ((first,), frozenset())
    for wrong in (
        replace(first, quote=first.quote + " Not."),
        replace(first, start=-5),
        replace(first, document_id="gone"),
        replace(first, passage_id="gone"),
    ):
        back = restore(replace(answer, citations=(wrong,), direct=()), assistant)
        assert (back.answer.citations, back.changed) == ((wrong,), frozenset({1}))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{", "Invalid JSON"),
        ('{"question": {"text": "a"}, "status": "sure", "text": ""}', "status: Input should be"),
        ("[]", "a kept answer cannot be read"),
    ],
)
def test_what_is_no_answer_is_refused(content: str, line: str) -> None:
    with pytest.raises(StoreError, match=line):
        parse_answer(content)
