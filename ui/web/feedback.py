"""The form for feedback on an answer: a dialog of its own, which no new answer redraws.

`feedback.js` opens it from the buttons under an answer and sends what was said; the answer itself
is taken from the session's conversation, never from the browser.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import VerseError
from rag.feedback import MAX_NOTE_CHARS, REASONS, feedback_on
from ui.web.conversation import VERDICT_NAMES
from ui.web.exchange import Conversation
from ui.web.ports import Assistant
from ui.web.texts import Texts

MAX_KEEPING = 4  # votes being written at a time, over all sessions

_SCRIPT = Path(__file__).parent / "feedback.js"


def add_feedback_form(assistant: Assistant, conversation: Any, texts: Texts) -> None:
    """Lay out the form in the open `gr.Blocks`; `conversation` is the session's state."""
    # The template holds no value: what the server says reaches the script without a redraw.
    form = gr.HTML(
        {},
        html_template=form_html(texts),
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        elem_id="cv-feedback",
        apply_default_css=False,
    )

    async def keep(before: Conversation, event: gr.EventData) -> dict[str, object]:
        return await asyncio.to_thread(_keep, assistant, before, event._data, texts)

    form.submit(
        keep,
        [conversation],
        [form],
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=MAX_KEEPING,
    )


def _keep(
    assistant: Assistant, conversation: Conversation, said: dict[str, object], texts: Texts
) -> dict[str, object]:
    """Keeps what was said of an answer; what the script is told of it."""
    told = {"answer": said.get("answer"), "verdict": said.get("verdict")}
    told |= {"at": datetime.now(UTC).isoformat()}  # a second vote must not look like the first
    judged = [each for each in conversation if each.can_be_judged]
    exchange = next((each for each in judged if each.answer_id == said.get("answer")), None)
    if exchange is None or exchange.answer is None:
        return told | {"problem": texts("feedback.gone")}
    try:
        given = (str(said.get(name) or "") for name in ("verdict", "reason", "note"))
        assistant.add_feedback(feedback_on(exchange.answer, exchange.answer_id, *given))
    except VerseError as error:
        return told | {"problem": str(error)}
    return told | {"problem": ""}


def form_html(texts: Texts) -> str:
    """The dialog; its heading and the question that it is about are filled in by the script."""

    def said(name: str) -> str:
        return escape(texts(f"feedback.{name}"))

    reasons = "".join(
        f'<label><input type="radio" name="cv-reason" value="{reason}" required>'
        f"<span>{said(reason.replace(' ', '_'))}</span></label>"
        for reason in REASONS
    )
    headings = "".join(
        f' data-{name.partition(".")[2].replace("_", "-")}="{escape(texts(f"{name}_heading"))}"'
        for name in VERDICT_NAMES.values()
    )
    words = "".join(f' data-{name}="{said(name)}"' for name in ("thanks", "sending", "late"))
    return (
        f'<dialog class="cv-dialog" aria-labelledby="cv-dialog-title"{headings}{words}>'
        '<form method="dialog"><h2 id="cv-dialog-title"></h2>'
        '<p class="cv-about" dir="auto"></p>'
        f'<fieldset class="cv-reasons"><legend>{said("what_is_wrong")}</legend>{reasons}</fieldset>'
        f'<label class="cv-note" for="cv-note">{said("anything_to_add")}</label>'
        f'<textarea id="cv-note" rows="3" maxlength="{MAX_NOTE_CHARS}" dir="auto"></textarea>'
        f'<p class="cv-kept">{said("kept")}</p>'
        '<p class="cv-said" role="status"></p><div class="cv-choices">'
        f'<button type="button" class="cv-cancel">{said("cancel")}</button>'
        f'<button type="submit" class="cv-send">{said("send")}</button></div></form></dialog>'
    )
