"""The workbook for reviewers: safe to open, free to edit, and its marks come back as verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from reportable import FEE, WAIVER, cited, gold, pair, reported_of, six

from evals.concerns import concerns_of
from evals.errors import RunError
from evals.metrics import metrics_for, score_case
from evals.outcomes import Outcome
from evals.scores import Pairs
from evals.suite import Case
from evals.workbook import (
    Mark,
    marked_nuggets,
    marked_scores,
    merge_marks,
    read_marks,
    read_marks_file,
    with_marks,
    workbook_run,
    write_marks,
    write_workbook,
)

RUN = "2026-11-24-rules"


def nuggets() -> tuple[Case, Outcome]:
    return pair(
        "fees",
        {"evidence": [gold(FEE)], "nuggets": [{"text": "forty crowns"}, {"text": "by March"}]},
        {**cited(FEE), "observed": {"nuggets": [0.9, 0.9], "support": [
            {"together": 0.2, "alone": [0.2], "without": [0.0]}]}},
    )  # fmt: skip


def written(path: Path, pairs: Pairs) -> Any:
    write_workbook(path, reported_of({"ours": pairs}))
    return load_workbook(path)


def row_of(sheet: Any, case_id: str, field: str) -> int:
    return next(
        at
        for at, row in enumerate(sheet.iter_rows(values_only=True), start=1)
        if (row[0], row[-1]) == (case_id, field)
    )


def test_each_row_asks_one_thing_and_flagged_has_what_is_at_fault(tmp_path: Path) -> None:
    book = written(tmp_path / "marks.xlsx", [*six(), nuggets()])
    assert book.sheetnames == ["Summary", "Flagged", "All", "Lists"]
    asked = [(row[0], row[3], row[4]) for row in book["All"].iter_rows(values_only=True)]
    assert [each for each in asked if each[0] in ("fees", "refused")] == [
        ("refused", "It refuses. Is that right?", "The documents do not answer this."),
        ("fees", "Does the answer answer the question?", f"{FEE} [1]"),
        ("fees", "Do the quotes carry this statement?", FEE),
        ("fees", "Does the answer hold this fact?", "forty crowns"),
        ("fees", "Does the answer hold this fact?", "by March"),
    ]
    flagged = [row[0] for row in book["Flagged"].iter_rows(values_only=True)]
    assert list(dict.fromkeys(flagged)) == [
        "case", "refused", "invented", "wrong-source", "changed-quote", "fees",
    ]  # fmt: skip
    assert book["All"].freeze_panes == "B2"
    (choice,) = book["All"].data_validations.dataValidation
    assert (str(choice.sqref), choice.type) == (f"G2:G{book['All'].max_row}", "list")


def test_no_cell_is_a_formula_or_holds_what_excel_refuses(tmp_path: Path) -> None:
    nasty = '=HYPERLINK("http://x")\x00\x0b\ufffe' + "w" * 40_000
    case, outcome = pair(nasty, {"question": "+1", "kind": "@x", "evidence": [gold("-2")]},
                         cited("#N/A", title="=1", section="\t=1"))  # fmt: skip
    path = tmp_path / "marks.xlsx"
    write_workbook(
        path, reported_of({"=sys": [(case, outcome)]}, facts={"=a": "=b\ud800"}, title="=t")
    )
    for sheet in load_workbook(path).worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            assert cell.data_type == "s" or isinstance(cell.value, int)
            assert len(str(cell.value)) <= 32_767
            assert cell.quotePrefix == str(cell.value).startswith(("=", "+", "-", "@", "\t"))


def test_marks_come_back_from_an_edited_workbook(tmp_path: Path) -> None:
    path, pairs = tmp_path / "marks.xlsx", [*six(), nuggets()]
    book = written(path, pairs)
    flagged, everything = book["Flagged"], book["All"]
    flagged.cell(row_of(flagged, "refused", "answers_question"), 7, " No ")
    at = row_of(everything, "fees", "nugget_2")
    everything.cell(at, 7, "yes")
    everything.cell(at, 8, "=it says so")
    everything.cell(at, 9, "Ada")
    everything.cell(row_of(everything, "good", "answers_question"), 8, "a note alone")
    everything.delete_rows(row_of(everything, "invented", "answers_question"))
    everything.insert_cols(4)
    everything.cell(1, 4, "my own column")
    everything.move_range("A2:O3", rows=20)
    book["Summary"]["B4"] = "Grace"
    book.save(path)
    assert workbook_run(path) == RUN
    marks = read_marks(path, RUN, pairs)
    assert sorted(marks, key=lambda each: each.case_id) == [
        Mark(RUN, "fees", "ours", "nugget_2", "yes", "Ada", ""),
        Mark(RUN, "good", "ours", "answers_question", "", "Grace", "a note alone"),
        Mark(RUN, "refused", "ours", "answers_question", "no", "Grace", ""),
    ]


def test_everything_that_is_wrong_is_told_with_its_cell_in_one_error(tmp_path: Path) -> None:
    path, pairs = tmp_path / "marks.xlsx", [*six(), nuggets()]
    book = written(path, pairs)
    flagged, everything = book["Flagged"], book["All"]
    partly = row_of(flagged, "fees", "nugget_1")
    flagged.cell(partly, 7, "partly")
    flagged.cell(row_of(flagged, "refused", "answers_question"), 7, "yes")
    everything.cell(row_of(everything, "refused", "answers_question"), 7, "no")
    other = row_of(everything, "good", "answers_question")
    everything.cell(other, 1, "elsewhere")
    everything.cell(other, 7, "maybe")
    field = row_of(everything, "good", "supported_1")
    everything.cell(field, 14, "supported_9")
    everything.cell(field, 7, "yes")
    book.save(path)
    with pytest.raises(RunError) as told:
        read_marks(path, RUN, pairs)
    for said in (
        f"Flagged!G{partly} 'partly' is none of yes, no",
        "All!G2 'no' is not Flagged!G2 'yes'",
        f"All!A{other} 'elsewhere' of system 'ours' is not in the run",
        f"All!N{field} 'supported_9' cannot be marked of case 'good'",
    ):
        assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_workbook_of_another_run_or_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "marks.xlsx"
    written(path, six())
    with pytest.raises(RunError, match="of the run '2026-11-24-rules', not of 'other'"):
        read_marks(path, "other", six())
    path.write_bytes(b"PK no zip")
    with pytest.raises(RunError, match="no Excel workbook"):
        workbook_run(path)
    with pytest.raises(RunError, match="No such file"):
        workbook_run(tmp_path / "missing.xlsx")


def test_a_sheet_without_its_columns_is_told(tmp_path: Path) -> None:
    path = tmp_path / "marks.xlsx"
    book = written(path, six())
    book["All"].cell(1, 7, "verdict")
    book.save(path)
    with pytest.raises(RunError, match="All!1:1 has no column mark"):
        read_marks(path, RUN, six())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MARKS = st.builds(Mark, TEXT, TEXT, TEXT, TEXT, st.sampled_from(["yes", "no", "partly", ""]),
                  TEXT, TEXT)  # fmt: skip


@given(marks=st.lists(MARKS, max_size=4))
def test_a_file_of_marks_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, marks: list[Mark]
) -> None:
    path = tmp_path_factory.mktemp("marks") / "marks.jsonl"
    write_marks(path, marks)
    assert read_marks_file(path) == marks


def test_a_broken_file_of_marks_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    assert read_marks_file(path) == []
    write_marks(path, [Mark(RUN, "a", "ours", "nugget_1", "yes")])
    path.write_text(path.read_text() + '{"run": "x"}\n')
    with pytest.raises(RunError, match="line 2: no mark with run, case_id"):
        read_marks_file(path)


def mark(field: str, value: str, reviewer: str = "Ada") -> Mark:
    return Mark(RUN, "fees", "ours", field, value, reviewer)


def test_of_several_reviewers_most_decide_and_a_tie_decides_nothing() -> None:
    marks = [
        mark("answers_question", "yes"), mark("answers_question", "partly", "Grace"),
        mark("nugget_1", "yes"), mark("nugget_1", "no", "Grace"), mark("nugget_1", "no", "Alan"),
        mark("nugget_3", "yes"), mark("nugget_3", "no", "Grace"), mark("nugget_2", ""),
    ]  # fmt: skip
    assert marked_scores(marks)["fees", "ours"]["answers_question"] == 0.75
    assert marked_nuggets(marks) == {("fees", "ours"): (False, None, None)}
    again = merge_marks(marks, [mark("nugget_3", "no")])
    assert len(again) == len(marks)
    assert marked_nuggets(again) == {("fees", "ours"): (False, None, False)}


def test_marks_take_the_place_of_the_encoder_and_the_checker() -> None:
    names = ("nuggets", "alce_recall")
    before = score_case(*nuggets(), metrics_for("answer", names))
    assert before == {"nuggets": 1.0, "alce_recall": 0.0}
    marks = [mark("nugget_1", "yes"), mark("nugget_2", "no"), mark("supported_1", "yes")]
    ((case, outcome), other) = with_marks([nuggets(), six()[0]], marks)
    assert score_case(case, outcome, metrics_for("answer", names)) == {
        "nuggets": 0.5, "alce_recall": 1.0,
    }  # fmt: skip
    assert other == six()[0]


def test_marks_on_answers_and_claims_are_scores() -> None:
    names = ("answers_question", "judged:answer", "judged:tone", "claim_correct")
    case, outcome = nuggets()
    judged = outcome.model_copy(
        update={
            "observed": outcome.observed.model_copy(update={"judged": {"answer": 1.0, "tone": 0.2}})
        }
    )
    claim = pair("claim", {"question": "", "claim": WAIVER, "context": FEE, "supported": False},
                 {"status": "", "claim_score": 0.9})  # fmt: skip
    metrics = metrics_for("answer", names)
    before = [score_case(*each, metrics) for each in ((case, outcome), (case, judged), claim)]
    assert [list(each.values()) for each in before] == [
        [None, None, None, None], [1.0, 1.0, 0.2, None], [None, None, None, 0.0],
    ]  # fmt: skip
    marks = [
        mark("answers_question", "no"), mark("answers_question", "yes", "Grace"),
        Mark(RUN, "claim", "ours", "supported_1", "no"),
    ]  # fmt: skip
    after = with_marks([(case, outcome), (case, judged), claim], marks)
    assert [list(score_case(*each, metrics).values()) for each in after] == [
        [0.5, 0.5, None, None], [0.5, 0.5, 0.2, None], [None, None, None, 1.0],
    ]  # fmt: skip
    ((_, refused),) = with_marks([(case, judged)], marks[:1])
    names_of = [each.name for each in concerns_of(case, refused)]
    assert "does not answer, by a mark or a judge" in names_of


def test_a_claim_is_judged_against_its_context(tmp_path: Path) -> None:
    claim = pair("claim", {"question": "", "claim": WAIVER, "context": FEE, "supported": False},
                 {"status": "", "claim_score": 0.9})  # fmt: skip
    sheet = written(tmp_path / "marks.xlsx", [claim])["Flagged"]
    row = [cell.value for cell in sheet[2]]
    assert (row[3:6], row[-1]) == (
        ["Does the context carry this claim?", WAIVER, FEE], "supported_1",
    )  # fmt: skip
