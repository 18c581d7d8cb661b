"""The parts of WordprocessingML that python-docx has no means for: footnotes, and references to
them; ECMA-376, part 1, 17.11 (notes) and 17.16.5.38 (NOTEREF).

1. `footnotes.xml` begins with two notes that are the lines above notes; the settings name them.
2. A mark in the body is a `footnoteReference` with a bookmark around it; Word numbers the notes in
   the order of their marks.
3. A later mark of the same source is a NOTEREF field that points to the bookmark; the number is
   stored in it as well, so that it shows before fields are brought up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lxml import etree
from lxml.etree import _Element

from rag.export.direction import is_right_to_left
from rag.export.plan import Footnote, Mark
from rag.export.references import Run

TEXT_STYLE = "FootnoteText"
MARK_STYLE = "FootnoteReference"
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
PART_NAME = "/word/footnotes.xml"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_SEPARATORS = {-1: "separator", 0: "continuationSeparator"}
_MARKER = "FFF2B3"  # a pale yellow, behind words that are marked
_FIRST_BOOKMARK = 100_000_000  # nine digits, as Word names its own hidden bookmarks


def footnotes_xml(footnotes: Iterable[Footnote]) -> bytes:
    """The part with the words of all footnotes, each under its number as its id."""
    root = etree.Element(_name("footnotes"), nsmap={"w": _W})
    for note_id, line in _SEPARATORS.items():
        note = _add(root, "footnote", type=line, id=str(note_id))
        paragraph = _add(note, "p")
        _add(_add(paragraph, "pPr"), "spacing", after="0", line="240", lineRule="auto")
        _add(_add(paragraph, "r"), line)
    for footnote in footnotes:
        note = _add(root, "footnote", id=str(footnote.n))
        paragraph = _add(note, "p")
        _add(_add(paragraph, "pPr"), "pStyle", val=TEXT_STYLE)
        _add(_marked_run(paragraph), "footnoteRef")
        for run in (Run(" "), *footnote.runs):
            paragraph.append(run_element(run))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def footnote_settings() -> _Element:
    """What the settings part has to say of the lines above notes."""
    settings = etree.Element(_name("footnotePr"), nsmap={"w": _W})
    for note_id in _SEPARATORS:
        _add(settings, "footnote", id=str(note_id))
    return settings


def mark_elements(marks: Sequence[Mark]) -> Iterator[_Element]:
    """The marks at the end of a paragraph, with commas between them."""
    for at, mark in enumerate(marks):
        if at:
            yield _mark_text(", ")
        yield from _footnote_mark(mark.n) if mark.is_first else _reference_to(mark.n)


def field_elements(instruction: str, shown: str, style: str = "") -> Iterator[_Element]:
    """A field with the words that it shows until it is brought up to date."""
    for part in ("begin", "instruction", "separate", "shown", "end"):
        run = etree.Element(_name("r"), nsmap={"w": _W})
        if style:
            _add(_add(run, "rPr"), "rStyle", val=style)
        if part == "instruction":
            _add_text(run, "instrText", f" {instruction} ")
        elif part == "shown":
            _add_text(run, "t", shown)
        else:
            _add(run, "fldChar", fldCharType=part)
        yield run


def run_element(run: Run) -> _Element:
    """A run of words, in italics, bold or right to left as they are."""
    element = etree.Element(_name("r"), nsmap={"w": _W})
    properties = _add(element, "rPr")
    # Each twice: for Latin and the like, and for Arabic and the like. The schema sets the order.
    for name in ("b", "bCs") * run.is_bold + ("i", "iCs") * run.is_italic:
        _add(properties, name)
    if run.is_marked:
        _add(properties, "shd", val="clear", color="auto", fill=_MARKER)
    if is_right_to_left(run.text):
        _add(properties, "rtl")
    _add_text(element, "t", run.text)
    return element


def _footnote_mark(n: int) -> Iterator[_Element]:
    start = etree.Element(_name("bookmarkStart"), nsmap={"w": _W})
    start.set(_name("id"), str(n))
    start.set(_name("name"), _bookmark(n))
    yield start
    run = _marked_run(None)
    _add(run, "footnoteReference", id=str(n))
    yield run
    end = etree.Element(_name("bookmarkEnd"), nsmap={"w": _W})
    end.set(_name("id"), str(n))
    yield end


def _reference_to(n: int) -> Iterator[_Element]:
    return field_elements(rf"NOTEREF {_bookmark(n)} \f \h", str(n), MARK_STYLE)


def _bookmark(n: int) -> str:
    return f"_Ref{_FIRST_BOOKMARK + n}"


def _mark_text(text: str) -> _Element:
    run = _marked_run(None)
    _add_text(run, "t", text)
    return run


def _marked_run(parent: _Element | None) -> _Element:
    run = etree.Element(_name("r"), nsmap={"w": _W}) if parent is None else _add(parent, "r")
    _add(_add(run, "rPr"), "rStyle", val=MARK_STYLE)
    return run


def _add(parent: _Element, name: str, **attributes: str) -> _Element:
    child = etree.SubElement(parent, _name(name))
    for key, value in attributes.items():
        child.set(_name(key), value)
    return child


def _add_text(parent: _Element, name: str, text: str) -> None:
    child = _add(parent, name)
    child.text = text
    child.set(_XML_SPACE, "preserve")


def _name(local: str) -> str:
    return f"{{{_W}}}{local}"
