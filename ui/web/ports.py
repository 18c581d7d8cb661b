"""What the page needs of the engine."""

from __future__ import annotations

from typing import Protocol

from rag.feedback import Feedback
from rag.records import Answer, Document, DocumentEntry, Passage, Question


class Assistant(Protocol):
    """Questions in, cited answers out; called from several threads at a time."""

    def ask(self, question: Question) -> Answer:
        """The answer; raises VerseError with one line to show."""

    def passage(self, passage_id: str) -> Passage:
        """The passage that a citation names."""

    def document(self, document_id: str) -> Document:
        """The document that a citation names, with its facts."""

    def suggestions(self) -> tuple[str, ...]:
        """Up to six questions that the documents answer."""

    def documents(self) -> tuple[DocumentEntry, ...]:
        """The documents that are searched."""

    def add_feedback(self, feedback: Feedback) -> None:
        """Keeps what a reader said of an answer; raises VerseError with one line to show."""
