"""What readers say of answers, in a real file, from several threads and processes."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import VerseError
from rag.feedback import MAX_NOTE_CHARS, Feedback, ReadFeedback, add_feedback, feedback_on
from rag.feedback import read_feedback as read
from rag.pipeline import Library
from rag.records import Answer, Citation, Question, Statement, Turn
from rag.rows import answer_row

FEE = "A vessel that stays longer than fourteen days pays a fee of 40 crowns."
QUESTION = Question("And for a month?", (Turn("What does a stay cost?", "It depends. [1]"),))
CITATION = Citation(1, "fees:1", "fees", "Fees", ("C. Fees",), 17, "15", 0, len(FEE), FEE)
ANSWER = Answer(QUESTION, "answered", f"{FEE} [1]", (Statement(FEE, "", (1,)),), (CITATION,))


def given_on(answer_id: str, verdict: str = "not helpful", note: str = "") -> Feedback:
    return feedback_on(ANSWER, answer_id, verdict, "other" if "not" in verdict else "", note)


def add_many(folder: Path, name: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        each = [
            threads.submit(add_feedback, folder, given_on(f"{name}-{n}", note="x" * 40 * n))
            for n in range(20)
        ]
    for done in each:
        done.result()


def test_feedback_is_kept_with_the_whole_answer(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    feedback = feedback_on(ANSWER, "a-1", "not helpful", "incomplete", " Page 18 says more. ")
    add_feedback(folder, feedback)
    assert read(folder) == ReadFeedback((feedback,), ())
    line = (folder / "feedback.jsonl").read_text(encoding="utf-8")
    row = json.loads(line)
    age = datetime.now(UTC) - datetime.fromisoformat(row.pop("time"))
    assert 0 <= age.total_seconds() < 60
    assert row == {
        "id": "a-1",
        "verdict": "not helpful",
        "reason": "incomplete",
        "note": "Page 18 says more.",
        "question": "And for a month?",
        "history": [{"question": "What does a stay cost?", "answer": "It depends. [1]"}],
        "answer": json.loads(json.dumps(answer_row(ANSWER))),
    }
    assert row["answer"]["citations"][0]["quote"] == FEE
    assert (folder / "feedback.jsonl").stat().st_mode & 0o777 == 0o600


def test_nothing_kept_reads_as_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "nowhere") == ReadFeedback((), ())


def test_the_last_vote_on_an_answer_counts(tmp_path: Path) -> None:
    for answer_id, verdict in (("a", "helpful"), ("b", "helpful"), ("a", "not helpful")):
        add_feedback(tmp_path, given_on(answer_id, verdict))
    kept = [(each.id, each.verdict) for each in read(tmp_path).feedback]
    assert kept == [("b", "helpful"), ("a", "not helpful")]
    assert len((tmp_path / "feedback.jsonl").read_text().splitlines()) == 3


def test_a_bad_line_is_told_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    add_feedback(tmp_path, given_on("a"))
    whole = path.read_bytes()
    path.write_bytes(b"{\n\xff\xfe\n[]\n" + whole.replace(b"not helpful", b"fine") + whole[:50])
    add_feedback(tmp_path, given_on("b"))  # after a line that was cut off
    kept, problems = read(tmp_path)
    assert [each.id for each in kept] == ["b"]
    assert len(problems) == 5
    assert f"{path}, line 4: verdict: Input should be 'helpful' or 'not helpful'" in problems[3]


@pytest.mark.parametrize(
    ("verdict", "reason", "note", "told"),
    [
        ("fine", "", "", "verdict: Input should be 'helpful' or 'not helpful'"),
        ("not helpful", "", "", '"not helpful" needs a reason'),
        ("helpful", "other", "", '"helpful" has none'),
        ("not helpful", "too short", "", "reason: Input should be 'wrong or unsupported'"),
        ("helpful", "", "x" * (MAX_NOTE_CHARS + 1), "note: .* at most 1000 characters"),
    ],
)
def test_what_cannot_be_said_is_refused_in_one_line(
    verdict: str, reason: str, note: str, told: str
) -> None:
    with pytest.raises(VerseError, match=told) as refused:
        feedback_on(ANSWER, "a", verdict, reason, note)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_words_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, question: str, text: str
) -> None:
    folder = tmp_path_factory.mktemp("words")
    answer = replace(ANSWER, question=Question(question), text=text)
    feedback = feedback_on(answer, "a", "helpful", "", text)
    add_feedback(folder, feedback)
    assert read(folder) == ReadFeedback((feedback,), ())


def test_threads_and_processes_lose_and_mix_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as processes:
        list(processes.map(add_many, [tmp_path] * 2, "ab"))
    kept, problems = read(tmp_path)
    assert problems == ()
    assert sorted(each.id for each in kept) == sorted(f"{p}-{n}" for p in "ab" for n in range(20))


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(VerseError, match=r"feedback cannot be kept in .*feedback\.jsonl: "):
        add_feedback(tmp_path / "data", given_on("a"))


def test_the_assistant_keeps_feedback_in_its_data_folder(
    tmp_path: Path, library_at: Callable[..., Library]
) -> None:
    assistant = library_at(tmp_path).assistant()
    assistant.add_feedback(given_on("a", "helpful"))
    assert [each.id for each in read(tmp_path).feedback] == ["a"]
