"""Hits as `verse search` prints them, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rag.records import Hit, Reprint, Side, Why
from rag.render import language_text, page_text, place_text, without_controls

_INDENT = "   "


def hit_text(hits: Iterable[Hit], asked: str, *, explained: bool = False) -> str:
    """The hits of a question that was asked in the language `asked`, parted by empty lines.

    With the reasons for each if `explained`.
    """
    blocks = ("\n".join(_hit_lines(hit, asked, explained)) for hit in hits)
    return without_controls("\n\n".join(blocks))


def _hit_lines(hit: Hit, asked: str, explained: bool) -> Iterator[str]:
    passage, context = hit.passage, hit.context
    place = (
        hit.facts.title or passage.document_id,
        " › ".join(passage.section),
        place_text(passage.paragraph, passage.page, passage.page_label),
        language_text(hit.facts.language, asked),
        f"{passage.document_id} {passage.start}-{passage.end}",
    )
    head = " · ".join(filter(None, place))
    yield f"{hit.rank}. {head}  ({hit.score:.3f})"
    for each in hit.also_in:
        yield f"{_INDENT}also in: {_reprint_line(each)}"
    if explained and hit.why:
        yield from (f"{_INDENT}{line}" for line in _why_lines(hit.why, hit))
    if context is None:
        yield passage.text
        return
    cut = ", cut" if context.is_cut else ""
    yield f"{_INDENT}{context.kind}{cut}: {passage.document_id} {context.start}-{context.end}"
    yield context.text


def _reprint_line(each: Reprint) -> str:
    about = (each.edition, each.date, page_text(each.page, each.page_label), each.passage_id)
    return ", ".join(filter(None, (each.title or each.document_id, *about)))


def _why_lines(why: Why, hit: Hit) -> Iterator[str]:
    sides = (
        ("meaning", why.dense),
        ("words", why.lexical),
        ("word by word", why.passage),
        ("sentence", why.sentence),
    )
    found = ", ".join(f"{name} {_side_text(side)}" for name, side in sides)
    yield f"why: {found}"
    yield f"shares: {', '.join(why.terms) or 'no word'}"
    if best := why.best:
        text = hit.passage.text[best.start - hit.passage.start : best.end - hit.passage.start]
        yield f'nearest, {best.start}-{best.end}: "{" ".join(text.split())}"'


def _side_text(side: Side | None) -> str:
    return f"no. {side.rank} ({side.score:.3f})" if side else "-"
