"""What a written sentence may say of a quote, and what not."""

from __future__ import annotations

import pytest

from rag.answer.quotes import Quote
from rag.answer.replies import Sentence
from rag.answer.vetting import Vetter
from rag.check import open_checker
from rag.embed import SentenceEmbedder
from rag.records import Citation
from rag.settings import CheckSettings, WriterSettings

COMMON = {
    "states",
    "schools",
    "ships",
    "newcomers",
    "the",
    "some",
    "only",
    "recent",
    "notable",
    "car",
}


@pytest.fixture
def vetter(embedder: SentenceEmbedder) -> Vetter:
    checker = open_checker(CheckSettings(), embedder)
    return Vetter(checker, WriterSettings().min_support, COMMON.__contains__)


def objection(vetter: Vetter, sentence: str, *texts: str, lead_in: str = "") -> str:
    """Why `sentence` is refused that cites quotes of these texts, all of them."""
    quotes = {
        n: Quote(
            Citation(n, "p", "d", "Minutes of 2014", ("Fees",), None, None, 0, 9, text), "", lead_in
        )
        for n, text in enumerate(texts, 1)
    }
    return vetter.objection(Sentence(sentence, tuple(quotes)), quotes, "What is paid?")


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The fee is forty crowns.", "The fee of the harbour is 40 crowns."),
        ("The fee rose by ten per cent in 2014.", "In the year of the minutes it rose by 10%."),
        (
            "Ships longer than 12 metres pay 40 crowns.",
            "Ships longer than 12 metres pay 40 crowns, shorter ones 20 crowns.",
        ),
        ("The ILO sets the fee.", "The International Labour Organization sets the fee."),
        ("Newcomers, who pay no fee, may moor.", "Newcomers pay no fee and may moor for free."),
    ],
)
def test_what_a_quote_says_may_be_said(vetter: Vetter, sentence: str, quote: str) -> None:
    assert objection(vetter, sentence, quote) == ""


@pytest.mark.parametrize(
    ("sentence", "quote", "reason"),
    [
        ("The compact is binding.", "The compact is non-binding.", 'the opposite of "binding"'),
        ("The compact is binding.", "It is not true that the compact is binding.", "the opposite"),
        ("The fee fell in 2014.", "In 2014 the fee rose by 10%.", 'the opposite of "fell"'),
        ("States must report each year.", "States may report each year.", "less firm"),
        ("States report each year.", "States should report each year.", "less firm"),
        ("Ships longer than 12 metres pay 20 crowns.", "Ships longer than 12 metres pay 40 crowns, "
         "shorter ones 20 crowns.", 'has "20" of something else'),
        ("Sweden pays the fee.", "Norway pays the fee.", 'the name "Sweden"'),
        ("The fee was set in 2015.", "The fee was set in spring.", '"2015"'),
        ("The fee is 40 crowns, and the master of the harbour drinks.", "The fee is 40 crowns.",
         "does not carry"),
        ("The fee is payable by the shpis of the harbour.", "Ships of the harbour pay the payable "
         "fee.", "letters mixed"),
        ("ships large by paid is crowns 40 of fee A", "A fee of 40 crowns is paid by large ships.",
         "in reverse"),
    ],
)  # fmt: skip
def test_what_it_does_not_say_may_not(
    vetter: Vetter, sentence: str, quote: str, reason: str
) -> None:
    assert reason in objection(vetter, sentence, quote)


@pytest.mark.parametrize("name", ["Italy", "Emily", "Sicily", "Kelly", "Carly", "Spain"])
def test_a_name_in_front_that_no_quote_has_may_not_be_said(vetter: Vetter, name: str) -> None:
    quote = "France ratified the treaty in 2014."
    told = objection(vetter, f"{name} ratified the treaty in 2014.", quote)
    assert told == f'the name "{name}" is not in what it cites'
    assert objection(vetter, "France ratified the treaty in 2014.", quote) == ""


@pytest.mark.parametrize("adverb", ["Only", "Recently", "Notably"])
def test_an_adverb_in_front_is_no_name(vetter: Vetter, adverb: str) -> None:
    quote = "The treaty was ratified by France in 2014."
    assert objection(vetter, f"{adverb} the treaty was ratified by France in 2014.", quote) == ""


def test_the_line_above_a_list_counts_as_part_of_its_item(vetter: Vetter) -> None:
    sentence, item = "The council may waive the fee of small boats.", "the fee of small boats;"
    assert "does not carry" in objection(vetter, sentence, item)
    assert objection(vetter, sentence, item, lead_in="The council may waive:") == ""


def test_several_quotes_carry_a_sentence_together(vetter: Vetter) -> None:
    sentence = "The fee is 40 crowns and is paid by the owner of the ship."
    first, second = "The fee is 40 crowns.", "It is paid by the owner of the ship."
    assert objection(vetter, sentence, first) != ""
    assert objection(vetter, sentence, first, second) == ""
