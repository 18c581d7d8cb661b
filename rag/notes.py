"""Note markers resolved to note texts.

Labels alone do not tell: numbering restarts on each page or chapter, a footnote 1 can stand
beside an endnote 1, and a marker or a note may have been missed. So:

1. Markers and notes are laid side by side in the order of the text, first page by page, then
   what is left in the document at large. The longest row of equal labels gives the pairs, and of
   rows equally long the one with more pairs within a chapter; a note stands after its marker.
2. A marker for which its page has no free note of its label may mean an endnote, behind all
   markers. Otherwise a marker that got no note means a second time the note of its label on its
   page or in its chapter, or the last one that was marked before.
3. A label that only one note has means that note; other markers are dropped.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from rag.records import Document, Note, NoteReference

_MAX_CANDIDATES = 50  # notes of one label, on either side, that a marker is laid beside
_MAX_WORDS_CHARS = 2000  # of a note, told beside what rests on it
_MAX_PAIRS = 400_000  # in a document

Place = Callable[[int], int | None]  # the page or chapter at an offset


class Marker(NamedTuple):
    """A label that stood in the text at `offset`, raised."""

    label: str
    offset: int


@dataclass(slots=True)
class _Matching:
    notes: Sequence[Note]
    markers: Sequence[Marker]
    page: Place
    chapter: Place
    note_of: dict[int, int] = field(default_factory=dict)  # marker -> note, by their indices

    def match(self) -> None:
        """Fill `note_of`."""
        on_page = self._candidates(self.page)
        in_chapter = self._candidates(self.chapter)
        self.note_of = self._aligned(on_page, is_page=True)
        left = self._candidates(lambda offset: 0)
        end = self.markers[-1].offset if self.markers else 0
        for marker in left.keys() & on_page.keys():
            left[marker] = [at for at in left[marker] if self.notes[at].start > end]
        self.note_of |= self._aligned(left, is_page=False)
        self._repeat(in_chapter | on_page, left)

    def _candidates(self, place_at: Place) -> dict[int, list[int]]:
        """The free notes of its label in the same place as each free marker, those around it."""
        taken = set(self.note_of.values())
        groups: dict[tuple[int, str], list[int]] = defaultdict(list)
        for at, note in enumerate(self.notes):
            place = place_at(note.start)
            if at not in taken and place is not None:
                groups[place, note.label].append(at)
        reach = max(4, min(_MAX_CANDIDATES, _MAX_PAIRS // (len(self.markers) + 1)))
        found: dict[int, list[int]] = {}
        for at, marker in enumerate(self.markers):
            place = place_at(marker.offset)
            if at not in self.note_of and place is not None and (place, marker.label) in groups:
                own = groups[place, marker.label]
                middle = bisect_left(own, marker.offset, key=lambda note: self.notes[note].start)
                found[at] = own[max(0, middle - reach) : middle + reach]
        return found

    def _aligned(self, candidates: dict[int, list[int]], is_page: bool) -> dict[int, int]:
        """The longest row of pairs that rises in both orders, one for each kind of label.

        Of several markers that could have a note, the first on a page gets it, else the last.
        """
        rows: dict[tuple[bool, bool], _Rows] = {}
        for marker, own in candidates.items():
            label, offset = self.markers[marker]
            kind = (label.isdecimal(), label.isalpha())
            row = rows.setdefault(kind, _Rows(len(self.notes), is_page))
            for note in reversed(own):
                start = self.notes[note].start
                if start >= offset:
                    is_near = not is_page and self.chapter(start) == self.chapter(offset)
                    row.add(marker, note, is_near)
        return {marker: note for row in rows.values() for marker, note in row.best()}

    def _repeat(self, near: dict[int, list[int]], left: dict[int, list[int]]) -> None:
        """Give markers that got no note one that is marked before, or stands near or before."""
        first: dict[int, int] = {}
        for marker, note in sorted(self.note_of.items()):
            first.setdefault(note, marker)
        for marker, own in (left | near).items():
            offset = self.markers[marker].offset
            earlier = [at for at in own if first.get(at, marker) < marker]
            passed = [at for at in own if at not in first and self.notes[at].start < offset]
            meant = earlier[-1:] or passed[-1:] or near.get(marker, [])[:1]
            if meant:
                self.note_of.setdefault(marker, meant[0])


class _Rows:
    """Rows of pairs that rise on both sides: the longest that ends at or before each right side.

    Pairs are added rising on the left; with equal left sides they fall on the right. The longest
    rows are kept in a tree of prefix maxima (Fenwick's).
    """

    def __init__(self, size: int, is_first_kept: bool) -> None:
        self._tree: list[tuple[int, int, int]] = [(0, 0, -1)] * (size + 1)
        self._is_first_kept = is_first_kept
        self._pairs: list[tuple[int, int, int]] = []  # left, right, the pair before in the row

    def add(self, left: int, right: int, is_favoured: bool) -> None:
        """Add a pair; of rows equally long the one with more favoured pairs is longer."""
        length, favoured, before = self._longest(right)
        row = (length + 1, favoured + is_favoured, len(self._pairs))
        self._pairs.append((left, right, before))
        at = right + 1
        while at < len(self._tree):
            known = self._tree[at]
            if row[:2] > known[:2] or (row[:2] == known[:2] and not self._is_first_kept):
                self._tree[at] = row
            at += at & -at

    def _longest(self, end: int) -> tuple[int, int, int]:
        best = (0, 0, -1)
        while end:
            best = max(best, self._tree[end], key=lambda row: row[:2])
            end -= end & -end
        return best

    def best(self) -> list[tuple[int, int]]:
        """The pairs of the longest row."""
        row: list[tuple[int, int]] = []
        last = self._longest(len(self._tree) - 1)[2]
        while last >= 0:
            left, right, last = self._pairs[last]
            row.append((left, right))
        return row


def resolve_notes(
    notes: Sequence[Note],
    markers: Sequence[Marker],
    page_starts: Sequence[tuple[int, int]] = (),
    chapter_starts: Sequence[int] = (),
) -> tuple[Note, ...]:
    """The notes with the offsets of their markers; a marker without a note is dropped.

    `page_starts` are the offsets at which pages start, each with the page's number, in order;
    `chapter_starts` those at which chapters do. Notes and markers are in order.
    """
    matching = _Matching(
        notes,
        markers,
        page=lambda offset: _page(offset, page_starts),
        chapter=lambda offset: bisect_right(chapter_starts, offset) if chapter_starts else None,
    )
    matching.match()
    count = Counter(note.label for note in notes)
    single = {note.label: at for at, note in enumerate(notes) if count[note.label] == 1}
    found: dict[int, list[int]] = defaultdict(list)
    for at, marker in enumerate(markers):
        note_at = matching.note_of.get(at, single.get(marker.label))
        if note_at is not None:
            found[note_at].append(marker.offset)
    return tuple(replace(note, markers=tuple(found[i])) for i, note in enumerate(notes))


def note_references(document: Document) -> list[NoteReference]:
    """What each marker of the document refers to, in order of the markers."""
    labels = {(note.start, note.end): note.label for note in document.notes}
    found = []
    for note in document.notes:
        words = _shortened(document.text[note.start : note.end])
        works = tuple(
            f"note {labels[work]}: {_shortened(document.text[work.start : work.end])}"
            for work in note.works
        )
        found += [NoteReference(note.label, offset, words, works) for offset in note.markers]
    return sorted(found, key=lambda each: each.offset)


def references_within(
    references: Sequence[NoteReference], start: int, end: int
) -> tuple[NoteReference, ...]:
    """Those of the ordered references whose markers stand behind a character of `start:end`."""
    first = bisect_right(references, start, key=lambda each: each.offset)
    return tuple(references[first : bisect_right(references, end, key=lambda each: each.offset)])


def _shortened(words: str) -> str:
    """A note's words, cut where they would be more than a reader looks up."""
    return words if len(words) <= _MAX_WORDS_CHARS else f"{words[:_MAX_WORDS_CHARS]}…"


def _page(offset: int, page_starts: Sequence[tuple[int, int]]) -> int | None:
    at = bisect_right(page_starts, offset, key=lambda start: start[0]) - 1
    return page_starts[at][1] if at >= 0 else None
