"""HTML files: what a reader would see, without the page's furniture.

1. Scripts, styles, navigation, forms and hidden elements are dropped; nothing is fetched.
2. Block elements start and end pieces; inline elements only set bold and raised.
3. An element that a raised link points to is a note with the link's label; links back fall away.
4. A table row is one piece, unless the table only lays out the page (one column, or tables in it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.etree
import lxml.html
from lxml.html import HtmlElement

from rag.errors import LoadError
from rag.load.decode import decode
from rag.load.html_styles import Styles
from rag.load.lists import number_text
from rag.load.pieces import Piece, Run
from rag.load.poison import hidden_finding
from rag.load.tables import Cell, Row, header_rows, row_pieces
from rag.records import BlockKind, Facts, Finding

_DROPPED = frozenset({
    "script", "style", "nav", "template", "noscript", "head", "svg", "iframe", "object",
    "embed", "canvas", "button", "select", "input", "textarea", "dialog", "audio", "video",
    "map", "meta", "link",
})  # fmt: skip
_BLOCKS = frozenset({
    "p", "div", "section", "article", "main", "header", "footer", "aside", "ul", "ol", "dl",
    "dt", "dd", "li", "blockquote", "pre", "figure", "figcaption", "address", "body",
    "html", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "form", "fieldset", "details",
    "summary", "center", "caption", "tr", "td", "th", "tbody", "thead", "table",
})  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?\s*([\w-]+)", re.IGNORECASE)
_BACK_LINK = re.compile(r"[\s\u21a9\ufe0e\ufe0f\u2191^]*")
_LABEL = re.compile(r"[\[(]?\s*([0-9]{1,3}|[*†‡§a-z]|[ivx]{1,5})\s*[\])]?")
_META = {
    "title": ("dc.title", "dcterms.title", "citation_title", "og:title"),
    "author": ("author", "dc.creator", "citation_author"),
    "date": ("dcterms.date", "dc.date", "citation_date", "article:published_time", "date"),
}


def read_html(data: bytes) -> tuple[list[Piece], Facts, tuple[Finding, ...]]:
    """The pieces and facts of an HTML file, and what in it is not seen."""
    root = parse_html(data)
    pieces, findings = read_page(root)
    return pieces, _facts(root), findings


def parse_html(data: bytes) -> HtmlElement:
    """The tree of an HTML file; raises LoadError."""
    try:
        parser = lxml.html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
        return lxml.html.document_fromstring(_source(data), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise LoadError(f"damaged HTML: {error}") from error


def read_page(root: HtmlElement) -> tuple[list[Piece], tuple[Finding, ...]]:
    """The pieces of a page, and what in it is not seen."""
    reader = _Reader(_note_labels(root), Styles(root))
    try:
        reader.read(root)
    except RecursionError as error:
        raise LoadError("damaged HTML: elements nested too deep") from error
    return reader.finish(), hidden_finding(reader.hidden)


def _source(data: bytes) -> str:
    named = _CHARSET.search(data[:4096])
    text = ""
    if named and b"\0" not in data[:200]:
        try:
            text = data.decode(named[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            text = ""
    return re.sub(r"\A\ufeff?\s*<\?xml[^>]*\?>", "", text or decode(data)).replace("\0", "")


def _facts(root: HtmlElement) -> Facts:
    metas = {
        (meta.get("name") or meta.get("property") or "").lower(): meta.get("content") or ""
        for meta in root.iter("meta")
    }
    title = " ".join((root.findtext(".//title") or "").split())
    found = {
        field: next((metas[n] for n in names if metas.get(n)), "") for field, names in _META.items()
    }
    date = re.match(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?!\d)", found["date"])
    return Facts(
        title=found["title"] or title,
        author=found["author"],
        date=date[0] if date else "",
        language=(root.get("lang") or "").strip(),
    )


def _note_labels(root: HtmlElement) -> dict[str, str]:
    """The ids that raised links point to, with the links' labels."""
    labels: dict[str, str] = {}
    for link in root.iter("a"):
        target = (link.get("href") or "").partition("#")
        text = _LABEL.fullmatch((link.text_content() or "").strip())
        parent = link.getparent()
        is_raised = parent is not None and parent.tag == "sup"
        is_raised = (
            is_raised or link.find("sup") is not None or "footnote-ref" in link.get("class", "")
        )
        if is_raised and text and not target[0] and target[2]:
            labels.setdefault(target[2], text[1])
    return labels


class _Reader:
    """Walks the tree and gathers pieces."""

    def __init__(self, labels: dict[str, str], styles: Styles) -> None:
        self.labels, self.styles = labels, styles
        self.hidden: list[str] = []  # texts that are not seen
        self.pieces: list[Piece] = []
        self.runs: list[Run] = []
        self.open: tuple[BlockKind, int, str] = ("paragraph", 0, "")
        self.lists: list[Iterator[str]] = []
        self.number = ""  # of the item under way, until its first words are written

    def finish(self) -> list[Piece]:
        """All pieces."""
        self.flush()
        return self.pieces

    def flush(self) -> None:
        """End the piece under way; what follows in the same element is a paragraph."""
        kind, level, label = self.open
        if "".join(run.text for run in self.runs).strip():
            number = [Run(f"{self.number} ")] if self.number and kind == "list_item" else []
            self.number = ""
            self.pieces.append(Piece(kind, (*number, *self.runs), level=level, label=label))
            if kind != "note":
                self.open = ("paragraph", 0, "")
        self.runs = []

    def read(self, element: HtmlElement, bold: bool = False, raised: bool = False) -> None:
        """Read an element and what is in it."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _DROPPED or self._is_back_link(element):
            return
        if element.get("aria-hidden") == "true":
            return
        if self.styles.is_hidden(element):
            self.hidden.append(element.text_content())
            return
        if tag == "br":
            self.runs.append(Run("\n"))
        elif tag == "table" and _is_data_table(element):
            self.flush()
            self.pieces += row_pieces(self._table_rows(element))
        elif tag in _BLOCKS:
            self._read_block(element, tag, bold)
        else:
            is_bold = bold or tag in ("b", "strong") or "font-weight:bold" in _style(element)
            self._read_inside(
                element,
                is_bold,
                raised or tag == "sup" or "vertical-align:super" in _style(element),
            )

    def _read_inside(self, element: HtmlElement, bold: bool, raised: bool = False) -> None:
        self._add(element.text, bold, raised)
        for child in element:
            self.read(child, bold, raised)
            self._add(child.tail, bold, raised)

    def _add(self, text: str | None, bold: bool, raised: bool) -> None:
        if text:
            self.runs.append(Run(re.sub(r"\s+", " ", text), bold, raised))

    def _read_block(self, element: HtmlElement, tag: str, bold: bool) -> None:
        self.flush()
        outer = self.open
        label = self.labels.get(element.get("id") or "", "")
        if tag in ("ul", "ol"):
            self.lists.append(_numbers(element))
        if label and tag != "a":
            self.open = ("note", 0, label)
        elif re.fullmatch(r"h[1-6]", tag):
            self.open = ("heading", int(tag[1]), "")
        elif tag == "li" and outer[0] != "note":
            self.open = ("list_item", max(0, len(self.lists) - 1), "")
            self.number = next(self.lists[-1], "") if self.lists else ""
        self._read_inside(element, bold)
        self.flush()
        if tag in ("ul", "ol"):
            self.lists.pop()
        self.open = outer if tag != "li" or outer[0] == "note" else ("paragraph", 0, "")

    def _table_rows(self, table: HtmlElement) -> list[Row]:
        rows = [row for row in table.iter("tr") if not self.styles.is_hidden(row)]
        cells = [[self._cell_runs(cell) for cell in row.xpath("./td|./th")] for row in rows]
        has_header = bool(rows) and not rows[0].xpath(
            "self::tr[not(parent::thead)]/td[normalize-space()]"
        )
        return header_rows([row for row in cells if row], has_header)

    def _cell_runs(self, cell: HtmlElement) -> Cell:
        reader = _Reader({}, self.styles)
        reader.hidden = self.hidden
        if self.styles.is_hidden(cell):
            self.hidden.append(cell.text_content())
            return ()
        reader._read_inside(cell, False)
        runs: list[Run] = []
        for piece in reader.finish():
            runs += [*piece.runs, Run(" ")]
        return tuple(runs)

    def _is_back_link(self, element: HtmlElement) -> bool:
        if element.tag != "a" or not (element.get("href") or "").startswith("#"):
            return False
        text = element.text_content() or ""
        return bool(text.strip()) and _BACK_LINK.fullmatch(text) is not None


def _style(element: HtmlElement) -> str:
    return (element.get("style") or "").replace(" ", "").lower()


def _numbers(element: HtmlElement) -> Iterator[str]:
    """The numbers of an ordered list's items; nothing for an unordered one."""
    if element.tag == "ul":
        return
    at = (
        int(element.get("start") or 1)
        if (element.get("start") or "1").lstrip("-").isdecimal()
        else 1
    )
    while True:
        yield f"{number_text(at, element.get('type') or '1')}."
        at += 1


def _is_data_table(table: HtmlElement) -> bool:
    widths = [len(row.xpath("./td|./th")) for row in table.iter("tr")]
    return (
        max(widths, default=0) > 1
        and table.find(".//table") is None
        and bool(table.get("role") != "presentation")
    )
