"""How a metric is declared, and the scores of a run: one value a case, metric and system.

A metric scores one case by itself; a set metric only a whole set of cases (a curve, an area). Both
give None where they do not apply; None is on record and out of every mean, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals.outcomes import Outcome
from evals.suite import Case

CaseScore = Callable[[Case, Outcome], float | None]
Pairs = Sequence[tuple[Case, Outcome]]
SetScore = Callable[[Pairs], float | None]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of single cases; the mean over the cases to which it applies is its value."""

    name: str
    score: CaseScore
    modes: frozenset[str]  # of suites that report it unless they name their metrics
    higher_is_better: bool = True
    is_yes_no: bool = False  # every score is 0 or 1: McNemar's test applies
    unit: str = ""  # "ms", "MB", "tokens"; empty for shares and the like
    is_gated: bool = True  # whether a significant change for the worse is refused by default

    @property
    def definition(self) -> str:
        """What it measures, with its source: the docstring of its function."""
        return " ".join((self.score.__doc__ or "").split())


@dataclass(frozen=True, slots=True)
class SetMetric:
    """A metric of a whole set of cases."""

    name: str
    score: SetScore
    modes: frozenset[str]
    higher_is_better: bool = True
    is_gated: bool = True

    @property
    def definition(self) -> str:
        """What it measures, with its source: the docstring of its function."""
        return " ".join((self.score.__doc__ or "").split())
