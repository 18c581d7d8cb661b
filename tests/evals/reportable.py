"""A made-up run to report: six cases of a society's rules, one of every kind of trouble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals.metrics import metrics_for, score_case, score_set
from evals.outcomes import Outcome
from evals.reported import Past, Reported
from evals.scores import Pairs
from evals.suite import Case

FEE = "The annual fee is forty crowns and is due before the end of March each year."
WAIVER = "The board may waive the fee for members who have retired from active service."
METRICS = (
    "correct", "nuggets_vital", "citation_recall", "verbatim", "refused_answerable",
    "refusal_recall", "recall@8", "total_ms", "aurc", "exact",
)  # fmt: skip


def pair(case_id: str, case: Mapping[str, Any], outcome: Mapping[str, Any]) -> tuple[Case, Outcome]:
    asked = {"id": case_id, "question": f"What of {case_id}?", **case}
    given = {"case_id": case_id, "status": "answered", "timings_ms": {"total": 20.0}, **outcome}
    return Case.model_validate(asked), Outcome.model_validate(given)


def gold(quote: str, **more: Any) -> dict[str, Any]:
    return {"document": "rules", "quotes": [quote], **more}


def cited(quote: str, document: str = "rules", **more: Any) -> dict[str, Any]:
    citation = {
        "n": 1, "document_id": document, "quote": quote, "title": "Rules of the society",
        "section": "Rules of the society › Fees", "page": 4, "page_label": "iv", **more,
    }  # fmt: skip
    return {
        "text": f"{quote} [1]",
        "statements": [{"text": quote, "citations": [1]}],
        "citations": [citation],
        "hits": [{"document_id": document, "text": quote, "rank": 1, "score": 0.5}],
    }


REFUSAL = {"status": "not_in_documents", "text": "The documents do not answer this."}


def six(system: str = "ours") -> list[tuple[Case, Outcome]]:
    fee = {"evidence": [gold(FEE)], "kind": "factoid", "tags": ["number"]}
    right = {**cited(FEE), "support": 0.9, "observed": {"verbatim": [True], "nuggets": [0.8]}}
    changed = {**cited(FEE), "support": 0.8, "observed": {"verbatim": [False], "pages": [False]}}
    pairs = [
        pair("good", {**fee, "nuggets": [{"text": "forty crowns"}]}, right),
        pair("changed-quote", fee, changed),
        pair("wrong-source", {**fee, "kind": "why"}, {**cited(WAIVER), "support": 0.6}),
        pair("refused", {**fee, "kind": "why"}, {**REFUSAL, "support": 0.2}),
        pair("invented", {"answerable": False, "kind": "unanswerable"},
             {**cited(WAIVER), "support": 0.5}),
        pair("said-no", {"answerable": False, "kind": "unanswerable"},
             {**REFUSAL, "support": 0.1}),
    ]  # fmt: skip
    return [(case, each.model_copy(update={"system": system})) for case, each in pairs]


def reported_of(systems: Mapping[str, Pairs], **values: Any) -> Reported:
    names: Sequence[str] = values.pop("metrics", METRICS)
    metrics = metrics_for("answer", names)
    given: dict[str, Any] = {
        "name": "2026-11-24-rules",
        "title": "The society's rules",
        "mode": "answer",
        "facts": {"seed": 0, "code": {"commit": "e8afa4b"}},
        "systems": systems,
        "scores": {
            system: {case.id: score_case(case, outcome, metrics) for case, outcome in pairs}
            for system, pairs in systems.items()
        },
        "set_scores": {system: score_set(pairs, metrics) for system, pairs in systems.items()},
        "metrics": metrics,
        "intervals": {(system, "correct"): (0.25, 0.75) for system in systems},
        "history": [Past("2026-11-20-rules", "2026-11-20T09:00:00+00:00", {"correct": 0.5})],
    }
    return Reported(**(given | values))
