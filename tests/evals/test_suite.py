"""Suites and cases as files: what is read, and what is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.cases import (
    count_drafts,
    import_cases,
    parse_cases,
    read_cases,
    read_qrels,
    write_cases,
)
from evals.checking import check_suites, write_skeleton
from evals.errors import SuiteError
from evals.matching import citation_covers, find_gold, hit_covers, share_of_grams, words
from evals.suite import SHIPPED, Case, Gold, Nugget, SuiteFile, find_suite, find_suites

SUITE = """
name = "ports"
mode = "answer"
cases = "cases.jsonl"
documents = ["*.md"]
"""


QUOTES = st.text().map("one{}".format)  # a quote has a word


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
        {"id": "a", "question": "Which?", "kind": "list"},
        {"id": "b", "question": "Why?", "kind": "why", "tags": ["table"]},
        {"id": "c", "kind": "list", "tags": ["draft"]},
    )
    file = suite_in(tmp_path, SUITE, *rows)
    assert [case.id for case in read_cases(file)] == ["a", "b"]
    assert [case.id for case in read_cases(file, only=("table",))] == ["b"]
    assert [case.id for case in read_cases(file, only=("a",))] == ["a"]
    assert count_drafts(file) == 1
    with pytest.raises(
        SuiteError, match=r"no cases of far; kinds and tags: list, table, why \(1 drafts: add"
    ):
        read_cases(file, only=("far",))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"id": "a", "qestion": "?"}], r"line 1, case a: qestion: unknown key"),
        ([{"question": "?"}], r"line 1: a case needs an 'id'"),
        ([{"id": "a", "question": "?"}] * 2, r"ids that are there twice: a"),
        ([{"id": "a", "evidence": [{"doc": "x", "quotes": []}]}], r"evidence.0.quotes: "),
        (
            [{"id": "a", "evidence": [{"doc": "x", "quote": " - "}]}],
            r"evidence.0.quote.0: .* ' - '",
        ),
        (
            [{"id": "a", "question": " "}],
            r"line 1, case a: it has no question, which the mode answer",
        ),
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
        (SUITE + 'systems = ["../ours"]', r"systems.0: String should match .*'../ours'"),
        (SUITE + "systems = []", r"systems: Tuple should have at least 1 item"),
        (SUITE + '[system."a/b".retrieval]\nrerank = false', r"system.a/b.\[key\]: String should"),
    ],
)
def test_a_suite_that_is_wrong_is_refused_by_name(tmp_path: Path, suite: str, told: str) -> None:
    with pytest.raises(SuiteError, match=told):
        suite_in(tmp_path, suite)


def test_a_claim_needs_its_context_and_a_draft_needs_nothing(tmp_path: Path) -> None:
    claims = SUITE.replace('"answer"', '"claims"')
    draft = {"id": "d", "tags": ["draft"]}
    whole = {"id": "a", "claim": "Fees are capped.", "context": "Fees are capped at five."}
    assert [case.id for case in read_cases(suite_in(tmp_path, claims, draft, whole))] == ["a"]
    lacking = suite_in(tmp_path, claims, whole, {"id": "b", "claim": "Fees are capped."})
    with pytest.raises(
        SuiteError, match=r"line 2, case b: it has no context, which the mode claims"
    ):
        read_cases(lacking)


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


def imported(folder: Path, fields: dict[str, str], *rows: object) -> list[Case]:
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return import_cases(folder / "rows.jsonl", fields)


def test_whether_it_can_be_answered_is_read_from_any_column(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "?", "ok": False, "answerable": True},
        {"id": "b", "text": "?", "ok": None},
        {"id": "c", "text": "?"},
    ]
    mapped = imported(tmp_path, {"answerable": "ok"}, *rows)
    assert [case.answerable for case in mapped] == [False, None, True]
    assert [case.answerable for case in imported(tmp_path, {}, *rows)] == [True, True, True]
    with pytest.raises(SuiteError, match=r"line 1, case a: answerable: .*'maybe'"):
        imported(tmp_path, {"answerable": "ok"}, {"id": "a", "text": "?", "ok": "maybe"})


def test_bare_gold_is_one_quote_or_several(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "?", "gold": "Five per cent."},
        {"id": "b", "text": "?", "gold": ["Five.", "Six."]},
        {"id": "c", "text": "?", "gold": [{"document": "d", "quotes": ["Six."]}]},
    ]
    found = imported(tmp_path, {"evidence": "gold"}, *rows)
    assert [case.evidence for case in found] == [
        (Gold(quotes=("Five per cent.",)),),
        (Gold(quotes=("Five.",)), Gold(quotes=("Six.",))),
        (Gold(document="d", quotes=("Six.",)),),
    ]


def test_earlier_questions_are_taken_without_the_answers_between(tmp_path: Path) -> None:
    turns = [{"speaker": "user", "text": "Fees?"}, {"speaker": "agent", "text": "Five."}, "Why?"]
    (case,) = imported(tmp_path, {}, {"id": "a", "text": "?", "meta": {"history": turns}})
    assert case.history == ("Fees?", "Why?")


def test_a_csv_file_of_somebody_else_is_read(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text(
        "qid,question,type,ok,gold,labels,checked\n"
        'a,"Fees, and\ndues?",factoid,no,Five. | Six.,money | ports,no\n'
        "b,Tides?,why, ,,,yes\n"
        "c,Moorings?,why,NULL,,x,yes\n"
    )
    fields = {"id": "qid", "kind": "type", "answerable": "ok", "evidence": "gold"}
    first, second, third = import_cases(path, fields | {"tags": "labels if checked"})
    assert (first.id, first.question, first.kind) == ("a", "Fees, and\ndues?", "factoid")
    assert first.evidence == (Gold(quotes=("Five.",)), Gold(quotes=("Six.",)))
    assert (first.answerable, second.answerable, third.answerable) == (False, True, None)
    assert (first.tags, second.tags, third.tags) == ((), (), ("x",))
    with pytest.raises(SuiteError, match="has no column 'typ'; it has: qid, question, type"):
        import_cases(path, {"kind": "typ"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,question,answerable\na,Fees?,maybe\n", r"line 2, case a: answerable: .*'maybe'"),
        ("id,question\na,Fees, and dues?\n", r"line 2: more cells than columns"),
        (f"id,question\na,{'x' * 140_000}\n", r"line 2: not CSV .field larger than field limit"),
        ('id,question\na,"Fees?\nb,Dues?\n', r"line 3: not CSV .unexpected end of data"),
        ("id,text\na, \n", r"line 2, case a: no question; name its column: --field question="),
    ],
)
def test_a_csv_row_that_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "cases.csv").write_text(text)
    with pytest.raises(SuiteError, match=told):
        import_cases(tmp_path / "cases.csv", {})


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"history": [3]}, r"history.0: Input should be a valid string .got '3'"),
        ({"history": [{"speaker": "user"}]}, r"history.0: Input should be a valid string"),
        ({"filters": "z"}, r"filters: Input should be a valid dictionary .got 'z'"),
        ({"text": None}, r"line 1, case a: no question"),
    ],
)
def test_a_foreign_row_that_is_wrong_is_named(tmp_path: Path, row: object, told: str) -> None:
    good = {"id": "a", "text": "?", "meta": "x", "site": "a.org"}
    (case,) = imported(tmp_path, {"filters.title": "site"}, good)
    assert (case.filters, case.history) == ({"title": "a.org"}, ())
    with pytest.raises(SuiteError, match=told):
        imported(tmp_path, {"filters.title": "site"}, good | row)


def test_the_only_grades_of_a_folder_are_taken_and_several_are_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "Fees?"}')
    dev = tmp_path / "qrels" / "dev.tsv"
    dev.write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    assert import_cases(tmp_path, {})[0].relevant == {"d1": 1}
    (tmp_path / "qrels" / "train.tsv").write_text("q1\td2\t1\n")
    with pytest.raises(SuiteError, match=r"qrels has dev.tsv, train.tsv; copy the one to use"):
        import_cases(tmp_path, {})
    (tmp_path / "qrels.tsv").write_text("q1\td3\t2.0\n")
    assert import_cases(tmp_path, {})[0].relevant == {"d3": 2}


@pytest.mark.parametrize("grade", ["inf", "nan", "0.5"])
def test_a_grade_that_is_no_whole_number_is_refused(tmp_path: Path, grade: str) -> None:
    (tmp_path / "qrels.tsv").write_text(f"q1\td1\t{grade}\n")
    with pytest.raises(SuiteError, match=rf"line 1: a grade is a whole number .got '{grade}'"):
        read_qrels(tmp_path / "qrels.tsv")


def test_cases_are_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    write_cases(tmp_path / "new" / "cases.jsonl", [Case(id="a")])
    assert (tmp_path / "new" / "cases.jsonl").read_text() == '{"id": "a"}\n'
    with pytest.raises(SuiteError, match=r"cases.jsonl/below.jsonl cannot be written: "):
        write_cases(tmp_path / "new" / "cases.jsonl" / "below.jsonl", [Case(id="a")])


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
            st.builds(Gold, document=st.text(), quotes=st.lists(QUOTES, min_size=1).map(tuple))
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
    for name in ("No Name!", "a/b", "../a", "", "a\n"):
        with pytest.raises(SuiteError, match="a suite cannot be called"):
            write_skeleton(name, tmp_path / "others")
    assert not (tmp_path / "others").exists()
    with pytest.raises(SuiteError, match=r"a\.toml cannot be written: "):
        write_skeleton("a", suite)


def test_a_skeleton_with_all_of_its_lines_is_valid(tmp_path: Path) -> None:
    suite, cases = write_skeleton("harbour-dues", tmp_path / "suites")
    lines = suite.read_text().splitlines()
    kept = [line.removeprefix("# ") if "metrics = " in line else line for line in lines]
    suite.write_text("\n".join(kept))
    cases.write_text('{"id": "a", "question": "Fees?"}')
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.pdf").write_bytes(b"%PDF-")
    (told,) = checked(suite)
    assert told == (False, "harbour-dues: 1 cases, 0 pieces of gold, 2 metrics, 1 gates")


def checked(*paths: Path) -> list[tuple[bool, str]]:
    folders = [paths[0].parent]
    found = check_suites(paths, None, None, lambda *_: None, folders)
    return [(each.is_mistake, each.line) for each in found]


GATE = '[[gates]]\nmetric = "verbatim"\n'


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (f'metrics = ["cited"]\n{GATE}', "names the metric 'verbatim'; known here: cited; add it"),
        (GATE + GATE, "two gates name the metric 'verbatim'; keep one"),
        (GATE.replace("verbatim", "total_ms"), "the gate on total_ms needs a floor"),
    ],
)
def test_gates_that_a_run_could_not_be_held_against_are_told(
    tmp_path: Path, lines: str, told: str
) -> None:
    file = suite_in(tmp_path, SUITE + lines, {"id": "a", "question": "?"})
    ((is_mistake, line),) = checked(file.path)
    assert is_mistake
    assert told in line


def test_sweeps_are_checked_with_the_suite_that_they_name(tmp_path: Path) -> None:
    suite_in(tmp_path, SUITE, {"id": "a", "question": "?"})
    good = 'name = "tune"\nsuite = "ports"\nmetric = "cited"\n[grid]\n"retrieval.top_k" = [4, 8]\n'
    texts = (
        good,
        good.replace("ports", "prots"),
        good.replace("cited", "citde"),
        good.replace("top_k", "top_q"),
    )
    paths = [tmp_path / f"{at}.toml" for at in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    found = checked(*paths)
    assert found[0] == (False, "tune: a sweep of ports, 2 points, by cited")
    assert [is_mistake for is_mistake, _ in found[1:]] == [True, True, True]
    assert "no suite 'prots'" in found[1][1]
    assert "citde" in found[2][1]
    assert "top_q" in found[3][1]


def test_every_suite_that_ships_is_valid(shared: Path) -> None:
    found = check_suites(sorted(SHIPPED.glob("*.toml")), shared, None, lambda *_: None)
    assert [each.line for each in found if each.is_mistake] == []
    assert len(found) >= 20


def test_a_suite_is_found_by_name(tmp_path: Path) -> None:
    suite_in(tmp_path)
    assert find_suite("ports", [SHIPPED, tmp_path], None).path == tmp_path / "ports.toml"
    with pytest.raises(SuiteError, match=r"no suite 'prots'; known: .*ports"):
        find_suite("prots", [tmp_path], None)


def test_a_broken_suite_is_told_and_stops_only_who_asks_for_it(tmp_path: Path) -> None:
    suite_in(tmp_path)
    (tmp_path / "starter.toml").write_text("name = ")
    told: list[str] = []
    found = find_suites([SHIPPED, tmp_path], None, lambda error: told.append(str(error)))
    assert "ports" in found
    assert "starter" not in found  # one's own goes before the one that ships
    assert [line.partition(": ")[0] for line in told] == [
        f"suite {tmp_path / 'starter.toml'} is no TOML"
    ]
    assert find_suite("ports", [SHIPPED, tmp_path], None).suite.name == "ports"
    for asked in (
        lambda: find_suite("starter", [SHIPPED, tmp_path], None),
        lambda: find_suites([SHIPPED, tmp_path], None),
    ):
        with pytest.raises(SuiteError, match="is no TOML"):
            asked()


def test_check_tells_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    suite_in(tmp_path, SUITE.replace("cases.jsonl", "case.jsonl"), {"id": "a", "question": "?"})
    (told,) = check_suites([tmp_path / "ports.toml"], None, None, lambda *_: None)
    assert told.is_mistake
    assert "suite ports: there is no" in told.line
    suite_in(tmp_path, SUITE.replace("*.md", "$VERSE_SHARED/*.md"), {"id": "a", "question": "?"})
    (told,) = check_suites([tmp_path / "ports.toml"], None, None, lambda *_: None)
    assert (told.is_mistake, told.line) == (
        False,
        "ports: not here (set VERSE_SHARED); only its own file is checked",
    )
