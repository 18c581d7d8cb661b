"""A question and passages to relevance, by a model that reads both together.

It takes the place of MaxSim with the whole passage (`rag/retrieve.py`) where one is set: a
cross-encoder of sentence-transformers on this disk, or a server with the `/rerank` that Jina and
Cohere began and vLLM, llama.cpp and Infinity offer as well.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rag.address import check_address
from rag.cross_encoder import open_cross_encoder
from rag.errors import ModelError
from rag.model_folder import architectures_of, look_for_model
from rag.ports import Reranker
from rag.settings import RerankerSettings

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_LONGEST_REASON = 200  # characters of a server's message


class CrossEncoderReranker:
    """A Reranker over a cross-encoder of sentence-transformers."""

    def __init__(self, model: str, batch_size: int) -> None:
        """`model` is the path of a folder, an installed package or a name in the local Hugging Face
        cache; raises ModelError where it is none of them, or no cross-encoder."""
        self.name = model
        self._batch_size = batch_size
        folder = look_for_model(model)
        if folder is None:
            raise ModelError(
                f"reranker.model {model!r} is neither the path of a cross-encoder's folder (with "
                f"config.json), nor an installed package, nor in the local Hugging Face cache; "
                f"nothing is fetched: see docs/search.md"
            )
        made_as = architectures_of(folder)
        if made_as and all(each.endswith("Model") for each in made_as):
            # Loaded, it would be given a head of random numbers.
            raise ModelError(
                f"reranker.model {model} is an encoder without a head for ranking "
                f"({', '.join(made_as)}); name a cross-encoder"
            )
        self._folder = folder

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """Relevance of each text, 0 to 1, higher is better: the logistic of the model's output."""
        if not texts:
            return []
        from torch import nn

        scores = self._model.predict(
            [(question, text) for text in texts],
            batch_size=self._batch_size,
            activation_fn=nn.Sigmoid(),
            show_progress_bar=False,
        )
        return [float(score) for score in scores]

    @cached_property
    def _model(self) -> CrossEncoder:
        model = open_cross_encoder(self._folder, f"reranker {self.name}")
        config: Any = model.config
        if config.num_labels != 1:
            raise ModelError(
                f"reranker {self.name} gives {config.num_labels} figures for a pair, not one; set "
                f"reranker.model to a cross-encoder made for ranking"
            )
        return model


class HostedReranker:
    """A Reranker over a server's `/rerank`; what it is asked and shown leaves this machine."""

    def __init__(self, settings: RerankerSettings) -> None:
        """Raises ModelError where the address is none, or has a password in it."""
        check_address("reranker.base_url", settings.base_url)
        url = settings.base_url.rstrip("/")
        self.name = settings.model
        self._url = url if url.endswith("/rerank") else f"{url}/rerank"
        self._settings = settings

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """Relevance of each text, 0 to 1, higher is better; raises ModelError for no such reply.

        Where the server gives logits (one of them is outside 0 to 1), their logistic.
        """
        if not texts:
            return []
        scores = self._scores(self._reply(question, texts), len(texts))
        if all(0 <= score <= 1 for score in scores):
            return scores
        return [1 / (1 + math.exp(-min(max(score, -50.0), 50.0))) for score in scores]

    def _reply(self, question: str, texts: Sequence[str]) -> Any:
        import httpx

        key = self._key()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        asked = {"query": question, "documents": list(texts), "top_n": len(texts)}
        if self.name:
            asked["model"] = self.name
        limit = self._settings.timeout_s
        try:
            reply = httpx.post(self._url, json=asked, headers=headers, timeout=limit)
            if reply.is_success:
                return reply.json()
        except httpx.TimeoutException as error:
            raise ModelError(
                f"reranker at {self._url}: no reply within {limit:g} s; check that it runs, or "
                f"raise reranker.timeout_s"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelError(
                f"reranker at {self._url} cannot be reached: {error}; check reranker.base_url"
            ) from error
        except ValueError as error:
            raise ModelError(
                f"reranker at {self._url}: its reply is no JSON; check reranker.base_url"
            ) from error
        said = " ".join(reply.text.split())[:_LONGEST_REASON]
        if key:
            said = said.replace(key, "***")
        raise ModelError(
            f"reranker at {self._url}: status {reply.status_code}, {said or 'without a reason'}; "
            f"check reranker.base_url, reranker.model and the key in {self._settings.key_variable}"
        )

    def _key(self) -> str:
        """The key from the environment, empty for none; raises ModelError without showing it."""
        variable = self._settings.key_variable
        key = os.environ.get(variable, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise ModelError(f"the key in {variable} has characters that no key has; set it anew")
        return key

    def _scores(self, reply: Any, count: int) -> list[float]:
        found: dict[int, float] = {}
        rows = reply.get("results") if isinstance(reply, dict) else None
        for row in rows if isinstance(rows, list) else []:
            at = row.get("index") if isinstance(row, dict) else None
            score = row.get("relevance_score") if isinstance(row, dict) else None
            if isinstance(at, int) and isinstance(score, int | float) and math.isfinite(score):
                found[at] = float(score)
        if sorted(found) != list(range(count)):
            raise ModelError(
                f"reranker at {self._url}: its reply rates {len(found)} texts where {count} were "
                f"sent (results with index and relevance_score); check that it is a reranker"
            )
        return [found[at] for at in range(count)]


def open_reranker(settings: RerankerSettings) -> Reranker | None:
    """The reranker that is set, loaded when it is first used; None where none is."""
    if settings.base_url:
        return HostedReranker(settings)
    return CrossEncoderReranker(settings.model, settings.batch_size) if settings.model else None
