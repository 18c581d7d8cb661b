"""The preset `multilingual`: the English encoder, and beside it one that knows a hundred languages.

1. A passage has the vectors of both encoders, a constant, and whether it is English:
   [english, multilingual, 1, 1 or -1] / 2.
2. A question has all four, weighted by its language, so that its product with a passage is one
   similarity on the scale of the English encoder's cosine: for an English question a part of that
   and a larger part of the multilingual encoder's, for any other the latter alone. Its cosines all
   lie within a fifth of each other, so they are stretched.
3. Word pieces for late interaction come from the English encoder, and only for English texts: of
   another language it knows no more than names and numbers. What they add to an English passage, a
   passage in another language has from an English question in advance.
4. Texts that are compared with each other have the English encoder's vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from rag.language import foreign_language
from rag.nano import NanoEncoder
from rag.ports import Embedder, Role, TokenVectors, Vectors

MULTILINGUAL = "multilingual"
_ENGLISH_SHARE = 0.25  # of the English encoder in the similarity of an English question
# Mean and spread of the multilingual cosines of the starter briefs' questions and passages, brought
# to those of the English encoder.
_SLOPE, _SHIFT = 5.25, -3.9
_ADVANCE = 0.1  # by which MaxSim exceeds the cosine of passages near an English question


class MultilingualEmbedder:
    """An Embedder of two encoders; a question's vectors are not of unit length (see above)."""

    name = MULTILINGUAL

    def __init__(self, english: Embedder, multilingual: NanoEncoder) -> None:
        """Both are loaded when they are first used."""
        self._english, self._multilingual = english, multilingual
        parts = (english.fingerprint, multilingual.fingerprint)
        self.fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def max_tokens(self) -> int:
        """Word pieces that fit, special ones not counted."""
        return self._english.max_tokens

    def count_tokens(self, text: str) -> int:
        """Number of word pieces of `text`, by the encoder that needs fewer for it.

        The English one spells words of other scripts letter by letter.
        """
        count = self._english.count_tokens(text)
        return count if text.isascii() else min(count, self._multilingual.count_tokens(text))

    def embed(self, texts: Sequence[str], role: Role = "text") -> Vectors:
        """Vectors, shape (len(texts), d); of unit length but for questions."""
        return np.stack([each.vector for each in self.embed_tokens(texts, role)])

    def embed_tokens(self, texts: Sequence[str], role: Role = "text") -> list[TokenVectors]:
        """Whole-text and token vectors of each text; no word pieces where it is not English."""
        found = self._english.embed_tokens(texts, role)
        if role == "text":
            return found
        beside = self._multilingual.embed(texts, role)
        embedded = []
        for text, english, vector in zip(texts, found, beside, strict=True):
            foreign = bool(foreign_language(text))
            weigh = _question_weights if role == "query" else _passage_weights
            parts = zip(weigh(foreign), (english.vector, vector, [1], [1]), strict=True)
            joined = np.concatenate([weight * np.asarray(part) for weight, part in parts])
            whole = joined.astype(np.float32)
            kept = slice(0) if foreign else slice(None)
            tokens, spans = english.tokens[kept], english.spans[kept]
            embedded.append(TokenVectors(whole, tokens, spans))
        return embedded


def _passage_weights(foreign: bool) -> tuple[float, float, float, float]:
    return 0.5, 0.5, 0.5, -0.5 if foreign else 0.5


def _question_weights(foreign: bool) -> tuple[float, float, float, float]:
    """Such that the halves of a passage's vector add up to the similarity."""
    share = 0.0 if foreign else _ENGLISH_SHARE
    advance = 0.0 if foreign else _ADVANCE  # of passages that are not English
    shift = (1 - share) * _SHIFT + advance / 2
    return 2 * share, 2 * (1 - share) * _SLOPE, 2 * shift, -advance
