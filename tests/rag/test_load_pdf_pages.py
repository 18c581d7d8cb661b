"""Every page of a PDF is kept, empty or in need of OCR, and what readers do not see is not text."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rag.errors import EmptyFileError, LoadError, NeedsOcrError
from rag.load import load
from rag.load.ocr import missing_for_ocr
from rag.records import Document

pypdfium2 = pytest.importorskip("pypdfium2")
Draw = Callable[[Canvas], None]
RULES = "The master of the port keeps a register of all vessels in it."
FEES = "A vessel that stays longer than fourteen days pays a fee."


def picture_of(*lines: str) -> Image.Image:
    """A scanned page."""
    picture = Image.new("L", (1240, 1754), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(size=32)
    for number, line in enumerate(lines):
        draw.text((120, 200 + 60 * number), line, fill=0, font=font)
    return picture


def text(*lines: str) -> Draw:
    def draw(canvas: Canvas) -> None:
        for number, line in enumerate(lines):
            canvas.drawString(72, 720 - 16 * number, line)

    return draw


def scan(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(picture_of(FEES)), 0, 0, 595, 842)


def blank(canvas: Canvas) -> None:
    canvas.line(72, 400, 500, 400)


def write(path: Path, *pages: Draw) -> Path:
    canvas = Canvas(str(path), pagesize=(595, 842))
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def read(tmp_path: Path, *pages: Draw, ocr: str = "") -> Document:
    return load(write(tmp_path / "paper.pdf", *pages), "paper", ocr=ocr)


def states(document: Document) -> list[str]:
    return [page.state for page in document.pages]


def test_text_pictures_and_blank_pages_are_told_apart(tmp_path: Path) -> None:
    stamped = text("Downloaded 12 May")

    def scan_with_stamp(canvas: Canvas) -> None:
        scan(canvas)
        stamped(canvas)

    document = read(tmp_path, text(RULES, FEES), scan, blank, scan_with_stamp, text(FEES, RULES))
    assert states(document) == ["kept", "needs_ocr", "empty", "needs_ocr", "kept"]
    assert document.warnings == ("1 empty page: 3", "2 pictured pages: 2, 4")
    with pypdfium2.PdfDocument(tmp_path / "paper.pdf") as other:
        assert len(other) == sum(Counter(states(document)).values())


def test_a_picture_beside_text_leaves_a_page_as_it_is(tmp_path: Path) -> None:
    def chart(canvas: Canvas) -> None:
        text(RULES, FEES)(canvas)
        canvas.drawImage(ImageReader(picture_of("a chart")), 72, 100, 400, 400)

    assert states(read(tmp_path, chart)) == ["kept"]


def test_a_file_of_pictures_needs_ocr_and_one_of_nothing_is_empty(tmp_path: Path) -> None:
    with pytest.raises(NeedsOcrError, match="2 pages of pictures, needs OCR") as caught:
        read(tmp_path, scan, scan)
    assert caught.value.pages == 2
    with pytest.raises(EmptyFileError, match="no text in 1 page"):
        read(tmp_path, blank)


def test_odd_labels_lose_no_page(tmp_path: Path) -> None:
    path = write(tmp_path / "plain.pdf", *(text(RULES, f"Part {n}.") for n in range(1, 6)))
    writer = PdfWriter(clone_from=path)
    writer.set_page_label(0, 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(2, 2, prefix="Annex A-½ ")
    writer.set_page_label(3, 3, style=PageLabelStyle.DECIMAL, start=1)
    writer.set_page_label(4, 4, style=PageLabelStyle.DECIMAL, start=1)
    writer.write(tmp_path / "odd.pdf")
    document = load(tmp_path / "odd.pdf", "odd")
    assert [(page.number, page.label) for page in document.pages] == [
        (1, "i"),
        (2, "ii"),
        (3, "Annex A-½ "),
        (4, "1"),
        (5, "1"),
    ]
    for number in range(1, 6):
        page = document.page_at(document.text.index(f"Part {number}."))
        assert page is not None and page.number == number


def white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(72, 300, "Hidden words in white")


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.4)
    canvas.drawString(72, 300, "Hidden words too small")


def far_away(canvas: Canvas) -> None:
    canvas.drawString(2000, 300, "Hidden words off the page")


def not_drawn(canvas: Canvas) -> None:
    line = canvas.beginText(72, 300)
    line.setTextRenderMode(3)
    line.textLine("Hidden words not drawn")
    canvas.drawText(line)


def transparent(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(72, 300, "Hidden words like glass")


@pytest.mark.parametrize("hide", [white, tiny, far_away, not_drawn, transparent])
def test_what_readers_do_not_see_is_no_text_and_is_recorded(tmp_path: Path, hide: Draw) -> None:
    def page(canvas: Canvas) -> None:
        text(RULES, FEES)(canvas)
        hide(canvas)

    document = read(tmp_path, page)
    assert document.text == f"{RULES} {FEES}"
    ((kind, sample, number),) = [(f.kind, f.sample, f.page) for f in document.findings]
    assert (kind, number) == ("invisible text", 1)
    assert sample.startswith("Hidden words")


def test_text_of_a_layer_that_is_off_is_not_seen(tmp_path: Path) -> None:
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

    path = write(tmp_path / "plain.pdf", text(RULES, FEES))
    writer = PdfWriter(clone_from=path)
    layer = writer._add_object(
        DictionaryObject(
            {NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("off")}
        )
    )
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
        {
            NameObject("/OCGs"): ArrayObject([layer]),
            NameObject("/D"): DictionaryObject({NameObject("/OFF"): ArrayObject([layer])}),
        }
    )
    page = writer.pages[0]
    resources = page["/Resources"]
    resources[NameObject("/Properties")] = DictionaryObject({NameObject("/L0"): layer})  # type: ignore[index]
    contents = page.get_contents()
    assert contents is not None
    font = next(iter(resources["/Font"]))  # type: ignore[index]
    hidden = f"\n/OC /L0 BDC BT {font} 12 Tf 72 300 Td (Hidden words of a layer) Tj ET EMC\n"
    contents.set_data(contents.get_data() + hidden.encode())
    page[NameObject("/Contents")] = contents
    writer.write(tmp_path / "layer.pdf")
    document = load(tmp_path / "layer.pdf", "layer")
    assert document.text == f"{RULES} {FEES}"
    assert [finding.sample for finding in document.findings] == ["Hidden words of a layer"]


def test_white_words_on_a_dark_ground_are_seen(tmp_path: Path) -> None:
    def header(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0, 0, 0.5)
        canvas.rect(60, 290, 300, 30, fill=1)
        white(canvas)
        canvas.setFillColorRGB(0, 0, 0)
        text(RULES)(canvas)

    document = read(tmp_path, header)
    assert "Hidden words in white" in document.text
    assert document.findings == ()


def test_the_layer_of_a_scanner_is_text_and_says_so(tmp_path: Path) -> None:
    def layered(canvas: Canvas) -> None:
        scan(canvas)
        line = canvas.beginText(72, 700)
        line.setTextRenderMode(3)
        line.textLine(FEES)
        canvas.drawText(line)

    document = read(tmp_path, layered, text(RULES))
    assert FEES in document.text
    assert [page.is_ocr for page in document.pages] == [True, False]
    assert (states(document), document.findings) == (["kept", "kept"], ())


needs_tesseract = pytest.mark.skipif(
    bool(missing_for_ocr("eng")), reason=f"OCR: {missing_for_ocr('eng')}"
)


@needs_tesseract
def test_pictured_pages_are_recognised_in_their_place(tmp_path: Path) -> None:
    document = read(tmp_path, text(RULES, FEES), scan, text(FEES, RULES), ocr="eng")
    assert states(document) == ["kept", "kept", "kept"]
    assert [page.is_ocr for page in document.pages] == [False, True, False]
    (span,) = document.pages[1].spans
    assert document.text[span.start : span.end] == FEES
    assert read(tmp_path, text(RULES, FEES), scan, text(FEES, RULES), ocr="eng") == document


@needs_tesseract
def test_a_picture_file_is_recognised(tmp_path: Path) -> None:
    picture_of(RULES, FEES).save(tmp_path / "scan.png")
    document = load(tmp_path / "scan.png", "scan", ocr="eng")
    assert document.text == f"{RULES} {FEES}"
    with pytest.raises(NeedsOcrError, match="a picture: needs OCR"):
        load(tmp_path / "scan.png", "scan")


def test_what_is_missing_for_ocr_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("tesseract"):
        assert missing_for_ocr("eng+zxx") == (
            "Tesseract does not know zxx: apt install tesseract-ocr-zxx"
        )
    missing_for_ocr.cache_clear()
    monkeypatch.setenv("PATH", "")
    assert missing_for_ocr("eng") == ("Tesseract is not installed: apt install tesseract-ocr")
    missing_for_ocr.cache_clear()


def test_an_encrypted_file_with_an_empty_password_is_read(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=write(tmp_path / "plain.pdf", text(RULES)))
    writer.encrypt("", "owner", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    assert PdfReader(io.BytesIO(buffer.getvalue())).is_encrypted
    (tmp_path / "locked.pdf").write_bytes(buffer.getvalue())
    assert load(tmp_path / "locked.pdf", "locked").text == RULES


def test_odd_and_broken_files_are_told_and_lose_no_page(shared: Path) -> None:
    folder = shared / "evals" / "robust" / "pdf"
    with (folder / "index.tsv").open(encoding="utf-8") as index:
        kinds = {row["file"]: row["kind"] for row in csv.DictReader(index, delimiter="\t")}
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.rglob("*.pdf")):
        try:
            document = load(path, path.stem)
        except LoadError as error:
            outcomes[kinds[path.name]][type(error).__name__] += 1
            continue
        with pypdfium2.PdfDocument(path) as other:
            assert len(document.pages) == len(other), path.name
        waits = "needs_ocr" in states(document)
        outcomes[kinds[path.name]]["waits for OCR" if waits else "read"] += 1
    assert outcomes["corrupt"] == {"LoadError": 7}
    assert outcomes["encrypted"] == {"EncryptedFileError": 3, "read": 2, "EmptyFileError": 1}
    scanned = outcomes["scanned"]
    told = scanned["NeedsOcrError"] + scanned["waits for OCR"]
    assert told >= 0.95 * sum(scanned.values())
