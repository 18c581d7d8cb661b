"""Dense and lexical search behind one Index; every score here is "higher is better".

1. Dense: unit vectors in Chroma. Below `exact_below` passages they are read into memory once and
   compared exactly, which is faster and reproducible; above, Chroma's HNSW answers.
2. Lexical: BM25 (`rag/lexical`).
3. The manifest says what the index was made with; other settings are refused.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from rag.errors import ManifestMismatchError, StoreError
from rag.lexical.query import Wording
from rag.lexical.store import Lexical, LexicalEntry, Scores
from rag.ports import Vectors
from rag.settings import IndexSettings, RetrievalSettings

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection

_FORMAT = 6
_BATCH = 1000
_READS, _PAUSE_S = 10, 0.2  # while another process writes


@dataclass(frozen=True, slots=True)
class Entry(LexicalEntry):
    """A passage as it goes into both indexes."""

    vector: Vectors


@dataclass(frozen=True, slots=True)
class _Held:
    """The dense side at one generation; `vectors` is None above `exact_below`."""

    generation: int
    ids: list[str]
    positions: dict[str, int]
    vectors: Vectors | None


class Index:
    """The derived indexes of one data folder."""

    def __init__(self, folder: Path, settings: IndexSettings) -> None:
        """Opens the indexes under `folder`, making them where there are none."""
        self._folder, self._settings = folder, settings
        self._collection = _open_collection(folder / "chroma", settings)
        self.lexical = Lexical(folder / "lexical")
        self._lock = threading.RLock()
        self._held: _Held | None = None

    def add(self, entries: Sequence[Entry]) -> None:
        """Adds passages; one that is there already is replaced."""
        for at in range(0, len(entries), _BATCH):
            part = entries[at : at + _BATCH]
            self._collection.upsert(
                ids=[each.passage.passage_id for each in part],
                embeddings=np.stack([each.vector for each in part]),
                metadatas=[{"document_id": each.passage.document_id} for each in part],
            )
        if entries:
            self.lexical.add(entries)

    def remove(self, passage_ids: Collection[str]) -> None:
        """Removes passages; those not there are passed over."""
        wanted = sorted(passage_ids)
        for at in range(0, len(wanted), _BATCH):
            self._collection.delete(ids=wanted[at : at + _BATCH])
        if wanted:
            self.lexical.remove(wanted)

    def vectors(self, passage_ids: Iterable[str], generation: int) -> dict[str, Vectors]:
        """Vectors of those of the passages that are held."""
        held = self._snapshot(generation)
        wanted = list(passage_ids)
        if held.vectors is not None:
            places = {each: held.positions[each] for each in wanted if each in held.positions}
            return {each: held.vectors[at] for each, at in places.items()}
        found: dict[str, Vectors] = {}
        for at in range(0, len(wanted), _BATCH):
            with _told():
                part = self._collection.get(ids=wanted[at : at + _BATCH], include=["embeddings"])
            vectors = np.asarray(part["embeddings"], dtype=np.float32)
            found.update(zip(part["ids"], vectors, strict=True))
        return found

    def passage_ids(self) -> tuple[set[str], set[str]]:
        """Ids in the dense and in the lexical index."""
        return set(self._collection.get(include=[])["ids"]), self.lexical.passage_ids()

    def search_dense(
        self,
        vector: Vectors,
        top_k: int,
        documents: Collection[str] | None,
        generation: int,
        passages: Collection[str] | None = None,
    ) -> Scores:
        """Cosine similarity (-1 to 1) of the `top_k` nearest passages, of `documents` and among
        `passages` if given.

        `generation` says how fresh what is held in memory must be.
        """
        held = self._snapshot(generation)
        if held.vectors is None:
            return self._search_approximate(vector, top_k, documents, passages)
        ids = held.ids
        if not ids:
            return {}
        scores = held.vectors @ vector
        if documents is not None:
            scores = np.where([each.rpartition(":")[0] in documents for each in ids], scores, -2)
        if passages is not None:
            scores = np.where([each in passages for each in ids], scores, -2)
        best = np.argsort(-scores, kind="stable")[:top_k]
        return {ids[at]: float(scores[at]) for at in best if scores[at] > -2}

    def search_lexical(
        self,
        asked: Wording | str,
        top_k: int,
        documents: Collection[str] | None = None,
        settings: RetrievalSettings | None = None,
        passages: Collection[str] | None = None,
    ) -> Scores:
        """BM25 (0 and up) of the `top_k` best passages, of `documents` and among `passages` if
        given."""
        wording = Wording(asked) if isinstance(asked, str) else asked
        settings = settings or RetrievalSettings()
        return self.lexical.search(wording, top_k, documents, settings, passages)

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of each term over passages, 0 (in all) to 1 (in none)."""
        return self.lexical.rarity(terms)

    def _search_approximate(
        self,
        vector: Vectors,
        top_k: int,
        documents: Collection[str] | None,
        passages: Collection[str] | None,
    ) -> Scores:
        where: Any = {"document_id": {"$in": sorted(documents)}} if documents is not None else None
        if any(chosen is not None and not chosen for chosen in (documents, passages)):
            return {}
        with _told():
            found = self._collection.query(
                query_embeddings=vector[None, :],
                ids=None if passages is None else sorted(passages),
                n_results=top_k,
                where=where,
                include=["distances"],
            )
        distances = (found["distances"] or [[]])[0]
        # Chroma gives cosine distance, 0 to 2, lower is nearer.
        return {each: 1 - far for each, far in zip(found["ids"][0], distances, strict=True)}

    def _snapshot(self, generation: int) -> _Held:
        """What the vector index holds at `generation`, which another process may have made."""
        with self._lock:
            held = self._held
            if held is None or held.generation != generation:
                if held is not None:
                    self._reopen()
                held = self._held = self._read_patiently(generation)
            return held

    def _read_patiently(self, generation: int) -> _Held:
        """Reads again where another process was just writing."""
        for _ in range(_READS):
            try:
                return self._read(generation)
            except StoreError:
                time.sleep(_PAUSE_S)
                self._reopen()
        return self._read(generation)

    def _read(self, generation: int) -> _Held:
        with _told():
            if self._collection.count() > self._settings.exact_below:
                return _Held(generation, [], {}, None)
            wanted = self._collection.get(include=[])["ids"]
            ids: list[str] = []
            rows: list[Vectors] = []
            for at in range(0, len(wanted), _BATCH):  # all at once would take ten times the memory
                part = self._collection.get(ids=wanted[at : at + _BATCH], include=["embeddings"])
                if part["ids"]:  # another process may just have removed them
                    ids += part["ids"]
                    rows.append(np.asarray(part["embeddings"], dtype=np.float32))
        order = sorted(range(len(ids)), key=lambda at: ids[at])
        ids = [ids[at] for at in order]
        vectors: Vectors = np.empty((0, 0), dtype=np.float32)
        if ids:
            vectors = np.concatenate(rows)[order]
        return _Held(generation, ids, {each: at for at, each in enumerate(ids)}, vectors)

    def _reopen(self) -> None:
        """Chroma's client and a rebuilt lexical index do not see what another process wrote."""
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()
        self._collection = _open_collection(self._folder / "chroma", self._settings)
        self.lexical = Lexical(self._folder / "lexical")


def check_manifest(folder: Path, made_with: Mapping[str, object], held: bool) -> None:
    """Compares what the index in `folder` was made with, or writes it down for a new one.

    Raises ManifestMismatchError naming the first difference and the command that mends it.
    """
    path = folder / "manifest.json"
    expected = {"format": _FORMAT, **made_with}
    if not held:
        path.write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
        return
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise ManifestMismatchError(
            f"the manifest {path} cannot be read ({error}); run `verse ingest --rebuild`"
        ) from error
    if not isinstance(found, dict):
        raise ManifestMismatchError(
            f"the manifest {path} holds no settings; run `verse ingest --rebuild`"
        )
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise ManifestMismatchError(
                f"the index in {folder} was made with {name} = {found.get(name)!r}, the settings "
                f"say {expected.get(name)!r}; run `verse ingest --rebuild` to make it anew"
            )


def delete_index(folder: Path, settings: IndexSettings) -> None:
    """Removes the derived indexes and the manifest under `folder`, and those on a server."""
    if settings.chroma_url:
        from chromadb.errors import NotFoundError

        with suppress(NotFoundError):
            _open_client(folder / "chroma", settings).delete_collection(settings.collection)
    for name in ("chroma", "lexical"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "manifest.json").unlink(missing_ok=True)


@contextmanager
def _told() -> Iterator[None]:
    """Chroma's own errors as one line."""
    from chromadb.errors import ChromaError

    try:
        yield
    except ChromaError as error:
        raise StoreError(
            f"the vector index cannot be read ({error}); ask again, or run `verse ingest --rebuild`"
        ) from error


def _open_collection(folder: Path, settings: IndexSettings) -> ChromaCollection:
    from chromadb.errors import ChromaError

    try:
        return _open_client(folder, settings).get_or_create_collection(
            settings.collection,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine"}},
        )
    except (ValueError, ChromaError, OSError) as error:
        raise StoreError(
            f"the vector index {settings.chroma_url or folder} cannot be opened ({error}); "
            f"check the address, or run `verse ingest --rebuild`"
        ) from error


def _open_client(folder: Path, settings: IndexSettings) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    # A `.env` in the working folder is not ours to obey.
    quiet = ChromaSettings(
        _env_file=None,  # type: ignore[call-arg]
        anonymized_telemetry=False,
        chroma_otel_collection_endpoint="",
    )
    if not settings.chroma_url:
        return chromadb.PersistentClient(path=str(folder), settings=quiet)
    place = urlsplit(settings.chroma_url)
    return chromadb.HttpClient(
        host=place.hostname or "localhost",
        port=place.port or 8000,
        ssl=place.scheme == "https",
        settings=quiet,
    )
