"""Records as a browser gets them: plain values, from which its scripts make elements of text."""

from __future__ import annotations

from typing import Any

from rag.briefs.notebooks import NotebookLine
from rag.briefs.pins import Entry
from rag.briefs.records import Notebook, NotebookHeading
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
