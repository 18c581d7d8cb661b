"""Questions that point at what nobody has named, and the question back."""

from __future__ import annotations

import pytest

from rag.answer.unclear import ask_back, open_references
from rag.pipeline import Library
from rag.records import Facts, Hit, Passage, Question, Turn


def hit_of(text: str, title: str = "") -> Hit:
    return Hit(1, 0.5, Passage("p", "d", text, 0, len(text), ()), Facts(title=title))


CLINICS = (
    hit_of("The Hill Clinic opens at nine. The Hill Clinic has two doctors.", "Hill Clinic"),
    hit_of("Contact Us Harbour Clinic, Pier 4. OPENINGThe Clinic. SearchHome Clinic"),
)


def asked(text: str, *history: Turn) -> str:
    return ask_back(open_references(Question(text, history)), CLINICS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Does this library lend films?", "this library …"),
        ("What is the purpose of that sea mission?", "that sea …"),
        ("Who may feed the animal in winter?", "the animal"),
        ("When was the movie released?", "the movie"),
        ("Who sells spare parts for the Ruiz product?", "the Ruiz product"),
        ("When did the season of Harbour Lights end?", "the season"),
        ("Tell me about a specific bridge.", "a specific bridge"),
        ("When did she resign?", "she"),
        ("What does the second one say?", "the second"),
    ],
)
def test_what_is_not_named_is_asked_for(text: str, words: str) -> None:
    line = f'The question does not say who or what is meant by "{words}".'
    assert asked(text) == f"{line} Ask it again with the name."


@pytest.mark.parametrize(
    "text",
    [
        "Why was it decided that exclusion from the scheme ends?",
        "Does this apply to adults as well?",
        "How does this affect the fees?",
        "Is this true?",
        "What was done this year?",
        "What does this report say about pilots?",
        "What is the song Yesterday about?",
        "Who wrote the book of Kells?",
        "What is a library, and what does this library lend?",
        "How do fees differ in the new country?",
        "What did the Secretary-General say in his speech?",
        "Est-ce que cette bibliothèque prête des films ? Elle est grande.",
    ],
)
def test_what_says_enough_is_not_asked_back_on(text: str) -> None:
    assert asked(text) == ""


def test_what_the_conversation_has_named_is_known() -> None:
    library = Turn("What does the library of Port Union lend?", "Books and films.")
    assert asked("When does this library open?", library) == ""
    assert asked("When does this museum open?", library).startswith("The question does not say")
    two = Turn("Which partners are there?", "Two partners: Ruiz and Ferro.")
    assert '"this partner …"' in asked("Where does this partner live?", two)
    assert asked("When did she resign?", Turn("Who is Ana Ruiz?")) == ""


def test_institutions_are_asked_for_only_where_the_passages_name_several() -> None:
    assert asked("What does the clinic offer?") == (
        'The question does not say who or what is meant by "the clinic". The documents name '
        "Hill Clinic and Harbour Clinic. Ask it again with the name."
    )
    assert asked("What does the Hill Clinic offer?") == ""
    references = open_references(Question("What does the clinic offer?"))
    assert ask_back(references, CLINICS[:1]) == ""
    assert ask_back(references, [hit_of("Whoever lives far from the clinic walks.")]) == ""


def test_an_unclear_question_gets_a_question_back(starter_library: Library) -> None:
    answer = starter_library.assistant().ask(Question("When was this treaty signed?"))
    assert (answer.status, answer.statements) == ("needs_clarification", ())
    assert answer.text.startswith('The question does not say who or what is meant by "this treaty')
