"""A catalogue to correct by hand: what the files of a folder say of themselves.

An entry is keyed by the file's path inside the folder. Facts that are not known are there too,
empty, so that they only need filling in; what a person wrote in an earlier catalogue is kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import tomlkit
from tomlkit.items import Table

from rag.errors import LoadError
from rag.load.catalogue import CATALOGUE_KEYS, FILE_COLUMN, CatalogueEntry, find_entry
from rag.records import Document, Facts
from rag.workers import Source, Workers

_HEAD = """Bibliographic facts of the files in this folder, as far as the files tell them.
Correct what is wrong, fill in what is empty, delete what is not needed; what stands here wins
over what a file says. Dates are as precise as known: 2014, 2014-10 or 2014-10-16."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One file's entry; `reason` says why a file could not be read."""

    name: str  # its path inside the folder
    entry: CatalogueEntry
    reason: str = ""


def draft_entries(
    folder: Path, paths: Iterable[Path], known: Mapping[str, CatalogueEntry], workers: Workers
) -> Iterator[Draft]:
    """An entry for each of `paths` under `folder`, in order; `known` ones keep what they say."""
    asked = ((Source(path), Facts()) for path in paths)
    for source, loaded in workers.load(asked):
        relative = source.path.relative_to(folder)
        before = find_entry(known, relative)
        found = loaded.facts if isinstance(loaded, Document) else Facts()
        facts = _merged(before.facts, found) if before else found
        reason = loaded.reason if isinstance(loaded, LoadError) else ""
        identity = before.document_id if before else ""
        yield Draft(relative.as_posix(), CatalogueEntry(identity, facts), reason)


def write_toml(drafts: Sequence[Draft]) -> str:
    """The drafts as a TOML catalogue; files that could not be read are named in comments."""
    made = tomlkit.document()
    for line in _HEAD.splitlines():
        made.add(tomlkit.comment(line))
    for draft in drafts:
        if draft.reason:
            made.add(tomlkit.nl())
            made.add(tomlkit.comment(_one_line(f"{draft.name}: {draft.reason}")))
            continue
        made.add(tomlkit.nl())
        made.add(tomlkit.key([draft.name]), _table(draft.entry))
    return tomlkit.dumps(made)


def write_csv(drafts: Sequence[Draft]) -> str:
    """The drafts that could be read as a CSV catalogue."""
    buffer = io.StringIO(newline="")
    rows = csv.DictWriter(buffer, [FILE_COLUMN, *CATALOGUE_KEYS])
    rows.writeheader()
    for draft in drafts:
        if not draft.reason:
            row = {FILE_COLUMN: draft.name, "id": draft.entry.document_id}
            rows.writerow(row | _plain(draft.entry.facts))
    return buffer.getvalue()


def _merged(first: Facts, second: Facts) -> Facts:
    values = {each.name: getattr(first, each.name) for each in fields(Facts)}
    return Facts(**{name: value or getattr(second, name) for name, value in values.items()})


def _table(entry: CatalogueEntry) -> Table:
    table = tomlkit.table()
    if entry.document_id:
        table.add("id", entry.document_id)
    for name, value in _plain(entry.facts).items():
        table.add(name, value)
    return table


def _plain(facts: Facts) -> dict[str, str]:
    return {name: _one_line(value) for name, value in asdict(facts).items()}


def _one_line(text: str) -> str:
    """A text without line ends and control characters, which a file name may hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
