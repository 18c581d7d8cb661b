"""The quotations in a paragraph: what stands between quotation marks, of whatever kind.

1. A mark opens where a space, an opening bracket or nothing stands before it and no space after;
   it closes the other way round. Marks that can only open or close (“ „ «) are taken at their
   word, where that makes a pair. French marks may have spaces inside.
2. The outermost pair counts; inner ones are part of the words. An apostrophe is no mark: a single
   one closes only where no letter follows.
3. A mark that is never closed runs to the end of its paragraph: so do quotations of several.
4. What an editor put in, "[...]", "…" and words in square brackets, parts a quotation into
   fragments. A single letter in brackets ("[T]he") is part of its word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

GapKind = Literal["ellipsis", "brackets"]

_PAIRS = {
    "“": '”“"',
    "„": '“”"',
    "‟": "”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "›": "‹",
    "‘": "’'",
    "‚": "‘’",
    '"': '"”',
    "'": "'’",
    "”": "”",
    "「": "」",
    "『": "』",
}
_SINGLE = "‘‚'"
_SURE = "“„«‹‘‚‟「『"  # that open even between letters and spaces, as « with its own space
_MARK = re.compile("[" + re.escape("".join(_PAIRS)) + "]")
_BEFORE = re.compile(r"[\s(\[{—–/:-]")
_GAP = re.compile(
    r"(?P<ellipsis>[\[(]\s*(?:…|\.\s?\.\s?\.(?:\s?\.)?)\s*[\])]|…|\.\s?\.\s?\.(?:\s?\.)?)"
    r"|(?P<brackets>\w*(?!\[\w\]\w)\[[^\[\]]{1,200}\]\w*)"
)
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Quotation:
    """What stands between quotation marks at `start:end` of its paragraph, the marks left out."""

    start: int
    end: int
    is_closed: bool = True


@dataclass(frozen=True, slots=True)
class Fragments:
    """The stretches of a quotation between what its editor put in, and of what kind that is."""

    texts: tuple[str, ...]
    gaps: tuple[GapKind, ...]  # one fewer than `texts`
    signs: frozenset[GapKind] = frozenset()  # of all that was put in, at the ends too


def quotations(text: str) -> list[Quotation]:
    """The outermost quotations in a paragraph, in order."""
    found = []
    at = 0
    while mark := _MARK.search(text, at):
        at = mark.end()
        if not _opens(text, mark.start()):
            continue
        end = _closing(text, mark.start())
        if end is None:
            if mark[0] not in "“„«" or not _WORD.search(text, mark.end()):
                continue
            found.append(Quotation(mark.end(), len(text), is_closed=False))
            break
        if _WORD.search(text, mark.end(), end):
            found.append(Quotation(mark.end(), end))
        at = end + 1
    return found


def _opens(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] in _SURE:
        return text[at] not in _SINGLE or not before or not before.isalnum()
    is_free = not before or bool(_BEFORE.match(before)) or before in _PAIRS
    return is_free and bool(after) and not after.isspace()


def _closing(text: str, opened: int) -> int | None:
    """Where the mark that was opened closes; None where it does not."""
    mark = text[opened]
    depth, inner, fallback = 1, 0, None
    for at in range(opened + 1, len(text)):
        letter = text[at]
        is_plain = letter == '"' and mark != '"'  # may be a pair inside of another kind's
        if letter in _PAIRS[mark] and _closes(text, at, mark):
            if is_plain and inner:
                inner -= 1
            elif mark in _SINGLE and text[at - 1] == "s" and text[at + 1 : at + 2] == " ":
                fallback = fallback or at  # perhaps "workers' rights"
            else:
                depth -= 1
                if not depth:
                    return at
        elif (letter == mark or is_plain or letter in _PAIRS[mark]) and _opens(text, at):
            inner += is_plain
            depth += not is_plain
    return fallback


def _closes(text: str, at: int, mark: str) -> bool:
    before, after = text[at - 1], text[at + 1 : at + 2]
    if mark in _SINGLE:
        return not before.isspace() and not after.isalnum()
    if text[at] in "»«›‹」』":
        return True
    return not before.isspace() and not (text[at] == '"' and after.isalnum())


def fragments(text: str, *, has_brackets: bool = True) -> Fragments:
    """The fragments of a quotation; without gaps the quotation itself.

    Unless it `has_brackets` of its editor's, those in it are words like others.
    """
    cuts: list[tuple[int, int, GapKind]] = [
        (each.start(), each.end(), "ellipsis" if each["ellipsis"] else "brackets")
        for each in _GAP.finditer(text)
        if has_brackets or each["ellipsis"]
    ]
    edges = [(0, 0), *((start, end) for start, end, _ in cuts), (len(text), len(text))]
    parts = [text[one[1] : other[0]] for one, other in pairwise(edges)]
    kinds = [kind for _, _, kind in cuts]
    return Fragments(*_with_words(parts, kinds), frozenset(kinds))


def _with_words(
    parts: list[str], kinds: list[GapKind]
) -> tuple[tuple[str, ...], tuple[GapKind, ...]]:
    """Only parts that have words; gaps that then stand together count as the wider one."""
    texts: list[str] = []
    gaps: list[GapKind] = []
    waiting: list[GapKind] = []
    for part, kind in zip(parts, [*kinds, None], strict=True):
        if _WORD.search(part):
            if texts:
                gaps.append("ellipsis" if "ellipsis" in waiting else "brackets")
            texts.append(part)
            waiting = []
        if kind is not None:
            waiting.append(kind)
    return tuple(texts), tuple(gaps)


def without(text: str, cut: list[Quotation]) -> Iterator[tuple[int, int]]:
    """The stretches of a paragraph that stand outside its quotations."""
    at = 0
    for each in cut:
        yield at, each.start
        at = each.end
    yield at, len(text)
