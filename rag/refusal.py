"""What a refusal says beside that it is one, in lines of plain words; pure over records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from rag.phrases import ENGLISH, Phrases
from rag.records import Answer, Extent, Lacking


def refusal_lines(answer: Answer, phrases: Phrases = ENGLISH) -> list[str]:
    """Where the answer was looked for, and what is missing there; none unless it is a refusal."""
    if answer.status != "not_in_documents":
        return []
    if answer.extent is None:
        return []
    missing = [line for part in answer.unanswered for line in missing_lines(answer, part, phrases)]
    return [_extent_text(answer.extent, phrases), *(missing or [phrases.nothing_missing])]


def missing_lines(answer: Answer, part: str, phrases: Phrases = ENGLISH) -> Iterator[str]:
    """What of a part without an answer is missing, a sentence for each place where it is."""
    for lacking in get_args(Lacking):
        words = [
            each.text for each in answer.missing if (each.part, each.lacking) == (part, lacking)
        ]
        if words:
            sentence: str = getattr(phrases, f"missing_{lacking}")
            listed = phrases.listed(words, "and" if lacking == "together" else "or")
            yield sentence.format(words=listed)


def _extent_text(extent: Extent, phrases: Phrases) -> str:
    """ "Searched: 2 of 10 documents ("Fees", "Moorings"), with organisation=ILO." """
    number, held = extent.documents, extent.held
    documents = phrases.documents(held)
    titles = ", ".join(phrases.quoted.format(words=title) for title in extent.titles)
    if number == held and not extent.filters:
        whole = phrases.extent_all if held > 1 else phrases.extent_one
        return whole.format(n=held, documents=documents)
    if extent.is_named:
        named = titles or phrases.n_of.format(n=number, documents=documents)
        return phrases.extent_named.format(named=named, documents=documents)
    between = f" {phrases.joint_and} "
    chosen = between.join(f"{key}={value}" for key, value in extent.filters)
    whole = phrases.extent_titles if titles else phrases.extent_some
    if chosen:
        whole = phrases.extent_both if titles else phrases.extent_filters
    return whole.format(n=number, documents=documents, titles=titles, filters=chosen)
