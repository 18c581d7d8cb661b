"""Reads the marks of a workbook that came back; it may have been edited by any program."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from evals.errors import RunError
from evals.marks import Mark, allowed_values, marked_fields
from evals.outcomes import Outcome
from evals.scores import Pairs
from evals.suite import Case
from evals.workbook.write import ALL, FLAGGED, REVIEWER, RUN, SUMMARY

_NEEDED = ("case", "system", "field", "mark")
_TOLD = 8  # problems
_DAMAGE = (BadZipFile, zlib.error, SyntaxError)  # the last: of every XML parser here

Known = Mapping[tuple[str, str], tuple[Case, Outcome]]  # by case id and system


def workbook_run(path: Path) -> str:
    """The name of the run that a workbook was made of; raises RunError where it has none."""
    with _open(path) as book:
        name = _summary_labels(book).get(RUN, "")
    if not name:
        raise RunError(f"{path}: the sheet {SUMMARY} names no run; is it a workbook of verse eval?")
    return name


def read_marks(path: Path, run: str, pairs: Pairs) -> list[Mark]:
    """The marks in a workbook of the run of that name, `pairs` being those of all its systems.

    Rows without a mark and a note are left out; a reviewer who is not named in a row is the one
    named on the first sheet. Raises RunError for a workbook of another run, and one for all values
    that are wrong, each with its sheet and cell.
    """
    with _open(path) as book:
        labels = _summary_labels(book)
        if labels.get(RUN) != run:
            named = labels.get(RUN, "(none named)")
            raise RunError(f"{path} is a workbook of the run {named!r}, not of {run!r}")
        problems: list[str] = []
        sheets = [book[name] for name in (FLAGGED, ALL) if name in book.sheetnames]
        rows = [row for sheet in sheets for row in _marked_rows(sheet, problems)]
    known = {(case.id, outcome.system): (case, outcome) for case, outcome in pairs}
    marks = [row.mark(run, labels.get(REVIEWER, "")) for row in rows]
    for row, mark in zip(rows, marks, strict=True):
        problems += [f"{row.place(name)} {what}" for name, what in _wrong(mark, known)]
    joined = _joined(rows, marks, problems)
    if problems:
        more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
        raise RunError(f"{path}: {'; '.join(problems[:_TOLD])}{more}; correct the cells")
    return joined


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that a person marked: its texts by column, and where it stands."""

    sheet: str
    number: int
    columns: Mapping[str, int]  # place of each column, from 1
    texts: Mapping[str, str]

    def place(self, column: str) -> str:
        return f"{self.sheet}!{get_column_letter(self.columns[column])}{self.number}"

    def mark(self, run: str, reviewer: str) -> Mark:
        return Mark(
            run=run,
            case_id=self.texts["case"],
            system=self.texts["system"],
            field=self.texts["field"],
            value=self.texts["mark"].lower(),
            reviewer=self.texts.get("reviewer") or reviewer,
            note=self.texts.get("note", ""),
        )


def _joined(rows: Sequence[_Row], marks: Sequence[Mark], problems: list[str]) -> list[Mark]:
    """The marks, those for the same thing on both sheets as one; two that differ are a problem."""
    found: dict[tuple[str, ...], tuple[Mark, str]] = {}
    for row, mark in zip(rows, marks, strict=True):
        key = (mark.case_id, mark.system, mark.field, mark.reviewer)
        earlier, place = found.get(key, (mark, row.place("mark")))
        if earlier.value and mark.value and earlier.value != mark.value:
            problems.append(f"{row.place('mark')} {mark.value!r} is not {place} {earlier.value!r}")
        notes = dict.fromkeys(filter(None, (earlier.note, mark.note)))
        value = earlier.value or mark.value
        found[key] = replace(earlier, value=value, note="; ".join(notes)), place
    return [mark for mark, _ in found.values()]


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """The workbook, of which sheets are read as they are needed, so that damage may show late."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}") from error
    except (InvalidFileException, KeyError, ValueError, *_DAMAGE) as error:
        raise RunError(f"{path} is no Excel workbook (.xlsx): {error}") from error
    try:
        yield book
    except _DAMAGE as error:
        raise RunError(f"{path} is damaged: {error}; save it again as .xlsx") from error
    finally:
        book.close()


def _summary_labels(book: Any) -> dict[str, str]:
    """The first two columns of the sheet Summary, as label and value."""
    if SUMMARY not in book.sheetnames:
        return {}
    labels: dict[str, str] = {}
    for row in book[SUMMARY].iter_rows(max_col=2, values_only=True):
        if len(row) == 2 and row[0]:
            labels.setdefault(_text(row[0]).lower(), _text(row[1]))
    return labels


def _marked_rows(sheet: Any, problems: list[str]) -> Iterator[_Row]:
    sheet.reset_dimensions()  # other programs write wrong ones
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    _, head = next(rows, (1, ()))
    columns: dict[str, int] = {}
    for at, name in enumerate(head, start=1):
        columns.setdefault(_text(name).lower(), at)
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        problems.append(f"{sheet.title}!1:1 has no column {', '.join(missing)}")
        return
    for number, values in rows:
        texts = {
            name: _text(values[at - 1]) if at <= len(values) else "" for name, at in columns.items()
        }
        if texts["mark"] or texts.get("note"):
            yield _Row(sheet.title, number, columns, texts)


def _text(value: object) -> str:
    """A cell as text; a number that Excel made of an id is whole again."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _wrong(mark: Mark, known: Known) -> Iterator[tuple[str, str]]:
    """What is wrong with a mark: the column, and the words with the value."""
    pair = known.get((mark.case_id, mark.system))
    if pair is None:
        yield "case", f"{mark.case_id!r} of system {mark.system!r} is not in the run"
    elif mark.field not in marked_fields(*pair):
        yield "field", f"{mark.field!r} cannot be marked of case {mark.case_id!r}"
    elif mark.value and mark.value not in allowed_values(mark.field):
        yield "mark", f"{mark.value!r} is none of {', '.join(allowed_values(mark.field))}"
