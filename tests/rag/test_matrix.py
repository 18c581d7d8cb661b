"""Who says what: verbatim words in the cells of documents that say something, the others empty."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.briefs.pins import make_pin
from rag.errors import DocumentNotFoundError, QuestionError
from rag.pipeline import Library

ACTIVE = "What share of the international migrants of 2010 was economically active?"
FIREWALL = "What is a firewall?"
FISH = "What is the price of fish in Oslo?"


@pytest.fixture(scope="module")
def assistant(starter_library: Library) -> Assistant:
    return starter_library.assistant()


@pytest.fixture(scope="module")
def documents(assistant: Assistant) -> list[str]:
    return [each.document_id for each in assistant.documents()]


def test_cells_hold_the_words_of_those_who_say_something(
    assistant: Assistant, documents: list[str]
) -> None:
    matrix = assistant.who_says_what([ACTIVE, FIREWALL, FISH], documents)
    assert (matrix.questions, matrix.documents) == ((ACTIVE, FIREWALL, FISH), tuple(documents))
    active, firewall, fish = matrix.rows
    for row in matrix.rows:
        assert [each.document_id for each in row] == documents
    said = {each.document_id: each.citation for each in active if each.citation}
    assert list(said) == ["starter-decent-work"]
    assert "more than half were economically active" in said["starter-decent-work"].quote
    assert "starter-inclusive-cities" in {e.document_id for e in firewall if e.citation}
    assert [each.citation for each in fish] == [None] * 10
    assert max(each.score for each in fish) < 0.1 < max(each.score for each in active)


def test_every_cell_can_be_pinned_with_its_very_words(
    assistant: Assistant, documents: list[str]
) -> None:
    cells = [each for each in assistant.sayings(FIREWALL, documents) if each.citation]
    assert cells
    for cell in cells:
        assert cell.citation is not None
        cited = cell.citation
        pin = make_pin(assistant.library.ledger, cited.passage_id, cited.start, cited.end)
        assert (pin.citation, pin.facts) == (cited, cell.facts)


def test_a_document_is_asked_by_itself_whatever_others_say(assistant: Assistant) -> None:
    alone = list(assistant.sayings(FIREWALL, ["starter-health-access"]))
    among = list(assistant.sayings(FIREWALL, ["starter-inclusive-cities", "starter-health-access"]))
    assert alone == among[1:]


def test_what_cannot_be_asked_is_told_before_anything_is_searched(assistant: Assistant) -> None:
    with pytest.raises(DocumentNotFoundError, match="no document 'none'"):
        assistant.who_says_what([FISH], ["starter-education", "none"])
    for questions, documents, told in (
        ([], ["starter-education"], "needs a question and a document"),
        ([FISH], [], "needs a question and a document"),
        ([FISH, " "], ["starter-education"], "the question is empty"),
        ([FISH] * 51, ["starter-education"], "51 questions against 1 documents are too many"),
        ([FISH], ["starter-education"] * 201, "1 questions against 201 documents are too many"),
    ):
        with pytest.raises(QuestionError, match=told):
            assistant.who_says_what(questions, documents)
