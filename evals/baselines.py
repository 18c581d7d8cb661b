"""Baselines: what a system scored when it was last good, small enough to be committed.

    BASELINES/NAME/SUITE/run.json      the suite, what the run was made from, the metrics' values
    BASELINES/NAME/SUITE/scores.jsonl  a row a case: its words, a hash of context, filters and gold,
                                       scores, status, and what was cited

Equal input gives equal bytes: rows are sorted, numbers have six decimals, and what varies by
machine or moment (latency, memory, tokens: metrics that are not gated) is left out.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.compare import Scored, given_hash, metric_value
from evals.errors import RunError
from evals.outcomes import CitationRow, Outcome
from evals.scores import Metric, SetMetric
from evals.suite import Case, first_line
from rag.render import without_controls

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DECIMALS = 6
_QUOTE_CHARS = 80
_RUN, _SCORES = "run.json", "scores.jsonl"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The baseline of one suite; `scored` has slim outcomes, enough to compare and to show."""

    name: str
    suite: str
    about: Mapping[str, str]
    values: Mapping[str, float]  # by metric
    scored: Scored


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Head(_Strict):
    suite: str
    cases: int
    about: dict[str, str]
    values: dict[str, float]
    scores_sha256: str


class _Cited(_Strict):
    document_id: str
    page: int | None = None
    quote: str


class _Row(_Strict):
    case_id: str
    question: str = ""
    claim: str = ""
    history: tuple[str, ...] = ()
    given: str  # hash of context, filters and gold
    system: str
    status: str = ""
    claim_score: float | None = None
    scores: dict[str, float | None]
    cited: tuple[_Cited, ...] = ()


def set_baseline(
    name: str,
    scored: Scored,
    metrics: Sequence[Metric | SetMetric],
    folder: Path,
    about: Mapping[str, str],
) -> Path:
    """Writes the baseline `name` of the run's suite below `folder`; its own folder comes back.

    `about` says what the run was made from (code version, hashes), not when or where. Another
    baseline of that name and suite is replaced. Raises RunError where the name cannot be one, the
    run has no cases or cases that could not be asked, or the files cannot be written.
    """
    place = folder / _checked(name) / _checked(scored.suite)
    failed = [case.id for case, outcome in scored.pairs if outcome.error]
    if failed or not scored.pairs:
        why = f"case {failed[0]} could not be asked" if failed else "it has no cases"
        raise RunError(f"{scored.name} cannot be a baseline: {why}; run the suite again")
    kept = [each for each in metrics if each.is_gated]
    rows = "".join(sorted(_row(case, outcome, scored, kept) for case, outcome in scored.pairs))
    values = {each.name: _rounded(metric_value(each, scored)) for each in kept}
    head = _Head(
        suite=scored.suite,
        cases=len(scored.pairs),
        about=dict(about),
        values={each: value for each, value in values.items() if value is not None},
        scores_sha256=_sha256(rows),
    )
    try:
        place.mkdir(parents=True, exist_ok=True)
        _replace(place / _SCORES, rows)
        _replace(place / _RUN, json.dumps(head.model_dump(), indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise RunError(f"baseline {name} cannot be written to {place}: {error.strerror}") from error
    return place


def read_baseline(name: str, folders: Sequence[Path]) -> dict[str, Baseline]:
    """The baseline `name` by suite; a later folder wins over an earlier one.

    Raises RunError where no folder has one, with those known, or where one is broken.
    """
    _checked(name)
    places = [place for folder in folders for place in sorted((folder / name).glob(f"*/{_RUN}"))]
    if not places:
        known = sorted(
            {each.parts[-3] for folder in folders for each in folder.glob(f"*/*/{_RUN}")}
        )
        raise RunError(
            f"no baseline {name!r}; known: {', '.join(known) or 'none'}; "
            f"'verse eval baseline set' stores one"
        )
    return {found.suite: found for found in (_read(name, place.parent) for place in places)}


def list_baselines(folders: Sequence[Path]) -> dict[str, list[str]]:
    """The suites of every baseline in `folders` by its name, both in order."""
    places = {head.parts[-3:-1] for each in folders for head in each.glob(f"*/*/{_RUN}")}
    found: dict[str, list[str]] = {}
    for name, suite in sorted(places):
        found.setdefault(name, []).append(suite)
    return found


def _read(name: str, place: Path) -> Baseline:
    try:
        head = _Head.model_validate_json((place / _RUN).read_text(encoding="utf-8"))
        text = (place / _SCORES).read_text(encoding="utf-8")
        rows = [_Row.model_validate_json(line) for line in text.split("\n") if line]
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"baseline {name} cannot be read from {place}: {error}") from error
    except ValidationError as error:
        raise RunError(
            f"baseline {name} in {place} is broken: {first_line(error)}; set the baseline again"
        ) from error
    if _sha256(text) != head.scores_sha256:
        raise RunError(
            f"baseline {name}: {place / _SCORES} is not the file that {_RUN} was written with; "
            f"set the baseline again"
        )
    pairs = tuple((_case(row), _outcome(row)) for row in rows)
    scores = {row.case_id: row.scores for row in rows}
    given = {row.case_id: row.given for row in rows}
    scored = Scored(f"baseline {name}", head.suite, pairs, scores, is_slim=True, given=given)
    return Baseline(name, head.suite, head.about, head.values, scored)


def _row(
    case: Case, outcome: Outcome, scored: Scored, metrics: Sequence[Metric | SetMetric]
) -> str:
    given = scored.scores.get(case.id, {})
    row = _Row(
        case_id=case.id,
        question=case.question,
        claim=case.claim,
        history=case.history,
        given=given_hash(case),
        system=outcome.system,
        status=outcome.status,
        claim_score=_rounded(outcome.claim_score),
        scores={each.name: _rounded(given[each.name]) for each in metrics if each.name in given},
        cited=tuple(_cited(each) for each in outcome.citations),
    )
    kept: dict[str, Any] = row.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) + "\n"


def _cited(citation: CitationRow) -> _Cited:
    quote = without_controls(citation.quote)[:_QUOTE_CHARS]
    return _Cited(document_id=citation.document_id, page=citation.page, quote=quote)


def _case(row: _Row) -> Case:
    return Case(id=row.case_id, question=row.question, claim=row.claim, history=row.history)


def _outcome(row: _Row) -> Outcome:
    citations = tuple(CitationRow(**each.model_dump()) for each in row.cited)
    return Outcome(
        case_id=row.case_id,
        system=row.system,
        question=row.question,
        status=row.status,
        claim_score=row.claim_score,
        citations=citations,
    )


def _rounded(value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    return round(value, _DECIMALS) + 0.0  # never -0.0


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise RunError(
            f"a baseline cannot be called {name!r}; use up to 64 of a-z, 0-9, '.', '_', '-', "
            f"first a letter or digit"
        )
    return name


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _replace(path: Path, text: str) -> None:
    """Writes beside and then replaces, so that the file is never half written."""
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)
