"""Data files checked before a run, and a suite to start from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.cases import count_drafts, read_cases, write_cases
from evals.errors import SuiteError
from evals.gate import check_gates
from evals.libraries import Progress
from evals.metrics import metrics_for
from evals.runner import find_all_gold
from evals.suite import NAME, SHIPPED, Case, Gold, Nugget, SuiteFile, find_suite
from evals.sweep import read_sweep
from rag.errors import VerseError
from rag.settings import Settings, overlay

_SKELETON = """\
# What each key means: docs/evaluation.md. Paths are relative to this file.
name = "{name}"
title = "{title}"
mode = "answer" # retrieval, answer, refusal, conversation, injection or claims
cases = "{cases}"
documents = ["../documents/*.pdf"] # files, folders, patterns
# catalogue = "../documents/catalogue.toml"
# metrics = ["verbatim", "cited"] # with those of all gates; those of the mode if none are named

[[gates]] # what a change must not do
metric = "verbatim"
floor = 1.0

# [settings.retrieval] # of the engine, for this suite
# top_k = 12
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one suite or sweep, as one line."""

    line: str
    is_mistake: bool = False


def check_suites(
    paths: Sequence[Path],
    shared: Path | None,
    settings: Settings | None,
    progress: Progress,
    folders: Sequence[Path] = (SHIPPED,),
) -> list[Checked]:
    """Each suite or sweep with what is wrong, or what it holds; a wrong one does not stop the rest.

    With `settings`, gold quotes are looked up too, in libraries made for that in a temporary
    folder. The suites of sweeps are looked for in `folders`.
    """
    found = []
    for done, path in enumerate(paths):
        progress(done, len(paths), path.name)
        try:
            if _is_sweep(path):
                found.append(_check_sweep(path, shared, folders))
            else:
                found += list(_check(SuiteFile(path, shared), settings, progress))
        except VerseError as error:
            told = str(error) if str(path.resolve()) in str(error) else f"{path}: {error}"
            found.append(Checked(told, is_mistake=True))
    return found


def _is_sweep(path: Path) -> bool:
    try:
        return "grid" in tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # neither TOML nor text: what it is, its folder says
        return path.resolve().parent.name == "sweeps"


def _check_sweep(path: Path, shared: Path | None, folders: Sequence[Path]) -> Checked:
    sweep = read_sweep(path)
    mode = find_suite(sweep.suite, folders, shared).suite.mode
    metrics_for(mode, (sweep.metric, sweep.latency))  # unknown ones are refused
    points = len(list(sweep.points()))
    return Checked(f"{sweep.name}: a sweep of {sweep.suite}, {points} points, by {sweep.metric}")


def _check(file: SuiteFile, settings: Settings | None, progress: Progress) -> Iterator[Checked]:
    suite = file.suite
    if not file.has_shared:
        yield Checked(f"{suite.name}: not here (set VERSE_SHARED); only its own file is checked")
        return
    metrics = metrics_for(suite.mode, suite.metrics)
    metrics_for(suite.mode, [gate.metric for gate in suite.gates])  # names those that are known
    check_gates(suite.gates, metrics)
    cases = read_cases(file)
    if suite.mode != "claims":
        file.files()
    for overlaid in (suite.settings, *(file.system_settings(each) for each in suite.systems)):
        overlay(Settings(), overlaid)
    if settings is not None and suite.mode != "claims":
        with TemporaryDirectory() as folder:
            find_all_gold(file, settings, Path(folder), progress)
    drafts = count_drafts(file)
    waiting = f", {drafts} drafts left out" if drafts else ""
    gold = sum(len(case.evidence) + len(case.relevant) for case in cases)
    yield Checked(
        f"{suite.name}: {len(cases)} cases, {gold} pieces of gold, {len(metrics)} metrics, "
        f"{len(suite.gates)} gates{waiting}"
    )


def write_skeleton(name: str, folder: Path) -> list[Path]:
    """Writes NAME.toml into `folder` and NAME.jsonl into `cases` beside it; both come back.

    Raises SuiteError where one is there already, the name cannot be one, or the files cannot be
    written.
    """
    if not re.fullmatch(NAME, name):
        raise SuiteError(
            f"a suite cannot be called {name!r}; use up to 64 of a-z, 0-9 and '-', first a letter "
            f"or digit"
        )
    suite, cases = folder / f"{name}.toml", folder.parent / "cases" / f"{name}.jsonl"
    taken = [str(each) for each in (suite, cases) if each.exists()]
    if taken:
        raise SuiteError(f"{taken[0]} is there already; give another name")
    text = _SKELETON.format(
        name=name, title=name.replace("-", " ").capitalize(), cases=f"../cases/{name}.jsonl"
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        suite.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SuiteError(f"{suite} cannot be written: {error.strerror}") from error
    write_cases(cases, _EXAMPLES)
    return [suite, cases]


_EXAMPLES = (
    Case(
        id="q1",
        question="Replace this: what does the document say of fees?",
        kind="factoid",
        evidence=(Gold(document="file-stem", quotes=("the very words that answer",), page=3),),
        nuggets=(Nugget(text="Fees are capped at five per cent."),),
        tags=("draft",),
    ),
    Case(
        id="q2",
        question="Replace this: what is asked for that the document does not say?",
        kind="unanswerable",
        answerable=False,
        tags=("draft",),
    ),
)
