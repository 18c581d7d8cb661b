"""What is searched: the reader's choice of documents, by filters or one by one.

The choice is the session's: `scope.js` keeps it as filters of `Question.filters` and shows the list
of documents; what it leaves to search is counted here, by the engine's own rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import QuestionError
from rag.phrases import Phrases
from rag.records import DocumentEntry
from rag.scope import check_filters, chosen_documents
from ui.web.exchange import Filters
from ui.web.icons import icon
from ui.web.texts import Texts
from ui.web.wording import phrases_of

KEYS = ("organisation", "kind", "language", "year", "document_id")
_FACETS = ("organisation", "kind", "language")
_MOST = 1000  # filters
_TITLES = 2  # documents named in the line
_MAX_TITLE = 60  # characters
_SCRIPT = Path(__file__).parent / "scope.js"


def add_scope(texts: Texts) -> Any:
    """Lays out the line and the panel; the component whose value are the chosen filters."""
    return gr.HTML(
        [],
        html_template=scope_html(texts),
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        elem_id="cv-scope",
        apply_default_css=False,
    )


def parse_filters(chosen: object) -> Filters:
    """What a browser says was chosen; what is no filter of ours, or a bad value, is left out."""
    filters = []
    for each in chosen[:_MOST] if isinstance(chosen, list) else ():
        if not (isinstance(each, list) and len(each) == 2 and each[0] in KEYS):
            continue
        key, value = str(each[0]), str(each[1])[:500]
        try:
            check_filters([(key, value)])
        except QuestionError:
            continue
        filters.append((key, value))
    return tuple(filters)


def scope_text(filters: Filters, documents: Sequence[DocumentEntry], texts: Texts) -> str:
    """What is searched: "3 of 10 documents: ILO, 2010-2015"; empty for the whole library."""
    if not filters:
        return ""
    facts = {each.document_id: each.facts for each in documents}
    chosen = chosen_documents(facts, filters)
    phrases = phrases_of(texts)
    told = ", ".join(_told(filters, documents, texts, phrases))
    among = phrases.n_of.format(n=len(chosen), documents=phrases.documents(len(documents)))
    return texts("ask.scope_of", among=among, told=told)


def _told(
    filters: Filters, documents: Sequence[DocumentEntry], texts: Texts, phrases: Phrases
) -> list[str]:
    told = []
    for key, value in filters:
        if key == "language":
            told.append(phrases.language(value))
        elif key == "year":
            told.append(value.replace("-", "–"))
        elif key != "document_id":
            told.append(value)
    ids = {value for key, value in filters if key == "document_id"}
    named = [each.facts.title or each.document_id for each in documents if each.document_id in ids]
    if len(ids) > _TITLES:
        told.append(texts("ask.scope_chosen", n=len(ids)))
    else:
        told += [phrases.quoted.format(words=_cut(title)) for title in named]
    return told


def _cut(title: str) -> str:
    return title if len(title) <= _MAX_TITLE else f"{title[: _MAX_TITLE - 1].rstrip()}…"


def scope_line(filters: Filters, documents: Sequence[DocumentEntry], texts: Texts) -> str:
    """The line that is always in view: "Searching 3 of 10 documents: ILO, 2010-2015"."""
    if scope := scope_text(filters, documents, texts):
        return texts("ask.searching_scope", scope=scope)
    return texts.count("frame.searching", len(documents))


def document_rows(documents: Sequence[DocumentEntry], phrases: Phrases) -> list[dict[str, str]]:
    """The documents as the list in the panel needs them."""
    return [
        {
            "id": each.document_id,
            "title": each.facts.title or each.document_id,
            "organisation": each.facts.organisation,
            "kind": each.facts.kind,
            "language": each.facts.language,
            "language_name": phrases.language(each.facts.language) if each.facts.language else "",
            "date": each.facts.date,
        }
        for each in documents
    ]


def scope_html(texts: Texts) -> str:
    """The line, and the panel that it opens; the script fills in what the library holds."""

    def said(name: str) -> str:
        return escape(texts(f"ask.{name}"))

    facets = "".join(
        f'<label>{said(f"scope_{key}")}<select data-key="{key}">'
        f'<option value="">{said("scope_any")}</option></select></label>'
        for key in _FACETS
    )
    years = "".join(
        f'<label>{said(f"scope_{end}")}<input type="number" inputmode="numeric" min="1000" '
        f'max="9999" data-end="{end}"></label>'
        for end in ("from", "to")
    )
    return (
        '<div class="cv-scope-line"><button type="button" class="cv-scope-open" '
        f'aria-expanded="false" aria-controls="cv-scope-panel">{said("scope_open")}</button>'
        f'<button type="button" class="cv-scope-clear" aria-label="{said("scope_all")}" '
        f'title="{said("scope_all")}" hidden>{icon("close")}</button></div>'
        '<div id="cv-scope-panel" class="cv-panel" role="dialog" hidden '
        f'aria-label="{said("scope_title")}"><div class="cv-facets">{facets}{years}</div>'
        f'<label class="cv-find">{said("scope_find")}<input type="search" dir="auto"></label>'
        f'<p class="cv-scope-count" role="status" data-shown="{said("scope_shown")}" '
        f'data-chosen="{said("scope_ticked")}"></p>'
        f'<ul class="cv-scope-list" aria-label="{said("scope_list")}"></ul>'
        f'<div class="cv-choices"><button type="button" class="cv-cancel">{said("scope_all")}'
        f'</button><button type="button" class="cv-send">{said("scope_done")}</button></div></div>'
    )
