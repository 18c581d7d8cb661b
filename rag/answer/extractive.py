"""An answer made of the documents' own sentences, each verbatim and cited.

1. Each part of the question is answered by itself, from its own best units (answer/evidence.py).
2. Units are taken from the best down while they score close to the best: at most three for a date,
   a number or a name, more for a guiding question. What says the same again is left out.
3. Each is said with what it introduces or leans on (answer/stretches.py).
4. Statements are put in the order in which they stand, the document with the best one first.
5. A unit that contradicts what the question takes for granted is all that is said to it
   (answer/premise.py).
6. A part whose evidence is weak (answer/abstain.py) is said not to be answered, and the nearest
   passages are shown as related.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from rag.answer.abstain import Abstainer
from rag.answer.direct import direct_answer
from rag.answer.evidence import (
    Evidence,
    gather,
    kind_asked,
    word_weights,
)
from rag.answer.features import Features, features
from rag.answer.focus import can_tell, focus_of, nearer_by
from rag.answer.premise import find_objection
from rag.answer.stretches import Stored, Stretch
from rag.cite import Citer, make_citation
from rag.index import Index
from rag.late import Query, Similarity
from rag.ledger import Ledger
from rag.lexical.stems import terms
from rag.records import (
    Answer,
    Citation,
    Contradiction,
    DirectAnswer,
    Hit,
    Question,
    Span,
    Statement,
    Status,
)
from rag.retrieve import Found
from rag.sentences import is_asking
from rag.settings import AnswerSettings

_OF_LIST = 0.85  # of what others must reach, for further items of a list
_WITHIN = 0.8  # of the best score, for the best unit that can tell what is asked
_SAME = 0.75  # share of words in common from which two statements say the same


class Ranked(NamedTuple):
    """A unit, and its score as a statement."""

    evidence: Evidence
    score: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """The evidence for one part of a question, best first, and its features."""

    evidence: list[Evidence]
    features: Features
    weights: Mapping[str, float]  # of the question's words, by root


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said to one part of a question, by statements, and how likely it is answered."""

    weighed: Weighed
    support: float
    groups: tuple[tuple[Stretch, ...], ...] = ()
    is_against: bool = False  # it contradicts what the part takes for granted


@dataclass(slots=True)
class ExtractiveAnswerer:
    """Answers from one library without a language model."""

    ledger: Ledger
    index: Index
    abstainer: Abstainer
    settings: AnswerSettings

    def answer(self, question: Question, found: Found) -> Answer:
        """Status, statements, citations, parts unanswered and related passages; no text yet."""
        library = Stored(self.ledger, frozenset(question.leave_out))
        citer = Citer()
        repeated: list[set[str]] = []
        statements: list[Statement] = []
        contradictions: list[Contradiction] = []
        unanswered, supports, direct = [], [], list[DirectAnswer | None]()
        parts = zip(found.rewritten.parts, found.queries, found.hits_by_part, strict=True)
        for part, query, hits in parts:
            said = self._say(part.text, self.weigh(part.text, query, hits), library, repeated)
            supports.append(said.support)
            if not said.groups:
                unanswered.append(part.text)
                continue
            for group in said.groups:
                statement = library.state(group, part.text, citer)
                statements.append(statement)
                if said.is_against:
                    contradictions += [Contradiction(part.text, n) for n in statement.citations]
            if not said.is_against:
                best, weights = said.weighed.evidence[0], said.weighed.weights
                direct.append(direct_answer(part.text, weights, best, citer.citations))
        quoted = {citation.passage_id for citation in citer.citations}
        return Answer(
            question=question,
            status=_status(len(found.rewritten.parts), len(unanswered)),
            text="",
            statements=tuple(statements),
            citations=tuple(citer.citations),
            direct=tuple(filter(None, direct)),
            unanswered=tuple(unanswered),
            contradictions=tuple(contradictions),
            related=_related(found.hits, quoted, self.settings.max_related),
            hits=found.hits,
            support=round(max(supports), 6),
        )

    def _say(self, part: str, weighed: Weighed, library: Stored, repeated: list[set[str]]) -> _Said:
        """What there is to say to one part; `repeated` grows by what is said."""
        support = self.abstainer.support(weighed.features)
        objection = find_objection(part, weighed.evidence)
        against = library.own(objection) if objection else []
        if against:
            return _Said(weighed, support, tuple((each,) for each in against), is_against=True)
        if not weighed.evidence or support < self.abstainer.min_support(self.settings):
            return _Said(weighed, support)
        chosen = self._choose(kind_asked(part), _ranked(part, weighed.evidence), library, repeated)
        return _Said(weighed, support, tuple(library.grouped(chosen)))

    def weigh(self, text: str, query: Query, hits: Sequence[Hit]) -> Weighed:
        """The evidence for one part of a question, and what speaks for an answer."""
        tokens = self.ledger.token_vectors(hit.passage.passage_id for hit in hits)
        similarities = {
            hit.passage.passage_id: Similarity(query, hit.passage, tokens[hit.passage.passage_id])
            for hit in hits
        }
        rarity = self.index.rarity(set(terms(query.text)))
        weights = word_weights(query, rarity)
        found = gather(kind_asked(text), hits, list(similarities.values()), weights)
        # A question of a document's own says that it is asked there, not that it is answered.
        evidence = [each for each in found if not is_asking(each.text)] or found
        return Weighed(evidence, features(query, evidence, similarities, rarity), weights)

    def cite_units(
        self, evidence: Iterable[Evidence], leave_out: Collection[str]
    ) -> Iterator[Citation]:
        """Citations, without numbers yet, of what there is to say of each unit in turn."""
        library = Stored(self.ledger, frozenset(leave_out))
        for stretch in chain.from_iterable(map(library.stretches, evidence)):
            if library.is_open(stretch):
                document = library.document(stretch.document_id)
                span = Span(stretch.start, stretch.end)
                yield make_citation(document, library.passage(stretch), span, 0)

    def _choose(
        self, kind: str, evidence: Sequence[Ranked], library: Stored, said: list[set[str]]
    ) -> list[Stretch]:
        """Stretches for one part, in the order to read them; `said` grows by what they say."""
        settings = self.settings
        limit = settings.max_facts if kind else settings.max_statements
        closeness = settings.fact_closeness if kind else settings.closeness
        floor = 0.0
        chosen: list[Stretch] = []
        lists: set[tuple[str, int]] = set()  # of which an item is taken
        taken = 0
        for each, score in evidence:
            if taken >= limit or score < _OF_LIST * floor:
                break
            own_list = (each.passage.document_id, each.lead_in.start) if each.lead_in else None
            if score < floor and own_list not in lists:
                continue
            fresh = [
                stretch
                for stretch in library.stretches(each)
                if library.is_open(stretch)
                and not any(stretch.overlaps(other) for other in chosen)
                and (not taken or _is_new(library.words(stretch), said))
            ]
            if all(stretch.introduces for stretch in fresh):
                continue  # what it introduces may not be said, or has been
            floor = floor or score * closeness  # the best of which there is something to say
            chosen += fresh
            lists |= {own_list} if own_list else set()
            said += [library.words(stretch) for stretch in fresh]
            taken += 1
        chosen += library.rest_of_lists(chosen)
        order = list(dict.fromkeys(stretch.document_id for stretch in chosen))
        chosen.sort(key=lambda each: (order.index(each.document_id), each.start))
        return library.joined(chosen)


def _ranked(part: str, evidence: Sequence[Evidence]) -> list[Ranked]:
    """The units with their scores as statements, best first, without those that cannot tell what
    is asked; whether the documents answer is judged without regard to this."""
    focus = focus_of(part)
    ranked = [Ranked(each, each.score + nearer_by(focus, each)) for each in evidence]
    ranked.sort(key=lambda each: -each.score)
    floor = _WITHIN * ranked[0].score if ranked else 0.0
    telling = [each for each in ranked if can_tell(part, each.evidence)]
    return telling if telling and telling[0].score >= floor else ranked


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
