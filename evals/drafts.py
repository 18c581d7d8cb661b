"""From use to cases: feedback becomes draft cases, to which a person adds the gold.

A draft has no gold, so it counts in no run until a person has removed its tag "draft". What the
answer cited stands in its `note`, document and quote, to be copied where it is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evals.errors import SuiteError
from evals.outcomes import CitationRow
from evals.suite import DRAFT, Case
from rag.feedback import Feedback

FROM_USE = "from-use"

_CITATIONS = TypeAdapter(tuple[CitationRow, ...])


def draft_cases(feedback: Iterable[Feedback]) -> list[Case]:
    """A draft case for each piece of feedback, in order; whether it can be answered is left open.

    Tags: "draft", "from-use", the verdict, and the reason where there is one.
    """
    return [_draft(each) for each in feedback]


def write_drafts(path: Path, feedback: Iterable[Feedback]) -> tuple[int, int]:
    """Appends draft cases to the JSONL file at `path`: how many were added, how many were there.

    What is in the file stays as it is; the ids of its cases say what was drafted before. Raises
    SuiteError naming a file, or a line of it, that cannot be read or written.
    """
    if path.suffix.lower() != ".jsonl":
        raise SuiteError(f"drafts are added to a JSONL file of cases (got {path})")
    try:
        text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        known = set(_ids(path, text))
        given = draft_cases(feedback)
        new = {case.id: case for case in given if case.id not in known}
        if new:
            _append(path, text, new.values())
    except OSError as error:
        raise SuiteError(f"drafts cannot be added to {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SuiteError(f"{path} is not UTF-8 text (byte {error.start})") from error
    return len(new), len(given) - len(new)


def _ids(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise SuiteError(f"{path}, line {number}: not a JSON object ({error})") from error
        if not isinstance(row, dict):
            raise SuiteError(f"{path}, line {number}: not a JSON object (got {line[:60]!r})")
        yield str(row.get("id", row.get("_id", "")))


def _append(path: Path, text: str, cases: Iterable[Case]) -> None:
    joint = "\n" if text and not text.endswith("\n") else ""
    lines = (f"{case.model_dump_json(exclude_defaults=True)}\n" for case in cases)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(joint + "".join(lines))


def _draft(feedback: Feedback) -> Case:
    said = [feedback.verdict, *filter(None, (feedback.reason,))]
    return Case(
        id=f"{FROM_USE}-{feedback.id}",
        question=feedback.question,
        history=tuple(turn.question for turn in feedback.history),
        tags=(DRAFT, FROM_USE, *(each.replace(" ", "-") for each in said)),
        answerable=None,
        note="\n".join(_note_lines(feedback, ": ".join(said))),
    )


def _note_lines(feedback: Feedback, said: str) -> Iterator[str]:
    """What was said, what was answered, and what was cited: material for the gold."""
    yield f"{feedback.time:%Y-%m-%d}, {said}"
    if feedback.note:
        yield f"Reader: {' '.join(feedback.note.split())}"
    yield f"Status: {feedback.answer.get('status', 'not known')}"
    try:
        citations = _CITATIONS.validate_python(feedback.answer.get("citations", ()))
    except ValidationError:
        yield "Cited: what was kept of it cannot be read"
        return
    for each in citations:
        page = f", page {each.page}" if each.page else ""
        yield f"Cited: [{each.n}] {each.document_id}{page}: {each.quote}"
