"""What a stretch of a file rests on: its notes, or a reference in the running text."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.verify.cover import cover, cover_before
from rag.verify.library import Words
from rag.verify.pinpoint import Pinpoint
from rag.verify.records import EditedFile, EditedParagraph
from rag.verify.reference import Reference

_BRACKETED_LENGTH = 200  # characters after a stretch in which a reference in brackets may open
_MIN_BRACKETED = 6  # characters of one


@dataclass(frozen=True, slots=True)
class Sources:
    """References that could be read, and the labels of the notes in which they stand.

    `is_lent`: the notes are those of a later sentence of the paragraph.
    """

    references: tuple[Reference, ...] = ()
    labels: tuple[str, ...] = ()
    is_lent: bool = False

    @property
    def is_own(self) -> bool:
        """Whether there are notes, and they are the stretch's own."""
        return bool(self.labels) and not self.is_lent


class SourceReader:
    """Reads what the stretches of one file rest on."""

    def __init__(self, file: EditedFile, words: Words) -> None:
        """Reads the notes of the file."""
        self._words = words
        self._named = words.references.read([(n.key, n.label, n.text) for n in file.notes])
        self._labels = {note.key: note.label for note in file.notes}

    def of_note(self, key: str) -> Sources:
        """What a note itself names."""
        return self._sources((key,))

    def of(self, paragraph: EditedParagraph, start: int, end: int) -> Sources:
        """The notes of a stretch of a paragraph, or a reference in brackets after it."""
        covered = cover(paragraph, start, end)
        found = self._sources(covered.keys, is_lent=covered.is_lent)
        return found if found.is_own else self.in_brackets(paragraph.text, end) or found

    def before(self, paragraph: EditedParagraph | None) -> Sources:
        """The notes of a paragraph that leads in what comes after it."""
        return self._sources(cover_before(paragraph).keys)

    def in_brackets(self, text: str, at: int) -> Sources | None:
        """A reference in brackets in the running text, after `at`."""
        opened = text.find("(", at)
        while 0 <= opened < at + _BRACKETED_LENGTH:
            closed = text.find(")", opened)
            inner = text[opened + 1 : closed] if closed > 0 else ""
            named = self._words.references.read_one(inner) if len(inner) >= _MIN_BRACKETED else ()
            if named:
                return Sources(named, (f"({inner})",))
            opened = text.find("(", opened + 1)
        return None

    def in_line(self, text: str) -> Sources:
        """The work that a line names; what stands under it may run over pages and paragraphs."""
        named = self._words.references.read_one(text)
        whole = tuple(replace(each, pinpoint=Pinpoint()) for each in named)
        return Sources(whole, ("(in the line above)",))

    def _sources(self, keys: tuple[str, ...], *, is_lent: bool = False) -> Sources:
        references = tuple(ref for key in keys for ref in self._named.get(key, ()))
        labels = tuple(self._labels.get(key, key.split()[-1]) for key in keys)
        return Sources(references, tuple(dict.fromkeys(labels)), is_lent)
