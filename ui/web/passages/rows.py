"""Records as a browser gets them: plain values, from which its scripts make elements of text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rag.briefs.drafts import Draft
from rag.briefs.notebooks import NotebookLine
from rag.briefs.pins import Entry
from rag.briefs.records import BriefSource, Notebook, NotebookHeading
from rag.records import Citation


def notebook_line_row(line: NotebookLine) -> dict[str, Any]:
    """One line of the list of notebooks."""
    return {"id": line.notebook_id, "name": line.name, "pins": line.pins}


def notebook_row(notebook: Notebook) -> dict[str, Any]:
    """A notebook with its entries."""
    return {
        "id": notebook.notebook_id,
        "name": notebook.name,
        "version": notebook.version,
        "entries": [entry_row(each) for each in notebook.entries],
    }


def entry_row(entry: Entry) -> dict[str, Any]:
    """A pin or a heading."""
    if isinstance(entry, NotebookHeading):
        return {"id": entry.heading_id, "kind": "heading", "text": entry.text}
    row = {"id": entry.pin_id, "kind": "pin", "note": entry.note, "tags": list(entry.tags)}
    return {**citation_row(entry.citation), **row, "is_held": entry.is_held}


def citation_row(cited: Citation) -> dict[str, Any]:
    """A quote with its place."""
    return {
        "passage_id": cited.passage_id,
        "document_id": cited.document_id,
        "start": cited.start,
        "end": cited.end,
        "title": cited.title,
        "section": list(cited.section),
        "paragraph": cited.paragraph,
        "page": cited.page,
        "page_label": cited.page_label,
        "quote": cited.quote,
    }


def draft_row(draft: Draft) -> dict[str, Any]:
    """A brief that is being edited, with the numbers under which readers get its sources."""
    brief = draft.brief
    numbers = {_place(each): each.citation.n for each in draft.numbered.sources}
    return {
        "id": draft.draft_id,
        "version": draft.version,
        "title": brief.title,
        "made_on": brief.made_on,
        "sections": [asdict(each) for each in brief.sections],
        "sources": [source_row(each) for each in brief.sources],
        "numbers": {each.citation.n: numbers.get(_place(each)) for each in brief.sources},
    }


def source_row(source: BriefSource) -> dict[str, Any]:
    """A source under its number within the draft."""
    facts = source.facts
    known = {"organisation": facts.organisation, "date": facts.date}
    return {**citation_row(source.citation), **known, "n": source.citation.n}


def _place(source: BriefSource) -> tuple[str, int, int]:
    cited = source.citation
    return (cited.document_id, cited.start, cited.end)
