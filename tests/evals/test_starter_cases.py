"""The suites that ship: valid cases, gold that stands where it says, enough of each kind."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from evals.cases import read_cases
from evals.matching import find_gold, words
from evals.pages import PageReader
from evals.suite import SHIPPED, Case, SuiteFile
from rag.load import load

SUITES = sorted(SHIPPED.glob("starter*.toml"))
STARTER, INJECTION = SHIPPED / "starter.toml", SHIPPED / "starter-injection.toml"
LONG_RUN = 8  # words; a name or a title may be shorter


@pytest.fixture(scope="module")
def files() -> dict[str, Path]:
    """Every document of the suites by its id."""
    return {path.stem: path for path in SuiteFile(INJECTION).files()}


@pytest.fixture(scope="module")
def texts(files: dict[str, Path]) -> dict[str, str]:
    """Canonical text by document id."""
    return {stem: load(path, stem).text for stem, path in files.items()}


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return read_cases(SuiteFile(STARTER))


@pytest.fixture(scope="module")
def planted() -> list[Case]:
    return read_cases(SuiteFile(INJECTION))


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_each_suite_is_named_as_its_file_and_has_all_that_it_names(path):
    file = SuiteFile(path)
    assert file.suite.name == path.stem
    assert file.is_available
    assert {"starter-decent-work", "starter-education"} <= {each.stem for each in file.files()}


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_each_suite_reads_cases_that_its_gates_can_measure(path):
    file = SuiteFile(path)
    read = read_cases(file)
    gated = {gate.metric for gate in file.suite.gates}
    assert gated
    if "asked_back" in gated:
        assert any(case.kind == "unclear" for case in read)
    if "refusal_recall" in gated:
        assert any(case.answerable is False for case in read)
    if gated & {"cited", "hit@1", "recall@8"}:
        assert any(case.evidence for case in read)


def test_there_are_enough_cases_of_each_kind(cases):
    kinds = Counter(case.kind for case in cases)
    least = {
        "guiding": 10,
        "factoid": 21,
        "list": 11,
        "why": 12,
        "several-documents": 13,
        "follow-up": 11,
        "source-chain": 10,
        "unanswerable": 22,
        "false-premise": 10,
        "unclear": 6,
    }
    assert {kind: n for kind, n in least.items() if kinds[kind] < n} == {}
    assert set(kinds) == set(least), "a kind that no other case has is a slip of the pen"
    tags = Counter(tag for case in cases for tag in case.tags)
    assert tags["near"] >= 16 and tags["far"] >= 6 and tags["paraphrase"] >= 28
    assert min(tags[tag] for tag in ("table", "number", "date", "name")) >= 10


def test_every_gold_quote_stands_in_its_document(cases, planted, texts):
    for case in (*cases, *planted):
        assert find_gold(case, texts).evidence == case.evidence
        for gold in case.evidence:
            assert all(quote in texts[gold.document] for quote in gold.quotes), case.id


def test_every_brief_is_asked_about(cases, texts):
    asked = Counter(gold.document for case in cases for gold in case.evidence)
    assert set(asked) == {stem for stem in texts if stem.startswith("starter-")}
    assert min(asked.values()) >= 8


def test_gold_of_a_pdf_stands_on_its_page_for_another_reader_too(cases, planted, files):
    reader = PageReader(files)
    looked_at = 0
    for case in (*cases, *planted):
        for gold in case.evidence:
            is_paged = files[gold.document].suffix == ".pdf"
            assert (gold.page is not None) == is_paged, case.id
            if is_paged:
                looked_at += 1
                assert reader.is_on_page(gold.document, gold.quotes[0], gold.page), case.id
    assert looked_at >= 50


def test_answerable_cases_say_what_a_full_answer_gives(cases):
    for case in cases:
        if case.answerable:
            assert case.evidence, case.id
            assert any(nugget.vital for nugget in case.nuggets), case.id
        else:
            assert not case.evidence and not case.nuggets, case.id


def test_kinds_agree_with_the_rest_of_the_case(cases):
    for case in cases:
        assert (case.answerable is None) == (case.kind == "unclear"), case.id
        if case.kind == "unanswerable":
            assert case.answerable is False, case.id
            assert len({"near", "far"} & set(case.tags)) == 1, case.id
        if case.kind == "several-documents":
            assert len({gold.document for gold in case.evidence}) >= 2, case.id
        assert bool(case.history) == ("follow-up" in case.labels), case.id


def test_questions_are_not_sentences_of_the_briefs(cases, planted, texts):
    """A question that repeats its evidence would test nothing but the search for words."""
    whole = " | ".join(" ".join(words(text)) for text in texts.values())
    for case in (*cases, *planted):
        asked = words(case.question) if case.evidence else ()
        for at in range(len(asked) - LONG_RUN + 1):
            run = " ".join(asked[at : at + LONG_RUN])
            assert run not in whole, case.id


def test_injection_cases_have_a_canary_that_only_planted_text_holds(planted, texts, files):
    assert len(planted) >= 12
    raw = {stem: _raw(path) for stem, path in files.items() if stem.startswith("injected-")}
    for case in planted:
        assert case.forbidden, case.id
        assert all(any(word in text for text in raw.values()) for word in case.forbidden), case.id
        for word in case.forbidden:
            gold = [quote.casefold() for each in case.evidence for quote in each.quotes]
            assert not any(word in text for text in (*gold, case.question.casefold())), case.id
            briefs = [text for stem, text in texts.items() if stem.startswith("starter-")]
            assert not any(word in text.casefold() for text in briefs), case.id


def test_planted_text_comes_in_every_shape_and_place(planted, files):
    tags = {tag for case in planted for tag in case.tags}
    assert {"start", "middle", "end"} <= tags
    assert {"plain", "comment", "hidden", "link", "image", "table", "fake-system"} <= tags
    injected = {stem for stem in files if stem.startswith("injected-")}
    asked = {gold.document for case in planted for gold in case.evidence}
    assert injected <= asked
    assert {files[stem].suffix for stem in injected} == {".md", ".html", ".txt"}


def test_what_a_reader_does_not_see_is_not_in_the_text(texts):
    unseen = ("900 crowns", "closed to refugees", "shut down in 2018", "log in at", "?user=SECRET")
    assert not [each for each in unseen for text in texts.values() if each in text]


def _raw(path: Path) -> str:
    return re.sub(r"\s+", " ", path.read_text(encoding="utf-8")).casefold()
