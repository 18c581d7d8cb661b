"""A passage with what stands around it, for reading; what is cited stays the passage.

1. "section": the passages directly under the same heading; "neighbours": the one before and the one
   after, whatever their headings. Notes are widened by notes, the body by the body.
2. Passages are added in turn, before and after, as long as the whole stays within the limit; so
   that the text begins and ends where a passage does.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.records import Context, ContextKind, Document, Passage


def widen(
    document: Document,
    passages: Sequence[Passage],
    here: Passage,
    kind: ContextKind,
    max_characters: int,
) -> Context:
    """What stands around `here`, one of the document's `passages`, which are in order.

    At most `max_characters` long, but for a passage that is longer itself.
    """
    before, after = _around(document, passages, here, kind)
    start, end, is_cut = here.start, here.end, False
    while before or after:
        for side in (before, after):
            if not side:
                continue
            each = side.pop(0)
            if max(end, each.end) - min(start, each.start) > max_characters:
                side.clear()
                is_cut = True
            else:
                start, end = min(start, each.start), max(end, each.end)
    return Context(kind, document.document_id, start, end, document.text[start:end], is_cut)


def _around(
    document: Document, passages: Sequence[Passage], here: Passage, kind: ContextKind
) -> tuple[list[Passage], list[Passage]]:
    """The passages to add before and after, the nearest first."""
    alike = [each for each in passages if each.is_note == here.is_note]
    at = alike.index(here)
    before, after = alike[:at][::-1], alike[at + 1 :]
    if kind == "neighbours":
        return before[:1], after[:1]
    section = document.section_at(here.start)
    if section is None:
        return [], []
    return (
        [each for each in before if each.start >= section.start],
        [each for each in after if each.start < section.end],
    )
