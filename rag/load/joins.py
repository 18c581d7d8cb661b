"""Paragraphs broken by a page turn, a column, a rule or a note are made whole again.

1. A paragraph that starts in lower case continues the text before it, if that is open: it ends
   without a full stop, colon or the like.
2. What it continues is the piece right before it when that runs on (a PDF line that fills its
   column at the page's end), else the last piece that is not a note; the notes passed over follow
   the joined paragraph.
3. A piece that runs on is also continued by a paragraph that starts with a capital.
4. Headings and table rows neither continue nor are continued.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag.load.lists import starts_item
from rag.load.pieces import Piece, Run

_CLOSED = re.compile(r"[.:;!?…。:;!?][\"'”’»)\]]*\Z")
_LOWER = re.compile(r"[\"'“‘«(\[]*[^\W\d_A-Z]")
_MIN_OPEN_WORDS = 5


def join_broken(pieces: list[Piece]) -> list[Piece]:
    """The pieces with broken paragraphs joined."""
    joined: list[Piece] = []
    for piece in pieces:
        at = _continued(joined, piece)
        if at is None:
            joined.append(piece)
        else:
            joined[at] = _join(joined[at], piece)
    return joined


def _continued(joined: list[Piece], piece: Piece) -> int | None:
    """The index of the piece that `piece` continues."""
    text = piece.body_text
    if not joined or piece.kind != "paragraph" or not text or starts_item(text):
        return None
    last = len(joined) - 1
    is_lower = _starts_lower(text)
    body = next((i for i in range(last, -1, -1) if joined[i].kind != "note"), None)
    for at in dict.fromkeys((last, body)):
        if at is None or joined[at].kind not in ("paragraph", "list_item", "note"):
            continue
        before = joined[at]
        is_like = _same_size(before, piece) and (is_lower or before.is_bold == piece.is_bold)
        if before.runs_on and _is_open(before) and is_like:
            return at
        if at == body and is_lower and _is_open(before) and _is_prose(before):
            return at
    return None


def _starts_lower(text: str) -> bool:
    match = _LOWER.match(text)
    return bool(match) and text[match.end() - 1].islower() if match else False


def _is_open(piece: Piece) -> bool:
    text = piece.body_text
    if piece.kind == "list_item" and text.endswith(","):
        return piece.runs_on
    return bool(text) and not _CLOSED.search(text)


def _is_prose(piece: Piece) -> bool:
    return len(piece.body_text.split()) >= _MIN_OPEN_WORDS


def _same_size(one: Piece, other: Piece) -> bool:
    return abs(one.size - other.size) < 0.6


def _join(before: Piece, after: Piece) -> Piece:
    is_tight = before.ends_in_word or re.search(r"[^\W\d_]-\Z", before.body_text)
    gap = "" if is_tight else " "
    runs = (*before.runs, Run(gap, page=after.runs[0].page), *after.runs)
    return replace(before, runs=runs, runs_on=after.runs_on, ends_in_word=after.ends_in_word)
