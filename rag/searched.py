"""What was searched for, in lines for the reader; the same on every surface."""

from __future__ import annotations

from rag.records import Searched


def searched_lines(searched: Searched) -> tuple[str, ...]:
    """Lines of plain text, each a sentence or two; none where the question was searched as asked.

    Words of documents, users and models stand in them: they are to be escaped like any other.
    """
    lines = []
    if searched.question:
        lines.append(f"Searched for: {searched.question}")
    if searched.corrections:
        put_right = (
            f"\u201c{each.instead}\u201d instead of \u201c{each.asked}\u201d"
            for each in searched.corrections
        )
        lines.append(f"Searched for {', '.join(put_right)}.")
    if searched.expansions:
        lines.append(f"Also searched for: {'; '.join(searched.expansions)}.")
    if searched.problem:
        lines.append(f"The question was put together by rule: {searched.problem}.")
    return tuple(lines)
