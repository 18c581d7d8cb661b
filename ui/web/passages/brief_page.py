"""The places of the brief and of the check, which the page's scripts fill."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from rag.records import DocumentEntry
from ui.web.passages.composing import add_composing
from ui.web.passages.searching import documents_choice_html
from ui.web.passages.wording import ON_LAID_OUT, inert
from ui.web.ports import Desk
from ui.web.texts import Texts


def add_brief(desk: Desk, texts: Texts) -> None:
    """Lay out the brief in the open `gr.Blocks`."""
    gr.HTML(
        lambda: _shell_html(desk.searching.documents(), texts),
        elem_id="cv-brief",
        apply_default_css=False,
        js_on_load=ON_LAID_OUT,
    )
    add_composing(desk, texts)


def _shell_html(entries: Sequence[DocumentEntry], texts: Texts) -> str:
    return (
        '<div class="cv-questions"></div><form class="cv-brief-scope"><details class="cv-filters">'
        f'<summary>{inert(texts("passages.brief_choose"))}<span class="cv-filters-set"></span>'
        f'</summary><div class="cv-filters-in">{documents_choice_html(entries, texts)}</div>'
        '</details></form><div class="cv-editor"></div>'
    )


def add_check(texts: Texts) -> None:
    """Lay out the check of an edited brief in the open `gr.Blocks`."""
    said = inert(texts("passages.check_how"))
    gr.HTML(
        f'<p class="cv-told">{said}</p><div class="cv-check"></div>',
        elem_id="cv-check",
        apply_default_css=False,
        js_on_load=ON_LAID_OUT,
    )
