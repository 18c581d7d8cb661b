"""What a refusal tells, and what a question takes for granted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.listing import list_work
from rag.pipeline import Assistant, Library
from rag.records import Contradiction, Extent, Missing, Question
from rag.render import render_text
from rag.render_html import render_html

FERRY = """# Ferry Act

The ferry to Gull Island was closed in 2012, when the old pier was lost in a storm.

Children under six travel free of charge on every ferry of the Swedish coast.

The council has not sold the ferry company, and States do not ratify the Ferry Act.
"""
PILOTS = """# Pilot Rules

Pilots are paid by the harbour of Port Union. Norway sends two pilots each spring.

Pilots refuse to board in fog, but if they do not refuse to board in fog, they are paid twice.
"""


@pytest.fixture(scope="module")
def assistant(
    tmp_path_factory: pytest.TempPathFactory, library_at: Callable[..., Library]
) -> Assistant:
    folder: Path = tmp_path_factory.mktemp("ferries")
    for name, text in (("ferry.md", FERRY), ("pilots.md", PILOTS)):
        (folder / name).write_text(text)
    library = library_at(folder / "data")
    library.ingester(lambda *args: None).ingest(
        list_work([folder / "ferry.md", folder / "pilots.md"])
    )
    return library.assistant()


def missing(assistant: Assistant, question: Question) -> list[tuple[str, str]]:
    answer = assistant.ask(question)
    assert answer.status == "not_in_documents"
    return [(each.text, each.lacking) for each in answer.missing]


def test_a_refusal_says_what_was_searched_and_what_is_missing(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Which vaccines did travellers to Bolivia need in 2031?"))
    assert answer.extent == Extent(2, 2)
    part = "Which vaccines did travellers to Bolivia need in 2031?"
    assert answer.parts == (part,)
    assert answer.missing[:2] == (
        Missing("Bolivia", part, "library"),
        Missing("2031", part, "library"),
    )
    said = (
        "The documents do not answer this.\n\nSearched: all 2 documents.\nNo passage mentions "
        '"Bolivia", "2031", "vaccines" or "need".\n\nRelated: does not answer\n\n- '
    )
    assert render_text(answer).startswith(said)


def test_a_name_is_there_with_the_people_of_its_country(assistant: Assistant) -> None:
    found = missing(assistant, Question("Which vaccines did the minister of Sweden buy?"))
    assert "Sweden" not in [text for text, _ in found]


def test_names_that_no_passage_joins_are_told_together(assistant: Assistant) -> None:
    found = missing(assistant, Question("How large was the dowry of Norway for Gull Island?"))
    assert found == [
        ("large", "library"),
        ("dowry", "library"),
        ("Norway", "together"),
        ("Gull Island", "together"),
    ]


def test_a_document_that_the_question_names_is_said_to_be_the_only_one(
    assistant: Assistant,
) -> None:
    answer = assistant.ask(Question("Ferry Act: which tribunal does Norway trust?"))
    assert answer.extent == Extent(1, 2, ("Ferry Act",), (), is_named=True)
    assert ("Norway", "searched") in [(each.text, each.lacking) for each in answer.missing]
    assert (
        'Searched: only "Ferry Act", which the question names. Leave the name out to search all 2 '
        "documents.\n"
    ) in render_text(answer)
    assert 'Only documents that were not searched mention "Norway".' in render_text(answer)


def test_filters_are_told(assistant: Assistant) -> None:
    asked = Question("Which tribunal is there?", filters=(("title", "Pilot"),))
    assert 'Searched: 1 of 2 documents ("Pilot Rules"), with title=Pilot.\n' in render_text(
        assistant.ask(asked)
    )


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Why was the ferry to Gull Island closed in 2010?", "closed in 2012"),
        ("How many States have ratified the Ferry Act?", "States do not ratify"),
        ("Why has the council sold the ferry company?", "The council has not sold"),
    ],
)
def test_what_contradicts_the_question_is_shown_first(
    assistant: Assistant, question: str, quote: str
) -> None:
    answer = assistant.ask(Question(question))
    assert answer.contradictions == (Contradiction(question, 1),)
    assert quote in answer.citations[0].quote
    assert render_text(answer).startswith("The documents say otherwise:\n\n")
    page = render_html(answer, "a1")
    assert '<p class="cv-otherwise">The documents say otherwise:</p>' in page


@pytest.mark.parametrize(
    "question",
    [
        "Why was the ferry to Gull Island closed in 2012?",
        "Why has the council not sold the ferry company?",
        "When was the ferry to Gull Island closed?",
        "Do States ratify the Ferry Act?",
        "Why do pilots refuse to board in fog?",
    ],
)
def test_a_question_that_the_documents_bear_out_is_not_objected_to(
    assistant: Assistant, question: str
) -> None:
    assert assistant.ask(Question(question)).contradictions == ()
