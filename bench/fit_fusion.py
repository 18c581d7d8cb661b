"""Fits the weights of the fusion (settings `retrieval.*_weight`) over sets in the BEIR layout.

    python -m bench.fit_fusion DIR... [--data-dir DIR] [--limit N]

Listwise: the softmax over the candidates of a question is to fall on the relevant ones (ListNet's
top-one probability: Cao and others, ICML 2007), each set counting the same; weights below zero are
not tried. Prints the weights, scaled to sum to 1, and for each set nDCG@10 by weights fitted on the
other sets only, beside each side alone, reciprocal rank fusion and sums scaled by lists.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from bench.retrieval import open_suites, tell
from evals.batch import make_libraries
from evals.cases import read_cases
from evals.libraries import make_library
from evals.runner import Options, settings_for
from evals.suite import Case, SuiteFile
from rag.fusion import Signs, fuse_ranks
from rag.pipeline import Library
from rag.records import Question, Turn
from rag.settings import Settings, load_settings

Floats = npt.NDArray[np.float64]
_NAMES = ("dense", "lexical", "passage", "sentence")
_PENALTY = 1e-4
_START = (5.0, 2.0, 8.0, 1.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's candidates: signs (n, 4), their documents, and the grade of each document."""

    signs: Floats
    documents: tuple[str, ...]
    relevant: Mapping[str, int]

    @property
    def is_relevant(self) -> npt.NDArray[np.bool_]:
        """Whether each candidate is of a relevant document."""
        return np.array([each in self.relevant for each in self.documents])


def main() -> int:
    """Fits and prints; gives the exit code."""
    parser = argparse.ArgumentParser(prog="bench.fit_fusion", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--data-dir", type=Path, default=Path(".verse/retrieval"))
    parser.add_argument("--limit", type=int, default=400, help="questions of each set, at most")
    given = parser.parse_args()
    os.environ.pop("VERSE_SHARED", None)
    files, refused = open_suites(given.folders, ("ours",), given.data_dir)
    settings = load_settings(data_dir=given.data_dir)
    libraries = given.data_dir / "libraries"
    make_libraries(files, settings, Options(), libraries, tell)
    with threadpool_limits(1):
        sets = {each.suite.name: _read(each, settings, libraries, given.limit) for each in files}
        weights = fit(list(sets.values()))
        print(" ".join(f"{n} {w:.3f}" for n, w in zip(_NAMES, weights, strict=True)))
        _print_table(sets)
    print("\n".join(refused), file=sys.stderr)
    return 1 if refused else 0


def fit(sets: Sequence[Sequence[Asked]]) -> Floats:
    """The weights (4,) of the signs, none below zero, summing to 1."""
    kept = [[each for each in one if each.is_relevant.any()] for one in sets]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = _PENALTY * float(weights @ weights), 2 * _PENALTY * weights
        for one in kept:
            for each in one:
                lost, change = _lost(each, weights)
                total += lost / len(one) / len(kept)
                slope = slope + change / len(one) / len(kept)
        return total, slope

    bounds = [(0.0, None)] * len(_NAMES)
    found = minimize(loss, np.array(_START), jac=True, method="L-BFGS-B", bounds=bounds)
    weights: Floats = found.x / found.x.sum()
    return weights


def _lost(asked: Asked, weights: Floats) -> tuple[float, Floats]:
    """Cross-entropy of the softmax with the relevant candidates, and its slope (4,)."""
    scores = asked.signs @ weights
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    wanted = asked.is_relevant / asked.is_relevant.sum()
    lost = -float(wanted @ np.log(np.maximum(chances, 1e-12)))
    return lost, asked.signs.T @ (chances - wanted)


def _read(file: SuiteFile, settings: Settings, folder: Path, limit: int) -> list[Asked]:
    own = settings_for(file, settings, "ours", {"retrieval": {"rerank_depth": 1000}})
    place = make_library(file, own, folder, tell)
    library = place.open()
    cases = read_cases(file)
    chosen = np.random.default_rng(1).permutation(len(cases))[:limit]
    asked = []
    for done, at in enumerate(sorted(chosen.tolist()), start=1):
        asked.append(_asked(library, cases[at]))
        tell(done, len(chosen), file.suite.name)
    library.ledger.close()
    return asked


def _asked(library: Library, case: Case) -> Asked:
    turns = tuple(Turn(each) for each in case.history)
    question = Question(case.question, turns, tuple(case.filters.items()))
    found = library.retriever().signs(question)
    passages = library.ledger.passages(found)
    return Asked(
        signs=np.array([_row(each) for each in found.values()]).reshape(-1, len(_NAMES)),
        documents=tuple(passages[each].document_id for each in found),
        relevant=case.relevant,
    )


def _row(signs: Signs) -> tuple[float, ...]:
    return signs.dense, signs.lexical, signs.passage or 0.0, signs.sentence or 0.0


def _print_table(sets: Mapping[str, Sequence[Asked]]) -> None:
    def scaled(values: Floats) -> Floats:
        return (values - values.min()) / max(float(np.ptp(values)), 1e-9)

    ways: dict[str, Callable[[Floats], Floats]] = {
        "lexical": lambda signs: signs[:, 1],
        "dense": lambda signs: signs[:, 0],
        "passage": lambda signs: signs[:, 2],
        "rrf": _ranks,
        "scaled sums": lambda signs: scaled(signs[:, 0]) + scaled(signs[:, 1]),
    }
    print("| set | " + " | ".join([*ways, "fitted on the other sets"]) + " |")
    print("|" + "---|" * (len(ways) + 2))
    for name, asked in sets.items():
        others = fit([each for other, each in sets.items() if other != name])
        figures = [_mean_ndcg(asked, way) for way in ways.values()]
        figures.append(_mean_ndcg(asked, lambda signs, w=others: signs @ w))  # type: ignore[misc]
        print("| " + " | ".join([name, *(f"{each:.3f}" for each in figures)]) + " |", flush=True)


def _ranks(signs: Floats) -> Floats:
    """Reciprocal rank fusion of cosine and BM25; a BM25 of 0 is no place in its list."""
    dense = {str(at): float(each) for at, each in enumerate(signs[:, 0])}
    lexical = {str(at): float(each) for at, each in enumerate(signs[:, 1]) if each > 0}
    fused = fuse_ranks((dense, lexical), 60)
    return np.array([fused[str(at)] for at in range(len(signs))])


def _mean_ndcg(asked: Sequence[Asked], way: Callable[[Floats], Floats], k: int = 10) -> float:
    """nDCG@k (Järvelin and Kekäläinen 2002), a document at the place of its best passage."""
    found = []
    discounts = 1 / np.log2(np.arange(2, k + 2))
    for each in asked:
        order = np.argsort(-way(each.signs), kind="stable") if len(each.signs) else []
        documents = list(dict.fromkeys(each.documents[at] for at in order))[:k]
        gains = np.array([each.relevant.get(document, 0) for document in documents])
        ideal = np.array(sorted(each.relevant.values(), reverse=True)[:k])
        best = float(ideal @ discounts[: len(ideal)])
        found.append(float(gains @ discounts[: len(gains)]) / best)
    return float(np.mean(found))


if __name__ == "__main__":
    raise SystemExit(main())
