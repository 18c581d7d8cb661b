"""The source panel: a card for each source, with ways to read on and to pin it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from rag.records import DocumentEntry
from rag.render_html import Quoted, render_sources_html
from ui.web.exchange import Conversation, Exchange
from ui.web.icons import icon
from ui.web.languages import path_of
from ui.web.texts import Language, Texts
from ui.web.wording import phrases_of


def reader_path(language: Language, quoted: Quoted) -> str:
    """The address at which the reader opens a document at the words quoted."""
    document = quote(quoted.document_id, safe="")
    place = urlencode({"start": quoted.start, "end": quoted.end})
    return f"{path_of(language)}read/{document}?{place}"


def file_path(language: Language, quoted: Quoted) -> str:
    """The address of a PDF file at the page of the words quoted."""
    document = quote(quoted.document_id, safe="")
    return f"{path_of(language)}read/{document}/file#page={quoted.page}"


def sources_title_html(texts: Texts) -> str:
    """The panel's heading, and the line that tells what became of a pin."""
    heading = escape(texts("ask.sources"))
    told = "".join(
        f' data-{name}="{escape(texts(f"ask.{text}"))}"'
        for name, text in (("pinned", "pinned"), ("unpinned", "not_pinned"))
    )
    return f'<h2>{heading}</h2><p id="cv-pins-said" role="status"{told}></p>'


def sources_html(
    conversation: Conversation, documents: Sequence[DocumentEntry], texts: Texts
) -> str:
    """The newest answer's sources shown, those of older answers at hand."""
    if not conversation:
        return f'<p class="cv-hint">{escape(texts("ask.sources_hint"))}</p>'
    formats = {each.document_id: each.figures.format for each in documents}
    view = _SourcesView(texts, formats)
    newest = conversation[-1]
    return "".join(view.group(each, shown=each is newest) for each in conversation)


@dataclass(frozen=True, slots=True)
class _SourcesView:
    """How sources are shown in the language of the page; `formats` of files by document."""

    texts: Texts
    formats: Mapping[str, str]

    def group(self, exchange: Exchange, *, shown: bool) -> str:
        """The sources of one answer."""
        cards = ""
        if exchange.shown is not None:
            changed = {
                (each.document_id, each.start, each.end)
                for each in exchange.shown.citations
                if each.n in exchange.changed
            }

            def below(quoted: Quoted) -> str:
                is_changed = (quoted.document_id, quoted.start, quoted.end) in changed
                return self._changed(quoted) if is_changed else self._below(quoted)

            phrases = phrases_of(self.texts)
            cards = render_sources_html(
                exchange.shown, exchange.sources, exchange.anchor, phrases, below
            )
            none = f'<p class="cv-hint">{escape(self.texts("ask.no_sources"))}</p>'
            cards = self._pin_all(exchange) + cards + self._back() if cards else none
        return (
            f'<section class="cv-sources-group" id="{exchange.anchor}-sources"'
            f"{'' if shown else ' hidden'}>"
            f'<p class="cv-sources-for" dir="auto">{escape(exchange.question)}</p>{cards}</section>'
        )

    def _pin_all(self, exchange: Exchange) -> str:
        if len(exchange.sources) < 2 or not exchange.is_whole:
            return ""
        label = escape(self.texts("ask.pin_all"))
        return f'<button type="button" class="cv-action cv-pin-all">{icon("pin")}{label}</button>'

    def _back(self) -> str:
        return f'<button type="button" class="cv-back">{escape(self.texts("ask.back"))}</button>'

    def _below(self, quoted: Quoted) -> str:
        opened = self._link(reader_path(self.texts.language, quoted), self.texts("ask.open"))
        if quoted.page and self.formats.get(quoted.document_id) == "pdf":
            label = self.texts("ask.file_at", page=quoted.page)
            opened += self._link(file_path(self.texts.language, quoted), label)
        place = " ".join(
            f'data-{name}="{escape(str(value))}"'
            for name, value in (
                ("passage", quoted.passage_id),
                ("start", quoted.start),
                ("end", quoted.end),
            )
        )
        pin = (
            f'<button type="button" class="cv-action cv-pin" aria-pressed="false" {place}>'
            f"{icon('pin')}{escape(self.texts('ask.pin'))}</button>"
        )
        return f'{self._around(quoted)}<div class="cv-actions">{opened}{pin}</div>'

    def _around(self, quoted: Quoted) -> str:
        """What stands before and after the passage: fetched when it is unfolded."""
        words = {"before": "around_before", "after": "around_after", "none": "around_none"}
        labels = " ".join(
            f'data-{key}="{escape(self.texts(f"ask.{name}"))}"' for key, name in words.items()
        )
        return (
            f'<details class="cv-around" data-passage="{escape(quoted.passage_id)}" {labels}>'
            f"<summary>{escape(self.texts('ask.around'))}</summary>"
            f'<div class="cv-around-words">{escape(self.texts("ask.wait"))}</div>'
            "</details>"
        )

    def _changed(self, quoted: Quoted) -> str:
        line = escape(self.texts("ask.changed"))
        if quoted.document_id not in self.formats:
            return f'<p class="cv-changed">{line}</p>'
        path = f"{path_of(self.texts.language)}read/{quote(quoted.document_id, safe='')}"
        opened = self._link(path, self.texts("ask.open"))
        return f'<p class="cv-changed">{line}</p><div class="cv-actions">{opened}</div>'

    def _link(self, path: str, label: str) -> str:
        return (
            f'<a class="cv-action" href="{escape(path)}" target="_blank" rel="noopener">'
            f"{escape(label)}</a>"
        )
