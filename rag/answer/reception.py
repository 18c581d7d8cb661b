"""Questions that are met with a line, not with an answer: small talk, other work, unclear ones."""

from __future__ import annotations

from rag.answer.intent import read_intent
from rag.answer.unclear import ask_back, open_references
from rag.records import Answer, Question
from rag.retrieve import Found
from rag.rewrite import rewrite

_UNCLEAR = (
    "The question does not say what to look for. Name the subject, and the country, year or "
    "document if you have one in mind."
)
_SMALL_TALK = (
    "This is here to answer questions from the documents, each statement with its source. Ask what "
    "they say about a subject."
)
_OTHER_WORK = (
    "Sorry, this only answers questions from the documents, each statement with its source. Ask "
    "what they say about a subject."
)


def receive(question: Question) -> Answer | None:
    """The answer to what is not searched for at all; None for a question that is."""
    intent = read_intent(question.text)
    if intent != "question":
        line = _SMALL_TALK if intent == "small talk" else _OTHER_WORK
        return Answer(question, "not_a_question", line)
    if rewrite(question).is_unclear:
        return Answer(question, "needs_clarification", _UNCLEAR)
    return None


def clarify(question: Question, found: Found) -> Answer | None:
    """The question back to one that points at what it does not name; None for any other."""
    line = ask_back(open_references(question), found.hits)
    return Answer(question, "needs_clarification", line) if line else None
