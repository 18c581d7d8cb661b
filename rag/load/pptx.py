"""PowerPoint files: each slide is a page, so that a citation names the slide.

1. A slide's title is a heading; its other shapes follow from top to bottom and left to right,
   groups opened, paragraphs with their list levels, tables as rows with their header cells.
2. A speaker's notes follow under a heading of their own.
3. Hidden slides are not shown: they are kept apart, as invisible text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.exc import PythonPptxError

from rag.errors import LoadError
from rag.load.archive import check_package
from rag.load.pieces import Piece, Run
from rag.load.poison import hidden_finding
from rag.load.tables import Cell, header_rows, row_pieces
from rag.records import Facts, Finding, PageState

_DAMAGE = (
    PythonPptxError, etree.LxmlError, KeyError, ValueError, AttributeError, TypeError, IndexError,
    OSError, NotImplementedError,
)  # fmt: skip
_NOTES = "Speaker notes"
_FACTS = ("title", "author", "language")

Slides = tuple[list[Piece], Facts, tuple[Finding, ...], dict[int, PageState]]


def read_pptx(data: bytes) -> Slides:
    """The pieces and facts of a presentation, what is not shown, and the state of its slides."""
    check_package(data)
    try:
        shown = Presentation(io.BytesIO(data))
        core = shown.core_properties
        facts = Facts(**{name: getattr(core, name) or "" for name in _FACTS})
        pieces: list[Piece] = []
        hidden: list[Finding] = []
        states: dict[int, PageState] = {}
        for number, slide in enumerate(shown.slides, start=1):
            found = list(_slide(slide, number))
            if slide.element.get("show") == "0":
                hidden += hidden_finding((piece.text for piece in found), number)
                found = []
            states[number] = "kept" if any(piece.text.strip() for piece in found) else "empty"
            pieces += found
    except _DAMAGE as error:
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise LoadError(f"damaged PowerPoint file: {why}") from error
    return pieces, facts, tuple(hidden), states


def _slide(slide: Any, page: int) -> Iterator[Piece]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        words = " ".join(title.text_frame.text.split())
        yield Piece("heading", (Run(words, page=page),), level=1)
    for shape in _in_order(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        yield from _shape(shape, page)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        lines = slide.notes_slide.notes_text_frame.text.splitlines()
        worded = [line.strip() for line in lines if line.strip()]
        if worded:
            yield Piece("heading", (Run(_NOTES, page=page),), level=2)
            yield from (Piece("paragraph", (Run(line, page=page),)) for line in worded)


def _in_order(shapes: Iterable[Any]) -> list[Any]:
    """Shapes as they are read: rows from the top, each from the left; those of no place last."""

    def place(shape: Any) -> tuple[int, int, int]:
        if shape.top is None or shape.left is None:
            return (1, 0, 0)
        return (0, shape.top // 200_000, shape.left)  # rows of 0.55 cm

    return sorted(shapes, key=place)


def _shape(shape: Any, page: int) -> Iterator[Piece]:
    if hasattr(shape, "shapes"):
        for inner in _in_order(shape.shapes):
            yield from _shape(inner, page)
    elif getattr(shape, "has_table", False):
        table = shape.table
        cells = [[_cell(cell, page) for cell in row.cells] for row in table.rows]
        yield from row_pieces(header_rows(cells, bool(table.first_row)))
    elif shape.has_text_frame:
        paragraphs = [each for each in shape.text_frame.paragraphs if each.text.strip()]
        is_list = len(paragraphs) > 1
        for paragraph in paragraphs:
            piece = Piece("paragraph", tuple(_runs(paragraph, page)))
            yield piece.with_kind("list_item", paragraph.level) if is_list else piece


def _runs(paragraph: Any, page: int) -> Iterator[Run]:
    """The runs of a paragraph; a line break in it is a space."""
    for child in paragraph._p:
        tag = etree.QName(child).localname
        if tag in ("r", "fld"):
            text = "".join(each.text or "" for each in child if each.tag.endswith("}t"))
            properties = child.find("{*}rPr")
            look = {} if properties is None else properties.attrib
            raised = str(look.get("baseline", "0")).lstrip("+").split(".")[0]
            is_raised = raised.isdecimal() and int(raised) > 0
            yield Run(text, look.get("b") in ("1", "true"), is_raised, page)
        elif tag == "br":
            yield Run(" ", page=page)


def _cell(cell: Any, page: int) -> Cell:
    if cell.is_spanned:
        return ()
    runs: list[Run] = []
    for paragraph in cell.text_frame.paragraphs:
        runs += [*([Run(" ", page=page)] if runs else []), *_runs(paragraph, page)]
    return tuple(runs)
