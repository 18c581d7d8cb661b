"""A small assistant that answers from two hand-written documents, for tests of surfaces."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rag.errors import DocumentNotFoundError, ModelError, QuestionError, StoreError, VerseError
from rag.feedback import Feedback, add_feedback
from rag.guiding import GuidingQuestion
from rag.records import (
    Answer,
    Block,
    Citation,
    Context,
    ContextKind,
    Document,
    DocumentEntry,
    DroppedSentence,
    Facts,
    Figures,
    Hit,
    Passage,
    Question,
    Section,
    Statement,
)
from rag.settings import AnswererKind
from rag.suggest import DocumentQuestions

WRITER = "test:harbour-pilot"
PAYLOAD = (
    '<script>window.hurt=1</script><img src=x onerror="window.hurt=1">'
    " [click](javascript:hurt) ${window.hurt=1} {{constructor}} `code` $latex$"
)

_OPENING = (
    "The Harbour Council agreed at its ninth session that every member harbour keeps a register "
    "of moorings. The register is open to the public on working days, and a copy is held by the "
    "secretariat so that a harbour that loses its own can restore it within a week. "
)
_QUOTES = (
    "A vessel that stays longer than fourteen days pays a fee of 40 crowns for each further day.",
    "The harbour master may waive the fee for vessels in distress.",
    "Each harbour reports its waived fees to the secretariat by 31 March of the following year.",
)
_CLOSING = (
    " Fees that are not paid within sixty days are collected by the harbour in which the vessel "
    "is next moored, and shared in equal parts. The Council reviews the amount of the fee every "
    "three years, in the light of the costs reported by the harbours and of the means of small "
    "fishing communities, for which a lower fee can be set on request."
)
_TEXT = _OPENING + " ".join(_QUOTES) + _CLOSING


def _document(document_id: str, facts: Facts, text: str) -> Document:
    return Document(
        document_id,
        text,
        blocks=(Block("paragraph", 0, len(text)),),
        sections=(Section(("II. Moorings", "C. Fees"), 0, len(text)),),
        facts=facts,
    )


_HARBOUR = _document(
    "harbour",
    Facts(
        title="Minutes of the Ninth Session",
        organisation="Harbour Council",
        date="2014-10-21",
        kind="minutes",
    ),
    _TEXT,
)
_HOSTILE = _document("hostile", Facts(title=PAYLOAD, organisation=PAYLOAD), f"Before {PAYLOAD}")


def _citation(n: int, document: Document, quote: str) -> Citation:
    start = document.text.index(quote)
    return Citation(
        n=n,
        passage_id=document.document_id,
        document_id=document.document_id,
        title=document.facts.title,
        section=document.sections[0].path,
        page=17,
        page_label="15",
        start=start,
        end=start + len(quote),
        quote=quote,
    )


class HarbourAssistant:
    """Answers by key words, and keeps the questions that it was asked."""

    default_answerer: AnswererKind = "extractive"

    def __init__(
        self,
        pause_s: float = 0.0,
        folder: Path | None = None,
        writer_name: str = "",
        is_away: bool = False,
    ) -> None:
        self.asked: list[Question] = []
        self.writer_name = writer_name
        self.is_away = is_away  # its writer cannot be opened
        self.pause_s = pause_s
        self.folder = folder  # for feedback

    def open_writer(self) -> None:
        if self.is_away:
            raise ModelError(f"writer.model {WRITER}: pip install langchain-harbour")

    def stream(self, question: Question, answerer: AnswererKind | None) -> Iterator[Answer]:
        if answerer == "written":
            self.open_writer()
            yield from self._written(question)
        else:
            yield self.ask(question)

    def _written(self, question: Question) -> Iterator[Answer]:
        """Its three sentences, one after the other; with "breaks", two and then an error."""
        self.asked.append(question)
        whole = replace(self._answered(question, partly=True, long=False), answerer=WRITER)
        for count in range(1, len(whole.statements) + 1):
            time.sleep(self.pause_s)
            if count == 3 and "breaks" in question.text:
                raise StoreError(f"the library at {PAYLOAD} is gone")
            yield replace(whole, statements=whole.statements[:count])
        dropped = (DroppedSentence(f"It is 50 crowns. {PAYLOAD}", f'"50" {PAYLOAD}'),)
        notice = f"{WRITER} at 10.0.0.5:8080: slow {PAYLOAD}"
        yield replace(whole, dropped=dropped, notice=notice)

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        time.sleep(self.pause_s)
        words = question.text.casefold()
        if "broken" in words:
            raise QuestionError("the question has 0 words that can be searched; add some")
        if "bug" in words:
            raise ZeroDivisionError("secret detail")
        if "payload" in words:
            return self._hostile(question)
        if "moon" in words:
            return self._not_in_documents(question)
        if "unclear" in words:
            line = "Do you mean the fee for moorings or the fee for pilots?"
            return Answer(question, "needs_clarification", line)
        return self._answered(question, partly="whale" in words, long="everything" in words)

    def _answered(self, question: Question, *, partly: bool, long: bool) -> Answer:
        fees, reports = "What does a long stay cost?", "When are waived fees reported?"
        whales = "Which whales are protected?"
        statements = [
            Statement(_QUOTES[0], fees, (1,)),
            Statement(_QUOTES[1], fees, (2,)),
            Statement(_QUOTES[2], reports, (3, 1)),
        ] * (6 if long else 1)
        return Answer(
            question,
            "partly_answered" if partly else "answered",
            " ".join(f"{each.text} [1]" for each in statements),
            tuple(statements),
            tuple(_citation(n, _HARBOUR, quote) for n, quote in enumerate(_QUOTES, 1)),
            parts=(fees, reports, whales) if partly else (fees, reports),
            unanswered=(whales,) if partly else (),
        )

    def _hostile(self, question: Question) -> Answer:
        return Answer(
            replace(question, text=PAYLOAD),
            "answered",
            PAYLOAD,
            (Statement(PAYLOAD, PAYLOAD, (1,)), Statement("Two", PAYLOAD * 2, ())),
            (_citation(1, _HOSTILE, PAYLOAD),),
        )

    def _not_in_documents(self, question: Question) -> Answer:
        related = Hit(1, 0.2, self.passage("harbour"), _HARBOUR.facts)
        return Answer(question, "not_in_documents", "nothing", related=(related,))

    def passage(self, passage_id: str) -> Passage:
        document = self.document(passage_id)
        path = document.sections[0].path
        return Passage(
            passage_id,
            passage_id,
            document.text,
            0,
            len(document.text),
            path,
            page=17,
            page_label="15",
        )

    def document(self, document_id: str) -> Document:
        for document in (_HARBOUR, _HOSTILE):
            if document.document_id == document_id:
                return document
        raise DocumentNotFoundError(f"no document {document_id!r}")

    def widen(self, passage_id: str, kind: ContextKind) -> Context:
        """What is stored before and after the one passage of the hostile document."""
        document = self.document(passage_id)
        text = f"The one before. {PAYLOAD}\n{document.text}\nThe one after."
        return Context(kind, passage_id, -len(text.partition(document.text)[0]), 0, text, False)

    def guiding_questions(self) -> tuple[DocumentQuestions, ...]:
        asked = ("What does a long stay cost?", "When are waived fees reported?")
        questions = tuple(GuidingQuestion(each, 0, 1) for each in asked)
        return (DocumentQuestions("harbour", _HARBOUR.facts, questions),)

    def documents(self) -> tuple[DocumentEntry, ...]:
        return tuple(
            DocumentEntry(
                each.document_id,
                each.facts,
                f"{each.document_id}.pdf",
                20,
                1,
                figures=Figures(format="pdf"),
            )
            for each in (_HARBOUR, _HOSTILE)
        )

    def add_feedback(self, feedback: Feedback) -> None:
        if self.folder is None:
            raise VerseError("feedback cannot be kept: the disk is full")
        add_feedback(self.folder, feedback)
