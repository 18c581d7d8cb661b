"""All metrics by name: how one is added, how it is found, how cases are scored with it.

A metric is a function of case and outcome with its definition and source in its docstring, under
one line that registers it; a further module of metrics is named in `evals/metrics/__init__.py`:

    @metric("cited", modes="answer conversation", is_yes_no=True)
    def cited(case: Case, outcome: Outcome) -> float | None:
        \"\"\"Whether ...\"\"\"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Protocol, TypedDict, Unpack

from evals.errors import SuiteError
from evals.outcomes import Outcome
from evals.scores import CaseScore, Metric, Pairs, SetMetric, SetScore
from evals.suite import Case

METRICS: dict[str, Metric] = {}
SET_METRICS: dict[str, SetMetric] = {}

_DEPTH = re.compile(r"[1-9]\d{0,3}")
_JUDGED = "judged:"
_SHOWN_DEPTH = 10


class SetTraits(TypedDict, total=False):
    """What may be said of a metric of sets; the defaults stand in `evals.scores`."""

    higher_is_better: bool
    is_gated: bool


class Traits(SetTraits, total=False):
    """What may be said of a metric of cases; the defaults stand in `evals.scores`."""

    is_yes_no: bool
    unit: str


class DepthScore(Protocol):
    """A score that looks at the first `depth` hits only."""

    def __call__(self, case: Case, outcome: Outcome, depth: int) -> float | None:
        """The score of a case, or None where it does not apply."""


_AT_DEPTH: dict[str, Callable[[int], Metric]] = {}


def metric(
    name: str, modes: str = "", **traits: Unpack[Traits]
) -> Callable[[CaseScore], CaseScore]:
    """Registers a function as the metric `name`, reported by suites of `modes` (set apart by
    spaces) unless they name their metrics."""

    def register(score: CaseScore) -> CaseScore:
        METRICS[_free(name)] = Metric(name, score, frozenset(modes.split()), **traits)
        return score

    return register


def depth_metric(
    base: str, modes: Mapping[int, str], **traits: Unpack[Traits]
) -> Callable[[DepthScore], DepthScore]:
    """Registers a function as the metrics `base@depth`: those of the depths in `modes` are
    reported by suites of these modes, any other depth can be asked for by name."""

    def register(score: DepthScore) -> DepthScore:
        def at(depth: int) -> Metric:
            scored = partial(score, depth=depth)
            scored.__doc__ = score.__doc__
            kinds = frozenset(modes.get(depth, "").split())
            return Metric(f"{base}@{depth}", scored, kinds, **traits)

        _AT_DEPTH[base] = at
        METRICS.update({_free(f"{base}@{depth}"): at(depth) for depth in modes})
        return score

    return register


def set_metric(
    name: str, modes: str = "", **traits: Unpack[SetTraits]
) -> Callable[[SetScore], SetScore]:
    """Registers a function of all cases and outcomes as the metric `name`."""

    def register(score: SetScore) -> SetScore:
        SET_METRICS[_free(name)] = SetMetric(name, score, frozenset(modes.split()), **traits)
        return score

    return register


def metrics_for(mode: str, names: Sequence[str] = ()) -> list[Metric | SetMetric]:
    """The metrics called `names`, in that order; where none are named, those of the mode, costs
    (which have a unit) last.

    Beside the registered names `<base>@<depth>` is known for every depth from 1 to 9999, and
    `judged:<name>` for every verdict of a judge. Raises SuiteError with the names that are known.
    """
    if names:
        return [_find_metric(name) for name in names]
    registered: list[Metric | SetMetric] = [each for each in METRICS.values() if not each.unit]
    registered += SET_METRICS.values()
    registered += [each for each in METRICS.values() if each.unit]
    return [each for each in registered if mode in each.modes]


def score_case(
    case: Case, outcome: Outcome, metrics: Iterable[Metric | SetMetric]
) -> dict[str, float | None]:
    """The scores of one case by the name of the metric, those of sets left out."""
    return {each.name: each.score(case, outcome) for each in metrics if isinstance(each, Metric)}


def score_set(pairs: Pairs, metrics: Iterable[Metric | SetMetric]) -> dict[str, float | None]:
    """The scores of one system's whole set by the name of the metric, those of cases left out."""
    return {each.name: each.score(pairs) for each in metrics if isinstance(each, SetMetric)}


def mean_of(values: Iterable[float | None]) -> float | None:
    """The mean of the values that are there, or None where there are none."""
    there = [each for each in values if each is not None]
    return fmean(there) if there else None


def _find_metric(name: str) -> Metric | SetMetric:
    base, _, depth = name.partition("@")
    found = METRICS.get(name) or SET_METRICS.get(name)
    if found:
        return found
    if base in _AT_DEPTH and _DEPTH.fullmatch(depth):
        return _AT_DEPTH[base](int(depth))
    if name.startswith(_JUDGED) and name != _JUDGED:
        score = partial(_judged, name=name.removeprefix(_JUDGED))
        score.__doc__ = _judged.__doc__
        return Metric(name, score, frozenset(), is_gated=False)
    known = [*METRICS, *SET_METRICS, *(f"{each}@K" for each in _AT_DEPTH), f"{_JUDGED}NAME"]
    raise SuiteError(f"no metric {name!r}; known: {', '.join(known)}")


def _judged(case: Case, outcome: Outcome, name: str) -> float | None:
    """The verdict of a judge, 0 to 1, as it was observed in the run; see the judge's prompt."""
    return outcome.observed.judged.get(name)


def _free(name: str) -> str:
    if name in METRICS or name in SET_METRICS:
        raise ValueError(f"a metric {name!r} is registered already; give this one another name")
    return name


def all_metrics() -> list[Metric | SetMetric]:
    """Every metric that is registered; those with a depth once, at the depth they are known by."""
    found: list[Metric | SetMetric] = [make(_SHOWN_DEPTH) for make in _AT_DEPTH.values()]
    by_name = {each.name: each for each in (*found, *METRICS.values(), *SET_METRICS.values())}
    return [by_name[name] for name in sorted(by_name)]
