"""The form for feedback on an answer: a dialog of its own, which no new answer redraws.

`feedback.js` opens it from the buttons under an answer and sends what was said; the answer itself
is taken from the session's conversation, never from the browser.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import VerseError
from rag.feedback import MAX_NOTE_CHARS, REASONS, feedback_on
from ui.web.conversation import Conversation
from ui.web.ports import Assistant

MAX_KEEPING = 4  # votes being written at a time, over all sessions

_SCRIPT = Path(__file__).parent / "feedback.js"
_WORDS = {
    "wrong or unsupported": "Wrong, or not what the sources say",
    "misses the point": "Misses the point of the question",
    "incomplete": "Incomplete",
    "should have said no": "Should have said that the documents do not answer",
    "should have answered": "Should have answered: the documents do say",
    "other": "Something else",
}


def add_feedback_form(assistant: Assistant, conversation: Any) -> None:
    """Lay out the form in the open `gr.Blocks`; `conversation` is the session's state."""
    # The template holds no value: what the server says reaches the script without a redraw.
    form = gr.HTML(
        {},
        html_template=form_html(),
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        elem_id="cv-feedback",
        apply_default_css=False,
    )

    async def keep(before: Conversation, event: gr.EventData) -> dict[str, object]:
        return await asyncio.to_thread(_keep, assistant, before, event._data)

    form.submit(
        keep,
        [conversation],
        [form],
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=MAX_KEEPING,
    )


def _keep(
    assistant: Assistant, conversation: Conversation, said: dict[str, object]
) -> dict[str, object]:
    """Keeps what was said of an answer; what the script is told of it."""
    told = {"answer": said.get("answer"), "verdict": said.get("verdict")}
    told |= {"at": datetime.now(UTC).isoformat()}  # a second vote must not look like the first
    judged = [each for each in conversation if each.can_be_judged]
    exchange = next((each for each in judged if each.answer_id == said.get("answer")), None)
    if exchange is None or exchange.answer is None:
        return told | {"problem": "This answer is no longer part of the conversation."}
    try:
        given = (str(said.get(name) or "") for name in ("verdict", "reason", "note"))
        assistant.add_feedback(feedback_on(exchange.answer, exchange.answer_id, *given))
    except VerseError as error:
        return told | {"problem": str(error)}
    return told | {"problem": ""}


def form_html() -> str:
    """The dialog; its heading and the question that it is about are filled in by the script."""
    reasons = "".join(
        f'<label><input type="radio" name="cv-reason" value="{reason}" required>'
        f"<span>{_WORDS[reason]}</span></label>"
        for reason in REASONS
    )
    return (
        '<dialog class="cv-dialog" aria-labelledby="cv-dialog-title">'
        '<form method="dialog"><h2 id="cv-dialog-title"></h2>'
        '<p class="cv-about" dir="auto"></p>'
        f'<fieldset class="cv-reasons"><legend>What is wrong with it?</legend>{reasons}</fieldset>'
        '<label class="cv-note" for="cv-note">Anything to add? (optional)</label>'
        f'<textarea id="cv-note" rows="3" maxlength="{MAX_NOTE_CHARS}" dir="auto"></textarea>'
        '<p class="cv-kept">Kept with the library, together with the question, the conversation '
        "before it and the answer, for those who look after it. Nothing is sent elsewhere.</p>"
        '<p class="cv-said" role="status"></p><div class="cv-choices">'
        '<button type="button" class="cv-cancel">Cancel</button>'
        '<button type="submit" class="cv-send">Send</button></div></form></dialog>'
    )
