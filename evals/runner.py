"""Runs a suite: its library made, its gold found, its cases put to every system, all kept.

1. Settings are those of the environment, then the suite's, the system's, and what the command
   says; every system opens its own library, which most share.
2. Gold quotes are looked up in the canonical text of the library, or the run stops with the name
   of the case.
3. Cases are asked one after the other, or by several processes, each with its own open library;
   outcomes are kept in the order in which they come, and sorted at the end.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import platform
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

from threadpoolctl import threadpool_limits

import rag
from evals.asking import Asker, needs_checker
from evals.cases import read_cases
from evals.errors import RunError, SuiteError
from evals.judging import judging_for, prompt_hashes
from evals.libraries import Place, Progress, make_library
from evals.matching import find_gold
from evals.metrics import metrics_for
from evals.outcomes import Outcome
from evals.run import (
    Manifest,
    Run,
    RunFolder,
    begin_run,
    find_finished,
    find_unfinished,
    open_run,
)
from evals.suite import Case, Overlay, SuiteFile
from rag.check import Checker, open_checker
from rag.ledger import Ledger
from rag.pipeline import Library, open_embedder, open_ledger
from rag.settings import Settings, overlay

_VERSIONS = ("chromadb", "numpy", "sentence-transformers", "tantivy", "torch", "transformers")
_CLAIMS_AT_ONCE = 64
_WORTH_PROCESSES = 150  # cases; for fewer, opening the library again takes longer than asking


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is made; the defaults run the whole suite in this process."""

    name: str = ""  # of the run; made of suite and time if empty
    limit: int = 0  # cases at most, 0 for all; a random sample if there is a seed
    only: tuple[str, ...] = ()  # kinds or tags
    seed: int = 0
    workers: int = 0  # processes that ask; 0: one a processor where there is much to ask
    systems: tuple[str, ...] = ()  # those of the suite if empty
    changes: Overlay = field(default_factory=dict)  # settings, over those of suite and system
    predictions: Path | None = None  # outcomes of another system, to be scored instead
    cases: tuple[str, ...] = ()  # only those of these ids, if any are named
    metrics: tuple[str, ...] = ()  # to score, and so to observe for; those of the suite if empty
    runs: str = "runs"  # the folder of runs, beside that of libraries
    reuse: bool = False  # a finished run with the same fingerprint is given instead of a new one


@dataclass(frozen=True, slots=True)
class _Task:
    """What one process needs to ask the cases of one system."""

    system: str
    file: SuiteFile
    place: Place
    wanted: tuple[str, ...]
    verdicts: Path  # folder of what judges have said


def run_suite(
    file: SuiteFile, settings: Settings, options: Options, folder: Path, progress: Progress
) -> Run:
    """Runs the suite and gives the finished run, in `folder`; goes on with one cut off.

    Raises SuiteError, RunError, or another VerseError where the suite cannot be run at all.
    """
    suite = file.suite
    systems = _systems(file, options)
    metrics = options.metrics or suite.metrics
    wanted = tuple(each.name for each in metrics_for(suite.mode, metrics))
    cases = _sampled(read_cases(file, only=options.only), options)
    by_system = {each: settings_for(file, settings, each, options.changes) for each in systems}
    tasks = []
    if suite.mode != "claims":
        for system in systems:
            place = make_library(file, by_system[system], folder / "libraries", progress)
            tasks.append(_Task(system, file, place, wanted, folder / "verdicts"))
        cases = _located(cases, tasks[0].place)
    index = {each.system: _index_hash(each.place) for each in tasks}
    fingerprint = _fingerprint(file, by_system, options, (_cases_hash(cases), *index.values()))
    runs = folder / options.runs
    if options.reuse and (known := find_finished(runs, fingerprint)):
        return open_run(runs / known)
    manifest = Manifest(
        name=options.name or find_unfinished(runs, fingerprint) or _new_name(runs, suite.name),
        suite=suite.name,
        title=suite.title,
        mode=suite.mode,
        systems=systems,
        metrics=metrics,
        gates=suite.gates,
        fingerprint=fingerprint,
        started=_now(),
        limit=options.limit,
        only=options.only,
        seed=options.seed,
        suite_sha256=file.sha256,
        cases_sha256=_cases_hash(cases),
        index=index,
        settings={name: _shown(each) for name, each in by_system.items()},
        code=_code(),
        environment=_environment(),
        prompts=prompt_hashes() if settings.judge.model else {},
        judge=settings.judge.model_dump(exclude={"base_url"}) if settings.judge.model else {},
    )
    under_way = begin_run(runs, manifest, cases)
    if suite.mode == "claims":
        _check_claims(under_way, cases, by_system, options, progress)
    else:
        for task in tasks:
            _ask_all(under_way, task, cases, options, progress)
    return under_way.finish()


def find_all_gold(
    file: SuiteFile, settings: Settings, folder: Path, progress: Progress
) -> list[Case]:
    """The suite's cases with every gold quote found in its library, made in `folder`.

    Raises SuiteError with the name of the case and the quote that cannot be found.
    """
    system = file.suite.systems[0]
    place = make_library(file, settings_for(file, settings, system, {}), folder, progress)
    return _located(read_cases(file), place)


def _ask_all(
    run: RunFolder, task: _Task, cases: Sequence[Case], options: Options, progress: Progress
) -> None:
    left = [case for case in cases if (task.system, case.id) not in run.done]
    given = _predictions(options.predictions, left) if options.predictions else {}
    done = len(cases) - len(left)
    if not left:
        return
    for outcome in _outcomes(task, left, given, options.workers):
        run.add(outcome)
        done += 1
        progress(done, len(cases), task.system)


def _outcomes(
    task: _Task, cases: Sequence[Case], given: Mapping[str, Outcome], workers: int
) -> Iterator[Outcome]:
    pairs = [(case, given.get(case.id)) for case in cases]
    workers = workers or (_processors() if len(pairs) >= _WORTH_PROCESSES else 1)
    if workers == 1:
        asker, limits = _open_asker(task)
        with limits:
            yield from (asker.outcome(case, outcome) for case, outcome in pairs)
        asker.library.ledger.close()
        return
    with _pool(workers, _start, task) as pool:
        yield from pool.map(_ask_one, pairs)


def _check_claims(
    run: RunFolder,
    cases: Sequence[Case],
    settings: Mapping[str, Settings],
    options: Options,
    progress: Progress,
) -> None:
    """Puts every claim with its context to the checker; there is no library to search."""
    for system, each in settings.items():
        left = [case for case in cases if (system, case.id) not in run.done]
        parts = [left[at : at + _CLAIMS_AT_ONCE] for at in range(0, len(left), _CLAIMS_AT_ONCE)]
        workers = options.workers or (_processors() if len(left) >= _WORTH_PROCESSES else 1)
        done = len(cases) - len(left)
        with _pool(min(workers, len(parts) or 1), _start_checker, each) as pool:
            for part, scores in zip(parts, pool.map(_check_part, parts), strict=True):
                for case, score in zip(part, scores, strict=True):
                    run.add(Outcome(case_id=case.id, system=system, claim_score=round(score, 6)))
                done += len(part)
                progress(done, len(cases), system)


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


_checker_at_work: Checker | None = None  # of a worker process, as `_asker`


def _start_checker(settings: Settings) -> None:
    global _checker_at_work
    embedder = open_embedder(settings)
    embedder.embed(["ready"])
    threadpool_limits(1)
    _checker_at_work = open_checker(settings.check, embedder)


def _check_part(cases: Sequence[Case]) -> list[float]:
    if _checker_at_work is None:
        raise RuntimeError("a worker was asked before it was started")
    return _checker_at_work.supports([(case.claim, case.context) for case in cases])


_asker: Asker | None = None  # of a worker process, opened once in it


def _start(task: _Task) -> None:
    global _asker
    _asker, _ = _open_asker(task)


def _ask_one(pair: tuple[Case, Outcome | None]) -> Outcome:
    if _asker is None:
        raise RuntimeError("a worker was asked before it was started")
    return _asker.outcome(*pair)


def _open_asker(task: _Task) -> tuple[Asker, threadpool_limits]:
    """What asks the cases of one system, and the limit of one thread under which it works.

    A question is too small for several threads: they wait for each other, and where other work
    goes on they wait long. Processes make a run faster.
    """
    library = task.place.open()
    library.embedder.embed(["ready"])  # loads the libraries whose threads are limited
    asker = Asker(
        system=task.system,
        suite=task.file.suite,
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
    )
    return asker, threadpool_limits(1)


def _checker(library: Library) -> Checker:
    return open_checker(library.settings.check, library.embedder)


def _processors() -> int:
    return max(1, os.cpu_count() or 1)


def _systems(file: SuiteFile, options: Options) -> tuple[str, ...]:
    unknown = [each for each in options.systems if each not in file.suite.systems]
    if unknown:
        known = ", ".join(file.suite.systems)
        raise SuiteError(f"suite {file.suite.name} has no system {unknown[0]!r}; it has {known}")
    return options.systems or file.suite.systems


def settings_for(file: SuiteFile, settings: Settings, system: str, changes: Overlay) -> Settings:
    """What a system of the suite runs with: suite's, system's and further changes over `settings`.

    Raises SettingsError naming an unknown setting or a value out of range.
    """
    for each in (file.suite.settings, file.system_settings(system), changes):
        settings = overlay(settings, each)
    return settings


def _sampled(cases: list[Case], options: Options) -> list[Case]:
    """Those named; of them the first, or with a seed a random sample, in their order."""
    if options.cases:
        named = set(options.cases)
        cases = [case for case in cases if case.id in named]
    if not options.limit or options.limit >= len(cases):
        return cases
    if not options.seed:
        return cases[: options.limit]
    chosen = Random(options.seed).sample(range(len(cases)), options.limit)
    return [cases[at] for at in sorted(chosen)]


def _located(cases: list[Case], place: Place) -> list[Case]:
    """The cases with gold that the library really has; raises SuiteError naming what it lacks."""
    ledger = open_ledger(place.settings)
    try:
        needed = {each.document for case in cases for each in case.evidence}
        if any(not each.document for case in cases for each in case.evidence):
            needed |= {document for case in cases for document in case.relevant}
        held = ledger.facts()
        texts = {each: ledger.document(each).text for each in needed if each in held}
        by_file = _ids_by_file(ledger)
        return [find_gold(_with_known_documents(case, by_file), texts) for case in cases]
    finally:
        ledger.close()


def _ids_by_file(ledger: Ledger) -> dict[str, str]:
    """Document ids by their own name and by that of their file."""
    by_file = {Path(each.path).name: each.document_id for each in ledger.entries()}
    return by_file | {each: each for each in ledger.facts()}


def _with_known_documents(case: Case, by_file: Mapping[str, str]) -> Case:
    """Relevant documents by their ids, where a set names them by file.

    A record that has no text, and so is not in the library, keeps its name: it can be found by
    nothing, and counts.
    """
    if not case.relevant:
        return case
    relevant = {by_file.get(each, each): grade for each, grade in case.relevant.items()}
    return case.model_copy(update={"relevant": relevant})


def _predictions(path: Path, cases: Sequence[Case]) -> dict[str, Outcome]:
    from evals.outcomes import read_outcomes

    given = {each.case_id: each for each in read_outcomes(path)}
    missing = [case.id for case in cases if case.id not in given]
    if missing:
        raise RunError(
            f"{path} has no row for {len(missing)} of {len(cases)} cases: {', '.join(missing[:10])}"
        )
    return given


def _index_hash(place: Place) -> str:
    ledger = open_ledger(place.settings)
    try:
        held = "\n".join([*sorted(ledger.passage_ids()), repr(sorted(ledger.facts().items()))])
        return _hash(held.encode())
    finally:
        ledger.close()


def _fingerprint(
    file: SuiteFile, settings: Mapping[str, Settings], options: Options, hashes: Sequence[str]
) -> str:
    """What a run was made of, as one hash; `hashes` are those of cases and indexes."""
    given = options.predictions.read_bytes() if options.predictions else b""
    parts = [
        file.sha256,
        *hashes,
        json.dumps({name: _shown(each) for name, each in settings.items()}, sort_keys=True),
        code_hash(),
        _hash(given),
        repr((options.limit, options.only, options.seed, options.metrics)),
    ]
    return _hash("\n".join(parts).encode())


def _cases_hash(cases: Sequence[Case]) -> str:
    return _hash("\n".join(each.model_dump_json() for each in cases).encode())


def _shown(settings: Settings) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude={"data_dir": True, "judge": {"base_url"}})


@cache
def code_hash() -> str:
    """Sixteen hexadecimal digits of the engine's and the evaluation's own code and models."""
    root = Path(rag.__file__).parent
    paths = [*root.rglob("*.py"), *root.rglob("*.json"), *Path(__file__).parent.rglob("*.py")]
    return _hash(b"\0".join(path.read_bytes() for path in sorted(paths)))


def _code() -> dict[str, str]:
    return {
        "version": version("chapter-and-verse"),
        "sha256": code_hash(),
        "commit": _git("rev-parse", "HEAD"),
        "changed": "yes" if _git("status", "--porcelain", "--untracked-files=no") else "no",
    }


def _git(*arguments: str) -> str:
    """What git says of the checkout this code lies in; empty where it lies in none."""
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""


def _environment() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cpus": str(os.cpu_count() or 0),
        **{name: version(name) for name in _VERSIONS},
    }


def _new_name(runs: Path, suite: str) -> str:
    stem = f"{suite}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    taken = partial(lambda name: (runs / name).exists())
    return next(
        name for name in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if not taken(name)
    )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
