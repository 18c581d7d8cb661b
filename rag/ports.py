"""Small protocols, only where a second implementation exists or is planned in settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text as its encoder sees it: one vector for the whole and one for each word piece.

    `vector` has shape (d,), `tokens` (n, d); all of unit length. `spans` has shape (n, 2): the
    character offsets of each word piece in the text that was encoded.
    """

    vector: Vectors
    tokens: Vectors
    spans: npt.NDArray[np.int32]


class Embedder(Protocol):
    """Texts to unit vectors, and texts to token vectors for late interaction."""

    name: str
    fingerprint: str  # hash of the model's weights

    @property
    def max_tokens(self) -> int:
        """Word pieces that fit, special ones not counted."""

    def count_tokens(self, text: str) -> int:
        """Number of word pieces of `text`, special ones not counted."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), d)."""

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Whole-text and token vectors of each text; what exceeds `max_tokens` is not seen."""
