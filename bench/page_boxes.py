"""How surely the words of a quote are boxed on the pages of PDF files.

Takes random sentences, items, rows, headings and notes of PDF files and boxes each of them:

    python bench/page_boxes.py [--shared ../shared] [--count 100] [--seed 7] [--misses]

Prints, for each file and for all, the share that gets boxes on every page it stands on, and the
share of those in whose boxes stand just the same letters and digits, markers of notes aside: by
the middle of each character's ink, where boxes are made of the room that a font gives a character.
The bar: 99 % of both.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw

from rag.load import load
from rag.page_boxes import Boxed, box_quote, pages_of
from rag.page_lines import Box
from rag.pdfium import Glyph, open_pdf
from rag.records import Document, Page, Span
from rag.sentences import sentence_spans

_BAR = 0.99
_STEPS = 1_000_000


@dataclass
class Count:
    """What became of the sentences of one file."""

    tried: int = 0
    boxed: int = 0
    equal: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, other: Count) -> None:
        """Counts those of another file too."""
        self.tried += other.tried
        self.boxed += other.boxed
        self.equal += other.equal

    def line(self, name: str) -> str:
        """One row of the table."""
        boxed, equal = self.boxed / max(1, self.tried), self.equal / max(1, self.boxed)
        return f"{name:55} {self.tried:5} {100 * boxed:6.1f} {100 * equal:6.1f}"


def main() -> int:
    """Measures every file; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("VERSE_SHARED", "../shared"))
    parser.add_argument("--shared", type=Path, default=default)
    parser.add_argument("--count", type=int, default=100, help="sentences of a file, at most")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--misses", action="store_true", help="show those not boxed or not equal")
    parser.add_argument("files", nargs="*", type=Path, help="in the place of the usual ones")
    given = parser.parse_args()
    here = [given.shared / "documents" / "pdf", Path(__file__).parent.parent / "corpus"]
    files = given.files or sorted(path for folder in here for path in folder.glob("*.pdf"))
    total = Count()
    print(f"{'file':55} tried boxed% equal%")
    for path in files:
        count = _measure(path, given.count, random.Random(given.seed))
        print(count.line(path.name))
        total.add(count)
        if given.misses:
            print("\n".join(count.misses))
    print(total.line("all"))
    return 0 if min(total.boxed / total.tried, total.equal / total.boxed) >= _BAR else 1


def _measure(path: Path, most: int, chosen: random.Random) -> Count:
    document, data, count = load(path, path.stem), path.read_bytes(), Count()
    quotes = list(_quotes(document))
    file = pypdfium2.PdfDocument(data)
    with open_pdf(data) as opened:
        glyphs: dict[int, tuple[Glyph, ...]] = {}
        for quote in chosen.sample(quotes, min(most, len(quotes))):
            pages = pages_of(document, quote)
            for page in pages:
                glyphs.setdefault(page.number, opened.glyphs(page.number))
            found = [(p, box_quote(document, p, glyphs[p.number], quote)) for p in pages]
            _score(count, document, quote, found, file)
    return count


def _score(
    count: Count,
    document: Document,
    quote: Span,
    found: list[tuple[Page, Boxed]],
    file: pypdfium2.PdfDocument,
) -> None:
    words = document.text[quote.start : quote.end]
    count.tried += 1
    if not found or not all(each.boxes for _, each in found):
        count.misses.append(f"  not boxed: p. {[p.number for p, _ in found]} {words!r}")
        return
    count.boxed += 1
    read = " ".join(words_in(file, page.number, box) for page, each in found for box in each.boxes)
    if _is_equal(words, read):
        count.equal += 1
    else:
        count.misses.append(f"  not equal: {words!r}\n         is: {read!r}")


def _quotes(document: Document) -> Iterator[Span]:
    for block in document.blocks:
        for span in sentence_spans(document.text, block.start, block.end):
            if any(c.isalnum() for c in document.text[span.start : span.end]):
                yield span


def words_in(file: pypdfium2.PdfDocument, number: int, box: Box) -> str:
    """The characters whose ink has its middle in a box of a page, from left to right."""
    page = file[number - 1]
    text = page.get_textpage()
    inside = []
    for at in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(at)
        across, down = ctypes.c_int(), ctypes.c_int()
        middle = (left + right) / 2, (bottom + top) / 2
        raw.FPDF_PageToDevice(page, 0, 0, _STEPS, _STEPS, 0, *middle, across, down)
        x, y = across.value / _STEPS, down.value / _STEPS
        if box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height and right > left:
            inside.append((x, chr(raw.FPDFText_GetUnicode(text, at))))
    return "".join(character for _, character in sorted(inside))


def _is_equal(words: str, read: str) -> bool:
    """Whether both have the same letters and digits, but for digits of markers in `read`."""
    wanted = _letters(words)
    at = 0
    for character in _letters(read):
        if at < len(wanted) and character == wanted[at]:
            at += 1
        elif not character.isdigit():
            return False
    return at == len(wanted)


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in folded if c.isalnum())


if __name__ == "__main__":
    raise SystemExit(main())
