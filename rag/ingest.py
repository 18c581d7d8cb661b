"""Makes the library agree with files and folders: the only place that walks files.

1. Files are listed, hashed, and compared with the ledger: what has not changed is left alone.
2. A changed file is loaded and chunked; only passages that are new are embedded.
3. New passages go into the derived indexes first; then one transaction in the ledger makes them
   the document's; then the passages that it no longer has are removed from the indexes.
4. The ledger is marked while this goes on, so that the run after a killed one compares the
   indexes with the ledger and mends them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from rag.chunking import chunk, context_line
from rag.errors import (
    DuplicateFileError,
    EmptyFileError,
    IndexLockedError,
    LoadError,
    UnknownKindError,
)
from rag.index import Entry, Index
from rag.ledger import FileEntry, Ledger, Outcome, TokenRow, quantise
from rag.load import is_supported, load
from rag.load.catalogue import CatalogueEntry, read_catalogue
from rag.ports import Embedder
from rag.records import Document, Facts, Passage
from rag.settings import ChunkingSettings

Progress = Callable[[int, int, str], None]  # files done, files in all, what is at hand

_CATALOGUE = "catalogue.toml"
_NO_VECTOR = np.empty(0, dtype=np.float32)
_EMBEDDED_AT_ONCE = 64  # passages between two signs of progress; bounds memory too


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One line of the closing table; `is_problem` where a person should look at the file."""

    path: str
    outcome: Outcome
    reason: str = ""
    document_id: str = ""
    passages: int = 0
    is_problem: bool = False

    def is_told_by(self, gone: Sequence[str]) -> bool:
        """Whether this path is one of those in `gone`, or a folder that held one."""
        root = {str(Path(self.path).expanduser().resolve())}
        return any(_is_under(each, root) for each in gone)


@dataclass(slots=True)
class Ingester:
    """Writes files into the library in `folder`."""

    folder: Path
    ledger: Ledger
    index: Index
    embedder: Embedder
    chunking: ChunkingSettings
    progress: Progress = field(default=lambda done, total, what: None)
    _known: dict[str, FileEntry] = field(default_factory=dict)
    _has_replaced: bool = False

    def ingest(self, work: Work) -> list[FileOutcome]:
        """Makes the library agree with `work`; a file that cannot be read stops nothing.

        Raises IndexLockedError while another ingest writes to the same folder.
        """
        with locked(self.folder):
            self._mend()
            outcomes = self._remove_missing(work)
            gone = [each.path for each in outcomes]
            outcomes += [each for each in work.problems if not each.is_told_by(gone)]
            return outcomes + self._ingest_files(work)

    def _ingest_files(self, work: Work) -> list[FileOutcome]:
        outcomes = []
        indexed = {each.path: each for each in self._known.values() if each.outcome == "indexed"}
        paths = work.paths
        places = {  # content hash to the file that has it
            each.sha256: each.path
            for each in indexed.values()
            if each.path not in paths and Path(each.path).exists()
        }
        # What is known comes first: of two files with the same bytes, the one held stays.
        files = sorted(work.files, key=lambda each: str(each[0]) not in indexed)
        for done, (path, facts) in enumerate(files):
            self.progress(done, len(work.files), path.name)
            outcomes.append(self._ingest_file(path, facts, places))
        self.progress(len(work.files), len(work.files), "")
        self._close_run()
        return outcomes

    def _ingest_file(
        self, path: Path, facts: CatalogueEntry | None, places: dict[str, str]
    ) -> FileOutcome:
        known = self._known.get(str(path))
        sha256, catalogue = "", _stored_entry(facts)
        try:
            if path.stat().st_size == 0:
                raise EmptyFileError("empty file")
            sha256 = _hash(path)
            if places.setdefault(sha256, str(path)) != str(path):
                raise DuplicateFileError(f"same bytes as {places[sha256]}")
            if known and (known.sha256, known.catalogue) == (sha256, catalogue):
                return self._unchanged(known)
            self._forget_moved(sha256, path)
            document_id = self._document_id(path, facts)
            document = load(path, document_id, facts.facts if facts else Facts())
            passages = chunk(document, self.chunking, self.embedder.count_tokens)
            if not passages:
                raise LoadError("no text in it")
        except LoadError as error:
            return self._skipped(path, sha256, catalogue, error)
        except OSError as error:
            if known and known.outcome == "indexed":
                reason = f"{error.strerror or error}; its earlier version is kept"
                return FileOutcome(str(path), "skipped", reason, is_problem=True)
            return self._skipped(path, "", catalogue, LoadError(error.strerror or str(error)))
        if known and known.outcome == "indexed" and known.document_id != document_id:
            self._remove(known)
        entry = FileEntry(str(path), sha256, catalogue, "indexed", "", document_id)
        self._write(entry, document, passages)
        warnings = "; ".join(document.warnings)
        return FileOutcome(str(path), "indexed", warnings, document_id, len(passages))

    def _forget_moved(self, sha256: str, path: Path) -> None:
        """Removes what is held of a file with these bytes that is no longer where it was."""
        for entry in list(self._known.values()):
            if entry.sha256 == sha256 and entry.path != str(path) and entry.outcome == "indexed":
                self._remove(entry)

    def _write(self, entry: FileEntry, document: Document, passages: list[Passage]) -> None:
        held = {each.passage_id for each in self.ledger.passages_of(document.document_id)}
        fresh = [each for each in passages if each.passage_id not in held]
        if held and self.ledger.document(document.document_id).facts != document.facts:
            fresh = passages  # title and other facts are part of what is searched
        self.ledger.mark_dirty(True)
        tokens: dict[str, TokenRow] = {}
        for at in range(0, len(fresh), _EMBEDDED_AT_ONCE):
            part = fresh[at : at + _EMBEDDED_AT_ONCE]
            tokens |= self._embed(document, part)
            if len(fresh) > _EMBEDDED_AT_ONCE:
                done = at + len(part)
                self.progress(-1, -1, f"{Path(entry.path).name}: {done}/{len(fresh)} passages")
        self._has_replaced |= bool(held)
        self.ledger.put_document(entry, document, passages, tokens)
        self._known[entry.path] = entry
        self.index.remove(held - {each.passage_id for each in passages})

    def _embed(self, document: Document, passages: Sequence[Passage]) -> dict[str, TokenRow]:
        """Adds passages to the indexes; gives their token vectors by id.

        The offsets of the word pieces count from the start of the passage's text; those of the
        lines of context before it are negative.
        """
        title, count = document.facts.title, self.embedder.count_tokens
        contexts = []
        for each in passages:
            lines = [context_line(title, each.section, self.chunking, count)]
            lines.append(_lead_in(document, each))
            contexts.append("".join(f"{line}\n" for line in lines if line))
        texts = [context + p.text for context, p in zip(contexts, passages, strict=True)]
        distinct = list(dict.fromkeys(texts))
        found = dict(zip(distinct, self.embedder.embed_tokens(distinct), strict=True))
        rows = {}
        entries = []
        for passage, context, text in zip(passages, contexts, texts, strict=True):
            tokens = found[text]
            entries.append(
                Entry(passage, document.facts, _lead_in(document, passage), tokens.vector)
            )
            rows[passage.passage_id] = quantise(replace(tokens, spans=tokens.spans - len(context)))
        self.index.add(entries)
        return rows

    def _mend(self) -> None:
        """Brings the indexes back in line with the ledger after a run that was cut off."""
        self._known = self.ledger.files()
        if not self.ledger.is_dirty:
            return
        dense, lexical = self.index.passage_ids()
        held = self.ledger.passage_ids()
        self.index.remove((dense | lexical) - held)
        for passage in self.ledger.passages(sorted(held - (dense & lexical))).values():
            self._embed(self.ledger.document(passage.document_id), [passage])
        self._has_replaced = True
        self._close_run()

    def _close_run(self) -> None:
        if self._has_replaced:
            self.index.rewrite_lexical(self._entries())
        self._has_replaced = False
        self.ledger.mark_dirty(False)

    def _entries(self) -> Iterator[Entry]:
        """All that the ledger holds, as it stands in the lexical index."""
        for document_id in self.ledger.facts():
            document = self.ledger.document(document_id)
            for passage in self.ledger.passages_of(document_id):
                yield Entry(passage, document.facts, _lead_in(document, passage), _NO_VECTOR)

    def _remove_missing(self, work: Work) -> list[FileOutcome]:
        """Removes files that were known under the folders and names given, and are not there."""
        # A folder that cannot be reached (a drive not mounted) says nothing of its files.
        named = {str(each) for each in work.roots}
        folders = {str(each) for each in work.roots if each.is_dir()}
        closed, paths = {each.path for each in work.problems}, work.paths
        gone = [
            entry
            for entry in self._known.values()
            if entry.path not in paths
            and (entry.path in named or _is_under(entry.path, folders))
            and not _is_under(entry.path, closed - named)
        ]
        for entry in gone:
            self._remove(entry)
        return [FileOutcome(e.path, "removed", "no longer there", e.document_id) for e in gone]

    def _remove(self, entry: FileEntry) -> None:
        held = []
        if entry.outcome == "indexed":
            held = [each.passage_id for each in self.ledger.passages_of(entry.document_id)]
        self.ledger.mark_dirty(True)
        self._has_replaced |= bool(held)
        self.ledger.remove_file(entry.path)
        self.index.remove(held)
        self._known.pop(entry.path, None)

    def _unchanged(self, known: FileEntry) -> FileOutcome:
        if known.outcome == "skipped":
            return FileOutcome(known.path, "skipped", known.reason, is_problem=known.is_problem)
        held = len(self.ledger.passages_of(known.document_id))
        return FileOutcome(known.path, "unchanged", "", known.document_id, held)

    def _skipped(self, path: Path, sha256: str, catalogue: str, error: LoadError) -> FileOutcome:
        """Records a file that cannot be read; what was held of an earlier state of it goes."""
        known = self._known.get(str(path))
        reason = error.reason
        if known and known.outcome == "indexed":
            self._remove(known)
            reason += "; its earlier version was removed"
        is_duplicate = isinstance(error, DuplicateFileError)
        is_other_kind = isinstance(error, UnknownKindError) and not is_supported(path)
        is_problem = not (is_duplicate or is_other_kind)
        # A duplicate is looked at anew each time, since the other file may go.
        kept = "" if is_duplicate else sha256
        entry = FileEntry(str(path), kept, catalogue, "skipped", error.reason, "", is_problem)
        self.ledger.put_file(entry)
        self._known[entry.path] = entry
        return FileOutcome(str(path), "skipped", reason, is_problem=is_problem)

    def _document_id(self, path: Path, facts: CatalogueEntry | None) -> str:
        """The catalogue's id, else the file's stem; made distinct where another file has it."""
        base = (facts.document_id if facts else "") or path.stem
        ending = path.suffix.lstrip(".").lower() or "file"
        place = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        choices = (base, f"{base}-{ending}", f"{base}-{ending}-{place}")
        known = self._known.get(str(path))
        if known and known.document_id in choices:
            return known.document_id
        taken = {e.document_id for e in self._known.values() if e.path != str(path)}
        return next((each for each in choices if each not in taken), choices[-1])


@dataclass(frozen=True, slots=True)
class Work:
    """What an ingest is to do: files with their catalogue entries, and what it cannot do."""

    roots: tuple[Path, ...]  # folders and files as named, whether they exist or not
    files: tuple[tuple[Path, CatalogueEntry | None], ...]
    problems: tuple[FileOutcome, ...]

    @property
    def paths(self) -> set[str]:
        """The files, as text."""
        return {str(path) for path, _ in self.files}


def list_work(
    paths: Iterable[Path], catalogue: Path | None = None, known: Iterable[FileEntry] = ()
) -> Work:
    """Lists the files of `paths` (files and folders, walked to the bottom), changing nothing.

    Facts come from `catalogue`, else from the `catalogue.toml` beside a file or at the top of
    its folder. `known` files come along with the facts that they had, if there are none now.
    Raises CatalogueError for a catalogue that cannot be read.
    """
    catalogues = _Catalogues(catalogue)
    given = tuple(path.expanduser() for path in paths)
    problems, found = _listed(given)
    files = {path: catalogues.entry(path, root) for path, root in found}
    for entry in known:
        path = Path(entry.path)
        if path.is_file():
            now = catalogues.entry(path, path.parent)
            files.setdefault(path, now or _parse_entry(entry.catalogue))
    roots = (*(each.resolve() for each in given), *(Path(entry.path) for entry in known))
    return Work(roots, tuple(files.items()), tuple(problems))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else writes to the library in `folder`; raises IndexLockedError if somebody does."""
    try:
        with FileLock(folder / "lock", timeout=0):
            yield
    except Timeout as error:
        raise IndexLockedError(
            f"another ingest is writing to {folder}; wait for its end, then run this again"
        ) from error


class _Catalogues:
    """Catalogue entries by file; each catalogue is read once."""

    def __init__(self, given: Path | None) -> None:
        self._given = given
        self._read: dict[Path, dict[str, CatalogueEntry]] = {}
        if given:
            self._entries(given)

    def entry(self, path: Path, root: Path) -> CatalogueEntry | None:
        places = [self._given] if self._given else [path.parent / _CATALOGUE, root / _CATALOGUE]
        for place in places:
            found = self._entries(place).get(path.stem) if place.is_file() or self._given else None
            if found:
                return found
        return None

    def _entries(self, place: Path) -> dict[str, CatalogueEntry]:
        if place not in self._read:
            self._read[place] = read_catalogue(place)
        return self._read[place]


def _listed(paths: Iterable[Path]) -> tuple[list[FileOutcome], list[tuple[Path, Path]]]:
    """Problems with the paths themselves, and the files under them with their root folder."""
    problems, files = [], {}
    for given in paths:
        path = given.expanduser().resolve()
        if path.is_dir():
            closed: list[OSError] = []
            found = list(_walk(path, closed.append))
            files.update(dict.fromkeys(found, path))
            problems += [_closed_folder(error) for error in closed]
            if not found and not closed:
                problems.append(
                    FileOutcome(str(given), "skipped", "no files in this folder", is_problem=True)
                )
        elif path.is_file():
            files[path] = path.parent
        else:
            reason = "not a regular file" if path.exists() else "no such file or folder"
            problems.append(FileOutcome(str(given), "skipped", reason, is_problem=True))
    return problems, list(files.items())


def _walk(folder: Path, refuse: Callable[[OSError], None]) -> Iterator[Path]:
    """Files under `folder`, those nearest to it first; hidden ones and catalogues left out."""
    found = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(place, name) for name in names if not name.startswith("."))
        found += [path for path in paths if path.is_file() and path.name != _CATALOGUE]
    inside = [(path.relative_to(folder).parts, path) for path in found]
    yield from (path for parts, path in sorted(inside, key=lambda each: (len(each[0]), each[0])))


def _closed_folder(error: OSError) -> FileOutcome:
    reason = f"this folder cannot be read: {error.strerror}; what is held of it stays"
    return FileOutcome(str(error.filename), "skipped", reason, is_problem=True)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lead_in(document: Document, passage: Passage) -> str:
    lead_in = passage.lead_in
    return document.text[lead_in.start : lead_in.end] if lead_in else ""


def _is_under(path: str, roots: set[str]) -> bool:
    return path in roots or any(str(parent) in roots for parent in Path(path).parents)


def _stored_entry(entry: CatalogueEntry | None) -> str:
    return json.dumps(asdict(entry), sort_keys=True) if entry else ""


def _parse_entry(stored: str) -> CatalogueEntry | None:
    if not stored:
        return None
    values = json.loads(stored)
    return CatalogueEntry(**(values | {"facts": Facts(**values["facts"])}))
