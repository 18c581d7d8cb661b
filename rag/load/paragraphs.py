"""Numbers of paragraphs, where a document numbers its paragraphs: "12", "16 (b)", "3.2.1".

1. Plain numbers ("12.", "12)", "(12)") make sequences that count on by one; several can be open at
   a time (an annex, a list within), and a stray number ("2010.") is a sequence of its own. A
   sequence may skip a number or two that was not recognised.
2. A document numbers its paragraphs if sequences of long paragraphs take up much of its text; what
   belongs to other sequences, or follows a line that introduces it ("... questions:"), is a list.
3. A decimal number counts if it follows from those before it, headings included: 3.2.1 opens 3.2,
   3.2.2 follows.
4. Items "(a)", "(i)" under a numbered paragraph are numbered after it: "16 (b) (ii)". A level has
   one style, and "(i)" after "(h)" is a letter unless "(ii)" follows. Bullets have its number too.
5. A heading ends the paragraph above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from rag.load.lists import item_number, number_text
from rag.load.pieces import Piece

_MIN_SEQUENCE = 2
_LONG_SEQUENCE = 5
_MAX_LIST = 15  # items of a list with a line that introduces it
_MIN_MEDIAN = 90  # characters of a sequence's paragraphs
_MIN_LENGTH = 500  # characters of them all
_MIN_SHARE = 0.3  # of a document's text that such sequences take up
_MIN_SHARE_LONG = 0.15  # if one is long
_MAX_SKIPPED = 2
_MAX_OPEN = 8
_MIN_DECIMALS = 3
_MIN_CLAUSE = 60
_DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{1,3}){1,4})\.?\s+(?=[^\W\d_]|[\"“‘«(])")
_ROMAN = {number_text(n, "i"): n for n in range(1, 40)}


@dataclass(slots=True)
class _Sequence:
    style: str  # the label with its digits hidden: "#.", "(#)"
    last: int
    places: list[int] = field(default_factory=list)


def paragraph_numbers(pieces: Sequence[Piece]) -> list[str]:
    """The number of each piece; empty where it has none."""
    texts = [" ".join(piece.body_text.split()) if _is_text(piece) else "" for piece in pieces]
    numbers = _decimals(pieces, texts) or _plain(pieces, texts)
    made = [""] * len(pieces)
    under = _Under()
    for at, piece in enumerate(pieces):
        if piece.kind == "heading":
            under = _Under()
        elif at in numbers:
            under = _Under(numbers[at])
            rest = texts[at].partition(" ")[2]
            label = item_number(rest) if rest.startswith("(") else ""
            made[at] = under.add(label, "") if label else under.base
        elif texts[at] and under.base:
            label = item_number(texts[at])
            if label and not label.strip("().").isdecimal():
                made[at] = under.add(label, _next_label(texts, at))
            elif piece.kind == "list_item":
                made[at] = under.number
    return made


def _is_text(piece: Piece) -> bool:
    return piece.kind in ("paragraph", "list_item")


def _plain(pieces: Sequence[Piece], texts: Sequence[str]) -> dict[int, str]:
    """Plain numbers by place, if the document numbers its paragraphs."""
    chosen = [each for each in _sequences(texts) if _is_of_paragraphs(each, texts)]
    starts = {at for each in chosen for at in each.places}
    taken = whole = 0
    is_under = False
    for at, piece in enumerate(pieces):
        is_under = at in starts or (is_under and piece.kind == "list_item")
        whole += len(texts[at])
        taken += len(texts[at]) if is_under else 0
    is_long = any(len(each.places) >= _LONG_SEQUENCE for each in chosen)
    if taken < whole * (_MIN_SHARE_LONG if is_long else _MIN_SHARE):
        return {}
    return {at: item_number(texts[at]).strip("().") for at in starts}


def _is_of_paragraphs(sequence: _Sequence, texts: Sequence[str]) -> bool:
    lengths = [len(texts[at]) for at in sequence.places]
    is_long = median(lengths) >= _MIN_MEDIAN and sum(lengths) >= _MIN_LENGTH
    first = sequence.places[0]
    is_introduced = first > 0 and texts[first - 1].endswith(":") and len(lengths) <= _MAX_LIST
    return len(lengths) >= _MIN_SEQUENCE and is_long and not is_introduced


def _sequences(texts: Sequence[str]) -> list[_Sequence]:
    """Pieces with plain numbers, in sequences that count on."""
    every: list[_Sequence] = []
    recent: list[_Sequence] = []  # the last one used at the end
    for at, text in enumerate(texts):
        label = item_number(text)
        digits = label.strip("().")
        if not digits.isdecimal():
            continue
        style, number = label.replace(digits, "#"), int(digits)
        found = _continued(recent, style, number)
        if found is None:
            found = _Sequence(style, number)
            every.append(found)
        else:
            recent.remove(found)
        found.last = number
        found.places.append(at)
        recent = [*recent, found][-_MAX_OPEN:]
    return every


def _continued(recent: list[_Sequence], style: str, number: int) -> _Sequence | None:
    own = [each for each in reversed(recent) if each.style == style]
    for step in range(1, _MAX_SKIPPED + 2):
        for each in own:
            if each.last + step == number and (step == 1 or number > step + 1):
                return each
    return None


def _decimals(pieces: Sequence[Piece], texts: Sequence[str]) -> dict[int, str]:
    """Decimal numbers of clauses by place, where each follows from those before it."""
    seen: dict[tuple[int, ...], int] = {}
    found: dict[int, str] = {}
    for at, piece in enumerate(pieces):
        is_heading = piece.kind == "heading"
        match = _DECIMAL.match(piece.body_text if is_heading else texts[at])
        if not match:
            continue
        *parents, last = map(int, match[1].split("."))
        above = tuple(parents)
        if last in (1, seen.get(above, 0) + 1):
            seen[above] = last
            if not is_heading and len(texts[at]) >= _MIN_CLAUSE:
                found[at] = match[1]
    return found if len(found) >= _MIN_DECIMALS else {}


def _next_label(texts: Sequence[str], at: int) -> str:
    following: Iterator[str] = (item_number(text) for text in texts[at + 1 : at + 6])
    return next(filter(None, following), "")


@dataclass(slots=True)
class _Under:
    """The items open under a numbered paragraph, from the outermost."""

    base: str = ""
    labels: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        return " ".join((self.base, *(f"({label})" for label in self.labels)))

    def add(self, label: str, following: str) -> str:
        """The number of an item with this label, `following` being the next item's."""
        name = label.strip("().")
        style = self._style(name, following.strip("()."))
        depth = self.styles.index(style) if style in self.styles else len(self.styles)
        self.labels[depth:] = [name]
        self.styles[depth:] = [style]
        return self.number

    def _style(self, name: str, following: str) -> str:
        """Whether a label is a letter or a Roman number here."""
        if name not in _ROMAN:
            return "a"
        before = dict(zip(self.styles, self.labels, strict=True))
        is_next_letter = len(name) == 1 and before.get("a") == chr(ord(name) - 1)
        is_roman = len(name) > 1 or "i" in before or (name == "i" and following == "ii")
        if is_next_letter and not (is_roman and following in _ROMAN and len(following) > 1):
            return "a"
        return "i" if is_roman or name == "i" else "a"
