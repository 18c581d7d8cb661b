"""What stands in the chat before the first question: those that the documents themselves put."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.suggest import DocumentQuestions
from ui.web.texts import Texts

_SHOWN = 3  # questions of the first documents; the others open by hand
_OPEN = 2  # documents whose questions show at once
_MOST = 40  # documents, and questions of one


def welcome_html(
    documents: Sequence[DocumentQuestions], texts: Texts, *, is_empty: bool = False
) -> str:
    """The greeting, and under each document's title the questions that it puts to its readers; of
    an empty library, where it is filled."""
    groups = "".join(
        _group_html(each, index < _OPEN, texts) for index, each in enumerate(documents[:_MOST])
    )
    offered = f"<p>{escape(texts('ask.start_with'))}</p>{groups}" if groups else ""
    if is_empty:
        line = escape(texts("library.empty"))
        offered = f'<p>{line} <a href="#library">{escape(texts("ask.fill_library"))}</a></p>'
    greeting = escape(texts("ask.greeting"))
    tagline = f'<p class="cv-tagline">{escape(texts("frame.tagline"))}</p>'
    return f'<div class="cv-welcome"><h2>{greeting}</h2>{tagline}{offered}</div>'


def _group_html(document: DocumentQuestions, is_open: bool, texts: Texts) -> str:
    title = escape(document.facts.title or document.document_id)
    asked = [_question_html(each.text) for each in document.questions[:_MOST]]
    first = f"<ul>{''.join(asked[:_SHOWN])}</ul>" if is_open else ""
    rest = asked[_SHOWN:] if is_open else asked
    if not is_open:
        count = escape(texts.count("ask.questions", len(rest)))
        summary = f'<span dir="auto">{title}</span> <span class="cv-count">{count}</span>'
        return f'<details class="cv-guiding">{_folded_html(summary, rest)}</details>'
    more = ""
    if rest:
        summary = escape(texts.count("ask.more_questions", len(rest)))
        more = f'<details class="cv-more-questions">{_folded_html(summary, rest)}</details>'
    return f'<section class="cv-guiding"><h3 dir="auto">{title}</h3>{first}{more}</section>'


def _folded_html(summary: str, questions: Sequence[str]) -> str:
    return f"<summary>{summary}</summary><ul>{''.join(questions)}</ul>"


def _question_html(text: str) -> str:
    shown = escape(text)
    return f'<li><button type="button" class="cv-suggestion" dir="auto">{shown}</button></li>'
