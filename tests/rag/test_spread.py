"""Editions folded into one hit, and documents given their share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from editions import fill
from hypothesis import given
from hypothesis import strategies as st

from rag.pipeline import Library
from rag.records import Facts, Passage, Question, Unit
from rag.settings import RetrievalSettings
from rag.spread import Limits, asks_for_spread, limits_for, spread, without_spread

FOLDING = Limits(fold_similarity=0.8)
MOORING = (
    "A vessel that stays in the harbour for longer than a fortnight pays the mooring fee to the "
    "harbour master, who may enter it in the register of the port, and receives a receipt that "
    "names the vessel, its owner and the berth at which it lies in January or in the summer."
)
ROWS = (
    "Harbour: North | Fee: free | Berths: many | Light: red\n"
    "Harbour: South | Fee: free | Berths: many | Light: red\n"
    "Harbour: East | Fee: free | Berths: many | Light: red"
)


def passage(document_id: str, text: str, kind: str = "paragraph") -> Passage:
    units, at = [], 0
    for line in text.split("\n"):
        units.append(Unit(at, at + len(line), kind))
        at += len(line) + 1
    return Passage(f"{document_id}:1", document_id, text, 0, len(text), (), tuple(units))


def folded(
    *passages: Passage, facts: dict[str, Facts] | None = None, limits: Limits = FOLDING
) -> list[tuple[str, list[str]]]:
    """Documents of the hits, each with the documents named beside it; ranked as given."""
    known = {each.document_id: Facts() for each in passages} | (facts or {})
    ranked = [(1 - at / 100, each) for at, each in enumerate(passages)]
    return [
        (hit.passage.document_id, [each.document_id for each in hit.also_in])
        for hit in spread(ranked, known, limits)
    ]


@pytest.mark.parametrize(
    "changed",
    [
        MOORING,
        MOORING.replace("that stays in", "which stays in").replace("summer.", "summer"),
        MOORING.replace("A vessel", "12. A  vessel"),  # the number of its paragraph
        MOORING.replace("the berth", "the Berth").replace("fortnight", "fort\u00adnight"),
        MOORING.replace("a receipt", "a printed receipt"),
    ],
)
def test_small_changes_are_folded(changed: str) -> None:
    assert folded(passage("a", MOORING), passage("b", changed)) == [("a", ["b"])]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fortnight", "fortnight of 14 days"),
        ("pays the", "does not pay the"),
        ("a receipt", "no receipt"),
        ("may enter", "shall enter"),
        ("January", "March"),
        ("January", "winter"),
        ("the harbour master", "the Coast Guard"),
        ("in the summer", "before the summer and not after it"),
        ("a fortnight", "two fortnights"),
        ("A vessel", "Every vessel"),
        ("the mooring fee", "half the mooring fee"),
        ("owner and", "non-owner and"),
    ],
)
def test_what_a_reader_must_see_is_not_folded(old: str, new: str) -> None:
    changed = MOORING.replace(old, new)
    assert changed != MOORING
    assert folded(passage("a", MOORING), passage("b", changed)) == [("a", []), ("b", [])]
    assert folded(passage("a", changed), passage("b", MOORING)) == [("a", []), ("b", [])]


@pytest.mark.parametrize(
    ("old", "new"), [("East | Fee: free", "East | Fee: waived"), ("East", "West"), ("red", "green")]
)
def test_rows_that_differ_in_a_word_are_not_folded(old: str, new: str) -> None:
    one, other = passage("a", ROWS, "table_row"), passage("b", ROWS.replace(old, new), "table_row")
    assert folded(one, other) == [("a", []), ("b", [])]
    assert folded(one, passage("b", ROWS, "table_row")) == [("a", ["b"])]


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 40))
def test_no_figure_is_ever_hidden(first: int, second: int, at: int) -> None:
    words = MOORING.split()
    texts = [" ".join((*words[:at], str(each), *words[at:])) for each in (first, second)]
    found = folded(passage("a", texts[0]), passage("b", texts[1]))
    assert (len(found) == 1) == (first == second)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ("a", ["b", "c"])),
        ({"a": Facts(date="2009"), "c": Facts(date="2014-05")}, ("c", ["a", "b"])),
        ({"a": Facts(date="2014"), "c": Facts(date="2014-05")}, ("a", ["b", "c"])),
        (
            {
                "a": Facts(date="2014"),
                "b": Facts(date="2014", edition="Rev.2"),
                "c": Facts(date="2014", edition="Rev.10"),
            },
            ("c", ["b", "a"]),
        ),
        (
            {"a": Facts(date="2012"), "b": Facts(date="2014-01-02"), "c": Facts(date="2014-01-01")},
            ("b", ["c", "a"]),
        ),
    ],
)
def test_the_newest_stands_for_the_others(
    facts: dict[str, Facts], expected: tuple[str, list[str]]
) -> None:
    passages = [passage(each, MOORING) for each in "abc"]
    assert folded(*passages, facts=facts) == [expected]


def test_a_folded_hit_has_the_best_place_of_its_group() -> None:
    ranked = [
        (0.9, passage("old", MOORING)),
        (0.8, passage("other", "Pilots are paid from the common fund.")),
        (0.7, passage("new", MOORING)),
    ]
    facts = {"old": Facts(date="2009"), "other": Facts(), "new": Facts(date="2014")}
    hits = list(spread(ranked, facts, FOLDING))
    assert [(hit.rank, hit.score, hit.passage.document_id) for hit in hits] == [
        (1, 0.9, "new"),
        (2, 0.8, "other"),
    ]
    assert hits[0].also_in[0].passage_id == "old:1"
    assert len(list(spread(ranked, facts, Limits()))) == 3


def test_a_document_has_at_most_its_share() -> None:
    texts = ["Lights are paid for.", "Buoys are paid for.", "Pilots are paid for."]
    ranked = [(0.9, passage("a", each)) for each in texts] + [(0.5, passage("b", texts[0]))]
    facts = {"a": Facts(), "b": Facts()}
    hits = list(spread(ranked, facts, Limits(max_per_document=2)))
    assert [(hit.rank, hit.passage.document_id) for hit in hits] == [(1, "a"), (2, "a"), (3, "b")]


@pytest.mark.parametrize(
    "question",
    [
        "What do the different documents say about the mooring fee?",
        "How is relief treated across documents?",
        "What does each of the papers say on fees?",
        "Compare the waivers of the two councils.",
        "Who says what about pilots?",
        "On dues, do these reports agree?",
        "What do the various organisations propose?",
    ],
)
def test_a_question_may_ask_for_the_spread(question: str) -> None:
    assert asks_for_spread(question)
    assert limits_for(question, RetrievalSettings(), 9).max_per_document == 2
    assert limits_for(question, RetrievalSettings(), 1) == Limits()
    settings = RetrievalSettings(max_per_document=5, spread_per_document=0)
    assert limits_for(question, settings, 9).max_per_document == 5


@pytest.mark.parametrize(
    "question",
    [
        "What is the mooring fee?",
        "Which documents must a master carry?",
        "How do fees compare with costs?",
        "Which reports are due by 31 March?",
        "What different vessels pay?",
    ],
)
def test_other_questions_do_not(question: str) -> None:
    assert not asks_for_spread(question)


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("What do the different documents say on fees?", "What do the documents say on fees?"),
        ("How is relief treated across the papers?", "How is relief treated in the papers?"),
        ("What does each of the papers say?", "What does the papers say?"),
        ("Compare waivers and dues.", "waivers and dues."),
        ("compare ", "compare "),
        ("What different fees are there?", "What different fees are there?"),
    ],
)
def test_what_asks_for_the_spread_is_not_searched_for(question: str, rest: str) -> None:
    assert without_spread(question) == rest


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, library_at: Callable[..., Library]
) -> Library:
    folder = tmp_path_factory.mktemp("spread")
    return fill(library_at(folder / "data"), folder / "papers")


def test_two_editions_give_one_hit_unless_they_say_different_things(library: Library) -> None:
    retriever = library.retriever()
    mooring, *_ = retriever.search(Question("Who enters the mooring fee in the register?"), 5)
    assert mooring.passage.document_id == "rules-2014"
    (older,) = mooring.also_in
    assert (older.document_id, older.title) == ("rules-2009", "Rules of the harbours")
    assert (older.date, older.edition, older.page) == ("2009", "1", None)
    assert "3. A vessel" in library.ledger.passage(older.passage_id).text
    for question in ("Which vessels have the fee waived?", "What share goes to the common fund?"):
        found = retriever.search(Question(question), 2)
        assert {hit.passage.document_id for hit in found} == {"rules-2009", "rules-2014"}
        assert [hit.also_in for hit in found] == [(), ()]


def test_fewer_hits_are_the_first_of_more(library: Library) -> None:
    question = Question("What do the different documents say about the mooring fee?")
    hits = library.retriever().search(question, 50)
    shares = [hit.passage.document_id for hit in hits]
    assert {shares.count(each) for each in shares} == {1, 2}
    assert set(shares) == {"rules-2009", "rules-2014", "minutes", "study"}
    answer = library.assistant().ask(question)
    assert {each.document_id for each in answer.citations} >= {"minutes", "study"}
    for top_k in range(1, len(hits)):
        assert library.retriever().search(question, top_k) == hits[:top_k]
