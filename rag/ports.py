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


@dataclass(frozen=True, slots=True)
class Completion:
    """What a chat model wrote, and its cost in tokens, as it counts them; 0 where it does not."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


class ChatModel(Protocol):
    """Instructions and a message to a reply."""

    @property
    def name(self) -> str:
        """Provider and model, and where it is served if not at the provider's own address."""

    def complete(self, system: str, user: str) -> Completion:
        """The whole reply; raises ModelError if there is none."""


class Entailer(Protocol):
    """How likely evidence carries a statement."""

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Probability, 0 to 1, for each pair of a statement and its evidence, in order."""
