"""What the pages need of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.feedback import Feedback
from rag.original import Original
from rag.records import Answer, Context, ContextKind, Document, DocumentEntry, Passage, Question
from rag.settings import AnswererKind
from rag.suggest import DocumentQuestions
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


@dataclass(frozen=True, slots=True)
class Services:
    """What the pages work on; a page whose service is missing is not shown."""

    assistant: Assistant
    shelf: Shelf | None = None  # the library, to be looked after
    bench: Bench | None = None  # suites and runs, to measure the engine
    reading: Reading | None = None
    folder: Path | None = None  # where the pages keep what is theirs; None: nowhere
