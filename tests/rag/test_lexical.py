"""Lexical search over real tantivy: languages, hyphens, phrases, fields, words as written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.lexical.query import Wording
from rag.lexical.stems import indexed_terms, terms
from rag.lexical.store import Lexical, LexicalEntry
from rag.records import Facts, NoteReference, Passage
from rag.settings import RetrievalSettings

TEXTS = {
    "en": "Harbour masters keep registers. Remittances cost 7.5 per cent.",
    "fr": "L'éducation des réfugiés protégés relève de la coopération entre les États.",
    "es": "Los niños migrantes reciben educación gratuita en las escuelas.",
    "ar": "يحتفظ قبطان الميناء بسجل لجميع السفن والمهاجرين.",
    "ru": "Капитан порта ведёт реестры всех судов.",
    "zh": "港口的船长保存着所有船只的登记册。",
    "sw": "Nahodha wa bandari huweka daftari la meli zote.",
}


def entry(passage_id: str, text: str, language: str = "en", title: str = "") -> LexicalEntry:
    passage = Passage(passage_id, passage_id, text, 0, len(text), ())
    return LexicalEntry(passage, Facts(title=title, language=language), "")


def open_with(folder: Path, entries: Sequence[LexicalEntry]) -> Lexical:
    lexical = Lexical(folder)
    lexical.rewrite(entries)
    return lexical


def found(lexical: Lexical, asked: str | Wording, **settings: float) -> list[str]:
    wording = Wording(asked) if isinstance(asked, str) else asked
    return list(lexical.search(wording, 9, None, RetrievalSettings(**settings)))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    entries = [entry(language, text, language) for language, text in TEXTS.items()]
    return open_with(tmp_path_factory.mktemp("lexical"), entries)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("what does remittance cost", "en"),
        ("harbor register", "en"),
        ("éduquer un réfugié", "fr"),
        ("protection: refugies proteges", "fr"),  # without accents
        ("co-opération", "fr"),
        ("¿Qué escuela recibe a una niña migrante?", "es"),
        ("سجل المهاجر", "ar"),
        ("реестр судна", "ru"),
        ("船只的登记册", "zh"),
        ("daftari la MELI", "sw"),
    ],
)
def test_a_document_is_found_by_the_rules_of_its_language(
    library: Lexical, question: str, language: str
) -> None:
    asked = Wording(question, language=language)
    assert found(library, asked)[:1] == [language]


def test_stop_words_of_the_questions_language_find_nothing_in_others(library: Lexical) -> None:
    assert found(library, Wording("de la", language="fr")) == []
    assert found(library, Wording("de la", language="en")) == [
        "sw"
    ]  # "la" is a word to an Englishman


@given(st.text(alphabet="abcdeéèêàçiîoôuûrst", min_size=1, max_size=12))
def test_french_is_found_without_its_accents(word: str) -> None:
    bare = word.translate(str.maketrans("éèêàçîôû", "eeeaciou"))
    if terms(word, "fr"):  # it is no stop word
        assert set(terms(bare, "fr")) <= set(indexed_terms(word, "fr"))


HYPHENS = {
    "a": "States promote cooperation in decision making.",
    "b": "States promote co-operation in decision-making.",
    "c": "Surgeons decided to begin an operation.",
}


@pytest.mark.parametrize(
    "asked", ["co-operation", "cooperation", "decision making", "decision-making"]
)
def test_words_with_and_without_hyphens_find_each_other(tmp_path: Path, asked: str) -> None:
    lexical = open_with(tmp_path, [entry(*each) for each in HYPHENS.items()])
    assert sorted(found(lexical, asked)[:2]) == ["a", "b"]


def test_numbers_are_found_with_and_without_their_separators(tmp_path: Path) -> None:
    texts = {"a": "Some 10,000 people", "b": "Some 10000 people", "c": "10 people of 000"}
    lexical = open_with(tmp_path, [entry(*each) for each in texts.items()])
    assert sorted(found(lexical, "10,000")) == sorted(found(lexical, "10000")) == ["a", "b"]


def test_words_side_by_side_count_more(tmp_path: Path) -> None:
    texts = {
        "a": "Protection of harbours is a social duty of all keepers there.",
        "b": "The keepers there owe social protection of harbours to all, a duty.",
    }
    lexical = open_with(tmp_path, [entry(*each) for each in texts.items()])
    assert found(lexical, "social protection", phrase_boost=0) == ["a", "b"]
    assert found(lexical, "social protection", phrase_boost=0.5) == ["b", "a"]
    assert found(lexical, "social or protection", phrase_boost=0.5) == [
        "b",
        "a",
    ]  # stop word between


def test_fields_count_by_their_boosts(tmp_path: Path) -> None:
    text = "Ships come and go."
    note = NoteReference("1", 3, "Quays are painted white.")
    with_note = Passage("noted", "noted", text, 0, len(text), (), notes=(note,))
    entries = [
        entry("titled", text, title="Quays"),
        LexicalEntry(with_note, Facts(), ""),
        entry("told", "Quays come and go."),
    ]
    lexical = open_with(tmp_path, entries)
    assert found(lexical, "quays", title_boost=0, notes_boost=0) == ["told"]
    assert set(found(lexical, "quays")) == {"told", "titled", "noted"}
    assert found(lexical, "quays", title_boost=9.0, notes_boost=0)[0] == "titled"


def test_further_words_are_searched_for_with_their_share(tmp_path: Path) -> None:
    texts = {"a": "The floor is wet.", "b": "The ceiling is wet.", "c": "The wall is dry."}
    lexical = open_with(tmp_path, [entry(*each) for each in texts.items()])
    asked = Wording("ceiling", further=(("floor", 0.5),))
    scores = lexical.search(asked, 9, None, RetrievalSettings())
    assert scores["a"] == pytest.approx(scores["b"] / 2)


def test_rarity_of_the_words_of_a_question(library: Lexical) -> None:
    text = "the remittances, les réfugiés"
    rarity = {
        text[span.start : span.end]: round(weight, 2)
        for span, weight in library.word_rarity(text, "fr")
    }
    assert rarity == {"the": 1.0, "remittances": 0.67, "les": 0.0, "réfugiés": 0.67}


def test_a_word_is_held_in_any_inflection_spelling_or_language(library: Lexical) -> None:
    assert all(map(library.is_held, ["register", "HARBOR", "refugie", "niña", "судам", "that"]))
    assert not any(map(library.is_held, ["registry", "Geneva", "船"]))


def test_words_as_written_are_known_by_their_first_letter(tmp_path: Path) -> None:
    lexical = open_with(tmp_path, [entry("a", "Geneva gates"), entry("b", "Gates of Geneva gates")])
    assert lexical.words_from("g", 1) == {"gates": 2, "Geneva": 2, "Gates": 1}
    lexical.add([entry("c", "Ghent")])
    assert "Ghent" not in lexical.words_from("g", 1)
    assert lexical.words_from("g", 2)["Ghent"] == 1
