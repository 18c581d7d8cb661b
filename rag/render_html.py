"""An answer and its sources as HTML, for a page: marks that name their source, and its card.

Every string that is not written in this file passes through `_html`, the engine's phrases too.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.phrases import ENGLISH, Phrases
from rag.records import Answer, Citation, DirectAnswer, Document, Facts, Hit, Passage, Statement
from rag.render import (
    Told,
    language_text,
    path_text,
    place_text,
    plain,
    remarks,
    without_controls,
)

NEAR_CHARS = 280  # of a passage shown on either side of a quote before it is opened
HINT_CHARS = 700  # of a quote that a mark carries


def _html(words: str) -> str:
    return html.escape(without_controls(words), quote=True)


@dataclass(frozen=True, slots=True)
class Source:
    """A citation with what is needed to show it: the document's facts and the words around."""

    citation: Citation
    facts: Facts
    before: str = ""  # of the passage, up to the quote
    after: str = ""


def source_of(citation: Citation, document: Document, passage: Passage) -> Source:
    """The citation within its passage; where it reaches out of it, within both together."""
    start, end = min(passage.start, citation.start), max(passage.end, citation.end)
    return Source(
        citation,
        document.facts,
        before=document.text[start : citation.start],
        after=document.text[citation.end : end],
    )


def render_html(answer: Answer, anchor: str, phrases: Phrases = ENGLISH) -> str:
    """The answer as HTML; its marks are buttons that name their source by `anchor` and number.

    `anchor` is unique among the answers on a page; `render_sources_html` makes the other end.
    """
    told = Told(answer, phrases)
    body = [_notice_html(answer), _lead_html(told)]
    marks = _Marks(told, anchor)
    body += [_part_html(marks, part, statements) for part, statements in told.groups]
    body += [_unanswered_html(told), _refusal_html(told), _dropped_html(told)]
    body.append(_related_list_html(marks))
    return f'<div class="cv-answer" data-status="{answer.status}">{"".join(body)}</div>'


@dataclass(frozen=True, slots=True)
class _Marks:
    """The marks of an answer whose sources are found by `anchor`."""

    told: Told
    anchor: str

    def of(self, numbers: Iterable[int]) -> str:
        """The marks of citations by number; of none that is not there."""
        citations = {citation.n: citation for citation in self.told.answer.citations}
        marks = "".join(self._of_citation(citations[n]) for n in numbers if n in citations)
        return f'<span class="cv-marks">&nbsp;{marks}</span>' if marks else ""

    def _of_citation(self, citation: Citation) -> str:
        label = self.told.phrases.source_label.format(n=citation.n, place=self._label(citation))
        place = self.told.citation_place(citation, Facts())
        hint = (citation.quote, place)
        return self.mark(str(citation.n), f"[{citation.n}]", label, hint)

    def _label(self, citation: Citation) -> str:
        phrases = self.told.phrases
        page = citation.page_label or citation.page
        parts = (
            citation.title or citation.document_id,
            phrases.paragraph_label.format(number=citation.paragraph) if citation.paragraph else "",
            phrases.page_label.format(page=page) if page else "",
        )
        return ", ".join(filter(None, parts))

    def mark(self, key: str, shown: str, label: str, hint: tuple[str, str]) -> str:
        """A button that leads to the card `key`; `hint` is its quote and place."""
        quote, place = plain(hint[0]), hint[1]
        if len(quote) > HINT_CHARS:
            quote = quote[:HINT_CHARS].rpartition(" ")[0] + " …"
        return (
            f'<button type="button" class="cv-mark" data-answer="{_html(self.anchor)}" '
            f'data-source="{key}" aria-label="{_html(label)}" data-quote="{_html(quote)}" '
            f'data-place="{_html(place)}" '
            f'aria-controls="{_html(self.anchor)}-source-{key}">{_html(shown)}</button>'
        )


def _part_html(marks: _Marks, part: str, statements: Sequence[Statement]) -> str:
    told = marks.told
    heading = f'<h3 dir="auto">{_html(part)}</h3>' if part and told.has_headings else ""
    against, others = told.set_apart(statements)
    otherwise = f'<p class="cv-otherwise">{_html(told.phrases.otherwise)}</p>' if against else ""
    listed = "".join(_listed_html(each, marks) for each in (against, others))
    direct = "".join(_direct_html(each, marks) for each in told.direct(part))
    return f'<section class="cv-part">{heading}{direct}{otherwise}{listed}</section>'


def _direct_html(direct: DirectAnswer, marks: _Marks) -> str:
    short = f'<span class="cv-short">{_html(marks.told.phrases.in_short)}</span> '
    shown = f"{_html(direct.text)}{marks.of((direct.citation,))}"
    return f'<p class="cv-direct" dir="auto">{short}{shown}</p>'


def _listed_html(statements: Sequence[Statement], marks: _Marks) -> str:
    tag = "li" if len(statements) > 1 else "p"
    items = "".join(
        f'<{tag} class="cv-statement" dir="auto"><span class="cv-words">{_html(statement.text)}'
        f"</span>{marks.of(statement.citations)}{_copy_html(statement, marks.told)}</{tag}>"
        for statement in statements
    )
    return f"<ul>{items}</ul>" if tag == "li" else items


def _copy_html(statement: Statement, told: Told) -> str:
    """A button that copies the statement; nothing where it has no sources to go with it."""
    if not statement.citations:
        return ""
    label, done = _html(told.phrases.copy_one), _html(told.phrases.copied)
    heading = _html(told.phrases.sources)
    return (
        f'<button type="button" class="cv-copy-one" aria-label="{label}" title="{label}" '
        f'data-done="{done}" data-sources="{heading}"></button>'
    )


def _notice_html(answer: Answer) -> str:
    return f'<p class="cv-notice" dir="auto">{_html(answer.notice)}</p>' if answer.notice else ""


def _dropped_html(told: Told) -> str:
    if not told.answer.dropped:
        return ""
    before = _html(told.phrases.dropped_one)
    items = "".join(
        f'<li dir="auto"><span class="cv-unsaid">{before}</span><del>{_html(each.text)}</del> '
        f'<span class="cv-reason">{_html(each.reason)}</span></li>'
        for each in told.answer.dropped
    )
    heading = _html(told.phrases.dropped)
    return (
        f'<aside class="cv-dropped" aria-label="{heading}"><details>'
        f"<summary>{heading} ({len(told.answer.dropped)})</summary>"
        f"<ul>{items}</ul></details></aside>"
    )


def _lead_html(told: Told) -> str:
    lead = told.lead(_html)
    if not lead:
        return ""
    if told.answer.status == "answered" and not told.answer.statements:
        return f'<p class="cv-statement" dir="auto">{lead}</p>'
    return f'<p class="cv-lead" dir="auto">{lead}</p>'


def _unanswered_html(told: Told) -> str:
    parts = "".join(f'<li dir="auto">{_html(each)}</li>' for each in told.unanswered)
    if not parts:
        return ""
    heading = _html(told.phrases.unanswered)
    return f'<div class="cv-unanswered"><p>{heading}</p><ul>{parts}</ul></div>'


def _refusal_html(told: Told) -> str:
    lines = "".join(f'<p dir="auto">{_html(line)}</p>' for line in told.refusal)
    return f'<div class="cv-extent">{lines}</div>' if lines else ""


def _related_list_html(marks: _Marks) -> str:
    told = marks.told
    if not told.answer.related:
        return ""
    items = ""
    for hit in told.answer.related:
        place = told.hit_place(hit)
        label = told.phrases.related_label.format(n=hit.rank, place=place)
        mark = marks.mark(f"related-{hit.rank}", place, label, (hit.passage.text, place))
        items += f"<li>{mark}</li>"
    return f'<div class="cv-related"><p>{_html(told.related_heading)}</p><ul>{items}</ul></div>'


# The panel's side


class Quoted(NamedTuple):
    """What a card shows: a stretch of a document, within a passage of it."""

    document_id: str
    passage_id: str
    start: int
    end: int
    page: int | None


def _nothing(quoted: Quoted) -> str:
    return ""


def render_sources_html(
    answer: Answer,
    sources: Sequence[Source],
    anchor: str,
    phrases: Phrases = ENGLISH,
    below: Callable[[Quoted], str] = _nothing,
) -> str:
    """The other end of `render_html`'s marks: one card for each source and related passage.

    `below` makes the HTML that a page adds at the foot of a card.
    """
    told = Told(answer, phrases)
    cards = "".join(_source_html(told, source, anchor, below) for source in sources)
    related = "".join(_related_html(told, hit, anchor, below) for hit in answer.related)
    if related:
        heading = _html(told.related_heading)
        related = f'<h3 class="cv-related-heading">{heading}</h3>{related}'
    return cards + related


def _source_html(told: Told, source: Source, anchor: str, below: Callable[[Quoted], str]) -> str:
    citation, facts = source.citation, source.facts
    far_before, before = _split_before(source.before)
    after, far_after = _split_after(source.after)
    passage = (
        f"{_far_html(far_before)}{_html(before)}<mark>{_html(citation.quote)}</mark>"
        f"{_html(after)}{_far_html(far_after)}"
    )
    head = _card_head_html(
        str(citation.n), citation.title or facts.title or citation.document_id, facts
    )
    phrases = told.phrases
    path = path_text(citation.section, citation.title)
    paged = place_text(citation.paragraph, citation.page, citation.page_label, phrases)
    spoken = language_text(citation.language, told.answer.language, phrases)
    more = _more_html(phrases) if far_before or far_after else ""
    where = Quoted(
        citation.document_id, citation.passage_id, citation.start, citation.end, citation.page
    )
    foot = _remarks_html(remarks(citation, phrases)) + more + below(where)
    card_id = f"{anchor}-source-{citation.n}"
    return _card_html(card_id, head + _card_place_html(path, paged, spoken), passage, foot)


def _remarks_html(said: Sequence[str]) -> str:
    items = "".join(f'<li dir="auto">{_html(each)}</li>' for each in said)
    return f'<ul class="cv-remarks">{items}</ul>' if items else ""


def _related_html(told: Told, hit: Hit, anchor: str, below: Callable[[Quoted], str]) -> str:
    passage, phrases = hit.passage, told.phrases
    head = _card_head_html("", hit.facts.title or passage.document_id, hit.facts)
    path = path_text(passage.section, hit.facts.title)
    paged = place_text(passage.paragraph, passage.page, passage.page_label, phrases)
    spoken = language_text(hit.facts.language, told.answer.language, phrases)
    near, far = _split_after(passage.text)
    words = f"{_html(near)}{_far_html(far)}"
    where = Quoted(
        passage.document_id, passage.passage_id, passage.start, passage.end, passage.page
    )
    foot = (_more_html(phrases) if far else "") + below(where)
    card_id = f"{anchor}-source-related-{hit.rank}"
    return _card_html(card_id, head + _card_place_html(path, paged, spoken), words, foot)


def _more_html(phrases: Phrases) -> str:
    more, less = _html(phrases.whole_passage), _html(phrases.less)
    return (
        f'<button type="button" class="cv-more" aria-expanded="false" data-more="{more}" '
        f'data-less="{less}">{more}</button>'
    )


def _card_html(card_id: str, head: str, passage: str, below: str) -> str:
    return (
        f'<article class="cv-source" id="{_html(card_id)}" tabindex="-1">{head}'
        f'<blockquote dir="auto">{passage}</blockquote>{below}</article>'
    )


def _card_head_html(number: str, title: str, facts: Facts) -> str:
    known = " · ".join(filter(None, (facts.organisation, facts.symbol, facts.date, facts.kind)))
    badge = f'<span class="cv-number">{number}</span>' if number else ""
    line = f'<p class="cv-facts" dir="auto">{_html(known)}</p>' if known else ""
    return f'<header>{badge}<h3 dir="auto">{_html(title)}</h3></header>{line}'


def _card_place_html(path: str, paged: str, spoken: str) -> str:
    shown = f'<span class="cv-section" dir="auto">{_html(path)}</span>' if path else ""
    below = ", ".join(filter(None, (paged, spoken)))
    shown += f'<span class="cv-page">{_html(below)}</span>' if below else ""
    return f'<p class="cv-place">{shown}</p>' if shown else ""


def _far_html(words: str) -> str:
    return f'<span class="cv-far"><span>{_html(words)}</span></span>' if words else ""


def _split_before(words: str) -> tuple[str, str]:
    """Far and near words before a quote, parted at white space."""
    if len(words) <= NEAR_CHARS:
        return "", words
    at = words.find(" ", len(words) - NEAR_CHARS)
    return (words[: at + 1], words[at + 1 :]) if at >= 0 else ("", words)


def _split_after(words: str) -> tuple[str, str]:
    """Near and far words after a quote, parted at white space."""
    if len(words) <= NEAR_CHARS:
        return words, ""
    at = words.rfind(" ", 0, NEAR_CHARS)
    return (words[:at], words[at:]) if at >= 0 else (words, "")
