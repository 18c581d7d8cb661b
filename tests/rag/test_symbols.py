"""Document symbols and paragraph numbers, as people look them up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Passage, Unit
from rag.symbols import find_symbols, find_whole_words, paragraphs_asked, paragraphs_of


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("see A/RES/70/1, para. 3", ["A/RES/70/1"]),
        ("A/79/740-S/2025/123", ["A/79/740", "S/2025/123"]),
        ("(E/CN.9/2024/1)", ["E/CN.9/2024/1"]),
        ("ICLS/20/2018/Guidelines", ["ICLS/20/2018/Guidelines"]),
        ("A/CONF.231/3 and TD/B/C.II/42.", ["A/CONF.231/3", "TD/B/C.II/42"]),
        ("HRI/GEN/1/Rev.9 (Vol. I)", ["HRI/GEN/1/Rev.9"]),
        ("A/RES/70/ 1", ["A/RES/70/1"]),
        ("in resolution 70/1 and resolution 2777 (2025)", ["A/RES/70/1", "S/RES/2777"]),
        ("HIV/AIDS, and/or, 24/7, N/A, 3/4/2012, http://a.org/A/B/1", []),
    ],
)
def test_symbols_are_found_whole(text: str, symbols: list[str]) -> None:
    assert find_symbols(text) == symbols


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Target 10.c, A/RES/70/1 and COVID-19 in 2014, not well-known.",
            ["10.c", "a/res/70/1", "covid-19"],
        ),
        ("Recommendation No. 202 and Convention 189", ["no.202", "no.189"]),
        ("la recommandation n° 202, el Convenio núm. 189, № 7", ["no.202", "no.189", "no.7"]),
        ("No 202 people came; the answer is no. Then 202 left; No. 1.5", ["1.5"]),
    ],
)
def test_words_that_are_looked_up_whole(text: str, words: list[str]) -> None:
    assert find_whole_words(text) == words


@pytest.mark.parametrize(
    ("question", "paragraphs"),
    [
        ("What does paragraph 16 (b) of A/RES/70/1 say?", ["16", "16(b)"]),
        ("para 16(b)(ii)", ["16", "16(b)", "16(b)(ii)"]),
        ("para. 3.2.1", ["3.2.1"]),
        ("§ 16", ["16"]),
        ("paragraphe 7, párrafo 8", ["7", "8"]),
        ("16 paragraphs, parameter 5", []),
    ],
)
def test_paragraphs_that_a_question_names(question: str, paragraphs: list[str]) -> None:
    assert paragraphs_asked(question) == paragraphs


def test_a_passage_is_found_by_every_paragraph_that_starts_in_it() -> None:
    parts = ["(b) Fees.", "17. Dues are:", "(a) low;", "(b) late."]
    units, at = [], 100
    for part in parts:
        units.append(Unit(at, at + len(part), "list_item"))
        at += len(part) + 1
    passage = Passage(
        "p:1", "p", " ".join(parts), 100, at - 1, (), tuple(units), paragraph="16 (b)"
    )
    assert paragraphs_of(passage) == ["16", "16(b)", "17", "17(a)", "17(b)"]
    unnumbered = Passage("p:1", "p", " ".join(parts), 100, at - 1, (), tuple(units))
    assert paragraphs_of(unnumbered) == []


@given(st.text(alphabet="AaRES/. (70)1§b\n", max_size=80))
def test_any_text_is_read(text: str) -> None:
    symbols, paragraphs = find_symbols(text), paragraphs_asked(text)
    assert {each.lower() for each in symbols} <= set(find_whole_words(text))
    assert len(symbols) == len(set(symbols))
    assert len(paragraphs) == len(set(paragraphs))
