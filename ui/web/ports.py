"""What the pages need of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.briefs.drafts import Drafts
from rag.briefs.notebooks import Notebooks
from rag.feedback import Feedback
from rag.ledger import Ledger
from rag.matrix import MatrixCell
from rag.original import Original
from rag.records import Answer, Context, ContextKind, Document, DocumentEntry, Passage, Question
from rag.retrieve import Found
from rag.settings import AnswererKind, IngestSettings
from rag.suggest import DocumentQuestions
from rag.verify.verifier import Verifier
from ui.web.evaluation.bench import Bench
from ui.web.library.shelf import Shelf


class Assistant(Protocol):
    """Questions in, cited answers out; called from several threads at a time."""

    @property
    def default_answerer(self) -> AnswererKind:
        """Who answers where the reader has not chosen."""

    @property
    def writer_name(self) -> str:
        """The chat model for written answers; empty where none is set."""

    def open_writer(self) -> object:
        """Opens that model; raises ModelError with one line to show."""

    def stream(self, question: Question, answerer: AnswererKind | None) -> Iterator[Answer]:
        """The answer as far as it is checked, time and again, the whole one last; raises
        VerseError with one line to show."""

    def passage(self, passage_id: str) -> Passage:
        """The passage that a citation names."""

    def document(self, document_id: str) -> Document:
        """The document that a citation names, with its facts."""

    def widen(self, passage_id: str, kind: ContextKind) -> Context:
        """What stands around a passage; raises DocumentNotFoundError."""

    def guiding_questions(self) -> tuple[DocumentQuestions, ...]:
        """The questions that documents put to their readers, by document."""

    def documents(self) -> tuple[DocumentEntry, ...]:
        """The documents that are searched."""

    def add_feedback(self, feedback: Feedback) -> None:
        """Keeps what a reader said of an answer; raises VerseError with one line to show."""


class Reading(Protocol):
    """Whole documents, and the files that they were made of; called from several threads."""

    def document(self, document_id: str) -> Document:
        """The document with its structure and facts; raises DocumentNotFoundError."""

    def original(self, document_id: str) -> Original:
        """Its file, as it was read; raises DocumentNotFoundError, and FileGoneError where it has
        gone or changed."""


class Searching(Protocol):
    """Words in, passages and answers out; called from several threads at a time."""

    def find(
        self, question: Question, top_k: int | None = None, is_explained: bool = True
    ) -> Found:
        """At most `top_k` hits, best first; raises QuestionError with one line to show."""

    def sayings(self, question: str, documents: Sequence[str]) -> Iterator[MatrixCell]:
        """What each document, by id, says to the question; raises VerseError."""

    def widen(self, passage_id: str, kind: ContextKind) -> Context:
        """What stands around a passage; raises DocumentNotFoundError."""

    def ask(self, question: Question, answerer: AnswererKind | None = None) -> Answer:
        """The answer; raises VerseError with one line to show."""

    def state_hash(self) -> str:
        """Changes with whatever an answer depends on."""

    def passage(self, passage_id: str) -> Passage:
        """The stored passage; raises DocumentNotFoundError."""

    def document(self, document_id: str) -> Document:
        """The stored document; raises DocumentNotFoundError."""

    def documents(self) -> tuple[DocumentEntry, ...]:
        """The documents that are searched."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a briefing writer works with."""

    searching: Searching
    ledger: Ledger  # from which the words of pins come
    notebooks: Notebooks
    drafts: Drafts
    verifier: Verifier
    reading: IngestSettings  # within whose limits uploaded files are read


@dataclass(frozen=True, slots=True)
class Services:
    """What the pages work on; a page whose service is missing is not shown."""

    assistant: Assistant
    shelf: Shelf | None = None  # the library, to be looked after
    bench: Bench | None = None  # suites and runs, to measure the engine
    reading: Reading | None = None
    folder: Path | None = None  # where the pages keep what is theirs; None: nowhere
    desk: Desk | None = None
