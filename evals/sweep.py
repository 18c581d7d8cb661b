"""A sweep: a grid of settings tried on one suite, the worse ones dropped early.

Successive halving (Jamieson & Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter
Optimization, AISTATS 2016):

1. Every point of the grid, and the present settings, is asked a random sample of the cases.
2. The best 1/eta by the metric go on (of equals the faster) and are asked eta times as many cases.
   A later sample holds the earlier one, so no case is asked twice; the present settings go on
   always.
3. The last round is the whole suite: who reaches it is judged (`evals.swept`).

Each point and round is a run of its own, of the cases that are new in that round; a run that is
there is not made again, so a sweep that was cut off goes on where it stopped.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from evals.cases import read_cases
from evals.errors import SuiteError
from evals.libraries import Progress
from evals.metrics import metrics_for
from evals.runner import Options, run_suite, settings_for
from evals.scores import SetMetric
from evals.suite import Overlay, SuiteFile, first_line
from evals.swept import Entry, Measures, Point, Swept, Value, changes_text, judge_entries
from rag.errors import SettingsError
from rag.settings import Settings, overlay

RUNS = "sweeps"  # the folder of a sweep's runs, apart from those that people ask for
_WORTH = 1.5  # a round is left out if the whole suite is not so many times as large
_MOST = 1000  # points of a grid


def _by_setting(value: object) -> object:
    """The grid with every key in full, however its file nests it."""
    if not isinstance(value, Mapping):
        return value
    flat: dict[str, object] = {}
    for key, held in value.items():
        inner = held if isinstance(held, Mapping) else {}
        flat |= {f"{key}.{name}": each for name, each in inner.items()} or {key: held}
    return flat


_Values = Annotated[tuple[Value, ...], Field(min_length=1)]
_Grid = Annotated[dict[str, _Values], BeforeValidator(_by_setting), Field(min_length=1)]


class Sweep(BaseModel):
    """A sweep as its file declares it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    suite: str
    metric: str
    latency: str = "total_ms"
    grid: _Grid  # values by setting, as "retrieval.top_k"
    eta: Literal[2, 3] = 2  # one in so many goes on
    start: int = Field(default=32, ge=1)  # cases of the first round
    seed: int = Field(default=0, ge=0)  # of the sample, and of the tests
    workers: int = Field(default=1, ge=1, le=64)  # processes; with several, times are longer

    def points(self) -> Iterator[Point]:
        """Every combination of the values of the grid, the last setting changing fastest."""
        for values in product(*self.grid.values()):
            yield dict(zip(self.grid, values, strict=True))


@dataclass(slots=True)
class _Contest:
    """What all rounds of a sweep share."""

    sweep: Sweep
    file: SuiteFile
    settings: Settings
    folder: Path
    progress: Progress
    questions: int = 0  # in all
    asked: int = 0

    def ask(self, entry: Entry, case_ids: Sequence[str]) -> None:
        """Asks one configuration the cases that are new in a round."""
        system = _system(self.file)
        options = Options(
            workers=self.sweep.workers,
            systems=(system,),
            changes=_as_overlay(entry.changes),
            cases=tuple(case_ids),
            metrics=(self.sweep.metric, self.sweep.latency),
            runs=RUNS,
            reuse_since="",
        )
        label = f"round {entry.round + 1}: {changes_text(entry.changes)}"

        def advance(done: int, total: int, what: str) -> None:
            if what == system:
                self.progress(self.asked + done, self.questions, label)
            else:
                self.progress(-1, 0, what)  # of a library that is made

        run = run_suite(self.file, self.settings, options, self.folder, advance)
        entry.add(run.pairs(system))
        self.asked += len(case_ids)
        self.progress(self.asked, self.questions, label)


def read_sweep(path: Path) -> Sweep:
    """The sweep in a TOML file; raises SuiteError naming a key or a setting that is wrong."""
    try:
        sweep = Sweep.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SuiteError(f"sweep {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SuiteError(f"sweep {path} is no TOML: {error}") from error
    except ValidationError as error:
        raise SuiteError(f"sweep {path}: {first_line(error)}") from error
    count = math.prod(map(len, sweep.grid.values()))
    if count > _MOST:
        raise SuiteError(f"sweep {path}: the grid has {count} points; at most {_MOST} are tried")
    defaults = Settings.model_construct()  # neither file nor environment: names and ranges count
    for name, values in sweep.grid.items():
        for value in values:
            try:
                overlay(defaults, _as_overlay({name: value}))
            except SettingsError as error:
                raise SuiteError(f"sweep {path}: {error}") from error
    return sweep


def run_sweep(
    sweep: Sweep, file: SuiteFile, settings: Settings, folder: Path, progress: Progress
) -> Swept:
    """Tries the grid on the suite, its runs kept in `folder`; goes on with one that was cut off.

    Raises SuiteError, SettingsError or another VerseError where it cannot be run.
    """
    measures = _measures(sweep, file)
    challengers = _challengers(sweep, file, settings, measures)
    present = Entry({}, measures)
    entries = [present, *challengers]
    case_ids = [case.id for case in read_cases(file)]
    Random(sweep.seed).shuffle(case_ids)
    rounds = round_sizes(len(case_ids), sweep.start, sweep.eta)
    contest = _Contest(sweep, file, settings, folder, progress)
    contest.questions = _count_questions(rounds, len(challengers), sweep.eta)
    for before, size in pairwise((0, *rounds)):
        for entry in (present, *challengers):
            contest.ask(entry, case_ids[before:size])
        if all(entry.quality is None for entry in (present, *challengers)):
            raise SuiteError(
                f"sweep {sweep.name}: {sweep.metric} applies to none of the first {size} cases of "
                f"{file.suite.name}; raise 'start', or name another metric"
            )
        going_on = math.ceil(len(challengers) / sweep.eta)
        challengers = sorted(challengers, key=lambda each: each.order)[:going_on]
    title = file.suite.title or file.suite.name
    return Swept(sweep.name, title, measures, rounds, judge_entries(entries, sweep.seed))


def round_sizes(cases: int, start: int, eta: int) -> tuple[int, ...]:
    """How many cases have been asked by the end of each round; the last number is all of them."""
    sizes = []
    while start * _WORTH <= cases:
        sizes.append(start)
        start *= eta
    return (*sizes, cases)


def _count_questions(rounds: Sequence[int], challengers: int, eta: int) -> int:
    total = 0
    for before, size in pairwise((0, *rounds)):
        total += (challengers + 1) * (size - before)
        challengers = math.ceil(challengers / eta)
    return total


def _measures(sweep: Sweep, file: SuiteFile) -> Measures:
    quality, latency = metrics_for(file.suite.mode, (sweep.metric, sweep.latency))
    if isinstance(latency, SetMetric):
        raise SuiteError(
            f"sweep {sweep.name}: latency {latency.name!r} is a metric of whole sets; name one of "
            f"single cases, as total_ms"
        )
    return Measures(quality, latency)


def _challengers(
    sweep: Sweep, file: SuiteFile, settings: Settings, measures: Measures
) -> list[Entry]:
    """The points of the grid that are not the present settings, each once, by what they change."""
    present = settings_for(file, settings, _system(file), {})
    found: dict[str, Entry] = {}
    for point in sweep.points():
        tuned = overlay(present, _as_overlay(point))
        values = {name: (_setting(tuned, name), _setting(present, name)) for name in point}
        changes = {name: new for name, (new, old) in values.items() if new != old}
        if changes:
            found.setdefault(changes_text(changes), Entry(changes, measures))
    if not found:
        raise SuiteError(f"sweep {sweep.name}: the grid holds nothing but the present settings")
    return list(found.values())


def _setting(settings: Settings, name: str) -> Value:
    group, _, key = name.partition(".")
    value: Value = getattr(getattr(settings, group), key)
    return value


def _as_overlay(changes: Mapping[str, Value]) -> Overlay:
    nested: Overlay = {}
    for name, value in changes.items():
        group, _, key = name.partition(".")
        nested.setdefault(group, {})[key] = value
    return nested


def _system(file: SuiteFile) -> str:
    """The system whose settings are tried: the engine, where the suite has it."""
    return "ours" if "ours" in file.suite.systems else file.suite.systems[0]
