"""Data files checked before a run, and a suite to start from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.cases import count_drafts, read_cases, write_cases
from evals.errors import SuiteError
from evals.libraries import Progress
from evals.metrics import metrics_for
from evals.runner import find_all_gold
from evals.suite import Case, Gold, Nugget, SuiteFile
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
# metrics = ["cited", "citation_recall"] # those of the mode if none are named

[[gates]] # what a change must not do
metric = "verbatim"
floor = 1.0

# [settings.retrieval] # of the engine, for this suite
# top_k = 12
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one suite, as one line."""

    line: str
    is_mistake: bool = False


def check_suites(
    paths: Sequence[Path], shared: Path | None, settings: Settings | None, progress: Progress
) -> list[Checked]:
    """Each suite with what is wrong, or what it holds; every suite is checked, whatever others are.

    With `settings`, gold quotes are looked up too, in libraries made for that in a temporary
    folder.
    """
    found = []
    for done, path in enumerate(paths):
        progress(done, len(paths), path.name)
        try:
            found += list(_check(SuiteFile(path, shared), settings, progress))
        except VerseError as error:
            found.append(Checked(f"{path}: {error}", is_mistake=True))
    return found


def _check(file: SuiteFile, settings: Settings | None, progress: Progress) -> Iterator[Checked]:
    suite = file.suite
    if not file.is_available:
        yield Checked(f"{suite.name}: not here (set VERSE_SHARED); only its own file is checked")
        return
    metrics = {each.name for each in metrics_for(suite.mode, suite.metrics)}
    metrics_for(suite.mode, [gate.metric for gate in suite.gates])  # unknown ones are refused
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

    Raises SuiteError where one is there already, or the name cannot be one.
    """
    suite, cases = folder / f"{name}.toml", folder.parent / "cases" / f"{name}.jsonl"
    taken = [str(each) for each in (suite, cases) if each.exists()]
    if taken:
        raise SuiteError(f"{taken[0]} is there already; give another name")
    text = _SKELETON.format(
        name=name, title=name.replace("-", " ").capitalize(), cases=f"../cases/{name}.jsonl"
    )
    folder.mkdir(parents=True, exist_ok=True)
    cases.parent.mkdir(parents=True, exist_ok=True)
    suite.write_text(text, encoding="utf-8")
    try:
        SuiteFile(suite)
    except SuiteError:
        suite.unlink()
        raise
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
