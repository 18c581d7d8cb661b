"""Checked sentences and their quotes as an answer: statements, citations, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.answer.quotes import Quote
from rag.answer.replies import Sentence
from rag.records import Answer, Citation, DroppedSentence, Statement

_FILLED = "No written sentence is left where these are asked, only the documents' own words: {}"


@dataclass(slots=True)
class Slot:
    """A sentence as written, why it failed (empty if it passed), and what took its place."""

    sentence: Sentence
    objection: str
    repaired: tuple[Sentence, ...] = ()

    @property
    def kept(self) -> tuple[Sentence, ...]:
        """What may be shown in this place."""
        return self.repaired if self.objection else (self.sentence,)


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    part: str
    citations: tuple[Citation, ...]


@dataclass(slots=True)
class _Numbers:
    """Citations numbered in the order of their first use."""

    by_place: dict[tuple[str, int, int], Citation] = field(default_factory=dict)

    def has(self, cited: Citation) -> bool:
        return _place(cited) in self.by_place

    def number(self, cited: Citation) -> int:
        place = _place(cited)
        n = len(self.by_place) + 1
        return self.by_place.setdefault(place, replace(cited, n=n)).n


def _place(cited: Citation) -> tuple[str, int, int]:
    return cited.document_id, cited.start, cited.end


def compose(
    plain: Answer, quotes: Sequence[Quote], slots: Sequence[Slot], name: str, is_whole: bool = False
) -> Answer:
    """The answer that the model `name` gives; with `is_whole`, parts for which no sentence is left
    have the statements of `plain`, the extractive answer. What contradicts the question stays as it
    stands there."""
    against = {each.citation for each in plain.contradictions}
    said = list(_of_plain(plain, lambda each: not against.isdisjoint(each.citations)))
    said += _written(quotes, slots)
    missing = _missing(plain, quotes, slots) if is_whole else []
    said += _of_plain(plain, lambda each: each.part in missing)
    order = list(dict.fromkeys(each.part for each in plain.statements))
    order += [each.part for each in quotes if each.part not in order]
    said.sort(key=lambda each: order.index(each.part))
    numbers = _Numbers()
    statements = tuple(
        Statement(each.text, each.part, tuple(map(numbers.number, each.citations))) for each in said
    )
    given = {each.n: each for each in plain.citations}
    direct = (
        replace(each, citation=numbers.number(given[each.citation]))
        for each in plain.direct
        if numbers.has(given[each.citation])
    )
    citations = tuple(numbers.by_place.values())
    cited = {each.passage_id for each in citations}
    return replace(
        plain,
        statements=statements,
        citations=citations,
        direct=tuple(direct),
        contradictions=tuple(
            replace(each, citation=numbers.number(given[each.citation]))
            for each in plain.contradictions
        ),
        related=tuple(hit for hit in plain.related if hit.passage.passage_id not in cited),
        answerer=name,
        notice=_FILLED.format("; ".join(missing)) if missing else "",
        dropped=tuple(_dropped(slots)) if is_whole else (),
    )


def _written(quotes: Sequence[Quote], slots: Iterable[Slot]) -> Iterator[_Said]:
    """What the model said and may say, each thing once."""
    by_number = {each.citation.n: each for each in quotes}
    seen = set()
    for sentence in (each for slot in slots for each in slot.kept):
        same = " ".join(sentence.text.casefold().split())
        if same not in seen:
            seen.add(same)
            cited = [by_number[number] for number in sentence.numbers]
            yield _Said(sentence.text, cited[0].part, tuple(each.citation for each in cited))


def _missing(plain: Answer, quotes: Sequence[Quote], slots: Iterable[Slot]) -> list[str]:
    """Parts answered by `plain` of which no kept sentence cites a quote."""
    cited = {number for slot in slots for each in slot.kept for number in each.numbers}
    told = {each.part for each in quotes if each.citation.n in cited}
    told |= {each.part for each in plain.contradictions}
    parts = dict.fromkeys(statement.part for statement in plain.statements)
    return [part for part in parts if part not in told]


def _of_plain(plain: Answer, is_wanted: Callable[[Statement], bool]) -> Iterator[_Said]:
    """The statements of `plain`, the extractive answer, that are wanted."""
    citations = {each.n: each for each in plain.citations}
    for each in filter(is_wanted, plain.statements):
        yield _Said(each.text, each.part, tuple(citations[n] for n in each.citations))


def _dropped(slots: Iterable[Slot]) -> Iterator[DroppedSentence]:
    for slot in slots:
        if not slot.kept:
            yield DroppedSentence(slot.sentence.text, slot.objection)
