"""Who says what: questions against documents as a table that fills question by question.

Documents are rows and questions columns, so that what two documents say on one point stands one
above the other. A cell holds the document's very words, or says that nothing is near enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import VerseError
from rag.matrix import MAX_QUESTIONS, MatrixCell
from rag.records import DocumentEntry
from ui.web.passages.hits import line_html
from ui.web.passages.searching import documents_choice_html
from ui.web.passages.wording import ON_LAID_OUT, inert, place_line, reader_path
from ui.web.ports import Searching
from ui.web.texts import Texts

MAX_COMPARING = 3  # tables under way at a time, over all sessions
_ON_ASK = "element.addEventListener('cv-compare', (event) => trigger('submit', event.detail));"
_Columns = Sequence[Sequence[MatrixCell]]


class SentMatrix(BaseModel):
    """What a browser wants to have compared."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[str, Field(max_length=100_000)] = ""  # a question a line
    documents: Annotated[tuple[str, ...], Field(max_length=2000)] = ()  # none: all

    @property
    def questions(self) -> list[str]:
        """Each once, in order."""
        lines = (" ".join(line.split()) for line in self.text.splitlines())
        return list(dict.fromkeys(filter(None, lines)))


def add_matrix(searching: Searching, texts: Texts) -> None:
    """Lay out the table and its form in the open `gr.Blocks` and connect them."""
    form = gr.HTML(
        lambda: matrix_form_html(searching.documents(), texts),
        elem_id="cv-compare",
        apply_default_css=False,
        js_on_load=_ON_ASK + ON_LAID_OUT,
    )
    table = gr.HTML(
        line_html(texts("passages.matrix_hint")),
        elem_id="cv-matrix",
        apply_default_css=False,
        js_on_load=None,
    )

    async def compare(event: gr.EventData) -> AsyncIterator[str]:
        async for shown in _compared(searching, event._data, texts):
            yield shown

    form.submit(
        compare,
        None,
        [table],
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="always_last",
        concurrency_limit=MAX_COMPARING,
        concurrency_id="compare",
    )


async def _compared(searching: Searching, said: Any, texts: Texts) -> AsyncIterator[str]:
    """The table as it fills; a line where it cannot."""
    try:
        sent = SentMatrix.model_validate(said)
    except ValidationError:
        yield line_html(texts("passages.matrix_unfit", n=MAX_QUESTIONS))
        return
    questions = sent.questions
    if not 0 < len(questions) <= MAX_QUESTIONS:
        yield line_html(texts("passages.matrix_unfit", n=MAX_QUESTIONS))
        return
    entries = await asyncio.to_thread(searching.documents)
    chosen = [each for each in entries if not sent.documents or each.document_id in sent.documents]
    documents = [each.document_id for each in chosen]
    columns: list[list[MatrixCell]] = []
    for question in questions:
        left = texts("passages.matrix_filling", at=len(columns) + 1, of=len(questions))
        yield line_html(left) + table_html(chosen, questions, columns, texts)
        try:
            found = await asyncio.to_thread(_column, searching, question, documents)
        except VerseError as error:
            yield line_html(str(error)) + table_html(chosen, questions, columns, texts)
            return
        columns.append(found)
    said_by = sum(any(column[at].citation for column in columns) for at in range(len(chosen)))
    told = texts("passages.matrix_filled", said=said_by, of=len(chosen))
    yield line_html(told) + table_html(chosen, questions, columns, texts)


def _column(searching: Searching, question: str, documents: list[str]) -> list[MatrixCell]:
    return list(searching.sayings(question, documents))


def table_html(
    documents: Sequence[DocumentEntry], questions: Sequence[str], columns: _Columns, texts: Texts
) -> str:
    """The table as far as its columns are known."""
    heads = "".join(f'<th scope="col" dir="auto">{inert(each)}</th>' for each in questions)
    rows = "".join(
        f"<tr>{_document_html(entry)}{_row_html(at, questions, columns, texts)}</tr>"
        for at, entry in enumerate(documents)
    )
    corner = inert(texts("passages.matrix_documents"))
    return (
        f'<div class="cv-table" tabindex="0" role="region" '
        f'aria-label="{inert(texts("passages.tab_matrix"))}"><table><thead><tr>'
        f'<th scope="col">{corner}</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _document_html(entry: DocumentEntry) -> str:
    facts = entry.facts
    about = " · ".join(filter(None, (facts.organisation, facts.date)))
    return (
        f'<th scope="row" dir="auto">{inert(facts.title or entry.document_id)}'
        f'<span class="cv-facts">{inert(about)}</span></th>'
    )


def _row_html(at: int, questions: Sequence[str], columns: _Columns, texts: Texts) -> str:
    cells = []
    for n, question in enumerate(questions):
        label = f'<span class="cv-cell-question" dir="auto">{inert(question)}</span>'
        if n >= len(columns):
            cells.append(f'<td class="cv-cell-waiting">{label}…</td>')
        else:
            cells.append(_cell_html(columns[n][at], label, texts))
    return "".join(cells)


def _cell_html(cell: MatrixCell, label: str, texts: Texts) -> str:
    cited = cell.citation
    if cited is None:
        none = inert(texts("passages.matrix_empty"))
        return f'<td class="cv-cell-empty">{label}{none}</td>'
    place = place_line(texts, cited.paragraph, cited.page, cited.page_label)
    introduced = (
        f'<span class="cv-introduced">{inert(cell.introduced)} </span>' if cell.introduced else ""
    )
    path = inert(reader_path(cited.document_id, cited.start, cited.end))
    return (
        f'<td data-passage="{inert(cited.passage_id)}">{label}'
        f'<blockquote dir="auto">{introduced}{inert(cited.quote)}</blockquote>'
        f'<div class="cv-cell-foot"><button type="button" class="cv-keep" aria-pressed="false" '
        f'data-start="{cited.start}" data-end="{cited.end}">{inert(texts("passages.pin"))}</button>'
        f'<a class="cv-open-reader" href="{path}" target="_blank" rel="noopener">'
        f"{inert(place or texts('passages.open'))}</a></div></td>"
    )


def matrix_form_html(entries: Sequence[DocumentEntry], texts: Texts) -> str:
    """The box for questions, and the documents to ask."""
    label = inert(texts("passages.matrix_questions"))
    return (
        f'<form class="cv-compare-form"><label><span class="cv-unsaid">{label}</span>'
        f'<textarea name="text" rows="2" dir="auto" placeholder="{label}"></textarea></label>'
        f'<button type="submit" class="cv-strong">{inert(texts("passages.matrix_ask"))}</button>'
        f'<details class="cv-filters"><summary>{inert(texts("passages.matrix_choose"))}'
        f'<span class="cv-filters-set"></span></summary><div class="cv-filters-in">'
        f"{documents_choice_html(entries, texts)}</div></details></form>"
    )
