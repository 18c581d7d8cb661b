"""What the Library page does: reads what is held, and puts changes on the desk.

Uploaded files lie in `uploads` of the data folder, those removed in `trash`. A file that lies
elsewhere is never written, moved or deleted: it is forgotten.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.corrections import read_corrections
from rag.errors import DocumentNotFoundError, IndexLockedError, LoadError
from rag.ingest import Progress
from rag.ledger import FileEntry
from rag.listing import FileOutcome, list_work
from rag.records import DocumentEntry, Facts, Passage
from ui.web.library.desk import Desk, Result, Task
from ui.web.library.names import free_path
from ui.web.library.trash import Removed, Trash

if TYPE_CHECKING:
    from rag.pipeline import Library

UPLOADS, TRASH = "uploads", "trash"
_BROKEN_OFF_S = 24 * 3600  # after which an upload that was begun is not going on any more


@dataclass(frozen=True, slots=True)
class Holding:
    """A document that is held, or a file that could not be read; `document` is None then."""

    key: str  # in the page
    file: FileEntry
    document: DocumentEntry | None = None
    is_uploaded: bool = False

    @property
    def facts(self) -> Facts:
        """Its facts; of a file that could not be read, none."""
        return self.document.facts if self.document else Facts()

    @property
    def title(self) -> str:
        """Its title; else the name of its file."""
        return self.facts.title or Path(self.file.path).name


class Shelf:
    """The library as the page sees it. Safe to share between threads."""

    def __init__(self, library: Library) -> None:
        """Over an open library."""
        self._library = library
        folder = library.settings.data_dir.resolve()
        self._folder, self._uploads = folder, folder / UPLOADS
        self._trash = Trash(folder / TRASH)
        self.desk = Desk(library.workers.close)

    @property
    def incoming(self) -> Path:
        """The folder in which an upload grows, on the disk on which it is to stay."""
        place = self._uploads / ".incoming"
        place.mkdir(parents=True, exist_ok=True)
        return place

    def holdings(self) -> list[Holding]:
        """The documents, and the files that a person should look at, by title."""
        documents = {each.document_id: each for each in self._library.ledger.entries()}
        found = []
        for file in self._library.ledger.files().values():
            document = documents.get(file.document_id) if file.outcome == "indexed" else None
            is_uploaded = self._is_uploaded(file.path)
            if document or file.is_problem or (is_uploaded and file.outcome == "skipped"):
                found.append(Holding(_key(file), file, document, is_uploaded))
        return sorted(found, key=lambda each: each.title.casefold())

    def holding(self, key: str) -> Holding:
        """The one of that key; raises DocumentNotFoundError."""
        found = next((each for each in self.holdings() if each.key == key), None)
        if found is None:
            raise DocumentNotFoundError("this document is no longer held; reload the page")
        return found

    def corrections(self, document_id: str) -> Mapping[str, str]:
        """What was corrected of its facts, by their names."""
        return read_corrections(self._folder).get(document_id, {})

    def passages(self, document_id: str) -> Sequence[Passage]:
        """Its passages as they are searched, in order."""
        return self._library.ledger.passages_of(document_id)

    def removed(self) -> list[Removed]:
        """What can be taken back, the newest first."""
        return [each for each in self._trash.listed() if each.entries]

    def take(self, upload: Path, name: str) -> Task:
        """Takes an uploaded file in under that name; it is moved away at once."""
        path = free_path(self._uploads, name)
        upload.replace(path)
        return self._read_in(path)

    def go_on(self) -> None:
        """Reads uploads that were waiting when the server was stopped."""
        known = self._library.ledger.files()
        for path in sorted(self._uploads.glob("*")):
            inside = (each.startswith(f"{path}/") for each in known)
            if path.is_file() and str(path) not in known and not any(inside):
                self._read_in(path)
        for part in self.incoming.glob("*.part"):
            if part.stat().st_mtime < time.time() - _BROKEN_OFF_S:
                part.unlink(missing_ok=True)

    def _read_in(self, path: Path) -> Task:
        def work(progress: Progress) -> Result:
            editor = self._library.ingester(progress)
            try:
                outcomes = editor.ingest(list_work([path]))
            except IndexLockedError:
                path.unlink(missing_ok=True)  # or it would lie there and nobody know of it
                raise
            result = _result(outcomes)
            if not result.is_good:  # nothing of it is kept: neither the file nor a line in the list
                for each in outcomes:
                    editor.forget(each.path)
                path.unlink(missing_ok=True)
            twin = next((each for each in outcomes if each.outcome == "duplicate"), None)
            if twin and not result.is_good:
                title = self._library.ledger.facts()[twin.document_id].title
                return Result(is_good=False, same_as=title)
            return result

        return self.desk.add("upload", path.name, work)

    def exchange(self, key: str, upload: Path, name: str) -> Task:
        """Makes an uploaded file that of a document, which keeps its id."""
        holding = self.holding(key)
        path = free_path(self._uploads, name)
        upload.replace(path)

        def work(progress: Progress) -> Result:
            if holding.document is None:
                raise DocumentNotFoundError("there is no document to replace")
            editor = self._library.ingester(progress)
            try:
                outcomes = editor.replace_file(holding.document.document_id, path)
            except (LoadError, IndexLockedError, DocumentNotFoundError):
                path.unlink(missing_ok=True)
                raise
            if self._is_uploaded(holding.file.path):
                self._trash.put(holding.title, (), [Path(holding.file.path)])
                return _result(outcomes)
            return replace(_result(outcomes), place=holding.file.path)

        return self.desk.add("replace", holding.title, work)

    def correct(self, key: str, facts: Mapping[str, str]) -> Task:
        """Corrects facts of a document."""
        holding = self.holding(key)

        def work(progress: Progress) -> Result:
            self._library.ingester(progress).correct(holding.file.document_id, facts)
            return Result()

        return self.desk.add("correct", holding.title, work)

    def undo_corrections(self, key: str) -> Task:
        """Takes the facts from file and catalogue again."""
        holding = self.holding(key)

        def work(progress: Progress) -> Result:
            editor = self._library.ingester(progress)
            return _result(editor.undo_corrections(holding.file.document_id))

        return self.desk.add("uncorrect", holding.title, work)

    def reread(self, key: str) -> Task:
        """Reads a file again."""
        holding = self.holding(key)

        def work(progress: Progress) -> Result:
            return _result(self._library.ingester(progress).reread(holding.file.path))

        return self.desk.add("reread", holding.title, work)

    def remove(self, key: str) -> Task:
        """Forgets a document; its file goes into the trash if it was uploaded."""
        holding = self.holding(key)

        def work(progress: Progress) -> Result:
            entries = self._library.ingester(progress).forget(holding.file.path)
            own = [Path(each.path) for each in entries if self._is_uploaded(each.path)]
            removed = self._trash.put(holding.title, entries, [p for p in own if p.is_file()])
            place = "" if own else holding.file.path
            return Result(undo=removed.token, place=place)

        return self.desk.add("remove", holding.title, work)

    def restore(self, token: str) -> Task:
        """Takes back what was removed."""
        removed = self._trash.find(token)

        def work(progress: Progress) -> Result:
            self._trash.take_back(removed)
            outcomes = self._library.ingester(progress).take_in(removed.entries)
            self._trash.drop(removed)
            return _result(outcomes)

        return self.desk.add("restore", removed.title, work)

    def _is_uploaded(self, path: str) -> bool:
        return self._uploads in Path(path).parents


def _key(file: FileEntry) -> str:
    """What the page calls a file by: not its path, which is not for every reader."""
    return hashlib.sha256(file.path.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _result(outcomes: Sequence[FileOutcome]) -> Result:
    """What came of the ingest of a file, or of an archive, which is good if anything in it is."""
    bad = [each for each in outcomes if each.outcome in ("skipped", "removed", "duplicate")]
    told = "; ".join(dict.fromkeys(each.reason for each in bad or outcomes if each.reason))
    return Result(told, is_good=len(bad) < len(outcomes))
