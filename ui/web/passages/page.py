"""The page's parts side by side: four ways to passages, and the notebook that keeps them."""

from __future__ import annotations

import gradio as gr

from ui.web.passages.brief_page import add_brief, add_check
from ui.web.passages.saying import add_matrix
from ui.web.passages.searching import add_search
from ui.web.passages.wording import ON_LAID_OUT, inert
from ui.web.ports import Desk
from ui.web.texts import Texts

VIEWS = ("search", "notebook", "matrix", "brief", "check")  # the notebook stands apart if wide


def add_passages(desk: Desk, texts: Texts) -> None:
    """Lay out the page in the open `gr.Blocks` and connect its events."""
    with gr.Row(elem_id="cv-desk"):
        with gr.Column(elem_id="cv-desk-views"):
            gr.HTML(views_html(texts), elem_id="cv-views", apply_default_css=False)
            with gr.Column(elem_id="cv-view-search", elem_classes="cv-view-panel"):
                add_search(desk.searching, texts)
            with gr.Column(elem_id="cv-view-matrix", elem_classes="cv-view-panel"):
                add_matrix(desk.searching, texts)
            with gr.Column(elem_id="cv-view-brief", elem_classes="cv-view-panel"):
                add_brief(desk, texts)
            with gr.Column(elem_id="cv-view-check", elem_classes="cv-view-panel"):
                add_check(texts)
        with gr.Column(elem_id="cv-view-notebook", elem_classes="cv-view-panel"):
            gr.HTML(
                notebook_html(texts),
                elem_id="cv-notebook",
                apply_default_css=False,
                js_on_load=ON_LAID_OUT,
            )


def views_html(texts: Texts) -> str:
    """The tabs within the page."""
    tabs = "".join(
        f'<button type="button" role="tab" id="cv-view-{view}-tab" data-view="{view}" '
        f'aria-controls="cv-view-{view}" aria-selected="{str(view == "search").lower()}" '
        f'tabindex="{0 if view == "search" else -1}">{inert(texts(f"passages.tab_{view}"))}'
        f'<span class="cv-tab-count"></span></button>'
        for view in VIEWS
    )
    label = inert(texts("passages.views_label"))
    return (
        f'<h2 class="sr-only">{inert(texts("frame.page_passages"))}</h2>'
        f'<div role="tablist" aria-label="{label}">{tabs}</div>'
    )


def notebook_html(texts: Texts) -> str:
    """An empty notebook; the browser fills it from what the store keeps."""
    return (
        f'<section class="cv-notebook" aria-label="{inert(texts("passages.tab_notebook"))}">'
        '<div class="cv-notebook-head"></div><div class="cv-notebook-bar"></div>'
        '<p class="cv-notebook-line" role="status" dir="auto"></p>'
        '<ol class="cv-entries"></ol></section>'
    )
