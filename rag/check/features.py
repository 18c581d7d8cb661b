"""How likely evidence carries a statement: a small fitted model over features anyone can check.

The features, 0 to 1 (the last three: yes or no), all "higher speaks for support":

1. `likeness`: mean, over its word pieces that are no stop words or signs, of the cosine with the
   most similar word piece of the nearest sentences (MaxSim: Khattab and Zaharia, ColBERT, 2020).
2. `exact`: its numbers, dates and names are all borne out.
3. `polarity`: nothing in it is turned round or opposed.
4. `modality`: it is no firmer than its evidence.

Tried beside these, and of no use on sets that they were not fitted on: the share of words held,
pairs and runs of words, the cosine of whole sentences, the least similar word pieces, likeness by
rarity, shares of numbers and names, lengths, and forests of trees in the place of regression.

They are combined by logistic regression, fitted by `bench/fit_check.py`; the weights stand in
`check.json` beside this file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rag.check.align import Aligned, stems
from rag.check.findings import Finding
from rag.ports import TokenVectors


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for support; see the module's docstring for each."""

    likeness: float
    exact: float
    polarity: float
    modality: float


@dataclass(frozen=True, slots=True)
class SupportModel:
    """The fitted model: P(carried) = sigmoid(bias + sum of weight x feature)."""

    bias: float
    weights: Mapping[str, float]

    def support(self, features: Features) -> float:
        """Probability, 0 to 1, that the evidence carries the statement."""
        values = asdict(features).items()
        return 1 / (1 + math.exp(-self.bias - sum(self.weights[name] * v for name, v in values)))


def open_support_model() -> SupportModel:
    """The model that ships with the package."""
    stored = json.loads(Path(__file__).with_name("check.json").read_text(encoding="utf-8"))
    return SupportModel(bias=stored["bias"], weights=stored["weights"])


def weigh(
    aligned: Aligned,
    findings: Sequence[Finding],
    statement: TokenVectors,
    evidence: Sequence[TokenVectors],
) -> Features:
    """The features of a statement; `evidence` has the sentences that were encoded, at least one."""
    kinds = {finding.kind for finding in findings}
    return Features(
        likeness=_likeness(aligned.statement, statement, evidence),
        exact=float(kinds.isdisjoint(("number", "date", "name"))),
        polarity=float("negation" not in kinds),
        modality=float("modality" not in kinds),
    )


def _likeness(text: str, statement: TokenVectors, evidence: Sequence[TokenVectors]) -> float:
    pieces = np.concatenate([each.tokens for each in evidence])
    if not len(pieces) or not len(statement.tokens):
        return 0.0
    best = (statement.tokens @ pieces.T).max(axis=1)
    telling = [bool(stems(text[start:end])) for start, end in statement.spans]
    return float(best[telling].mean() if any(telling) else best.mean())
