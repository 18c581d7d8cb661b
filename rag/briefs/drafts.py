"""Briefs that are being edited, by owner, in one SQLite database; as notebooks are kept.

1. Sources keep the number under which they came into a draft, for good, used or not: what was taken
   out of a section can come back. `rag/briefs/number.py` numbers a draft for readers.
2. Who saves names the version that they saw; where it is not the last, nothing is written.
3. A draft that is deleted can be restored for 30 days.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import TypeAdapter

from rag.briefs.number import number
from rag.briefs.records import Brief, BriefItem, BriefSection, BriefSource
from rag.briefs.transaction import transaction
from rag.errors import BriefError, StaleBriefError, StoreError

MAX_DRAFTS = 200  # of one owner
MAX_BYTES = 20 * 2**20  # of one draft, as kept
_KEPT_DAYS = 30
_SCHEMA = """
CREATE TABLE IF NOT EXISTS drafts (
    draft_id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, version INTEGER NOT NULL,
    changed_at TEXT NOT NULL, deleted_at TEXT NOT NULL, brief TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS drafts_by_owner ON drafts (owner);
"""
_BRIEF = TypeAdapter(Brief)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line of a list of drafts."""

    draft_id: str
    title: str
    changed_at: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Draft:
    """A brief that is being edited; its sources carry numbers of their own."""

    draft_id: str
    brief: Brief
    version: int

    @property
    def numbered(self) -> Brief:
        """The brief as readers get it, on the screen and in a file."""
        return number(self.brief)

    def with_source(self, source: BriefSource) -> tuple[Draft, int]:
        """The draft with one more source, and its number; a place that it has already keeps its."""
        cited = source.citation
        place = (cited.document_id, cited.start, cited.end)
        for each in self.brief.sources:
            known = each.citation
            if (known.document_id, known.start, known.end) == place:
                return self, known.n
        n = max((each.citation.n for each in self.brief.sources), default=0) + 1
        added = replace(source, citation=replace(cited, n=n))
        return replace(self, brief=replace(self.brief, sources=(*self.brief.sources, added))), n

    def edited(self, title: str, sections: tuple[BriefSection, ...]) -> Draft:
        """The draft with an editor's sections; a quote is one only as long as it is the very words
        of its first source. Raises BriefError for a number without a source."""
        sources = {each.citation.n: each for each in self.brief.sources}
        numbers = {n for section in sections for n in _numbers(section)}
        if unknown := numbers - sources.keys():
            raise BriefError(f"no source {min(unknown)} in this brief; load it anew")
        own = tuple(
            replace(each, items=tuple(_judged(item, sources) for item in each.items))
            for each in sections
        )
        return replace(self, brief=replace(self.brief, title=title, sections=own))


def _numbers(section: BriefSection) -> Iterator[int]:
    yield from section.passages
    for item in section.items:
        yield from item.sources


def _judged(item: BriefItem, sources: dict[int, BriefSource]) -> BriefItem:
    was_quote = (item.is_quote or item.is_edited) and bool(item.sources)
    is_quote = was_quote and item.text == sources[item.sources[0]].citation.quote
    return replace(item, is_quote=is_quote, is_edited=was_quote and not is_quote)


class Drafts:
    """The drafts of one data folder. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Opens the database at `path`, making it where there is none; raises StoreError."""
        self._lock = threading.RLock()
        try:
            path.touch(mode=0o600)
            self._db = sqlite3.connect(
                path, check_same_thread=False, timeout=30, isolation_level=None
            )
            self._db.executescript(f"PRAGMA journal_mode = WAL;{_SCHEMA}")
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the briefs in {path} cannot be opened ({error}); check that you may write there, "
                f"or move the file away to begin anew"
            ) from error

    def close(self) -> None:
        """Ends the use of the database."""
        self._db.close()

    def listed(self, owner: str) -> tuple[DraftLine, ...]:
        """The owner's drafts, the last changed first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT draft_id, title, changed_at FROM drafts WHERE owner = ? AND deleted_at = ''"
                " ORDER BY changed_at DESC, rowid DESC",
                (owner,),
            ).fetchall()
        return tuple(DraftLine(*row) for row in rows)

    def new(self, owner: str, brief: Brief) -> Draft:
        """A new draft of `brief`; raises BriefError where the owner has too many."""
        draft = Draft(uuid4().hex, brief, 1)
        with self._change():
            limit = (datetime.now(UTC) - timedelta(days=_KEPT_DAYS)).isoformat(timespec="seconds")
            self._db.execute(
                "DELETE FROM drafts WHERE deleted_at <> '' AND deleted_at < ?", (limit,)
            )
            held = self._db.execute("SELECT COUNT(*) FROM drafts WHERE owner = ?", (owner,))
            if held.fetchone()[0] >= MAX_DRAFTS:
                raise BriefError(
                    f"{MAX_DRAFTS} briefs are the most that one reader can keep, those deleted of "
                    f"late included; export this one as a file"
                )
            row = (draft.draft_id, owner, brief.title, 1, _now(), "", _dumped(brief))
            self._db.execute("INSERT INTO drafts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return draft

    def open(self, owner: str, draft_id: str) -> Draft:
        """The owner's draft of that id; raises BriefError where there is none."""
        with self._lock:
            row = self._db.execute(
                "SELECT version, brief FROM drafts"
                " WHERE draft_id = ? AND owner = ? AND deleted_at = ''",
                (draft_id, owner),
            ).fetchone()
        if row is None:
            raise BriefError(f"no brief {draft_id[:40]!r} of this reader; it may have been deleted")
        return Draft(draft_id, _BRIEF.validate_json(row[1]), row[0])

    def save(self, owner: str, draft: Draft) -> Draft:
        """The draft as kept; raises StaleBriefError where `draft.version` is not the last."""
        with self._change():
            held = self.open(owner, draft.draft_id)
            if held.version != draft.version:
                raise StaleBriefError(
                    f"the brief {held.brief.title[:60]!r} was changed in another tab meanwhile; it "
                    f"is shown as it is there"
                )
            kept = replace(draft, version=held.version + 1)
            self._db.execute(
                "UPDATE drafts SET title = ?, version = ?, changed_at = ?, brief = ?"
                " WHERE draft_id = ?",
                (kept.brief.title, kept.version, _now(), _dumped(kept.brief), kept.draft_id),
            )
        return kept

    def delete(self, owner: str, draft_id: str) -> None:
        """Deletes the draft; for 30 days it can be restored."""
        self.open(owner, draft_id)
        self._mark(owner, draft_id, _now())

    def restore(self, owner: str, draft_id: str) -> Draft:
        """The draft that was deleted, as it was; raises BriefError where there is none."""
        self._mark(owner, draft_id, "")
        return self.open(owner, draft_id)

    def _mark(self, owner: str, draft_id: str, deleted_at: str) -> None:
        with self._change():
            self._db.execute(
                "UPDATE drafts SET deleted_at = ? WHERE draft_id = ? AND owner = ?",
                (deleted_at, draft_id, owner),
            )

    def _change(self) -> AbstractContextManager[None]:
        return transaction(self._db, self._lock, "the brief cannot be kept")


def _dumped(brief: Brief) -> str:
    dumped = _BRIEF.dump_json(brief)
    if len(dumped) > MAX_BYTES:
        raise BriefError(f"this brief is larger than {MAX_BYTES // 2**20} MB; begin a second one")
    return dumped.decode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
