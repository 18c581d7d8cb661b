"""Files are read in a worker process, which can be killed: limits on time and memory a file.

1. One worker reads ahead while the documents before are embedded; documents come in order.
2. A file that takes too long, needs too much memory or crashes its reader becomes a LoadError;
   the worker is replaced, and the files after it are read as ever.
3. Pages of pictures are recognised in a second task, whose time grows with their number.
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from rag.errors import LoadError, NeedsOcrError
from rag.load import load
from rag.load.archive import read_member, read_members
from rag.load.ocr import missing_for_ocr
from rag.records import Document, Facts
from rag.settings import IngestSettings

Result = TypeVar("Result")

_log = logging.getLogger(__name__)
_AHEAD = 2  # files being read or waiting while another is embedded
_MEGABYTE = 2**20


class Source(NamedTuple):
    """A file to load: on disk, or a member of an archive, whose path then goes on inside it."""

    path: Path
    archive: Path | None = None
    member: str = ""


class MemberEntry(NamedTuple):
    """A file inside an archive, with what identifies its bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Task:
    source: Source
    facts: Facts
    ocr: str = ""


@dataclass(slots=True)
class Workers:
    """Loads files in a process of its own. Not to be shared between threads."""

    settings: IngestSettings
    _pool: ProcessPool | None = field(default=None, init=False)

    def load(
        self, sources: Iterable[tuple[Source, Facts]]
    ) -> Iterator[tuple[Source, Document | LoadError]]:
        """Each source with its document, or with the reason why it cannot be one, in order.

        Documents have the stem of their file for an id.
        """
        waiting: deque[tuple[_Task, ProcessFuture[Document]]] = deque()
        rest = iter(sources)
        while True:
            while len(waiting) < _AHEAD and (following := next(rest, None)) is not None:
                task = _Task(*following)
                waiting.append((task, self._schedule(_load, task, self.settings.max_seconds)))
            if not waiting:
                return
            task, future = waiting.popleft()
            yield task.source, self._loaded(task, future)

    def list_members(self, path: Path) -> list[MemberEntry]:
        """The files inside an archive; raises LoadError."""
        seconds = self.settings.max_seconds
        return self._result(self._schedule(_list_members, path, seconds), seconds)

    @property
    def ocr(self) -> str:
        """The languages in which pictures are recognised; empty where they cannot be."""
        languages = self.settings.ocr_languages
        return languages if languages and not missing_for_ocr(languages) else ""

    @contextmanager
    def closed_on_error(self) -> Iterator[None]:
        """Ends the worker process where the work with it is broken off."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the worker process; it starts again when it is needed."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None

    def _loaded(self, task: _Task, future: ProcessFuture[Document]) -> Document | LoadError:
        try:
            document = self._result(future, self.settings.max_seconds)
            pictures = sum(page.state == "needs_ocr" for page in document.pages)
        except NeedsOcrError as error:
            return self._recognised(task, error.pages, error)
        except LoadError as error:
            return error
        return self._recognised(task, pictures, document)

    def _recognised(
        self, task: _Task, pictures: int, otherwise: Document | LoadError
    ) -> Document | LoadError:
        """The document with its pages of pictures recognised, where that can be done here."""
        languages = self.ocr
        if not pictures or not languages:
            return self._explained(otherwise)
        seconds = self.settings.max_seconds + pictures * self.settings.max_ocr_seconds
        task = _Task(task.source, task.facts, languages)
        try:
            return self._result(self._schedule(_load, task, seconds), seconds)
        except NeedsOcrError as error:
            return NeedsOcrError(f"{error.reason}; none was recognised", error.pages)
        except LoadError as error:
            return error if isinstance(otherwise, LoadError) else otherwise

    def _explained(self, otherwise: Document | LoadError) -> Document | LoadError:
        """What is missing for OCR, where nothing but that stands in the way."""
        languages = self.settings.ocr_languages
        if not isinstance(otherwise, NeedsOcrError) or not languages:
            return otherwise
        why = missing_for_ocr(languages)
        return NeedsOcrError(f"{otherwise.reason} ({why})", otherwise.pages) if why else otherwise

    def _schedule(
        self, work: Callable[[Any], Result], given: object, seconds: float
    ) -> ProcessFuture[Result]:
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=1,
                initializer=_prepare,
                initargs=(os.getpid(), self.settings.max_memory_mb * _MEGABYTE),
                # A fork would inherit the threads of the model and of Chroma.
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool.schedule(work, args=(given,), timeout=seconds)

    def _result(self, future: ProcessFuture[Result], seconds: float) -> Result:
        """What a task gave; the ways in which a worker fails become a LoadError."""
        error = future.exception()
        if error is None:
            return future.result()
        if isinstance(error, BrokenProcessPool):
            self.close()
        raise self._reason(error, seconds) from error

    def _reason(self, error: BaseException, seconds: float) -> LoadError:
        """Why a file could not be read. A bug in a reader is told with its traceback, and stops
        no other file."""
        settings = self.settings
        if isinstance(error, LoadError):
            return error
        if isinstance(error, TimeoutError):
            return LoadError(f"took longer than {seconds:.0f} s to read (ingest.max_seconds)")
        if isinstance(error, MemoryError):
            most = f"{settings.max_memory_mb} MB of memory to read (ingest.max_memory_mb)"
            return LoadError(f"needs more than {most}")
        if isinstance(error, RecursionError):
            return LoadError("nested too deep to read")
        if isinstance(error, ProcessExpired):
            return LoadError(f"its reader crashed on it (exit code {error.exitcode})")
        if isinstance(error, BrokenProcessPool):
            return LoadError("its reader could not be started; ingest again")
        _log.error("a reader failed", exc_info=error)
        return LoadError(f"its reader failed ({type(error).__name__}); please report this file")


def _load(task: _Task) -> Document:
    source = task.source
    data = read_member(source.archive, source.member) if source.archive else None
    return load(source.path, source.path.stem, task.facts, data, task.ocr)


def _list_members(path: Path) -> list[MemberEntry]:
    return [
        MemberEntry(each.name, len(each.data), hashlib.sha256(each.data).hexdigest())
        for each in read_members(path)
    ]


def _prepare(parent: int, max_bytes: int) -> None:
    """Runs first in the worker: bounds its memory, and ends it when its parent has gone."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_THREAD_LIMIT"):
        os.environ[name] = "1"
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
