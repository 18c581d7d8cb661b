"""The records of verifying: what a file holds, and what became of each quotation and figure in it.

Offsets in a paragraph are characters of its text; offsets in a document are characters of its
canonical text, as everywhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal[
    "verbatim", "carried", "altered", "moved", "changed in a newer edition", "gone", "uncited"
]
CheckedKind = Literal["quotation", "statement"]
ChangeKind = Literal["changed", "added", "left out"]
EditedKind = Literal["paragraph", "heading", "cell", "block quote"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Verdicts that ask for nobody's work.
SOUND: frozenset[Verdict] = frozenset({"verbatim", "carried"})


@dataclass(frozen=True, slots=True)
class NoteMark:
    """The mark of a note in a paragraph: it stood at `offset` of the paragraph's text."""

    key: str  # of the note: "footnote 3"
    offset: int


@dataclass(frozen=True, slots=True)
class EditedParagraph:
    """A paragraph of the file as a reader sees it: tracked insertions in, deletions out."""

    number: int  # from 1, among the paragraphs that have words; of a note the paragraph it is under
    text: str
    marks: tuple[NoteMark, ...] = ()
    kind: EditedKind = "paragraph"
    note: str = ""  # label of the note, where this is the text of one


@dataclass(frozen=True, slots=True)
class EditedNote:
    """A footnote or endnote of the file."""

    key: str
    label: str  # as a reader sees it: "3"
    text: str


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A file read back."""

    name: str
    paragraphs: tuple[EditedParagraph, ...]
    notes: tuple[EditedNote, ...] = ()  # in order of first use


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where something stands in the file."""

    paragraph: int
    start: int
    end: int
    first_words: str  # of the paragraph
    note: str = ""  # label of the note in which it stands


@dataclass(frozen=True, slots=True)
class Standing:
    """Where words stand in the library: `text` is the document's at `start:end`."""

    document_id: str
    title: str
    start: int
    end: int
    text: str
    page: int | None = None  # PDF page of the first character
    page_label: str | None = None
    paragraph: str = ""  # number of the paragraph: "16 (b)"
    edition: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in words: the file has `words` where the document has `instead`.

    `words` is empty for what is left out, `instead` for what is added.
    """

    kind: ChangeKind
    words: str
    instead: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One quotation or statement of the file, and what became of it."""

    place: FilePlace
    kind: CheckedKind
    text: str
    verdict: Verdict
    how: tuple[str, ...] = ()  # a line each
    changes: tuple[Change, ...] = ()  # from the document's words to the file's
    standing: Standing | None = None  # the words, or what is nearest to them
    notes: tuple[str, ...] = ()  # labels of the notes that were read for it

    @property
    def is_sound(self) -> bool:
        """Whether nobody need look at it."""
        return self.verdict in SOUND


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """All that was checked in a file, in its order."""

    name: str
    checked: tuple[Checked, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many there are of each verdict, in the order of `VERDICTS`; none left out."""
        found = Counter(each.verdict for each in self.checked)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def is_sound(self) -> bool:
        """Whether every quotation is verbatim and every statement carried."""
        return all(each.is_sound for each in self.checked)
