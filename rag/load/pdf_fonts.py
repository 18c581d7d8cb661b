"""Fonts of PDF files: from the bytes of a string to its characters and their widths."""

from __future__ import annotations

import re
from typing import Any

from pypdf.errors import PyPdfError
from pypdf.generic._font import Font  # no public way to decode strings and measure them

_BOLD = re.compile(r"bold|black|heavy|demi(?!-?light)|semibd", re.IGNORECASE)


class Face:
    """A font's way from bytes to text and widths."""

    def __init__(self, font: Font) -> None:
        """Wrap a font of pypdf."""
        self._font = font
        self._cache: dict[Any, tuple[str, float]] = {}
        self.is_bold = bool(_BOLD.search(font.name))
        self.space_width = font.space_width / 1000

    def measure(self, data: bytes) -> list[tuple[str, float, bool]]:
        """Of each character: its text, its width in ems, and whether it is the space code."""
        font = self._font
        if isinstance(font.encoding, str):
            codes: Any = data.decode(font.encoding, "replace")
        else:
            codes = data
        return [(*self._character(code), code in (32, " ")) for code in codes]

    def _character(self, code: int | str) -> tuple[str, float]:
        found = self._cache.get(code)
        if found is None:
            font = self._font
            raw = chr(code) if isinstance(code, int) else code
            name = (
                font.encoding.get(code, raw)
                if isinstance(font.encoding, dict) and isinstance(code, int)
                else raw
            )
            text = "".join(str(font.character_map.get(c, c)) for c in name)
            width = font.space_width if raw == font.space_char else font.get_text_width(raw)
            found = self._cache[code] = (text, width / 1000)
        return found


class FaceCache:
    """The faces of a file, each read once."""

    def __init__(self) -> None:
        """Start empty."""
        self._faces: dict[int, tuple[Any, Face | None]] = {}  # the resource keeps its id taken

    def face(self, resource: Any) -> Face | None:
        """The face of a font resource; None if it cannot be read."""
        key = resource.idnum if hasattr(resource, "idnum") else id(resource)
        if key not in self._faces:
            self._faces[key] = (resource, _read_face(resource))
        return self._faces[key][1]


def _read_face(resource: Any) -> Face | None:
    try:
        return Face(Font.from_font_resource(resource.get_object()))
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError):
        return None
