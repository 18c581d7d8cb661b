"""Makes the library agree with files and folders.

1. Files are listed (`rag/listing.py`), archives opened, all hashed and compared with the ledger:
   what has not changed is left alone, whatever its time stamp says.
2. A file that lies elsewhere now keeps its document: nothing is read or embedded again. Files with
   the same bytes are one document that knows all its places.
3. What is new or changed is read by a worker (`rag/workers.py`) and chunked; only passages that
   are new are embedded. Short documents are embedded and written many at a time.
4. New passages go into the derived indexes first, and their vectors are put by as they are made,
   so that a run that is cut off in a long document goes on from there; then one transaction in
   the ledger makes them the document's; then the passages that it no longer has are removed from
   the indexes.
5. The ledger is marked while this goes on, so that the run after a killed one compares the
   indexes with the ledger and mends them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from rag.acronyms import learn_acronyms
from rag.chunking import chunk, context_line
from rag.corrections import corrected, read_corrections
from rag.errors import EmptyFileError, IndexLockedError, LoadError, NeedsOcrError, UnknownKindError
from rag.index import Entry, Index
from rag.ledger import FileEntry, Ledger, Outcome, content_hash
from rag.listing import FileOutcome, Work, is_there, is_under, parse_entry, stored_entry
from rag.load import is_supported
from rag.load.archive import is_container
from rag.load.catalogue import CatalogueEntry
from rag.ports import Embedder, Vectors
from rag.records import Document, Facts, Figures, Passage, count_document
from rag.settings import ChunkingSettings
from rag.stored import VectorRow, quantise
from rag.workers import Source, Workers

Progress = Callable[[int, int, str], None]  # files done, files in all, what is at hand

_EMBEDDED_AT_ONCE = 64  # passages between two signs of progress; bounds memory too


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it is now."""

    source: Source
    entry: CatalogueEntry | None
    sha256: str
    size: int
    modified: str

    @property
    def path(self) -> str:
        return str(self.source.path)

    @property
    def facts(self) -> Facts:
        return self.entry.facts if self.entry else Facts()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A document that was read and chunked, and is written together with others."""

    entry: FileEntry
    document: Document
    passages: list[Passage]
    held: set[str]  # ids of the passages that the library has of it
    fresh: list[Passage]


@dataclass(slots=True)
class Ingester:
    """Writes files into the library in `folder`."""

    folder: Path
    ledger: Ledger
    index: Index
    embedder: Embedder
    workers: Workers
    chunking: ChunkingSettings
    progress: Progress = field(default=lambda done, total, what: None)
    _known: dict[str, FileEntry] = field(default_factory=dict)
    _outcomes: dict[str, FileOutcome] = field(default_factory=dict)
    _kept: set[str] = field(default_factory=set)  # what cannot be reached now and stays as it is
    _corrections: dict[str, dict[str, str]] = field(default_factory=dict)  # by document id
    _has_replaced: bool = False
    _waiting: list[_Waiting] = field(default_factory=list)

    def ingest(self, work: Work) -> list[FileOutcome]:
        """Makes the library agree with `work`; a file that cannot be read stops nothing.

        Raises IndexLockedError while another ingest writes to the same folder.
        """
        with locked(self.folder), self.workers.closed_on_error():
            self._mend()
            self._outcomes, self._kept = {}, {each.path for each in work.problems}
            self._waiting = []
            seen = self._look(work)
            removed = self._remove_missing(work, {each.path: each for each in seen})
            gone = [each.path for each in removed]
            told = [each for each in work.problems if not each.is_told_by(gone)]
            self._ingest_files(seen)
            self._close_run()
        return removed + told + list(self._outcomes.values())

    def ingest_records(self, documents: Iterable[Document], total: int) -> int:
        """Adds documents that come from no file, as the records of a data set do.

        Gives the number of those that were new or had changed; a run that is cut off goes on from
        there. `total` is for the signs of progress. Raises IndexLockedError as `ingest` does.
        """
        written = 0
        with locked(self.folder):
            self._mend()
            self._waiting = []
            for done, document in enumerate(documents):
                self.progress(done, total, document.document_id)
                held = content_hash(f"{document.facts}\n{document.text}")
                path = f"record:{document.document_id}"
                if path in self._known and self._known[path].sha256 == held:
                    continue
                passages = chunk(document, self.chunking, self.embedder.count_tokens)
                if not passages:
                    continue
                figures = count_document(document, len(passages))
                seen = _Seen(Source(Path(path)), None, held, len(document.text), "")
                entry = self._file_entry(seen, figures, document.document_id)
                self._write(replace(entry, path=path), document, passages)
                written += 1
            self._write_waiting()
            self._close_run()
        return written

    def _look(self, work: Work) -> list[_Seen]:
        """The files as they are now, with those inside archives."""
        seen: list[_Seen] = []
        for done, (path, root) in enumerate(work.files):
            self.progress(done, len(work.files), f"comparing {path.name}")
            entry = work.catalogues.entry(path, root)
            try:
                if is_container(path):
                    seen += self._look_inside(path, root, work)
                if not is_container(path) or is_supported(path):
                    self._outcomes[str(path)] = FileOutcome(str(path), "unchanged")  # its place
                    seen.append(_look_at(path, entry))
            except OSError as error:
                self._unreadable(path, entry, error)
            except LoadError as error:
                self._skip(_Seen(Source(path), entry, "", 0, ""), error)
        return seen

    def _look_inside(self, archive: Path, root: Path, work: Work) -> list[_Seen]:
        modified = _modified(archive)
        found = []
        for each in self.workers.list_members(archive):
            path = archive / each.name
            self._outcomes[str(path)] = FileOutcome(str(path), "unchanged")
            source = Source(path, archive, each.name)
            entry = work.catalogues.entry(path, root)
            found.append(_Seen(source, entry, each.sha256, each.size, modified))
        if not found and not is_supported(archive):
            raise EmptyFileError("no files in this archive")
        return found

    def _ingest_files(self, seen: Sequence[_Seen]) -> None:
        first, copies = self._told_apart(seen)
        here = {each.path for each in seen}
        homeless = {  # documents whose file has gone from its place, by content hash
            each.sha256: each
            for each in self._known.values()
            if each.outcome == "indexed" and each.path not in here and not is_there(each.path)
        }
        fresh: dict[str, _Seen] = {}
        for each in first:
            if each.sha256 in homeless:
                self._move_here(each, homeless.pop(each.sha256))
            elif self._is_as_known(each):
                known = self._known[each.path]
                outcome: Outcome = "unchanged" if known.outcome == "indexed" else "skipped"
                self._outcomes[each.path] = _told(known, outcome)
            if not self._is_as_known(each):
                fresh[each.path] = each
        asked = ((each.source, each.facts) for each in fresh.values())
        try:
            for done, (source, loaded) in enumerate(self.workers.load(asked)):
                self.progress(done, len(fresh), source.path.name)
                self._ingest_file(fresh[str(source.path)], loaded)
        except KeyboardInterrupt:
            self._write_waiting()  # what was read is kept
            raise
        self._write_waiting()
        self.progress(len(fresh), len(fresh), "")
        for each, place in copies:
            self._put_copy(each, place)

    def _told_apart(self, seen: Sequence[_Seen]) -> tuple[list[_Seen], list[tuple[_Seen, str]]]:
        """Files to look at one by one, and copies, each with the path of the file it repeats."""
        indexed = {each.path: each for each in self._known.values() if each.outcome == "indexed"}
        here = {each.path for each in seen}
        places = {  # content hash to the file that has it
            each.sha256: each.path
            for each in indexed.values()
            if each.path not in here and is_there(each.path)
        }
        first, copies = [], []
        # What is known comes first: of two files with the same bytes, the one held stays.
        for each in sorted(seen, key=lambda each: each.path not in indexed):
            place = places.setdefault(each.sha256, each.path)
            if place == each.path:
                first.append(each)
            else:
                copies.append((each, place))
        return first, copies

    def _ingest_file(self, seen: _Seen, loaded: Document | LoadError) -> None:
        try:
            if isinstance(loaded, LoadError):
                raise loaded
            document_id = self._document_id(seen)
            facts = corrected(loaded.facts, self._corrections.get(document_id, {}))
            document = replace(loaded, document_id=document_id, facts=facts)
            passages = chunk(document, self.chunking, self.embedder.count_tokens)
            if not passages:
                raise LoadError("no text in it")
        except LoadError as error:
            self._skip(seen, error)
            return
        known = self._known.get(seen.path)
        if known and known.outcome == "indexed" and known.document_id != document.document_id:
            self._remove(known)
        figures = replace(count_document(document, len(passages)), ocr_tried=self.workers.ocr)
        entry = self._file_entry(seen, figures, document.document_id)
        self._write(entry, document, passages)
        self._outcomes[seen.path] = _told(entry, "indexed")

    def _file_entry(
        self, seen: _Seen, figures: Figures, document_id: str = "", reason: str = ""
    ) -> FileEntry:
        """What the ledger keeps of a file that was just read."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        known = self._known.get(seen.path)
        return FileEntry(
            path=seen.path,
            sha256=seen.sha256,
            catalogue=stored_entry(seen.entry),
            outcome="indexed" if document_id else "skipped",
            reason=reason,
            document_id=document_id,
            size=seen.size,
            modified=seen.modified,
            first_seen=(known.first_seen if known else "") or now,
            last_read=now,
            figures=figures,
        )

    def _is_as_known(self, seen: _Seen) -> bool:
        """Whether reading the file again would give what it gave before."""
        known = self._known.get(seen.path)
        if known is None or known.outcome == "duplicate":
            return False
        same = (known.sha256, known.catalogue) == (seen.sha256, stored_entry(seen.entry))
        waits = known.figures.pages_needing_ocr and known.figures.ocr_tried != self.workers.ocr
        return same and not waits

    def _move_here(self, seen: _Seen, old: FileEntry) -> None:
        """Lets a document follow its file, which lay elsewhere or had another name.

        A title that was made of the old name is no longer right: then the file is read again.
        """
        title = self.ledger.document(old.document_id).facts.title
        was_named_so = title == Path(old.path).stem != seen.source.path.stem
        entry = replace(
            old,
            path=seen.path,
            sha256="" if was_named_so else old.sha256,
            modified=seen.modified,
        )
        self._move(old, entry)
        self._outcomes[seen.path] = replace(_told(entry, "moved"), reason=f"was {old.path}")

    def _move(self, old: FileEntry, entry: FileEntry) -> None:
        self.ledger.move_file(old.path, entry)
        self._known.pop(old.path)
        self._known[entry.path] = entry

    def _put_copy(self, seen: _Seen, place: str) -> None:
        """Records one more place of a document."""
        known = self._known.get(seen.path)
        if known and known.outcome == "indexed":
            self._remove(known)
        original = self._known[place]
        entry = self._file_entry(seen, original.figures, "", f"same bytes as {place}")
        entry = replace(entry, outcome="duplicate", document_id=original.document_id)
        self.ledger.put_file(entry)
        self._known[entry.path] = entry
        self._outcomes[seen.path] = _told(entry, "duplicate")

    def _write(self, entry: FileEntry, document: Document, passages: list[Passage]) -> None:
        """Writes a document, or lets it wait: short ones are written many at a time."""
        held = {each.passage_id for each in self.ledger.passages_of(document.document_id)}
        fresh = [each for each in passages if each.passage_id not in held]
        if held and self.ledger.document(document.document_id).facts != document.facts:
            fresh = passages  # title and other facts are part of what is searched
        self.ledger.mark_dirty(True)
        self.ledger.keep_staged(document.document_id, {each.passage_id for each in fresh})
        self._known[entry.path] = entry
        self._waiting.append(_Waiting(entry, document, passages, held, fresh))
        if sum(len(each.fresh) for each in self._waiting) >= _EMBEDDED_AT_ONCE:
            self._write_waiting()

    def _write_waiting(self) -> None:
        fresh = [(each.document, passage) for each in self._waiting for passage in each.fresh]
        for at in range(0, len(fresh), _EMBEDDED_AT_ONCE):
            part = fresh[at : at + _EMBEDDED_AT_ONCE]
            self._embed(part)
            if len(fresh) > _EMBEDDED_AT_ONCE:
                name = Path(self._waiting[-1].entry.path).name
                self.progress(-1, -1, f"{name}: {at + len(part)}/{len(fresh)} passages")
        for each in self._waiting:
            self._has_replaced |= bool(each.held)
            acronyms = learn_acronyms(each.document.text)
            self.ledger.put_document(each.entry, each.document, each.passages, acronyms)
            self.index.remove(each.held - {passage.passage_id for passage in each.passages})
        self._waiting = []

    def _embed(self, pairs: Sequence[tuple[Document, Passage]]) -> None:
        """Adds passages to the indexes, and puts their vectors by in the ledger.

        What a run that was cut off had put by is used, if it was made of the same text. The
        offsets of the word pieces count from the start of the passage's text; those of the lines
        of context before it are negative.
        """
        contexts = [self._context(document, each) for document, each in pairs]
        texts = [context + p.text for context, (_, p) in zip(contexts, pairs, strict=True)]
        hashes = [content_hash(text) for text in texts]
        before = self.ledger.staged(each.passage_id for _, each in pairs)
        rows: dict[str, tuple[str, VectorRow]] = {
            p.passage_id: before[p.passage_id]
            for (_, p), embedded in zip(pairs, hashes, strict=True)
            if before.get(p.passage_id, ("",))[0] == embedded
        }
        missing = [at for at, (_, p) in enumerate(pairs) if p.passage_id not in rows]
        distinct = list(dict.fromkeys(texts[at] for at in missing))
        found = dict(zip(distinct, self.embedder.embed_tokens(distinct, "passage"), strict=True))
        for at in missing:
            tokens = found[texts[at]]
            row = quantise(replace(tokens, spans=tokens.spans - len(contexts[at])))
            rows[pairs[at][1].passage_id] = hashes[at], row
        for document_id, group in groupby(pairs, key=lambda pair: pair[0].document_id):
            self.ledger.stage(document_id, {p.passage_id: rows[p.passage_id] for _, p in group})
        vectors = {each: np.frombuffer(row.vector, np.float32) for each, (_, row) in rows.items()}
        self.index.add([_entry(document, p, vectors[p.passage_id]) for document, p in pairs])

    def _context(self, document: Document, passage: Passage) -> str:
        """The lines with which a passage is embedded: title and headings, and its lead-in."""
        count = self.embedder.count_tokens
        title = document.facts.title
        line = context_line(title, passage.section, self.chunking, count)
        return "".join(f"{each}\n" for each in (line, _lead_in(document, passage)) if each)

    def _mend(self) -> None:
        """Brings the indexes back in line with the ledger after a run that was cut off."""
        self._known = self.ledger.files()
        self._corrections = read_corrections(self.folder)
        if not self.ledger.is_dirty:
            return
        dense, lexical = self.index.passage_ids()
        held = self.ledger.passage_ids()
        self.index.remove((dense | lexical) - held)
        missing = sorted(held - (dense & lexical))
        vectors = self.ledger.vectors(missing)
        for passage in self.ledger.passages(missing).values():
            document = self.ledger.document(passage.document_id)
            self.index.add([_entry(document, passage, vectors[passage.passage_id])])
        self.index.lexical.rewrite(self._entries())
        self.ledger.mark_dirty(False)

    def _close_run(self) -> None:
        if self._has_replaced:
            self.index.lexical.rewrite(self._entries())
        self._has_replaced = False
        self.ledger.clear_staged()
        self.ledger.mark_dirty(False)

    def _entries(self) -> Iterator[Entry]:
        """All that the ledger holds, as it stands in the lexical index."""
        for document_id in self.ledger.facts():
            document = self.ledger.document(document_id)
            for passage in self.ledger.passages_of(document_id):
                yield _entry(document, passage, np.empty(0, dtype=np.float32))

    def _remove_missing(self, work: Work, here: Mapping[str, _Seen]) -> list[FileOutcome]:
        """Removes files that were known under the folders and names given, and are not there.

        A document whose bytes lie elsewhere now stays.
        """
        # A folder that cannot be reached (a drive not mounted) says nothing of its files.
        named = {str(each) for each in work.roots}
        folders = {str(each) for each in work.roots if each.is_dir() or is_container(each)}
        # Where a folder around the library is walked, the library's own files are passed over.
        own = {str(self.folder.resolve())}
        passed = set() if any(is_under(each, own) for each in folders) else own
        gone = [
            entry
            for entry in self._known.values()
            if entry.path not in here
            and entry.path not in self._outcomes
            and (entry.path in named or is_under(entry.path, folders))
            and not is_under(entry.path, self._kept - named)
            and (entry.path in named or not is_under(entry.path, passed))
        ]
        hashes = {each.sha256 for each in here.values()}
        outcomes = []
        for entry in gone:
            if entry.outcome == "indexed" and entry.sha256 in hashes:
                continue  # its document moves there
            copy = self._copy_of(entry)
            if copy:
                self._move(entry, replace(copy, outcome="indexed", catalogue=entry.catalogue))
                outcomes.append(replace(_told(entry, "moved"), reason=f"now {copy.path}"))
            else:
                self._remove(entry)
                outcomes.append(replace(_told(entry, "removed"), reason="no longer there"))
        return outcomes

    def _copy_of(self, entry: FileEntry) -> FileEntry | None:
        """A file with the same bytes that is still there, but not looked at in this run."""
        if entry.outcome != "indexed":
            return None
        copies = (each for each in self._known.values() if each.outcome == "duplicate")
        same = (each for each in copies if each.document_id == entry.document_id)
        return next((each for each in same if is_there(each.path)), None)

    def _remove(self, entry: FileEntry) -> None:
        held = []
        if entry.outcome == "indexed":
            held = [each.passage_id for each in self.ledger.passages_of(entry.document_id)]
        self.ledger.mark_dirty(True)
        self._has_replaced |= bool(held)
        self.ledger.remove_file(entry.path)
        self.index.remove(held)
        self._known.pop(entry.path, None)

    def _unreadable(self, path: Path, entry: CatalogueEntry | None, error: OSError) -> None:
        """A file that cannot be opened just now keeps what is held of it."""
        self._kept.add(str(path))
        known = self._known.get(str(path))
        why = error.strerror or str(error)
        if known and known.outcome == "indexed":
            reason = f"{why}; its earlier version is kept"
            self._outcomes[str(path)] = FileOutcome(str(path), "skipped", reason, is_problem=True)
        else:
            self._skip(_Seen(Source(path), entry, "", 0, ""), LoadError(why))

    def _skip(self, seen: _Seen, error: LoadError) -> None:
        """Records a file that cannot be read; what was held of an earlier state of it goes."""
        known = self._known.get(seen.path)
        reason = error.reason
        if known and known.outcome == "indexed":
            self._remove(known)
            reason += "; its earlier version was removed"
        is_other_kind = isinstance(error, (UnknownKindError, NeedsOcrError))
        is_other_kind &= not is_supported(seen.source.path)
        pages = error.pages if isinstance(error, NeedsOcrError) else 0
        figures = Figures(pages=pages, pages_needing_ocr=pages, ocr_tried=self.workers.ocr)
        entry = self._file_entry(seen, figures, reason=error.reason)
        entry = replace(entry, is_problem=not is_other_kind)
        self.ledger.put_file(entry)
        self._known[entry.path] = entry
        self._outcomes[seen.path] = replace(_told(entry, "skipped"), reason=reason)

    def _document_id(self, seen: _Seen) -> str:
        """The catalogue's id, else the one it has, else its stem; distinct from other files'."""
        path, given = seen.source.path, seen.entry.document_id if seen.entry else ""
        base = given or path.stem
        ending = path.suffix.lstrip(".").lower() or "file"
        place = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        choices = (base, f"{base}-{ending}", f"{base}-{ending}-{place}")
        known = self._known.get(seen.path)
        if known and known.document_id and known.outcome != "duplicate":
            before = parse_entry(known.catalogue)
            was_given = bool(before and before.document_id)
            if known.document_id in choices or not (given or was_given):
                return known.document_id
        others = (e for e in self._known.values() if e.path != seen.path)
        taken = {each.document_id for each in others if each.outcome != "duplicate"}
        return next((each for each in choices if each not in taken), choices[-1])


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


def _look_at(path: Path, entry: CatalogueEntry | None) -> _Seen:
    """A file on disk as it is now; raises OSError, and EmptyFileError."""
    status = path.stat()
    if not status.st_size:
        raise EmptyFileError("empty file")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _Seen(Source(path), entry, sha256, status.st_size, _modified(path))


def _modified(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")


def _told(entry: FileEntry, outcome: Outcome) -> FileOutcome:
    """A line of the closing table; of a document read now, with what was noticed in it."""
    figures = entry.figures
    notes = [entry.reason, *figures.warnings] if outcome in ("indexed", "skipped") else []
    kinds = Counter(each.kind for each in figures.findings)
    if outcome == "indexed":
        notes += [f"{kind} found: {count}" for kind, count in sorted(kinds.items())]
    if outcome == "duplicate":
        notes.append(entry.reason)
    held = figures.passages if entry.outcome == "indexed" else 0
    told = "; ".join(filter(None, notes))
    return FileOutcome(entry.path, outcome, told, entry.document_id, held, entry.is_problem)


def _entry(document: Document, passage: Passage, vector: Vectors) -> Entry:
    return Entry(passage, document.facts, _lead_in(document, passage), vector)


def _lead_in(document: Document, passage: Passage) -> str:
    lead_in = passage.lead_in
    return document.text[lead_in.start : lead_in.end] if lead_in else ""
