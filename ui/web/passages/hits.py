"""Hits as HTML: by document or as ranked, each with its words marked and the reason why it is here.

1. The question's words are marked where they stand as the reason of the hit names them.
2. The sentence nearest to the question stands out; what is far from it is folded away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.records import Hit, Passage, Side, Span, Why
from rag.retrieve import Found
from ui.web.passages.wording import facts_line, inert, path_line, place_line, reader_path
from ui.web.texts import Texts

_NEAR_CHARS = 220  # shown on either side of the nearest sentence


def found_html(found: Found, texts: Texts, *, is_grouped: bool) -> str:
    """What a search found, under a line that tells how much; why nothing, where it is nothing."""
    if not found.hits:
        return line_html(found.reason or texts("passages.none_found"))
    documents = dict.fromkeys(hit.passage.document_id for hit in found.hits)
    told = texts.count("passages.found", len(found.hits))
    within = texts.count("passages.found_in", len(documents))
    shown = _grouped(found.hits, texts) if is_grouped else _ranked(found.hits, texts)
    return f'<p class="cv-told" role="status">{inert(f"{told} {within}")}</p>{"".join(shown)}'


def line_html(line: str) -> str:
    """One line where hits would stand."""
    return f'<p class="cv-told" role="status" dir="auto">{inert(line)}</p>'


def _ranked(hits: Sequence[Hit], texts: Texts) -> Iterator[str]:
    for hit in hits:
        title = inert(hit.facts.title or hit.passage.document_id)
        facts = f'<p class="cv-facts" dir="auto">{inert(facts_line(hit.facts))}</p>'
        yield hit_html(hit, texts, head=f'<h3 dir="auto">{title}</h3>{facts}')


def _grouped(hits: Sequence[Hit], texts: Texts) -> Iterator[str]:
    """A section for each document, in the order of its best hit."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.passage.document_id, []).append(hit)
    for document_id, own in groups.items():
        facts = own[0].facts
        count = texts.count("passages.passages", len(own))
        about = " · ".join(filter(None, (facts_line(facts), count)))
        articles = "".join(hit_html(hit, texts) for hit in own)
        yield (
            f'<section class="cv-hit-group"><h3 dir="auto">{inert(facts.title or document_id)}</h3>'
            f'<p class="cv-facts" dir="auto">{inert(about)}</p>{articles}</section>'
        )


def hit_html(hit: Hit, texts: Texts, head: str = "") -> str:
    """One passage with what can be done with it."""
    passage, title = hit.passage, hit.facts.title
    best = best_span(hit)
    paged = place_line(texts, passage.paragraph, passage.page, passage.page_label)
    section = inert(path_line(passage.section, title))
    place = (
        f'<p class="cv-place"><span class="cv-section" dir="auto">{section}</span>'
        f'<span class="cv-page">{inert(paged)}</span></p>'
    )
    return (
        f'<article class="cv-hit" data-passage="{inert(passage.passage_id)}" '
        f'data-start="{best.start}" data-end="{best.end}" data-from="{passage.start}" '
        f'data-to="{passage.end}">{head}{place}'
        f'<blockquote dir="auto">{passage_html(hit, best)}</blockquote>'
        f"{_actions_html(passage, best, texts)}{_why_html(hit.why, texts)}</article>"
    )


def best_span(hit: Hit) -> Span:
    """The sentence nearest to the question, by offset in the document; else the whole passage."""
    passage, best = hit.passage, hit.why.best if hit.why else None
    if best and passage.start <= best.start < best.end <= passage.end:
        return Span(best.start, best.end)
    return Span(passage.start, passage.end)


def passage_html(hit: Hit, best: Span) -> str:
    """The passage with its nearest sentence and the question's words marked."""
    passage = hit.passage
    at, to = best.start - passage.start, best.end - passage.start
    marked = _Marker(hit.why.terms if hit.why else ())
    far_before, before = _split(passage.text[:at], is_end=True)
    after, far_after = _split(passage.text[to:], is_end=False)
    return (
        f'{_far_html(far_before)}{marked(before)}<span class="cv-best">'
        f"{marked(passage.text[at:to])}</span>{marked(after)}{_far_html(far_after)}"
    )


def _split(words: str, *, is_end: bool) -> tuple[str, str]:
    """`words` in two, where what is near ends: the near ones at their end, or at their start."""
    if len(words) <= _NEAR_CHARS:
        return ("", words) if is_end else (words, "")
    if is_end:
        at = words.find(" ", len(words) - _NEAR_CHARS) + 1 or len(words) - _NEAR_CHARS
    else:
        at = words.rfind(" ", 0, _NEAR_CHARS)
        at = at if at > 0 else _NEAR_CHARS
    return words[:at], words[at:]


def _far_html(words: str) -> str:
    return f'<span class="cv-far"><span>{inert(words)}</span></span>' if words else ""


class _Marker:
    """Marks the question's words in a stretch of text."""

    def __init__(self, terms: Sequence[str]) -> None:
        whole = (re.escape(term) for term in sorted(terms, key=len, reverse=True) if term.strip())
        each = [rf"(?<!\w){term}(?!\w)" if term.isascii() else term for term in whole]
        self._words = re.compile("|".join(each), re.IGNORECASE) if each else None

    def __call__(self, text: str) -> str:
        if self._words is None:
            return inert(text)
        shown, at = [], 0
        for found in self._words.finditer(text):
            shown += [inert(text[at : found.start()]), f"<mark>{inert(found.group())}</mark>"]
            at = found.end()
        return "".join((*shown, inert(text[at:])))


def _actions_html(passage: Passage, best: Span, texts: Texts) -> str:
    is_whole = (best.start, best.end) == (passage.start, passage.end)
    sentence = "" if is_whole else _pin_html(texts("passages.pin_sentence"), best, is_first=True)
    whole = _pin_html(texts("passages.pin_passage"), Span(passage.start, passage.end), is_whole)
    path = inert(reader_path(passage.document_id, best.start, best.end))
    views = "".join(
        f'<button type="button" class="cv-view" data-view="{view}" aria-pressed="false">'
        f"{inert(texts(f'passages.view_{view}'))}</button>"
        for view in ("passage", "neighbours", "section")
    )
    return (
        f'<div class="cv-hit-actions">{sentence}{whole}'
        f'<a class="cv-open-reader" href="{path}" target="_blank" rel="noopener">'
        f"{inert(texts('passages.open'))}</a>"
        f'<span class="cv-views" role="group" aria-label="{inert(texts("passages.views"))}">'
        f"{views}</span></div>"
    )


def _pin_html(label: str, span: Span, is_first: bool) -> str:
    kind = "cv-keep cv-pin-first" if is_first else "cv-keep"
    return (
        f'<button type="button" class="{kind}" aria-pressed="false" data-start="{span.start}" '
        f'data-end="{span.end}">{inert(label)}</button>'
    )


def _why_html(why: Why | None, texts: Texts) -> str:
    if why is None:
        return ""
    sides = (
        ("meaning", why.dense),
        ("words", why.lexical),
        ("passage", why.passage),
        ("sentence", why.sentence),
    )
    rows = "".join(
        f"<li>{inert(_side_line(texts, name, side))}</li>" for name, side in sides if side
    )
    shared = ", ".join(why.terms) or texts("passages.why_no_words")
    return (
        f'<details class="cv-why"><summary>{inert(texts("passages.why"))}</summary><ul>{rows}'
        f'<li dir="auto">{inert(texts("passages.why_shared", words=shared))}</li></ul></details>'
    )


def _side_line(texts: Texts, name: str, side: Side) -> str:
    return texts(f"passages.why_{name}", rank=side.rank, score=f"{side.score:.3f}")
