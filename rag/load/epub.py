"""EPUB books: their pages in the order of the spine, read as one HTML page.

Links between the files become links inside that page, so that a note in a file of its own is found.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from urllib.parse import unquote

import lxml.html
from lxml import etree
from lxml.etree import _Element
from lxml.html import HtmlElement

from rag.errors import EncryptedFileError, LoadError
from rag.load.archive import check_package
from rag.load.html import parse_html, read_page
from rag.load.pieces import Piece
from rag.records import Facts, Finding

_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/rights.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PAGES = ("application/xhtml+xml", "text/html")


def read_epub(data: bytes) -> tuple[list[Piece], Facts, tuple[Finding, ...]]:
    """The pieces and facts of a book, and what in it is not seen."""
    check_package(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if _RIGHTS in archive.namelist():
                raise EncryptedFileError("encrypted: a book with copy protection")
            place = _parse(archive.read(_CONTAINER)).find(".//{*}rootfile").get("full-path")  # type: ignore[union-attr]
            package = _parse(archive.read(str(place)))
            book: HtmlElement = lxml.html.Element("body")
            for name in _spine(package, posixpath.dirname(str(place))):
                if name in archive.namelist():
                    book.append(_page(archive.read(name), name))
    except (zipfile.BadZipFile, KeyError, etree.LxmlError, AttributeError, RuntimeError) as error:
        why = " ".join(str(error).split())[:120]
        raise LoadError(f"damaged EPUB file: {why}") from error
    pieces, findings = read_page(book)
    return pieces, _facts(package), findings


def _parse(data: bytes) -> _Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _spine(package: _Element, folder: str) -> list[str]:
    """The names of the pages, in order, without the table of contents."""
    items = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    chosen = [items.get(each.get("idref")) for each in package.iter(f"{_OPF}itemref")]
    return [
        posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
        for item in chosen
        if item is not None
        and item.get("media-type") in _PAGES
        and "nav" not in (item.get("properties") or "").split()
    ]


def _page(data: bytes, name: str) -> HtmlElement:
    """A page's body as a part of the book."""
    root = parse_html(data)
    for element in root.iter():
        if element.get("id"):
            element.set("id", f"{name}#{element.get('id')}")
        target, mark, fragment = (element.get("href") or "").partition("#")
        if mark and "://" not in target:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(target)))
            element.set("href", f"#{place if target else name}#{fragment}")
    body = root.find("body")
    part = root if body is None else body
    part.tag = "section"
    return part


def _facts(package: _Element) -> Facts:
    found = {
        name: (package.findtext(f".//{_DC}{name}") or "").strip()
        for name in ("title", "creator", "language", "publisher", "rights", "date")
    }
    return Facts(
        title=found["title"],
        author=found["creator"],
        organisation=found["publisher"],
        language=found["language"],
        rights=found["rights"],
    )
