"""Search as you type: what the browser asks for, and the hits that answer it.

The box waits until the keys rest; while a search is under way only the last of those that come
meanwhile is kept, so that what is shown always answers what is typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from html import escape
from typing import Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import VerseError
from rag.records import DocumentEntry, Question
from ui.web.passages.hits import found_html, line_html
from ui.web.passages.wording import ON_LAID_OUT, inert
from ui.web.ports import Searching
from ui.web.texts import Texts

MAX_SEARCHING = 6  # searches under way at a time, over all sessions
MAX_CHARS = 2000  # of what is searched for
_MIN_CHARS = 2
_ON_SEARCH = "element.addEventListener('cv-ask', (event) => trigger('input', event.detail));"


class Asked(BaseModel):
    """What a browser searches for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str = Field(default="", max_length=MAX_CHARS)
    organisation: str = Field(default="", max_length=300)
    kind: str = Field(default="", max_length=300)
    language: str = Field(default="", max_length=20)
    first_year: str = Field(default="", pattern=r"^(\d{4})?$")
    last_year: str = Field(default="", pattern=r"^(\d{4})?$")
    documents: tuple[str, ...] = Field(default=(), max_length=2000)
    is_grouped: bool = True
    top_k: int = Field(default=20, ge=1, le=100)

    @property
    def question(self) -> Question:
        """As the engine searches for it."""
        single = (
            ("organisation", self.organisation),
            ("kind", self.kind),
            ("language", self.language),
        )
        filters = [each for each in single if each[1]]
        if self.first_year or self.last_year:
            filters.append(("year", f"{self.first_year}-{self.last_year}"))
        filters += [("document_id", each) for each in self.documents]
        return Question(self.text.strip(), filters=tuple(filters))


def add_search(searching: Searching, texts: Texts) -> None:
    """Lay out the search in the open `gr.Blocks` and connect it."""
    form = gr.HTML(
        lambda: form_html(searching.documents(), texts),
        elem_id="cv-search",
        apply_default_css=False,
        js_on_load=_ON_SEARCH + ON_LAID_OUT,
    )
    results = gr.HTML(
        lambda: line_html(_hint(searching, texts)),
        elem_id="cv-hits",
        apply_default_css=False,
        js_on_load=None,
    )

    async def find(event: gr.EventData) -> str:
        return await asyncio.to_thread(search_html, searching, event._data, texts)

    form.input(
        find,
        None,
        [results],
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="always_last",
        concurrency_limit=MAX_SEARCHING,
        concurrency_id="search",
    )


def search_html(searching: Searching, said: Any, texts: Texts) -> str:
    """The hits for what a browser says that it searches for, as HTML; a line for what is wrong."""
    try:
        asked = Asked.model_validate(said)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        return line_html(texts("passages.search_unfit", field=field, n=MAX_CHARS))
    if len(asked.text.strip()) < _MIN_CHARS:
        return line_html(_hint(searching, texts))
    try:
        found = searching.find(asked.question, asked.top_k, is_explained=True)
    except VerseError as error:
        return line_html(str(error))
    more = ""
    if len(found.hits) == asked.top_k < 60:
        label = inert(texts("passages.more_hits"))
        more = f'<button type="button" class="cv-more-hits">{label}</button>'
    return found_html(found, texts, is_grouped=asked.is_grouped) + more


def _hint(searching: Searching, texts: Texts) -> str:
    return texts("passages.search_hint" if searching.documents() else "library.empty")


def form_html(entries: Iterable[DocumentEntry], texts: Texts) -> str:
    """The box, the switch between views, and the filters with what the library holds."""
    held = list(entries)
    facts = [entry.facts for entry in held]
    selects = "".join(
        _select_html(name, sorted({getattr(each, name) for each in facts} - {""}), texts)
        for name in ("organisation", "kind", "language")
    )
    years = sorted({each.date[:4] for each in facts if each.date[:4].isdecimal()})
    span = (years[0], years[-1]) if years else ("", "")
    return (
        '<form class="cv-search-form" role="search">'
        f'<label class="cv-search-box"><span class="cv-unsaid">{inert(texts("passages.search"))}'
        f'</span><input type="search" name="text" maxlength="{MAX_CHARS}" autocomplete="off" '
        f'dir="auto" placeholder="{inert(texts("passages.search_placeholder"))}"></label>'
        f'{_order_html(texts)}<details class="cv-filters"><summary>'
        f'{inert(texts("passages.filters"))}<span class="cv-filters-set"></span></summary>'
        f'<div class="cv-filters-in">{selects}{_years_html(span, texts)}'
        f"{documents_choice_html(held, texts)}"
        f'<button type="reset" class="cv-plain">{inert(texts("passages.filters_reset"))}</button>'
        "</div></details></form>"
    )


def _order_html(texts: Texts) -> str:
    buttons = "".join(
        f'<label><input type="radio" name="order" value="{value}"{checked}>'
        f"{inert(texts(f'passages.order_{value}'))}</label>"
        for value, checked in (("grouped", " checked"), ("ranked", ""))
    )
    return (
        f'<fieldset class="cv-switch"><legend>{inert(texts("passages.order"))}</legend>'
        f"{buttons}</fieldset>"
    )


def _select_html(name: str, values: list[str], texts: Texts) -> str:
    options = "".join(f"<option>{inert(each)}</option>" for each in values)
    return (
        f"<label>{inert(texts(f'passages.filter_{name}'))}<select name={name!r}>"
        f'<option value="">{inert(texts("passages.filter_any"))}</option>{options}</select></label>'
    )


def _years_html(span: tuple[str, str], texts: Texts) -> str:
    fields = "".join(
        f'<input name="{name}" inputmode="numeric" pattern="[0-9]{{4}}" maxlength="4" '
        f'placeholder="{escape(known)}" aria-label="{inert(texts(f"passages.{name}"))}">'
        for name, known in zip(("first_year", "last_year"), span, strict=True)
    )
    label = inert(texts("passages.filter_years"))
    head = f'<div class="cv-years" role="group" aria-label="{label}"><span>{label}</span>'
    return f"{head}{fields}</div>"


def documents_choice_html(entries: Iterable[DocumentEntry], texts: Texts) -> str:
    """A box to tick for each document."""
    boxes = "".join(
        f'<label><input type="checkbox" name="documents" value="{inert(each.document_id)}">'
        f'<span dir="auto">{inert(each.facts.title or each.document_id)}</span></label>'
        for each in entries
    )
    return (
        f'<fieldset class="cv-documents-choice"><legend>{inert(texts("passages.filter_documents"))}'
        f"</legend>{boxes}</fieldset>"
    )
