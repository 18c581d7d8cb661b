"""The library changed by hand, one document at a time: facts corrected, a file read again, replaced
or forgotten.

No file is written or removed here but the list of corrections (`rag/corrections.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.chunking import chunk
from rag.corrections import corrected, find_corrections, write_corrections
from rag.errors import DocumentNotFoundError, DuplicateFileError, LoadError
from rag.ingest import Ingester, locked
from rag.ledger import FileEntry
from rag.listing import FileOutcome, list_work
from rag.records import Facts
from rag.workers import Source


@dataclass(slots=True)
class Editor(Ingester):
    """An ingester that also changes single documents.

    Each change raises IndexLockedError while another writes to the same folder, and
    DocumentNotFoundError for an id that is not held.
    """

    def correct(self, document_id: str, wanted: Mapping[str, str]) -> bool:
        """Corrects facts of a document, by their names; whether any was changed.

        They are kept in the data folder and put over what file and catalogue say from now on; what
        is searched has them at once. Raises CatalogueError for a fact that cannot be.
        """
        with locked(self.folder):
            self._mend()
            document = self.ledger.document(document_id)
            changed = find_corrections(document.facts, wanted)
            if not changed:
                return False
            self._corrections.setdefault(document_id, {}).update(changed)
            write_corrections(self.folder, self._corrections)
            document = replace(document, facts=corrected(document.facts, changed))
            # As if it were read again: the title is part of what is cut and embedded.
            passages = chunk(document, self.chunking, self.embedder.count_tokens)
            entry = self._indexed(document_id)
            figures = replace(entry.figures, passages=len(passages))
            self._waiting = []
            self._write(replace(entry, figures=figures), document, passages)
            self._write_waiting()
            self._close_run()
        return True

    def undo_corrections(self, document_id: str) -> list[FileOutcome]:
        """Drops the corrections of a document, and reads its file again."""
        with locked(self.folder):
            self._mend()
            entry = self._indexed(document_id)
            if self._corrections.pop(document_id, None):
                write_corrections(self.folder, self._corrections)
        return self.reread(entry.path)

    def reread(self, path: str) -> list[FileOutcome]:
        """Reads a file that is known again, though it is as it was."""
        with locked(self.folder):
            self._mend()
            entry = self._file(path)
            self.ledger.put_file(replace(entry, sha256=""))
        return self.ingest(list_work([], known=[entry]))

    def forget(self, path: str) -> list[FileEntry]:
        """Forgets a file with its document; what was known of it, and of those that held the same
        bytes."""
        with locked(self.folder), self.workers.closed_on_error():
            self._mend()
            entry = self._file(path)
            copies = []
            if entry.outcome == "indexed":
                same = (e for e in self._known.values() if e.document_id == entry.document_id)
                copies = [each for each in same if each.path != path]
            for each in (*copies, entry):
                self._remove(each)
            self._close_run()
        return [entry, *copies]

    def take_in(self, entries: Sequence[FileEntry]) -> list[FileOutcome]:
        """Ingests files that were forgotten, with the ids and the catalogue's facts that they
        had."""
        with locked(self.folder):
            held = self.ledger.facts()
            for each in entries:
                if each.outcome == "indexed" and each.document_id not in held:
                    self.ledger.put_file(replace(each, outcome="skipped", sha256=""))
        return self.ingest(list_work([], known=entries))

    def replace_file(self, document_id: str, path: Path) -> list[FileOutcome]:
        """Makes the file at `path` that of the document, which keeps its id, and reads it.

        Raises LoadError where the file cannot be read or is another document's: then all stays.
        """
        with locked(self.folder), self.workers.closed_on_error():
            self._mend()
            entry = self._indexed(document_id)
            self._check_new(path)
            moved = replace(entry, path=str(path), sha256="", catalogue="")
            self._move(entry, moved)
        return self.ingest(list_work([path]))

    def _file(self, path: str) -> FileEntry:
        if path not in self._known:
            raise DocumentNotFoundError(f"no file {path!r} is known; `verse documents` lists some")
        return self._known[path]

    def _check_new(self, path: Path) -> None:
        """Raises LoadError unless the file can be a document, and is none yet."""
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        same = (each for each in self._known.values() if each.sha256 == sha256)
        if held := next((each for each in same if each.document_id), None):
            raise DuplicateFileError(f"the same bytes as {held.path}")
        for _, loaded in self.workers.load([(Source(path), Facts())]):
            if isinstance(loaded, LoadError):
                raise loaded

    def _indexed(self, document_id: str) -> FileEntry:
        held = (each for each in self._known.values() if each.outcome == "indexed")
        entry = next((each for each in held if each.document_id == document_id), None)
        if entry is None:
            raise DocumentNotFoundError(
                f"no document {document_id!r}; `verse documents` lists those held"
            )
        return entry
