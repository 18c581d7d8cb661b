"""Work on the library, one task after the other in a thread of its own: nobody who asks waits."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.errors import VerseError
from rag.ingest import Progress

Kind = Literal["upload", "replace", "correct", "uncorrect", "reread", "remove", "restore"]
State = Literal["waiting", "running", "done", "failed"]
MAX_WAITING = 500
_KEPT = 50  # tasks that are over, shown

_log = logging.getLogger(__name__)
Work = Callable[[Progress], "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a task."""

    told: str = ""  # by the engine, as "23 passages", or why not
    is_good: bool = True
    undo: str = ""  # by which a removal can be undone
    same_as: str = ""  # title of the document that has the same bytes
    place: str = ""  # where a file lies that was left alone


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to be done to the library, and how far it is."""

    number: int
    kind: Kind
    name: str  # of the file or document
    state: State = "waiting"
    told: str = ""  # what is at hand, or what came of it
    result: Result = field(default_factory=Result)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "failed")


class Desk:
    """Takes tasks and does them in order. Safe to share between threads."""

    def __init__(self, close: Callable[[], None] = lambda: None) -> None:
        """`close` is called when nothing is left to do."""
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, Work]] = deque()
        self._tasks: dict[int, Task] = {}
        self._thread: threading.Thread | None = None
        self._close = close
        self.version = 0  # grows with each change of a task

    def add(self, kind: Kind, name: str, work: Work) -> Task:
        """Puts a task at the end of the line; raises VerseError where that is too long."""
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                raise VerseError(f"{MAX_WAITING} tasks are waiting already; try again later")
            number = max(self._tasks, default=0) + 1
            task = self._tasks[number] = Task(number, kind, name)
            self._waiting.append((number, work))
            self.version += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="library", daemon=True)
                self._thread.start()
        return task

    def tasks(self) -> tuple[Task, ...]:
        """Those not over, and the last of those that are; the newest last."""
        with self._lock:
            return tuple(self._tasks.values())

    def task(self, number: int) -> Task | None:
        """The task of that number, if it is still known."""
        with self._lock:
            return self._tasks.get(number)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        with self._lock:
            return self._thread is not None

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._close()
                    self._thread = None
                    self.version += 1
                    return
                number, work = self._waiting.popleft()
            self._change(number, state="running")
            result = self._result(number, work)
            state: State = "done" if result.is_good else "failed"
            self._change(number, state=state, told=result.told, result=result)

    def _result(self, number: int, work: Work) -> Result:
        def progress(done: int, total: int, what: str) -> None:
            if what:
                self._change(number, told=what)

        try:
            return work(progress)
        except (VerseError, OSError) as error:
            return Result(str(error), is_good=False)
        except Exception:  # noqa: BLE001 - the tasks after it are done all the same
            _log.exception("a task of the library failed")
            return Result("something went wrong; the server's log says what", is_good=False)

    def _change(self, number: int, **values: object) -> None:
        with self._lock:
            self._tasks[number] = replace(self._tasks[number], **values)  # type: ignore[arg-type]
            over = [each for each, task in self._tasks.items() if task.is_over]
            for each in over[:-_KEPT]:
                del self._tasks[each]
            self.version += 1
