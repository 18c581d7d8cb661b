"""The addresses of the reader, in each language; what is wrong is told on a page of the same look.

A document is only ever looked up by its id, a file only by its document, and its bytes are given
out only if they are those that were read. Files that a browser would run (HTML) are handed over to
be saved, never shown from this address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote as percent_encoded

from fastapi import FastAPI
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rag.errors import DocumentNotFoundError, FileGoneError, LoadError
from rag.original import Original
from rag.records import Document, Span
from ui.web.ports import Reading
from ui.web.reader.pages import Pages
from ui.web.reader.pictures import WIDTHS_PX, Pictures, read_leaf
from ui.web.texts import Texts

_STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {"reader.css": "text/css", "reader.js": "text/javascript"}
_ZOOMS = (100, 150, 200, 300)
_SHOWN = {"pdf": "application/pdf", "txt": "text/plain", "md": "text/plain"}
_SAVED = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
    "epub": "application/epub+zip",
    "eml": "message/rfc822",
}
# A PDF is shown by the browser's own viewer, which is a plug-in to it; nothing in a file runs here.
_FILE_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "
_FILE_POLICY += "frame-ancestors 'self'"
_MAX_DIGITS = 9  # of a number in an address


class _BadAddressError(Exception):
    """An address that says nothing that can be shown; the message is one of the texts."""


def add_reader(site: FastAPI, reading: Reading, texts: Texts) -> None:
    """Adds the reader's addresses in the language of `texts`, as "/read/..." and "/fr/read/..."."""
    pages = Pages(texts)
    reader = _Reader(reading, pages, Pictures())
    base = f"{pages.base}/{{document_id:path}}"

    def add(path: str, answer: Callable[..., Response]) -> None:
        site.add_api_route(path, answer, methods=["GET"], include_in_schema=False)

    if texts.language == "en":
        add("/reader/{name}", _static)
    add(f"{base}/page/{{number}}.png", reader.picture)
    add(f"{base}/page/{{number}}", reader.leaf)
    add(f"{base}/page", reader.jump)
    add(f"{base}/file", reader.file)
    add(base, reader.text)


def _static(name: str) -> Response:
    if name not in _STATIC_TYPES:
        return Response("Not found\n", 404, media_type="text/plain")
    headers = {"cache-control": "max-age=3600"}
    return Response((_STATIC / name).read_bytes(), 200, headers, _STATIC_TYPES[name])


@dataclass(frozen=True, slots=True)
class _Reader:
    """Answers the requests in one language."""

    reading: Reading
    pages: Pages
    pictures: Pictures

    def text(self, document_id: str, start: str = "", end: str = "") -> Response:
        """The whole document, with the quote set apart."""

        def make() -> Response:
            document = self.reading.document(document_id)
            return HTMLResponse(self.pages.text(document, _quote(document, start, end)))

        return self._answer(document_id, make)

    def leaf(
        self, document_id: str, number: str, start: str = "", end: str = "", zoom: str = ""
    ) -> Response:
        """A page of a PDF file as a picture, the quoted words boxed."""

        def make() -> Response:
            document = self.reading.document(document_id)
            quote, n = _quote(document, start, end), _page(document, number)
            leaf = read_leaf(self.reading.original(document_id), document, n, quote)
            shown = int(zoom) if zoom in map(str, _ZOOMS) else _ZOOMS[0]
            return HTMLResponse(self.pages.leaf(document, n, quote, leaf, (shown, _ZOOMS)))

        return self._answer(document_id, make)

    def picture(self, document_id: str, number: str, width: str = "") -> Response:
        """The picture of a page."""

        def make() -> Response:
            n = _page(self.reading.document(document_id), number)
            width_px = _whole(width) if width else WIDTHS_PX[1]
            picture = self.pictures.png(self.reading.original(document_id), n, width_px)
            return Response(picture, 200, {"cache-control": "private, max-age=3600"}, "image/png")

        return self._answer(document_id, make)

    def jump(self, document_id: str, n: str = "", start: str = "", end: str = "") -> Response:
        """Leads to the page with the number, or else the printed label, that was typed."""

        def make() -> Response:
            document = self.reading.document(document_id)
            asked = n.strip()
            labels = {page.label.casefold(): page.number for page in reversed(document.pages)}
            number = labels.get(asked.casefold()) or _page(document, asked)
            return RedirectResponse(
                self.pages.leaf_address(document_id, number, _quote(document, start, end)), 303
            )

        return self._answer(document_id, make)

    def file(self, document_id: str) -> Response:
        """The file as it was read."""
        return self._answer(document_id, lambda: _file(self.reading.original(document_id)))

    def _answer(self, document_id: str, make: Callable[[], Response]) -> Response:
        """What `make` gives, or one line that says why it cannot be shown."""
        name = ""
        try:
            return make()
        except _BadAddressError as error:
            status, line = 400, str(error)
        except DocumentNotFoundError:
            status, line, name = 404, "no_document", document_id
        except FileGoneError as error:
            status, line, name = (
                410,
                "file_changed" if error.is_changed else "file_gone",
                error.name,
            )
        except LoadError as error:
            status, line, name = 404, "not_shown", error.reason
        has_text = status != 404 or line == "not_shown"
        page = self.pages.problem(line, name, document_id if has_text else "")
        return HTMLResponse(page, status)


def _whole(digits: str) -> int:
    """A number of an address; raises _BadAddressError for anything else."""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS):
        raise _BadAddressError("bad_number")
    return int(digits)


def _quote(document: Document, start: str, end: str) -> Span | None:
    """The stretch that an address names; None if it names none."""
    if not (start or end):
        return None
    quote = Span(_whole(start), _whole(end))
    if not quote.start < quote.end <= len(document.text):
        raise _BadAddressError("bad_stretch")
    return quote


def _page(document: Document, number: str) -> int:
    if document.format != "pdf":
        raise _BadAddressError("no_pages")
    found = _whole(number)
    if not any(page.number == found for page in document.pages):
        raise _BadAddressError("no_page")
    return found


def _file(original: Original) -> Response:
    media_type = _SHOWN.get(original.format) or _SAVED.get(
        original.format, "application/octet-stream"
    )
    kind = "inline" if original.format in _SHOWN else "attachment"
    name = percent_encoded(original.name, safe="")
    headers = {
        "content-disposition": f"{kind}; filename*=UTF-8''{name}",
        "content-security-policy": _FILE_POLICY,
        "cache-control": "private, no-cache",
    }
    return Response(original.data, 200, headers, media_type)
