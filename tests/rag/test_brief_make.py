"""Briefs made of an answer and of a notebook."""

from __future__ import annotations

from dataclasses import replace

from rag.briefs.make import brief_of_answer, brief_of_notebook, section_of_answer
from rag.briefs.records import BriefItem, Notebook, NotebookHeading, Pin
from rag.records import (
    Answer,
    Citation,
    Contradiction,
    DirectAnswer,
    Facts,
    Hit,
    Missing,
    Passage,
    Question,
    Statement,
)

FEE = Citation(1, "p1", "d1", "Minutes", (), 17, "15", 10, 29, "The fee is\n40 crowns.")
LEAD = Citation(2, "p2", "d1", "Minutes", (), 18, "16", 50, 60, "They are:")
ITEM = Citation(3, "p2", "d1", "Minutes", (), 18, "16", 61, 70, "the pilots")
FACTS = {"d1": Facts(title="Minutes", organisation="Harbour Council")}
WHOLE = {"p1": "Known is this. The fee is\n40 crowns. It is paid.", "p2": "They are: the pilots"}
ANSWER = Answer(
    Question("What is the fee, who is exempt, and since when?"),
    "partly_answered",
    "unused",
    (
        Statement("The fee is\n40 crowns.", "What is the fee?", (1,)),
        Statement("They are: the pilots", "Who is exempt?", (2, 3)),
        Statement("Pilots pay nothing.", "Who is exempt?", (3,)),
    ),
    (FEE, LEAD, ITEM),
    direct=(DirectAnswer("40 crowns", "What is the fee?", 1, 21, 30),),
    unanswered=("Since when?",),
    parts=("What is the fee?", "Who is exempt?", "Since when?"),
    missing=(Missing("1999", "Since when?", "library"),),
    related=(Hit(1, 0.5, Passage("p9", "d9", "Boats.", 0, 6, ()), Facts()),),
)


def test_an_answer_becomes_quotations_under_the_parts_of_its_question() -> None:
    draft = section_of_answer(ANSWER, FACTS, WHOLE)
    fee, exempt = "What is the fee?", "Who is exempt?"
    assert draft.section.heading == "What is the fee, who is exempt, and since when?"
    assert draft.section.items == (
        BriefItem("In short: 40 crowns", (1,), False, fee),
        BriefItem("The fee is\n40 crowns.", (1,), True, fee),
        BriefItem("They are:", (2,), True, exempt),
        BriefItem("the pilots", (3,), True, exempt),
        BriefItem("Pilots pay nothing.", (3,), False, exempt),
    )
    assert draft.section.open_points == ('Since when? No passage mentions "1999".',)
    assert [each.passage for each in draft.sources] == [WHOLE["p1"], WHOLE["p2"], WHOLE["p2"]]
    assert draft.sources[0].facts.organisation == "Harbour Council"


def test_what_contradicts_the_question_is_said_first_and_as_such() -> None:
    against = replace(
        ANSWER,
        contradictions=(Contradiction("Who is exempt?", 3),),
        statements=(
            Statement("They are:", "Who is exempt?", (2,)),
            Statement("the pilots", "Who is exempt?", (3,)),
        ),
        parts=("Who is exempt?",),
        direct=(),
    )
    brief = brief_of_answer(against, {}, {}, "Exemptions", "2026-11-28")
    assert (brief.title, brief.made_on) == ("Exemptions", "2026-11-28")
    assert brief.sections[0].items == (
        BriefItem("The documents say otherwise:"),
        BriefItem("the pilots", (1,), True),
        BriefItem("They are:", (2,), True),
    )
    assert [each.citation.quote for each in brief.sources] == ["the pilots", "They are:"]


def test_a_refusal_becomes_an_open_point_without_its_related_passages() -> None:
    refused = Answer(Question("Who sank?"), "not_in_documents", "", unanswered=("Who sank?",))
    section = section_of_answer(replace(refused, related=ANSWER.related), {}, {}).section
    assert (section.items, section.passages, section.open_points) == ((), (), ("Who sank?",))
    unclear = replace(refused, status="needs_clarification", unanswered=(), text="Which ship?")
    assert section_of_answer(unclear, {}, {}).section.open_points == ("Who sank? Which ship?",)


def test_a_source_unknown_to_the_library_is_read_from_the_hits() -> None:
    hit = Hit(1, 0.5, Passage("p1", "d1", WHOLE["p1"], 0, 48, ()), FACTS["d1"])
    (source, *_) = section_of_answer(replace(ANSWER, hits=(hit,)), {}, {}).sources
    assert (source.facts.organisation, source.passage) == ("Harbour Council", WHOLE["p1"])


def test_a_notebook_becomes_sections_of_quotations_with_notes() -> None:
    pins = [Pin(f"i{n}", replace(each, n=0), FACTS["d1"]) for n, each in enumerate((FEE, ITEM))]
    notebook = Notebook(
        "n1",
        "Moorings",
        (pins[0], NotebookHeading("h", "Pilots"), replace(pins[1], note="Ask them."), pins[0]),
        "2026-11-27T09:00:00Z",
    )
    brief = brief_of_notebook(notebook)
    assert (brief.title, brief.made_on) == ("Moorings", "2026-11-27")
    assert [(each.heading, each.items) for each in brief.sections] == [
        ("", (BriefItem(FEE.quote, (1,), True),)),
        (
            "Pilots",
            (
                BriefItem("the pilots", (2,), True),
                BriefItem("Ask them."),
                BriefItem(FEE.quote, (1,), True),
            ),
        ),
    ]
    assert [each.citation.n for each in brief.sources] == [1, 2]
