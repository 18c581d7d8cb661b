"""Guiding questions: which of a document's lines they are, in words that can be asked alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.guiding import find_questions
from rag.load import load
from rag.pipeline import Library
from rag.records import Document


def read(text: str, name: str = "note.md") -> Document:
    return load(Path(name), "note", data=text.encode())


def asked(text: str) -> list[str]:
    return [each.text for each in find_questions(read(text))]


def test_a_heading_opens_a_list_and_the_next_one_of_its_level_closes_it() -> None:
    text = """# Harbours

Who would have thought it?

## 4. Questions for discussion

Delegates are asked to be brief.

1. How are harbours paid for? What do the fishers pay?
2. Harbours silt up. Who dredges them? The coast guard does not.

### Session 2: Storms

- Who warns the fishers of a storm at sea?
- Who pays?

## Annex

- Is this one still asked?
"""
    assert asked(text) == [
        "How are harbours paid for? What do the fishers pay?",
        "Harbours silt up. Who dredges them?",
        "Who warns the fishers of a storm at sea?",
        "Session 2: Storms: Who pays?",
    ]
    document = read(text)
    found = find_questions(document)
    assert [document.text[each.start : each.end] for each in found] == [
        "How are harbours paid for? What do the fishers pay?",
        "Harbours silt up. Who dredges them?",
        "Who warns the fishers of a storm at sea?",
        "Who pays?",
    ]
    assert [each.topic for each in found] == ["", "", "Session 2: Storms", "Session 2: Storms"]


def test_a_line_opens_a_list_and_the_next_paragraph_closes_it() -> None:
    text = """The meeting will try to find answers to the following questions:

(a) How do harbours silt up, and why;
(b) What does it cost to dredge them?

The meeting takes place in May. Who will come?

- Is this one asked too?
"""
    assert asked(text) == ["How do harbours silt up, and why?", "What does it cost to dredge them?"]


def test_the_ends_of_one_question_are_joined_to_its_beginning() -> None:
    text = """## Key questions

1. What keeps fishers from:
   - the use of ports;
   - fair prices?
2. Money:
   - Who pays?
   - How do harbours divide the costs of dredging?
"""
    assert asked(text) == [
        "What keeps fishers from the use of ports?",
        "What keeps fishers from fair prices?",
        "Money: Who pays?",
        "How do harbours divide the costs of dredging?",
    ]


def test_questions_in_one_breath_and_in_other_languages() -> None:
    text = """The key questions are: Who owns the harbours of the coast? How are they paid for?
Nobody knows.

Questions directrices

- Qui possède les ports de la côte ?

Preguntas orientadoras:

- ¿Quién paga los puertos de la costa?
"""
    assert asked(text) == [
        "Who owns the harbours of the coast? How are they paid for?",
        "Qui possède les ports de la côte ?",
        "¿Quién paga los puertos de la costa?",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "## Frequently asked questions\n\n- What is a harbour, and who owns it?\n",
        "## Questions and answers\n\n- What is a harbour, and who owns it?\n",
        "## The question of the harbours\n\n- Who owns the harbours of the coast?\n",
        "The group discussed:\n\n- Who owns the harbours of the coast?\n",
        "## Key questions\n\nThe harbours are old.\n\n[^1]: Who owns the harbours of the coast?\n",
    ],
)
def test_what_is_asked_elsewhere_guides_nobody(text: str) -> None:
    assert asked(text) == []


def test_what_is_cut_off_at_a_page_turn_counts_once_and_there_are_limits() -> None:
    cut = "- How do harbours of the coast pay\n\n- How do harbours of the coast pay for storms?\n"
    assert asked(f"## Key questions\n\n{cut}") == ["How do harbours of the coast pay for storms?"]
    many = "\n".join(f"- Who owns the harbour of island {n}?" for n in range(500))
    assert len(asked(f"## Key questions\n\n{many}\n")) == 200
    long = "Who owns " + "the harbour and " * 100 + "the sea?"
    assert len(asked(f"## Key questions\n\n- {long}\n")[0]) <= 1002


@settings(max_examples=100, deadline=None)
@example(" \n?")
@given(st.text(alphabet="?:.;- \n#ab1)(question|…¿", min_size=1, max_size=120))
def test_whatever_stands_there_offsets_hold(text: str) -> None:
    body = f"## Key questions\n\nquestions: {text} x\n"
    document = read(body)
    for each in find_questions(document):
        assert 0 <= each.start < each.end <= len(document.text)
        assert each.text.strip() and "\n" not in each.text


def test_each_starter_brief_gives_its_five(starter_library: Library) -> None:
    found = starter_library.assistant().guiding_questions()
    assert [len(each.questions) for each in found] == [5] * 10
    health = next(each for each in found if each.document_id == "starter-health-access")
    assert (health.questions[0].page, health.questions[0].page_label) == (4, "3")
    assert health.questions[1].text == "What is the “healthy migrant effect”, and does it last?"


@pytest.mark.parametrize(
    ("name", "count"), [("desa-2009", 7), ("gfmd-2020", 4), ("gmg-2014", 3), ("spf-", 0)]
)
@pytest.mark.parametrize("ending", ["txt", "pdf", "docx", "html"])
def test_those_of_the_source_documents(shared: Path, name: str, count: int, ending: str) -> None:
    folder = shared / "documents" / ("" if ending == "txt" else ending)
    (path,) = folder.glob(f"{name}*.{ending}")
    assert len(find_questions(load(path, "note"))) == count
