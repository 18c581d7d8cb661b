"""What stands above every page: the name, and the other languages."""

from __future__ import annotations

from html import escape

from ui.web.languages import LANGUAGE_NAMES, choice_path
from ui.web.texts import Texts


def header_html(texts: Texts) -> str:
    """The name, and the way to the other languages."""
    return f"<h1>{escape(texts('frame.name'))}</h1>{_languages_html(texts)}"


def _languages_html(texts: Texts) -> str:
    others = "".join(
        f'<a href="{choice_path(language)}" lang="{language}" hreflang="{language}">{name}</a>'
        for language, name in LANGUAGE_NAMES.items()
        if language != texts.language
    )
    return (
        f'<nav class="cv-languages" aria-label="{escape(texts("frame.language"))}">{others}</nav>'
    )
