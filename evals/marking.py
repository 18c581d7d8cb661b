"""Hand marks of a run: read back from a workbook, and held against the verdicts of machines.

Marks are kept beside the run's outcomes and laid over them when it is scored: a mark goes before a
judge's verdict, and that before the encoder's. How far each of these agrees with the marks stands
beside its numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evals.agreement import Agreement, agreement
from evals.marks import (
    ANSWERS,
    NUGGET,
    SUPPORTED,
    marked_scores,
    merge_marks,
    read_marks_file,
    write_marks,
)
from evals.metrics.answers import CARRIED_CLAIM, COVERED
from evals.outcomes import Outcome
from evals.run import MARKS, Run, find_run, score_run
from evals.workbook import read_marks, workbook_run

Key = tuple[str, str, str]  # case id, system, field
Verdict = bool | float | None
_BY = {
    "nuggets by the encoder": NUGGET,
    "nuggets by the judge": NUGGET,
    "support by the checker": SUPPORTED,
    "answers by the judge": ANSWERS,
}
# The metrics that rest on each; a judge's verdicts on nuggets go before the encoder's.
_METRICS = {
    "nuggets by the encoder": ("nuggets", "nuggets_vital"),
    "nuggets by the judge": ("nuggets", "nuggets_vital"),
    "support by the checker": (
        "alce_recall", "alce_precision", "claim_score", "claim_correct", "claim_auroc",
        "claim_balanced_accuracy",
    ),
    "answers by the judge": ("answers_question", "judged:answer"),
}  # fmt: skip
_JUDGED, _UNMARKED = "judged:", "not held against marks by hand"


def keep_marks(path: Path, runs: Path) -> list[str]:
    """Keeps the marks of a workbook with its run, scores the run again, and says what came of it.

    Of two marks by one reviewer on one thing the later import wins. Raises RunError for a workbook
    of no run that is here, or with wrong values.
    """
    run = find_run(runs, workbook_run(path))
    pairs = [pair for system in run.manifest.systems for pair in run.raw_pairs(system)]
    marks = read_marks(path, run.manifest.name, pairs)
    kept = merge_marks(read_marks_file(run.folder / MARKS), marks)
    write_marks(run.folder / MARKS, kept)
    marked = score_run(run.folder)
    lines = [f"{len(marks)} marks read, {len(kept)} kept in {run.folder / MARKS}"]
    lines += [f"{name}: {agreement_text(each)}" for name, each in agreements(marked).items()]
    return lines


def agreements(run: Run) -> dict[str, Agreement]:
    """How far judge, encoder and checker agree with the run's marks; those that have some."""
    marks: dict[Key, float] = {
        (*key, field): score
        for key, scores in marked_scores(run.marks).items()
        for field, score in scores.items()
    }
    found = {name: agreement(_verdicts(run, name), marks) for name in _BY}
    return {name: each for name, each in found.items() if each.n}


def agreement_by_metric(run: Run) -> dict[str, str]:
    """By the run's metrics that rest on a machine's verdicts: how far these agree with the marks;
    of a judge also where there is nothing to hold it against."""
    found, said = agreements(run), dict[str, str]()
    for name, metrics in _METRICS.items():
        if name in found:
            said |= dict.fromkeys(metrics, f"{name}: {agreement_text(found[name])}")
        elif "judge" in name and any(each is not None for each in _verdicts(run, name).values()):
            said |= dict.fromkeys(metrics, f"{name}: {_UNMARKED}")
    names = [each.name for each in run.metrics()]
    others = {each: f"by the judge: {_UNMARKED}" for each in names if each.startswith(_JUDGED)}
    return {name: text for name, text in (others | said).items() if name in names}


def agreement_text(found: Agreement) -> str:
    """Agreement as one phrase: share, Cohen's kappa with its interval, and of how many."""
    if found.share is None:
        return _UNMARKED
    if found.kappa is None:
        return f"{found.share:.0%} of {found.n} marks agree; no kappa (all marks alike)"
    within = "" if found.low is None else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"{found.share:.0%} of {found.n} marks agree, Cohen's kappa {found.kappa:.2f}{within}"


def _verdicts(run: Run, name: str) -> dict[Key, Verdict]:
    prefix, found = _BY[name], dict[Key, Verdict]()
    for outcome in run.outcomes:
        for place, verdict in _of_outcome(name, outcome).items():
            found[outcome.case_id, outcome.system, f"{prefix}{place}"] = verdict
    return found


def _of_outcome(name: str, outcome: Outcome) -> Mapping[str, Verdict]:
    """Verdicts by the place that a mark's field names, "1" being the first."""
    observed = outcome.observed
    if name == "answers by the judge":
        return {"": observed.judged.get("answer")}
    verdicts: list[Verdict]
    if name == "nuggets by the encoder":
        verdicts = [each >= COVERED for each in observed.nuggets]
    elif name == "nuggets by the judge":
        verdicts = list(observed.judged_nuggets)
    elif outcome.claim_score is not None:
        verdicts = [outcome.claim_score >= CARRIED_CLAIM]
    else:
        verdicts = [each.together >= CARRIED_CLAIM for each in observed.support]
    return {str(at): verdict for at, verdict in enumerate(verdicts, start=1)}
