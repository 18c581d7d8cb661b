"""A run under way, in a process of its own: nobody who asks waits for it, and it can be stopped.

What was asked is kept, so that the same suite, run again, goes on where it was stopped.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from rag.errors import VerseError
from rag.settings import Settings

State = Literal["running", "stopping", "done", "stopped", "failed"]
_NICE = 10  # those who ask come first
_GRACE_S = 20.0  # for a run to end when it is stopped


@dataclass(frozen=True, slots=True)
class Trial:
    """How far a run is; `run` is its name where it is done."""

    suite: str
    state: State = "running"
    done: int = 0
    total: int = 0  # 0 where it is not known yet
    told: str = ""  # what is at hand, or why it failed
    run: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "stopped", "failed")


@dataclass(frozen=True, slots=True)
class Order:
    """What the process is to run, and where runs are kept."""

    suite: Path
    shared: Path | None
    settings: Settings
    folder: Path


class Runner:
    """Runs one suite at a time. Safe to share between threads."""

    def __init__(self) -> None:
        """Nothing is run yet."""
        self._lock = threading.Lock()
        self._trial: Trial | None = None
        self._process: Any = None

    @property
    def trial(self) -> Trial | None:
        """The run under way, else the last one."""
        return self._trial

    def start(self, name: str, order: Order) -> None:
        """Begins a run; raises VerseError while another is under way."""
        with self._lock:
            if self._trial is not None and not self._trial.is_over:
                raise VerseError(f"a run of {self._trial.suite} is under way; wait, or stop it")
            # A fork would inherit the threads of the server.
            context = multiprocessing.get_context("spawn")
            listening, telling = context.Pipe(duplex=False)
            self._process = context.Process(target=_run, args=(order, telling), name="verse-eval")
            self._trial = Trial(name)
            self._process.start()
            telling.close()
        threading.Thread(target=self._listen, args=(listening,), daemon=True).start()

    def stop(self) -> None:
        """Stops the run under way, if there is one."""
        with self._lock:
            if self._trial is None or self._trial.is_over:
                return
            self._trial = replace(self._trial, state="stopping")
            process = self._process
        os.kill(process.pid, signal.SIGINT)
        timer = threading.Timer(_GRACE_S, process.kill)
        timer.daemon = True
        timer.start()

    def _listen(self, listening: Connection) -> None:
        """Takes what the process tells, until it has ended."""
        last: dict[str, Any] = {}
        while True:
            try:
                told: dict[str, Any] = listening.recv()
            except EOFError:
                break
            with self._lock:
                assert self._trial is not None
                if "state" in told:
                    last = told
                else:
                    self._trial = replace(self._trial, **told)
        self._process.join()
        with self._lock:
            assert self._trial is not None
            is_stopped = self._trial.state == "stopping"
            otherwise = "its process ended; the server's log says why"
            end: dict[str, Any] = {"state": "failed", "told": otherwise}
            if is_stopped:
                end = {"state": "stopped", "told": ""}
            self._trial = replace(self._trial, **(last or end))


def _run(order: Order, telling: Connection) -> None:
    """Runs in the process: the suite, and word of how far it is."""
    from evals.runner import Options, run_suite
    from evals.suite import SuiteFile

    os.nice(_NICE)

    def progress(done: int, total: int, what: str) -> None:
        counted = {"done": done, "total": total} if done >= 0 else {}
        telling.send({**counted, "told": what})

    try:
        file = SuiteFile(order.suite, order.shared)
        workers = max(1, (os.cpu_count() or 2) // 2)
        run = run_suite(file, order.settings, Options(workers=workers), order.folder, progress)
        telling.send({"state": "done", "told": "", "run": run.manifest.name})
    except KeyboardInterrupt:
        telling.send({"state": "stopped", "told": ""})
    except BrokenPipeError:
        return  # the server has gone
    except VerseError as error:
        telling.send({"state": "failed", "told": str(error)})
