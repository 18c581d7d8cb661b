"""The switch between the documents' own words and written answers, where a model is set."""

from __future__ import annotations

import asyncio
from html import escape
from typing import Any, get_args

import gradio as gr

from rag.errors import ModelError
from rag.settings import AnswererKind
from ui.web.places import without_places
from ui.web.ports import Assistant
from ui.web.texts import Texts

MAX_OPENING = 4  # switches that wait for a model, over all sessions

_ON_CHOICE = """element.addEventListener('change', (event) => {
    props.value = event.target.value;
});"""


def add_choice(assistant: Assistant, texts: Texts) -> Any:
    """Lays out the switch in the open `gr.Blocks`; the component whose value is the answerer.

    Without a model there is nothing to switch: then it is a state, and one line says what to set
    where the settings ask for written answers.
    """
    if not assistant.writer_name:
        if assistant.default_answerer == "written":
            line = f"<p>{escape(texts('ask.not_set'))}</p>"
            gr.HTML(line, elem_id="cv-not-set", apply_default_css=False)
        return gr.State("extractive")
    # Gradio's own Radio gives each button a group of its own, which arrow keys do not cross.
    return gr.HTML(
        assistant.default_answerer,
        html_template=_switch_html(assistant, texts),
        js_on_load=_ON_CHOICE,
        elem_id="cv-answerer",
        apply_default_css=False,
    )


def _switch_html(assistant: Assistant, texts: Texts) -> str:
    """The template holds no value, so that no choice redraws it under the reader's hand."""
    buttons = "".join(
        f'<label><input type="radio" name="cv-answerer" value="{answerer}"'
        f"{' checked' if answerer == assistant.default_answerer else ''}>"
        f"{_inert(texts(f'ask.choice_{answerer}'))}</label>"
        for answerer in get_args(AnswererKind)
    )
    writer = _inert(texts("ask.by", model=without_places(assistant.writer_name)))
    legend = _inert(texts("ask.answers"))
    return (
        f'<fieldset aria-describedby="cv-writer"><legend>{legend}</legend>{buttons}</fieldset>'
        f'<p id="cv-writer">{writer}</p>'
    )


def _inert(words: str) -> str:
    """`words` as HTML in which the page's templates find nothing to evaluate."""
    return escape(words).translate({ord(sign): f"&#{ord(sign)};" for sign in "${}"})


def connect_choice(assistant: Assistant, choice: Any, notice: Any, texts: Texts) -> None:
    """Where "Written" is chosen and its model cannot be opened, says so at once in `notice`."""
    if not assistant.writer_name:
        return

    async def check(chosen: object) -> str:
        is_written = chosen_answerer(chosen) == "written"
        return await asyncio.to_thread(_problem_html, assistant, texts) if is_written else ""

    choice.change(
        check,
        [choice],
        [notice],
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="always_last",
        concurrency_limit=MAX_OPENING,
    )


def chosen_answerer(chosen: object) -> AnswererKind:
    """What a browser says was chosen; the documents' own words where it says something else."""
    return "written" if chosen == "written" else "extractive"


def _problem_html(assistant: Assistant, texts: Texts) -> str:
    try:
        assistant.open_writer()
    except ModelError as error:
        line = without_places(texts("ask.cannot_write", reason=error))
        return f'<p dir="auto">{escape(line)}</p>'
    return ""
