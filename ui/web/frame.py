"""What stands above every page: the name, and the other languages."""

from __future__ import annotations

from html import escape

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
