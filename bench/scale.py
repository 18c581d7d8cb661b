"""Search in a large library: milliseconds a question, memory, and HNSW against exact search.

    python -m bench.scale --data-dir DIR [--passages 100000] [--questions 200]

Makes a library of invented text (words drawn as often as words of a language are, by Zipf's law;
vectors drawn too, so that it takes minutes and not hours), or goes on with the one in DIR. Then a
fresh process asks it questions, all stages on, encoded by the real model on one thread: with the
vectors compared exactly, and with Chroma's HNSW. Prints a row for each as JSON: median and 95th
percentile, the most memory the process held, and the share of exact search's hundred nearest that
were found.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

import rag.pipeline
from rag.embed import SentenceEmbedder
from rag.load import load_record
from rag.pipeline import Library, open_library
from rag.ports import Role, TokenVectors
from rag.records import Document, Facts, Question
from rag.settings import Settings, load_settings, overlay

_VOCABULARY = 50_000
_DIMENSIONS = 384
_PARAGRAPHS, _WORDS = 10, 130  # of a document, of a paragraph, which becomes one passage
_TOPICS = 400
_WARM_UP = 5


class DrawnEmbedder(SentenceEmbedder):
    """Draws the vectors of passages, near to others of the same topic; questions are encoded."""

    def embed_tokens(self, texts: Sequence[str], role: Role = "text") -> list[TokenVectors]:
        """As an encoder would give them: one vector for each word and one for the whole."""
        if role != "passage":
            return super().embed_tokens(texts, role)
        return [self._drawn(text) for text in texts]

    def _drawn(self, text: str) -> TokenVectors:
        rng = np.random.default_rng(crc32(text.encode()))
        topic = np.random.default_rng(crc32(text.encode()) % _TOPICS).normal(size=_DIMENSIONS)
        count = len(text.split())
        drawn = rng.normal(size=(count + 1, _DIMENSIONS)).astype(np.float32) + topic
        unit = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
        starts = np.linspace(0, len(text), count, endpoint=False).astype(np.int32)
        return TokenVectors(unit[0], unit[1:], np.stack([starts, starts + 1], axis=1))


def main() -> None:
    """Makes the library where it is not there, then measures."""
    parser = argparse.ArgumentParser(prog="bench.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args()
    settings = load_settings(data_dir=given.data_dir)
    started = time.perf_counter()
    _make(settings, given.passages // _PARAGRAPHS)
    print(json.dumps({"made_in_s": round(time.perf_counter() - started)}), flush=True)
    context = multiprocessing.get_context("spawn")
    for exact_below in (10**9, 0):
        chosen = overlay(settings, {"index": {"exact_below": exact_below}})
        with context.Pool(1) as pool:
            print(json.dumps(pool.apply(measure, (chosen, given.questions))), flush=True)


def _make(settings: Settings, documents: int) -> None:
    rag.pipeline.SentenceEmbedder = DrawnEmbedder  # type: ignore[misc]
    library = open_library(settings)
    if len(library.ledger.facts()) < documents:
        library.ingester(_tell).ingest_records(_documents(documents), documents)
    library.workers.close()
    library.ledger.close()


def _documents(count: int) -> Iterator[Document]:
    for number in range(count):
        rng = np.random.default_rng(number)
        paragraphs = [" ".join(_words(rng, _WORDS)) + "." for _ in range(_PARAGRAPHS)]
        title = " ".join(_words(rng, 5)).capitalize()
        facts = Facts(title=title, date=str(1990 + number % 35), language="en")
        yield load_record(f"drawn-{number:06}", "\n\n".join(paragraphs), facts)


def _words(rng: np.random.Generator, count: int) -> list[str]:
    """Words of a made-up language, frequent ones short."""
    ranks = np.minimum(rng.zipf(1.3, count), _VOCABULARY)
    return [_word(int(rank)) for rank in ranks]


def _word(rank: int) -> str:
    syllables = ("ba", "ne", "ti", "ro", "lu", "sa", "ke", "mi", "do", "vu", "pa", "le", "go")
    word = ""
    while rank:
        rank, at = divmod(rank, len(syllables))
        word += syllables[at]
    return word


def measure(settings: Settings, questions: int) -> dict[str, object]:
    """One row: how long questions take, with what memory, and how near to exact search."""
    import torch

    torch.set_num_threads(1)
    library = open_library(settings)
    retriever = library.retriever()
    rng = np.random.default_rng(7)
    asked = [f"What of {' '.join(_words(rng, 9))}?" for _ in range(questions + _WARM_UP)]
    times = []
    for text in asked:
        started = time.perf_counter()
        retriever.search(Question(text), settings.retrieval.top_k)
        times.append(1000 * (time.perf_counter() - started))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kept = times[_WARM_UP:]
    return {
        "vectors": "HNSW" if settings.index.exact_below == 0 else "exact",
        "passages": len(library.ledger.passage_ids()),
        "first_ms": round(times[0]),
        "median_ms": round(float(np.median(kept))),
        "p95_ms": round(float(np.percentile(kept, 95))),
        "peak_memory_mb": round(peak_mb),
        "recall_of_100": round(_recall(library, asked[:50]), 4),
    }


def _recall(library: Library, questions: Sequence[str]) -> float:
    """Share of the hundred nearest passages that the index finds."""
    generation, ledger = library.ledger.generation, library.ledger
    held = ledger.vectors(sorted(ledger.passage_ids()))
    ids, vectors = list(held), np.stack(list(held.values()))
    shares = []
    for text in questions:
        vector = library.embedder.embed([text], "query")[0]
        nearest = {ids[at] for at in np.argsort(-(vectors @ vector), kind="stable")[:100]}
        found = library.index.search_dense(vector, 100, None, generation)
        shares.append(len(nearest & found.keys()) / 100)
    return float(np.mean(shares))


def _tell(done: int, total: int, what: str) -> None:
    if done >= 0 and done % 1000 == 0:
        print(f"  {what}: {done} of {total}", flush=True)


if __name__ == "__main__":
    main()
