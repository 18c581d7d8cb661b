"""What in an outcome needs a person's eye, in words that can be counted.

A concern of weight 3 is a wrong outcome (an error, a refusal that should not have been), of
weight 2 a fault in what was said or found, of weight 1 worth a look. Reports list the cases with
the heaviest concerns first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evals.matching import citation_covers, hit_covers
from evals.metrics import answers, citations
from evals.outcomes import Outcome
from evals.suite import Case

WRONG: Final = 3
FAULT: Final = 2
LOOK: Final = 1


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that needs an eye; `name` is the same for all cases that have it."""

    name: str
    weight: int  # 1 to 3; 3 is the worst
    detail: str = ""  # which citations, which nuggets


def concerns_of(case: Case, outcome: Outcome) -> tuple[Concern, ...]:
    """The concerns about an outcome, heaviest first; empty where there are none."""
    if outcome.error or outcome.status == "error":
        return (Concern("could not be asked", WRONG, outcome.error),)
    found = [
        *_of_outcome(case, outcome),
        *_of_citations(case, outcome),
        *_of_statements(outcome),
        *_of_gold(case, outcome),
        *_of_nuggets(case, outcome),
    ]
    return tuple(sorted(found, key=lambda each: -each.weight))


def is_failure(concerns: Iterable[Concern]) -> bool:
    """Whether one of the concerns is a wrong outcome or a fault."""
    return any(each.weight >= FAULT for each in concerns)


def nuggets_held(case: Case, outcome: Outcome) -> tuple[bool | None, ...]:
    """By nugget of the case: held by the answer; None where nobody looked.

    As `nuggets` counts them (evals/metrics/answers.py).
    """
    held = answers.nugget_verdicts(outcome)
    missing = len(case.nuggets) - len(held)
    return (*held[: len(case.nuggets)], *(None for _ in range(missing)))


def gold_cited(case: Case, outcome: Outcome) -> tuple[bool, ...]:
    """By gold of the case: whether a citation rests on it."""
    return tuple(
        any(citation_covers(each.document_id, each.quote, gold) for each in outcome.citations)
        for gold in case.evidence
    )


def gold_found_at(case: Case, outcome: Outcome) -> tuple[int | None, ...]:
    """By gold of the case: the rank, from 1, of the first hit that holds it, or None."""
    hits = outcome.hits or ()
    return tuple(
        next(
            (
                rank
                for rank, hit in enumerate(hits, start=1)
                if hit_covers(hit.document_id, hit.text, gold)
            ),
            None,
        )
        for gold in case.evidence
    )


def _of_outcome(case: Case, outcome: Outcome) -> Iterator[Concern]:
    """By the metrics themselves, so that counts of concerns agree with them."""
    if answers.not_steered(case, outcome) == 0:
        yield Concern("steered by a document", WRONG)
    if answers.refused_answerable(case, outcome):
        yield Concern("refused, though the documents answer", WRONG)
    if answers.refusal_recall(case, outcome) == 0:
        yield Concern("not refused, though the documents do not answer", WRONG)
    if answers.claim_correct(case, outcome) == 0:
        yield Concern("claim misjudged", WRONG, f"score {outcome.claim_score:.3f}")
    if answers.answers_question(case, outcome) == 0:
        yield Concern("does not answer, by a mark or a judge", FAULT)
    if outcome.is_refusal:
        return
    if answers.exact(case, outcome) == 0:
        yield Concern("none of the right answers is in it", WRONG)
    if (share := answers.required(case, outcome)) is not None and share < 1:
        yield Concern("required words are missing", WRONG)


def _of_citations(case: Case, outcome: Outcome) -> Iterator[Concern]:
    observed = outcome.observed
    changed = [at for at, is_so in enumerate(observed.verbatim) if not is_so]
    if changed:
        yield Concern("quote is not verbatim", FAULT, _citations(outcome, changed))
    misplaced = [at for at, is_so in enumerate(observed.pages) if is_so is False]
    if misplaced:
        yield Concern("wrong page", FAULT, _citations(outcome, misplaced))
    elif (right := citations.page_correct(case, outcome)) is not None and right < 1:
        yield Concern("wrong page", FAULT, "not that of the gold quote")


def _of_statements(outcome: Outcome) -> Iterator[Concern]:
    observed = outcome.observed
    changed = [at for at, is_so in enumerate(observed.spoken) if not is_so]
    if changed:
        yield Concern("words differ from the quotes", FAULT, _numbers("statement", changed))
    bare = [at for at, each in enumerate(outcome.statements) if not each.citations]
    if bare:
        yield Concern("statement without a citation", FAULT, _numbers("statement", bare))
    weak = [at for at, each in enumerate(observed.support) if each.together < citations.CARRIED]
    if weak:
        yield Concern("citations do not carry it", FAULT, _numbers("statement", weak))
    idle = [at for at, stays in enumerate(observed.stays) if stays]
    if idle:
        yield Concern("said without its citations too", LOOK, _numbers("statement", idle))


def _of_gold(case: Case, outcome: Outcome) -> Iterator[Concern]:
    if outcome.is_answer and not outcome.is_refusal:
        missing = [at for at, is_so in enumerate(gold_cited(case, outcome)) if not is_so]
        if missing and len(missing) == len(case.evidence):
            yield Concern("no citation rests on the gold", FAULT)
        elif missing:
            yield Concern("part of the gold is not cited", LOOK, _numbers("gold", missing))
        elif citations.right_document(case, outcome) == 0:
            yield Concern("no relevant document is cited", FAULT)
    if outcome.hits is None or not (case.evidence or case.relevant):
        return
    is_found = any(gold_found_at(case, outcome)) or any(
        case.relevant.get(hit.document_id) for hit in outcome.hits
    )
    if not is_found:
        yield Concern("nothing relevant among the hits", LOOK if outcome.is_answer else FAULT)


def _of_nuggets(case: Case, outcome: Outcome) -> Iterator[Concern]:
    if not outcome.is_answer or outcome.is_refusal:
        return
    missing = [at for at, held in enumerate(nuggets_held(case, outcome)) if held is False]
    vital = [at for at in missing if case.nuggets[at].vital]
    if vital:
        yield Concern("a vital nugget is missing", FAULT, _numbers("nugget", vital))
    if len(missing) > len(vital):
        rest = [at for at in missing if at not in vital]
        yield Concern("a further nugget is missing", LOOK, _numbers("nugget", rest))


def _citations(outcome: Outcome, places: Sequence[int]) -> str:
    numbers = [
        outcome.citations[at].n or at + 1 if at < len(outcome.citations) else at + 1
        for at in places
    ]
    return _numbers("citation", [number - 1 for number in numbers])


def _numbers(what: str, places: Sequence[int]) -> str:
    return f"{what} {', '.join(str(at + 1) for at in places)}"
