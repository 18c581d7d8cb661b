"""A second reader for the pages of PDFs: whether a quote begins on the page that is named.

It shares nothing with the engine's own reader (rag/load/pdf.py): the text of each page is what
PDFium gives, compared by letters and digits only, so that hyphens, spaces and line ends do not
matter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BEGINNING = 40  # letters of the quote that are looked for
_SHORTEST = 12  # letters that must stand on the page where the quote goes on overleaf


@dataclass(slots=True)
class PageReader:
    """Looks quotes up in the PDFs of a library, each read once; `files` are by document id."""

    files: Mapping[str, Path]
    _pages: dict[str, list[str]] = field(default_factory=dict)

    def is_on_page(self, document_id: str, quote: str, page: int | None) -> bool | None:
        """Whether `quote` begins on the PDF page (from 1); False where no page is named.

        None for a document that is no PDF, and where this reader finds the quote on no page at
        all: then it cannot tell.
        """
        pages = self._read(document_id)
        wanted = _letters(quote)[:_BEGINNING]
        if not pages or not wanted:
            return None
        here = [number for number in range(1, len(pages) + 1) if _begins(wanted, pages, number)]
        return page in here if here else None

    def _read(self, document_id: str) -> list[str]:
        """The letters of each page; empty where the document is no PDF."""
        if document_id not in self._pages:
            path = self.files.get(document_id)
            is_pdf = path is not None and path.suffix.lower() == ".pdf"
            self._pages[document_id] = _read_pdf(path) if path is not None and is_pdf else []
        return self._pages[document_id]


def _read_pdf(path: Path) -> list[str]:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(path) as document:
            return [_letters(page.get_textpage().get_text_bounded()) for page in document]
    except (pypdfium2.PdfiumError, OSError):
        return []  # this reader cannot read the file: it can say nothing of it


def _begins(wanted: str, pages: list[str], number: int) -> bool:
    page = pages[number - 1]
    if wanted in page:
        return True
    overleaf = pages[number] if number < len(pages) else ""
    return any(
        page.find(wanted[:length]) >= 0 and wanted[length:] in overleaf
        for length in range(len(wanted) - 1, _SHORTEST - 1, -1)
    )


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in folded if each.isalnum())
