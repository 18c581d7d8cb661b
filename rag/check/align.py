"""The sentences of the evidence that a statement is nearest to, by words in common.

1. The words of a statement weigh by how few sentences of the evidence have them.
2. Sentences are ranked by the weight of the statement's words that they hold.
3. Three are chosen, each for what it adds to those before: between them they hold most of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from rag.check.words import sentences, stem, words

_CHOSEN = 3
_LONGEST = 60  # words of a sentence above which length counts against it


@dataclass(frozen=True, slots=True)
class Aligned:
    """A statement beside its evidence."""

    statement: str
    evidence: tuple[str, ...]  # its sentences, in order
    weights: dict[str, float]  # of the statement's words, by stem
    shares: tuple[float, ...]  # by sentence: share of the weights that it holds, 0 to 1
    ranked: tuple[int, ...]  # sentences by share, best first
    chosen: tuple[int, ...]  # sentences that hold most between them, best first

    def share(self, held: frozenset[str] | set[str]) -> float:
        """Share, 0 to 1, of the statement's words, by weight, that are among the stems `held`."""
        total = sum(self.weights.values())
        found = sum(weight for root, weight in self.weights.items() if root in held)
        return found / total if total else 0.0

    @property
    def nearby(self) -> list[int]:
        """The chosen sentences and the three best ranked."""
        return list(dict.fromkeys((*self.chosen, *self.ranked[:_CHOSEN])))

    def nearest(self, closeness: float) -> list[str]:
        """The best sentence and those whose share is near to its own, best first."""
        if not self.ranked:
            return []
        least = closeness * self.shares[self.ranked[0]]
        return [self.evidence[at] for at in self.ranked if self.shares[at] >= least]


def align(statement: str, evidence: str) -> Aligned:
    """The statement beside the sentences of `evidence`."""
    parts, held = _parts(evidence)
    wanted = dict.fromkeys(stems(statement))
    weights = {
        root: math.log(1 + (len(parts) + 1) / (0.5 + sum(root in each for each in held)))
        for root in wanted
    }
    aligned = Aligned(statement, parts, weights, (), (), ())
    shares = tuple(aligned.share(each) for each in held)
    ranked = sorted(
        range(len(parts)), key=lambda at: (-shares[at] + 1e-4 * min(len(held[at]), _LONGEST), at)
    )
    chosen: list[int] = []
    covered: set[str] = set()
    while len(chosen) < min(_CHOSEN, len(parts)):
        rest = [at for at in ranked if at not in chosen]
        best = max(rest, key=lambda at: aligned.share(covered | held[at]))
        chosen.append(best)
        covered |= held[best]
    return Aligned(statement, parts, weights, shares, tuple(ranked), tuple(chosen))


@lru_cache(maxsize=2_000)
def _parts(evidence: str) -> tuple[tuple[str, ...], tuple[frozenset[str], ...]]:
    parts = tuple(sentences(evidence))
    return parts, tuple(stems(each) for each in parts)


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """The words of `text` without inflection and stop words."""
    return frozenset(filter(None, (stem(word.text) for word in words(text))))
