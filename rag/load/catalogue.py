"""The catalogue: bibliographic facts of documents in one TOML file, keyed by file stem.

[some-file-stem]
id = "another-document-id"     # optional; the document id is the stem otherwise
title = "..."                  # any field of Facts; a date may be a TOML date or a string
"""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from rag.errors import CatalogueError
from rag.records import Facts

_KEYS = ("id", *(field.name for field in fields(Facts)))


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the catalogue says of one document."""

    document_id: str
    facts: Facts


def read_catalogue(path: Path) -> dict[str, CatalogueEntry]:
    """The entries of a catalogue, keyed by file stem."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{path}: not valid TOML: {error}") from error
    entries = {stem: _parse_entry(path, stem, entry) for stem, entry in table.items()}
    _check_ids(path, entries)
    return entries


def _parse_entry(path: Path, stem: str, entry: object) -> CatalogueEntry:
    if not isinstance(entry, dict):
        raise CatalogueError(f"{path}: {stem!r} is {entry!r}; it must be a table: [{stem}]")
    unknown = [str(key) for key in entry if key not in _KEYS]
    if unknown:
        raise CatalogueError(
            f"{path}: [{stem}] has unknown key {', '.join(unknown)}; known are {', '.join(_KEYS)}"
        )
    values = {key: _parse_value(path, stem, key, value) for key, value in entry.items()}
    return CatalogueEntry(values.pop("id", "") or stem, Facts(**values))


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
        other = stem_of.setdefault(entry.document_id, stem)
        if other != stem:
            raise CatalogueError(
                f"{path}: [{stem}] id {entry.document_id!r} is also the id of [{other}]; "
                "document ids must differ"
            )
