"""Cases as files hold them: our JSONL, CSV, and the BEIR layout.

JSONL: one case a line with the keys of `Case`. CSV: columns of the same names; several values in
one cell are set apart by " | ", evidence is `document: quote`, a blank cell is as one not there.
BEIR (Thakur and others, 2021): a folder with `queries.jsonl` (id or _id, text), `qrels.tsv` or
`qrels/test.tsv` or the only file of `qrels` (question, document, grade) and `corpus.jsonl` (id or
_id, title, text).

`fields` of a suite name the columns of such files: `question = "text"`, a nested one by dots
(`kind = "meta.type"`), one that holds in part (`required = "tokens if meta.is_checked"`), a filter
(`"filters.title" = "meta.site"`), gold as bare quotes (`evidence = "gold_sentences"`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.errors import SuiteError
from evals.foreign import csv_rows, translated
from evals.suite import Case, Mode, SuiteFile, first_line

Qrels = dict[str, dict[str, int]]
_IDS = ("id", "_id")


def read_cases(file: SuiteFile, only: Iterable[str] = ()) -> list[Case]:
    """The cases of a suite that are asked for; raises SuiteError naming file, line and key.

    `only` keeps those with one of the ids, kinds or tags. Drafts, which wait for gold, are left
    out.
    """
    path = file.place(file.suite.cases)
    cases = _all_cases(file, path)
    counted = Counter(case.id for case in cases)
    if twice := [case_id for case_id, n in counted.items() if n > 1]:
        raise SuiteError(f"{path}: ids that are there twice: {', '.join(twice[:10])}")
    known: list[str] = []
    drafts = sum(case.is_draft for case in cases)
    cases = [case for case in cases if not case.is_draft]
    for labels in (file.suite.only, tuple(only)):
        if labels:
            known = sorted({label for case in cases for label in case.labels})
            cases = [case for case in cases if (case.labels | {case.id}) & set(labels)]
    if not cases:
        waiting = f" ({drafts} drafts: add their gold, take their tag 'draft' away)"
        raise SuiteError(
            f"suite {file.suite.name} has no cases of {', '.join(only) or 'any kind'}"
            f"{'; kinds and tags: ' + ', '.join(known) if known else ''}"
            f"{waiting if drafts else ''}"
        )
    return cases


def count_drafts(file: SuiteFile) -> int:
    """How many cases of the suite still wait for a person to add the gold."""
    return sum(case.is_draft for case in _all_cases(file, file.place(file.suite.cases)))


def _all_cases(file: SuiteFile, path: Path) -> list[Case]:
    qrels = _qrels_of(file, path)
    found = []
    for source, number, row in _rows(path, file.suite.fields):
        place = f"{source}, line {number}"
        case = _parse_case(row, place, qrels, file.suite.fields)
        _check_asked(case, place, file.suite.mode)
        found.append(case)
    return found


def _check_asked(case: Case, place: str, mode: Mode) -> None:
    """Raises SuiteError for a case that asks nothing; a draft may still be without words."""
    needed = {"claim": case.claim, "context": case.context}
    if mode != "claims":
        needed = {"question": case.question}
    lacking = [name for name, words in needed.items() if not words.strip()]
    if lacking and not case.is_draft:
        raise SuiteError(
            f"{place}, case {case.id}: it has no {' and no '.join(lacking)}, which the mode {mode} "
            f"asks with; write it, or name its column under [fields]"
        )


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
            question, document, grade = cells[0], cells[1], float(cells[2])
        except (ValueError, IndexError):
            if number == 1:
                continue
            raise SuiteError(f"{path}, line {number}: not question, document, grade") from None
        if not grade.is_integer():
            raise SuiteError(f"{path}, line {number}: a grade is a whole number (got {cells[2]!r})")
        if grade > 0:
            qrels.setdefault(question, {})[document] = int(grade)
    return qrels


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """Writes cases as JSONL, one a line, without what is not set; the folder is made.

    Raises SuiteError where it cannot be written.
    """
    lines = [
        json.dumps(case.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        for case in cases
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise SuiteError(f"{path} cannot be written: {error.strerror}") from error


def import_cases(path: Path, fields: Mapping[str, str]) -> list[Case]:
    """The cases in a CSV or JSONL file or a folder in the BEIR layout; raises SuiteError."""
    found, qrels = [], _qrels_beside(path)
    for source, number, row in _rows(path, fields):
        place = f"{source}, line {number}"
        case = _parse_case(row, place, qrels, fields)
        if not (case.question.strip() or case.claim.strip()):
            raise SuiteError(
                f"{place}, case {case.id}: no question; name its column: --field question=COLUMN"
            )
        found.append(case)
    return found


def _rows(path: Path, fields: Mapping[str, str]) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    if path.suffix.lower() == ".csv" and not path.is_dir():
        return ((path, number, row) for number, row in csv_rows(path, _text(path), fields))
    rows = path / "queries.jsonl" if path.is_dir() else path
    if path.is_dir() and not rows.is_file():
        raise SuiteError(f"{path} is neither a JSONL or CSV file nor a folder with queries.jsonl")
    return ((rows, number, row) for number, row in _jsonl(rows))


def _parse_case(
    row: Mapping[str, Any], place: str, qrels: Qrels, fields: Mapping[str, str]
) -> Case:
    """A case of one row: with our columns only, or of somebody else's making."""
    is_foreign = bool(fields) or "text" in row or "_id" in row
    values = translated(row, fields) if is_foreign else dict(row)
    ids = (values.get("id"), *(row.get(name) for name in _IDS))
    case_id = next((str(each) for each in ids if each not in (None, "")), "")
    if not case_id:
        raise SuiteError(f"{place}: a case needs an 'id'")
    values |= {"id": case_id}
    if case_id in qrels:
        values["relevant"] = qrels[case_id]
    try:
        return Case.model_validate(values)
    except ValidationError as error:
        raise SuiteError(f"{place}, case {case_id}: {first_line(error)}") from error


def _qrels_of(file: SuiteFile, cases: Path) -> Qrels:
    if file.suite.qrels:
        return read_qrels(file.place(file.suite.qrels))
    return _qrels_beside(cases)


def _qrels_beside(cases: Path) -> Qrels:
    """The grades in a folder of the BEIR layout; raises SuiteError where several hold some."""
    for place in (cases / "qrels.tsv", cases / "qrels" / "test.tsv"):
        if place.is_file():
            return read_qrels(place)
    found = sorted((cases / "qrels").glob("*.tsv"))
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise SuiteError(f"{cases / 'qrels'} has {names}; copy the one to use to qrels/test.tsv")
    return read_qrels(found[0]) if found else {}


def _jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:  # a number may have too many digits
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
