"""A document's passages as the engine sees them, a page of them at a time; as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.records import Passage, Unit
from rag.render import place_text
from ui.web.texts import Texts

PER_PAGE = 20


def passages_html(passages: Sequence[Passage], page: int, texts: Texts) -> str:
    """The passages of that page, from 1, with the way to the others."""
    pages = max(1, -(-len(passages) // PER_PAGE))
    page = min(max(1, page), pages)
    first = (page - 1) * PER_PAGE
    shown = "".join(
        _passage_html(at, each, texts)
        for at, each in enumerate(passages[first : first + PER_PAGE], start=first + 1)
    )
    return f'<ol class="cv-lib-passage-items">{shown}</ol>{_pager_html(page, pages, texts)}'


def _passage_html(number: int, passage: Passage, texts: Texts) -> str:
    place = place_text(passage.paragraph, passage.page, passage.page_label)
    section = " › ".join(passage.section)
    kind = texts("library.is_note") if passage.is_note else ""
    about = " · ".join(filter(None, (section, place, kind)))
    notes = "".join(
        f'<li dir="auto"><b>{escape(each.label)}</b> {escape(each.text)}</li>'
        for each in passage.notes
    )
    rests = f'<ul class="cv-lib-notes-of">{notes}</ul>' if notes else ""
    return (
        f'<li><p class="cv-lib-passage-head"><b>{number}</b> <span dir="auto">{escape(about)}'
        f"</span></p>"
        f'<ul class="cv-lib-units">{_units_html(passage, texts)}</ul>{rests}'
        f'<p class="cv-lib-passage-id">{escape(passage.passage_id)} · '
        f"{passage.start:,}–{passage.end:,}</p></li>"
    )


def _units_html(passage: Passage, texts: Texts) -> str:
    units = passage.units or (Unit(passage.start, passage.end, "paragraph"),)
    return "".join(
        f'<li data-kind="{each.kind}" dir="auto"><span class="sr-only">'
        f"{escape(texts(f'library.unit_{each.kind}'))}: </span>"
        f"{escape(passage.text[each.start - passage.start : each.end - passage.start])}</li>"
        for each in units
    )


def _pager_html(page: int, pages: int, texts: Texts) -> str:
    if pages == 1:
        return ""
    steps = (("previous", page - 1, page > 1), ("next", page + 1, page < pages))
    before, after = (
        f'<button type="button" class="cv-lib-page" data-page="{to}"{"" if can else " disabled"}>'
        f"{escape(texts(f'library.{name}'))}</button>"
        for name, to, can in steps
    )
    told = escape(texts("library.page_of", page=page, pages=pages))
    label = escape(texts("library.pages_of_passages"))
    return (
        f'<nav class="cv-lib-pager" aria-label="{label}">{before}'
        f'<span role="status">{told}</span>{after}</nav>'
    )
