"""Pictures of text to text: pages are rendered by pypdfium2 and recognised by Tesseract.

pytesseract is the extra `ocr`; Tesseract itself is a program of the system. Without them pictures
are reported as needing OCR. What comes back is a page of PDF with the recognised words at their
places and nothing else, so that one reader does for all pages.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rag.errors import LoadError

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument

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


@dataclass(frozen=True, slots=True)
class PictureOfPages:
    """A PDF file whose pages can be rendered."""

    file: PdfDocument

    def recognise(self, number: int, languages: str) -> bytes:
        """A page of PDF with the words of page `number`; raises LoadError."""
        page = self.file[number - 1]
        width, height = page.get_size()
        scale = min(_DPI / 72, (_MAX_PIXELS / max(1.0, width * height)) ** 0.5)
        picture = page.render(scale=scale, grayscale=True).to_pil()
        return _recognise(picture, languages, round(scale * 72))


@contextmanager
def open_pages(data: bytes) -> Iterator[PictureOfPages]:
    """The pages of a PDF file, to be recognised one by one; raises LoadError."""
    import pypdfium2

    try:
        file = pypdfium2.PdfDocument(data)
        yield PictureOfPages(file)
        file.close()
    except pypdfium2.PdfiumError as error:
        raise LoadError(f"cannot be rendered for OCR: {error}") from error


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
