"""The list of earlier conversations, which `25-history.js` fills in and follows."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from ui.web.icons import icon
from ui.web.texts import Texts


def add_history(texts: Texts) -> Any:
    """Lays out the button and the panel that it opens."""
    return gr.HTML(
        history_html(texts), elem_id="cv-history", apply_default_css=False, js_on_load=None
    )


def history_html(texts: Texts) -> str:
    """The button, and the panel with its words."""

    def said(name: str) -> str:
        return escape(texts(f"ask.{name}"))

    return (
        '<button type="button" class="cv-history-open" aria-expanded="false" '
        f'aria-controls="cv-history-panel">{icon("clock")}<span>{said("history")}</span></button>'
        f'<div id="cv-history-panel" class="cv-panel" role="dialog" hidden '
        f'aria-label="{said("history_title")}" data-delete="{said("history_delete")}" '
        f'data-language="{texts.language}">'
        f'<p class="cv-hint cv-history-none">{said("history_none")}</p>'
        '<ul class="cv-history-list"></ul>'
        f'<p class="cv-kept" data-here="{said("history_here")}" '
        f'data-server="{said("history_server")}"></p></div>'
    )
