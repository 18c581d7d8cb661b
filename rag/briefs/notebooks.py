"""Notebooks: named collections of pins under headings, by owner, in one SQLite database.

1. Every change is one transaction that takes the lock first, so threads and processes do not mix,
   and a killed run leaves the notebook before the change or after it.
2. Who saves names the version that they saw. Where the notebook has changed since, nothing is
   written (StaleNotebookError): two tabs do not undo each other's work. Adding at the end needs no
   version.
3. The words of a pin are written once, when it is added; saving changes order, notes, tags and
   headings only.
4. A notebook that is deleted can be restored for 30 days; so can pins taken out, the last 200 of a
   notebook, by saving it with them again.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from rag.briefs.pins import MAX_NAME_CHARS, Entry, checked_entries, checked_line, entry_id, new_id
from rag.briefs.records import Notebook, NotebookHeading, Pin
from rag.briefs.transaction import transaction
from rag.errors import NotebookError, StaleNotebookError, StoreError

MAX_NOTEBOOKS = 200  # of one owner
_MAX_OWNER_CHARS = 200
_KEPT_DAYS, _KEPT_ENTRIES = 30, 200
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS notebooks (
    notebook_id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL,
    version INTEGER NOT NULL, changed_at TEXT NOT NULL, deleted_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS notebooks_by_owner ON notebooks (owner);
CREATE TABLE IF NOT EXISTS entries (
    notebook_id TEXT NOT NULL, entry_id TEXT NOT NULL, position INTEGER, taken_out INTEGER,
    pin TEXT NOT NULL, text TEXT NOT NULL, tags TEXT NOT NULL,
    PRIMARY KEY (notebook_id, entry_id)
);
"""
_PIN = TypeAdapter(Pin)


@dataclass(frozen=True, slots=True)
class NotebookLine:
    """One line of a list of notebooks."""

    notebook_id: str
    name: str
    pins: int
    changed_at: str  # ISO 8601, UTC
    deleted_at: str = ""  # likewise; empty unless it was deleted


class Notebooks:
    """The notebooks of one data folder. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Opens the database at `path`, making it where there is none; raises StoreError."""
        self._lock = threading.RLock()
        try:
            path.touch(mode=0o600)  # readers' own words: nobody else on the machine need read them
            self._db = sqlite3.connect(
                path, check_same_thread=False, timeout=30, isolation_level=None
            )
            self._db.executescript(f"PRAGMA journal_mode = WAL;{_SCHEMA}")
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
            if found > _VERSION:
                raise sqlite3.DatabaseError(f"made by a later version, {found}")
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the notebooks in {path} cannot be opened ({error}); check that you may write "
                f"there, or move the file away to begin anew"
            ) from error

    def close(self) -> None:
        """Ends the use of the database."""
        self._db.close()

    def listed(self, owner: str) -> tuple[NotebookLine, ...]:
        """The owner's notebooks, the last changed first."""
        return tuple(each for each in self._lines(owner) if not each.deleted_at)

    def deleted(self, owner: str) -> tuple[NotebookLine, ...]:
        """The owner's notebooks that can be restored, the last deleted first."""
        found = [each for each in self._lines(owner) if each.deleted_at]
        return tuple(sorted(found, key=lambda each: each.deleted_at, reverse=True))

    def new(self, owner: str, name: str, entries: Sequence[Entry] = ()) -> Notebook:
        """A new notebook; raises NotebookError for a name that is none, or too many notebooks."""
        checked_line("owner", owner, _MAX_OWNER_CHARS)
        name, entries = checked_line("name", name, MAX_NAME_CHARS), checked_entries(entries)
        notebook_id = new_id()
        with self._change():
            self._purge()
            if len(self._lines(owner)) >= MAX_NOTEBOOKS:
                raise NotebookError(
                    f"{MAX_NOTEBOOKS} notebooks are the most that one reader can have, those "
                    f"deleted of late included; pin into one of them"
                )
            row = (notebook_id, owner, name, 1, _now(), "")
            self._db.execute("INSERT INTO notebooks VALUES (?, ?, ?, ?, ?, ?)", row)
            self._insert(notebook_id, 0, entries)
            return self._read(owner, notebook_id)

    def open(self, owner: str, notebook_id: str) -> Notebook:
        """The owner's notebook of that id; raises NotebookError where there is none."""
        with self._lock:
            return self._read(owner, notebook_id)

    def add(self, owner: str, notebook_id: str, entries: Sequence[Entry]) -> Notebook:
        """The notebook with new entries at its end, whatever its version is."""
        with self._change():
            held = self._read(owner, notebook_id)
            fresh = checked_entries(entries)
            if self._own(notebook_id).keys() & {entry_id(each) for each in fresh}:
                raise NotebookError("this pin is in the notebook, or was taken out; save it anew")
            checked_entries((*held.entries, *fresh))
            self._insert(notebook_id, len(held.entries), fresh)
            return self._changed(owner, held)

    def save(self, owner: str, notebook: Notebook) -> Notebook:
        """The notebook with the name, order, notes, tags and headings of `notebook`; entries that
        it lacks are taken out, those once taken out are put back.

        Raises StaleNotebookError where `notebook.version` is not the last, and NotebookError for a
        pin that was never added here, or for too much text.
        """
        name = checked_line("name", notebook.name, MAX_NAME_CHARS)
        entries = checked_entries(notebook.entries)
        with self._change():
            held = self._read(owner, notebook.notebook_id)
            if held.version != notebook.version:
                raise StaleNotebookError(
                    f"the notebook {held.name!r} was changed elsewhere meanwhile (version "
                    f"{held.version}, here {notebook.version}); open it anew and repeat the change"
                )
            self._arrange(held, entries)
            return self._changed(owner, replace(held, name=name))

    def delete(self, owner: str, notebook_id: str) -> None:
        """Deletes the notebook; for 30 days it can be restored."""
        with self._change():
            self._read(owner, notebook_id)
            self._mark_deleted(notebook_id, _now())

    def restore(self, owner: str, notebook_id: str) -> Notebook:
        """The notebook that was deleted, as it was."""
        with self._change():
            self._read(owner, notebook_id, is_deleted=True)
            self._mark_deleted(notebook_id, "")
            return self._read(owner, notebook_id)

    def _mark_deleted(self, notebook_id: str, when: str) -> None:
        change = "UPDATE notebooks SET deleted_at = ? WHERE notebook_id = ?"
        self._db.execute(change, (when, notebook_id))

    def _lines(self, owner: str) -> list[NotebookLine]:
        rows = self._all(
            "SELECT n.notebook_id, n.name, COUNT(e.entry_id), n.changed_at, n.deleted_at"
            " FROM notebooks n LEFT JOIN entries e ON e.notebook_id = n.notebook_id"
            " AND e.position IS NOT NULL AND e.pin <> ''"
            " WHERE n.owner = ? GROUP BY n.notebook_id ORDER BY n.changed_at DESC, n.rowid DESC",
            (owner,),
        )
        return [NotebookLine(*row) for row in rows]

    def _read(self, owner: str, notebook_id: str, is_deleted: bool = False) -> Notebook:
        rows = self._all(
            "SELECT name, changed_at, version FROM notebooks"
            " WHERE notebook_id = ? AND owner = ? AND (deleted_at <> '') = ?",
            (notebook_id, owner, is_deleted),
        )
        if not rows:
            raise NotebookError(
                f"no notebook {notebook_id[:40]!r} of this reader; it may have been deleted"
            )
        name, changed_at, version = rows[0]
        held = self._all(
            "SELECT entry_id, pin, text, tags FROM entries"
            " WHERE notebook_id = ? AND position IS NOT NULL ORDER BY position",
            (notebook_id,),
        )
        entries = tuple(_entry(*row) for row in held)
        return Notebook(notebook_id, name, entries, changed_at, version)

    def _arrange(self, held: Notebook, entries: Sequence[Entry]) -> None:
        """Writes order and readers' words; the words of pins stay as they are."""
        known = self._own(held.notebook_id)
        fresh = [each for each in entries if entry_id(each) not in known]
        if any(isinstance(each, Pin) for each in fresh):
            raise NotebookError("a pin of this notebook is not known here; pin its passage anew")
        if any(known.get(entry_id(each)) == isinstance(each, NotebookHeading) for each in entries):
            raise NotebookError("a heading has the id of a pin; open the notebook anew")
        self._db.execute(
            "UPDATE entries SET taken_out = ?, position = NULL"
            " WHERE notebook_id = ? AND position IS NOT NULL",
            (held.version + 1, held.notebook_id),
        )
        self._insert(held.notebook_id, 0, fresh)
        self._db.executemany(
            "UPDATE entries SET position = ?, taken_out = NULL, text = ?, tags = ?"
            " WHERE notebook_id = ? AND entry_id = ?",
            [
                (at, *_readers_words(each), held.notebook_id, entry_id(each))
                for at, each in enumerate(entries)
            ],
        )
        self._db.execute(
            "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE notebook_id = ?"
            f" AND position IS NULL ORDER BY taken_out DESC LIMIT -1 OFFSET {_KEPT_ENTRIES})",
            (held.notebook_id,),
        )

    def _own(self, notebook_id: str) -> dict[str, bool]:
        """Whether an entry of the notebook is a pin, by id; of those taken out as well."""
        rows = self._all(
            "SELECT entry_id, pin <> '' FROM entries WHERE notebook_id = ?", (notebook_id,)
        )
        return {row[0]: bool(row[1]) for row in rows}

    def _insert(self, notebook_id: str, first: int, entries: Sequence[Entry]) -> None:
        rows = []
        for at, each in enumerate(entries, start=first):
            pin = _PIN.dump_json(each).decode() if isinstance(each, Pin) else ""
            rows.append((notebook_id, entry_id(each), at, None, pin, *_readers_words(each)))
        self._db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def _changed(self, owner: str, notebook: Notebook) -> Notebook:
        self._db.execute(
            "UPDATE notebooks SET name = ?, version = version + 1, changed_at = ?"
            " WHERE notebook_id = ?",
            (notebook.name, _now(), notebook.notebook_id),
        )
        return self._read(owner, notebook.notebook_id)

    def _purge(self) -> None:
        """Removes what was deleted more than 30 days ago."""
        limit = (datetime.now(UTC) - timedelta(days=_KEPT_DAYS)).isoformat(timespec="seconds")
        old = "SELECT notebook_id FROM notebooks WHERE deleted_at <> '' AND deleted_at < ?"
        for table in ("entries", "notebooks"):
            self._db.execute(f"DELETE FROM {table} WHERE notebook_id IN ({old})", (limit,))

    def _change(self) -> AbstractContextManager[None]:
        return transaction(self._db, self._lock, "the notebooks cannot be changed")

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except UnicodeEncodeError as error:  # an id that a browser sent
                raise NotebookError("no notebook of that id: it is not valid text") from error


def _readers_words(entry: Entry) -> tuple[str, str]:
    """Note and tags of a pin, as stored; a heading's words, and none."""
    if isinstance(entry, Pin):
        return entry.note, json.dumps(entry.tags, ensure_ascii=False)
    return entry.text, "[]"


def _entry(entry_id: str, pin: str, text: str, tags: str) -> Entry:
    if not pin:
        return NotebookHeading(entry_id, text)
    return replace(_PIN.validate_json(pin), note=text, tags=tuple(json.loads(tags)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
