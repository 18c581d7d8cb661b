"""Small protocols, only where a second implementation exists or is planned in settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

Vectors = npt.NDArray[np.float32]
# What a text is to the encoder: a question, a passage that questions are to find, or one of several
# that are compared with each other.
Role = Literal["query", "passage", "text"]
Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text as its encoder sees it: one vector for the whole and one for each word piece.

    `vector` has shape (d,), `tokens` (n, t); all of unit length. `spans` has shape (n, 2): the
    character offsets of each word piece in the text that was encoded. No word pieces (n = 0) where
    the encoder has none for the text: then its `vector` alone says how near it is.
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

    def embed(self, texts: Sequence[str], role: Role = "text") -> Vectors:
        """Vectors, shape (len(texts), d), of unit length, but perhaps of questions: what counts of
        one is its product with a passage's."""

    def embed_tokens(self, texts: Sequence[str], role: Role = "text") -> list[TokenVectors]:
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
        """Provider and model, as readers may see it: not where it is served."""

    def complete(self, system: str, user: str) -> Completion:
        """The whole reply; raises ModelError if there is none."""


class WritingModel(ChatModel, Protocol):
    """A ChatModel that can also give its reply piece by piece, or in a form."""

    def stream(self, system: str, user: str) -> Iterator[str]:
        """The reply as it comes; raises ModelError where none comes or it breaks off."""

    def fill(self, system: str, user: str, form: type[Form]) -> Form | None:
        """The reply in `form`; None where the model has no such output, or gave something else.

        Raises ModelError if there is no reply.
        """


class Entailer(Protocol):
    """How likely evidence carries a statement."""

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Probability, 0 to 1, for each pair of a statement and its evidence, in order."""


class Reranker(Protocol):
    """How relevant texts are to a question, each read together with it."""

    @property
    def name(self) -> str:
        """The model."""

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """Relevance, 0 to 1, of each text in order; raises ModelError if there is none."""
