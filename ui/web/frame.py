"""What stands above every page: the name, and the other languages; and what is searched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.records import DocumentEntry
from ui.web.languages import LANGUAGE_NAMES, choice_path
from ui.web.rights import NOBODY, Person
from ui.web.texts import Texts


def header_html(texts: Texts, person: Person = NOBODY) -> str:
    """The name, the way to the other languages, and the way out for one who signed in; with a mark
    for the style where pages for maintainers are not to be offered."""
    title = f"<h1>{escape(texts('frame.name'))}</h1>"
    mark = "" if person.may_maintain else '<span class="cv-reads-only" hidden></span>'
    user = _user_html(person.name, texts) if person.name else ""
    return f"{title}{mark}{user}{_languages_html(texts)}"


def documents_html(documents: Sequence[DocumentEntry], texts: Texts) -> str:
    """Which documents are searched: their number, and the list behind it."""
    listed = "".join(f"<li>{_document_html(entry, texts)}</li>" for entry in documents)
    summary = escape(texts.count("frame.searching", len(documents)))
    return f'<details class="cv-documents"><summary>{summary}</summary><ul>{listed}</ul></details>'


def _document_html(entry: DocumentEntry, texts: Texts) -> str:
    facts = entry.facts
    pages = texts("frame.pages_of", n=entry.pages) if entry.pages > 1 else ""
    about = " · ".join(filter(None, (facts.organisation, facts.date, facts.kind, pages)))
    title = f'<span dir="auto">{escape(facts.title or entry.document_id)}</span>'
    return f'{title}<span class="cv-facts" dir="auto">{escape(about)}</span>'


def _user_html(user: str, texts: Texts) -> str:
    told = escape(texts("signing.signed_in", name=user))
    return (
        f'<form class="cv-user" method="post" action="/sign-out"><span title="{told}">'
        f'<span class="sr-only">{told}</span><span aria-hidden="true">{escape(user)}</span></span>'
        f'<button type="submit">{escape(texts("signing.sign_out"))}</button></form>'
    )


def _languages_html(texts: Texts) -> str:
    others = "".join(
        f'<a href="{choice_path(language)}" lang="{language}" hreflang="{language}">{name}</a>'
        for language, name in LANGUAGE_NAMES.items()
        if language != texts.language
    )
    return (
        f'<nav class="cv-languages" aria-label="{escape(texts("frame.language"))}">{others}</nav>'
    )
