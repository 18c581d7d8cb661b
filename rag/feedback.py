"""What readers say of answers, kept on this machine: `feedback.jsonl` in the data folder.

Each vote is one line with the whole answer, as `verse ask --json` prints it. The file only ever
grows: a second vote on an answer is one more line of the same id, and the last one counts.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from rag.errors import VerseError
from rag.records import Answer, Turn
from rag.rows import answer_row

Verdict = Literal["helpful", "not helpful"]
Reason = Literal[
    "wrong or unsupported",
    "misses the point",
    "incomplete",
    "should have said no",
    "should have answered",
    "other",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
MAX_NOTE_CHARS = 1000

_FILE, _LOCK = "feedback.jsonl", "feedback.lock"
_LOCK_S = 10.0


class Feedback(BaseModel):
    """What one reader said of one answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")  # of the answer
    time: AwareDatetime  # UTC; ISO 8601 in the file
    verdict: Verdict
    reason: Reason | None = None  # of "not helpful", always; of "helpful", never
    note: str = Field(default="", max_length=MAX_NOTE_CHARS)
    question: str
    history: tuple[Turn, ...] = ()  # the conversation before, oldest first
    answer: dict[str, Any]  # a row as rag.rows.answer_row makes it

    @model_validator(mode="after")
    def _reason_fits(self) -> Feedback:
        if (self.verdict == "not helpful") != (self.reason is not None):
            raise ValueError('"not helpful" needs a reason, "helpful" has none')
        return self


class ReadFeedback(NamedTuple):
    """The content of a feedback file."""

    feedback: tuple[Feedback, ...]  # one for each answer, by the time of its last vote
    problems: tuple[str, ...]  # a line for each that cannot be read


def feedback_on(
    answer: Answer, answer_id: str, verdict: str, reason: str = "", note: str = ""
) -> Feedback:
    """Feedback on `answer`, given now; raises VerseError where it is none that can be given."""
    values = {
        "verdict": verdict,
        "reason": reason or None,
        "note": note.strip(),
        "id": answer_id,
        "time": datetime.now(UTC),
        "question": answer.question.text,
        "history": answer.question.history,
        "answer": answer_row(answer),
    }
    try:
        return Feedback.model_validate(values)
    except ValidationError as error:
        raise VerseError(f"this feedback cannot be kept: {_first(error)}") from error


def add_feedback(folder: Path, feedback: Feedback) -> None:
    """Appends `feedback` to the file in `folder`; safe from several threads and processes.

    Raises VerseError where it cannot be written.
    """
    path, line = folder / _FILE, f"{feedback.model_dump_json()}\n".encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / _LOCK, timeout=_LOCK_S):
            _append(path, line)
    except Timeout as error:
        raise VerseError(
            f"feedback cannot be kept: {path} has been locked for {_LOCK_S:g} s; please try again"
        ) from error
    except OSError as error:
        raise VerseError(f"feedback cannot be kept in {path}: {error.strerror}") from error


def _append(path: Path, line: bytes) -> None:
    # Readers' own words: nobody else on the machine need read them.
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(number, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            if file.read(1) != b"\n":  # cut off while it was written: a bad line of its own
                line = b"\n" + line
        file.write(line)


def read_feedback(folder: Path) -> ReadFeedback:
    """The feedback kept in `folder`, the last on each answer; empty where there is none.

    A line that cannot be read is told and spoils no other. Raises VerseError where the file
    cannot be read.
    """
    path = folder / _FILE
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return ReadFeedback((), ())
    except OSError as error:
        raise VerseError(f"feedback cannot be read from {path}: {error.strerror}") from error
    latest: dict[str, Feedback] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            each = Feedback.model_validate_json(line)
        except ValidationError as error:
            problems.append(f"{path}, line {number}: {_first(error)}")
            continue
        latest.pop(each.id, None)
        latest[each.id] = each
    return ReadFeedback(tuple(latest.values()), tuple(problems))


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, as one line: where, what, the value."""
    first = error.errors()[0]
    place = ".".join(str(each) for each in first["loc"]) or "the whole"
    return f"{place}: {first['msg']} (got {str(first.get('input'))[:80]!r})"
