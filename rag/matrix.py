"""Who says what: questions against documents, the best words of each in a cell of its own.

1. Each question is searched in each document by itself, so that a document that says much does not
   crowd out another.
2. The best unit for the question, by the evidence that answers are made of, is the cell's quote:
   verbatim, with its place.
3. A cell is empty where that unit scores less than a share of the best in the whole library
   (`answer.closeness`), or where the model that judges whether documents answer finds the
   document's evidence too weak (`rag/answer/abstain.py`, at the point of caution of answers). Its
   score is that model's probability either way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answer.extractive import ExtractiveAnswerer, Weighed
from rag.errors import DocumentNotFoundError, QuestionError
from rag.records import Citation, Facts, Question
from rag.retrieve import Found, Retriever, check_question

MAX_QUESTIONS, MAX_DOCUMENTS, MAX_CELLS = 50, 200, 1000


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """What one document says to one question."""

    question: str
    document_id: str
    facts: Facts
    score: float  # probability, 0 to 1, that the document answers
    citation: Citation | None = None  # None: nothing in the document is near enough
    introduced: str = ""  # the line that introduces the quote, where it is an item of a list


@dataclass(frozen=True, slots=True)
class Matrix:
    """A row for each question, in it a cell for each document, in the order asked for."""

    questions: tuple[str, ...]
    documents: tuple[str, ...]  # ids
    rows: tuple[tuple[MatrixCell, ...], ...]


@dataclass(frozen=True, slots=True)
class Sayings:
    """What finds the words of each document to a question."""

    retriever: Retriever
    answerer: ExtractiveAnswerer

    def check(self, questions: Sequence[str], documents: Sequence[str]) -> None:
        """Raises QuestionError for questions that cannot be asked, or too many cells, and
        DocumentNotFoundError for a document that is not held."""
        rows, columns = len(questions), len(documents)
        if not rows or not columns:
            raise QuestionError(
                "a matrix needs a question and a document; choose at least one each"
            )
        if rows > MAX_QUESTIONS or columns > MAX_DOCUMENTS or rows * columns > MAX_CELLS:
            raise QuestionError(
                f"{rows} questions against {columns} documents are too many, at most "
                f"{MAX_QUESTIONS} against {MAX_DOCUMENTS} and {MAX_CELLS:,} cells in all; "
                f"choose fewer"
            )
        for question in questions:
            check_question(Question(question))
        held = self.retriever.ledger.facts()
        for each in documents:
            if each not in held:
                raise DocumentNotFoundError(
                    f"no document {each!r}; `verse documents` lists those held"
                )

    def floor(self, question: str) -> float:
        """The score that a unit must have: a share, as for answers, of the best in the library."""
        best = self._best(Question(question))
        closeness = self.answerer.settings.closeness
        return closeness * best.evidence[0].score if best else 0.0

    def cell(self, question: str, document_id: str, floor: float) -> MatrixCell:
        """What the document says to the question, in a unit that scores at least `floor`."""
        best = self._best(Question(question, filters=(("document_id", document_id),)))
        facts = self.retriever.ledger.facts()[document_id]
        score = round(self._support(best), 6) if best else 0.0
        empty = MatrixCell(question, document_id, facts, score)
        if best is None or score < self.answerer.abstainer.min_support(self.answerer.settings):
            return empty
        for evidence in best.evidence:
            if evidence.score < floor:
                break
            for citation in self.answerer.cite_units([evidence], ()):
                if citation.start <= evidence.unit.start < citation.end:
                    return replace(empty, citation=citation, introduced=evidence.introduced)
        return empty

    def _best(self, question: Question) -> Weighed | None:
        """The evidence for the part of the question that is answered best."""
        found = self.retriever.find(question, self.answerer.settings.passages, is_explained=False)
        weighed = [each for each in self._weighed(found) if each.evidence]
        return max(weighed, key=self._support, default=None)

    def _weighed(self, found: Found) -> Iterator[Weighed]:
        """The evidence for each part of the question."""
        parts = zip(found.rewritten.parts, found.queries, found.hits_by_part, strict=False)
        for part, query, hits in parts:
            if hits:
                yield self.answerer.weigh(part.text, query, hits)

    def _support(self, weighed: Weighed) -> float:
        return self.answerer.abstainer.support(weighed.features)
