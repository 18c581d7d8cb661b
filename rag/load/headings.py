"""Headings: those that the format knows, and those that only look like one.

1. A paragraph, or an item that stands alone in its list, looks like a heading if it is short,
   does not end like a sentence, and is numbered in the way of headings ("II. OBJECTIVES",
   "3.2 Scope"), or in capitals, or bold throughout. A bold line that starts with a time of day is
   a session of an agenda. Consecutive numbered lines are a list and not headings. In a text that
   has no known headings but a title, short lines without a stop between longer text are taken too.
2. Known headings that count on (1., 2., 3.) get the same level: the highest that one of them has.
3. A look-alike comes below the last known heading. Among themselves look-alikes are nested by
   first appearance of their style; one that repeats a known heading but for its digits
   ("Day 1", "Day 2") has that one's level.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag.load.lists import number_text
from rag.load.pieces import Piece

_MAX_WORDS = 14
_MAX_BOLD_WORDS = 24
_MAX_SESSION_WORDS = 40
_MAX_PLAIN_WORDS = 9
_MAX_PLAIN_RUN = 2
_LEADERS = re.compile(r"\.{4,}|…\s*\d+\Z")  # an entry of a table of contents
_SESSION = re.compile(r"\d{1,2}[.:]\d{2}\s*[-–—]\s*\d{1,2}[.:]\d{2}\s+\S")
_STYLES = {
    "part": re.compile(
        r"(?:PART|Part|CHAPTER|Chapter|ANNEX|Annex|Appendix|APPENDIX)\s+[IVXLC\dA-Z]+\b"
    ),
    "decimal4": re.compile(r"(?:\d{1,2}\.){3,}\d{0,2}\s+\S"),
    "decimal3": re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,2}\.?\s+\S"),
    "decimal2": re.compile(r"\d{1,2}\.\d{1,2}\.?\s+\S"),
    "decimal1": re.compile(r"\d{1,2}[.)]\s+\S"),
    "roman": re.compile(r"[IVX]{1,5}[.)]\s+\S"),
    "letter": re.compile(r"[A-Z][.)]\s+\S"),
}
_COUNTED = re.compile(r"(\d{1,2}|[IVX]{1,5})[.)]?\s+\S")
_LISTED = re.compile(r"[.;,:?!…]\s*\Z|\b(?:and|or)\Z")
_ROMAN = {number_text(n, "I"): n for n in range(1, 40)}


def find_headings(pieces: list[Piece]) -> list[Piece]:
    """The pieces with look-alike headings made headings, and with levels that nest."""
    styles = [_style(pieces, at) for at in range(len(pieces))]
    if sum(piece.kind == "heading" for piece in pieces) <= 1:
        _mark_plain(pieces, styles)
    leveled = _with_chains_level(pieces)
    return _nest(leveled, styles)


def _style(pieces: list[Piece], at: int) -> str:
    """The style of the heading that a piece looks like, or nothing."""
    piece = pieces[at]
    text = " ".join(piece.body_text.split())
    words = text.split()
    if piece.kind not in ("paragraph", "list_item") or not words or len(words) > _MAX_SESSION_WORDS:
        return ""
    if _LEADERS.search(text):
        return ""
    is_bold = piece.is_bold
    if is_bold and _SESSION.match(text):
        return "session"
    if at + 1 == len(pieces) or text[0] in "([\"“‘'" or text.endswith((",", ";", ":")):
        return ""
    return _numbered_style(pieces, at, text, is_bold) or _look(piece, text, is_bold)


def _mark_plain(pieces: list[Piece], styles: list[str]) -> None:
    """Give a style to short lines that stand between longer text; a title block is left alone."""
    at = 1
    while at < len(pieces):
        end = at
        while end < len(pieces) and not styles[end] and _is_short_line(pieces[end]):
            end += 1
        is_run = 0 < end - at <= _MAX_PLAIN_RUN and end < len(pieces)
        is_after_text = not styles[at - 1] and _is_long(pieces[at - 1])
        if is_run and is_after_text and (styles[end] or _is_long(pieces[end])):
            styles[at:end] = ["plain"] * (end - at)
        at = max(end, at + 1)


def _is_short_line(piece: Piece) -> bool:
    text = piece.body_text
    is_title = text[:1].isupper() and text[-1:].isalnum() and len(text.split()) <= _MAX_PLAIN_WORDS
    is_name = text.isupper() or len(text) < 5  # "ILO, UNICEF, UNDP"
    return piece.kind == "paragraph" and not piece.size and is_title and not is_name


def _is_long(piece: Piece) -> bool:
    """Whether a piece is running text, or belongs to a list or table."""
    text = piece.body_text
    if piece.kind == "heading":
        return False
    return piece.kind != "paragraph" or text.endswith((".", ":", "?")) or len(text.split()) > 14


def _numbered_style(pieces: list[Piece], at: int, text: str, is_bold: bool) -> str:
    name = next((name for name, pattern in _STYLES.items() if pattern.match(text)), "")
    title = re.sub(r"^\S+\s+", "", text)
    if not name or len(text.split()) > _MAX_WORDS or not title[:1].isupper():
        return ""
    if _LISTED.search(text) and not (is_bold or title.isupper()):
        return ""
    neighbours = [pieces[i] for i in (at - 1, at + 1) if 0 <= i < len(pieces)]
    is_listed = _is_in_list(pieces, at) or any(_is_sibling(text, name, o) for o in neighbours)
    return "" if is_listed and not title.isupper() else name


def _is_sibling(text: str, name: str, other: Piece) -> bool:
    """Whether a neighbour is numbered alike, which makes both items of a list."""
    return other.kind != "heading" and bool(_STYLES[name].match(other.body_text))


def _is_in_list(pieces: list[Piece], at: int) -> bool:
    """Whether an item comes after an item, or has items below it."""
    if pieces[at].kind != "list_item":
        return False
    before, after = pieces[at - 1] if at else None, pieces[at + 1] if at + 1 < len(pieces) else None
    is_later = before is not None and before.kind == "list_item"
    return is_later or (
        after is not None and after.kind == "list_item" and after.level > pieces[at].level
    )


def _look(piece: Piece, text: str, is_bold: bool) -> str:
    words = text.split()
    letters = [c for c in text if c.isalpha()]
    is_caps = len(letters) >= 5 and text.isupper() and len(words) <= _MAX_WORDS
    if piece.kind != "paragraph" or text.endswith("."):
        return ""
    if is_caps and (len(words) > 1 or len(letters) > 6):
        return "capitals"
    return "bold" if is_bold and len(words) <= _MAX_BOLD_WORDS and len(letters) >= 3 else ""


def _with_chains_level(pieces: list[Piece]) -> list[Piece]:
    """Give known headings that count on the same level."""
    chain: list[int] = []
    made = list(pieces)
    for at, piece in enumerate(pieces):
        number = _number(piece) if piece.kind == "heading" else 0
        if not number:
            continue
        if not chain or number != _number(pieces[chain[-1]]) + 1:
            _level_chain(made, chain)
            chain = []
        chain.append(at)
    _level_chain(made, chain)
    return made


def _number(piece: Piece) -> int:
    match = _COUNTED.match(piece.body_text)
    if not match:
        return 0
    return _ROMAN.get(match[1], 0) or (int(match[1]) if match[1].isdecimal() else 0)


def _level_chain(pieces: list[Piece], chain: list[int]) -> None:
    levels = [pieces[at].level for at in chain if pieces[at].level]
    for at in chain:
        pieces[at] = replace(pieces[at], level=min(levels, default=pieces[at].level))


def _nest(pieces: list[Piece], styles: list[str]) -> list[Piece]:
    """Give every look-alike its level."""
    base = 0
    stack: list[str] = []
    levels: dict[str, int] = {}
    made = []
    for piece, style in zip(pieces, styles, strict=True):
        if piece.kind == "heading":
            base, stack = piece.level or 1, []
            levels[_without_digits(piece)] = base
            made.append(replace(piece, level=base))
            continue
        if style:
            repeated = levels.get(_without_digits(piece), 0)
            if repeated:
                base, stack = repeated, []
            else:
                stack = [*stack[: stack.index(style)], style] if style in stack else [*stack, style]
            piece = piece.with_kind("heading", level=repeated or base + len(stack))
        made.append(piece)
    return made


def _without_digits(piece: Piece) -> str:
    """A heading's words with its digits hidden; unique where there are no digits."""
    text = piece.body_text
    return re.sub(r"\d+", "#", text) if re.search(r"\d", text) else f"={text}"
