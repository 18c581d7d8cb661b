"""Pairs of texts to entailment, by a cross-encoder of sentence-transformers on this disk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.cross_encoder import open_cross_encoder
from rag.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


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
        return open_cross_encoder(self._folder, f"check model {self.name}")
