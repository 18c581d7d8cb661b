"""What the reader's pages say: templates filled with a document's words, escaped by Jinja."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote as percent_encoded
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rag.language import language_name
from rag.records import Document, Facts, Page, Span
from rag.render import without_controls
from ui.web.languages import path_of
from ui.web.reader.layout import lay_out
from ui.web.reader.pictures import WIDTHS_PX, Leaf, quoted_pages
from ui.web.texts import Texts

_TEMPLATES = Path(__file__).parent / "templates"
_SHOWN_FACTS = (
    "organisation",
    "author",
    "date",
    "kind",
    "symbol",
    "edition",
    "event",
    "language",
    "rights",
    "source",
)


class Fact(NamedTuple):
    """One line of what is known of a document; `address` where it can be followed."""

    name: str
    value: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A document and the quote in it, with the addresses that lead around in it."""

    document_id: str
    title: str
    language: str  # of the document; empty where not known
    text_address: str
    file_address: str
    first_page: str  # the address of the page with the quote, else of the first; empty: no pages
    quote: Span | None


@dataclass(frozen=True, slots=True)
class Pages:
    """The reader's pages in the language of `texts`."""

    texts: Texts
    base: str = field(init=False)  # "/read", "/fr/read"

    def __post_init__(self) -> None:
        """Finds the reader's place in the site."""
        object.__setattr__(self, "base", f"{path_of(self.texts.language)}read")

    def text(self, document: Document, quote: Span | None) -> str:
        """The whole document, with the quote set apart."""
        return self._filled(
            "document.html",
            place=self._place(document, quote),
            facts=self._facts(document.facts),
            layout=lay_out(document, quote),
            page_name=self._page_name,
        )

    def leaf(
        self,
        document: Document,
        number: int,
        quote: Span | None,
        leaf: Leaf,
        zoom: tuple[int, Sequence[int]],
    ) -> str:
        """A page as a picture; `zoom` is the width in per cent, and those to choose from."""
        pages = {page.number: page for page in document.pages}
        others = [pages[each] for each in quoted_pages(document, quote) if each != number]

        def address(number: int, percent: int = zoom[0]) -> str:
            return self.leaf_address(document.document_id, number, quote, percent)

        return self._filled(
            "page.html",
            place=self._place(document, quote),
            page=pages[number],
            leaf=leaf,
            others=others,
            address=address,
            pictures=[(self._picture(document, number, width), width) for width in WIDTHS_PX],
            page_name=self._page_name,
            zoom=zoom[0],
            zooms=zoom[1],
        )

    def problem(self, line: str, name: str, document_id: str) -> str:
        """One line on what cannot be shown; with `document_id`, and the way to its text."""
        told = self.texts(f"reader.{line}", name=without_controls(name)[:200])
        address = self._address(document_id) if document_id else ""
        return self._filled("problem.html", told=told, text_address=address)

    def leaf_address(
        self, document_id: str, number: int, quote: Span | None, percent: int = 100
    ) -> str:
        """Where a page is shown as a picture."""
        zoom = {"zoom": percent} if percent != 100 else {}
        return self._address(document_id, f"/page/{number}", quote, zoom)

    def _filled(self, template: str, **values: object) -> str:
        texts = self.texts
        return (
            _environment()
            .get_template(template)
            .render(
                t=lambda name, **given: texts(f"reader.{name}", **given),
                interface=texts.language,
                home=path_of(texts.language),
                app_name=texts("frame.name"),
                **values,
            )
        )

    def _place(self, document: Document, quote: Span | None) -> Place:
        document_id, numbers = document.document_id, [page.number for page in document.pages]
        has_pages = document.format == "pdf" and numbers
        first = next(iter([*quoted_pages(document, quote), *numbers]), 1)
        return Place(
            document_id=document_id,
            title=without_controls(document.facts.title) or document_id,
            language=document.facts.language,
            text_address=self._address(document_id, "", quote),
            file_address=self._address(document_id, "/file"),
            first_page=self.leaf_address(document_id, first, quote) if has_pages else "",
            quote=quote,
        )

    def _facts(self, facts: Facts) -> list[Fact]:
        shown = []
        for name in _SHOWN_FACTS:
            value = without_controls(getattr(facts, name))
            if value and name == "language" and self.texts.language == "en":
                value = language_name(value)
            if value:
                address = value if name == "source" and _is_web_address(value) else ""
                shown.append(Fact(self.texts(f"reader.{name}"), value, address))
        return shown

    def _address(
        self,
        document_id: str,
        rest: str = "",
        quote: Span | None = None,
        more: dict[str, int] | None = None,
    ) -> str:
        query = urlencode((quote._asdict() if quote else {}) | (more or {}))
        path = f"{self.base}/{percent_encoded(document_id, safe='')}{rest}"
        return f"{path}?{query}" if query else path

    def _picture(self, document: Document, number: int, width: int) -> str:
        return self._address(document.document_id, f"/page/{number}.png", None, {"width": width})

    def _page_name(self, page: Page) -> str:
        name = "page_name" if page.label == str(page.number) else "page_name_labelled"
        return self.texts(f"reader.{name}", n=page.number, label=page.label)


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
