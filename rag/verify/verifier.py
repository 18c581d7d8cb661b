"""Puts it together: each quotation and statement of a file, and its verdict.

Of several things amiss the gravest is the verdict: gone, altered, changed in a newer edition,
moved, uncited; the others are told beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Lock

from rag.ledger import Ledger
from rag.verify.cover import sentences_of
from rag.verify.frame import is_frame
from rag.verify.library import Words
from rag.verify.quoted import Quotation, quotations
from rag.verify.read import read_edited
from rag.verify.records import (
    Checked,
    EditedFile,
    EditedParagraph,
    FilePlace,
    Standing,
    VerifyReport,
)
from rag.verify.sources import SourceReader, Sources
from rag.verify.statements import check_statement, is_statement
from rag.verify.verdicts import QuotationChecker, Said
from rag.verify.words import bare_words

_FIRST_WORDS = 60  # characters
_MIN_TERM = 4  # words; fewer in quotation marks without a note are a term, not a quotation
_MIN_UNMARKED = 8  # words of a stretch without quotation marks that may be one all the same
_MIN_WHOLE = 3  # words of a paragraph without marks and notes, as in an annex
_CLOSE = 0.2  # share of words that may differ in such a stretch
_MIN_NOTE_QUOTE = 6  # words of a quotation in a note


class Verifier:
    """Verifies files against the library of one ledger; safe to share between threads."""

    def __init__(self, ledger: Ledger) -> None:
        """The words of the library are read when they are first needed, and again when it grew."""
        self._ledger = ledger
        self._words: Words | None = None
        self._lock = Lock()

    def verify_file(self, data: bytes, name: str) -> VerifyReport:
        """What became of every quotation and figure of a file of that name; raises LoadError."""
        return self.verify(read_edited(data, name))

    def verify(self, file: EditedFile) -> VerifyReport:
        """What became of every quotation and figure of a file."""
        with self._lock:
            if self._words is None or self._words.generation != self._ledger.generation:
                self._words = Words(self._ledger)
            words = self._words
        return VerifyReport(file.name, tuple(_Verifying(file, words).checked()))


class _Verifying:
    """The verifying of one file."""

    def __init__(self, file: EditedFile, words: Words) -> None:
        self._file, self._words = file, words
        self._quotes = QuotationChecker(words)
        self._sources = SourceReader(file, words)
        self._heading = Sources()  # of block quotes under a line that names their work

    def checked(self) -> Iterator[Checked]:
        """All of the file, in order; notes last."""
        before: EditedParagraph | None = None
        for paragraph in self._file.paragraphs:
            if paragraph.kind != "block quote":
                self._heading = Sources()
            yield from self._paragraph(paragraph, before)
            before = paragraph
        for note in self._file.notes:
            number = self._first_use(note.key)
            text = EditedParagraph(number, note.text, (), "paragraph", note.label)
            yield from self._note(text, self._sources.of_note(note.key))

    def _first_use(self, key: str) -> int:
        marked = (p.number for p in self._file.paragraphs if any(m.key == key for m in p.marks))
        return next(marked, 0)

    def _paragraph(
        self, paragraph: EditedParagraph, before: EditedParagraph | None
    ) -> Iterator[Checked]:
        if is_frame(paragraph.text) or (paragraph.kind == "heading" and not paragraph.marks):
            return
        found = quotations(paragraph.text)
        if not paragraph.marks or not found:
            if self._is_reference(paragraph.text):
                self._heading = self._sources.in_line(paragraph.text)
                return
            if whole := self._whole(paragraph, found):
                yield whole
                return
        if paragraph.kind == "block quote" and not _spans_all(found, paragraph.text):
            yield from self._block_quote(paragraph, before)
            return
        results = [each for q in found if (each := self._quotation(paragraph, q, before))]
        results += self._statements(paragraph, found)
        yield from sorted(results, key=lambda each: (each.place.start, each.place.end))

    def _block_quote(
        self, paragraph: EditedParagraph, before: EditedParagraph | None
    ) -> Iterator[Checked]:
        end = len(paragraph.text.rstrip())
        sources = self._sources.of(paragraph, 0, end)
        if not sources.labels:
            sources = self._sources.in_brackets(paragraph.text, 0) or self._sources.before(before)
        if not sources.labels:
            sources = self._heading
        yield self._checked(paragraph, 0, end, sources)

    def _quotation(
        self, paragraph: EditedParagraph, quotation: Quotation, before: EditedParagraph | None
    ) -> Checked | None:
        start, end = quotation.start, quotation.end
        sources = self._sources.of(paragraph, start, end)
        if not sources.labels and not paragraph.text[: start - 1].strip():
            sources = self._sources.before(before)
        text = paragraph.text[start:end]
        size = sum(1 for _ in bare_words(text))
        if size < _MIN_TERM and not sources.is_own:
            return None
        if self._words.references.is_title(text):
            return None
        result = self._checked(paragraph, start, end, sources)
        is_term = size < _MIN_TERM and result.verdict != "verbatim"
        return None if is_term and not sources.references else result

    def _whole(self, paragraph: EditedParagraph, found: Sequence[Quotation]) -> Checked | None:
        """A paragraph that has the words of a document, or nearly, and is not marked as such.

        Quotation marks in it are then the document's own; around it they are its editor's, unless
        the document has them too.
        """
        start, end = 0, len(paragraph.text)
        if found and _spans_all(found, paragraph.text):
            start, end = found[0].start, found[0].end
        elif paragraph.kind == "block quote":
            return None
        whole = self._unmarked(paragraph, start, end, least=_MIN_WHOLE)
        if whole is None or not start:
            return whole
        return whole if whole.standing and self._has_marks(whole.standing) else None

    def _has_marks(self, standing: Standing) -> bool:
        """Whether words stand in quotation marks in their document."""
        text = self._words.document(standing.document_id).text
        return bool(quotations(text[max(0, standing.start - 1) : standing.end + 2]))

    def _unmarked(
        self, paragraph: EditedParagraph, start: int, end: int, least: int = _MIN_UNMARKED
    ) -> Checked | None:
        """A stretch that has the words of a document, or nearly, and is not marked as such.

        Of fewer words than `least` none; of few only those that are the very words.
        """
        text = paragraph.text[start:end]
        size = sum(1 for _ in bare_words(text))
        if size < least or self._is_reference(text):
            return None
        sources = self._sources.of(paragraph, start, end)
        found = self._checked(paragraph, start, end, sources)
        if found.verdict == "gone" or (found.changes and size < _MIN_UNMARKED):
            return None
        differing = sum(len((each.words or each.instead).split()) for each in found.changes)
        if found.changes and differing > _CLOSE * size:
            return None
        if found.verdict == "uncited":  # an annex has passages without notes
            return replace(found, verdict="verbatim", how=())
        return found

    def _statements(self, paragraph: EditedParagraph, found: list[Quotation]) -> list[Checked]:
        results = []
        for span in sentences_of(paragraph.text):
            inside = [q for q in found if q.start < span.end and q.end > span.start]
            if any(q.start <= span.start and q.end >= span.end - 1 for q in inside):
                continue
            if not inside and (whole := self._unmarked(paragraph, span.start, span.end)):
                results.append(whole)
                continue
            text = _without(paragraph.text, span.start, span.end, inside)
            checked = self._statement(paragraph, text, (span.start, span.end), bool(inside))
            results += [checked] if checked else []
        return results

    def _statement(
        self, paragraph: EditedParagraph, text: str, span: tuple[int, int], has_quote: bool
    ) -> Checked | None:
        if not is_statement(text) or self._is_reference(text):
            return None
        sources = self._sources.of(paragraph, *span)
        if not sources.is_own:
            inside = self._sources.in_brackets(paragraph.text[: span[1]], span[0])
            sources = inside or sources
        for label in sources.labels:  # a reference in brackets has figures of its own
            text = text.replace(label, " ") if label.startswith("(") else text
        outcome = check_statement(text, sources, self._words, only_figures=has_quote)
        if outcome is None:
            return None
        place, shown = self._place(paragraph, *span), paragraph.text[span[0] : span[1]]
        standing = self._words.standing(*outcome.nearest) if outcome.nearest else None
        verdict, how = outcome.verdict, outcome.how
        return Checked(place, "statement", shown, verdict, how, (), standing, sources.labels)

    def _note(self, note: EditedParagraph, sources: Sources) -> Iterator[Checked]:
        """Quotations in a note; what stands nowhere is taken as the title of a work."""
        for each in quotations(note.text):
            text = note.text[each.start : each.end]
            size = sum(1 for _ in bare_words(text))
            if size < _MIN_NOTE_QUOTE or self._words.references.is_title(text):
                continue
            checked = self._checked(note, each.start, each.end, sources)
            if checked.verdict == "moved":  # a note may quote from anywhere
                checked = replace(checked, verdict="verbatim", how=())
            if checked.verdict != "gone":
                yield checked

    def _checked(
        self, paragraph: EditedParagraph, start: int, end: int, sources: Sources
    ) -> Checked:
        said = Said(paragraph.text[start:end], sources)
        return self._quotes.check(said, self._place(paragraph, start, end))

    def _is_reference(self, text: str) -> bool:
        """Whether a line only names a work, as in a list of sources."""
        return self._words.references.is_entry(text)

    def _place(self, paragraph: EditedParagraph, start: int, end: int) -> FilePlace:
        text = " ".join(paragraph.text[: 2 * _FIRST_WORDS].split())
        first = text if len(text) <= _FIRST_WORDS else text[:_FIRST_WORDS].rsplit(" ", 1)[0] + " …"
        return FilePlace(paragraph.number, start, end, first, paragraph.note)


def _spans_all(found: Sequence[Quotation], text: str) -> bool:
    """Whether a paragraph is in quotation marks, wholly or in its greater part."""
    return sum(each.end - each.start for each in found) > len(text) / 2


def _without(text: str, start: int, end: int, cut: Sequence[Quotation]) -> str:
    """A sentence without the quotations in it."""
    parts, at = [], start
    for each in cut:
        parts.append(text[at : max(at, each.start)])
        at = max(at, each.end)
    return " ".join((*parts, text[at:end]))
