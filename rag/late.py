"""Late interaction: a question and a passage compared word piece by word piece.

MaxSim (Khattab and Zaharia, ColBERT, 2020): for each word piece of the question the most similar
word piece of the passage, averaged with the rarity of its word as weight; over the whole passage,
or over some of its sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.lexical.query import Wording
from rag.ports import TokenVectors, Vectors
from rag.records import Passage, Span

_NOWHERE = -1.0  # the similarity of a word piece where there is nothing to compare it with


@dataclass(frozen=True, slots=True)
class Query:
    """A standalone question as the searches see it; `weights` (n,) belong to its word pieces.

    Up to `context_end`, its text was taken over from the conversation or an earlier part. The text
    is as the encoder reads it, misspelt words put right; `wording` is the lexical side's, as asked.
    """

    text: str
    context_end: int
    tokens: TokenVectors
    weights: npt.NDArray[np.float32]
    wording: Wording


@dataclass(frozen=True, slots=True)
class MaxSim:
    """How near a question is to a passage: weighted means, about 0 to 1, higher is nearer."""

    whole: float  # with the whole passage, its lines of context included
    units: tuple[float, ...]  # with each of its units alone; empty where it has no word pieces


def compare_all(
    query: Query, passages: Sequence[Passage], tokens: Sequence[TokenVectors]
) -> list[MaxSim]:
    """The question compared with each passage, in one product of matrices.

    A passage without word pieces, of a language that the encoder spells out only, keeps the
    similarity of whole texts, and has none of its units; so do all where the question has none.
    """
    has_pieces = len(query.weights) > 0
    pieced = [at for at, each in enumerate(tokens) if has_pieces and len(each.spans)]
    compared = [MaxSim(float(each.vector @ query.tokens.vector), ()) for each in tokens]
    found = _compare([passages[at] for at in pieced], [tokens[at] for at in pieced], query)
    for at, one in zip(pieced, found, strict=True):
        compared[at] = one
    return compared


def _compare(
    passages: Sequence[Passage], tokens: Sequence[TokenVectors], query: Query
) -> list[MaxSim]:
    """The same for passages with word pieces."""
    if not passages:
        return []
    counts = [len(each.spans) for each in tokens]
    stacked = np.concatenate([each.tokens for each in tokens])
    similar = _padded(query.tokens.tokens @ stacked.T)
    firsts, lasts = [], []
    for passage, each, at in zip(passages, tokens, np.cumsum([0, *counts[:-1]]), strict=True):
        starts = each.spans[:, 0]
        edges = [(unit.start - passage.start, unit.end - passage.start) for unit in passage.units]
        found = np.searchsorted(starts, np.array(edges, dtype=np.int64).reshape(-1, 2)) + at
        firsts += [at, *found[:, 0]]
        lasts += [at + len(starts), *found[:, 1]]
    means = _means(similar, query.weights, np.array(firsts), np.array(lasts)).tolist()
    compared, at = [], 0
    for passage in passages:
        end = at + 1 + len(passage.units)
        compared.append(MaxSim(means[at], tuple(means[at + 1 : end])))
        at = end
    return compared


def _padded(similar: Vectors) -> Vectors:
    """With a last column that no range reaches, since `reduceat` starts none behind the last."""
    return np.pad(similar, ((0, 0), (0, 1)), constant_values=-1)


def _means(
    similar: Vectors,
    weights: npt.NDArray[np.float32],
    firsts: npt.NDArray[np.int64],
    lasts: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """For each range of columns the best of each row, averaged by `weights`; 0 for an empty one."""
    total = float(weights.sum())
    if not total:
        return np.zeros(len(firsts), dtype=np.float32)
    edges = np.stack([firsts, lasts], axis=1).ravel()
    best = np.maximum.reduceat(similar, edges, axis=1)[:, ::2]
    means = (weights @ best) / total
    return np.where(lasts > firsts, means, 0).astype(np.float32)


class Similarity:
    """MaxSim of a query with a passage and with each of its units: weighted means, about 0 to 1."""

    def __init__(self, query: Query, passage: Passage, tokens: TokenVectors) -> None:
        """Compares all word pieces once."""
        self._query = query
        self._similar = np.zeros((len(query.tokens.tokens), 0), dtype=np.float32)
        if len(tokens.tokens):  # stored without word pieces, they have no width either
            self._similar = query.tokens.tokens @ tokens.tokens.T
        self._tokens = tokens.tokens
        self._starts = tokens.spans[:, 0]
        self.whole = self._mean(0, len(self._starts))
        self.units = [
            self.of_spans([Span(unit.start - passage.start, unit.end - passage.start)])
            for unit in passage.units
        ]

    def of_spans(self, spans: Sequence[Span]) -> float:
        """MaxSim with the word pieces in `spans` of the passage's text, together."""
        best = self.nearest(spans)
        return self._weighted(best) if (best > _NOWHERE).any() else 0.0

    def nearest(self, spans: Sequence[Span]) -> Vectors:
        """For each word piece of the query, shape (n,), its similarity with the nearest one in
        `spans` of the passage's text; -1 where they hold none."""
        best = np.full(len(self._similar), _NOWHERE, dtype=np.float32)
        for span in spans:
            first, last = np.searchsorted(self._starts, span)
            if last > first:
                best = np.maximum(best, self._similar[:, first:last].max(axis=1))
        return best

    def of_mean(self, span: Span) -> float:
        """Cosine of the query's vector and the mean of the word pieces in `span` of the passage's
        text, -1 to 1; 0 where there are none."""
        first, last = np.searchsorted(self._starts, span)
        if last <= first:
            return 0.0
        mean = self._tokens[first:last].astype(np.float32).mean(axis=0)
        length = float(np.linalg.norm(mean))
        return float(mean @ self._query.tokens.vector) / length if length else 0.0

    def _mean(self, first: int, last: int) -> float:
        if last <= first:
            return 0.0
        return self._weighted(self._similar[:, first:last].max(axis=1))

    def _weighted(self, best: Vectors) -> float:
        total = float(self._query.weights.sum())
        return float((best * self._query.weights).sum()) / total if total else 0.0
