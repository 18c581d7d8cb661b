"""What to say of a unit: the stretches of text that make it whole.

1. A line that introduces a list brings the list's items; an item brings the line, and half of the
   items the rest.
2. A sentence that hangs in the air ("This helps to ...") brings the one before it, and what comes
   before such a sentence brings it.
3. Sentences that follow each other in one paragraph, on one page, are one stretch: a citation
   names the page on which all of its sentences begin.
4. A line and its only item are one statement; a line left without items says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from rag.answer.evidence import Evidence, word_roots
from rag.cite import Citer
from rag.ledger import Ledger
from rag.load.poison import speaks_to_model
from rag.records import Document, Passage, Span, Statement, Unit
from rag.sentences import is_asking, is_bare

_HANGING = re.compile(
    r"(?:This|These|Those|That|They|It|Its|Their|He|She|Such|Both|In (?:this|these|such)|"
    r"As (?:a result|such)|Therefore|Thus|Hence|The (?:same|latter|former))\b"
)
_ENUMERATED = re.compile(r"\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)\s")  # "1) ...", "(b) ..."
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})*\.\s+(?=\w)")  # of a paragraph
_LISTED = ("list_item", "table_row")
_MAX_ITEMS = 12  # of one list


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a document's text to be said; `introduces` a list, and says nothing alone."""

    document_id: str
    start: int
    end: int
    introduces: bool = False

    def overlaps(self, other: Stretch) -> bool:
        """Whether they have a character in common."""
        same = self.document_id == other.document_id
        return same and self.start < other.end and other.start < self.end


@dataclass(slots=True)
class Stored:
    """Documents and passages read once for one answer."""

    ledger: Ledger
    left_out: frozenset[str]  # ids of passages that are not to be used
    _documents: dict[str, Document] = field(default_factory=dict)
    _passages: dict[str, list[Passage]] = field(default_factory=dict)

    def document(self, document_id: str) -> Document:
        """The stored document."""
        if document_id not in self._documents:
            self._documents[document_id] = self.ledger.document(document_id)
        return self._documents[document_id]

    def passage(self, stretch: Stretch) -> Passage:
        """The passage in which the stretch begins."""
        if stretch.document_id not in self._passages:
            self._passages[stretch.document_id] = self.ledger.passages_of(stretch.document_id)
        return next(
            each
            for each in self._passages[stretch.document_id]
            if each.start <= stretch.start < each.end
        )

    def state(self, group: Sequence[Stretch], part: str, citer: Citer) -> Statement:
        """The words of `group` as one statement, with a citation of each."""
        texts, numbers = [], []
        for each in group:
            document, span = self.document(each.document_id), Span(each.start, each.end)
            numbers.append(citer.cite(document, self.passage(each), span))
            texts.append(document.text[span.start : span.end])
        return Statement(" ".join(texts), part, tuple(numbers))

    def is_open(self, stretch: Stretch) -> bool:
        """Whether the stretch may be used at all; what speaks to a model may not."""
        text = self.document(stretch.document_id).text[stretch.start : stretch.end]
        if speaks_to_model(text):
            return False
        return not self.left_out or self.passage(stretch).passage_id not in self.left_out

    def words(self, stretch: Stretch) -> set[str]:
        """The roots of its words."""
        return word_roots(self.document(stretch.document_id).text[stretch.start : stretch.end])

    def joined(self, chosen: Sequence[Stretch]) -> list[Stretch]:
        """`chosen` with sentences that follow each other in one paragraph, on one page, made one
        stretch."""
        joined: list[Stretch] = []
        for each in chosen:
            last = joined[-1] if joined else None
            if last and last.document_id == each.document_id and last.end <= each.start:
                between = self.document(each.document_id).text[last.end : each.start]
                is_run = between.isspace() and "\n" not in between and not last.introduces
                if is_run and self._begins_on_same_page(last, each):
                    joined[-1] = Stretch(last.document_id, last.start, each.end)
                    continue
            joined.append(each)
        return joined

    def _begins_on_same_page(self, one: Stretch, other: Stretch) -> bool:
        document = self.document(one.document_id)
        return document.page_at(one.start) == document.page_at(other.start)

    def grouped(self, chosen: Sequence[Stretch]) -> Iterator[tuple[Stretch, ...]]:
        """`chosen`, in order, by statements: a line that introduces one item only, or says nothing
        alone ("Mr. Sow:"), is one with the item after it; one that introduces none is left out."""
        at = 0
        while at < len(chosen):
            each = chosen[at]
            items = self._introduced(chosen, at) if each.introduces else 0
            if not each.introduces or (items > 1 and not self._is_bare(each)):
                yield (each,)
            elif items:
                yield (each, chosen[at + 1])
                at += 1
            at += 1

    def _is_bare(self, stretch: Stretch) -> bool:
        return is_bare(self.document(stretch.document_id).text[stretch.start : stretch.end])

    def rest_of_lists(self, chosen: Sequence[Stretch]) -> list[Stretch]:
        """The items that `chosen` leaves out of a list of which it has at least half."""
        rest: list[Stretch] = []
        for line in (each for each in chosen if each.introduces):
            items = list(self._items(line.document_id, line.end))
            left = [item for item in items if not any(item.overlaps(each) for each in chosen)]
            if len(left) <= len(items) / 2:
                rest += [item for item in left if self.is_open(item)]
        return rest

    def _introduced(self, chosen: Sequence[Stretch], at: int) -> int:
        """How many of `chosen` after `at` are items of the list that it introduces."""
        line = chosen[at]
        ends = [item.end for item in self._items(line.document_id, line.end, most=None)]
        last = max(ends, default=line.end)
        following = chosen[at + 1 :]
        inside = (
            x.document_id == line.document_id and line.end <= x.start < last for x in following
        )
        return sum(1 for _ in takewhile(bool, inside))

    def own(self, evidence: Evidence) -> list[Stretch]:
        """The stretch of the unit itself, without what introduces it, if it may be used."""
        end = evidence.unit.end
        return [each for each in self.stretches(evidence) if each.end == end and self.is_open(each)]

    def stretches(self, evidence: Evidence) -> Iterator[Stretch]:
        """What to say of a unit: itself, with what it introduces or leans on."""
        unit, passage = evidence.unit, evidence.passage
        introduces = evidence.text.endswith(":") or unit.kind == "heading"
        items = list(self._items(passage.document_id, unit.end)) if introduces else []
        is_reference = passage.is_note and is_bare(evidence.text)
        if is_asking(evidence.text) or is_reference or (introduces and not items):
            return  # it answers nothing
        is_sentence = unit.kind not in _LISTED
        if evidence.lead_in:
            yield Stretch(passage.document_id, evidence.lead_in.start, evidence.lead_in.end, True)
        elif is_sentence and _HANGING.match(evidence.text):
            yield from _beside(passage, unit, -1)
        number = _number_length(evidence.text) if is_sentence else 0
        yield Stretch(passage.document_id, unit.start + number, unit.end, introduces)
        if is_sentence and not introduces:
            yield from (
                each
                for each in _beside(passage, unit, +1)
                if _HANGING.match(passage.text, each.start - passage.start)
            )
        yield from items

    def _items(self, document_id: str, at: int, most: int | None = _MAX_ITEMS) -> Iterator[Stretch]:
        """The items of the list that follows right after offset `at`, but for questions."""
        blocks = self.document(document_id).blocks
        following = [block for block in blocks if block.start >= at][:most]
        text = self.document(document_id).text
        for block in following:
            if block.kind not in _LISTED and not _ENUMERATED.match(text, block.start):
                return
            if not is_asking(text[block.start : block.end]):
                yield Stretch(document_id, block.start, block.end)


def _number_length(text: str) -> int:
    """Length of the paragraph number at the start of `text`, with the space after it."""
    number = _NUMBER.match(text)
    return number.end() if number else 0


def _beside(passage: Passage, unit: Unit, step: int) -> Iterator[Stretch]:
    """The sentence before `unit` (`step` -1) or after it (+1), if it is of the same paragraph and
    introduces nothing."""
    at = passage.units.index(unit) + step
    if not 0 <= at < len(passage.units):
        return
    beside = passage.units[at]
    first, second = sorted((unit, beside))
    between = passage.text[first.end - passage.start : second.start - passage.start]
    text = passage.text[beside.start - passage.start : beside.end - passage.start]
    if "\n" not in between and not (step > 0 and text.endswith(":")):
        yield Stretch(passage.document_id, beside.start + _number_length(text), beside.end)
