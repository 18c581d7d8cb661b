"""Whose verdicts the scores of a run rest on, and two runs compared with that made plain.

Nuggets, answers and the support of statements are what a person, a judge, the encoder or the
checker says of an outcome. Where two runs were judged by different ones, a difference may be theirs
and not the engine's: marks count only on what is marked in both runs, and all else is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from evals.compare import Comparison, compare_runs
from evals.marks import Mark
from evals.outcomes import Outcome
from evals.run import Run
from evals.summary import scored

_PROMPTS_SHOWN = 6  # hexadecimal digits that tell the prompts of two judges apart
Thing = tuple[str, str]  # case id, field


@dataclass(frozen=True, slots=True)
class Side:
    """One system of a run that is compared; the one the run is about where none is named."""

    run: Run
    system: str = ""

    @property
    def marks(self) -> list[Mark]:
        """What people marked of that system."""
        chosen = self.run.system(self.system)
        return [each for each in self.run.marks if each.value and each.system == chosen]

    @property
    def marked(self) -> set[Thing]:
        """What is marked of it."""
        return {(each.case_id, each.field) for each in self.marks}

    @property
    def outcomes(self) -> list[Outcome]:
        """Its outcomes, without the marks."""
        return [outcome for _, outcome in self.run.raw_pairs(self.system)]


def compare_sides(
    base: Side, new: Side, names: Sequence[str] = (), seed: int = 0
) -> tuple[Comparison, str]:
    """Two systems of runs by the metrics of those names (of none: by the second run's), and in one
    line how they were judged differently, empty if they were not.

    Raises RunError where they cannot be compared (`compare_runs`).
    """
    names = names or tuple(each.name for each in new.run.metrics())
    shared = base.marked & new.marked
    before, now = (
        scored(side.run, side.system, names, [m for m in side.marks if _thing(m) in shared])
        for side in (base, new)
    )
    found = compare_runs(before, now, new.run.metrics(names), seed)
    told = "; ".join(_differences(base, new, before.name, now.name))
    if told:
        told = f"Judged differently, which may be all that changed: {told}."
    return found, told


def made_differently(base: Side, new: Side) -> str:
    """What the two were made by that differs (settings, code, index), and how many answers have
    other words, as one line; empty where nothing differs."""
    before, now = (
        _flat(each.run.manifest.settings.get(each.run.system(each.system), {}))
        for each in (base, new)
    )
    told = [
        f"{name} {before.get(name)} -> {now.get(name)}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
    first, second = base.run.manifest, new.run.manifest
    if first.code.get("sha256") != second.code.get("sha256"):
        told.append("other code")
    if first.index.get(base.run.system(base.system)) != second.index.get(
        new.run.system(new.system)
    ):
        told.append("another index")
    said = {each.case_id: each.text for each in base.outcomes}
    changed = [each.case_id for each in new.outcomes if said.get(each.case_id) != each.text]
    words = f"{len(changed)} of {len(new.outcomes)} answers have other words" if changed else ""
    return "; ".join(filter(None, (", ".join(told), words)))


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, object]:
    """Settings by their dotted names."""
    found: dict[str, object] = {}
    for name, value in values.items():
        inner = isinstance(value, Mapping)
        found |= _flat(value, f"{before}{name}.") if inner else {f"{before}{name}": value}
    return found


def sources(side: Side) -> dict[str, str]:
    """Who judged nuggets, answers and support, as far as anybody did; marks aside."""
    observed = [each.observed for each in side.outcomes]
    encoder = f"the encoder {_setting(side, 'embedding')}"
    checker, found = _setting(side, "check"), {}
    if any(each is not None for seen in observed for each in seen.judged_nuggets):
        found["nuggets"] = _judge(side.run)
    elif any(seen.nuggets for seen in observed):
        found["nuggets"] = encoder
    if any(seen.judged for seen in observed):
        found["answers"] = _judge(side.run)
    if any(seen.support for seen in observed):
        built_in = f"the built-in checker with {encoder}"
        found["support"] = f"the checker {checker}" if checker else built_in
    return found


def _differences(base: Side, new: Side, base_name: str, new_name: str) -> Iterator[str]:
    before, now = sources(base), sources(new)
    for what, source in before.items():
        if now.get(what, source) != source:
            yield f"{what} by {source} in {base_name}, by {now[what]} in {new_name}"
    shared = base.marked & new.marked
    if base.marked != new.marked:
        counted = f"only the {len(shared)} on the same things count" if shared else "none count"
        yield (
            f"marks by hand: {len(base.marked)} in {base_name}, {len(new.marked)} in {new_name}, "
            f"of which {counted}"
        )


def _thing(mark: Mark) -> Thing:
    return mark.case_id, mark.field


def _judge(run: Run) -> str:
    """The judge by its model and its prompts, other prompts being another judge."""
    prompts = repr(sorted(run.manifest.prompts.items()))
    digest = sha256(prompts.encode()).hexdigest()[:_PROMPTS_SHOWN]
    return f"the judge {run.manifest.judge.get('model', '(unnamed)')} (prompts {digest})"


def _setting(side: Side, group: str) -> str:
    """The name of the model that a system was set to use, of a path its last part."""
    settings = side.run.manifest.settings.get(side.run.system(side.system), {})
    values = settings.get(group, {}) if isinstance(settings, Mapping) else {}
    return Path(str(values.get("model", ""))).name
