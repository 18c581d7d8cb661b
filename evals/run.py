"""A run: every case of a suite put to every system, as a folder of plain files.

1. The run's fingerprint is made of suite, cases, systems' settings, engine code and options. A run
   that was cut off goes on where it stopped if the fingerprint is the same; else a new one begins.
2. Each outcome is appended to `outcomes.jsonl` as soon as it is there; a half-written last line of
   a killed run is dropped when it goes on.
3. At the end every case is scored (`scores.jsonl`), TREC files are written (`<system>.run`,
   `qrels.txt`), and `run.json` gets its end. Scoring again needs no engine: `score_run`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from evals.cases import parse_cases, write_cases
from evals.errors import RunError
from evals.marks import Mark, read_marks_file, with_marks
from evals.metrics import metrics_for, score_case, score_set, trec_name, trec_qrels, trec_run
from evals.outcomes import Outcome, outcome_line, read_outcomes, write_outcomes
from evals.scores import Metric, SetMetric
from evals.suite import Case, Gate, first_line

Pair = tuple[Case, Outcome]
Scores = dict[str, dict[str, float | None]]  # by case id, by metric

MANIFEST, CASES, OUTCOMES, SCORES, QRELS, MARKS = (
    "run.json", "cases.jsonl", "outcomes.jsonl", "scores.jsonl", "qrels.txt", "marks.jsonl",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Manifest(BaseModel):
    """What a run was made of; `run.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    suite: str
    title: str = ""
    mode: str
    systems: tuple[str, ...]
    metrics: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    fingerprint: str = ""
    started: str
    finished: str | None = None
    limit: int = 0
    only: tuple[str, ...] = ()
    seed: int = 0
    chosen: tuple[str, ...] = ()  # ids of the cases, where only some were named
    changes: dict[str, dict[str, Any]] = {}  # settings that only this run had
    predictions: str = ""  # hash of another system's rows, where these were scored
    suite_sha256: str = ""
    cases_sha256: str = ""
    index: dict[str, str] = {}  # hash by system
    settings: dict[str, Any] = {}  # by system
    prompts: dict[str, str] = {}
    code: dict[str, str] = {}
    environment: dict[str, str] = {}
    judge: dict[str, Any] = {}

    @property
    def is_partial(self) -> bool:
        """Whether cases were left out, or the run is not finished."""
        return bool(self.limit or self.only or self.chosen or not self.finished)

    @property
    def is_plain(self) -> bool:
        """Whether it is the engine as it is set, on the whole suite."""
        return not self.why_not_plain

    @property
    def why_not_plain(self) -> str:
        """Why it is not the engine as it is set, on the whole suite; empty if it is."""
        reasons = {
            "is not finished": not self.finished,
            "has only some of the cases": self.is_partial,
            "had settings of its own (--set)": self.changes,
            "scored another system's rows (--from)": self.predictions,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder holds it."""

    folder: Path
    manifest: Manifest
    cases: tuple[Case, ...]
    outcomes: tuple[Outcome, ...]
    marks: tuple[Mark, ...] = ()  # set by hand

    def pairs(self, system: str = "") -> list[Pair]:
        """Cases of one system (the one a run is about if none is named) with their outcomes, in
        order, marks laid over what machines observed.

        Raises RunError for a system that the run does not have.
        """
        return with_marks(self.raw_pairs(system), self.marks)

    def raw_pairs(self, system: str = "") -> list[Pair]:
        """The same without the marks."""
        chosen = self.system(system)
        by_id = {each.case_id: each for each in self.outcomes if each.system == chosen}
        return [(case, by_id[case.id]) for case in self.cases if case.id in by_id]

    def system(self, name: str = "") -> str:
        """The system of that name, or the one a run is about if none is named."""
        systems = self.manifest.systems
        if not name:
            return "ours" if "ours" in systems else systems[0]
        if name not in systems:
            known = ", ".join(systems)
            raise RunError(f"run {self.manifest.name} has no system {name!r}; it has {known}")
        return name

    def metrics(self, names: Sequence[str] = ()) -> list[Metric | SetMetric]:
        """The metrics of the run, or those named."""
        return metrics_for(self.manifest.mode, names or self.manifest.metrics)

    def scores(self, system: str = "", names: Sequence[str] = ()) -> Scores:
        """Scores by case and metric, worked out anew from what the run holds."""
        metrics = self.metrics(names)
        return {case.id: score_case(case, outcome, metrics) for case, outcome in self.pairs(system)}

    def set_scores(self, system: str = "", names: Sequence[str] = ()) -> dict[str, float | None]:
        """Scores of the whole set of cases, by metric."""
        return score_set(self.pairs(system), self.metrics(names))


@dataclass(slots=True)
class RunFolder:
    """A run under way: outcomes are added, each kept at once."""

    folder: Path
    manifest: Manifest
    done: dict[tuple[str, str], Outcome] = field(default_factory=dict)  # by system and case

    def add(self, outcome: Outcome) -> None:
        """Keeps one more outcome."""
        with (self.folder / OUTCOMES).open("a", encoding="utf-8") as file:
            file.write(outcome_line(outcome))
        self.done[outcome.system, outcome.case_id] = outcome

    def finish(self, **facts: Any) -> Run:
        """Orders the outcomes, scores them and closes the run; `facts` go into its manifest."""
        run = open_run(self.folder)
        order = {case.id: at for at, case in enumerate(run.cases)}
        systems = {name: at for at, name in enumerate(self.manifest.systems)}
        outcomes = sorted(
            self.done.values(), key=lambda each: (systems[each.system], order[each.case_id])
        )
        write_outcomes(self.folder / OUTCOMES, outcomes)
        score_run(self.folder)
        self.manifest = self.manifest.model_copy(update={**facts, "finished": _now()})
        _write_manifest(self.folder, self.manifest)
        return open_run(self.folder)


@contextmanager
def begin_run(runs: Path, manifest: Manifest, cases: Sequence[Case]) -> Iterator[RunFolder]:
    """The unfinished run of the same fingerprint, or a new one in the folder `runs`, for this
    process alone.

    Raises RunError where a run of that name is finished, was made of something else, or is under
    way in another process.
    """
    folder = runs / manifest.name
    if not _NAME.fullmatch(manifest.name):
        raise RunError(f"{manifest.name!r} is no name for a run; use letters, digits, . _ and -")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(runs / f".{manifest.name}.lock", timeout=0):
            yield _opened(folder, manifest, cases)
    except Timeout as error:
        raise RunError(
            f"run {manifest.name} is under way in another process; wait for its end, or give "
            f"another --name"
        ) from error


def _opened(folder: Path, manifest: Manifest, cases: Sequence[Case]) -> RunFolder:
    if not (folder / MANIFEST).is_file():
        write_cases(folder / CASES, cases)
        _write_manifest(folder, manifest)
        return RunFolder(folder, manifest)
    known = read_manifest(folder)
    if known.finished or known.fingerprint != manifest.fingerprint:
        why = "is finished" if known.finished else "was made with other code or settings"
        raise RunError(f"run {manifest.name} {why}; give another --name")
    return _resumed(folder, known)


def find_unfinished(runs: Path, fingerprint: str) -> str:
    """The name of the newest run with that fingerprint that was cut off, or nothing."""
    found = [each.name for each in _made_of(runs, fingerprint) if each.finished is None]
    return found[-1] if found else ""


def find_finished(runs: Path, fingerprint: str, since: str = "") -> str:
    """The name of the newest finished run with that fingerprint, started at `since` (ISO 8601) or
    later; or nothing."""
    found = [
        each.name for each in _made_of(runs, fingerprint) if each.finished and each.started >= since
    ]
    return found[-1] if found else ""


def _made_of(runs: Path, fingerprint: str) -> list[Manifest]:
    return [each for each in list_runs(runs) if each.fingerprint == fingerprint]


def list_runs(runs: Path, suite: str = "") -> list[Manifest]:
    """The runs in a folder, oldest first; only those of one suite if it is named.

    One whose manifest cannot be read stands in the way of no other: it is left out.
    """
    manifests = []
    for path in runs.glob(f"*/{MANIFEST}"):
        with suppress(RunError):
            manifests.append(read_manifest(path.parent))
    chosen = [each for each in manifests if suite in ("", each.suite)]
    return sorted(chosen, key=lambda each: (each.started, each.name))


def open_run(folder: Path) -> Run:
    """The run in `folder`; raises RunError."""
    manifest = read_manifest(folder)
    cases = tuple(parse_cases(folder / CASES))
    path = folder / OUTCOMES
    outcomes = tuple(read_outcomes(path)) if path.is_file() else ()
    return Run(folder, manifest, cases, outcomes, tuple(read_marks_file(folder / MARKS)))


def find_run(runs: Path, name: str) -> Run:
    """The run called `name`, in a folder of that path, or `latest` (`latest:SUITE`): the newest
    that is finished and not of another system's rows.

    Raises RunError listing the newest runs where there is none.
    """
    word, _, suite = name.partition(":")
    known = [each for each in list_runs(runs, suite if word == "latest" else "") if each.finished]
    own = [each for each in known if not each.predictions]
    if word == "latest" and own:
        return open_run(runs / own[-1].name)
    for folder in (runs / name, Path(name)):
        if (folder / MANIFEST).is_file():
            return open_run(folder)
    newest = ", ".join(each.name for each in known[-5:]) or "none"
    raise RunError(f"there is no run {name!r}; the newest are: {newest}")


def read_manifest(folder: Path) -> Manifest:
    """What a run was made of; raises RunError."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RunError(f"{folder} is no run: {path.name} cannot be read") from error
    except ValidationError as error:
        raise RunError(f"{path}: {first_line(error)}") from error


def score_run(folder: Path) -> Run:
    """Scores a run from its outcomes and writes scores and TREC files; gives the run."""
    run = open_run(folder)
    rows = [
        {"case_id": case_id, "system": system, "scores": scores}
        for system in run.manifest.systems
        for case_id, scores in run.scores(system).items()
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    _write(folder / SCORES, "".join(f"{line}\n" for line in lines))
    _write_trec(run)
    return run


def _write_trec(run: Run) -> None:
    """The rankings of every system, and the grades, for any other tool."""
    judged = {case.id: grades for case in run.cases if (grades := trec_qrels(case))}
    if not judged:
        return
    lines = [
        f"{trec_name(case_id)}\t0\t{document}\t{grade}\n"
        for case_id, grades in judged.items()
        for document, grade in grades.items()
    ]
    _write(run.folder / QRELS, "".join(lines))
    for system in run.manifest.systems:
        lines = [
            f"{trec_name(case.id)}\tQ0\t{document}\t{rank}\t{score:.1f}\t{system}\n"
            for case, outcome in run.pairs(system)
            if case.id in judged
            for rank, (document, score) in enumerate(trec_run(case, outcome), start=1)
        ]
        _write(run.folder / f"{system}.run", "".join(lines))


def case_row(case: Case, outcome: Outcome, scores: Mapping[str, float | None]) -> dict[str, Any]:
    """One row of `verse eval run --json`: the outcome as search and ask print it, with its case
    and its scores (docs/evaluation.md)."""
    row = outcome.model_dump(mode="json", exclude={"case_id", "observed"})
    if outcome.hits is None:
        del row["hits"]
    if not outcome.is_answer:
        for name in ("status", "text", "statements", "citations", "unanswered", "support"):
            del row[name]
    about = {"id": case.id, "kind": case.kind, "answerable": case.answerable}
    return about | row | {"scores": dict(scores)}


def _resumed(folder: Path, manifest: Manifest) -> RunFolder:
    """A run that was cut off; what its last line lacks is dropped."""
    path = folder / OUTCOMES
    if path.is_file():
        whole, newline, _ = path.read_bytes().rpartition(b"\n")
        _write(path, (whole + newline).decode("utf-8"))
    outcomes = read_outcomes(path) if path.is_file() else []
    return RunFolder(folder, manifest, {(each.system, each.case_id): each for each in outcomes})


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    _write(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
