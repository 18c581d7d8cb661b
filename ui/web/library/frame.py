"""What of the Library page never changes: the place for uploads, the tools, the dialog; as HTML."""

from __future__ import annotations

import json
from html import escape

from ui.web.library.uploads import MAX_UPLOAD_BYTES
from ui.web.texts import Texts

_ENDINGS = ".pdf,.docx,.html,.htm,.txt,.md,.pptx,.odt,.rtf,.epub,.eml,.zip"
_FOR_SCRIPT = ("sending", "queued", "not_sent", "too_large", "shown", "late", "finished")
_ORDERS = ("title", "organisation", "date", "read", "passages", "problems")


def desk_html(texts: Texts) -> str:
    """The place for uploads and the dialog; a template that holds no value."""
    words = json.dumps({name: texts.texts[f"library.{name}"] for name in _FOR_SCRIPT})
    return _inert(
        f'<div class="cv-lib-desk" data-words="{escape(words)}" data-max="{MAX_UPLOAD_BYTES}">'
        f"<h2>{escape(texts('frame.page_library'))}</h2>"
        f'<p class="cv-lib-lead">{escape(texts("library.lead"))}</p>'
        f'<div class="cv-lib-upload" hidden><div class="cv-lib-drop">'
        f"<p>{escape(texts('library.drop'))}</p>"
        f'<button type="button" class="cv-lib-choose">{escape(texts("library.choose"))}</button>'
        f'<p class="cv-lib-hint">{escape(texts("library.kinds"))}</p></div>'
        f'<input type="file" class="cv-lib-input" multiple hidden accept="{_ENDINGS}">'
        f'<input type="file" class="cv-lib-input-one" hidden accept="{_ENDINGS}">'
        f'<ul class="cv-lib-sending" aria-label="{escape(texts("library.uploads"))}"></ul></div>'
        f'<p class="cv-lib-problem" role="alert"></p>'
        f'<p class="cv-lib-finished sr-only" role="status"></p>'
        f'<dialog class="cv-lib-dialog" aria-labelledby="cv-lib-heading">'
        f'<button type="button" class="cv-lib-close">{escape(texts("library.close"))}</button>'
        f'<div class="cv-lib-panel"></div></dialog></div>'
    )


def tools_html(texts: Texts) -> str:
    """Search, order, and how many are shown."""
    options = "".join(
        f'<option value="{each}">{escape(texts(f"library.order_{each}"))}</option>'
        for each in _ORDERS
    )
    return _inert(
        '<div class="cv-lib-tools" role="search">'
        f"<label><span>{escape(texts('library.search'))}</span>"
        f'<input type="search" class="cv-lib-search" autocomplete="off" '
        f'placeholder="{escape(texts("library.search_hint"))}"></label>'
        f"<label><span>{escape(texts('library.order'))}</span>"
        f'<select class="cv-lib-order">{options}</select></label>'
        f'<p class="cv-lib-shown" role="status"></p></div>'
    )


def _inert(html: str) -> str:
    """`html` in which the page's templates find nothing to evaluate."""
    return html.translate({ord(sign): f"&#{ord(sign)};" for sign in "${}"})
