"""Runs a suite: its library made, its gold found, its cases put to every system, all kept.

1. Settings are those of the environment, then the suite's, the system's, and what the command
   says; every system opens its own library, which most share.
2. Gold quotes are looked up in the canonical text of the library, or the run stops with the name
   of the case; judge and checker are opened once, so that what is wrong with them is told.
3. The run's fingerprint is made of all that its outcomes depend on. One that was cut off goes on
   if it has the same.
4. Cases are asked one after the other, or by several processes (workers.py); outcomes are kept in
   the order in which they come, and sorted at the end.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from evals.cases import read_cases
from evals.errors import RunError, SuiteError
from evals.gold import locate_gold
from evals.judging import prompt_hashes
from evals.libraries import Progress, make_library
from evals.metrics import metrics_for
from evals.outcomes import Outcome, read_outcomes
from evals.provenance import code_facts, code_hash, environment, short_hash
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
from evals.workers import Task, ask, check_claims, open_asker, worth
from rag.check import open_checker
from rag.pipeline import open_embedder
from rag.settings import Settings, overlay


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
    # A finished run with the same fingerprint, started then or later (ISO 8601), is given instead.
    reuse_since: str | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A suite that is ready to be run."""

    file: SuiteFile
    systems: tuple[str, ...]
    metrics: tuple[str, ...]
    cases: list[Case]
    settings: Mapping[str, Settings]  # by system
    tasks: Sequence[Task]  # none for claims
    index: Mapping[str, str]  # hash by system
    given: Mapping[str, Outcome]  # by case, where another system's rows are scored

    def fingerprint(self, options: Options) -> str:
        """Of all that the outcomes depend on."""
        parts = [
            self.file.sha256,
            _cases_hash(self.cases),
            json.dumps({name: _shown(each) for name, each in self.settings.items()}),
            code_hash(),
            repr((sorted(self.index.items()), self.metrics)),
            repr((options.limit, options.only, options.seed, options.cases)),
            _given_hash(self.given),
        ]
        return short_hash("\n".join(parts).encode())


def run_suite(
    file: SuiteFile, settings: Settings, options: Options, folder: Path, progress: Progress
) -> Run:
    """Runs the suite and gives the finished run, in `folder`/runs; goes on with one cut off.

    Raises SuiteError, RunError, or another VerseError where the suite cannot be run at all.
    """
    prepared = _prepare(file, settings, options, folder, progress)
    fingerprint, runs = prepared.fingerprint(options), folder / options.runs
    if options.reuse_since is not None:
        known = find_finished(runs, fingerprint, options.reuse_since)
        if known:
            return open_run(runs / known)
    name = options.name or find_unfinished(runs, fingerprint) or _new_name(runs, file.suite.name)
    manifest = _manifest(prepared, options, name, fingerprint)
    with begin_run(runs, manifest, prepared.cases) as run:
        for system in prepared.systems:
            _ask_system(run, prepared, system, options, progress)
        return run.finish(judge=_judge_facts(prepared.settings, run.done.values()))


def find_all_gold(
    file: SuiteFile, settings: Settings, folder: Path, progress: Progress
) -> list[Case]:
    """The suite's cases with every gold quote found in its library, made in `folder`.

    Raises SuiteError with the name of the case and the quote that cannot be found.
    """
    own = settings_for(file, settings, file.suite.systems[0], {})
    library = make_library(file, own, folder, progress).open()
    try:
        return locate_gold(read_cases(file), library.ledger)
    finally:
        library.ledger.close()


def settings_for(file: SuiteFile, settings: Settings, system: str, changes: Overlay) -> Settings:
    """What a system of the suite runs with: suite's, system's and further changes over `settings`.

    Raises SettingsError naming an unknown setting or a value out of range.
    """
    for each in (file.suite.settings, file.system_settings(system), changes):
        settings = overlay(settings, each)
    return settings


def _prepare(
    file: SuiteFile, settings: Settings, options: Options, folder: Path, progress: Progress
) -> _Prepared:
    suite, systems = file.suite, _systems(file, options)
    metrics = options.metrics or suite.metrics
    wanted = tuple(each.name for each in metrics_for(suite.mode, metrics))
    cases = _sampled(read_cases(file, only=options.only), options)
    by_system = {each: settings_for(file, settings, each, options.changes) for each in systems}
    tasks: list[Task] = []
    index = {}
    # In this process other systems or suites leave their memory behind.
    own_process = (options.workers or worth(len(cases))) > 1
    is_alone = own_process or (len(systems) == 1 and options.reuse_since is None)
    for system, own in by_system.items():
        if suite.mode == "claims":
            open_checker(own.check, open_embedder(own))
            continue
        place = make_library(file, own, folder / "libraries", progress)
        task = Task(system, suite, place, wanted, folder / "verdicts", is_alone)
        library = place.open()
        open_asker(task, library)
        if not tasks:
            cases = locate_gold(cases, library.ledger)
        index[system] = library.assistant().index_hash()
        library.ledger.close()
        tasks.append(task)
    given = _predictions(options.predictions, cases) if options.predictions else {}
    return _Prepared(file, systems, metrics, cases, by_system, tasks, index, given)


def _manifest(prepared: _Prepared, options: Options, name: str, fingerprint: str) -> Manifest:
    suite = prepared.file.suite
    return Manifest(
        name=name,
        suite=suite.name,
        title=suite.title,
        mode=suite.mode,
        systems=prepared.systems,
        metrics=prepared.metrics,
        gates=suite.gates,
        fingerprint=fingerprint,
        started=_now(),
        limit=options.limit,
        only=options.only,
        seed=options.seed,
        chosen=options.cases,
        changes=options.changes,
        predictions=_given_hash(prepared.given),
        suite_sha256=prepared.file.sha256,
        cases_sha256=_cases_hash(prepared.cases),
        index=dict(prepared.index),
        settings={name: _shown(each) for name, each in prepared.settings.items()},
        code=code_facts(),
        environment=environment(),
        prompts=prompt_hashes() if any(s.judge.model for s in prepared.settings.values()) else {},
    )


def _ask_system(
    run: RunFolder, prepared: _Prepared, system: str, options: Options, progress: Progress
) -> None:
    left = [case for case in prepared.cases if (system, case.id) not in run.done]
    task = next((each for each in prepared.tasks if each.system == system), None)
    if not left:
        return
    if task is not None:
        pairs = [(case, prepared.given.get(case.id)) for case in left]
        outcomes = ask(task, pairs, options.workers)
    elif prepared.given:
        outcomes = (prepared.given[case.id] for case in left)
    else:
        outcomes = check_claims(prepared.settings[system], left, options.workers)
    done = len(prepared.cases) - len(left)
    for outcome in outcomes:
        run.add(outcome.model_copy(update={"system": system}))
        done += 1
        progress(done, len(prepared.cases), system)


def _systems(file: SuiteFile, options: Options) -> tuple[str, ...]:
    unknown = [each for each in options.systems if each not in file.suite.systems]
    if unknown:
        known = ", ".join(file.suite.systems)
        raise SuiteError(f"suite {file.suite.name} has no system {unknown[0]!r}; it has {known}")
    return options.systems or file.suite.systems


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


def _predictions(path: Path, cases: Sequence[Case]) -> dict[str, Outcome]:
    given = {each.case_id: each for each in read_outcomes(path)}
    missing = [case.id for case in cases if case.id not in given]
    if missing:
        raise RunError(
            f"{path} has no row for {len(missing)} of {len(cases)} cases: {', '.join(missing[:10])}"
        )
    return given


def _judge_facts(settings: Mapping[str, Settings], outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Who judged, by which limits, and what it cost; nothing where nobody did."""
    judge = next((each.judge for each in settings.values() if each.judge.model), None)
    if judge is None:
        return {}
    cost: Counter[str] = Counter()
    for outcome in outcomes:
        cost.update(outcome.observed.judge_cost)
    return judge.model_dump(exclude={"base_url"}) | dict(cost)


def _given_hash(given: Mapping[str, Outcome]) -> str:
    text = "\n".join(each.model_dump_json() for each in given.values())
    return short_hash(text.encode()) if given else ""


def _cases_hash(cases: Sequence[Case]) -> str:
    return short_hash("\n".join(each.model_dump_json() for each in cases).encode())


def _shown(settings: Settings) -> dict[str, Any]:
    """Settings as a run keeps them; an address may hold a password."""
    return settings.model_dump(
        mode="json",
        exclude={
            "data_dir": True,
            "judge": {"base_url"},
            "reranker": {"base_url"},
            "writer": {"base_url"},
        },
    )


def _new_name(runs: Path, suite: str) -> str:
    stem = f"{suite}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    names = (stem, *(f"{stem}-{n}" for n in range(2, 1000)))
    return next(name for name in names if not (runs / name).exists())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
