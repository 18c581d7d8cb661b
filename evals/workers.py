"""Cases asked in this process or by several, each with its own open library and one thread.

A question is too small for several threads: they wait for each other, and where other work goes on
they wait long. Processes make a run faster.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from evals.asking import Asker, needs_checker
from evals.judging import judging_for
from evals.libraries import Place
from evals.outcomes import Outcome
from evals.suite import Case, Suite
from rag.check import Checker, open_checker
from rag.pipeline import Library, open_embedder
from rag.settings import Settings

_CLAIMS_AT_ONCE = 64
_WORTH_PROCESSES = 150  # cases; for fewer, opening the library again takes longer than asking

Given = tuple[Case, Outcome | None]  # a case, and what somebody's system gave for it


@dataclass(frozen=True, slots=True)
class Task:
    """What one process needs to ask the cases of one system."""

    system: str
    suite: Suite
    place: Place
    wanted: tuple[str, ...]  # names of the metrics
    verdicts: Path  # folder of what judges have said
    is_alone: bool  # whether the process asks for this system only, so that its memory tells


def ask(task: Task, pairs: Sequence[Given], workers: int) -> Iterator[Outcome]:
    """Outcomes in the order of `pairs`; `workers` processes, 0 for as many as are worth it."""
    workers = workers or worth(len(pairs))
    if workers == 1:
        asker = open_asker(task, task.place.open())
        with _one_thread(asker.library):
            yield from (asker.outcome(case, outcome) for case, outcome in pairs)
        asker.library.ledger.close()
        return
    with _pool(workers, _start, task) as pool:
        yield from pool.map(_ask_one, pairs)


def check_claims(settings: Settings, cases: Sequence[Case], workers: int) -> Iterator[Outcome]:
    """An outcome for each claim, by the checker; times are the mean of those checked together."""
    parts = [cases[at : at + _CLAIMS_AT_ONCE] for at in range(0, len(cases), _CLAIMS_AT_ONCE)]
    workers = min(workers or worth(len(cases)), len(parts) or 1)
    with _pool(workers, _start_checker, settings) as pool:
        for outcomes in pool.map(_check_part, parts):
            yield from outcomes


def open_asker(task: Task, library: Library) -> Asker:
    """What asks the cases of one system; raises a VerseError where checker or judge is wrong."""
    return Asker(
        system=task.system,
        suite=task.suite,
        library=library,
        checker=_checker(library) if needs_checker(task.wanted) else None,
        wanted=task.wanted,
        judging=judging_for(
            library.settings,
            library.embedder,
            task.verdicts,
            task.wanted,
            [library.assistant().answerer_name],
        ),
        is_alone=task.is_alone,
    )


def worth(count: int) -> int:
    """How many processes are worth starting for so many cases."""
    return processors() if count >= _WORTH_PROCESSES else 1


def processors() -> int:
    """How many processors the machine has, as far as it says."""
    return max(1, os.cpu_count() or 1)


def _checker(library: Library) -> Checker:
    return open_checker(library.settings.check, library.embedder)


def _one_thread(library: Library) -> threadpool_limits:
    library.embedder.embed(["ready"])  # loads the libraries whose threads are limited
    return threadpool_limits(1)


@contextmanager
def _pool(workers: int, start: Callable[[Any], None], given: Any) -> Iterator[ProcessPoolExecutor]:
    """Processes that were each started with what is `given`; what waits is dropped on an error."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, start, (given,)) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


# Of a worker process: opened when it starts, since a pool hands nothing else on to its calls.
_asker: Asker | None = None
_claim_checker: Checker | None = None


def _start(task: Task) -> None:
    global _asker
    _asker = open_asker(task, task.place.open())
    _one_thread(_asker.library)


def _start_checker(settings: Settings) -> None:
    global _claim_checker
    embedder = open_embedder(settings)
    embedder.embed(["ready"])
    threadpool_limits(1)
    _claim_checker = open_checker(settings.check, embedder)


def _ask_one(pair: Given) -> Outcome:
    if _asker is None:
        raise RuntimeError("a worker was asked before it was started")
    return _asker.outcome(*pair)


def _check_part(cases: Sequence[Case]) -> list[Outcome]:
    if _claim_checker is None:
        raise RuntimeError("a worker was asked before it was started")
    started = time.perf_counter()
    scores = _claim_checker.supports([(case.claim, case.context) for case in cases])
    each_ms = round(1000 * (time.perf_counter() - started) / len(cases), 2)
    return [
        Outcome(
            case_id=case.id,
            question=case.claim,
            claim_score=round(score, 6),
            timings_ms={"total": each_ms},
        )
        for case, score in zip(cases, scores, strict=True)
    ]
