"""The engine's own words around an answer, for one language; English unless others are given.

What stands in `{...}` is filled in by `str.format`; a translation keeps each place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rag.language import language_name


@dataclass(frozen=True, slots=True)
class Phrases:
    """Every word that rendering adds to what documents, questions and models say."""

    # What became of the question
    partly: str = "Partly answered."
    refused: str = "The documents do not answer this."
    clarify: str = "Please clarify."
    failed: str = "The question could not be answered."
    refused_because: str = "The documents do not answer this: {reason}."
    clarify_said: str = "Please clarify: {line}"
    failed_said: str = "The question could not be answered: {line}"
    answered_parts: str = "Answered: {done} of {asked} parts."
    partly_parts: str = "Partly answered: {done} of {asked} parts."
    refused_parts: str = "The documents do not answer this: {done} of {asked} parts."
    # Sentences are chosen by their words, which tell nothing across languages.
    unchosen: str = (
        "No sentence could be picked out for a question in {language}; the nearest passages are "
        "these."
    )
    # Headings
    unanswered: str = "The documents do not answer:"
    otherwise: str = "The documents say otherwise:"
    in_short: str = "In short"
    in_short_said: str = "In short: {words}"
    sources: str = "Sources"
    related: str = "Related: does not answer"
    more_found: str = "More from the documents"
    nearest: str = "Nearest passages"
    dropped: str = "Written, but dropped by the checks: no part of the answer"
    dropped_one: str = "Dropped: "
    # Places
    page: str = "p. {page}"
    page_of_pdf: str = "p. {label} (PDF page {page})"
    paragraph: str = "para. {number}"
    in_language: str = "in {language}"
    rests_on: str = "rests on: {note}"
    note_said: str = "note {label}, {words}"
    note_named: str = "note {label}"
    note_cited_at: str = 'note {label}, cited at: "{sentence}"'
    # For screen readers
    source_label: str = "Source {n}: {place}"
    related_label: str = "Related passage {n}: {place}"
    paragraph_label: str = "paragraph {number}"
    page_label: str = "page {page}"
    whole_passage: str = "Whole passage"
    less: str = "Less"
    copy_one: str = "Copy this statement with its sources"
    copied: str = "Copied."
    # What a refusal tells
    missing_library: str = "No passage mentions {words}."
    missing_searched: str = "Only documents that were not searched mention {words}."
    missing_found: str = "The passages found do not mention {words}."
    missing_together: str = "No passage found mentions {words} together."
    nothing_missing: str = "Its words are there, but nothing that was found answers it."
    quoted: str = '"{words}"'
    joint_and: str = "and"
    joint_or: str = "or"
    documents_one: str = "{n} document"
    documents_many: str = "{n} documents"
    extent_one: str = "Searched: {documents}."
    extent_all: str = "Searched: all {n} documents."
    extent_some: str = "Searched: {n} of {documents}."
    extent_titles: str = "Searched: {n} of {documents} ({titles})."
    extent_filters: str = "Searched: {n} of {documents}, with {filters}."
    extent_both: str = "Searched: {n} of {documents} ({titles}), with {filters}."
    extent_named: str = (
        "Searched: only {named}, which the question names. Leave the name out to search all "
        "{documents}."
    )
    n_of: str = "{n} of {documents}"
    # What was searched for
    searched_question: str = "Searched for: {question}"
    searched_corrected: str = "Searched for {corrections}."
    searched_also: str = "Also searched for: {expansions}."
    searched_by_rule: str = "The question was put together by rule: {problem}."
    instead: str = "\u201c{instead}\u201d instead of \u201c{asked}\u201d"
    # Names of languages by ISO 639-1 code; English ones where there is none
    languages: Mapping[str, str] = field(default_factory=dict, hash=False)

    def language(self, code: str) -> str:
        """The language's name; the code itself where it has none."""
        return self.languages.get(code) or language_name(code)

    def documents(self, n: int) -> str:
        """So many documents: "1 document", "10 documents"."""
        return (self.documents_one if n == 1 else self.documents_many).format(n=n)

    def listed(self, words: Sequence[str], joint: Literal["and", "or"]) -> str:
        """The words in quotation marks: `"a", "b" or "c"`."""
        quoted = [self.quoted.format(words=word) for word in words]
        between = self.joint_and if joint == "and" else self.joint_or
        return f" {between} ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


ENGLISH = Phrases()
