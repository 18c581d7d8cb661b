"""Note markers resolved to note texts.

Labels alone do not tell: numbering restarts on each page or chapter, and a footnote 1 can stand
beside an endnote 1. For each label:

1. One note of that label takes all its markers.
2. As many notes as markers: they correspond in order of appearance.
3. Otherwise a marker belongs to a note on its own page, else to the nearest note after it, else to
   the last one before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.records import Note


class Marker(NamedTuple):
    """A label that stood in the text at `offset`, raised."""

    label: str
    offset: int


def resolve_notes(
    notes: Sequence[Note], markers: Sequence[Marker], page_starts: Sequence[tuple[int, int]] = ()
) -> tuple[Note, ...]:
    """The notes with the offsets of their markers; a marker without a note is dropped.

    `page_starts` are the offsets at which pages start, each with the page's number, in order.
    """
    found: dict[int, list[int]] = defaultdict(list)
    by_label: dict[str, list[int]] = defaultdict(list)
    for index, note in enumerate(notes):
        by_label[note.label].append(index)
    for label, own in by_label.items():
        offsets = [marker.offset for marker in markers if marker.label == label]
        for order, offset in enumerate(offsets):
            is_paired = len(own) == len(offsets)
            index = own[order] if is_paired else _nearest(offset, own, notes, page_starts)
            found[index].append(offset)
    return tuple(replace(note, markers=tuple(found[i])) for i, note in enumerate(notes))


def _nearest(
    offset: int, own: list[int], notes: Sequence[Note], page_starts: Sequence[tuple[int, int]]
) -> int:
    """The index of the note that a marker at `offset` most likely means."""
    page = _page(offset, page_starts)
    on_page = [i for i in own if page and _page(notes[i].start, page_starts) == page]
    after = [i for i in own if notes[i].start >= offset]
    return (on_page or after or own[-1:])[0]


def _page(offset: int, page_starts: Sequence[tuple[int, int]]) -> int:
    at = bisect_right(page_starts, offset, key=lambda start: start[0]) - 1
    return page_starts[at][1] if at >= 0 else 0
