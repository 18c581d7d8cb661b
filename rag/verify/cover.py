"""Which notes of a paragraph cover a stretch of it.

1. The first marks at the end of the stretch or after it, up to the end of its sentence.
2. Else marks before it in its sentence ("As the note says,¹ ...").
3. Else the next marks of the paragraph: a note at its end may cover all before it. They are
   `is_lent`: what they do not bear out has no note, rather than a wrong one.
4. A block quote without a mark has those at the end of the paragraph before it, if that ends in
   a colon.

Marks with nothing but commas and spaces between them go together.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.records import Span
from rag.sentences import sentence_spans
from rag.verify.records import EditedParagraph, NoteMark

_BETWEEN = frozenset(" ,;")
_TAIL = 3  # characters after the last mark, as ":" and a space


@dataclass(frozen=True, slots=True)
class Cover:
    """The keys of the notes that cover a stretch."""

    keys: tuple[str, ...] = ()
    is_lent: bool = False


def cover(paragraph: EditedParagraph, start: int, end: int) -> Cover:
    """The notes that cover `start:end` of the paragraph."""
    spans = sentences_of(paragraph.text)
    first = max((s.start for s in spans if s.start <= start), default=0)
    last = min((s.end for s in spans if s.end >= end), default=len(paragraph.text))
    after = [mark for mark in paragraph.marks if mark.offset >= end]
    own = [mark for mark in after if mark.offset <= last]
    if own:
        return Cover(_together(paragraph.text, own))
    before = [mark for mark in paragraph.marks if first < mark.offset <= end]
    if before:
        return Cover(tuple(mark.key for mark in before))
    return Cover(_together(paragraph.text, after), is_lent=True) if after else Cover()


def cover_before(paragraph: EditedParagraph | None) -> Cover:
    """The notes at the end of a paragraph, which may cover a quotation after its colon."""
    if paragraph is None or paragraph.text.rstrip()[-1:] != ":":
        return Cover()
    least = len(paragraph.text.rstrip()) - _TAIL
    keys = tuple(mark.key for mark in paragraph.marks if mark.offset >= least)
    return Cover(keys)


def sentences_of(text: str) -> list[Span]:
    """The sentences of a paragraph of the file."""
    return sentence_spans(text, 0, len(text))


def _together(text: str, marks: list[NoteMark]) -> tuple[str, ...]:
    """The first mark and those with hardly anything between."""
    kept = marks[:1]
    for mark in marks[1:]:
        if not set(text[kept[-1].offset : mark.offset]) <= _BETWEEN:
            break
        kept.append(mark)
    return tuple(mark.key for mark in kept)
