"""Foreign words as HTML, and what a place in a document is called in the page's language."""

from __future__ import annotations

import html
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from rag.records import Facts
from rag.render import without_controls
from ui.web.texts import Texts

# A part that is laid out says so; the page's scripts then fill what they keep.
ON_LAID_OUT = "document.dispatchEvent(new CustomEvent('cv-part-ready'));"


def inert(words: str) -> str:
    """`words` as HTML that shows them and does nothing else."""
    return html.escape(without_controls(words), quote=True)


def place_line(texts: Texts, paragraph: str, page: int | None, label: str | None) -> str:
    """Paragraph and page as a reader looks them up; empty where neither is known."""
    said = [texts("passages.place_paragraph", n=paragraph)] if paragraph else []
    if page is None:
        said += [texts("passages.place_page", n=label)] if label else []
    elif label and label != str(page):
        said.append(texts("passages.place_label", n=label, page=page))
    else:
        said.append(texts("passages.place_page", n=page))
    return ", ".join(said)


def path_line(section: Sequence[str], title: str) -> str:
    """The headings above a passage, without the title of its document."""
    return " › ".join(section[1:] if section and section[0] == title else section)


def facts_line(facts: Facts) -> str:
    """Organisation, symbol, date and kind, as far as known."""
    return " · ".join(filter(None, (facts.organisation, facts.symbol, facts.date, facts.kind)))


def reader_path(document_id: str, start: int, end: int) -> str:
    """Where the reader shows these words in their document."""
    return f"/read/{quote(document_id, safe='')}?{urlencode({'start': start, 'end': end})}"
