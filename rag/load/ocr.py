"""Pictures of text to text: pages are rendered (`rag/pdfium.py`) and recognised by Tesseract.

pytesseract is the extra `ocr`; Tesseract itself is a program of the system. Without them pictures
are reported as needing OCR. What comes back is a page of PDF with the recognised words at their
places and nothing else, so that one reader does for all pages.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import warnings
from functools import cache
from typing import TYPE_CHECKING

from rag.errors import LoadError

if TYPE_CHECKING:
    from PIL.Image import Image

    from rag.pdfium import PdfFile

_DPI = 300
_MAX_PIXELS = 40_000_000  # an A3 page at 300 dpi has 17 million
_TIMEOUT_S = 60  # a page


@cache
def missing_for_ocr(languages: str) -> str:
    """What is missing to recognise text in `languages` ("eng+fra"), and what to do; or nothing."""
    absent = [name for name in ("pytesseract", "pypdfium2") if not importlib.util.find_spec(name)]
    if absent:
        return f"{' and '.join(absent)} not installed: pip install 'chapter-and-verse[ocr]'"
    if shutil.which("tesseract") is None:
        return "Tesseract is not installed: apt install tesseract-ocr"
    import pytesseract

    known = set(pytesseract.get_languages())
    unknown = [each for each in languages.split("+") if each not in known]
    if unknown:
        packages = " ".join(f"tesseract-ocr-{each}" for each in unknown)
        return f"Tesseract does not know {', '.join(unknown)}: apt install {packages}"
    return ""


def recognise_page(file: PdfFile, number: int, languages: str) -> bytes:
    """A page of PDF with the words of page `number` of a file; raises LoadError."""
    width, _ = file.size(number)
    picture = file.picture(number, _DPI / 72, _MAX_PIXELS, is_grey=True)
    return _recognise(picture, languages, round(72 * picture.width / max(1.0, width)))


def recognise_picture(data: bytes, languages: str) -> bytes:
    """A PDF of the words in a picture file, a page for each of its frames; raises LoadError."""
    from PIL import Image, ImageSequence, UnidentifiedImageError
    from pypdf import PdfWriter

    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS * 4  # more is refused as a bomb
    written = PdfWriter()
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as picture:
            warnings.simplefilter("ignore")  # remarks on odd palettes
            for frame in ImageSequence.Iterator(picture):
                shown = frame.convert("L")
                shown.thumbnail((8_000, 8_000))
                written.append(io.BytesIO(_recognise(shown, languages, _DPI)))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise LoadError(f"damaged picture: {' '.join(str(error).split())[:120]}") from error
    buffer = io.BytesIO()
    written.write(buffer)
    return buffer.getvalue()


def _recognise(picture: Image, languages: str, dpi: int) -> bytes:
    import pytesseract

    options = f"--dpi {dpi} -c textonly_pdf=1"
    try:
        found = pytesseract.image_to_pdf_or_hocr(
            picture, lang=languages, config=options, extension="pdf", timeout=_TIMEOUT_S
        )
    except (pytesseract.TesseractError, RuntimeError) as error:
        raise LoadError(f"OCR failed: {' '.join(str(error).split())[:120]}") from error
    return bytes(found)
