"""How well passages are found: the measures of trec_eval, worked out by `ir_measures`.

1. A case with `relevant` is judged by document: the ranking is of documents, each at the place of
   its first hit (its best passage's score), and grades are the case's, those above 0.
2. A case with `evidence` alone is judged by gold quote: the ranking is of hits, in which a hit
   stands once for each quote that it is the first to cover, under that quote's name, and once
   under a name of its own where it is the first to cover none. Each quote has grade 1. So what is
   to be found, and the best ranking possible, are the same for every system and way of chunking.
3. Recall of quotes counts hits, not places in that ranking, so that a passage which covers two
   quotes costs no depth. It equals `R@k` of the exported run unless such a passage stands among
   the first k.
4. A case with neither has no score.

Steps 2 and 3 apart, names and grades are those of files: `ir_measures` over what `trec_run` and
`trec_qrels` give has the same figures, case by case.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf
from typing import Any
from urllib.parse import quote

import ir_measures

from evals.matching import hit_covers
from evals.metrics.registry import depth_metric, mean_of
from evals.outcomes import Outcome
from evals.scores import Pairs
from evals.suite import Case, Gold

_QUERY = "q"
_UNSAFE = re.compile(r"[\s%]")
_ASKED = "retrieval answer conversation"
# The measures of one case meet the same hits and quotes again; more than that need not be kept.
_covers = lru_cache(maxsize=4096)(hit_covers)


@depth_metric("ndcg", {10: "retrieval"})
def ndcg(case: Case, outcome: Outcome, depth: int) -> float | None:
    """Normalised discounted cumulative gain of the first hits, 0 to 1: grades over the logarithm
    of the rank, as a share of the best ranking's (Järvelin and Kekäläinen, 2002; trec_eval
    ndcg_cut)."""
    return _measured(ir_measures.nDCG, case, outcome, depth)


@depth_metric("recall", {8: _ASKED, 10: "retrieval", 100: "retrieval"})
def recall(case: Case, outcome: Outcome, depth: int) -> float | None:
    """Share of the relevant documents among the first documents found (trec_eval recall), or of
    the gold quotes covered by the first hits."""
    if _grades(case) and not _is_by_document(case) and outcome.hits is not None:
        return mean_of(rank <= depth for rank in _found_at(case, outcome))
    return _measured(ir_measures.R, case, outcome, depth)


@depth_metric("mrr", {10: "retrieval"})
def mrr(case: Case, outcome: Outcome, depth: int) -> float | None:
    """Reciprocal rank of the first relevant document, or of the first hit that covers a gold
    quote; 0 if it is not among the first (trec_eval recip_rank, cut)."""
    return _measured(ir_measures.RR, case, outcome, depth)


@depth_metric("precision", {10: "retrieval"})
def precision(case: Case, outcome: Outcome, depth: int) -> float | None:
    """Share of relevant documents, or of gold quotes newly covered, in the first places of the
    ranking; places left empty count as misses (trec_eval P)."""
    return _measured(ir_measures.P, case, outcome, depth)


@depth_metric("hit", {1: _ASKED}, is_yes_no=True)
def hit(case: Case, outcome: Outcome, depth: int) -> float | None:
    """Whether a relevant document, or a hit that covers a gold quote, is among the first
    (trec_eval success)."""
    return _measured(ir_measures.Success, case, outcome, depth)


def recall_by_rank(pairs: Pairs, depth: int) -> list[float]:
    """The mean of recall@1 to recall@`depth`; empty where no case has anything to find."""
    found = [
        _found_at(case, outcome)
        for case, outcome in pairs
        if _grades(case) and outcome.hits is not None
    ]
    shares = [
        [sum(rank <= at for rank in ranks) / len(ranks) for at in range(1, depth + 1)]
        for ranks in found
    ]
    return [sum(column) / len(shares) for column in zip(*shares, strict=True)]


def trec_run(case: Case, outcome: Outcome) -> list[tuple[str, float]]:
    """Name and score of each place in the ranking, best first, as a TREC run holds them.

    A name is a document's id without white space (`trec_name`), or "gold-2", "hit-7" where the
    case is judged by gold quote. Scores fall by 1 a rank, so that no tie can be reordered.
    """
    names = _ranking(case, outcome)
    return [(trec_name(name), float(len(names) - at)) for at, name in enumerate(names)]


def trec_qrels(case: Case) -> dict[str, int]:
    """The grades above 0 by name, the same for every system; empty for a case without gold."""
    return {trec_name(name): grade for name, grade in _grades(case).items()}


def trec_name(name: str) -> str:
    """`name` with white space and "%" as percent escapes: the columns of TREC files are set apart
    by white space. Distinct names stay distinct."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), name)


def _measured(measure: Any, case: Case, outcome: Outcome, depth: int) -> float | None:
    grades = _grades(case)
    if not grades or outcome.hits is None:
        return None
    # What stands below the depth changes nothing; leaving it out makes it fast.
    names = _ranking(case, outcome)[:depth]
    run = {name: float(depth - at) for at, name in enumerate(names)}
    evaluator = ir_measures.evaluator([measure @ depth], {_QUERY: grades})
    (scored,) = evaluator.iter_calc({_QUERY: run})
    return float(scored.value)


def _is_by_document(case: Case) -> bool:
    return any(grade > 0 for grade in case.relevant.values()) or not case.evidence


def _grades(case: Case) -> dict[str, int]:
    """What is to be found for the case, by its name in the ranking."""
    if _is_by_document(case):
        return {document: grade for document, grade in case.relevant.items() if grade > 0}
    return {_gold_name(at): 1 for at in range(len(case.evidence))}


def _ranking(case: Case, outcome: Outcome) -> list[str]:
    hits = outcome.hits or ()
    if _is_by_document(case):
        return list(dict.fromkeys(each.document_id for each in hits))
    first: dict[float, list[str]] = {}
    for at, gold in enumerate(case.evidence):
        first.setdefault(_covered_at(outcome, gold), []).append(_gold_name(at))
    return [name for rank in range(1, len(hits) + 1) for name in first.get(rank, [f"hit-{rank}"])]


def _found_at(case: Case, outcome: Outcome) -> list[float]:
    """For each thing to be found the rank, from 1, of the document or hit that has it first;
    infinity where none has it."""
    if not _is_by_document(case):
        return [_covered_at(outcome, gold) for gold in case.evidence]
    ranks = {name: rank for rank, name in enumerate(_ranking(case, outcome), start=1)}
    return [ranks.get(document, inf) for document in _grades(case)]


def _covered_at(outcome: Outcome, gold: Gold) -> float:
    ranked = enumerate(outcome.hits or (), start=1)
    return next((rank for rank, each in ranked if _covers(each.document_id, each.text, gold)), inf)


def _gold_name(at: int) -> str:
    return f"gold-{at + 1}"
