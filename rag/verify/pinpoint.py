"""Pages and paragraphs that a reference names, and whether a stretch of a document is there.

"P. 15" is the printed page or, where "PDF page" is not said too, the page of the file. "Para. 16"
holds for all of its items, "para. 16 (b)" only for that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.records import Document

_ROMAN = r"(?=[ivxlcIVXLC])[ivxlcIVXLC]{1,7}"
_NUMBER = rf"(?:\d{{1,4}}|{_ROMAN})"
_RANGE = rf"({_NUMBER})(?:\s*[-–—]\s*({_NUMBER}))?\b"
_PDF_PAGE = re.compile(rf"\bPDF[\s-]+pages?\s*{_RANGE}", re.IGNORECASE)
_PAGE = re.compile(
    rf"(?<![\w.])(?:pages?|pp?\.|págs?\.|páginas?|S\.|Seiten?|стр\.)\s*{_RANGE}", re.IGNORECASE
)
_ITEM = r"(?:\s?\([a-z]{1,4}\)){0,3}"
_PARAGRAPH = re.compile(
    rf"(?:\bparagraph(?:e?s|e)?|\bparas?\.?|\bpárrs?\.|\bpárrafos?|\bZiff(?:er|\.)|¶{{1,2}}|§{{1,2}})"
    rf"\s*(\d{{1,3}}(?:\.\d{{1,3}}){{0,4}}{_ITEM})(?:\s*(?:[-–—]|to|and)\s*(\d{{1,3}}))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Pinpoint:
    """A page and a paragraph that a reference names; what it does not name is empty."""

    pages: tuple[str, ...] = ()  # printed labels, from first to last
    pdf_pages: tuple[int, ...] = ()
    paragraphs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it names anything."""
        return bool(self.pages or self.pdf_pages or self.paragraphs)


def read_pinpoint(text: str) -> Pinpoint:
    """The pages and paragraphs that a reference names."""
    pdf = [number for found in _PDF_PAGE.finditer(text) for number in _numbers(found)]
    rest = _PDF_PAGE.sub(" ", text)
    pages = [label for found in _PAGE.finditer(rest) for label in _labels(found)]
    paragraphs: list[str] = []
    for found in _PARAGRAPH.finditer(rest):
        paragraphs.append(found[1])
        if found[2] and found[1].isdigit():
            paragraphs += [str(n) for n in range(int(found[1]) + 1, int(found[2]) + 1)[:200]]
    return Pinpoint(tuple(pages), tuple(pdf), tuple(paragraphs))


def is_at(document: Document, start: int, end: int, pinpoint: Pinpoint) -> bool:
    """Whether `document.text[start:end]` touches the place; what cannot be told is taken as so."""
    touched = [
        page
        for page in document.pages
        if any(span.start < end and span.end > start for span in page.spans)
    ]
    if touched and pinpoint.pdf_pages and not {p.number for p in touched} & {*pinpoint.pdf_pages}:
        return False
    if touched and pinpoint.pages:
        labels = {page.label.lower() for page in touched}
        if not pinpoint.pdf_pages:
            labels |= {str(page.number) for page in touched}
        if not labels & {label.lower() for label in pinpoint.pages}:
            return False
    numbers = {each.number for each in document.blocks if each.start < end and each.end > start}
    numbers = {_plain(each) for each in numbers if each}
    if not numbers or not pinpoint.paragraphs:
        return True
    return any(_is_paragraph(_plain(each), numbers) for each in pinpoint.paragraphs)


def _is_paragraph(named: str, held: Iterable[str]) -> bool:
    return any(each == named or each.startswith(f"{named}(") for each in held)


def _plain(number: str) -> str:
    return number.replace(" ", "").lower()


def _numbers(found: re.Match[str]) -> list[int]:
    first = int(found[1]) if found[1].isdigit() else 0
    last = int(found[2]) if found[2] and found[2].isdigit() else first
    if first and last < first:  # "215-8"
        last = int(found[1][: -len(found[2])] + found[2])
    return list(range(first, last + 1))[:200] if first else []


def _labels(found: re.Match[str]) -> list[str]:
    numbers = [str(each) for each in _numbers(found)]
    return numbers or [each for each in found.groups() if each]
