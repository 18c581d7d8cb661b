"""The gold of cases looked up in a library: no run is measured against what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.matching import find_gold
from evals.suite import Case
from rag.ledger import Ledger


def locate_gold(cases: Sequence[Case], ledger: Ledger) -> list[Case]:
    """The cases with gold that the library really has; raises SuiteError naming what it lacks."""
    needed = {each.document for case in cases for each in case.evidence}
    if any(not each.document for case in cases for each in case.evidence):
        needed |= {document for case in cases for document in case.relevant}
    held = ledger.facts()
    texts = {each: ledger.document(each).text for each in needed if each in held}
    by_file = {Path(each.path).name: each.document_id for each in ledger.entries()}
    by_file |= {each: each for each in held}
    return [find_gold(_with_known_documents(case, by_file), texts) for case in cases]


def _with_known_documents(case: Case, by_file: Mapping[str, str]) -> Case:
    """Relevant documents by their ids, where a set names them by file.

    A record that has no text, and so is not in the library, keeps its name: it can be found by
    nothing, and counts.
    """
    if not case.relevant:
        return case
    relevant = {by_file.get(each, each): grade for each, grade in case.relevant.items()}
    return case.model_copy(update={"relevant": relevant})
