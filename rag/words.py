"""Text made ready for the lexical index: what its analysers cannot do by themselves.

1. "U.N." is UN, "10,000" is 10000, "the children's" is the children.
2. A hyphen after a prefix that is no word of its own goes ("co-operation"); parted by any other
   hyphen are words ("decision-making"). The other form is put beside the text, at its end, so that
   each finds both and words that stand side by side still do.
3. English words get one spelling (`rag/british.py`). An Arabic "and" that is written together with
   the article goes; the stemmer does not know it.
4. A run of a script without spaces becomes overlapping pairs of characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from rag.british import one_spelling

_PREFIXES = frozenset(
    "agro anti bi bio co cyber e eco geo hydro infra inter intra macro micro multi neo non pre "
    "pseudo re semi socio sub tele trans tri".split()
)
_MIN_LETTERS = 4  # of what stands behind a prefix, to be a word by itself too
_MAX_JOINED = 40
# Chinese, Japanese, Thai, Lao and Khmer set no spaces between words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_INITIALS = re.compile(r"(?<![\w.])(?:[A-Z]\.){2,8}(?![\w])")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?!\d|,\d)")
_NO_DIGIT = re.compile(r"\D")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_ARABIC_AND = re.compile("(?<!\\w)[\u0648\u0641](?=\u0627\u0644\\w{3})")
_HYPHENATED = re.compile(r"(?<![^\W\d_])[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)+")
_HYPHEN = re.compile("[-\u2010\u2011]")
_ENGLISH_WORD = re.compile(r"(?<![^\W\d_])[a-z]{4,}(?![^\W\d_])")
_WORD = re.compile(r"\w+(?:[-\u2010\u2011]\w+)*")
_WRITTEN = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text in lower case, ready for an analyser, and other forms of words in it."""

    running: str
    beside: str = ""


def prepare(text: str, is_english: bool) -> Prepared:
    """`text` ready for an analyser; only the words of `running` stand side by side as written."""
    text = _INITIALS.sub(lambda found: found[0].replace(".", ""), text.replace("\u00ad", ""))
    text = _THOUSANDS.sub(lambda found: _NO_DIGIT.sub("", found[0]), text.lower())
    beside: list[str] = []
    text = _HYPHENATED.sub(lambda found: _parted(found[0], beside), text)
    other = " ".join(beside)
    if is_english:
        text = _POSSESSIVE.sub("", text)
        text, other = _in_one_spelling(text), _in_one_spelling(other)
    if text.isascii():
        return Prepared(text, other)
    return Prepared(_in_pairs(_ARABIC_AND.sub("", text)), other)


def words_as_written(text: str) -> set[str]:
    """The words of `text` as written, by which misspelt ones are known; at least four letters."""
    if not text.isascii():
        text = _UNSPACED.sub(" ", text)
    return set(_WRITTEN.findall(text))


def find_words(text: str) -> list[tuple[int, int]]:
    """The places of the words of `text`, those with hyphens whole."""
    return [found.span() for found in _WORD.finditer(text)]


def _parted(word: str, beside: list[str]) -> str:
    """How a hyphenated word stands in the text; other forms of it are added to `beside`."""
    first, *rest = _HYPHEN.split(word)
    whole = "".join((first, *rest))
    if len(whole) > _MAX_JOINED:
        return word
    if first not in _PREFIXES:
        beside.append(whole)
        return word
    beside += [part for part in rest if len(part) >= _MIN_LETTERS]
    return whole


def _in_one_spelling(text: str) -> str:
    return _ENGLISH_WORD.sub(lambda found: one_spelling(found[0]), text)


def _in_pairs(text: str) -> str:
    return _UNSPACED.sub(
        lambda run: f" {' '.join(map(''.join, pairwise(run[0]))) or run[0]} ", text
    )
