"""The library of a suite: made of its documents or records, kept between runs, never stale.

A library is kept under a name made of what went into it: the bytes of documents, catalogue or
records; the settings of chunking, embedding and reading; and the code, with its packages, that
makes a library. Where one of them changes, a new one is made; older ones of the same documents go
when they were not used for two hours (another run may still be reading one).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import rag
from evals.cases import read_records
from evals.errors import RunError, SuiteError
from evals.provenance import packages
from evals.suite import SuiteFile
from rag.errors import EmptyFileError
from rag.listing import list_work
from rag.load import load_record
from rag.pipeline import Library, open_library
from rag.records import Document, Facts
from rag.settings import Settings

Progress = Callable[[int, int, str], None]  # done, in all, what is at hand

# What only reads a library; a change there needs no new one.
_READING = (
    "answer", "assistant.py", "briefs", "cache.py", "check", "check.json", "check.py", "cite.py",
    "entail.py", "expand.py", "explain.py", "export.py", "feedback.py", "fusion.py",
    "langchain.py", "late.py", "llama_server.py", "llm.py", "local_llm.py", "matrix.py",
    "naming.py", "neighbours.py", "ports.py", "prompt.py", "refusal.py", "render.py", "rerank.py",
    "resolve.py", "retrieve.py", "rewrite.py", "rows.py", "scope.py", "searched.py",
    "settings.py", "spelling.py", "spread.py", "standalone.py", "suggest.py", "timed.py",
    "watch.py",
)  # fmt: skip
_COMPLETE = "complete"  # a file, touched whenever the library is used
_IN_USE_S = 7200


@dataclass(frozen=True, slots=True)
class Place:
    """Where the library of a suite lies, under settings that are right for it."""

    folder: Path
    settings: Settings

    @property
    def is_made(self) -> bool:
        """Whether the library is there, whole."""
        return (self.folder / _COMPLETE).is_file()

    def open(self) -> Library:
        """The library, which must have been made."""
        return open_library(self.settings)


def make_library(file: SuiteFile, settings: Settings, folder: Path, progress: Progress) -> Place:
    """Where the library of the suite lies; it is made there first, or what it lacks.

    Raises SuiteError for a document that cannot be read: a suite over fewer documents than it
    names would measure something else.
    """
    place = place_of(file, settings, folder)
    if place.is_made:
        (place.folder / _COMPLETE).touch()  # it is in use
        return place
    _remove_older(place.folder)
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"the data folder {folder.parent} cannot be written to ({error.strerror}); name "
            f"another with --data-dir"
        ) from error
    library = place.open()
    try:
        if file.suite.records:
            _ingest_records(library, file, progress)
        else:
            _ingest_files(library, file, progress)
    finally:
        library.workers.close()
        library.ledger.close()
    (place.folder / _COMPLETE).touch()
    return place


def _ingest_records(library: Library, file: SuiteFile, progress: Progress) -> None:
    path = file.place(file.suite.records)
    rows = list(read_records(path))

    def documents() -> Iterator[Document]:
        for row in rows:
            facts = Facts(title=row["title"].replace("_", " "), language="en")
            try:
                yield load_record(row["id"], row["text"], facts)
            except EmptyFileError:
                continue  # a record without text can be found by nothing

    library.ingester(progress).ingest_records(documents(), len(rows))
    if not library.ledger.facts():
        raise SuiteError(f"{path}: no record has any text")


def _ingest_files(library: Library, file: SuiteFile, progress: Progress) -> None:
    catalogue = file.place(file.suite.catalogue) if file.suite.catalogue else None
    outcomes = library.ingester(progress).ingest(list_work(file.files(), catalogue))
    for each in outcomes:
        if each.is_problem:
            raise SuiteError(
                f"suite {file.suite.name}: {each.path} cannot be read ({each.reason}); mend it, "
                f"or take it out of 'documents'"
            )
    if not library.ledger.facts():
        raise SuiteError(f"suite {file.suite.name} has no documents; name some in 'documents'")


def place_of(file: SuiteFile, settings: Settings, folder: Path) -> Place:
    """Where the library of the suite lies, or would lie."""
    values = settings.model_dump(mode="json", include={"chunking", "embedding", "ingest"})
    content, made_with = _content_hash(file), json.dumps(values, sort_keys=True)
    name = f"{content[:12]}-{_hash(made_with.encode())[:8]}-{_code_hash()[:8]}"
    own = folder / name
    return Place(own, settings.model_copy(update={"data_dir": own}))


def library_size(file: SuiteFile) -> int:
    """How much goes into the suite's library, in bytes."""
    named = [file.place(file.suite.records)] if file.suite.records else []
    return sum(path.stat().st_size for path in named + file.files() if path.is_file())


def _remove_older(folder: Path) -> None:
    """Removes libraries of the same documents and settings that other code made, unless used."""
    stem = folder.name.rpartition("-")[0]
    for each in folder.parent.glob(f"{stem}-*"):
        used = each / _COMPLETE
        if each != folder and used.is_file() and time.time() - used.stat().st_mtime > _IN_USE_S:
            shutil.rmtree(each, ignore_errors=True)


def _content_hash(file: SuiteFile) -> str:
    names = [file.suite.records, file.suite.catalogue]
    paths = [file.place(name) for name in names if name] + file.files()
    if not paths:
        raise SuiteError(f"suite {file.suite.name}: name its 'documents' or its 'records'")
    parts = []
    for path in paths:
        inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else []
        try:
            parts += [f"{each.name}\n{_hash(each.read_bytes())}" for each in inside or [path]]
        except OSError as error:
            raise RunError(f"{path} cannot be read: {error.strerror}") from error
    return _hash("\n".join(parts).encode())


@cache
def _code_hash() -> str:
    root = Path(rag.__file__).parent
    parts = [
        path.read_bytes()
        for path in sorted(root.rglob("*.py"))
        if path.relative_to(root).parts[0] not in _READING
    ]
    return _hash(b"\0".join([*parts, packages().encode()]))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
