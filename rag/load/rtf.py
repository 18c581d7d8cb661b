"""Rich text (.rtf) through striprtf: its words, paragraph by paragraph.

Rich text names no headings and notes that another program could rely on; they are found as in
plain text.
"""

from __future__ import annotations

from striprtf.striprtf import rtf_to_text

from rag.errors import LoadError
from rag.load.pieces import Piece
from rag.load.text import read_text


def read_rtf(data: bytes) -> list[Piece]:
    """The pieces of a rich text file; raises LoadError."""
    try:
        text = rtf_to_text(  # type: ignore[no-untyped-call]
            data.decode("latin-1"), encoding="cp1252", errors="replace"
        )
    except (ValueError, LookupError, IndexError, TypeError, RecursionError) as error:
        raise LoadError(f"damaged rich text file: {type(error).__name__}") from error
    return read_text(text.replace("\0", ""), is_markdown=False)
