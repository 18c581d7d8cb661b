"""Words reduced to letters and digits, and one row of letters looked for in another."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

NEAR = 12  # letters that may stand between two stretches: markers, a number in the margin


class Letters(NamedTuple):
    """Letters and digits of a page or a text, folded."""

    text: str
    at: list[int]  # of each letter: the index of its character


def fold(characters: Iterable[tuple[int, str]]) -> Letters:
    """Letters and digits alone, without case and accents."""
    letters, at_each = [], []
    for at, character in characters:
        for each in unicodedata.normalize("NFKD", character).casefold():
            if each.isalnum():
                letters.append(each)
                at_each.append(at)
    return Letters("".join(letters), at_each)


def fold_text(text: str, start: int, end: int) -> str:
    """The letters and digits of a stretch."""
    return fold(enumerate(text[start:end])).text


def places(text: str, letters: str) -> list[int]:
    """Where `letters` stand in `text`."""
    found, at = [], text.find(letters)
    while at >= 0:
        found.append(at)
        at = text.find(letters, at + 1)
    return found


def longest_prefix(wanted: str, at: int, text: str, latest: int) -> int:
    """How many letters of `wanted` from `at` on stand in `text`, beginning at `latest` at most."""
    low, high = 0, len(wanted) - at
    while low < high:
        middle = (low + high + 1) // 2
        if text.find(wanted[at : at + middle], 0, latest + middle) >= 0:
            low = middle
        else:
            high = middle - 1
    return low


def followed(wanted: str, text: str) -> int:
    """How many letters of `wanted` the start of `text` has in order, little standing between."""
    at = last = 0
    while at < len(wanted):
        near = text[last : last + NEAR + len(wanted) - at]
        length = longest_prefix(wanted, at, near, NEAR)
        if length < 3:
            break
        last += near.index(wanted[at : at + length]) + length
        at += length
    return at
