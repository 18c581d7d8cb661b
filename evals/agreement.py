"""How far a judge agrees with people who marked the same answers by hand.

A judge's numbers are worth what this says: it is reported next to them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evals.statistics import DRAWS, Floats, resampled_interval

Mark = bool | float | str
Counts = NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)

_SEED = 0
_FEW = 2  # pairs, below which there is no interval
_SAME = {
    **dict.fromkeys(("yes", "y", "true", "full", "right", "1", "1.0"), "yes"),
    **dict.fromkeys(("part", "partly", "half", "0.5"), "part"),
    **dict.fromkeys(("no", "n", "false", "none", "wrong", "0", "0.0"), "no"),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `n` verdicts that have a mark too: how many agree, and how far beyond chance.

    `share` (0 to 1) agree; `kappa` is Cohen's, -1 to 1, 0 as by chance, with the ends `low` and
    `high` of its 95 % interval. What the marks leave undefined is None.
    """

    n: int
    share: float | None
    kappa: float | None
    low: float | None
    high: float | None


def agreement(verdicts: Mapping[Key, Mark | None], marks: Mapping[Key, Mark]) -> Agreement:
    """Agreement over the keys that both have; a verdict that is None (unscored) is left out.

    True, 1, "yes", "full" and "right" are one mark, so are 0.5, "part" and "partly", and so are
    False, 0, "no", "none" and "wrong"; any other text is itself, whatever its case. The interval is
    the bootstrap's over the marked items, as of every metric (evals/statistics.py); resamples that
    have no kappa are left out.
    """
    pairs = [
        (_label(verdict), _label(marks[key]))
        for key, verdict in verdicts.items()
        if verdict is not None and key in marks
    ]
    if not pairs:
        return Agreement(0, None, None, None, None)
    share = sum(ours == theirs for ours, theirs in pairs) / len(pairs)
    kappa = cohen_kappa(pairs)
    if kappa is None or len(pairs) < _FEW:
        return Agreement(len(pairs), share, kappa, None, None)
    low, high = _interval(_table(pairs))
    return Agreement(len(pairs), share, kappa, low, high)


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """(po - pe) / (1 - pe): agreement po beyond the agreement pe that is due to chance.

    pe is the sum over labels of the product of both raters' shares of that label (Cohen, A
    coefficient of agreement for nominal scales, Educational and Psychological Measurement 20,
    1960). -1 to 1, higher is better. None without pairs, and where both raters give one and the
    same label throughout: chance alone then agrees always, and nothing can be said. Where only one
    rater does, it is 0.
    """
    if not pairs:
        return None
    kappa = float(_kappas(_table(pairs)[None])[0])
    return None if np.isnan(kappa) else kappa


def _interval(table: Counts) -> tuple[float, float]:
    n = int(table.sum())
    rng = np.random.default_rng(_SEED)
    drawn = rng.multinomial(n, table.ravel() / n, size=DRAWS).reshape(DRAWS, *table.shape)
    kappas = _kappas(drawn)
    low, high = resampled_interval(kappas[~np.isnan(kappas)], n)
    return float(low), float(high)


def _table(pairs: Sequence[tuple[Hashable, Hashable]]) -> Counts:
    places: dict[Hashable, int] = {}
    for pair in pairs:
        for label in pair:
            places.setdefault(label, len(places))
    table = np.zeros((len(places), len(places)), dtype=np.int64)
    for ours, theirs in pairs:
        table[places[ours], places[theirs]] += 1
    return table


def _kappas(tables: Counts) -> Floats:
    """Of each table of counts, shape (tables, labels, labels); NaN where chance always agrees."""
    n = tables.sum(axis=(1, 2))
    seen = np.trace(tables, axis1=1, axis2=2) / n
    chance = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1) / n**2
    kappas = np.full(len(tables), np.nan)
    np.divide(seen - chance, 1 - chance, out=kappas, where=chance < 1)
    return kappas


def _label(mark: Mark) -> str:
    text = str(mark).strip().casefold()
    return _SAME.get(text, text)
