"""An answer made of the documents' own sentences, each verbatim and cited.

1. Each part of the question is answered by itself, from its own best units (answer/evidence.py).
2. Units are taken from the best down while they score close to the best: at most three for a date,
   a number or a name, more for a guiding question. What says the same again is left out.
3. A line that introduces a list brings the list's items; an item brings the line. A sentence
   that hangs in the air ("This helps to ...") brings the one before it.
4. Statements are put in the order in which they stand, the document with the best one first.
5. A unit that contradicts what the question takes for granted comes first (answer/premise.py).
6. A part whose evidence is weak (answer/abstain.py) is said not to be answered, and the nearest
   passages are shown as related.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from rag.answer.abstain import Abstainer
from rag.answer.direct import direct_answer
from rag.answer.evidence import (
    Evidence,
    gather,
    kind_asked,
    word_roots,
    word_weights,
)
from rag.answer.features import Features, features
from rag.answer.premise import find_objection
from rag.cite import Citer, make_citation
from rag.index import Index
from rag.late import Query, Similarity
from rag.ledger import Ledger
from rag.lexical.stems import terms
from rag.load.poison import speaks_to_model
from rag.records import (
    Answer,
    Citation,
    Contradiction,
    DirectAnswer,
    Document,
    Hit,
    Passage,
    Question,
    Span,
    Statement,
    Status,
    Unit,
)
from rag.retrieve import Found
from rag.sentences import is_asking
from rag.settings import AnswerSettings

_HANGING = re.compile(
    r"(?:This|These|Those|That|They|It|Its|Their|He|She|Such|Both|In (?:this|these|such)|"
    r"As (?:a result|such)|Therefore|Thus|Hence|The (?:same|latter|former))\b"
)
_ENUMERATED = re.compile(r"\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)\s")  # "1) ...", "(b) ..."
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})*\.\s+(?=\w)")  # of a paragraph
_LISTED = ("list_item", "table_row")
_MAX_ITEMS = 12  # of one list
_SAME = 0.75  # share of words in common from which two statements say the same


@dataclass(frozen=True, slots=True)
class Weighed:
    """The evidence for one part of a question, best first, and its features."""

    evidence: list[Evidence]
    features: Features
    weights: Mapping[str, float]  # of the question's words, by root


@dataclass(slots=True)
class ExtractiveAnswerer:
    """Answers from one library without a language model."""

    ledger: Ledger
    index: Index
    abstainer: Abstainer
    settings: AnswerSettings

    def answer(self, question: Question, found: Found) -> Answer:
        """Status, statements, citations, parts unanswered and related passages; no text yet."""
        library = _Stored(self.ledger, frozenset(question.leave_out))
        citer = Citer()
        said: list[set[str]] = []
        statements: list[Statement] = []
        contradictions: list[Contradiction] = []
        unanswered, supports, direct = [], [], list[DirectAnswer | None]()
        parts = zip(found.rewritten.parts, found.queries, found.hits_by_part, strict=True)
        for part, query, hits in parts:
            weighed = self.weigh(part.text, query, hits)
            support = self.abstainer.support(weighed.features)
            supports.append(support)
            chosen: list[_Stretch] = []
            if weighed.evidence and support >= self.abstainer.min_support(self.settings):
                chosen = self._choose(kind_asked(part.text), weighed.evidence, library, said)
            objection = find_objection(part.text, weighed.evidence)
            against = library.own(objection) if objection else []
            chosen = [*against, *(each for each in chosen if not each.overlaps_any(against))]
            if not chosen:
                unanswered.append(part.text)
            for span in chosen:
                text, number = library.cite(span, citer)
                statements.append(Statement(text, part.text, (number,)))
                if span in against:
                    contradictions.append(Contradiction(part.text, number))
            if chosen:
                best, weights = weighed.evidence[0], weighed.weights
                direct.append(direct_answer(part.text, weights, best, citer.citations))
        cited = {citation.passage_id for citation in citer.citations}
        return Answer(
            question=question,
            status=_status(len(found.rewritten.parts), len(unanswered)),
            text="",
            statements=tuple(statements),
            citations=tuple(citer.citations),
            direct=tuple(filter(None, direct)),
            unanswered=tuple(unanswered),
            contradictions=tuple(contradictions),
            related=_related(found.hits, cited, self.settings.max_related),
            hits=found.hits,
            support=round(max(supports), 6),
        )

    def weigh(self, text: str, query: Query, hits: Sequence[Hit]) -> Weighed:
        """The evidence for one part of a question, and what speaks for an answer."""
        tokens = self.ledger.token_vectors(hit.passage.passage_id for hit in hits)
        similarities = {
            hit.passage.passage_id: Similarity(query, hit.passage, tokens[hit.passage.passage_id])
            for hit in hits
        }
        rarity = self.index.rarity(set(terms(query.text)))
        weights = word_weights(query, rarity)
        evidence = gather(kind_asked(text), hits, list(similarities.values()), weights)
        return Weighed(evidence, features(query, evidence, similarities, rarity), weights)

    def cite_units(
        self, evidence: Iterable[Evidence], leave_out: Collection[str]
    ) -> Iterator[Citation]:
        """Citations, without numbers yet, of what there is to say of each unit in turn."""
        library = _Stored(self.ledger, frozenset(leave_out))
        for stretch in chain.from_iterable(map(library.stretches, evidence)):
            if library.is_open(stretch):
                document = library.document(stretch.document_id)
                span = Span(stretch.start, stretch.end)
                yield make_citation(document, library.passage(stretch), span, 0)

    def _choose(
        self, kind: str, evidence: Sequence[Evidence], library: _Stored, said: list[set[str]]
    ) -> list[_Stretch]:
        """Stretches for one part, in the order to read them; `said` grows by what they say."""
        settings = self.settings
        limit = settings.max_facts if kind else settings.max_statements
        floor = evidence[0].score * (settings.fact_closeness if kind else settings.closeness)
        chosen: list[_Stretch] = []
        taken = 0
        for each in evidence:
            if taken >= limit or each.score < floor:
                break
            fresh = [
                stretch
                for stretch in library.stretches(each)
                if library.is_open(stretch)
                and not any(stretch.overlaps(other) for other in chosen)
                and (not taken or _is_new(library.words(stretch), said))
            ]
            chosen += fresh
            said += [library.words(stretch) for stretch in fresh]
            taken += bool(fresh)
        order = list(dict.fromkeys(stretch.document_id for stretch in chosen))
        chosen.sort(key=lambda each: (order.index(each.document_id), each.start))
        return library.joined(chosen)


@dataclass(frozen=True, slots=True)
class _Stretch:
    document_id: str
    start: int
    end: int

    def overlaps(self, other: _Stretch) -> bool:
        same = self.document_id == other.document_id
        return same and self.start < other.end and other.start < self.end

    def overlaps_any(self, others: Iterable[_Stretch]) -> bool:
        return any(self.overlaps(other) for other in others)


@dataclass(slots=True)
class _Stored:
    """Documents and passages read once for one answer."""

    ledger: Ledger
    left_out: frozenset[str]  # ids of passages that are not to be used
    _documents: dict[str, Document] = field(default_factory=dict)
    _passages: dict[str, list[Passage]] = field(default_factory=dict)

    def document(self, document_id: str) -> Document:
        if document_id not in self._documents:
            self._documents[document_id] = self.ledger.document(document_id)
        return self._documents[document_id]

    def passage(self, stretch: _Stretch) -> Passage:
        """The passage in which the stretch begins."""
        if stretch.document_id not in self._passages:
            self._passages[stretch.document_id] = self.ledger.passages_of(stretch.document_id)
        return next(
            each
            for each in self._passages[stretch.document_id]
            if each.start <= stretch.start < each.end
        )

    def cite(self, stretch: _Stretch, citer: Citer) -> tuple[str, int]:
        """The words of the stretch, and the number of their citation."""
        document, span = self.document(stretch.document_id), Span(stretch.start, stretch.end)
        return document.text[span.start : span.end], citer.cite(
            document, self.passage(stretch), span
        )

    def is_open(self, stretch: _Stretch) -> bool:
        """Whether the stretch may be used at all; what speaks to a model may not."""
        text = self.document(stretch.document_id).text[stretch.start : stretch.end]
        if speaks_to_model(text):
            return False
        return not self.left_out or self.passage(stretch).passage_id not in self.left_out

    def words(self, stretch: _Stretch) -> set[str]:
        return word_roots(self.document(stretch.document_id).text[stretch.start : stretch.end])

    def joined(self, chosen: Sequence[_Stretch]) -> list[_Stretch]:
        """`chosen` with sentences that follow each other in one paragraph made one stretch."""
        joined: list[_Stretch] = []
        for each in chosen:
            last = joined[-1] if joined else None
            if last and last.document_id == each.document_id and last.end <= each.start:
                between = self.document(each.document_id).text[last.end : each.start]
                if between.isspace() and "\n" not in between:
                    joined[-1] = _Stretch(last.document_id, last.start, each.end)
                    continue
            joined.append(each)
        return joined

    def own(self, evidence: Evidence) -> list[_Stretch]:
        """The stretch of the unit itself, without what introduces it, if it may be used."""
        end = evidence.unit.end
        return [each for each in self.stretches(evidence) if each.end == end and self.is_open(each)]

    def stretches(self, evidence: Evidence) -> Iterator[_Stretch]:
        """What to say of a unit: itself, with what it introduces or leans on."""
        unit, passage = evidence.unit, evidence.passage
        items = list(self._items(passage.document_id, unit.end))
        introduces = evidence.text.endswith(":") or unit.kind == "heading"
        if is_asking(evidence.text) or (unit.kind == "heading" and not items):
            return  # it answers nothing
        start = unit.start
        if evidence.lead_in:
            yield _Stretch(passage.document_id, evidence.lead_in.start, evidence.lead_in.end)
        elif unit.kind not in _LISTED and _HANGING.match(evidence.text):
            start = _sentence_before(passage, unit)
        if unit.kind not in _LISTED:
            start += _number_length(passage.text[start - passage.start :])
        yield _Stretch(passage.document_id, start, unit.end)
        if introduces:
            yield from items

    def _items(self, document_id: str, at: int) -> Iterator[_Stretch]:
        """The items of the list that follows right after offset `at`."""
        blocks = self.document(document_id).blocks
        following = [block for block in blocks if block.start >= at][:_MAX_ITEMS]
        text = self.document(document_id).text
        for block in following:
            if block.kind not in _LISTED and not _ENUMERATED.match(text, block.start):
                return
            yield _Stretch(document_id, block.start, block.end)


def _number_length(text: str) -> int:
    """Length of the paragraph number at the start of `text`, with the space after it."""
    number = _NUMBER.match(text)
    return number.end() if number else 0


def _sentence_before(passage: Passage, unit: Unit) -> int:
    """Where the sentence before `unit` starts, if it is of the same paragraph; else its own."""
    at = passage.units.index(unit)
    before = passage.units[at - 1] if at else unit
    between = passage.text[before.end - passage.start : unit.start - passage.start]
    return before.start if at and "\n" not in between else unit.start


def _is_new(words: set[str], said: Iterable[set[str]]) -> bool:
    return not any(
        len(words & other) >= _SAME * max(1, min(len(words), len(other))) for other in said
    )


def _status(parts: int, unanswered: int) -> Status:
    if unanswered == 0:
        return "answered"
    return "partly_answered" if unanswered < parts else "not_in_documents"


def _related(hits: Sequence[Hit], cited: set[str], most: int) -> tuple[Hit, ...]:
    return tuple(hit for hit in hits if hit.passage.passage_id not in cited)[:most]
