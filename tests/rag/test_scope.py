"""What a question is asked of, and what is said where nothing fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from editions import fill
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionError
from rag.pipeline import Library
from rag.records import Facts, Question
from rag.scope import check_filters, chosen_documents, open_scope

FACTS = {
    "ilo": Facts(organisation="ILO", date="2012-06-14", kind="recommendation", symbol="No. 202"),
    "un": Facts(organisation="United Nations", date="2015", symbol="A/RES/70/1", language="fr"),
    "oea": Facts(organisation="Organización de los Estados Americanos", date="2009-01"),
    "who": Facts(organisation="世界卫生组织", kind="report"),
    "phil": Facts(organisation="Philology Society", date="about 1990"),
}


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, library_at: Callable[..., Library]
) -> Library:
    folder = tmp_path_factory.mktemp("scope")
    return fill(library_at(folder / "data"), folder / "papers")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("organisation", "ilo")], {"ilo"}),  # not within "Philology"
        ([("organisation", "organizacion")], {"oea"}),  # accents and capitals aside
        ([("organisation", "卫生")], {"who"}),  # no spaces to begin a word after
        ([("symbol", "70/1")], {"un"}),
        ([("language", "FR")], {"un"}),
        ([("document_id", "un")], {"un"}),
        ([("year", "2012")], {"ilo"}),
        ([("year", "2009-2012")], {"ilo", "oea"}),
        ([("year", "2012–")], {"ilo", "un"}),
        ([("year", "to 2012")], {"ilo", "oea"}),
        ([("year", "-2009"), ("year", "2015")], {"oea", "un"}),  # alternatives
        ([("year", "2009-2015"), ("organisation", "united")], {"un"}),  # both must hold
        ([("date", "2012-06")], {"ilo"}),
        ([("date", "2012-07")], set()),
        ([("kind", " ")], set()),
    ],
)
def test_documents_are_chosen_by_their_facts(
    filters: list[tuple[str, str]], expected: set[str]
) -> None:
    assert chosen_documents(FACTS, filters) == expected


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ([("colour", "red")], r"unknown filter 'colour'; known: document_id, .*, section_kind$"),
        ([("year", "2008-12")], r"year='2008-12' is no year or range .*a month is date=2014-10"),
        ([("year", "2014-2012")], r"year='2014-2012' ends before it begins"),
        ([("year", "lately")], r"write 2014, 2008-2012, 2015- or -2012"),
        ([("section_kind", "annex")], r"unknown section_kind 'annex'; known: body, notes"),
    ],
)
def test_a_filter_that_can_not_be_is_refused(filters: list[tuple[str, str]], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        check_filters(filters)


@given(st.integers(1000, 2100), st.integers(1000, 2100), st.integers(1000, 2100))
def test_a_range_of_years_holds_what_lies_in_it(first: int, last: int, year: int) -> None:
    first, last = sorted((first, last))
    facts = {"a": Facts(date=f"{year}-05-01")}
    assert bool(chosen_documents(facts, [("year", f"{first}-{last}")])) == (first <= year <= last)
    assert bool(chosen_documents(facts, [("year", f"{first}-")])) == (first <= year)
    assert bool(chosen_documents(facts, [("year", f"-{last}")])) == (year <= last)


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (
            [("organisation", "Port Onion")],
            "no document has organisation=Port Onion; nearest: 'Port Union', 'Ruiz'",
        ),
        (
            [("kind", "minutes"), ("year", "2009"), ("year", "2020-")],
            "no document with kind=minutes has year=2009 or 2020-; nearest: '2012'",
        ),
        (
            [("year", "2012-2013"), ("kind", "rule")],
            "no document with year=2012-2013 has kind=rule; nearest: 'minutes'",
        ),
        ([("year", "1066")], "no document has year=1066; nearest: '2009', '2012', '2014'"),
        ([("symbol", "A/1")], "no document has symbol=A/1; no symbol is known of any"),
        (
            [("document_id", "minutes"), ("section", "waiver")],
            "no passage with document_id=minutes has section=waiver; "
            "nearest: 'Fees', 'Minutes of the council', 'Relief'",
        ),
        (
            [("section_kind", "notes"), ("document_id", "study")],
            "no passage with document_id=study has section_kind=notes; nearest: 'body'",
        ),
    ],
)
def test_what_fits_nothing_says_so_with_what_is_held(
    library: Library, filters: list[tuple[str, str]], told: str
) -> None:
    assert open_scope(library.ledger, filters).reason == told
    found = library.assistant().find(Question("What is the mooring fee?", filters=tuple(filters)))
    assert (found.hits, found.reason) == ((), told)
    answer = library.assistant().ask(Question("What is the fee?", filters=tuple(filters)))
    assert (answer.status, answer.reason) == ("not_in_documents", told)
    assert answer.text == f"The documents do not answer this: {told}."


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("section_kind", "notes")], [("minutes", True)]),
        ([("section", "Relief"), ("section_kind", "body")], [("minutes", False)]),
        ([("section", "waivers"), ("year", "2014")], [("rules-2014", False)]),
    ],
)
def test_passages_are_chosen_by_where_they_stand(
    library: Library, filters: list[tuple[str, str]], expected: list[tuple[str, bool]]
) -> None:
    hits = library.assistant().search(Question("What of fees?", filters=tuple(filters)), 50)
    assert [(hit.passage.document_id, hit.passage.is_note) for hit in hits] == expected


@pytest.mark.parametrize("exact_below", [20_000, 0])
def test_a_filter_of_passages_looks_beyond_the_best_candidates(
    library: Library,
    library_at: Callable[..., Library],
    monkeypatch: pytest.MonkeyPatch,
    exact_below: int,
) -> None:
    monkeypatch.setenv("VERSE_INDEX__EXACT_BELOW", str(exact_below))  # 0: Chroma's HNSW answers
    monkeypatch.setenv("VERSE_RETRIEVAL__CANDIDATES", "1")
    retriever = library_at(library.settings.data_dir).retriever()
    filters = (("section_kind", "notes"), ("organisation", "port"))
    question = Question("Who pays the mooring fee of a vessel?", filters=filters)
    (hit,) = retriever.search(question, 1)
    assert hit.passage.is_note and hit.why is not None and hit.why.dense is not None
