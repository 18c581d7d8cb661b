"""Which way a text runs, so that Arabic or Hebrew words stand as their readers expect."""

from __future__ import annotations

import unicodedata


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that tells a direction runs from right to left (UAX 9, rule P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False
