"""Metrics: pure functions of case and outcome, None where they do not apply, found by name.

retrieval.py  citations.py  answers.py  costs.py    of one case
sets.py                                             of a whole set
registry.py                                         by name
"""

from __future__ import annotations

from evals.metrics import answers, citations, costs, retrieval, sets
from evals.metrics.registry import (
    METRICS,
    SET_METRICS,
    all_metrics,
    mean_of,
    metrics_for,
    score_case,
    score_set,
)
from evals.metrics.retrieval import recall_by_rank, trec_name, trec_qrels, trec_run
from evals.metrics.sets import ReliabilityBin, reliability, risk_coverage

__all__ = [
    "METRICS",
    "SET_METRICS",
    "ReliabilityBin",
    "all_metrics",
    "answers",
    "citations",
    "costs",
    "mean_of",
    "metrics_for",
    "recall_by_rank",
    "reliability",
    "retrieval",
    "risk_coverage",
    "score_case",
    "score_set",
    "sets",
    "trec_name",
    "trec_qrels",
    "trec_run",
]
