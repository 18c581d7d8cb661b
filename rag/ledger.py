"""What the library holds, from which files, in one SQLite database: the single source of truth.

Chroma and the lexical index are derived from it: a passage that they name and the ledger does not
hold is never shown. A document and its passages are replaced in one transaction, so a reader sees
the old version or the new one, never a mix, and a killed run loses nothing.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rag.errors import DocumentNotFoundError, StoreError
from rag.ports import TokenVectors
from rag.records import (
    Block,
    Document,
    DocumentEntry,
    Facts,
    Finding,
    Note,
    NoteReference,
    Page,
    Passage,
    Section,
    Span,
    Unit,
)

Outcome = Literal["indexed", "unchanged", "removed", "skipped"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, catalogue TEXT NOT NULL,
    outcome TEXT NOT NULL, reason TEXT NOT NULL, document_id TEXT NOT NULL,
    is_problem INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS documents (
    document_id TEXT PRIMARY KEY, text TEXT NOT NULL, structure TEXT NOT NULL, facts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS passages (
    passage_id TEXT PRIMARY KEY, document_id TEXT NOT NULL, position INTEGER NOT NULL,
    record TEXT NOT NULL, spans BLOB NOT NULL, scales BLOB NOT NULL, tokens BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_by_document ON passages (document_id, position);
INSERT OR IGNORE INTO meta VALUES ('generation', 0), ('dirty', 0);
"""
_IDS_A_QUERY = 500

TokenRow = tuple[bytes, bytes, bytes]  # spans, scales and 8-bit values of a passage's tokens


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What became of one file; `catalogue` is the entry that was used for it, as JSON."""

    path: str
    sha256: str
    catalogue: str
    outcome: Outcome
    reason: str
    document_id: str
    is_problem: bool = False  # a person should look at the file


class Ledger:
    """The database of one data folder. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Opens the database at `path`, making it where there is none."""
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            self._db.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"the ledger {path} cannot be opened ({error}); check that you may write to its "
                f"folder, or name another with --data-dir"
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"the ledger {path} cannot be opened ({error}); move its folder away, ingest anew"
            ) from error
        self._lock = threading.RLock()

    def close(self) -> None:
        """Ends the use of the database."""
        self._db.close()

    @property
    def generation(self) -> int:
        """A number that grows with every change of documents."""
        return int(self._one("SELECT value FROM meta WHERE name = 'generation'"))

    @property
    def is_dirty(self) -> bool:
        """Whether a run that wrote to the derived indexes did not come to its end."""
        return bool(self._one("SELECT value FROM meta WHERE name = 'dirty'"))

    def mark_dirty(self, dirty: bool) -> None:
        """Set before the derived indexes are written to, cleared after."""
        with self._lock, self._db:
            if not dirty and self.is_dirty:
                self._grow()  # what readers took in between may have gone
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'dirty'", (int(dirty),))

    def files(self) -> dict[str, FileEntry]:
        """All files known, by path."""
        rows = self._all(
            "SELECT path, sha256, catalogue, outcome, reason, document_id, is_problem FROM files"
            " ORDER BY path"
        )
        return {row[0]: _file_entry(*row) for row in rows}

    def put_file(self, entry: FileEntry) -> None:
        """Records a file that became no document."""
        with self._lock, self._db:
            self._put_file(entry)

    def forget_contents(self) -> None:
        """Forgets all documents and what every file's bytes were, but not where files lie."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM passages")
            self._db.execute("DELETE FROM documents")
            self._db.execute(
                "UPDATE files SET sha256 = '', outcome = 'skipped', reason = 'not yet'"
            )
            self._grow()

    def put_document(
        self,
        entry: FileEntry,
        document: Document,
        passages: Sequence[Passage],
        tokens: Mapping[str, TokenRow],
    ) -> None:
        """Replaces the document and its passages in one transaction.

        `tokens` holds the token vectors of passages that are new; those of passages that stay
        are kept as they are.
        """
        kept = self.token_rows(p.passage_id for p in passages if p.passage_id not in tokens)
        rows = [
            (p.passage_id, p.document_id, position, json.dumps(asdict(p)))
            + (tokens[p.passage_id] if p.passage_id in tokens else kept[p.passage_id])
            for position, p in enumerate(passages)
        ]
        structure = {
            name: [asdict(each) for each in getattr(document, name)]
            for name in ("blocks", "sections", "pages", "notes", "findings")
        }
        with self._lock, self._db:
            self._delete_document(document.document_id)
            self._db.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?)",
                (
                    document.document_id,
                    document.text,
                    json.dumps(structure | {"warnings": document.warnings}),
                    json.dumps(asdict(document.facts)),
                ),
            )
            self._db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            self._put_file(entry)
            self._grow()

    def remove_file(self, path: str) -> None:
        """Forgets a file, and its document where it has one."""
        with self._lock, self._db:
            row = self._db.execute(
                "DELETE FROM files WHERE path = ? RETURNING outcome, document_id", (path,)
            ).fetchone()
            if row and row[0] == "indexed":
                self._delete_document(row[1])
                self._grow()

    def document(self, document_id: str) -> Document:
        """The stored document; raises DocumentNotFoundError."""
        rows = self._all(
            "SELECT text, structure, facts FROM documents WHERE document_id = ?", (document_id,)
        )
        if not rows:
            raise DocumentNotFoundError(
                f"no document {document_id!r}; `verse documents` lists those held"
            )
        text, structure, facts = rows[0]
        return _document(document_id, text, json.loads(structure), Facts(**json.loads(facts)))

    def facts(self) -> dict[str, Facts]:
        """Bibliographic facts by document id."""
        rows = self._all("SELECT document_id, facts FROM documents ORDER BY document_id")
        return {document_id: Facts(**json.loads(facts)) for document_id, facts in rows}

    def entries(self) -> tuple[DocumentEntry, ...]:
        """All documents, in order of their ids."""
        rows = self._all(
            "SELECT d.document_id, d.facts, f.path, json_array_length(d.structure, '$.pages'),"
            " (SELECT count(*) FROM passages p WHERE p.document_id = d.document_id)"
            " FROM documents d JOIN files f ON f.document_id = d.document_id"
            " AND f.outcome = 'indexed' ORDER BY d.document_id"
        )
        return tuple(
            DocumentEntry(each, Facts(**json.loads(facts)), path, pages, passages)
            for each, facts, path, pages, passages in rows
        )

    def passage(self, passage_id: str) -> Passage:
        """The stored passage; raises DocumentNotFoundError."""
        found = self.passages([passage_id])
        if not found:
            raise DocumentNotFoundError(f"no passage {passage_id!r}; it may have changed or gone")
        return found[passage_id]

    def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """Those of the passages that are held, by id."""
        rows = self._by_id("SELECT passage_id, record FROM passages WHERE passage_id", passage_ids)
        return {row[0]: _passage(json.loads(row[1])) for row in rows}

    def passages_of(self, document_id: str) -> list[Passage]:
        """A document's passages in order."""
        rows = self._all(
            "SELECT record FROM passages WHERE document_id = ? ORDER BY position", (document_id,)
        )
        return [_passage(json.loads(row[0])) for row in rows]

    def passage_ids(self) -> set[str]:
        """Ids of all passages held."""
        return {row[0] for row in self._all("SELECT passage_id FROM passages")}

    def token_vectors(self, passage_ids: Iterable[str]) -> dict[str, TokenVectors]:
        """Token vectors by passage id (restored from 8 bits); `vector` is left empty."""
        return {each: _restore(*row) for each, row in self.token_rows(passage_ids).items()}

    def token_rows(self, passage_ids: Iterable[str]) -> dict[str, TokenRow]:
        """Token vectors as stored: spans, scales and bytes, by passage id."""
        rows = self._by_id(
            "SELECT passage_id, spans, scales, tokens FROM passages WHERE passage_id", passage_ids
        )
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def _put_file(self, entry: FileEntry) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO files VALUES (:path, :sha256, :catalogue, :outcome, :reason,"
            " :document_id, :is_problem)",
            asdict(entry),
        )

    def _delete_document(self, document_id: str) -> None:
        self._db.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
        self._db.execute("DELETE FROM documents WHERE document_id = ?", (document_id,))

    def _grow(self) -> None:
        self._db.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")

    def _by_id(self, select: str, ids: Iterable[str]) -> list[tuple[Any, ...]]:
        wanted, rows = list(ids), []
        for at in range(0, len(wanted), _IDS_A_QUERY):
            part = wanted[at : at + _IDS_A_QUERY]
            rows += self._all(f"{select} IN ({', '.join('?' * len(part))})", part)
        return rows

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _one(self, query: str) -> Any:
        return self._all(query)[0][0]


def _file_entry(*values: Any) -> FileEntry:
    *texts, is_problem = values
    path, sha256, catalogue, outcome, reason, document_id = texts
    return FileEntry(path, sha256, catalogue, outcome, reason, document_id, bool(is_problem))


def _document(document_id: str, text: str, structure: dict[str, Any], facts: Facts) -> Document:
    pages = [
        Page(**(each | {"spans": tuple(Span(*span) for span in each["spans"])}))
        for each in structure["pages"]
    ]
    sections = [
        Section(tuple(each["path"]), each["start"], each["end"]) for each in structure["sections"]
    ]
    notes = [
        Note(
            **each
            | {
                "markers": tuple(each["markers"]),
                "works": tuple(Span(*work) for work in each["works"]),
            }
        )
        for each in structure["notes"]
    ]
    return Document(
        document_id=document_id,
        text=text,
        blocks=tuple(Block(**each) for each in structure["blocks"]),
        sections=tuple(sections),
        pages=tuple(pages),
        notes=tuple(notes),
        facts=facts,
        warnings=tuple(structure["warnings"]),
        findings=tuple(Finding(**each) for each in structure["findings"]),
    )


def _passage(record: dict[str, Any]) -> Passage:
    lead_in = record["lead_in"]
    changed = {
        "section": tuple(record["section"]),
        "pages": tuple(record["pages"]),
        "units": tuple(Unit(*each) for each in record["units"]),
        "lead_in": Span(*lead_in) if lead_in else None,
        "notes": tuple(
            NoteReference(**(each | {"works": tuple(each["works"])})) for each in record["notes"]
        ),
        "cited_by": tuple(Span(*each) for each in record["cited_by"]),
    }
    return Passage(**(record | changed))


def quantise(tokens: TokenVectors) -> TokenRow:
    """Spans, scales and 8-bit vectors: value = scale of the token x byte."""
    scales = np.abs(tokens.tokens).max(axis=1, keepdims=True, initial=1e-9) / 127
    return (
        tokens.spans.astype(np.int32).tobytes(),
        scales.astype(np.float32).tobytes(),
        np.rint(tokens.tokens / scales).astype(np.int8).tobytes(),
    )


def _restore(spans: bytes, scales: bytes, tokens: bytes) -> TokenVectors:
    scale = np.frombuffer(scales, dtype=np.float32)[:, None]
    values = np.frombuffer(tokens, dtype=np.int8).reshape(len(scale), -1 if len(scale) else 0)
    return TokenVectors(
        vector=np.empty(0, dtype=np.float32),
        tokens=values.astype(np.float32) * scale,
        spans=np.frombuffer(spans, dtype=np.int32).reshape(-1, 2),
    )
