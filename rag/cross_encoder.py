"""A cross-encoder of sentence-transformers, opened from a folder of this disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelError
from rag.model_folder import go_offline

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


def open_cross_encoder(folder: Path, name: str) -> CrossEncoder:
    """The model in `folder`; raises ModelError, under its `name`, where it cannot be loaded."""
    go_offline()
    from sentence_transformers import CrossEncoder

    try:
        model: CrossEncoder = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise ModelError(f"{name} in {folder} cannot be loaded: {error}") from error
    return model
