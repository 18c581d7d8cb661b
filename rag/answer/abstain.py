"""Whether the documents answer: a small fitted model over features that a person can check.

The features (answer/features.py) are combined by logistic regression, fitted and calibrated by
`bench/fit_abstain.py` on public sets with unanswerable questions and on the starter briefs; the
weights stand in `abstain.json` beside this file, with the two named points of caution: the
probabilities below which the documents are said not to answer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.answer.features import Features
from rag.settings import AnswerSettings


@dataclass(frozen=True, slots=True)
class Abstainer:
    """The fitted model: P(answered) = sigmoid(bias + sum of weight x feature)."""

    bias: float
    weights: Mapping[str, float]
    points: Mapping[str, float]  # probabilities, by name of a point of caution

    def support(self, features: Features) -> float:
        """Probability, 0 to 1, that the documents answer."""
        total = self.bias
        for name, value in asdict(features).items():
            total += self.weights[name] * value
        return 1 / (1 + math.exp(-total))

    def min_support(self, settings: AnswerSettings) -> float:
        """The probability below which the documents are said not to answer."""
        if settings.min_support is not None:
            return settings.min_support
        return self.points[settings.caution]


def open_abstainer() -> Abstainer:
    """The model that ships with the package."""
    stored = json.loads(Path(__file__).with_name("abstain.json").read_text(encoding="utf-8"))
    return Abstainer(stored["bias"], stored["weights"], stored["points"])
