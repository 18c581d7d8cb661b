"""What a run was made by: code, packages, machine; as hashes and as facts to show."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

import rag
from rag.prompt import PROMPTS

# What reads, cuts, encodes and finds: another version of one may give another text or order.
PACKAGES = (
    "beautifulsoup4", "charset-normalizer", "chromadb", "langchain-text-splitters", "lxml",
    "markdown-it-py", "numpy", "pypdf", "python-docx", "python-pptx", "sentence-transformers",
    "sentencex", "striprtf", "tantivy", "tokenizers", "torch", "transformers",
)  # fmt: skip
_SHOWN = ("chromadb", "numpy", "pypdf", "sentence-transformers", "tantivy", "torch", "transformers")


@cache
def code_hash() -> str:
    """Of the engine's and the evaluation's own code, models and prompts, and of the packages that
    they stand on."""
    engine, evaluation = Path(rag.__file__).parent, Path(__file__).parent
    paths = [*engine.rglob("*.py"), *engine.rglob("*.json"), *evaluation.rglob("*.py")]
    contents = [path.read_bytes() for path in sorted((*paths, *PROMPTS.glob("*.md")))]
    return short_hash(b"\0".join([*contents, packages().encode()]))


def packages() -> str:
    """Names and versions of the packages that text, passages and rankings depend on."""
    return " ".join(f"{name}=={version(name)}" for name in PACKAGES)


def code_facts() -> dict[str, str]:
    """Version, hash, and commit of a checkout, with whether files in it were changed."""
    return {
        "version": version("chapter-and-verse"),
        "sha256": code_hash(),
        "commit": _git("rev-parse", "HEAD"),
        "changed": "yes" if _git("status", "--porcelain", "--untracked-files=no") else "no",
    }


def environment() -> dict[str, str]:
    """The machine, and the versions of the larger packages."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cpus": str(os.cpu_count() or 0),
        **{name: version(name) for name in _SHOWN},
    }


def short_hash(content: bytes) -> str:
    """Sixteen hexadecimal digits of the sha256."""
    return hashlib.sha256(content).hexdigest()[:16]


def _git(*arguments: str) -> str:
    """What git says of the checkout this code lies in; empty where it lies in none."""
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""
