"""A case as a report opens it: answer, citations, gold and hits, and which of them cover which.

Long texts are cut here, with a word on how long they were; escaping is the template's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evals.concerns import Concern, gold_cited, gold_found_at, nuggets_held
from evals.matching import citation_covers, hit_covers
from evals.metrics.citations import CARRIED
from evals.outcomes import CitationRow, HitRow, Outcome
from evals.reported import Ranked, Reported, show
from evals.scores import Metric
from evals.suite import Case
from rag.render import place_text

HITS = 10  # of a case that are shown
_SHORT, _LONG = 600, 4000  # characters
_GAPS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark on something: `tone` is "good", "bad" or "neutral"; the words say it all."""

    words: str
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Item:
    """A statement, a citation, a hit, a gold or a nugget with the remarks on it."""

    label: str
    text: str
    place: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What one system gave for a case."""

    system: str
    status: str
    text: str  # of an answer without statements
    concerns: tuple[Concern, ...]
    statements: tuple[Item, ...]
    unanswered: tuple[str, ...]  # parts of the question, of an answer to others
    citations: tuple[Item, ...]
    hits: tuple[Item, ...]
    hits_left: int  # further ones, not shown
    facts: tuple[tuple[str, str], ...]  # support, times, tokens
    scores: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A case, ready to be shown in full."""

    case: Case
    question: str
    history: tuple[str, ...]
    context: str  # of a claim
    gold: tuple[Item, ...]
    nuggets: tuple[Item, ...]
    wanted: tuple[tuple[str, str], ...]  # what else is known of the right answer
    given: tuple[Given, ...]


def open_case(reported: Reported, ranked: Ranked) -> Opened:
    """Everything that a report shows of one case."""
    case = ranked.case
    return Opened(
        case=case,
        question=clip(ranked.question, _LONG),
        history=tuple(clip(each, _SHORT) for each in case.history),
        context=clip(case.context, _LONG),
        gold=tuple(_gold_items(case, ranked.outcomes)),
        nuggets=tuple(_nugget_items(case, ranked.outcomes)),
        wanted=tuple(_wanted(case)),
        given=tuple(
            _given(reported, ranked, system, outcome) for system, outcome in ranked.outcomes.items()
        ),
    )


def clip(text: str, limit: int = _SHORT) -> str:
    """`text`, cut at `limit` characters with a word on its length where it is longer."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def place_of(row: CitationRow | HitRow) -> str:
    """Title, section and page of a citation or a hit, as far as they are known."""
    paragraph = row.paragraph if isinstance(row, CitationRow) else ""
    title = row.title or row.document_id
    section = row.section.removeprefix(title).removeprefix(" › ")  # a title is its first heading
    parts = (title, section, place_text(paragraph, row.page, row.page_label))
    return clip(" · ".join(each for each in parts if each), _SHORT)


def _given(reported: Reported, ranked: Ranked, system: str, outcome: Outcome) -> Given:
    scores = reported.scores.get(system, {}).get(ranked.case.id, {})
    hits = outcome.hits or ()
    return Given(
        system=system,
        status=outcome.status.replace("_", " "),
        text=clip(outcome.error or outcome.text, _LONG),
        concerns=ranked.concerns.get(system, ()),
        statements=tuple(_statement_items(outcome)),
        unanswered=() if outcome.is_refusal else tuple(map(clip, outcome.unanswered)),
        citations=tuple(_citation_items(ranked.case, outcome)),
        hits=tuple(_hit_items(ranked.case, hits[:HITS])),
        hits_left=max(0, len(hits) - HITS),
        facts=tuple(_facts(outcome)),
        scores=tuple(
            (each.name, show(value, each.unit))
            for each in reported.metrics
            if isinstance(each, Metric) and (value := scores.get(each.name)) is not None
        ),
    )


def _statement_items(outcome: Outcome) -> Iterator[Item]:
    observed = outcome.observed
    for at, statement in enumerate(outcome.statements):
        remarks = []
        if at < len(observed.spoken) and not observed.spoken[at]:
            remarks.append(Remark("words differ from the quotes", "bad"))
        if at < len(observed.support):
            together = observed.support[at].together
            tone = "good" if together >= CARRIED else "bad"
            remarks.append(Remark(f"carried {together:.2f}", tone))
        if at < len(observed.stays) and observed.stays[at]:
            remarks.append(Remark("said without its citations too", "bad"))
        numbers = "".join(f"[{each}]" for each in statement.citations) or "no citation"
        part = "" if statement.part == outcome.question else clip(statement.part)
        yield Item(numbers, clip(statement.text), part, tuple(remarks))


def _citation_items(case: Case, outcome: Outcome) -> Iterator[Item]:
    observed = outcome.observed
    for at, citation in enumerate(outcome.citations):
        remarks = list(_gold_remarks(case, citation, citation.quote))
        if at < len(observed.verbatim):
            is_so = observed.verbatim[at]
            remarks.append(Remark("verbatim", "good") if is_so else Remark("not verbatim", "bad"))
        page = observed.pages[at] if at < len(observed.pages) else None
        if page is not None:
            remarks.append(
                Remark("page confirmed", "good") if page else Remark("wrong page", "bad")
            )
        if citation.note:
            remarks.append(Remark(f"in note {clip(citation.note, 40)}"))
        if citation.notes:
            labels = ", ".join(each.label for each in citation.notes)
            remarks.append(Remark(f"rests on note {clip(labels, 80)}"))
        yield Item(
            f"[{citation.n or at + 1}]", clip(citation.quote), place_of(citation), tuple(remarks)
        )


def _hit_items(case: Case, hits: Sequence[HitRow]) -> Iterator[Item]:
    for at, hit in enumerate(hits, start=1):
        remarks = list(_gold_remarks(case, hit, hit.text))
        limit = _LONG if remarks else _SHORT  # gold should be seen
        grade = case.relevant.get(hit.document_id)
        if grade:
            remarks.append(Remark(f"relevant, grade {grade}", "good"))
        remarks.append(Remark(f"score {hit.score:.4g}"))
        text = _GAPS.sub("\n", clip(hit.text, limit))
        yield Item(str(hit.rank or at), text, place_of(hit), tuple(remarks))


def _gold_remarks(case: Case, row: CitationRow | HitRow, text: str) -> Iterator[Remark]:
    """The gold that a citation rests on or that a hit holds, by number."""
    covers = citation_covers if isinstance(row, CitationRow) else hit_covers
    for number, gold in enumerate(case.evidence, start=1):
        if covers(row.document_id, text, gold):
            yield Remark(f"gold {number}", "good")


def _gold_items(case: Case, outcomes: Mapping[str, Outcome]) -> Iterator[Item]:
    cited = {system: gold_cited(case, each) for system, each in outcomes.items()}
    found = {system: gold_found_at(case, each) for system, each in outcomes.items()}
    for at, gold in enumerate(case.evidence):
        remarks = []
        for system, outcome in outcomes.items():
            who = f"{system}: " if len(outcomes) > 1 else ""
            rank, is_cited = found[system][at], cited[system][at]
            told = ["cited" if is_cited else "not cited"] if outcome.is_answer else []
            if outcome.hits is not None:
                told.append(f"hit {rank}" if rank else "no hit")
            is_good = is_cited if outcome.is_answer else rank
            remarks.append(Remark(who + ", ".join(told), "good" if is_good else "bad"))
        page = f" · page {gold.page}" if gold.page else ""
        quotes = "\nor: ".join(clip(each) for each in gold.quotes)
        yield Item(f"gold {at + 1}", quotes, f"{clip(gold.document)}{page}", tuple(remarks))


def _nugget_items(case: Case, outcomes: Mapping[str, Outcome]) -> Iterator[Item]:
    held = {system: nuggets_held(case, each) for system, each in outcomes.items()}
    for at, nugget in enumerate(case.nuggets):
        remarks = []
        for system, outcome in outcomes.items():
            if not outcome.is_answer or held[system][at] is None:
                continue
            who = f"{system}: " if len(outcomes) > 1 else ""
            near = outcome.observed.nuggets
            close = f" ({near[at]:.2f})" if at < len(near) else ""
            words, tone = ("held", "good") if held[system][at] else ("missing", "bad")
            remarks.append(Remark(f"{who}{words}{close}", tone))
        yield Item("vital" if nugget.vital else "further", clip(nugget.text), "", tuple(remarks))


def _wanted(case: Case) -> Iterator[tuple[str, str]]:
    if case.labels:
        yield "kind and tags", clip(", ".join(filter(None, (case.kind, *case.tags))))
    yield (
        "the documents answer",
        {True: "yes", False: "no", None: "cannot be said"}[case.answerable],
    )
    if case.supported is not None:
        yield "the context carries the claim", "yes" if case.supported else "no"
    lists = {
        "one of": case.answers,
        "all of": case.required,
        "none of": case.forbidden,
        "filters": [f"{key}: {value}" for key, value in case.filters.items()],
        "note": (case.note,) if case.note else (),
    }
    for label, values in lists.items():
        if values:
            yield label, clip(" | ".join(values))


def _facts(outcome: Outcome) -> Iterator[tuple[str, str]]:
    if outcome.support is not None:
        yield "probability that the documents answer", f"{outcome.support:.2f}"
    if outcome.claim_score is not None:
        yield "probability that the claim is carried", f"{outcome.claim_score:.3f}"
    if outcome.unanswered and outcome.is_refusal:
        yield "left unanswered", clip(" | ".join(outcome.unanswered))
    if outcome.timings_ms:
        yield (
            "time",
            ", ".join(f"{stage} {ms:,.0f} ms" for stage, ms in outcome.timings_ms.items()),
        )
    if outcome.tokens:
        yield "tokens", ", ".join(f"{kind} {n:,}" for kind, n in outcome.tokens.items())
    if outcome.observed.again:
        yield (
            "same citations when asked again",
            ", ".join(f"{each:.2f}" for each in outcome.observed.again),
        )
    if outcome.peak_memory_mb is not None:
        yield "memory", f"{outcome.peak_memory_mb:,.0f} MB"
