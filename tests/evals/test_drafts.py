"""Feedback becomes draft cases, in a real file of cases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.drafts import draft_cases, write_drafts
from evals.errors import SuiteError
from evals.suite import Case
from rag.feedback import Feedback
from rag.records import Answer, Citation, Question, Statement, Turn
from rag.rows import answer_row

FEE = 'The "long stay" fee is 40 crowns.'
WAIVED = "The fee may be waived."
DRAFT = Case(
    id="from-use-a1",
    question="And for a month?",
    history=("What does a stay cost?",),
    tags=("draft", "from-use", "not-helpful", "should-have-said-no"),
    answerable=None,
    note=(
        "2026-03-01, not helpful: should have said no\n"
        "Reader: Not about months. At all.\n"
        "Status: answered\n"
        f"Cited: [1] fees, page 17: {FEE}\n"
        f"Cited: [2] rules: {WAIVED}"
    ),
)


def feedback(answer_id: str = "a1", **values: object) -> Feedback:
    question = Question("And for a month?", (Turn("What does a stay cost?", "40 crowns. [1]"),))
    answer = Answer(
        question,
        "answered",
        f"{FEE} [1] {WAIVED} [2]",
        (Statement(FEE, "", (1,)), Statement(WAIVED, "", (2,))),
        (
            Citation(1, "fees:1", "fees", "Fees", ("C. Fees",), 17, "15", 0, len(FEE), FEE),
            Citation(2, "rules:1", "rules", "Rules", (), None, None, 9, 9 + len(WAIVED), WAIVED),
        ),
    )
    given = {
        "id": answer_id,
        "time": datetime(2026, 3, 1, 9, tzinfo=UTC),
        "verdict": "not helpful",
        "reason": "should have said no",
        "note": "Not about months.\nAt all.",
        "question": question.text,
        "history": question.history,
        "answer": answer_row(answer),
    }
    return Feedback.model_validate(given | values)


def test_a_draft_holds_what_was_said_and_cited_and_no_gold() -> None:
    (case,) = draft_cases([feedback()])
    assert case == DRAFT
    assert case.evidence == ()


def test_of_a_helpful_answer_too_the_gold_is_left_to_a_person() -> None:
    (case,) = draft_cases([feedback(verdict="helpful", reason=None, note="")])
    assert case.tags == ("draft", "from-use", "helpful")
    assert case.answerable is None
    assert case.evidence == ()
    assert case.note.startswith("2026-03-01, helpful\nStatus: answered\nCited: [1] fees, page 17: ")


def test_citations_that_cannot_be_read_spoil_no_draft() -> None:
    (case,) = draft_cases([feedback(answer={"citations": [{"quote": 7}]})])
    assert case.note.endswith("Status: not known\nCited: what was kept of it cannot be read")


def test_drafts_are_added_once_and_what_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    by_hand = '{"id":"q1",  "question": "Who?"}\n\n{"_id": "from-use-b2", "text": "Why?"}'
    path.write_text(by_hand, encoding="utf-8")
    given = [feedback(), feedback("b2"), feedback("c3")]
    assert write_drafts(path, given) == (2, 1)
    assert write_drafts(path, given) == (0, 3)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"{by_hand}\n")
    first, last = (json.loads(line) for line in text.splitlines()[3:])
    assert Case.model_validate(first) == DRAFT
    assert (first["answerable"], last["id"]) == (None, "from-use-c3")


def test_a_quote_can_be_copied_from_the_line_as_it_stands(tmp_path: Path) -> None:
    write_drafts(tmp_path / "new.jsonl", [feedback()])
    line = (tmp_path / "new.jsonl").read_text(encoding="utf-8")
    copied = line.partition("page 17: ")[2].partition(r"\n")[0]
    assert json.loads(f'"{copied}"') == FEE


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("cases.csv", "", r"a JSONL file of cases \(got .*cases\.csv\)"),
        ("cases.jsonl", '{"id": "a"}\n{', r"cases\.jsonl, line 2: not a JSON object"),
        ("cases.jsonl", "[1]", r"line 1: not a JSON object \(got '\[1\]'\)"),
        ("no/folder.jsonl", None, r"drafts cannot be added to .*folder\.jsonl: No such file"),
    ],
)
def test_a_file_that_cannot_take_drafts_is_one_clear_line(
    tmp_path: Path, name: str, content: str | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(SuiteError, match=told):
        write_drafts(tmp_path / name, [feedback()])
    assert content is None or (tmp_path / name).read_text() == content
