"""Cases and outcomes made by hand, and how one metric scores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evals.metrics import metrics_for, score_case
from evals.outcomes import HitRow, Outcome
from evals.suite import Case

FEE = "The annual fee is forty crowns and is due before the end of March each year."
WAIVER = "The board may waive the fee for members who have retired from active service."
DUES = "Dues are paid in one sum unless the treasurer agrees to a plan of payment."
OTHER = "Nothing in this paragraph speaks of money, members, boards or any kind of payment at all."


def score(name: str, case: Case, outcome: Outcome) -> float | None:
    return score_case(case, outcome, metrics_for("answer", [name]))[name]


def case_of(**values: Any) -> Case:
    return Case.model_validate({"id": "c1", **values})


def outcome_of(**values: Any) -> Outcome:
    return Outcome.model_validate({"case_id": "c1", "status": "answered", **values})


def found(*texts: str, document: str = "fees") -> Outcome:
    return Outcome(case_id="c1", hits=tuple(HitRow(document_id=document, text=t) for t in texts))


def ranked(documents: Sequence[str]) -> Outcome:
    return Outcome(case_id="c1", hits=tuple(HitRow(document_id=each) for each in documents))


def gold(*quotes: str, **more: Any) -> dict[str, Any]:
    return {"document": "fees", "quotes": quotes, **more}


def quoting(*quotes: str, **more: Any) -> dict[str, Any]:
    return {
        "statements": [{"text": each, "citations": [n]} for n, each in enumerate(quotes, start=1)],
        "citations": [
            {"document_id": "fees", "n": n, "quote": each, **more}
            for n, each in enumerate(quotes, start=1)
        ],
    }
