"""Marks that people set by hand: rows of a run, and verdicts on its outcomes.

What can be marked of an outcome is named by a field: `answers_question` (yes, partly, no: it
answers, or it rightly refuses), `supported_2` (yes, no: the quotes carry the second statement; of a
claim, `supported_1`: the context carries it), `nugget_3` (yes, no: the answer holds the third
nugget of the case).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import Final

from evals.errors import RunError
from evals.outcomes import Outcome
from evals.scores import Pairs
from evals.suite import Case

ANSWERS: Final = "answers_question"
SUPPORTED: Final = "supported_"
NUGGET: Final = "nugget_"
SCORES: Final[Mapping[str, float]] = {"yes": 1.0, "no": 0.0, "partly": 0.5}

Key = tuple[str, str]  # case id, system


@dataclass(frozen=True, slots=True)
class Mark:
    """What one reviewer says of one thing in an outcome."""

    run: str
    case_id: str
    system: str
    field: str
    value: str  # "yes", "partly" or "no"; empty where there is only a note
    reviewer: str = ""
    note: str = ""


def marked_fields(case: Case, outcome: Outcome) -> list[str]:
    """What of an outcome can be marked, in order; of a refusal only whether it is right."""
    if case.claim:
        return [f"{SUPPORTED}1"]
    if outcome.is_refusal or not outcome.is_answer:
        return [ANSWERS]
    statements = [f"{SUPPORTED}{at}" for at in range(1, len(outcome.statements) + 1)]
    nuggets = [f"{NUGGET}{at}" for at in range(1, len(case.nuggets) + 1)]
    return [ANSWERS, *statements, *nuggets]


def allowed_values(field: str) -> tuple[str, ...]:
    """The marks that a field can have."""
    return ("yes", "partly", "no") if field == ANSWERS else ("yes", "no")


def write_marks(path: Path, marks: Iterable[Mark]) -> None:
    """Writes one JSON row a mark."""
    rows = (json.dumps(asdict(each), ensure_ascii=False) for each in marks)
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def read_marks_file(path: Path) -> list[Mark]:
    """The marks in a file that `write_marks` wrote, none where there is no file; raises RunError
    naming the line that cannot be read."""
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"marks cannot be read from {path}: {error}") from error
    return [
        _parse_mark(line, f"{path}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def merge_marks(earlier: Iterable[Mark], later: Iterable[Mark]) -> list[Mark]:
    """All marks; of two by the same reviewer on the same thing the later one."""
    kept = {
        (each.run, each.case_id, each.system, each.field, each.reviewer): each
        for each in (*earlier, *later)
    }
    return list(kept.values())


def marked_scores(marks: Iterable[Mark]) -> dict[Key, dict[str, float]]:
    """By case and system, then by field: yes 1, partly 0.5, no 0; of several reviewers the mean."""
    given: dict[Key, dict[str, list[float]]] = {}
    for each in marks:
        if each.value:
            of_outcome = given.setdefault((each.case_id, each.system), {})
            of_outcome.setdefault(each.field, []).append(SCORES[each.value])
    return {
        key: {field: fmean(scores) for field, scores in by_field.items()}
        for key, by_field in given.items()
    }


def marked_nuggets(marks: Iterable[Mark]) -> dict[Key, tuple[bool | None, ...]]:
    """By case and system: by nugget whether the answer holds it, as most reviewers say.

    None where nobody marked it or reviewers are divided evenly; as long as the last one marked.
    """
    found = {}
    for key, scores in marked_scores(marks).items():
        held = _in_order(_by_number(scores, NUGGET))
        if held:
            found[key] = held
    return found


def with_marks(pairs: Pairs, marks: Sequence[Mark]) -> list[tuple[Case, Outcome]]:
    """The same cases and outcomes, with marks in the place of verdicts by model.

    A marked answer or nugget goes before a judge's verdict, a marked statement or claim before the
    checker's (as probability 1 or 0; of a statement, of all its citations together).
    """
    scores = marked_scores(marks)
    return [
        (case, _marked(case, outcome, scores.get((case.id, outcome.system), {})))
        for case, outcome in pairs
    ]


def _marked(case: Case, outcome: Outcome, scores: Mapping[str, float]) -> Outcome:
    """The outcome with the marks of its fields laid over it; the same where it has none."""
    if not scores:
        return outcome
    observed, carried = outcome.observed, _by_number(scores, SUPPORTED)
    nuggets = _in_order(_by_number(scores, NUGGET))
    held = _laid_over(nuggets, observed.judged_nuggets, len(case.nuggets))
    support = tuple(
        each
        if carried.get(at) is None
        else each.model_copy(update={"together": float(bool(carried[at]))})
        for at, each in enumerate(observed.support, start=1)
    )
    answered = {"answer": scores[ANSWERS]} if ANSWERS in scores else {}
    seen = {
        "judged_nuggets": held,
        "support": support,
        "judged": observed.judged | answered,
    }
    update: dict[str, object] = {"observed": observed.model_copy(update=seen)}
    if outcome.claim_score is not None and carried.get(1) is not None:
        update["claim_score"] = float(bool(carried[1]))
    return outcome.model_copy(update=update)


def _laid_over(
    marked: Sequence[bool | None], judged: Sequence[bool | None], n: int
) -> tuple[bool | None, ...]:
    """Marks, and where there are none a judge's verdicts; empty where there is neither."""
    if not any(each is not None for each in (*marked, *judged)):
        return ()
    sources = [(*each, *(None for _ in range(n)))[:n] for each in (marked, judged)]
    return tuple(hand if hand is not None else judge for hand, judge in zip(*sources, strict=True))


def _by_number(scores: Mapping[str, float], prefix: str) -> dict[int, bool | None]:
    return {
        int(field.removeprefix(prefix)): None if score == 0.5 else score > 0.5
        for field, score in scores.items()
        if field.startswith(prefix)
    }


def _in_order(verdicts: Mapping[int, bool | None]) -> tuple[bool | None, ...]:
    """Verdicts by number as a row from 1 to the last; None where there is none."""
    return tuple(verdicts.get(at) for at in range(1, max(verdicts, default=0) + 1))


def _parse_mark(line: str, place: str) -> Mark:
    names = [each.name for each in fields(Mark)]
    try:
        row = json.loads(line)
        mark = Mark(**{name: row[name] for name in names})
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RunError(f"{place}: no mark with {', '.join(names)} ({error})") from error
    if not all(isinstance(each, str) for each in asdict(mark).values()):
        raise RunError(f"{place}: a mark holds texts only (got {line[:80]})")
    if mark.value and mark.value not in SCORES:
        raise RunError(f"{place}: {mark.value!r} is none of {', '.join(SCORES)}")
    return mark
