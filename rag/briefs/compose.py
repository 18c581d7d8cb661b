"""A brief from guiding questions: each is asked, and becomes a section with what the documents say.

1. The answer gives the section's items, sources and open points (`rag/briefs/make.py`); the best
   passages that it does not cite, and that say something, follow to read on.
2. A question that cannot be asked, or that no model answers, becomes a section which says so; the
   others go on.
3. A section that is finished is kept (`rag/briefs/partial.py`): who composes again with the same
   questions, settings and library asks only what is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from rag.briefs.make import section_of_answer
from rag.briefs.number import DraftSection, assemble
from rag.briefs.questions import QuestionLine
from rag.briefs.records import Brief, BriefSection, BriefSource
from rag.cite import make_citation
from rag.errors import DocumentNotFoundError, ModelError, QuestionError
from rag.fusion import asking_share, is_reference
from rag.language import question_language
from rag.records import Answer, Document, DocumentEntry, Facts, Hit, Passage, Question, Span
from rag.settings import AnswererKind

Progress = Callable[[int, int, str], None]  # done, in all, the question at hand
_MAX_ASKING = 0.5  # share of a passage to read on that may stand in questions
_LANGUAGE_CHARS = 2000


class Answering(Protocol):
    """What a brief asks: the assistant over a library."""

    def ask(self, question: Question, answerer: AnswererKind | None = None) -> Answer:
        """The answer; raises QuestionError and ModelError."""

    def document(self, document_id: str) -> Document:
        """The stored document; raises DocumentNotFoundError."""

    def passage(self, passage_id: str) -> Passage:
        """The stored passage; raises DocumentNotFoundError."""

    def documents(self) -> tuple[DocumentEntry, ...]:
        """The documents held."""


class Keeping(Protocol):
    """Where finished sections are kept."""

    def get(self, question: str) -> DraftSection | None:
        """The section of a question asked before, if it is kept."""

    def put(self, question: str, draft: DraftSection) -> None:
        """Keeps a section."""


@dataclass(frozen=True, slots=True)
class BriefOrder:
    """What a brief is to hold."""

    lines: tuple[QuestionLine, ...]
    title: str
    made_on: str = ""  # ISO 8601 date
    filters: tuple[tuple[str, str], ...] = ()
    answerer: AnswererKind | None = None  # None: that of the settings
    max_passages: int = 3  # to read on, for each question

    def grounds(self, state: str) -> str:
        """What every section rests on, as hexadecimal digits: the `state` of the assistant, and
        what is ordered beside the questions."""
        asked = (state, self.filters, self.answerer, self.max_passages)
        return hashlib.sha256(repr(asked).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Composed:
    """A brief, and the questions in it that could not be asked, or that no model answered."""

    brief: Brief
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """A section that is finished: of a heading, or of a question."""

    line: QuestionLine
    draft: DraftSection
    has_failed: bool = False


def compose(
    order: BriefOrder, assistant: Answering, keeping: Keeping, progress: Progress
) -> Composed:
    """The whole brief, numbered; `progress` is called before each question and at the end."""
    questions = [each.text for each in order.lines if not each.is_heading]
    progress(0, len(questions), (*questions, "")[0])
    drafted: list[Drafted] = []
    done = 0
    for each in draft_sections(order, assistant, keeping):
        drafted.append(each)
        if not each.line.is_heading:
            done += 1
            progress(done, len(questions), (*questions, "")[done])
    failed = tuple(each.line.text for each in drafted if each.has_failed)
    return Composed(assemble(frame_of(order), [each.draft for each in drafted]), failed)


def draft_sections(order: BriefOrder, assistant: Answering, keeping: Keeping) -> Iterator[Drafted]:
    """The sections in order, each as soon as it is finished; one that did not fail is kept."""
    facts = {each.document_id: each.facts for each in assistant.documents()}
    composing = _Composing(order, assistant, facts)
    for line in order.lines:
        if line.is_heading:
            yield Drafted(line, DraftSection(BriefSection(line.text), ()))
            continue
        kept = keeping.get(line.text)
        drafted = Drafted(line, kept) if kept else composing.drafted(line)
        if not drafted.has_failed:
            keeping.put(line.text, drafted.draft)
        yield drafted


def frame_of(order: BriefOrder) -> Brief:
    """The brief without its sections, for `rag.briefs.number.assemble`."""
    asked = " ".join(each.text for each in order.lines if not each.is_heading)
    language = question_language(asked[:_LANGUAGE_CHARS])
    return Brief(order.title, made_on=order.made_on, language=language)


@dataclass(frozen=True, slots=True)
class _Composing:
    order: BriefOrder
    assistant: Answering
    facts: Mapping[str, Facts]  # by document id

    def drafted(self, line: QuestionLine) -> Drafted:
        """The section of one question; asks it."""
        asked = Question(line.text, filters=self.order.filters)
        try:
            answer = self.assistant.ask(asked, self.order.answerer)
        except (QuestionError, ModelError) as error:
            told = BriefSection(line.text, open_points=(f"This could not be answered: {error}",))
            return Drafted(line, DraftSection(told, ()), has_failed=True)
        return Drafted(line, self._section(answer))

    def _section(self, answer: Answer) -> DraftSection:
        draft = section_of_answer(answer, self.facts, self._cited(answer))
        first = max((each.citation.n for each in draft.sources), default=0) + 1
        further = tuple(
            replace(each, citation=replace(each.citation, n=n))
            for n, each in enumerate(self._further(answer), start=first)
        )
        numbers = tuple(each.citation.n for each in further)
        section = replace(draft.section, passages=numbers)
        return DraftSection(section, (*draft.sources, *further))

    def _cited(self, answer: Answer) -> dict[str, str]:
        """The passages that an answer cites, whole, by id; without those that have just gone."""
        found = {}
        for each in answer.citations:
            try:
                found[each.passage_id] = self.assistant.passage(each.passage_id).text
            except DocumentNotFoundError:
                continue
        return found

    def _further(self, answer: Answer) -> Iterator[BriefSource]:
        """The best passages that say something and that the answer does not cite."""
        if answer.status == "not_in_documents" and answer.missing:
            return  # what was asked about is not there: nothing near it would help
        cited = {each.passage_id for each in answer.citations}
        left = [each for each in answer.hits if each.passage.passage_id not in cited]
        telling = [each for each in left if _tells(each)]
        for hit in telling[: self.order.max_passages]:
            passage = hit.passage
            try:
                document = self.assistant.document(passage.document_id)
            except DocumentNotFoundError:
                continue
            if document.text[passage.start : passage.end] != passage.text:
                continue  # an ingest has just replaced it
            citation = make_citation(document, passage, Span(passage.start, passage.end), 0)
            yield BriefSource(citation, hit.facts, passage.text)


def _tells(hit: Hit) -> bool:
    """Whether a passage says something, instead of asking or only naming a work."""
    passage = hit.passage
    is_telling = any(unit.kind != "heading" for unit in passage.units)
    return is_telling and asking_share(passage) <= _MAX_ASKING and not is_reference(passage)
