"""Suites and cases as files: what is read, and what is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.cases import count_drafts, import_cases, parse_cases, read_cases, write_cases
from evals.checking import check_suites, write_skeleton
from evals.errors import SuiteError
from evals.matching import citation_covers, find_gold, hit_covers, share_of_grams, words
from evals.suite import SHIPPED, Case, Gold, Nugget, SuiteFile, find_suite

SUITE = """
name = "ports"
mode = "answer"
cases = "cases.jsonl"
documents = ["*.md"]
"""


def suite_in(
    folder: Path, suite: str = SUITE, *rows: object, shared: Path | None = None
) -> SuiteFile:
    (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "ports.md").write_text("# Fees\n\nFees are capped at five per cent in all ports.\n")
    (folder / "ports.toml").write_text(suite)
    return SuiteFile(folder / "ports.toml", shared)


def test_a_case_is_read_with_short_and_long_names(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "question": "What are fees?",
        "kind": "factoid",
        "evidence": [{"doc": "ports", "quote": "capped at five"}],
        "nuggets": [{"text": "Five per cent."}],
    }
    (case,) = read_cases(suite_in(tmp_path, SUITE, row))
    assert case.evidence == (Gold(document="ports", quotes=("capped at five",)),)
    assert case.nuggets == (Nugget(text="Five per cent.", vital=True),)
    assert (case.answerable, case.labels) == (True, {"factoid"})


def test_only_takes_kinds_and_tags_and_drafts_wait(tmp_path: Path) -> None:
    rows = (
        {"id": "a", "kind": "list"},
        {"id": "b", "kind": "why", "tags": ["table"]},
        {"id": "c", "kind": "list", "tags": ["draft"]},
    )
    file = suite_in(tmp_path, SUITE, *rows)
    assert [case.id for case in read_cases(file)] == ["a", "b"]
    assert [case.id for case in read_cases(file, only=("table",))] == ["b"]
    assert count_drafts(file) == 1
    with pytest.raises(SuiteError, match=r"no cases of far \(1 drafts: add their gold"):
        read_cases(file, only=("far",))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"id": "a", "qestion": "?"}], r"line 1, case a: qestion: unknown key"),
        ([{"question": "?"}], r"line 1: a case needs an 'id'"),
        ([{"id": "a"}, {"id": "a"}], r"the id 'a' is there twice"),
        ([{"id": "a", "evidence": [{"doc": "x", "quotes": []}]}], r"evidence.0.quotes: "),
        (["text"], r"line 1: not a JSON object"),
    ],
)
def test_a_case_that_is_wrong_is_named(tmp_path: Path, rows: list[object], told: str) -> None:
    with pytest.raises(SuiteError, match=told):
        read_cases(suite_in(tmp_path, SUITE, *rows))


@pytest.mark.parametrize(
    ("suite", "told"),
    [
        (SUITE + 'metrcs = ["cited"]', "metrcs: unknown key"),
        (SUITE.replace('"answer"', '"chat"'), "mode: Input should be"),
        (SUITE + 'systems = ["ours", "bm52"]', "no system 'bm52'; known: bm25, minilm"),
        (SUITE + "top_k = 0", "top_k: Input should be greater than or equal to 1 .got '0'"),
        ("name = ", "is no TOML"),
    ],
)
def test_a_suite_that_is_wrong_is_refused_by_name(tmp_path: Path, suite: str, told: str) -> None:
    with pytest.raises(SuiteError, match=told):
        suite_in(tmp_path, suite)


def test_a_suite_over_the_shared_folder_says_what_it_needs(tmp_path: Path) -> None:
    suite = SUITE.replace('"*.md"', '"$VERSE_SHARED/papers/*.md"')
    lacking = suite_in(tmp_path, suite, {"id": "a"})
    assert not lacking.is_available
    with pytest.raises(SuiteError, match="set VERSE_SHARED"):
        lacking.files()
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "one.md").write_text("One.")
    found = SuiteFile(tmp_path / "ports.toml", tmp_path)
    assert found.is_available
    assert [path.name for path in found.files()] == ["one.md"]


def test_the_beir_layout_is_read_with_columns_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    rows = [
        {"_id": "q1", "text": "Fees?", "meta": {"site": "a.org", "ok": True}, "gold": ["Five."]},
        {"_id": "q2", "text": "Tides?", "meta": {"site": "b.org", "ok": False}, "gold": ["Six."]},
    ]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td9\t0\n")
    fields = {"filters.title": "meta.site", "required": "gold if meta.ok", "question": "text"}
    first, second = import_cases(folder, fields)
    assert (first.id, first.question, first.relevant) == ("q1", "Fees?", {"d1": 2})
    assert (first.filters, first.required) == ({"title": "a.org"}, ("Five.",))
    assert (second.relevant, second.required) == ({}, ())


def test_a_csv_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        "id,question,answerable,tags,evidence\n"
        'a,"Fees, and dues?",yes,money | ports,ports: capped at five | ports: in all ports\n'
        "b,Tides?,no,,\n"
    )
    first, second = import_cases(path, {})
    assert first.question == "Fees, and dues?"
    assert first.tags == ("money", "ports")
    assert [gold.quotes for gold in first.evidence] == [("capped at five",), ("in all ports",)]
    assert (second.answerable, second.evidence) == (False, ())


def test_gold_is_found_however_it_is_typeset_and_missed_by_name() -> None:
    texts = {"d": "Fees<sup>4</sup> are capped, at “five” per cent."}
    gold = Gold(document="d", quotes=("fees are CAPPED at five",))
    case = Case(id="c7", question="?", evidence=(gold,))
    assert find_gold(case, texts) == case
    wrong = case.model_copy(update={"evidence": (Gold(document="d", quotes=("capped at six",)),)})
    with pytest.raises(SuiteError, match=r"case c7: the gold quote 'capped at six' is not in .* d"):
        find_gold(wrong, texts)
    bare = Case(id="c8", evidence=(Gold(quotes=("capped at five",)),), relevant={"d": 1, "e": 1})
    assert find_gold(bare, texts | {"e": "Tides."}).evidence[0].document == "d"


def test_a_hit_and_a_citation_cover_gold_by_overlap() -> None:
    gold = Gold(document="d", quotes=("one two three four five six seven",))
    assert hit_covers("d", "zero one two three four five six", gold)  # 3 of 4 runs of four words
    assert not hit_covers("d", "one two three four and then", gold)  # 1 of 4
    assert citation_covers("d", "three four five six", gold)  # short, but all of it lies in gold
    assert not citation_covers("e", "three four five six", gold)


@given(st.lists(st.sampled_from("a b c d e".split()), min_size=1, max_size=12))
def test_a_text_holds_all_of_itself(tokens: list[str]) -> None:
    text = words(" ".join(tokens))
    assert share_of_grams(text, text) == 1.0
    assert share_of_grams(text, ()) == 0.0


@given(
    st.builds(
        Case,
        id=st.text(min_size=1),
        question=st.text(),
        tags=st.lists(st.text(min_size=1)).map(tuple),
        evidence=st.lists(
            st.builds(Gold, document=st.text(), quotes=st.lists(st.text(), min_size=1).map(tuple))
        ).map(tuple),
        answerable=st.sampled_from([True, False, None]),
    )
)
def test_cases_survive_their_file(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    path = tmp_path_factory.mktemp("cases") / "cases.jsonl"
    write_cases(path, [case])
    assert parse_cases(path) == [case]


def test_a_skeleton_can_be_checked_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "suites"
    suite, cases = write_skeleton("harbour-dues", folder)
    assert (suite.name, cases.name) == ("harbour-dues.toml", "harbour-dues.jsonl")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.pdf").write_bytes(b"%PDF-")
    (told,) = check_suites([suite], None, None, lambda *_: None)
    assert told.is_mistake
    assert "2 drafts: add their gold" in told.line
    with pytest.raises(SuiteError, match="is there already"):
        write_skeleton("harbour-dues", folder)
    with pytest.raises(SuiteError, match="name: String should match"):
        write_skeleton("No Name!", tmp_path / "others")


def test_every_suite_that_ships_is_valid(shared: Path) -> None:
    found = check_suites(sorted(SHIPPED.glob("*.toml")), shared, None, lambda *_: None)
    assert [each.line for each in found if each.is_mistake] == []
    assert len(found) >= 20


def test_a_suite_is_found_by_name(tmp_path: Path) -> None:
    suite_in(tmp_path)
    assert find_suite("ports", [SHIPPED, tmp_path], None).path == tmp_path / "ports.toml"
    with pytest.raises(SuiteError, match=r"no suite 'prots'; known: .*ports"):
        find_suite("prots", [tmp_path], None)
