"""List items, told by the mark at the front of a line or paragraph.

1. A bullet glyph is dropped: what it says is said by the block's kind.
2. A number or letter ("1.", "(a)", "iv)") is kept: people refer to it.
3. Capital letters and capital Roman numbers are more often headings or initials than items, so
   they make an item only where the format itself says that there is a list.
"""

from __future__ import annotations

import re

GLYPHS = "•·●▪■◦‣⁃∙○◉□▫➢➤►▶❖✓✔★◆◇⮚→\uf0b7\uf0a7\uf0d8\uf0fc\uf02d\uf076\uf0a8"
_BULLET = re.compile(rf"\s*(?:[{GLYPHS}]\s*|[-*+–—]\s+|o\t\s*|-(?=[A-Za-z]{{2}}))+(?=\S)")
_NUMBER = re.compile(
    r"\s*(?P<label>\((?:\d{1,3}|[a-z]|[ivx]{1,5})\)|(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)])"
    r"(?:\s+(?=\S)|(?=[A-Z][a-z]))"
)


def bullet_length(text: str) -> int:
    """How many characters at the front of `text` are bullet glyphs and the space around them."""
    match = _BULLET.match(text)
    return match.end() if match else 0


def item_number(text: str) -> str:
    """The number or letter at the front of an item ("2.", "(a)"), or nothing."""
    match = _NUMBER.match(text)
    return match["label"] if match else ""


def starts_item(text: str) -> bool:
    """Whether a line begins a list item."""
    return bool(bullet_length(text) or item_number(text))


def number_text(number: int, style: str) -> str:
    """A number as "3", "c", "C", "iii" or "III"."""
    if style in "aA" and number > 0:
        letters = ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(97 + rest) + letters
        return letters if style == "a" else letters.upper()
    if style in "iI" and 0 < number < 4000:
        return roman(number) if style == "I" else roman(number).lower()
    return str(number)


def roman(number: int) -> str:
    """A Roman numeral."""
    signs = zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    )
    text = ""
    for value, sign in signs:
        count, number = divmod(number, value)
        text += sign * count
    return text
