"""Where the words of a quote stand on a page of a PDF, as boxes to lay over its picture.

1. The quote and the page are reduced to letters and digits: case, accents, ligatures, hyphens at
   line ends and white space are no difference, and a page keeps for each letter its glyph.
2. The quote's letters are looked for in one run, in the order of the file, then line by line (some
   files draw the numbers of a list last). Where they stand more than once, the letters around the
   quote tell which is meant; failing those, the order on the page.
3. What is not found in one run is taken in stretches as long as can be: a stretch may follow close
   on the one before, behind a note's marker, or lie elsewhere (the next column, the head of a
   table) if it is long and stands there once.
4. Nearly all letters must be found so: else there is no box, since a wrong one is worse. A number
   in front ("1.", "(b)") may be missing, and is looked for to the left of the first line.
5. Glyphs of a stretch are joined line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.page_letters import NEAR, Letters, fold, fold_text, followed, longest_prefix, places
from rag.page_lines import MAX_GAP, Box, by_lines, is_beside, line_boxes
from rag.pdfium import Glyph
from rag.records import Document, Page, Span

_MIN_FOUND = 0.97  # of the quote's letters
_MIN_FAR = 12  # letters of a stretch that lies elsewhere, with what follows close on it
_MIN_FIRST = 4  # of these, letters in one run
_MAX_NUMBER = 4  # letters of the number in front of an item
_CONTEXT = 240  # letters on either side that tell equal words apart


@dataclass(frozen=True, slots=True)
class Boxed:
    """What of a quote stands on one page: its words there, in order, and the boxes around them.

    Without boxes the words could not be found surely on the page.
    """

    number: int
    words: tuple[str, ...]
    boxes: tuple[Box, ...]


class _Run(NamedTuple):
    """A stretch of the page's letters."""

    start: int
    end: int


def pages_of(document: Document, quote: Span) -> tuple[Page, ...]:
    """The pages on which a stretch of the text stands, in order."""
    return tuple(page for page in document.pages if any(_shared(page, quote)))


def box_quote(document: Document, page: Page, glyphs: Sequence[Glyph], quote: Span) -> Boxed:
    """The boxes of what stands of `quote` on `page`, whose glyphs are given."""
    parts = list(_shared(page, quote))
    words = tuple(document.text[part.start : part.end] for _, part in parts)
    orders = [_Order(glyphs), _Order(by_lines(glyphs))]
    boxes: list[Box] = []
    for around, part in parts:
        found = _part_boxes(document.text, around, part, orders)
        if not found:
            return Boxed(page.number, words, ())
        boxes += found
    return Boxed(page.number, words, tuple(dict.fromkeys(boxes)))


def _part_boxes(text: str, around: Span, part: Span, orders: Sequence[_Order]) -> list[Box]:
    searches = [(order, _Search(order.letters.text, text, around, part)) for order in orders]
    for order, search in searches:
        if runs := search.whole():
            return order.boxes(runs, text[part.start : part.end])
    for order, search in searches:
        if runs := search.stretches():
            first, *others = order.boxes(runs, text[part.start : part.end])
            number = order.number_before(runs[0], search.wanted)
            left = min((each.left for each in number), default=first.x)
            return [Box(left, first.y, first.x + first.width - left, first.height), *others]
    return []


@dataclass(slots=True)
class _Order:
    """The glyphs of a page in one order."""

    glyphs: Sequence[Glyph]
    letters: Letters = field(init=False)

    def __post_init__(self) -> None:
        """Folds them."""
        self.letters = fold(enumerate(glyph.text for glyph in self.glyphs))

    def boxes(self, runs: Sequence[_Run], words: str) -> list[Box]:
        """The lines of the runs, with the marks beside them that belong to the words."""
        found: list[Glyph] = []
        for run in runs:
            first, last = self.letters.at[run.start], self.letters.at[run.end - 1]
            found += _with_marks(self.glyphs, first, last, words)
        return line_boxes(found)

    def first(self, run: _Run) -> Glyph:
        """The first glyph of a run."""
        return self.glyphs[self.letters.at[run.start]]

    def number_before(self, run: _Run, wanted: str) -> list[Glyph]:
        """The glyphs of a number in front of the words, where `run` begins behind it."""
        ahead = wanted.find(self.letters.text[run.start : min(run.end, run.start + _MIN_FAR)])
        if not 0 < ahead <= _MAX_NUMBER:
            return []
        first = self.first(run)
        nearest = first.left - MAX_GAP * (first.bottom - first.top)
        beside = [
            each
            for each in self.glyphs
            if nearest <= each.left < first.left and is_beside(first, each)
        ]
        beside.sort(key=lambda each: each.left)
        for at in range(len(beside)):
            if fold((0, each.text) for each in beside[at:]).text == wanted[:ahead]:
                return beside[at:]
        return []


def _shared(page: Page, quote: Span) -> Iterator[tuple[Span, Span]]:
    """Each span of the page that holds some of the quote, with that part of it."""
    for span in page.spans:
        part = Span(max(span.start, quote.start), min(span.end, quote.end))
        if part.start < part.end:
            yield span, part


@dataclass(slots=True)
class _Search:
    """One part of a quote, looked for on its page."""

    shown: str  # the page's letters
    text: str
    around: Span  # the stretch of the text on this page that holds the part
    part: Span
    wanted: str = field(init=False)
    _before: str = field(init=False)
    _after: str = field(init=False)

    def __post_init__(self) -> None:
        """Folds the words and what stands around them."""
        (first, last), (start, end) = self.around, self.part
        self.wanted = fold_text(self.text, start, end)
        self._before = fold_text(self.text, max(first, start - 2 * _CONTEXT), start)
        self._after = fold_text(self.text, end, min(last, end + 2 * _CONTEXT))

    def whole(self) -> list[_Run]:
        """The part in one run; none if that is not sure."""
        at = self._placed(0, len(self.wanted)) if self.wanted else None
        return [] if at is None else [_Run(at, at + len(self.wanted))]

    def _placed(self, at: int, length: int) -> int | None:
        """Where `length` letters from `at` on stand in the page, by what is around them if they
        stand there often."""
        letters = self.wanted[at : at + length]
        found = places(self.shown, letters)
        if len(found) < 2:
            return found[0] if found else None
        rated = [self._agreement(place, at, length) for place in found]
        best = max(rated)
        if rated.count(best) == 1:
            return found[rated.index(best)]
        order = places(fold_text(self.text, *self.around), letters)
        inside = at + len(fold_text(self.text, self.around.start, self.part.start))
        if len(order) == len(found) and inside in order:
            return found[order.index(inside)]
        return None

    def _agreement(self, place: int, at: int, length: int) -> int:
        """How many letters around a place on the page are those around the letters wanted."""
        before, after = self._before + self.wanted[:at], self.wanted[at + length :] + self._after
        end = place + length
        ahead = self.shown[max(0, place - _CONTEXT) : place]
        behind = self.shown[end : end + _CONTEXT]
        return followed(before[::-1][:_CONTEXT], ahead[::-1]) + followed(after[:_CONTEXT], behind)

    def stretches(self) -> list[_Run]:
        """The part in several runs; none if they are not nearly all of it."""
        runs: list[_Run] = []
        at = found = ahead = 0
        while at < len(self.wanted) and len(self.wanted) >= _MIN_FAR:
            run = self._next_run(at, runs[-1].end if runs else None)
            if run is None:
                at += 1
                ahead += not runs and at <= _MAX_NUMBER
                continue
            runs.append(run)
            at += run.end - run.start
            found += run.end - run.start
        return runs if runs and found >= _MIN_FOUND * (len(self.wanted) - ahead) else []

    def _next_run(self, at: int, last: int | None) -> _Run | None:
        """The longest stretch from `at` on: close behind the one before, else anywhere but once."""
        if last is not None:
            near = self.shown[last : last + NEAR + len(self.wanted) - at]
            length = longest_prefix(self.wanted, at, near, NEAR)
            if length >= min(3, len(self.wanted) - at):
                start = last + near.index(self.wanted[at : at + length])
                return _Run(start, start + length)
        length = longest_prefix(self.wanted, at, self.shown, len(self.shown))
        placed = self._placed(at, length) if length >= _MIN_FIRST else None
        if placed is None:
            return None
        behind = self.shown[placed + length : placed + length + _CONTEXT]
        is_long = length + followed(self.wanted[at + length :], behind) >= _MIN_FAR
        return _Run(placed, placed + length) if is_long else None


def _with_marks(glyphs: Sequence[Glyph], first: int, last: int, words: str) -> Sequence[Glyph]:
    """The glyphs from `first` to `last`, with the quotation mark or full stop beside them that
    belongs to the words."""
    if first and not words[0].isalnum() and glyphs[first - 1].text == words[0]:
        first -= 1
    if last + 1 < len(glyphs) and not words[-1].isalnum() and glyphs[last + 1].text == words[-1]:
        last += 1
    return glyphs[first : last + 1]
