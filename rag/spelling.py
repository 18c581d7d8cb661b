"""Misspelt words of a question, and the nearest word that the library has.

1. A word is looked up where it is not known, unless it is short, an acronym, or has a digit or a
   mark in it.
2. The nearest word starts with the same letter, or with the first two swapped, and is at most one
   edit away (a letter more, less, other, or two neighbours swapped: Damerau 1964), two from eight
   letters on.
3. Of several the nearest wins, then the one in most passages; a name keeps its capital. A word that
   only asks or glues is none of them.

Distances by rapidfuzz, which compares a word with 10,000 others in a millisecond; tantivy finds
near words too, but does not say which they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.records import Correction
from rag.rewrite import subject_words

_MIN_LETTERS = 4
_LONG = 8
_SMALL_SHARE = 4  # a word written small in a fourth as many passages as with a capital is no name
_MAX_WORDS = 50  # looked up in one question
_WORD = re.compile(r"(?<![\w./])[^\W\d_]{4,30}(?![\w/])")

# "(stem)(ending)"; before "s" no other, and a letter is doubled behind a single vowel only.
_INFLECTED = (re.compile(r"([a-z]{3,})(ing|ed|er|ly)"), re.compile(r"([a-z]{2,}[^s])(s)"))
_DOUBLED = re.compile(r"[^aeiou][aeiou]([bdgmnprt])\1$")

WordsFrom = Callable[[str], Mapping[str, int]]


def find_corrections(
    text: str, is_known: Callable[[str], bool], words_from: WordsFrom
) -> tuple[Correction, ...]:
    """The misspelt words of a question, each once, in order.

    `is_known` says whether a word is right as it is; `words_from` gives the library's words with a
    first letter, each with the number of passages that have it.
    """
    shouted = text.isupper()
    words = dict.fromkeys(_WORD.findall(text))
    found = []
    for word in list(words)[:_MAX_WORDS]:
        is_acronym = word.isupper() and not shouted
        if is_acronym or not subject_words(word) or is_known(word):
            continue
        if instead := nearest_word(word, words_from):
            found.append(Correction(word, instead))
    return tuple(found)


def nearest_word(word: str, words_from: WordsFrom) -> str:
    """The library's word nearest to `word`, as it is written there; or nothing."""
    asked = word.lower()
    most = 1 if len(asked) < _LONG else 2
    held = {**words_from(asked[0]), **_swapped(asked, words_from)}
    words = [each for each in held if abs(len(each) - len(asked)) <= most]
    lower = [each.lower() for each in words]
    near = process.extract(asked, lower, scorer=OSA.distance, score_cutoff=most, limit=None)
    ranked = [(distance, -held[words[at]], words[at]) for _, distance, at in near]
    nearest = next((found for *_, found in sorted(ranked) if subject_words(found)), "")
    small = nearest.lower()
    is_name = held.get(small, 0) * _SMALL_SHARE < held.get(nearest, 0)
    return small if word.islower() and not is_name else nearest


def uninflected(word: str) -> Iterator[str]:
    """Words of which `word` may be a regular English form: "forbidding" of forbid."""
    for found in filter(None, (each.fullmatch(word.lower()) for each in _INFLECTED)):
        stem = found[1]
        yield stem
        if found[2] != "s":
            yield f"{stem}e"
        if _DOUBLED.search(stem):
            yield stem[:-1]


def _swapped(asked: str, words_from: WordsFrom) -> dict[str, int]:
    """Words that start as `asked` does, but with its first two letters swapped."""
    if asked[0] == asked[1]:
        return {}
    start = asked[1] + asked[0]
    return {
        each: passages
        for each, passages in words_from(asked[1]).items()
        if each[:2].lower() == start
    }
