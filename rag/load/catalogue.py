"""The catalogue: bibliographic facts of documents in one TOML or CSV file.

[some-file-stem]               # or "report.pdf", or "2019/report.pdf", from the catalogue's folder
id = "another-document-id"     # optional; the document id is the stem otherwise
title = "..."                  # any field of Facts; a date may be a TOML date or a string

A CSV file has a column `file` for the name and others as above, between commas or semicolons.
"""

from __future__ import annotations

import csv
import datetime
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePath

from rag.errors import CatalogueError
from rag.records import Facts

CATALOGUE_NAMES = ("catalogue.toml", "catalogue.csv")
CATALOGUE_KEYS = ("id", *(field.name for field in fields(Facts)))
FILE_COLUMN = "file"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the catalogue says of one document; an empty id leaves it to the file's stem."""

    document_id: str
    facts: Facts


def read_catalogue(path: Path) -> dict[str, CatalogueEntry]:
    """The entries of a catalogue, keyed by file stem, name or path. Raises CatalogueError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from error
    table = _read_csv(path, text) if path.suffix.lower() == ".csv" else _read_toml(path, text)
    entries = {key: _parse_entry(path, key, entry) for key, entry in table.items()}
    _check_ids(path, entries)
    return entries


def find_entry(entries: Mapping[str, CatalogueEntry], relative: PurePath) -> CatalogueEntry | None:
    """The entry of the file at `relative` to the catalogue's folder: by path, name, then stem."""
    for key in (relative.as_posix(), relative.name, relative.stem):
        if key in entries:
            return entries[key]
    return None


def _read_toml(path: Path, text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{path}: not valid TOML: {error}") from error


def _read_csv(path: Path, text: str) -> Mapping[str, object]:
    header = text.partition("\n")[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    table: dict[str, object] = {}
    try:
        columns = [column.strip() for column in rows.fieldnames or ()]
        rows.fieldnames = columns
        _check_columns(path, columns)
        for row in rows:
            key = (row.pop(FILE_COLUMN, "") or "").strip()
            place = f"{path}, line {rows.line_num}"
            if None in row or None in row.values():
                raise CatalogueError(f"{place}: not {len(columns)} columns, as the first line has")
            if not key:
                raise CatalogueError(f"{place}: no file named")
            if key in table:
                raise CatalogueError(f"{place}: {key!r} was named before")
            table[key] = {name: value for name, value in row.items() if value}
    except csv.Error as error:
        raise CatalogueError(f"{path}, line {rows.line_num}: not valid CSV: {error}") from error
    return table


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    known = (FILE_COLUMN, *CATALOGUE_KEYS)
    unknown = [column for column in columns if column not in known]
    if unknown or FILE_COLUMN not in columns:
        what = f"unknown column {', '.join(unknown)}" if unknown else f"no column {FILE_COLUMN!r}"
        raise CatalogueError(f"{path}: {what}; known are {', '.join(known)}")


def _parse_entry(path: Path, stem: str, entry: object) -> CatalogueEntry:
    if not isinstance(entry, dict):
        raise CatalogueError(f"{path}: {stem!r} is {entry!r}; it must be a table: [{stem}]")
    unknown = [str(key) for key in entry if key not in CATALOGUE_KEYS]
    if unknown:
        raise CatalogueError(
            f"{path}: [{stem}] has unknown key {', '.join(unknown)}; "
            f"known are {', '.join(CATALOGUE_KEYS)}"
        )
    values = {key: _parse_value(path, stem, key, value) for key, value in entry.items()}
    return CatalogueEntry(values.pop("id", ""), Facts(**values))


def _parse_value(path: Path, stem: str, key: str, value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if key == "date" and isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if key == "date" and isinstance(value, datetime.date):
        return value.isoformat()
    wanted = "a date or a string" if key == "date" else "a string"
    raise CatalogueError(f"{path}: [{stem}] {key} is {value!r}; it must be {wanted}")


def _check_ids(path: Path, entries: dict[str, CatalogueEntry]) -> None:
    stem_of: dict[str, str] = {}
    for stem, entry in entries.items():
        other = stem_of.setdefault(entry.document_id or stem, stem)
        if other != stem:
            raise CatalogueError(
                f"{path}: [{stem}] id {entry.document_id or stem!r} is also the id of [{other}]; "
                "document ids must differ"
            )
