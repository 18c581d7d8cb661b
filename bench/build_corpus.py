"""Build the printed starter briefs, PDF and DOCX, from their Markdown sources.

    bench/corpus_sources/<id>.md -> corpus/<id>.pdf or corpus/<id>.docx

Run `python bench/build_corpus.py` after a change to a source; `--check` builds in a temporary
folder and fails if a file in `corpus/` no longer says what its source says. Two runs on one
machine give the same bytes: every date is `PRINTED_ON`, and no file holds a random id.

How a PDF is set:

1. The source is parsed into blocks: flowables, each knowing which notes it refers to.
2. Blocks go down the page in turn. The room for a block is what is left of the page after the
   notes at its foot, and a block brings its own notes with it.
3. A paragraph that does not fit is split at the last line that leaves room for the notes of the
   lines above it; the rest opens the next page.
"""

import argparse
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import pypandoc
import pypdf
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

SOURCES = Path(__file__).parent / "corpus_sources"
CORPUS = Path(__file__).parent.parent / "corpus"
AUTHOR = "Chapter & Verse"
PRINTED_ON = datetime(2026, 11, 1, tzinfo=UTC)

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 72.0
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
HEADER, TOP, FOOT = PAGE_HEIGHT - 52.0, PAGE_HEIGHT - 84.0, 76.0
NOTE_RULE_SPACE = 12.0
LINES_BELOW_HEADING = 44.0

# The built-in fonts of PDF write a bullet that readers of the file cannot tell from a control
# character; Vera, which comes with reportlab, is embedded and says which character it means.
pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

BODY = ParagraphStyle(
    "body",
    fontName="Times-Roman",
    fontSize=11,
    leading=14.5,
    alignment=TA_JUSTIFY,
    spaceAfter=7,
    allowOrphans=0,
    allowWidows=0,
)
NUMBERED = ParagraphStyle(
    "numbered",
    parent=BODY,
    leftIndent=24,
    bulletFontName="Times-Roman",
    bulletFontSize=11,
    spaceBefore=3,
)
BULLET = ParagraphStyle(
    "bullet",
    parent=BODY,
    leftIndent=40,
    bulletIndent=27,
    alignment=0,
    spaceAfter=4,
    bulletFontName="Vera",
    bulletFontSize=9,
)
STATEMENT = ParagraphStyle("statement", parent=BODY, fontSize=10, leading=13, spaceAfter=14)
TITLE = ParagraphStyle(
    "title", parent=BODY, fontName="Times-Bold", fontSize=20, leading=24, alignment=0, spaceAfter=10
)
HEADING = ParagraphStyle(
    "heading", parent=BODY, fontName="Times-Bold", fontSize=13, leading=17, spaceBefore=9
)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9.5, leading=12, alignment=0, spaceAfter=0)
NOTE = ParagraphStyle("note", parent=BODY, fontSize=8.5, leading=10.5, alignment=0, spaceAfter=2)

TABLE_RULES = TableStyle(
    [
        ("LINEABOVE", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ]
)


@dataclass(frozen=True)
class Target:
    """One file of the corpus that is built, not written by hand."""

    stem: str
    suffix: str
    has_front_page: bool = False

    @property
    def name(self) -> str:
        """The name of the built file."""
        return self.stem + self.suffix


TARGETS = (
    Target("starter-health-access", ".pdf", has_front_page=True),
    Target("starter-remittance-costs", ".pdf"),
    Target("starter-inclusive-cities", ".pdf"),
    Target("starter-decent-work", ".docx"),
)


@dataclass(frozen=True)
class Block:
    """A piece of a page, and the labels of the notes that it refers to."""

    flowable: Flowable
    notes: tuple[str, ...] = ()
    is_heading: bool = False


@dataclass(frozen=True)
class Brief:
    """A source, parsed: what stands before the first section, the sections, the note texts."""

    title: str
    front: tuple[Block, ...]
    body: tuple[Block, ...]
    notes: dict[str, str]


# Reading a source


def read_source(stem: str) -> str:
    """Return a source with its paragraph numbers escaped, so that no parser makes lists of them."""
    text = (SOURCES / f"{stem}.md").read_text(encoding="utf-8")
    return re.sub(r"^(\d+)\. ", r"\1\\. ", text, flags=re.MULTILINE)


def parse_brief(text: str) -> Brief:
    """Turn a source into blocks for the page."""
    tokens = MarkdownIt("commonmark").enable("table").use(footnote_plugin).parse(text)
    first_section = next(i for i, token in enumerate(tokens) if token.tag == "h2")
    foot = next(i for i, token in enumerate(tokens) if token.type == "footnote_block_open")
    return Brief(
        title=tokens[1].content,
        front=tuple(read_blocks(tokens[:first_section])),
        body=tuple(read_blocks(tokens[first_section:foot])),
        notes=dict(read_notes(tokens[foot:])),
    )


def read_blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    """Yield a block for each heading, paragraph, list item and table."""
    rows: list[list[Paragraph]] = []
    in_list = False
    for before, token in pairwise(tokens):
        if before.type in ("bullet_list_open", "bullet_list_close"):
            in_list = before.type == "bullet_list_open"
        elif before.type == "tr_open":
            rows.append([])
        elif before.type in ("th_open", "td_open"):
            rows[-1].append(Paragraph(mark_up(token, is_bold=before.tag == "th"), CELL))
        elif before.type == "tbody_close":
            yield Block(set_table(rows))
            rows = []
        elif before.type == "heading_open":
            style = TITLE if before.tag == "h1" else HEADING
            yield Block(Paragraph(mark_up(token), style), is_heading=True)
        elif before.type == "paragraph_open":
            yield Block(set_paragraph(token, in_list=in_list), tuple(note_labels(token)))


def set_paragraph(token: Token, *, in_list: bool) -> Paragraph:
    """Choose the style of a paragraph: list item, statement under the title, numbered or plain."""
    text = mark_up(token)
    if in_list:
        return Paragraph(text, BULLET, bulletText="•")
    if text.startswith("<i>"):
        return Paragraph(text, STATEMENT)
    number = re.match(r"(\d+\.) ", text)
    if number:
        return Paragraph(text[number.end() :], NUMBERED, bulletText=number[1])
    return Paragraph(text, BODY)


def set_table(rows: list[list[Paragraph]]) -> Table:
    """Rule a table across the page, with a narrow first column and equal others."""
    others = len(rows[0]) - 1
    first = TEXT_WIDTH * 0.24
    widths = [first] + [(TEXT_WIDTH - first) / others] * others
    return Table(rows, colWidths=widths, style=TABLE_RULES, spaceBefore=2, spaceAfter=10)


def read_notes(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Yield the label and the text of each note."""
    label = ""
    for token in tokens:
        if token.type == "footnote_open":
            label = token.meta["label"]
        elif token.type == "inline":
            yield label, mark_up(token)


def note_labels(token: Token) -> Iterator[str]:
    """Yield the labels of the notes that a line of text refers to."""
    return (c.meta["label"] for c in token.children or () if c.type == "footnote_ref")


def mark_up(token: Token, *, is_bold: bool = False) -> str:
    """Turn a line of Markdown into the small markup language of reportlab."""
    tags = {"em_open": "<i>", "em_close": "</i>", "strong_open": "<b>", "strong_close": "</b>"}
    parts = []
    for child in token.children or ():
        if child.type == "footnote_ref":
            parts.append(f"<super>{child.meta['label']}</super>")
        elif child.type == "softbreak":
            parts.append(" ")
        else:
            parts.append(tags.get(child.type) or escape(child.content))
    text = "".join(parts)
    return f"<b>{text}</b>" if is_bold else text


# Setting pages


@dataclass
class Printer:
    """Sets blocks on the pages of one PDF, with a running header, notes and page numbers."""

    canvas: Canvas
    brief: Brief
    y: float = TOP
    page: int = 1
    noted: list[str] = field(default_factory=list)

    def set_front_page(self) -> None:
        """Give the matter before the first section a page of its own, numbered "i"."""
        self.canvas.addPageLabel(0, style="ROMAN_LOWER", start=1)
        self.canvas.addPageLabel(1, style="ARABIC", start=1)
        self.y = TOP - 130
        self.set_blocks(self.brief.front)
        self.close_page("i")

    def open_page(self) -> None:
        """Start a page with its running header."""
        self.y, self.noted = TOP, []
        self.canvas.setFont("Times-Italic", 9)
        self.canvas.drawString(MARGIN, HEADER, f"{AUTHOR}: starter briefs")
        short_title = self.brief.title.split(":")[0]
        self.canvas.drawRightString(PAGE_WIDTH - MARGIN, HEADER, short_title)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(MARGIN, HEADER - 6, PAGE_WIDTH - MARGIN, HEADER - 6)

    def close_page(self, label: str) -> None:
        """Finish a page with its notes and its number."""
        self.draw_notes()
        self.canvas.setFont("Times-Roman", 9)
        self.canvas.drawCentredString(PAGE_WIDTH / 2, 40, f"page {label}")
        self.canvas.showPage()

    def set_blocks(self, blocks: Sequence[Block]) -> None:
        """Set blocks one below the other, on as many pages as they need."""
        waiting = list(reversed(blocks))
        while waiting:
            block = waiting.pop()
            if self.fits(block):
                self.draw(block)
                continue
            parts = self.split(block)
            if parts:
                self.draw(parts[0])
                block = parts[1]
            elif self.y == TOP:
                height = self.height_of(block)
                message = f"a block {height:.0f} points high fits no page of {self.brief.title!r}"
                raise ValueError(f"{message}: make it shorter")
            self.close_page(str(self.page))
            self.page += 1
            self.open_page()
            waiting.append(block)

    def fits(self, block: Block) -> bool:
        """Is there room for the block, its notes and, after a heading, some lines of text?"""
        below = LINES_BELOW_HEADING if block.is_heading else 0
        return self.height_of(block) + below <= self.room_with(block.notes)

    def room_with(self, labels: Sequence[str]) -> float:
        """Room on the page once the notes set so far and these have been printed at its foot."""
        notes = self.set_notes([*self.noted, *labels])
        taken = height_of_notes(notes) + (NOTE_RULE_SPACE if notes else 0)
        return self.y - FOOT - taken

    def height_of(self, block: Block) -> float:
        """The height of a block, with the space above it unless it opens a page."""
        above = block.flowable.getSpaceBefore() if self.y < TOP else 0
        return float(above + block.flowable.wrap(TEXT_WIDTH, PAGE_HEIGHT)[1])

    def split(self, block: Block) -> tuple[Block, Block] | None:
        """Cut a paragraph at the lowest line that leaves room for the notes above the cut."""
        if not isinstance(block.flowable, Paragraph) or block.is_heading:
            return None
        room = self.room_with(())
        while room > 0:
            parts = block.flowable.split(TEXT_WIDTH, room)
            if len(parts) == 2:
                head, rest = (Block(part, tuple(printed_labels(part))) for part in parts)
                if self.fits(head):
                    return head, rest
            room -= block.flowable.style.leading
        return None

    def draw(self, block: Block) -> None:
        """Print a block and keep its notes for the foot of the page."""
        self.y -= self.height_of(block)
        block.flowable.drawOn(self.canvas, MARGIN, self.y)
        self.y -= block.flowable.getSpaceAfter()
        self.noted += block.notes

    def set_notes(self, labels: Sequence[str]) -> list[Paragraph]:
        """Set notes as small paragraphs that open with their number."""
        return [Paragraph(f"<super>{n}</super> {self.brief.notes[n]}", NOTE) for n in labels]

    def draw_notes(self) -> None:
        """Print the notes of the page at its foot, in their order, under a short rule."""
        if not self.noted:
            return
        notes = self.set_notes(self.noted)
        y = FOOT + height_of_notes(notes)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(MARGIN, y + 3, MARGIN + 120, y + 3)
        for note in notes:
            y -= note.height + NOTE.spaceAfter
            note.drawOn(self.canvas, MARGIN, y + NOTE.spaceAfter)


def height_of_notes(notes: Sequence[Paragraph]) -> float:
    """The height of a stack of notes at the foot of a page."""
    return float(sum(n.wrap(TEXT_WIDTH, PAGE_HEIGHT)[1] + NOTE.spaceAfter for n in notes))


def printed_labels(paragraph: Paragraph) -> Iterator[str]:
    """Yield the note labels in a part of a split paragraph: its raised pieces of text.

    After a split, reportlab keeps a word and the marker on its heels as one list: the width, then
    a (style, text) pair for each piece.
    """
    words = (fragment for fragment in paragraph.frags if isinstance(fragment, list))
    pieces = (piece for word in words for piece in word[1:])
    return (text.strip() for style, text in pieces if style.rise)


def build_pdf(target: Target, folder: Path) -> None:
    """Print one brief as a PDF."""
    brief = parse_brief(read_source(target.stem))
    canvas = Canvas(str(folder / target.name), pagesize=A4, invariant=1, lang="en-GB")
    canvas.setTitle(brief.title)
    canvas.setAuthor(AUTHOR)
    canvas.setSubject("Starter brief")
    canvas.setCreator("bench/build_corpus.py")
    printer = Printer(canvas, brief)
    if target.has_front_page:
        printer.set_front_page()
    printer.open_page()
    printer.set_blocks(brief.body if target.has_front_page else brief.front + brief.body)
    printer.close_page(str(printer.page))
    canvas.save()


# The DOCX


def build_docx(target: Target, folder: Path) -> None:
    """Let pandoc write one brief as a DOCX: its title, heading styles and footnotes are Word's."""
    path = folder / target.name
    pypandoc.convert_text(
        read_source(target.stem),
        to="docx",
        format="markdown",
        outputfile=str(path),
        extra_args=[
            "--shift-heading-level-by=-1",
            f"--metadata=author:{AUTHOR}",
            "--metadata=lang:en-GB",
        ],
    )
    rewrite_zip(path)


def rewrite_zip(path: Path) -> None:
    """Give every member of a zip file the same date, which is all that differs between runs."""
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, PRINTED_ON.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


# The command


def build(folder: Path) -> None:
    """Build every target into a folder."""
    builders = {".pdf": build_pdf, ".docx": build_docx}
    for target in TARGETS:
        builders[target.suffix](target, folder)


def read_text(path: Path) -> str:
    """Return the text of a built file, for comparison only."""
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(f"word/{part}.xml") for part in ("document", "footnotes")]
    return re.sub(r"<[^>]+>", " ", b" ".join(parts).decode("utf-8"))


def check(corpus: Path = CORPUS) -> list[str]:
    """Return one line for each built file that is missing or does not say what its source says."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        return [
            f"{corpus / t.name} does not match {SOURCES / t.stem}.md: "
            "run `python bench/build_corpus.py`"
            for t in TARGETS
            if not (corpus / t.name).exists()
            or read_text(corpus / t.name) != read_text(Path(folder) / t.name)
        ]


def main() -> int:
    """Build the corpus, or check it."""
    parser = argparse.ArgumentParser(description="Build the printed starter briefs in corpus/.")
    parser.add_argument(
        "--check", action="store_true", help="build nothing; fail if a file is out of date"
    )
    args = parser.parse_args()
    # Both reportlab and pandoc take the date of a document from this variable.
    os.environ["SOURCE_DATE_EPOCH"] = str(int(PRINTED_ON.timestamp()))
    if not args.check:
        build(CORPUS)
        return 0
    problems = check()
    print("\n".join(problems) or f"{len(TARGETS)} built files match their sources", flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
