"""Retrieval on public sets: ours beside BM25 alone and MiniLM alone, in one run.

    python bench/retrieval_sets.py ../shared/evals/retrieval/adi [FOLDER ...] [--limit N]

Prints nDCG@10 (Järvelin and Kekäläinen, 2002; by ir-measures) and the median time a question.
A record's score is that of its best passage. Exits 1 where ours is not above both others.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import ir_measures
from ir_measures import nDCG
from record_sets import open_set, read_qrels, read_question, read_rows, with_settings

from rag.pipeline import Library

_OFF = {"rerank": False, "asking_penalty": 0.0, "candidates": 200}
_SYSTEMS = {
    "BM25 alone": _OFF | {"dense_weight": 0.0, "lexical_weight": 1.0},
    "MiniLM alone": _OFF | {"dense_weight": 1.0, "lexical_weight": 0.0},
    "ours": {},
}
_DEPTH = 100


def main() -> int:
    """Measures every set named; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=0, help="first N questions only")
    parser.add_argument("--data-dir", type=Path, help="keep the libraries here between runs")
    given = parser.parse_args()
    won = True
    with tempfile.TemporaryDirectory() as temporary:
        for folder in given.folders:
            place = (given.data_dir or Path(temporary)) / folder.name
            library = open_set(folder, place)
            scores = {}
            for name, settings in _SYSTEMS.items():
                scores[name], median_ms = _measure(
                    with_settings(library, **settings), folder, given.limit
                )
                print(f"{folder.name:16} {name:14} nDCG@10 {scores[name]:.4f}  {median_ms:.0f} ms")
            won &= scores["ours"] > max(scores["BM25 alone"], scores["MiniLM alone"])
    return 0 if won else 1


def _measure(library: Library, folder: Path, limit: int) -> tuple[float, float]:
    qrels = read_qrels(folder / "qrels.tsv")
    retriever = library.retriever()
    run: dict[str, dict[str, float]] = {}
    times = []
    for row in read_rows(folder / "queries.jsonl"):
        if row["id"] not in qrels or (limit and len(run) >= limit):
            continue
        started = time.perf_counter()
        hits = retriever.search(read_question(row), _DEPTH)
        times.append(time.perf_counter() - started)
        best: dict[str, float] = {}
        for hit in hits:
            best.setdefault(hit.passage.document_id, hit.score)
        run[row["id"]] = best
    judged = {question: qrels[question] for question in run}
    score = ir_measures.calc_aggregate([nDCG @ 10], judged, run)[nDCG @ 10]
    return float(score), 1000 * statistics.median(times)


if __name__ == "__main__":
    raise SystemExit(main())
