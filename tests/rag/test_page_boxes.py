"""Boxes around quoted words, held against what PDFium and Tesseract read at those places."""

from __future__ import annotations

import ctypes
import io
import re
import shutil
import unicodedata
from collections.abc import Sequence
from functools import cache

import pypdfium2
import pypdfium2.raw as raw
import pytest
from conftest import CORPUS
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from reportlab.pdfgen.canvas import Canvas

from rag.errors import LoadError
from rag.load import load
from rag.page_boxes import Boxed, box_quote, pages_of
from rag.page_lines import Box
from rag.pdfium import Glyph, open_pdf
from rag.records import Document, Page, Span

_BRIEF = CORPUS / "starter-remittance-costs.pdf"
_STEPS = 1_000_000


@cache
def brief() -> tuple[Document, dict[int, tuple[Glyph, ...]]]:
    document = load(_BRIEF, "brief")
    with open_pdf(_BRIEF.read_bytes()) as file:
        return document, {page.number: file.glyphs(page.number) for page in document.pages}


def boxed(document: Document, words: str) -> list[Boxed]:
    start = document.text.index(words)
    quote = Span(start, start + len(words))
    _, glyphs = brief()
    return [box_quote(document, p, glyphs[p.number], quote) for p in pages_of(document, quote)]


def letters(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def read_in(data: bytes, number: int, boxes: Sequence[Box]) -> str:
    """The characters whose ink has its middle in the boxes, box by box, from left to right."""
    page = pypdfium2.PdfDocument(data)[number - 1]
    text = page.get_textpage()
    inked = []
    for at in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(at)
        x, y = ctypes.c_int(), ctypes.c_int()
        middle = (left + right) / 2, (bottom + top) / 2
        raw.FPDF_PageToDevice(page, 0, 0, _STEPS, _STEPS, 0, *middle, x, y)
        inked.append((x.value / _STEPS, y.value / _STEPS, chr(raw.FPDFText_GetUnicode(text, at))))
    return "".join(
        character
        for box in boxes
        for x, y, character in sorted(inked)
        if box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
    )


def test_a_sentence_over_a_page_turn_is_boxed_on_both_pages() -> None:
    document, _ = brief()
    first, second = boxed(document, "almost a year before the goals were adopted.")
    assert (first.number, first.words) == (1, ("almost a year before the goals were",))
    assert (second.number, second.words) == (2, (" adopted.",))
    data = _BRIEF.read_bytes()
    assert letters(read_in(data, 1, first.boxes)) == "almostayearbeforethegoalswere"
    assert letters(read_in(data, 2, second.boxes)) == "adopted"
    assert len(first.boxes) == len(second.boxes) == 1
    assert first.boxes[0].y > 0.6  # at the foot of the one page
    assert second.boxes[0].y < 0.2  # and the head of the other, though the word stands twice on it


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_sentence_like_stretch_of_a_page_is_boxed_to_the_letter(data: st.DataObject) -> None:
    document, glyphs = brief()
    blocks = [b for b in document.blocks if b.kind != "table_row" and b.end - b.start > 60]
    block = data.draw(st.sampled_from(blocks))
    # Whole words: a letter of a ligature is boxed with all of it.
    words = [m.span() for m in re.finditer(r"\S+", document.text[block.start : block.end])]
    first = data.draw(st.integers(0, len(words) - 4))
    last = data.draw(st.integers(first + 3, len(words) - 1))
    start, end = block.start + words[first][0], block.start + words[last][1]
    for page in pages_of(document, Span(start, end)):
        found = box_quote(document, page, glyphs[page.number], Span(start, end))
        wanted = letters("".join(found.words))
        if len(wanted) < 12:
            continue
        read = letters(read_in(_BRIEF.read_bytes(), page.number, found.boxes))
        # Only the digits of note markers, which are no part of the text, may stand between.
        rest = iter(read)
        assert all(letter in rest for letter in wanted)
        assert len(read) - len(wanted) <= 4
        assert [c for c in read if not c.isdigit()] == [c for c in wanted if not c.isdigit()]


def test_words_that_are_not_on_the_page_get_no_box() -> None:
    _, glyphs = brief()
    told = "The council of lighthouse keepers met in the winter of that year."
    other = Document("other", told, (), (), (Page(1, "1", (Span(0, len(told)),)),))
    assert box_quote(other, other.pages[0], glyphs[1], Span(0, len(told))) == Boxed(1, (told,), ())


def made_pdf(lines: Sequence[tuple[float, float, str]], rotate: int = 0) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(600, 800))
    for x, y, words in lines:
        canvas.drawString(x, y, words)
    canvas.save()
    writer = PdfWriter()
    writer.append(PdfReader(buffer))
    if rotate:
        writer.pages[0].rotate(rotate)
        writer.pages[0].cropbox = RectangleObject((100, 200, 500, 700))
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def box_all(data: bytes, text: str, words: str) -> tuple[Box, ...]:
    page = Page(1, "1", (Span(0, len(text)),))
    document = Document("made", text, (), (), (page,))
    start = text.rindex(words)
    with open_pdf(data) as file:
        return box_quote(document, page, file.glyphs(1), Span(start, start + len(words))).boxes


def test_a_turned_and_cropped_page_is_boxed_as_it_is_seen() -> None:
    words = "The harbour keeps a register"
    # Cropped to x 100-500, y 200-700 and turned clockwise: what was left is above, up is right.
    (box,) = box_all(made_pdf([(150, 300, words)], rotate=90), words, words)
    assert box.y == pytest.approx(50 / 400, abs=0.01)
    assert box.x < 100 / 500 < box.x + box.width
    assert box.height > 4 * box.width


def test_the_text_around_tells_which_of_two_equal_words_is_meant() -> None:
    lines = ["Fees are waived for boats.", "Tolls stay as they are.", "Fees are waived for ships."]
    data = made_pdf([(100, 700 - 100 * n, line) for n, line in enumerate(lines)])
    (box,) = box_all(data, " ".join(lines), "Fees are waived")
    assert box.y == pytest.approx(1 - 500 / 800, abs=0.03)


def test_hyphens_markers_and_numbers_drawn_elsewhere_do_not_matter() -> None:
    lines = [
        (120, 700, "Each harbour re-"),
        (120, 680, "ports its fees3 to the council"),
        (100, 700, "1."),
    ]
    text = "1. Each harbour reports its fees to the council"
    boxes = box_all(made_pdf(lines), text, text)
    assert [round(600 * box.x) for box in boxes] == [100, 120]


def test_a_page_that_is_not_there_is_refused() -> None:
    with (
        open_pdf(made_pdf([(100, 700, "One")])) as file,
        pytest.raises(LoadError, match="no page 2"),
    ):
        file.png(2, 400)
    with pytest.raises(LoadError, match="cannot be opened as PDF"), open_pdf(b"%PDF-1.4 cut"):
        pass


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="no Tesseract")
def test_the_ink_in_the_boxes_is_the_words() -> None:
    pytesseract = pytest.importorskip("pytesseract")
    document, _ = brief()
    words = "Small sums suffer most, because part of the fee is fixed."
    (found,) = boxed(document, words)
    with open_pdf(_BRIEF.read_bytes()) as file:
        picture = file.picture(found.number, 4, 40_000_000, is_grey=True)
    (box,) = found.boxes
    wide, high = picture.size
    edges = (box.x, box.y, box.x + box.width, box.y + box.height)
    cut = picture.crop([round(e * s) for e, s in zip(edges, (wide, high) * 2, strict=True)])
    assert letters(pytesseract.image_to_string(cut, config="--psm 7")) == letters(words)
