"""What was searched for, in lines for the reader; the same on every surface."""

from __future__ import annotations

from rag.phrases import ENGLISH, Phrases
from rag.records import Searched


def searched_lines(searched: Searched, phrases: Phrases = ENGLISH) -> tuple[str, ...]:
    """Lines of plain text, each a sentence or two; none where the question was searched as asked.

    Words of documents, users and models stand in them: they are to be escaped like any other.
    """
    lines = []
    if searched.question:
        lines.append(phrases.searched_question.format(question=searched.question))
    if searched.corrections:
        put_right = (
            phrases.instead.format(instead=each.instead, asked=each.asked)
            for each in searched.corrections
        )
        lines.append(phrases.searched_corrected.format(corrections=", ".join(put_right)))
    if searched.expansions:
        lines.append(phrases.searched_also.format(expansions="; ".join(searched.expansions)))
    if searched.problem:
        lines.append(phrases.searched_by_rule.format(problem=searched.problem))
    return tuple(lines)
