"""What the library holds, from which files, in one SQLite database: the single source of truth.

Chroma and the lexical index are derived from it: a passage that they name and the ledger does not
hold is never shown, and either can be made anew of it without the model. A document and its
passages are replaced in one transaction, so a reader sees the old version or the new one, never a
mix, and a killed run loses nothing. Passages that a new version no longer has are kept aside, so
that what was cited from them can be traced (`rag/resolve.py`).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from rag.acronyms import Acronym, Acronyms, learn_acronyms
from rag.errors import DocumentNotFoundError, StoreError
from rag.guiding import GuidingQuestion, find_questions
from rag.ports import TokenVectors, Vectors
from rag.records import Document, DocumentEntry, Facts, Figures, Passage
from rag.stored import (
    VectorRow,
    document_to_json,
    parse_document,
    parse_figures,
    parse_passage,
    restore,
)

Outcome = Literal["indexed", "unchanged", "moved", "duplicate", "removed", "skipped"]

_VERSION = 4
_WITHOUT_ACRONYMS, _WITHOUT_GUIDING = 2, 3  # versions that lack no more than these
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, catalogue TEXT NOT NULL,
    outcome TEXT NOT NULL, reason TEXT NOT NULL, document_id TEXT NOT NULL,
    is_problem INTEGER NOT NULL, size INTEGER NOT NULL, modified TEXT NOT NULL,
    first_seen TEXT NOT NULL, last_read TEXT NOT NULL, figures TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS documents (
    document_id TEXT PRIMARY KEY, text TEXT NOT NULL, structure TEXT NOT NULL, facts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS passages (
    passage_id TEXT PRIMARY KEY, document_id TEXT NOT NULL, position INTEGER NOT NULL,
    record TEXT NOT NULL, content TEXT NOT NULL, first_start INTEGER NOT NULL, first_page INTEGER,
    spans BLOB NOT NULL, scales BLOB NOT NULL, tokens BLOB NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_by_document ON passages (document_id, position);
CREATE INDEX IF NOT EXISTS passages_by_content ON passages (content);
CREATE TABLE IF NOT EXISTS staged (
    passage_id TEXT PRIMARY KEY, document_id TEXT NOT NULL, embedded TEXT NOT NULL,
    spans BLOB NOT NULL, scales BLOB NOT NULL, tokens BLOB NOT NULL, vector BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS retired (
    passage_id TEXT PRIMARY KEY, document_id TEXT NOT NULL, record TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS acronyms (
    document_id TEXT NOT NULL, position INTEGER NOT NULL, short TEXT NOT NULL, long TEXT NOT NULL,
    PRIMARY KEY (document_id, position)
);
CREATE TABLE IF NOT EXISTS guiding (document_id TEXT PRIMARY KEY, questions TEXT NOT NULL);
INSERT OR IGNORE INTO meta VALUES ('generation', 0), ('dirty', 0);
"""
_FILE_COLUMNS = (
    "path, sha256, catalogue, outcome, reason, document_id, is_problem, size, modified,"
    " first_seen, last_read, figures"
)
_IDS_A_QUERY = 500


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What became of one file; `catalogue` is the entry that was used for it, as JSON.

    Times are in UTC, as ISO 8601 has them.
    """

    path: str
    sha256: str
    catalogue: str
    outcome: Outcome  # "indexed", "duplicate" or "skipped"
    reason: str
    document_id: str  # of a duplicate: the document made of the same bytes
    is_problem: bool = False  # a person should look at the file
    size: int = 0  # in bytes
    modified: str = ""
    first_seen: str = ""
    last_read: str = ""
    figures: Figures = field(default_factory=Figures)

    @property
    def concerns(self) -> tuple[str, ...]:
        """What a person should look at, a line each."""
        figures, lines = self.figures, [self.reason] if self.is_problem else []
        if self.outcome == "indexed":
            if figures.pages_needing_ocr:
                count = f"{figures.pages_needing_ocr} of {figures.pages} pages"
                lines.append(f"{count} need OCR: nothing on them is found")
            lines += figures.warnings
            for each in figures.findings:
                place = f", page {each.page}" if each.page else ""
                lines.append(f"{each.kind}{place}: {each.sample}")
        return tuple(lines)


class Place(NamedTuple):
    """Where a passage stands in its document."""

    start: int
    page: int | None


class SectionKey(NamedTuple):
    """The passages under one heading path of a document: those of its body, or its notes."""

    document_id: str
    path: tuple[str, ...]
    is_note: bool


class Ledger:
    """The database of one data folder. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Opens the database at `path`, making it where there is none.

        One made by an earlier version keeps the list of its files, which are then read anew.
        """
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            self._migrate()
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
        self._facts: tuple[int, dict[str, Facts]] | None = None  # of one generation
        self._content: tuple[int, str] | None = None  # likewise
        self._acronyms: tuple[int, Acronyms] | None = None  # likewise
        self._sections: tuple[int, dict[SectionKey, tuple[str, ...]]] | None = None  # likewise
        self._guiding: tuple[int, dict[str, tuple[GuidingQuestion, ...]]] | None = None  # likewise

    def _migrate(self) -> None:
        if self._version() == _VERSION:
            return
        self._db.execute("BEGIN IMMEDIATE")  # another process may do the same just now
        with self._db:
            found = self._version()
            if found > _VERSION:
                raise sqlite3.DatabaseError(f"made by a later version, {found}")
            if found == _VERSION:
                return
            if found in (_WITHOUT_ACRONYMS, _WITHOUT_GUIDING):
                self._learn_anew(with_acronyms=found == _WITHOUT_ACRONYMS)
                return
            has_files = "SELECT 1 FROM sqlite_master WHERE name = 'files'"
            known = []
            if self._db.execute(has_files).fetchone():
                known = self._db.execute("SELECT path, catalogue FROM files").fetchall()
            for table in ("files", "documents", "passages"):
                self._db.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.executemany(
                f"INSERT INTO files ({_FILE_COLUMNS})"
                " VALUES (?, '', ?, 'skipped', 'not yet', '', 0, 0, '', '', '', '{}')",
                known,
            )
            # What the derived indexes hold of the documents forgotten is to be removed.
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'dirty'", (int(bool(known)),))
            self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _learn_anew(self, with_acronyms: bool) -> None:
        """Brings a ledger that lacks what documents explain or ask up to date, from the texts that
        it holds."""
        for statement in _SCHEMA.split(";"):
            self._db.execute(statement)
        for (document_id,) in self._db.execute("SELECT document_id FROM documents").fetchall():
            document = self._document(document_id)
            if with_acronyms:
                self._put_acronyms(document_id, learn_acronyms(document.text))
            self._put_guiding(document)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

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
        with self._change():
            if not dirty and self.is_dirty:
                self._grow()  # what readers took in between may have gone
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'dirty'", (int(dirty),))

    def files(self) -> dict[str, FileEntry]:
        """All files known, by path."""
        rows = self._all(f"SELECT {_FILE_COLUMNS} FROM files ORDER BY path")
        return {row[0]: _file_entry(row) for row in rows}

    def put_file(self, entry: FileEntry) -> None:
        """Records a file that became no document of its own."""
        with self._change():
            self._put_file(entry)

    def move_file(self, old_path: str, entry: FileEntry) -> None:
        """Records that the file of a document lies elsewhere now, or under another name."""
        with self._change():
            self._db.execute("DELETE FROM files WHERE path = ?", (old_path,))
            self._put_file(entry)

    def forget_contents(self) -> None:
        """Forgets all documents and what every file's bytes were, but not where files lie."""
        with self._change():
            for (document_id,) in self._all("SELECT document_id FROM documents"):
                self._retire(document_id, frozenset())
                self._delete_document(document_id)
            self._db.execute("UPDATE files SET document_id = '' WHERE outcome = 'duplicate'")
            self._db.execute(
                "UPDATE files SET sha256 = '', outcome = 'skipped', reason = 'not yet'"
            )
            self._grow()

    def stage(self, document_id: str, vectors: Mapping[str, tuple[str, VectorRow]]) -> None:
        """Puts vectors by, until the passages that they belong to are put into the library.

        Each stands with the hash of the text that was embedded.
        """
        rows = [(each, document_id, embedded, *row) for each, (embedded, row) in vectors.items()]
        with self._change():
            self._db.executemany("INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def staged(self, passage_ids: Iterable[str]) -> dict[str, tuple[str, VectorRow]]:
        """What was put by for those of the passages for which something was, by passage id."""
        rows = self._by_id(
            "SELECT passage_id, embedded, spans, scales, tokens, vector FROM staged"
            " WHERE passage_id",
            passage_ids,
        )
        return {row[0]: (row[1], VectorRow(*row[2:])) for row in rows}

    def keep_staged(self, document_id: str, passage_ids: Collection[str]) -> None:
        """Drops what was put by for other passages of the document than these."""
        with self._change():
            rows = self._all("SELECT passage_id FROM staged WHERE document_id = ?", (document_id,))
            others = [row for row in rows if row[0] not in passage_ids]
            self._db.executemany("DELETE FROM staged WHERE passage_id = ?", others)

    def clear_staged(self) -> None:
        """Drops what was put by and not used."""
        with self._change():
            self._db.execute("DELETE FROM staged")

    def put_document(
        self,
        entry: FileEntry,
        document: Document,
        passages: Sequence[Passage],
        acronyms: Sequence[Acronym] = (),
    ) -> None:
        """Replaces the document, its passages and the acronyms it explains in one transaction.

        Vectors are those that were put by, else those that the passages have; raises KeyError
        for a passage that has neither.
        """
        with self._change():
            first = self._first_places(document.document_id)
            self._db.execute(
                "INSERT OR IGNORE INTO staged SELECT passage_id, document_id, '', spans, scales,"
                " tokens, vector FROM passages WHERE document_id = ?",
                (document.document_id,),
            )
            self._retire(document.document_id, {p.passage_id for p in passages})
            self._delete_document(document.document_id)
            self._db.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?)",
                (document.document_id, document.text, *document_to_json(document)),
            )
            self._put_acronyms(document.document_id, acronyms)
            self._put_guiding(document)
            for position, each in enumerate(passages):
                self._put_passage(each, position, first.get(each.passage_id))
            self._db.execute("DELETE FROM staged WHERE document_id = ?", (document.document_id,))
            self._db.executemany(
                "DELETE FROM retired WHERE passage_id = ?", [(p.passage_id,) for p in passages]
            )
            self._put_file(entry)
            self._grow()

    def _put_passage(self, passage: Passage, position: int, first: Place | None) -> None:
        made = self._db.execute(
            "INSERT INTO passages SELECT ?, ?, ?, ?, ?, ?, ?, spans, scales, tokens, vector"
            " FROM staged WHERE passage_id = ?",
            (
                passage.passage_id,
                passage.document_id,
                position,
                json.dumps(asdict(passage)),
                content_hash(passage.text),
                *(first or Place(passage.start, passage.page)),
                passage.passage_id,
            ),
        )
        if made.rowcount != 1:
            raise KeyError(f"no vectors for passage {passage.passage_id!r}")

    def remove_file(self, path: str) -> None:
        """Forgets a file, and its document where it has one of its own."""
        with self._change():
            row = self._db.execute(
                "DELETE FROM files WHERE path = ? RETURNING outcome, document_id", (path,)
            ).fetchone()
            if row and row[0] == "indexed":
                self._retire(row[1], frozenset())
                self._delete_document(row[1])
                self._grow()

    def document(self, document_id: str) -> Document:
        """The stored document; raises DocumentNotFoundError."""
        with self._lock:
            return self._document(document_id)

    def _document(self, document_id: str) -> Document:
        rows = self._db.execute(
            "SELECT text, structure, facts FROM documents WHERE document_id = ?", (document_id,)
        ).fetchall()
        if not rows:
            raise DocumentNotFoundError(
                f"no document {document_id!r}; `verse documents` lists those held"
            )
        text, structure, facts = rows[0]
        return parse_document(document_id, text, json.loads(structure), Facts(**json.loads(facts)))

    def texts(self) -> dict[str, str]:
        """The canonical text of every document, by document id."""
        return dict(self._all("SELECT document_id, text FROM documents ORDER BY document_id"))

    def facts(self) -> dict[str, Facts]:
        """Bibliographic facts by document id; read once as long as no document changes."""
        with self._lock:
            generation = self.generation
            if self._facts is None or self._facts[0] != generation:
                rows = self._all("SELECT document_id, facts FROM documents ORDER BY document_id")
                found = {document_id: Facts(**json.loads(facts)) for document_id, facts in rows}
                self._facts = generation, found
            return dict(self._facts[1])

    def content_hash(self) -> str:
        """Hexadecimal digits that change with the passages held and the facts of documents."""
        with self._lock:
            generation = self.generation
            if self._content is None or self._content[0] != generation:
                held = "\n".join([*sorted(self.passage_ids()), repr(sorted(self.facts().items()))])
                self._content = generation, hashlib.sha256(held.encode()).hexdigest()
            return self._content[1]

    def acronyms(self) -> Acronyms:
        """What the documents explain; read once as long as no document changes."""
        with self._lock:
            generation = self.generation
            if self._acronyms is None or self._acronyms[0] != generation:
                rows = self._all(
                    "SELECT document_id, short, long FROM acronyms ORDER BY document_id, position"
                )
                found = Acronyms((row[0], Acronym(row[1], row[2])) for row in rows)
                self._acronyms = generation, found
            return self._acronyms[1]

    def guiding(self) -> dict[str, tuple[GuidingQuestion, ...]]:
        """The questions that documents put to their readers, by id of those that do; read once as
        long as no document changes."""
        with self._lock:
            generation = self.generation
            if self._guiding is None or self._guiding[0] != generation:
                rows = self._all("SELECT document_id, questions FROM guiding ORDER BY document_id")
                found = {
                    row[0]: tuple(GuidingQuestion(**each) for each in json.loads(row[1]))
                    for row in rows
                }
                self._guiding = generation, found
            return dict(self._guiding[1])

    def entries(self) -> tuple[DocumentEntry, ...]:
        """All documents, in order of their ids."""
        copies: dict[str, list[str]] = {}
        for path, document_id in self._all(
            "SELECT path, document_id FROM files WHERE outcome = 'duplicate' ORDER BY path"
        ):
            copies.setdefault(document_id, []).append(path)
        rows = self._all(
            "SELECT d.document_id, d.facts, f.path, f.figures"
            " FROM documents d JOIN files f ON f.document_id = d.document_id"
            " AND f.outcome = 'indexed' ORDER BY d.document_id"
        )
        found = []
        for each, facts, path, stored in rows:
            figures = parse_figures(stored)
            places = tuple(copies.get(each, ()))
            known = Facts(**json.loads(facts))
            found.append(
                DocumentEntry(each, known, path, figures.pages, figures.passages, places, figures)
            )
        return tuple(found)

    def passage(self, passage_id: str) -> Passage:
        """The stored passage; raises DocumentNotFoundError."""
        found = self.passages([passage_id])
        if not found:
            raise DocumentNotFoundError(f"no passage {passage_id!r}; it may have changed or gone")
        return found[passage_id]

    def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """Those of the passages that are held, by id."""
        rows = self._by_id("SELECT passage_id, record FROM passages WHERE passage_id", passage_ids)
        return {row[0]: parse_passage(json.loads(row[1])) for row in rows}

    def passages_of(self, document_id: str) -> list[Passage]:
        """A document's passages in order."""
        rows = self._all(
            "SELECT record FROM passages WHERE document_id = ? ORDER BY position", (document_id,)
        )
        return [parse_passage(json.loads(row[0])) for row in rows]

    def sections(self) -> dict[SectionKey, tuple[str, ...]]:
        """Ids of the passages by section, in order; read once as long as no document changes."""
        with self._lock:
            generation = self.generation
            if self._sections is None or self._sections[0] != generation:
                rows = self._all(
                    "SELECT passage_id, document_id, json_extract(record, '$.section'),"
                    " json_extract(record, '$.is_note') FROM passages"
                    " ORDER BY document_id, position"
                )
                found: dict[SectionKey, list[str]] = {}
                for passage_id, document_id, path, is_note in rows:
                    key = SectionKey(document_id, tuple(json.loads(path)), bool(is_note))
                    found.setdefault(key, []).append(passage_id)
                self._sections = generation, {key: tuple(ids) for key, ids in found.items()}
            return dict(self._sections[1])

    def passages_with(self, text: str) -> list[Passage]:
        """Passages of any document with exactly this text, in order of their ids."""
        rows = self._all(
            "SELECT record FROM passages WHERE content = ? ORDER BY passage_id",
            (content_hash(text),),
        )
        return [parse_passage(json.loads(row[0])) for row in rows]

    def first_place(self, passage_id: str) -> Place | None:
        """Where a passage that is held stood when it was first ingested."""
        rows = self._all(
            "SELECT first_start, first_page FROM passages WHERE passage_id = ?", (passage_id,)
        )
        return Place(*rows[0]) if rows else None

    def retired(self, passage_id: str) -> Passage | None:
        """A passage that was held once and is no longer, as it was last."""
        rows = self._all("SELECT record FROM retired WHERE passage_id = ?", (passage_id,))
        return parse_passage(json.loads(rows[0][0])) if rows else None

    def retired_passages(self) -> list[Passage]:
        """All passages that were held once and are no longer, in order of their ids."""
        rows = self._all("SELECT record FROM retired ORDER BY passage_id")
        return [parse_passage(json.loads(row[0])) for row in rows]

    def passage_ids(self) -> set[str]:
        """Ids of all passages held."""
        return {row[0] for row in self._all("SELECT passage_id FROM passages")}

    def token_vectors(self, passage_ids: Iterable[str]) -> dict[str, TokenVectors]:
        """Token vectors by passage id, restored from 8 bits, and those of the whole passages."""
        return {each: restore(row) for each, row in self.vector_rows(passage_ids).items()}

    def vector_rows(self, passage_ids: Iterable[str]) -> dict[str, VectorRow]:
        """Vectors as stored, by passage id."""
        rows = self._by_id(
            "SELECT passage_id, spans, scales, tokens, vector FROM passages WHERE passage_id",
            passage_ids,
        )
        return {row[0]: VectorRow(*row[1:]) for row in rows}

    def vectors(self, passage_ids: Iterable[str]) -> dict[str, Vectors]:
        """Unit vectors of whole passages, shape (d,), by passage id."""
        rows = self._by_id("SELECT passage_id, vector FROM passages WHERE passage_id", passage_ids)
        return {row[0]: np.frombuffer(row[1], dtype=np.float32) for row in rows}

    def _put_file(self, entry: FileEntry) -> None:
        values = asdict(entry) | {"figures": json.dumps(asdict(entry.figures))}
        marks = ", ".join(f":{name}" for name in values)
        self._db.execute(f"INSERT OR REPLACE INTO files ({_FILE_COLUMNS}) VALUES ({marks})", values)

    def _put_acronyms(self, document_id: str, acronyms: Sequence[Acronym]) -> None:
        rows = [(document_id, at, each.short, each.long) for at, each in enumerate(acronyms)]
        self._db.executemany("INSERT INTO acronyms VALUES (?, ?, ?, ?)", rows)

    def _put_guiding(self, document: Document) -> None:
        if questions := [asdict(each) for each in find_questions(document)]:
            row = document.document_id, json.dumps(questions)
            self._db.execute("INSERT OR REPLACE INTO guiding VALUES (?, ?)", row)

    def _first_places(self, document_id: str) -> dict[str, Place]:
        rows = self._all(
            "SELECT passage_id, first_start, first_page FROM passages WHERE document_id = ?",
            (document_id,),
        )
        return {row[0]: Place(row[1], row[2]) for row in rows}

    def _retire(self, document_id: str, staying: Iterable[str]) -> None:
        stay = set(staying)
        rows = self._all(
            "SELECT passage_id, document_id, record FROM passages WHERE document_id = ?",
            (document_id,),
        )
        gone = [row for row in rows if row[0] not in stay]
        self._db.executemany("INSERT OR REPLACE INTO retired VALUES (?, ?, ?)", gone)

    def _delete_document(self, document_id: str) -> None:
        for table in ("passages", "acronyms", "guiding", "documents"):
            self._db.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))

    def _grow(self) -> None:
        self._db.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One transaction, by one thread at a time."""
        with self._lock, self._db:
            yield

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


def content_hash(text: str) -> str:
    """What tells a passage's text from others, whatever its document and place."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _file_entry(row: Sequence[Any]) -> FileEntry:
    values = dict(zip((each.name for each in fields(FileEntry)), row, strict=True))
    values["is_problem"] = bool(values["is_problem"])
    values["figures"] = parse_figures(values["figures"])
    return FileEntry(**values)
