"""The figures of a run of `verse eval`, worked out again by two other programs from its TREC files.

    pip install ranx        # beside the test packages; it brings a compiler along
    python bench/second_opinion.py RUN_FOLDER [RUN_FOLDER ...]

For each system of each run: nDCG@10, MRR@10, precision@10 and recall@100 by ir-measures on the
exported files, nDCG@10, MRR@10 and precision@10 by ranx, beside the run's own scores. Exits 1 where
one differs in the fourth decimal. Recall is compared for sets judged by document only (where a
passage covers two gold quotes, no qrels file can say what recall@k is; docs/evaluation.md).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import ir_measures
from ir_measures import RR, P, R, nDCG

from evals.metrics import mean_of
from evals.run import QRELS, Run, open_run

_NAMES = {"ndcg@10": nDCG @ 10, "mrr@10": RR @ 10, "precision@10": P @ 10, "recall@100": R @ 100}
_RANX = {"ndcg@10": "ndcg@10", "mrr@10": "mrr@10", "precision@10": "precision@10"}
_CLOSE = 5e-5


def main() -> int:
    """Compares every run named; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    agrees = True
    for folder in parser.parse_args().runs:
        run = open_run(folder)
        for system in run.manifest.systems:
            agrees &= _compare(run, system)
    return 0 if agrees else 1


def _compare(run: Run, system: str) -> bool:
    names = [name for name in _NAMES if name != "recall@100" or not run.cases[0].evidence]
    scores = run.scores(system, names)
    ours = {name: mean_of(each[name] for each in scores.values()) or 0.0 for name in names}
    places = str(run.folder / QRELS), str(run.folder / f"{system}.run")
    others = {"ir-measures": _by_ir_measures(*places), "ranx": _by_ranx(*places)}
    agrees = True
    for name in names:
        figures = {who: found[name] for who, found in others.items() if name in found}
        close = all(abs(value - ours[name]) < _CLOSE for value in figures.values())
        told = "  ".join(f"{who} {value:.6f}" for who, value in figures.items())
        print(f"{run.manifest.suite} {system} {name}: ours {ours[name]:.6f}  {told}", flush=True)
        agrees &= close
    return agrees


def _by_ir_measures(qrels: str, ranking: str) -> dict[str, float]:
    judged = list(ir_measures.read_trec_qrels(qrels))
    found = ir_measures.calc_aggregate(
        _NAMES.values(), judged, list(ir_measures.read_trec_run(ranking))
    )
    return {name: found[measure] for name, measure in _NAMES.items()}


def _by_ranx(qrels: str, ranking: str) -> dict[str, float]:
    try:
        from ranx import Qrels, evaluate
        from ranx import Run as Ranking
    except ImportError:
        sys.exit("ranx is not installed here: pip install ranx")
    judged = Qrels.from_file(qrels, kind="trec")
    ranked = Ranking.from_file(ranking, kind="trec")
    found = evaluate(judged, ranked, list(_RANX.values()), make_comparable=True)
    return {name: float(found[theirs]) for name, theirs in _RANX.items()}


if __name__ == "__main__":
    raise SystemExit(main())
