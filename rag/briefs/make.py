"""Briefs made of what is there already: an answer, or the pins of a notebook. Pure over records.

1. A statement that is the very words of its quotes becomes an item for each of them, set as a
   quotation; one in words of its own becomes one item under all its sources.
2. A part of the question heads its items where there are several; a direct answer comes first.
3. What the documents do not answer is an open point; related passages are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from rag.briefs.number import DraftSection, assemble
from rag.briefs.records import (
    Brief,
    BriefItem,
    BriefSection,
    BriefSource,
    Notebook,
    NotebookHeading,
    Pin,
)
from rag.records import Answer, Citation, DirectAnswer, Facts, Statement
from rag.refusal import missing_lines

_OTHERWISE = "The documents say otherwise:"
_IN_SHORT = "In short"


def brief_of_answer(
    answer: Answer,
    facts: Mapping[str, Facts],
    passages: Mapping[str, str],
    title: str = "",
    made_on: str = "",
) -> Brief:
    """A brief of one section, as `section_of_answer` makes it; its title is the question unless
    another is given, `made_on` an ISO 8601 date."""
    frame = Brief(title or answer.question.text, made_on=made_on, language=answer.language)
    return assemble(frame, [section_of_answer(answer, facts, passages)])


def section_of_answer(
    answer: Answer, facts: Mapping[str, Facts], passages: Mapping[str, str], heading: str = ""
) -> DraftSection:
    """What the answer says as a section of a brief, under its question unless a heading is given.

    `facts` are by document id, `passages` the whole passages by passage id; what is not there is
    read from the answer's hits, and is empty where they have none.
    """
    section = BriefSection(
        heading or answer.question.text,
        items=tuple(_items(answer)),
        open_points=tuple(_open_points(answer)),
    )
    sources = tuple(_source(answer, each, facts, passages) for each in answer.citations)
    return DraftSection(section, sources)


def brief_of_notebook(notebook: Notebook) -> Brief:
    """A brief of a notebook's pins in their order, each with its reader's note below it; headings
    begin sections, and pins before the first one stand in a section without a heading."""
    drafts: list[DraftSection] = []
    heading, pins = "", list[Pin]()
    for entry in notebook.entries:
        if isinstance(entry, NotebookHeading):
            drafts += [_pinned(heading, pins)] if heading or pins else []
            heading, pins = entry.text, []
        else:
            pins.append(entry)
    drafts += [_pinned(heading, pins)] if heading or pins else []
    return assemble(Brief(notebook.name, made_on=notebook.changed_at[:10]), drafts)


def _items(answer: Answer) -> Iterator[BriefItem]:
    quotes = {each.n: each for each in answer.citations}
    against = {(each.part, each.citation) for each in answer.contradictions}

    def is_against(statement: Statement) -> bool:
        return any((statement.part, n) in against for n in statement.citations)

    direct = {each.part: each for each in answer.direct}
    parts = dict.fromkeys((*direct, *(each.part for each in answer.statements)))
    is_headed = len(parts) > 1 or len(answer.parts) > 1
    for part in parts:
        heading = part if is_headed else ""
        if part in direct:
            yield _direct_item(direct[part], heading)
        said = [each for each in answer.statements if each.part == part]
        ordered = sorted(said, key=is_against, reverse=True)
        for otherwise, statements in groupby(ordered, key=is_against):
            if otherwise:
                yield BriefItem(_OTHERWISE, heading=heading)
            for statement in statements:
                yield from _stated(statement, quotes, heading)
    if answer.status == "answered" and not parts and answer.text.strip():
        yield BriefItem(answer.text)


def _direct_item(direct: DirectAnswer, heading: str) -> BriefItem:
    return BriefItem(f"{_IN_SHORT}: {direct.text}", (direct.citation,), heading=heading)


def _stated(
    statement: Statement, quotes: Mapping[int, Citation], heading: str
) -> Iterator[BriefItem]:
    """One item, or an item for each quote where the statement is nothing but its quotes."""
    quoted = [quotes[n].quote for n in statement.citations]
    if quoted and " ".join(quoted) == statement.text:
        for n, quote in zip(statement.citations, quoted, strict=True):
            yield BriefItem(quote, (n,), is_quote=True, heading=heading)
        return
    is_quote = bool(quoted) and statement.text == quoted[0]
    yield BriefItem(statement.text, statement.citations, is_quote, heading)


def _open_points(answer: Answer) -> Iterator[str]:
    """Each part without an answer, with what of it is missing; of no answer at all, why."""
    for part in answer.unanswered:
        yield " ".join(filter(None, (part, *missing_lines(answer, part), answer.reason)))
    if answer.unanswered or answer.statements or answer.status == "answered":
        return
    yield " ".join(filter(None, (answer.question.text, answer.reason or answer.text)))


def _source(
    answer: Answer, cited: Citation, facts: Mapping[str, Facts], passages: Mapping[str, str]
) -> BriefSource:
    hits = [each for each in answer.hits if each.passage.document_id == cited.document_id]
    known = facts.get(cited.document_id) or (hits[0].facts if hits else Facts(cited.title))
    found = {each.passage.passage_id: each.passage.text for each in hits}
    passage = passages.get(cited.passage_id) or found.get(cited.passage_id, "")
    return BriefSource(cited, known, passage)


def _pinned(heading: str, pins: list[Pin]) -> DraftSection:
    """A section of pins, numbered within itself."""
    items: list[BriefItem] = []
    for n, pin in enumerate(pins, start=1):
        items.append(BriefItem(pin.citation.quote, (n,), is_quote=True))
        items += [BriefItem(pin.note)] if pin.note.strip() else []
    sources = tuple(
        BriefSource(replace(pin.citation, n=n), pin.facts, pin.passage)
        for n, pin in enumerate(pins, start=1)
    )
    return DraftSection(BriefSection(heading, tuple(items)), sources)
