"""Rows of cases that somebody else wrote: CSV, and columns of other names, as values of a case.

What a row has is taken over, or refused by `Case` in the end; nothing is dropped for its form.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.errors import SuiteError
from evals.suite import Case

_JOINT = " | "
_MANY = ("tags", "history", "answers", "required", "forbidden")
_YES_NO = ("answerable", "supported")  # or null: it cannot be said
_NOT = ("", "false", "no", "0")
_ABSENT = object()


def csv_rows(
    path: Path, text: str, fields: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a CSV file with the line where each ends; cells as our column of them is read.

    Raises SuiteError for what is no CSV, for a column that `fields` names and that is not there.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    ours = {
        each.partition(" if ")[0]: name
        for name, column in fields.items()
        for each in column.split(" or ")
    }
    try:
        _check_columns(path, reader.fieldnames or (), fields)
        for row in reader:
            if None in row:
                raise SuiteError(
                    f"{path}, line {reader.line_num}: more cells than columns; put a cell with a "
                    f"comma into double quotes"
                )
            filled = {key: value for key, value in row.items() if value and value.strip()}
            cells = {
                key: _cell(ours.get(key, key), value, key in ours) for key, value in filled.items()
            }
            yield reader.line_num, cells
    except csv.Error as error:
        raise SuiteError(
            f"{path}, line {reader.reader.line_num}: not CSV ({error}); correct it, or bring it "
            f"as JSONL"
        ) from error


def _check_columns(path: Path, known: Sequence[str], fields: Mapping[str, str]) -> None:
    named = [part for column in fields.values() for part in re.split(" if | or ", column)]
    unknown = [each for each in named if each not in known]
    if unknown:
        it_has = ", ".join(known) or "none"
        raise SuiteError(f"{path} has no column {unknown[0]!r}; it has: {it_has}")


def _cell(name: str, value: str, is_foreign: bool) -> Any:
    parts = [each for each in value.split(_JOINT) if each.strip()]
    if name in _MANY or (name == "evidence" and is_foreign):
        return parts
    if name == "evidence":
        pairs = [each.partition(": ") for each in parts]
        return [{"document": document, "quotes": [quote]} for document, _, quote in pairs]
    if name in _YES_NO:
        word = value.strip()
        return None if word.lower() == "null" else word
    if name == "nuggets":
        return [{"text": each} for each in parts]
    return value


def translated(row: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """What of a row of somebody else's making a case has: only columns that are set.

    "answers" of such sets come in many forms, so they are taken only where `fields` names them;
    gold given as bare quotes is looked up in the relevant documents.
    """
    names = dict(fields)
    if "text" in row and "question" not in row:
        names.setdefault("question", "text")
    if not row.get("history"):
        names.setdefault("history", "meta.history")
    known = {*Case.model_fields, *names} - ({"answers"} - set(names))
    found = {name: _column(row, names.get(name, name)) for name in sorted(known)}
    values = {
        name: value
        for name, value in found.items()
        if value is not _ABSENT and (value is not None or name in _YES_NO)
    }
    for name in [each for each in values if "." in each]:  # "filters.title"
        group, _, key = name.partition(".")
        value, held = str(values.pop(name)), values.get(group, {})
        values[group] = {**held, key: value} if isinstance(held, Mapping) else held
    if "history" in values:
        values["history"] = _questions(values["history"])
    if "evidence" in fields:
        values["evidence"] = _bare_quotes(values.get("evidence", []))
    return values


def _questions(turns: Any) -> Any:
    """The earlier questions of a conversation, which some sets keep with the answers between."""
    if not isinstance(turns, list):
        return turns  # which a case refuses
    asked = [
        each
        for each in turns
        if not isinstance(each, Mapping) or each.get("speaker", "user") == "user"
    ]
    return [each.get("text", each) if isinstance(each, Mapping) else each for each in asked]


def _bare_quotes(quotes: Any) -> list[Any]:
    listed = quotes if isinstance(quotes, list) else [quotes]
    return [each if isinstance(each, Mapping) else {"quotes": [each]} for each in listed]


def _column(row: Mapping[str, Any], name: str) -> Any:
    """The value at a dotted name, _ABSENT where there is none.

    "a if b.c" has the value of `a` where `b.c` is true, "a or b" that of `b` where there is no `a`.
    """
    first, _, second = name.partition(" or ")
    if second:
        own = _column(row, first)
        return _column(row, second) if own is _ABSENT else own
    name, _, condition = name.partition(" if ")
    if condition and not _is_true(_column(row, condition)):
        return _ABSENT
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        value = value.get(part, _ABSENT) if isinstance(value, Mapping) else _ABSENT
    return value


def _is_true(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in _NOT
    return value is not _ABSENT and bool(value)
