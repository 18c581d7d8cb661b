"""One quotation and its verdict: its words, its place, the edition that it is from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.records import Passage
from rag.render import place_text
from rag.verify.editions import find_retired
from rag.verify.library import Words
from rag.verify.locate import Located, locate
from rag.verify.pinpoint import Pinpoint
from rag.verify.records import Change, Checked, FilePlace, Standing, Verdict
from rag.verify.reference import Reference
from rag.verify.sources import Sources
from rag.verify.words import BareText

_MOST_CHANGES = 8  # that are told


@dataclass(frozen=True, slots=True)
class Said:
    """A quotation, and what it rests on."""

    text: str
    sources: Sources

    @property
    def references(self) -> tuple[Reference, ...]:
        """What its notes name."""
        return self.sources.references

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of its notes."""
        return self.sources.labels

    @property
    def documents(self) -> tuple[str, ...]:
        """Ids of the documents that the notes name."""
        return tuple(dict.fromkeys(each for ref in self.references for each in ref.documents))


class QuotationChecker:
    """Checks quotations against the words of a library."""

    def __init__(self, words: Words) -> None:
        """`words` are those of the library."""
        self._words = words

    def check(self, said: Said, place: FilePlace) -> Checked:
        """What became of a quotation."""
        found = self._locate(said)
        if found is None or not found.is_verbatim:
            stood = self._stood(said, place)
            if stood:
                return stood
        if found is None:
            how = ("nothing near it stands in any document", *_uncited(said))
            return Checked(place, "quotation", said.text, "gone", how, (), None, said.labels)
        verdict, how, differ = self._judged(said, found)
        standing = self._words.standing(found.document_id, found.start, found.end)
        told = (*how, *found.allowed)
        return Checked(place, "quotation", said.text, verdict, told, differ, standing, said.labels)

    def _locate(self, said: Said) -> Located | None:
        def is_named(document_id: str, start: int, end: int) -> bool:
            return self._words.is_named(said.references, document_id, start, end)

        def is_of_named(document_id: str, start: int, end: int) -> bool:
            return document_id in said.documents

        found = locate(self._words.shelf, said.text, is_named, said.documents)
        if found is None or is_named(found.document_id, found.start, found.end):
            return found
        # At another page of the document that is named, rather than in another document.
        return locate(self._words.shelf, said.text, is_of_named, said.documents)

    def _judged(
        self, said: Said, found: Located
    ) -> tuple[Verdict, tuple[str, ...], tuple[Change, ...]]:
        astray = tuple(self._astray(said, found))
        if found.changes:
            how = (*map(told_change, found.changes[:_MOST_CHANGES]), *_more(found.changes))
            return "altered", (*how, *astray, *_uncited(said)), found.changes
        newer = self._newer(said, found)
        if newer:
            return "changed in a newer edition", (*newer[0], *_uncited(said)), newer[1]
        if said.sources.is_lent and astray:
            return "uncited", ("no note of its own, and the next one names another place",), ()
        if astray:
            return "moved", astray, ()
        if not said.labels:
            return "uncited", _uncited(said), ()
        if not said.references:
            label = ", ".join(said.labels)
            return "verbatim", (f"note {label} names no document of the library",), ()
        return "verbatim", (), ()

    def _astray(self, said: Said, found: Located) -> Iterator[str]:
        """How the note's place differs from where the words stand; nothing where it does not."""
        words = self._words
        here = (found.document_id, found.start, found.end)
        if not said.references or words.is_named(said.references, *here):
            return
        standing = words.standing(*here)
        label = ", ".join(said.labels)
        if found.document_id not in said.documents:
            named = words.facts[said.documents[0]].title or said.documents[0]
            yield f"stands in {title_of(standing)}; note {label} names {named}"
            return
        where = place_text(standing.paragraph, standing.page, standing.page_label)
        named = "; ".join(_told_pinpoint(each.pinpoint) for each in said.references)
        yield f"stands at {where or 'another place'}; note {label} says {named}"

    def _newer(
        self, said: Said, found: Located
    ) -> tuple[tuple[str, ...], tuple[Change, ...]] | None:
        """How the newest edition differs from the words; None where it does not."""
        words = self._words
        for newer in words.editions.newer(found.document_id)[:1]:
            there = locate(words.shelf.only([newer]), said.text, lambda *_: False)
            facts = words.facts[newer]
            name = ", ".join(filter(None, (facts.edition, facts.date))) or newer
            if there is None:
                return (f"nothing near it stands in the newer edition ({name})",), ()
            if there.changes:
                place = words.standing(newer, there.start, there.end)
                where = place_text(place.paragraph, place.page, place.page_label)
                shown = map(told_change, there.changes[:_MOST_CHANGES])
                head = f"the newer edition ({', '.join(filter(None, (name, where)))}) differs:"
                return (head, *shown, *_more(there.changes)), there.changes
        return None

    def _stood(self, said: Said, place: FilePlace) -> Checked | None:
        """Of words that stand nowhere now: where they stood before a document was read anew."""
        became = find_retired(self._words.ledger, self._words.retired, BareText(said.text))
        if became is None or became.before is None:
            return None
        if not became.now or became.before.document_id not in self._words.facts:
            how = (f"stood in {became.before.document_id}, which no longer has it", *_uncited(said))
            return Checked(place, "quotation", said.text, "gone", how, (), None, said.labels)
        now = became.now[0]
        there = locate(self._words.shelf.only([now.document_id]), said.text, lambda *_: False)
        standing = self._standing(there, now)
        differ = there.changes if there else ()
        how = ("stood in an earlier text of the document, which now differs:",)
        shown = tuple(map(told_change, differ[:_MOST_CHANGES]))
        return Checked(
            place,
            "quotation",
            said.text,
            "changed in a newer edition",
            (*how, *shown, *_more(differ), *_uncited(said)),
            differ,
            standing,
            said.labels,
        )

    def _standing(self, there: Located | None, now: Passage) -> Standing:
        start, end = (there.start, there.end) if there else (now.start, now.end)
        return self._words.standing(now.document_id, start, end)


def told_change(change: Change) -> str:
    """A change in a phrase: "“must” for “may”"."""
    if change.kind == "added":
        return f"added: “{change.words}”"
    if change.kind == "left out":
        return f"left out: “{change.instead}”"
    return f"“{change.words}” for “{change.instead}”"


def title_of(standing: Standing) -> str:
    """The title of a document, or its id where it has none."""
    return standing.title or standing.document_id


def _more(changes: tuple[Change, ...]) -> tuple[str, ...]:
    rest = len(changes) - _MOST_CHANGES
    return (f"and {rest} more",) if rest > 0 else ()


def _uncited(said: Said) -> tuple[str, ...]:
    return () if said.labels else ("no note",)


def _told_pinpoint(pinpoint: Pinpoint) -> str:
    pages = f"p. {', '.join(pinpoint.pages)}" if pinpoint.pages else ""
    pdf = f"PDF page {', '.join(map(str, pinpoint.pdf_pages))}" if pinpoint.pdf_pages else ""
    items = f"para. {', '.join(pinpoint.paragraphs)}" if pinpoint.paragraphs else ""
    return ", ".join(filter(None, (items, pages, pdf))) or "no place"
