"""The records of a brief and of a notebook: frozen, typed, without behaviour beyond reading.

A brief's sources are numbered from 1 in order of first use; the numbers on the screen are those of
the footnotes in a file. A notebook's pins carry no numbers: they are numbered when a brief is made
of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.records import Citation, Facts


@dataclass(frozen=True, slots=True)
class BriefSource:
    """A quote that a brief rests on, with what is needed to name its document, and to read on."""

    citation: Citation  # its `n` is the number of the footnote
    facts: Facts
    passage: str = ""  # the whole passage, for the annex


@dataclass(frozen=True, slots=True)
class BriefItem:
    """One paragraph of a brief: words, and the numbers of the sources that they rest on."""

    text: str
    sources: tuple[int, ...] = ()  # of the brief's sources; none: an editor's words
    is_quote: bool = False  # the very words of its first source: set in quotation marks
    heading: str = ""  # of the part of the question that it answers, where there are several
    is_edited: bool = False  # once the very words of its first source, changed by an editor since


@dataclass(frozen=True, slots=True)
class BriefSection:
    """A guiding question or a heading, and what the documents say on it."""

    heading: str
    items: tuple[BriefItem, ...] = ()
    passages: tuple[int, ...] = ()  # numbers of sources to read on, beside those of the items
    open_points: tuple[str, ...] = ()  # what of the question the documents do not answer, in a line


@dataclass(frozen=True, slots=True)
class Brief:
    """What a briefing writer takes into a meeting."""

    title: str
    sections: tuple[BriefSection, ...] = ()
    sources: tuple[BriefSource, ...] = ()  # in order of their numbers, 1 and up
    made_on: str = ""  # ISO 8601 date
    language: str = "en"  # of the words around the quotes, ISO 639-1


@dataclass(frozen=True, slots=True)
class Pin:
    """A passage kept in a notebook: a quote with its place, and what its reader says of it."""

    pin_id: str
    citation: Citation  # its `n` says nothing here
    facts: Facts
    passage: str = ""  # the whole passage
    note: str = ""  # the reader's
    tags: tuple[str, ...] = ()
    is_held: bool = True  # false: imported, and not in this library; its words are unchecked


@dataclass(frozen=True, slots=True)
class NotebookHeading:
    """A heading under which the pins after it stand."""

    heading_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """Pins and headings in a reader's order."""

    notebook_id: str
    name: str
    entries: tuple[Pin | NotebookHeading, ...] = ()
    changed_at: str = ""  # ISO 8601, UTC
    version: int = 0  # grows with each change; who saves names the one that they saw
