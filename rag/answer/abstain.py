"""Whether the documents answer: a small fitted model over features that a person can check.

The features of a question part and its evidence, all "higher speaks for an answer":

1. `passage_score`: the fused score of the best passage (rag/retrieve.py), about 0 to 1.
2. `coverage`: share of the question's words that the best unit and its context hold, by rarity.
3. `names`: share of the names, years and numbers asked about that one of the best units and its
   context hold; 1 if none are asked about.
4. `known`: share of the question's words, by rarity, that the best passages hold between them.

They are combined by logistic regression, fitted by `bench/fit_abstain.py` on public sets with
unanswerable questions; the weights stand in `abstain.json` beside this file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.answer.evidence import Evidence, word_roots
from rag.records import Hit

_BEST = 5  # units, from the best, in which the features are looked for
_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w’'-]*|\b\d[\d.,/-]*\w*")
_NAME_ROOT = 4  # "Sweden" and "Swedish" are one name here


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for an answer; see the module's docstring for each."""

    passage_score: float = 0.0
    coverage: float = 0.0
    names: float = 0.0
    known: float = 0.0


@dataclass(frozen=True, slots=True)
class Abstainer:
    """The fitted model: P(answered) = sigmoid(bias + sum of weight x feature)."""

    bias: float
    weights: Mapping[str, float]

    def support(self, features: Features) -> float:
        """Probability, 0 to 1, that the documents answer."""
        total = self.bias
        for name, value in asdict(features).items():
            total += self.weights[name] * value
        return 1 / (1 + math.exp(-total))


def open_abstainer() -> Abstainer:
    """The model that ships with the package."""
    stored = json.loads(Path(__file__).with_name("abstain.json").read_text(encoding="utf-8"))
    return Abstainer(bias=stored["bias"], weights=stored["weights"])


def features(
    question: str,
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
    weights: Mapping[str, float],
) -> Features:
    """Features of one part of a question; `weights` has the question's words, by root."""
    if not evidence:
        return Features()
    best = evidence[:_BEST]
    held = set[str]().union(*(word_roots(_around(each) + each.passage.text) for each in best))
    total = sum(weights.values())
    known = sum(weight for root, weight in weights.items() if root in held)
    return Features(
        passage_score=max(hit.score for hit in hits),
        coverage=max(each.coverage for each in best),
        names=_names(question, best),
        known=known / total if total else 0.0,
    )


def _names(question: str, evidence: Sequence[Evidence]) -> float:
    asked = {_name_root(name) for name in _NAME.findall(question)}
    if not asked:
        return 1.0
    shares = []
    for each in evidence:
        held = {
            _name_root(word) for word in re.findall(r"\w[\w.,/’'-]*", _around(each) + each.text)
        }
        shares.append(len(asked & held) / len(asked))
    return max(shares)


def _name_root(name: str) -> str:
    folded = name.casefold().rstrip(".,/-’'")
    return folded if folded[:1].isdigit() else folded[:_NAME_ROOT]


def _around(evidence: Evidence) -> str:
    facts = evidence.hit.facts
    path = (facts.title, facts.organisation, facts.date, *evidence.passage.section)
    return " ".join(path) + " "
