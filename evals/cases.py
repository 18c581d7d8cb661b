"""Cases as files hold them: our JSONL, CSV, and the BEIR layout.

JSONL: one case a line with the keys of `Case`. CSV: columns of the same names; several values in
one cell are set apart by " | ", evidence is `document: quote`. BEIR (Thakur and others, 2021): a
folder with `queries.jsonl` (id or _id, text), `qrels.tsv` or `qrels/test.tsv` (question,
document, grade) and `corpus.jsonl` (id or _id, title, text).

`fields` of a suite name the columns of such files: `question = "text"`, a nested one by dots
(`kind = "meta.type"`), one that holds in part (`required = "tokens if meta.is_checked"`), a filter
(`"filters.title" = "meta.site"`).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.errors import SuiteError
from evals.suite import Case, SuiteFile, first_line

Qrels = dict[str, dict[str, int]]
_BEIR_FIELDS = {"question": "text"}
_IDS = ("id", "_id")
_JOINT = " | "
_MANY = ("tags", "history", "answers", "required", "forbidden")
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


def read_cases(file: SuiteFile, only: Iterable[str] = ()) -> list[Case]:
    """The cases of a suite that are asked for; raises SuiteError naming file, line and key.

    `only` keeps those with one of the kinds or tags; drafts, which wait for gold, are left out.
    """
    path = file.place(file.suite.cases)
    cases = _all_cases(file, path)
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise SuiteError(f"{path}: the id {case.id!r} is there twice")
        seen.add(case.id)
    drafts = sum(case.is_draft for case in cases)
    cases = [case for case in cases if not case.is_draft]
    for labels in (file.suite.only, tuple(only)):
        if labels:
            cases = [case for case in cases if case.labels & set(labels)]
    if not cases:
        waiting = f" ({drafts} drafts: add their gold, take their tag 'draft' away)"
        raise SuiteError(
            f"suite {file.suite.name} has no cases of {', '.join(only) or 'any kind'}"
            f"{waiting if drafts else ''}"
        )
    return cases


def count_drafts(file: SuiteFile) -> int:
    """How many cases of the suite still wait for a person to add the gold."""
    return sum(case.is_draft for case in _all_cases(file, file.place(file.suite.cases)))


def _all_cases(file: SuiteFile, path: Path) -> list[Case]:
    qrels = _qrels_of(file, path)
    return [
        _parse_case(row, f"{source}, line {number}", qrels, file.suite.fields)
        for source, number, row in _rows(path)
    ]


def parse_cases(path: Path) -> list[Case]:
    """The cases of a JSONL file of our own, as a run keeps them; raises SuiteError."""
    return [_parse_case(row, f"{path}, line {number}", {}, {}) for number, row in _jsonl(path)]


def read_records(path: Path) -> Iterator[dict[str, str]]:
    """`id`, `title`, `text` of each record of a BEIR corpus; raises SuiteError."""
    for number, row in _jsonl(path):
        record_id = next((row[name] for name in _IDS if row.get(name) not in (None, "")), None)
        if record_id is None or not isinstance(row.get("text"), str):
            raise SuiteError(f"{path}, line {number}: a record needs an id and a text")
        yield {"id": str(record_id), "title": row.get("title") or "", "text": row["text"]}


def read_qrels(path: Path) -> Qrels:
    """Grades by question and document, those above 0; tab-separated, with or without a header."""
    qrels: Qrels = {}
    for number, line in enumerate(_text(path).splitlines(), start=1):
        cells = line.split("\t")
        if len(cells) == 4:  # TREC: question, iteration, document, grade
            cells = [cells[0], cells[2], cells[3]]
        try:
            question, document, grade = cells[0], cells[1], int(float(cells[2]))
        except (ValueError, IndexError):
            if number == 1:
                continue
            raise SuiteError(f"{path}, line {number}: not question, document, grade") from None
        if grade > 0:
            qrels.setdefault(question, {})[document] = grade
    return qrels


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """Writes cases as JSONL, one a line, without what is not set."""
    lines = [
        json.dumps(case.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        for case in cases
    ]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def import_cases(path: Path, fields: Mapping[str, str]) -> list[Case]:
    """The cases in a CSV file or a folder in the BEIR layout; raises SuiteError."""
    qrels = read_qrels(found) if path.is_dir() and (found := _qrels_in(path)) else {}
    rows = _csv(path) if path.suffix.lower() == ".csv" else _beir(path)
    return [_parse_case(row, f"{path}, line {number}", qrels, fields) for _, number, row in rows]


def _rows(path: Path) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    if path.is_dir():
        return _beir(path)
    if path.suffix.lower() == ".csv":
        return _csv(path)
    return ((path, number, row) for number, row in _jsonl(path))


def _beir(folder: Path) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    path = folder / "queries.jsonl"
    if not path.is_file():
        raise SuiteError(f"{folder} is neither a JSONL or CSV file nor a folder with queries.jsonl")
    for number, row in _jsonl(path):
        yield path, number, {"history": _history(row), **row}


def _history(row: Mapping[str, Any]) -> list[str]:
    """The earlier questions of a conversation, which some sets keep with the answers between."""
    turns = row.get("history") or (row.get("meta") or {}).get("history") or []
    return [
        each if isinstance(each, str) else each["text"]
        for each in turns
        if isinstance(each, str) or each.get("speaker", "user") == "user"
    ]


def _csv(path: Path) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(_text(path))), start=2):
        yield path, number, {key: _cell(key, value or "") for key, value in row.items() if key}


def _cell(key: str, value: str) -> Any:
    if key in _MANY:
        return [each for each in value.split(_JOINT) if each]
    if key == "evidence":
        pairs = [each.partition(": ") for each in value.split(_JOINT) if each]
        return [{"document": document, "quotes": [quote]} for document, _, quote in pairs]
    if key in ("answerable", "supported"):
        folded = value.strip().lower()
        return True if folded in _TRUE else False if folded in _FALSE else None
    if key == "nuggets":
        return [{"text": each} for each in value.split(_JOINT) if each]
    return value


def _parse_case(
    row: Mapping[str, Any], place: str, qrels: Qrels, fields: Mapping[str, str]
) -> Case:
    """A case of one row: with our columns only, or of somebody else's making."""
    is_foreign = bool(fields) or "text" in row or "_id" in row
    values = _translated(row, fields) if is_foreign else dict(row)
    case_id = next((str(row[name]) for name in _IDS if row.get(name) not in (None, "")), "")
    if not case_id:
        raise SuiteError(f"{place}: a case needs an 'id'")
    values |= {"id": case_id}
    if case_id in qrels:
        values["relevant"] = qrels[case_id]
    try:
        return Case.model_validate(values)
    except ValidationError as error:
        raise SuiteError(f"{place}, case {case_id}: {first_line(error)}") from error


def _translated(row: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """What of a row of somebody else's making a case has: only columns that are set.

    "answers" of such sets come in many forms, so they are taken only where `fields` names them;
    gold given as bare quotes is looked up in the relevant documents.
    """
    names = _BEIR_FIELDS | dict(fields)
    known = {*Case.model_fields, *names} - ({"answers"} - set(names))
    found = {name: _column(row, names.get(name, name)) for name in sorted(known)}
    values = {name: value for name, value in found.items() if value is not None}
    values["answerable"] = row.get("answerable", True)
    for name in [each for each in values if "." in each]:  # "filters.title"
        group, _, key = name.partition(".")
        values[group] = values.get(group, {}) | {key: str(values.pop(name))}
    if "evidence" in fields:
        quotes = values.get("evidence", [])
        values["evidence"] = [{"document": "", "quotes": [each]} for each in quotes]
    return values


def _column(row: Mapping[str, Any], name: str) -> Any:
    """The value at a dotted name; "a if b.c" has the value of `a` where `b.c` is true."""
    name, _, condition = name.partition(" if ")
    if condition and not _column(row, condition):
        return None
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _qrels_of(file: SuiteFile, cases: Path) -> Qrels:
    if file.suite.qrels:
        return read_qrels(file.place(file.suite.qrels))
    found = _qrels_in(cases) if cases.is_dir() else None
    return read_qrels(found) if found else {}


def _qrels_in(folder: Path) -> Path | None:
    places = (folder / "qrels.tsv", folder / "qrels" / "test.tsv")
    return next((each for each in places if each.is_file()), None)


def _jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise SuiteError(f"{path}, line {number}: not a JSON object ({error})") from error
        if not isinstance(row, dict):
            raise SuiteError(f"{path}, line {number}: not a JSON object (got {line[:60]!r})")
        yield number, row


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SuiteError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SuiteError(f"{path} is not UTF-8 text (byte {error.start})") from error
