"""The date, number, name or place asked for, out of a quote; or nothing where none is plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.direct import asked_for, candidates, find_direct
from rag.answer.evidence import word_roots
from rag.pipeline import Library
from rag.records import Question
from rag.rewrite import subject_words


def found(question: str, quote: str) -> str | None:
    weights = dict.fromkeys(word_roots(" ".join(subject_words(question))), 1.0)
    direct = find_direct(question, weights, quote)
    return None if direct is None else quote[slice(*direct.span)]


@pytest.mark.parametrize(
    ("question", "quote", "expected"),
    [
        (
            "When was the ferry treaty adopted?",
            "The ferry treaty was adopted on 26 September 2013 in Rabat.",
            "26 September 2013",
        ),
        (
            "What share of the ferries were inspected?",
            "Among the ferries, 90 per cent were inspected twice.",
            "90 per cent",
        ),
        (
            "How much did the ferry fund spend?",
            "The ferry fund spent US$ 3.2 million on piers.",
            "US$ 3.2 million",
        ),
        (
            "Who chairs the ferry board?",
            "The ferry board is chaired by Ms. Ann Lee.",
            "Ms. Ann Lee",
        ),
        ("Where is the ferry board based?", "The ferry board is based in Rabat.", "Rabat"),
        # Two that stand as near are none.
        ("When was the treaty adopted?", "The treaty was adopted in 1951 or 1967.", None),
        # A label is no count.
        ("How many objectives has the ferry plan?", "Objective 20 of the ferry plan is new.", None),
        # What the question says itself is no answer to it.
        ("Who chaired the Ferry Board?", "The Ferry Board met; it was chaired well.", None),
        ("Why was the treaty adopted in 1951?", "The treaty was adopted in 1951.", None),
    ],
)
def test_what_is_asked_for_is_found_where_it_is_plain(
    question: str, quote: str, expected: str | None
) -> None:
    assert found(question, quote) == expected


@given(
    st.sampled_from(["When was it?", "How many ferries are there?", "Who rows?", "Where is it?"]),
    st.text(
        alphabet=st.sampled_from("Aa Bb 1290 .,-%$ferry  in Rabat per cent May\n"), max_size=120
    ),
)
def test_a_candidate_is_a_stretch_of_the_quote_with_something_new(
    question: str, quote: str
) -> None:
    kind = asked_for(question)
    assert kind is not None
    ends = 0
    for span in candidates(kind, question, quote):
        assert ends <= span.start < span.end <= len(quote)
        assert not word_roots(quote[slice(*span)]) <= word_roots(question)
        ends = span.end


def test_an_answer_says_the_figure_and_where_it_stands(starter_library: Library) -> None:
    asked = "How much does the risk of violence fall when girls and boys have more equal schooling?"
    answer = starter_library.assistant().ask(Question(asked))
    (direct,) = answer.direct
    assert direct.text == "37 per cent"
    citation = answer.citations[direct.citation - 1]
    assert citation.start <= direct.start < direct.end <= citation.end
    document = starter_library.ledger.document(citation.document_id)
    assert document.text[direct.start : direct.end] == "37 per cent"
