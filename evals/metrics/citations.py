"""What the citations of an answer are worth: against gold quotes, against the stored documents,
and against the statements that rest on them."""

from __future__ import annotations

import re

from evals.matching import citation_covers, words
from evals.metrics.registry import mean_of, metric
from evals.outcomes import CitationRow, Outcome, Support
from evals.suite import Case, Gold

CARRIED = 0.5  # from this probability on, the checker holds a statement to be carried

_ASKED = "answer conversation"
_SEEN = "answer refusal conversation injection"
_NOTE_NAME = re.compile(r"^note [^:\s]{1,12}: ")
_PINPOINT = re.compile(
    r"\b(?:pp?|paras?|paragraphs?|pages?)\.? ?\d+(?:\s?[-–]\s?\d+)?", re.IGNORECASE
)


@metric("citation_recall", _ASKED)
def citation_recall(case: Case, outcome: Outcome) -> float | None:
    """Share of the gold quotes that citations cover (`evals.matching`)."""
    return mean_of(_golds_covered(case, outcome))


@metric("cited", f"{_ASKED} injection", is_yes_no=True)
def cited(case: Case, outcome: Outcome) -> float | None:
    """Whether citations cover at least one gold quote (`evals.matching`)."""
    covered = _golds_covered(case, outcome)
    return float(any(covered)) if covered else None


@metric("citation_precision", _ASKED)
def citation_precision(case: Case, outcome: Outcome) -> float | None:
    """Share of the citations that cover a gold quote; none where nothing is cited."""
    if not case.evidence:
        return None
    return mean_of(any(_covers(each, gold) for gold in case.evidence) for each in outcome.citations)


@metric("right_document", f"{_ASKED} injection", is_yes_no=True)
def right_document(case: Case, outcome: Outcome) -> float | None:
    """Whether a citation is of a relevant document; where no grades are given, of one in which
    a gold quote stands."""
    relevant = {document for document, grade in case.relevant.items() if grade > 0}
    relevant = relevant or {gold.document for gold in case.evidence}
    if not relevant or not outcome.is_answer:
        return None
    return float(any(each.document_id in relevant for each in outcome.citations))


@metric("verbatim", _SEEN)
def verbatim(case: Case, outcome: Outcome) -> float | None:
    """Share of the citations whose quote is the stored text at its offsets, and of the statements
    that say only their quotes' own words, taken together, as observed in the run."""
    return mean_of((*outcome.observed.verbatim, *outcome.observed.spoken))


@metric("page_correct", _SEEN)
def page_correct(case: Case, outcome: Outcome) -> float | None:
    """Share of the pages that are right: those of citations which a second reader of the file
    looked up, and those of gold quotes with a page against the citations that cover them."""
    looked_up = [each for each in outcome.observed.pages if each is not None]
    for gold in case.evidence:
        first = gold.model_copy(update={"quotes": gold.quotes[:1]})  # it is this one's page
        covering = [each for each in outcome.citations if _covers(each, first)]
        if gold.page is not None and covering:
            looked_up.append(any(each.page == gold.page for each in covering))
    return mean_of(looked_up)


@metric("alce_recall", _ASKED)
def alce_recall(case: Case, outcome: Outcome) -> float | None:
    """Share of the statements that their citations, as one text, carry by the checker; one
    without citations is not carried (citation recall of Gao and others, 2023, ALCE)."""
    return mean_of(_is_carried(each) for each in outcome.observed.support)


@metric("alce_precision", _ASKED)
def alce_precision(case: Case, outcome: Outcome) -> float | None:
    """Share of the citations that count: their statement is carried, and either they carry it
    alone or the others do not without them (citation precision of Gao and others, 2023, ALCE).
    None, where ALCE has 0, if nothing is cited: that is recall's to tell."""
    return mean_of(
        _is_carried(each) and (alone >= CARRIED or without < CARRIED)
        for each in outcome.observed.support
        for alone, without in zip(each.alone, each.without, strict=True)
    )


@metric("counterfactual", _ASKED)
def counterfactual(case: Case, outcome: Outcome) -> float | None:
    """Share of the statements that are not said again once the passages that they cite are taken
    away; one that stays was not resting on them."""
    return mean_of(not each for each in outcome.observed.stays)


@metric("source_independence", _ASKED)
def source_independence(case: Case, outcome: Outcome) -> float | None:
    """Distinct root sources over citations, 0 to 1, from two citations on.

    The root source of a citation is the works that its notes name, else its notes, else its
    document; page and paragraph numbers aside. Citations that share one count once.
    """
    if len(outcome.citations) < 2:
        return None
    sources: list[frozenset[str]] = []
    for roots in map(_roots, outcome.citations):
        shared = [each for each in sources if each & roots]
        sources = [each for each in sources if not each & roots]
        sources.append(roots.union(*shared))
    return len(sources) / len(outcome.citations)


def _golds_covered(case: Case, outcome: Outcome) -> list[bool]:
    if not outcome.is_answer:
        return []
    return [any(_covers(each, gold) for each in outcome.citations) for gold in case.evidence]


def _covers(citation: CitationRow, gold: Gold) -> bool:
    return citation_covers(citation.document_id, citation.quote, gold)


def _is_carried(support: Support) -> bool:
    return bool(support.alone) and support.together >= CARRIED


def _roots(citation: CitationRow) -> frozenset[str]:
    works = {_work(each) for note in citation.notes for each in note.works}
    notes = {_work(note.text) for note in citation.notes}
    return frozenset((works - {""}) or (notes - {""}) or {f"document {citation.document_id}"})


def _work(text: str) -> str:
    return " ".join(words(_PINPOINT.sub("", _NOTE_NAME.sub("", text))))
