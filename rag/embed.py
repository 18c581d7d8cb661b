"""Texts to unit vectors, and word pieces to unit vectors for late interaction.

One forward pass of the encoder gives both: what it pools of a text's word pieces is its vector, and
the vectors of the word pieces themselves serve MaxSim (Khattab and Zaharia, ColBERT, 2020). A
prompt ("query: ") that a model wants before a text is seen by the encoder but gives no word pieces.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from rag.errors import ModelError
from rag.model_folder import go_offline, open_model_folder
from rag.ports import Role, TokenVectors, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_SPECIAL_TOKENS = 2  # [CLS] and [SEP]
_MIN_WINDOW = 16
_POOLINGS = {"mean": "mean", "cls": "cls", "last": "lasttoken"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model reads texts, where it is not to be as its folder says."""

    query_prompt: str | None = None
    passage_prompt: str | None = None
    pooling: Literal["mean", "cls", "last"] | None = None
    max_tokens: int | None = None  # its window: special word pieces and prompt included


class SentenceEmbedder:
    """An Embedder over a sentence-transformers model on this machine's disk."""

    def __init__(self, model: str, batch_size: int, reading: Reading = Reading()) -> None:
        """`model` is an installed package, a folder or a name in the Hugging Face cache."""
        self.name = model
        self._folder = open_model_folder(model)
        self.fingerprint = self._folder.fingerprint
        self._window = reading.max_tokens or self._folder.window
        if not _MIN_WINDOW <= self._window <= self._folder.max_window:
            raise ModelError(
                f"embedding model {model}: a window of {self._window} word pieces is not from "
                f"{_MIN_WINDOW} to {self._folder.max_window}; set embedding.max_tokens so"
            )
        own = (reading.query_prompt, reading.passage_prompt)
        stated = (self._folder.query_prompt, self._folder.passage_prompt)
        self._query_prompt, self._passage_prompt = (
            theirs if ours is None else ours for ours, theirs in zip(own, stated, strict=True)
        )
        self._pooling = reading.pooling
        self._batch_size = batch_size
        # A tokenizer that pads keeps that in itself and must not be shared between threads.
        self._lock = threading.Lock()

    @property
    def max_tokens(self) -> int:
        """Word pieces of a passage that fit, special ones and prompt not counted."""
        prompt = self.count_tokens(self._passage_prompt) if self._passage_prompt else 0
        return self._window - _SPECIAL_TOKENS - prompt

    def count_tokens(self, text: str) -> int:
        """Number of word pieces of `text`, special ones not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str], role: Role = "text") -> Vectors:
        """Unit vectors, shape (len(texts), d)."""
        return np.stack([each.vector for each in self.embed_tokens(texts, role)])

    def embed_tokens(self, texts: Sequence[str], role: Role = "text") -> list[TokenVectors]:
        """Whole-text and token vectors of each text; what exceeds `max_tokens` is not seen.

        A model without a transformer or a fast tokenizer gives no token vectors.
        """
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        out: dict[int, TokenVectors] = {}
        for at in range(0, len(order), self._batch_size):
            batch = order[at : at + self._batch_size]
            given = [texts[index] for index in batch]
            with self._lock:
                embed = self._forward if self._has_tokens else self._encode_whole
                encoded = list(embed(given, role))
            out.update(zip(batch, encoded, strict=True))
        if len(texts) > self._batch_size:
            _return_freed_memory()
        return [out[index] for index in range(len(texts))]

    def _late(self, hidden: Vectors) -> Vectors:
        """Unit vectors for late interaction, of the word pieces' last hidden states (n, h)."""
        return unit(hidden)

    def _forward(self, texts: list[str], role: Role) -> Iterator[TokenVectors]:
        import torch

        inputs, spans, own = self._tokenized(texts, self._prompt(role))
        with torch.inference_mode():
            features = self._model.forward(inputs)
        vectors = unit(features["sentence_embedding"].float().numpy())
        hidden = features["token_embeddings"].float().numpy()
        for row in range(len(texts)):
            kept = own[row]
            yield TokenVectors(vectors[row], self._late(hidden[row][kept]), spans[row][kept])

    def _tokenized(
        self, texts: list[str], prompt: str
    ) -> tuple[dict[str, Any], npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """What the model takes; offsets in the texts; and which word pieces are the texts' own."""
        inputs = self._model.tokenizer(
            [prompt + text for text in texts],
            padding=True,
            truncation=True,
            max_length=self._window,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        offsets = inputs.pop("offset_mapping").numpy().astype(np.int32) - len(prompt)
        special = inputs.pop("special_tokens_mask").numpy().astype(bool)
        own = ~special & (offsets[:, :, 1] > 0)
        features = dict(inputs)
        if prompt:  # a pooling may want to leave it out; texts come longest first
            padding = int(inputs["attention_mask"][0].argmax())
            features["prompt_length"] = max(0, int(own[0].argmax()) - padding)
        return features, np.maximum(offsets, 0), own

    def _encode_whole(self, texts: list[str], role: Role) -> Iterator[TokenVectors]:
        model = self._model
        encode = model.encode_query if role == "query" else model.encode_document
        found = encode(texts, prompt=self._prompt(role), show_progress_bar=False)
        for vector in unit(np.asarray(found, dtype=np.float32)):
            nothing = np.zeros((0, len(vector)), dtype=np.float32)
            yield TokenVectors(vector, nothing, np.zeros((0, 2), dtype=np.int32))

    def _prompt(self, role: Role) -> str:
        return self._query_prompt if role == "query" else self._passage_prompt

    @cached_property
    def _has_tokens(self) -> bool:
        from sentence_transformers.sentence_transformer.modules import Transformer

        is_fast = getattr(self._model.tokenizer, "is_fast", False)
        return isinstance(self._model[0], Transformer) and is_fast

    @cached_property
    def _tokenizer(self) -> Any:
        # The tokenizer alone loads in milliseconds and never truncates or pads.
        from tokenizers import Tokenizer

        path = self._folder.path / "tokenizer.json"
        if path.is_file():
            tokenizer = Tokenizer.from_file(str(path))
        else:
            found = self._model.tokenizer
            backend = getattr(found, "backend_tokenizer", found)
            if not isinstance(backend, Tokenizer):
                raise ModelError(
                    f"embedding model {self.name}: no tokenizer.json in {self._folder.path}; "
                    f"choose a model that has one"
                )
            tokenizer = Tokenizer.from_str(backend.to_str())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model(self) -> SentenceTransformer:
        go_offline()
        from sentence_transformers import SentenceTransformer

        path = str(self._folder.path)
        try:
            model = SentenceTransformer(path, device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise ModelError(
                f"embedding model {self.name} in {path} cannot be loaded: {error}"
            ) from error
        if self._pooling:
            self._set_pooling(model, _POOLINGS[self._pooling])
        return model

    def _set_pooling(self, model: SentenceTransformer, mode: Any) -> None:
        from sentence_transformers.sentence_transformer.modules import Pooling

        found = [module for module in model if isinstance(module, Pooling)]
        if not found:
            raise ModelError(
                f"embedding model {self.name} pools no word pieces; leave embedding.pooling out"
            )
        for module in found:
            module.pooling_mode = mode


def _return_freed_memory() -> None:
    """Gives memory that is free back to the system, where that can be asked for (glibc).

    Batches of ever other shapes leave it in pieces: in an ingest of thousands of passages the
    process would grow by half a gigabyte.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def unit(vectors: Vectors) -> Vectors:
    """`vectors` (n, d) scaled to length 1 along the last axis; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return scaled
