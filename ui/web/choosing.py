"""The switch between the documents' own words and written answers, where a model is set."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Any, get_args

import gradio as gr

from rag.errors import ModelError
from rag.settings import AnswererKind
from ui.web.conversation import without_places
from ui.web.ports import Assistant

MAX_OPENING = 4  # switches that wait for a model, over all sessions

_NOT_SET = (
    "The settings ask for written answers, but no chat model is set: set writer.model to one, as "
    "in ollama:qwen3. Until then answers are the documents' own words."
)

_WORDS: Mapping[AnswererKind, str] = MappingProxyType(
    {"extractive": "Documents' words", "written": "Written"}
)
_ON_CHOICE = """element.addEventListener('change', (event) => {
    props.value = event.target.value;
});"""


def add_choice(assistant: Assistant) -> Any:
    """Lays out the switch in the open `gr.Blocks`; the component whose value is the answerer.

    Without a model there is nothing to switch: then it is a state, and one line says what to set
    where the settings ask for written answers.
    """
    if not assistant.writer_name:
        if assistant.default_answerer == "written":
            gr.HTML(f"<p>{_NOT_SET}</p>", elem_id="cv-not-set", apply_default_css=False)
        return gr.State("extractive")
    # Gradio's own Radio gives each button a group of its own, which arrow keys do not cross.
    return gr.HTML(
        assistant.default_answerer,
        html_template=_switch_html(assistant),
        js_on_load=_ON_CHOICE,
        elem_id="cv-answerer",
        apply_default_css=False,
    )


def _switch_html(assistant: Assistant) -> str:
    """The template holds no value, so that no choice redraws it under the reader's hand."""
    buttons = "".join(
        f'<label><input type="radio" name="cv-answerer" value="{answerer}"'
        f"{' checked' if answerer == assistant.default_answerer else ''}>{_WORDS[answerer]}</label>"
        for answerer in get_args(AnswererKind)
    )
    writer = _inert(f"by {without_places(assistant.writer_name)}")
    return (
        f'<fieldset aria-describedby="cv-writer"><legend>Answers</legend>{buttons}</fieldset>'
        f'<p id="cv-writer">{writer}</p>'
    )


def _inert(words: str) -> str:
    """`words` as HTML in which the page's templates find nothing to evaluate."""
    return escape(words).translate({ord(sign): f"&#{ord(sign)};" for sign in "${}"})


def connect_choice(assistant: Assistant, choice: Any, notice: Any) -> None:
    """Where "Written" is chosen and its model cannot be opened, says so at once in `notice`."""
    if not assistant.writer_name:
        return

    async def check(chosen: object) -> str:
        is_written = chosen_answerer(chosen) == "written"
        return await asyncio.to_thread(_problem_html, assistant) if is_written else ""

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


def _problem_html(assistant: Assistant) -> str:
    try:
        assistant.open_writer()
    except ModelError as error:
        line = without_places(f"No answers can be written: {error}")
        return f'<p dir="auto">{escape(line)}</p>'
    return ""
