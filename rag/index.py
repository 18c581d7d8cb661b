"""Dense and lexical search behind one Index; every score here is "higher is better".

1. Dense: unit vectors in Chroma. Below `exact_below` passages they are read into memory once and
   compared exactly, which is faster and reproducible; above, Chroma's HNSW answers.
2. Lexical: BM25 in tantivy over title, other facts, section path and text (English stems and
   stop words, accents folded; pairs of characters where a script has no spaces), and over symbols
   ("10.c", "A/RES/70/1", "COVID-19") kept whole; paragraphs are found by their numbers
   ("paragraph 16 (b)").
3. The manifest says what the index was made with; other settings are refused.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import tantivy

from rag.errors import ManifestMismatchError, StoreError
from rag.ports import Vectors
from rag.records import Facts, Passage
from rag.settings import IndexSettings
from rag.symbols import find_symbols, paragraphs_asked, paragraphs_of, without_symbols

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection

Scores = dict[str, float]

_FORMAT = 5
_BATCH = 1000
_READS, _PAUSE_S = 10, 0.2  # while another process writes
_BOOSTS = {"title": 0.6, "facts": 0.2, "section": 0.6, "body": 1.0, "symbols": 1.0}
_PARAGRAPH = 2.0  # times the boost of symbols, for a paragraph that a question names
_MAX_OWN = 3  # symbols of a document under which its paragraphs are found
_CONTEXT = 0.5  # of the boost, for words taken over from the conversation
# Chinese, Japanese, Thai, Lao and Khmer set no spaces between words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_PARAGRAPH_MARK = "para:"  # no word of a text has a colon in it
_SYMBOL = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z./-])\w+(?:[./-]\w+)*")


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as it goes into the index, with the line that introduces its list."""

    passage: Passage
    facts: Facts
    lead_in: str
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
        self._lexical = _open_lexical(folder / "lexical")
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
            writer = self._lexical.writer(num_threads=1)
            for each in entries:
                writer.delete_documents_by_term("passage_id", each.passage.passage_id)
                writer.add_document(_lexical_document(each))
            self._commit(writer)

    def remove(self, passage_ids: Collection[str]) -> None:
        """Removes passages; those not there are passed over."""
        wanted = sorted(passage_ids)
        for at in range(0, len(wanted), _BATCH):
            self._collection.delete(ids=wanted[at : at + _BATCH])
        if wanted:
            writer = self._lexical.writer(num_threads=1)
            for passage_id in wanted:
                writer.delete_documents_by_term("passage_id", passage_id)
            self._commit(writer)

    def rewrite_lexical(self, entries: Iterable[Entry]) -> None:
        """Makes the lexical index anew of `entries`, in one step.

        Passages that are gone count in its statistics until then, so that scores would depend
        on what was held before.
        """
        writer = self._lexical.writer(num_threads=1)
        writer.delete_all_documents()
        for each in entries:
            writer.add_document(_lexical_document(each))
        self._commit(writer)

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
        searcher = self._reloaded().searcher()
        every = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs))
        lexical = {_passage_id(searcher, address) for _, address in every.hits}
        return set(self._collection.get(include=[])["ids"]), lexical

    def search_dense(
        self, vector: Vectors, top_k: int, documents: Collection[str] | None, generation: int
    ) -> Scores:
        """Cosine similarity (-1 to 1) of the `top_k` nearest passages, of `documents` if given.

        `generation` says how fresh what is held in memory must be.
        """
        held = self._snapshot(generation)
        if held.vectors is None:
            return self._search_approximate(vector, top_k, documents)
        ids = held.ids
        if not ids:
            return {}
        scores = held.vectors @ vector
        if documents is not None:
            scores = np.where([each.rpartition(":")[0] in documents for each in ids], scores, -2)
        best = np.argsort(-scores, kind="stable")[:top_k]
        return {ids[at]: float(scores[at]) for at in best if scores[at] > -2}

    def search_lexical(
        self,
        text: str,
        top_k: int,
        documents: Collection[str] | None = None,
        context_end: int = 0,
    ) -> Scores:
        """BM25 (0 and up) of the `top_k` best passages, of `documents` if given.

        Words before `context_end`, taken over from elsewhere, count less.
        """
        query = self._lexical_query(text[context_end:], text[:context_end])
        if query is None:
            return {}
        if documents is not None:
            chosen = tantivy.Query.term_set_query(
                self._lexical.schema, "document_id", sorted(documents)
            )
            scoreless = tantivy.Query.const_score_query(chosen, 0.0)
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, scoreless)]
            )
        searcher = self._reloaded().searcher()
        hits = searcher.search(query, top_k).hits
        found = [(_passage_id(searcher, address), float(score)) for score, address in hits]
        return dict(sorted(found, key=lambda each: (-each[1], each[0])))

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of each term over passages, 0 (in all) to 1 (in none)."""
        searcher = self._reloaded().searcher()
        total = max(searcher.num_docs, 1)
        top = np.log(1 + total)
        return {
            term: max(0.0, float(np.log((1 + total) / (1 + searcher.doc_freq("body", term))) / top))
            for term in terms
        }

    def _search_approximate(
        self, vector: Vectors, top_k: int, documents: Collection[str] | None
    ) -> Scores:
        where: Any = {"document_id": {"$in": sorted(documents)}} if documents is not None else None
        if documents is not None and not documents:
            return {}
        with _told():
            found = self._collection.query(
                query_embeddings=vector[None, :],
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
            found = self._collection.get(include=["embeddings"])
        order = sorted(range(len(found["ids"])), key=lambda at: found["ids"][at])
        ids = [found["ids"][at] for at in order]
        vectors: Vectors = np.empty((0, 0), dtype=np.float32)
        if ids:
            vectors = np.asarray(found["embeddings"], dtype=np.float32)[order]
        return _Held(generation, ids, {each: at for at, each in enumerate(ids)}, vectors)

    def _reopen(self) -> None:
        """Chroma's client and a rebuilt lexical index do not see what another process wrote."""
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()
        self._collection = _open_collection(self._folder / "chroma", self._settings)
        self._lexical = _open_lexical(self._folder / "lexical")

    def _lexical_query(self, text: str, context: str) -> tantivy.Query | None:
        schema, parts = self._lexical.schema, []
        for field, boost in _BOOSTS.items():
            words_of = _asked_symbols if field == "symbols" else _asked_terms
            boosts = dict.fromkeys(words_of(context), boost * _CONTEXT)
            boosts |= dict.fromkeys(words_of(text), boost)
            for word, weight in boosts.items():
                weight *= _PARAGRAPH if _PARAGRAPH_MARK in word else 1
                term = tantivy.Query.term_query(schema, field, word)
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, weight)))
        return tantivy.Query.boolean_query(parts) if parts else None

    def _reloaded(self) -> tantivy.Index:
        self._lexical.reload()
        return self._lexical

    def _commit(self, writer: tantivy.IndexWriter) -> None:
        writer.commit()
        writer.wait_merging_threads()


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


def terms(text: str) -> list[str]:
    """The words of `text` as the lexical index sees them: stems, folded, without stop words."""
    return list(_stemmer().analyze(_in_words(text)))


def _in_words(text: str) -> str:
    """The text with runs of a script without spaces as overlapping pairs of characters."""
    if text.isascii():
        return text
    return _UNSPACED.sub(
        lambda run: f" {' '.join(map(''.join, pairwise(run[0]))) or run[0]} ", text
    )


def symbols(text: str) -> list[str]:
    """Words of `text` that mix digits with letters or marks, whole and in lower case, and the
    symbols of the documents that it names."""
    words = [each.lower() for each in _SYMBOL.findall(text)]
    named = [each.lower() for each in find_symbols(text)]
    return words + [each for each in named if each not in words]


def _asked_terms(text: str) -> list[str]:
    # The parts of a symbol ("RES", "70") would find what mentions it before the document itself.
    return terms(without_symbols(text))


def _asked_symbols(text: str) -> list[str]:
    return symbols(text) + _numbered(paragraphs_asked(text), find_symbols(text))


def _numbered(paragraphs: Sequence[str], documents: Sequence[str]) -> list[str]:
    """Words for paragraphs: their numbers, alone and with the symbol of each of the documents."""
    names = ["", *(each.lower() for each in documents)]
    return [f"{name}{_PARAGRAPH_MARK}{number}" for name in names for number in paragraphs]


@cache
def _stemmer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"\w+"))
    for each in (
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stopword("english"),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(each)
    return builder.build()


def _lexical_document(entry: Entry) -> tantivy.Document:
    passage, facts = entry.passage, entry.facts
    body = " ".join((entry.lead_in, passage.text))
    own = find_symbols(f"{facts.symbol} {facts.title}")
    numbers = _numbered(paragraphs_of(passage), own[:_MAX_OWN])
    words = [*symbols(f"{facts.symbol} {body}"), *symbols(" ".join(own)), *numbers]
    return tantivy.Document(
        passage_id=passage.passage_id,
        document_id=passage.document_id,
        title=_in_words(facts.title),
        facts=_in_words(" ".join((facts.organisation, facts.event, facts.kind, facts.date))),
        section=_in_words(" ".join(passage.section)),
        body=_in_words(body),
        symbols=" ".join(words),
    )


def _passage_id(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> str:
    return str(searcher.doc(address).get_first("passage_id"))


def _open_lexical(folder: Path) -> tantivy.Index:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("passage_id", stored=True, tokenizer_name="raw")
    builder.add_text_field("document_id", tokenizer_name="raw")
    for field in ("title", "facts", "section", "body"):
        builder.add_text_field(field, tokenizer_name="english")
    builder.add_text_field("symbols", tokenizer_name="whole")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        index = tantivy.Index(builder.build(), path=str(folder))
    except ValueError as error:
        raise StoreError(
            f"the lexical index {folder} cannot be opened ({error}); run `verse ingest --rebuild`"
        ) from error
    index.register_tokenizer("english", _stemmer())
    whole = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    index.register_tokenizer("whole", whole.build())
    return index


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
