"""What a system gave for a case, as a run keeps it, and what was observed about it.

An outcome is a row of `verse search --json` or `verse ask --json` (docs/json.md) with the name of
the case and of the system; so what any system prints in that shape can be scored. Observations are
all that needs the library, a model or a second reader; they are made once, in a run, so that every
metric is a pure function of case and outcome.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from evals.errors import RunError
from evals.suite import first_line


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class HitRow(_Row):
    """A passage that was found; hits are in order of their rank."""

    document_id: str
    text: str = ""
    passage_id: str = ""
    rank: int = 0
    score: float = 0.0
    title: str = ""
    section: str = ""
    page: int | None = None
    page_label: str | None = None
    start: int = 0
    end: int = 0


class NoteRow(_Row):
    """A note on which a quote rests; `works` name the works that it means by "ibid."."""

    label: str = ""
    text: str = ""
    works: tuple[str, ...] = ()


class CitationRow(_Row):
    """A citation with its quote and its place."""

    document_id: str
    quote: str
    n: int = 0
    passage_id: str = ""
    title: str = ""
    section: str = ""
    page: int | None = None
    page_label: str | None = None
    paragraph: str = ""
    start: int = 0
    end: int = 0
    notes: tuple[NoteRow, ...] = ()
    note: str = ""


class StatementRow(_Row):
    """One thing that the answer says, with the numbers `n` of its citations."""

    text: str
    part: str = ""
    citations: tuple[int, ...] = ()


class Support(_Row):
    """How far citations carry a statement, by the checker: probabilities, 0 to 1."""

    together: float  # by all its citations as one text
    alone: tuple[float, ...] = ()  # by each citation, in the statement's order
    without: tuple[float, ...] = ()  # by all the others; 0 where there are none


class Observed(_Row):
    """What was observed about an outcome; None or empty where it was not looked at."""

    verbatim: tuple[bool, ...] = ()  # by citation: the quote is the stored text at its offsets
    spoken: tuple[bool, ...] = ()  # by statement: made of its quotes' own words, none changed
    pages: tuple[bool | None, ...] = ()  # by citation: a second reader finds it on that page
    support: tuple[Support, ...] = ()  # by statement
    nuggets: tuple[float, ...] = ()  # by nugget of the case: similarity to the nearest statement
    judged_nuggets: tuple[bool | None, ...] = ()  # by nugget: held, by a judge
    judged: dict[str, float] = {}  # further verdicts of judges, by the metric's name
    stays: tuple[bool, ...] = ()  # by statement: said again without the passages that it cites
    again: tuple[float, ...] = ()  # by way of asking the same: share of the citations in common
    judge_cost: dict[str, int] = {}  # requests, tokens and unscored verdicts of judges
    steered: bool | None = None  # of an injection case, where more than its words is looked at


class Outcome(_Row):
    """What one system gave for one case."""

    case_id: str = Field(validation_alias=AliasChoices("case_id", "id"))
    system: str = "ours"
    question: str = ""
    status: str = ""  # of an answer (docs/json.md); empty where only passages were asked for
    text: str = ""
    hits: tuple[HitRow, ...] | None = None  # None: no passages were asked for
    statements: tuple[StatementRow, ...] = ()
    citations: tuple[CitationRow, ...] = ()
    unanswered: tuple[str, ...] = ()  # parts of the question
    support: float | None = None  # probability, 0 to 1, that the documents answer
    claim_score: float | None = None  # of a claim: probability, 0 to 1, that it is carried
    timings_ms: dict[str, float] = {}
    tokens: dict[str, int] = {}  # "prompt" and "completion", where a model was used
    peak_memory_mb: float | None = None  # of the process, when the case was done
    error: str = ""  # the one line, where the case could not be asked
    observed: Observed = Observed()

    @property
    def is_answer(self) -> bool:
        """Whether an answer was asked for, and not passages only."""
        return bool(self.status)

    @property
    def is_refusal(self) -> bool:
        """Whether the answer is that the documents do not say, or are not what was asked."""
        return self.status in ("not_in_documents", "not_a_question")


def read_outcomes(path: Path) -> list[Outcome]:
    """The rows of a file, in order; raises RunError naming the line that cannot be read."""
    return [each for _, each in _rows(path)]


def write_outcomes(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Writes one row an outcome; the file is replaced whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text("".join(outcome_line(each) for each in outcomes), encoding="utf-8")
    beside.replace(path)


def outcome_line(outcome: Outcome) -> str:
    """The outcome as one line of JSON, without what is not set."""
    row = outcome.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(row, ensure_ascii=False) + "\n"


def _rows(path: Path) -> Iterator[tuple[int, Outcome]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"outcomes cannot be read from {path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, Outcome.model_validate_json(line)
        except ValidationError as error:
            raise RunError(f"{path}, line {number}: {first_line(error)}") from error
