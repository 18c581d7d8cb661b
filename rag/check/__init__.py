"""Whether evidence carries a statement: how likely it is, and what of it is not borne out.

1. A statement made of the evidence's own words, in their order, is carried; no model is asked.
2. Else the statement is laid beside the sentences of the evidence that it is nearest to (align.py),
   and what they do not bear out is found: numbers, dates, names, negation, modality (findings.py).
3. Likelihood comes from a small fitted model over this and the encoder's word pieces
   (features.py), or from a model of natural language inference where one is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.check.align import Aligned, align
from rag.check.features import Features, SupportModel, open_support_model, weigh
from rag.check.findings import Finding, find
from rag.check.words import is_verbatim, words
from rag.entail import InferenceModel
from rag.ports import Embedder, Entailer, TokenVectors
from rag.settings import CheckSettings

Pair = tuple[str, str]  # a statement and its evidence

_BLOCK = 128  # pairs whose vectors are kept at once: about 30 MB
_WHOLE = 1500  # characters of evidence that a model of inference is shown as they are


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of a statement gave.

    `support` is the probability, 0 to 1, that the evidence carries it; a verbatim one has 1 and no
    findings.
    """

    support: float
    findings: tuple[Finding, ...] = ()
    is_verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks statements against evidence."""

    entailer: Entailer

    def support(self, statement: str, evidence: str) -> float:
        """Probability, 0 to 1, that `evidence` carries `statement`; 0 where one has no words."""
        return self.supports([(statement, evidence)])[0]

    def supports(self, pairs: Sequence[Pair]) -> list[float]:
        """The support of each statement by its evidence, in order."""
        known: dict[Pair, float] = {}
        asked: list[Pair] = []
        for pair in dict.fromkeys(pairs):
            if not all(words(text) for text in pair):
                known[pair] = 0.0
            elif is_verbatim(*pair):
                known[pair] = 1.0
            else:
                asked.append(pair)
        known.update(zip(asked, self.entailer.entail(asked), strict=True))
        return [known[pair] for pair in pairs]

    def check(self, statement: str, evidence: str) -> Verdict:
        """The support of `statement` by `evidence`, and what of it is not borne out."""
        support = self.support(statement, evidence)
        if is_verbatim(statement, evidence):
            return Verdict(support, is_verbatim=True)
        return Verdict(support, find(align(statement, evidence)))


@dataclass(frozen=True, slots=True)
class FeatureEntailer:
    """The built-in Entailer: features of words and of the encoder, and a fitted model."""

    embedder: Embedder
    model: SupportModel

    def entail(self, pairs: Sequence[Pair]) -> list[float]:
        """Probability, 0 to 1, that the evidence carries the statement, for each pair."""
        return [0.0 if each is None else self.model.support(each) for each in self.features(pairs)]

    def features(self, pairs: Sequence[Pair]) -> list[Features | None]:
        """Features of each pair, in order; None where there is nothing to compare.

        Within a block of pairs each distinct sentence is encoded once; pairs with the same
        evidence come into one block.
        """
        order = sorted(range(len(pairs)), key=lambda at: pairs[at][1])
        found: dict[int, Features | None] = {}
        for start in range(0, len(order), _BLOCK):
            block = order[start : start + _BLOCK]
            aligned = [align(*pairs[at]) for at in block]
            texts = list(dict.fromkeys(text for each in aligned for text in _encoded(each)))
            vectors = dict(zip(texts, self.embedder.embed_tokens(texts), strict=True))
            found |= {at: _weigh(each, vectors) for at, each in zip(block, aligned, strict=True)}
        return [found[at] for at in range(len(pairs))]


@dataclass(frozen=True, slots=True)
class InferenceEntailer:
    """An Entailer over a model of natural language inference, shown the nearest sentences."""

    model: InferenceModel

    def entail(self, pairs: Sequence[Pair]) -> list[float]:
        """Probability, 0 to 1, that the evidence entails the statement, for each pair."""
        return self.model.entailment([(_premise(*pair), pair[0]) for pair in pairs])


def open_checker(settings: CheckSettings, embedder: Embedder) -> Checker:
    """The checker as it is set; raises ModelError where the model cannot be used."""
    if settings.model:
        return Checker(InferenceEntailer(InferenceModel(settings.model)))
    return Checker(FeatureEntailer(embedder, open_support_model()))


def _encoded(aligned: Aligned) -> list[str]:
    """The texts of which vectors are needed: the statement first, then sentences."""
    if not aligned.chosen:
        return []
    return [aligned.statement, *(aligned.evidence[at] for at in aligned.nearby)]


def _weigh(aligned: Aligned, vectors: dict[str, TokenVectors]) -> Features | None:
    texts = _encoded(aligned)
    if not texts:
        return None
    statement, *evidence = (vectors[text] for text in texts)
    return weigh(aligned, find(aligned), statement, evidence)


def _premise(statement: str, evidence: str) -> str:
    if len(evidence) <= _WHOLE:
        return evidence
    aligned = align(statement, evidence)
    return " ".join(aligned.evidence[at] for at in sorted(aligned.nearby))
