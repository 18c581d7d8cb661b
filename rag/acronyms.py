"""Acronyms and what they stand for, learnt from the documents themselves.

The method of Schwartz and Hearst ("A simple algorithm for identifying abbreviation definitions in
biomedical text", Pacific Symposium on Biocomputing, 2003):

1. Candidates are "long form (SF)" and "SF (long form)". A short form has 2 to 10 characters and
   starts with a letter or digit; here it also has two capitals, or one and a digit, and is neither
   a Roman number nor a document's symbol.
2. The long form has at most as many words as the short form has characters and five more, and at
   most twice as many.
3. Read from the end, each letter of the short form is found in the long form, the first at the
   start of a word; the shortest stretch that has them all is the long form.
4. It must be longer than the short form and not contain it.

A plural ("SDGs") is learnt as its singular. At question time either form brings the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.british import one_spelling

_MIN_CHARACTERS, _MAX_CHARACTERS = 2, 10
_MAX_BRACKETED = 160
_BEFORE = 240  # characters before a bracket in which a form may stand
_MAX_LEARNT = 1000  # of one document
_MAX_EXPANSIONS = 3  # of one form
_MAX_WORDS = 15  # of a long form, as by 2

_BRACKETED = re.compile(rf"\(([^()]{{{_MIN_CHARACTERS},{_MAX_BRACKETED}}})\)")
_FIRST_OF_SEVERAL = re.compile(r"[;,]\s")
_SHORT = re.compile(r"[^\W_][\w&./’'-]*(?: [^\W_][\w&./’'-]*)?")
_SHORT_AT_END = re.compile(r"(?<![\w&./’'-])[^\W_][\w&./’'-]{1,10}$")
_PLURAL = re.compile(r"(?<=[A-Z\d])[’']?s$")
_ROMAN = re.compile(r"[IVXLC]+")
_BORDER = re.compile(r"[.!?;:]\s+(?=[^\W\d_])|\n\s*\n|[()\[\]]")
_AROUND = " \t\n\"'“”‘’«»„,"
_ELISION = ("'", "’")  # "l'Organisation"
_TOKEN = re.compile(r"[^\W_][\w&./’'-]*")
_WORD = re.compile(r"\w+")

Key = tuple[str, ...]  # the words of a long form, whichever way spelt, without plurals


@dataclass(frozen=True, slots=True)
class Acronym:
    """A short form and what it stands for, as a document writes them."""

    short: str
    long: str


def learn_acronyms(text: str) -> tuple[Acronym, ...]:
    """The acronyms that a text explains, each once, in order."""
    found: dict[tuple[str, Key], Acronym] = {}
    for bracketed in _BRACKETED.finditer(text):
        before = _BORDER.split(text[max(0, bracketed.start() - _BEFORE) : bracketed.start()])[-1]
        inside = _FIRST_OF_SEVERAL.split(bracketed[1].strip(_AROUND))[0]
        acronym = _explained(" ".join(before.split()), " ".join(inside.split()))
        if acronym:
            found.setdefault((acronym.short, _key(acronym.long)), acronym)
            if len(found) == _MAX_LEARNT:
                break
    return tuple(found.values())


class Acronyms:
    """The acronyms of a library."""

    def __init__(self, learnt: Iterable[tuple[str, Acronym]]) -> None:
        """`learnt` are acronyms, each with the id of a document that explains it."""
        documents: dict[tuple[str, Key], set[str]] = defaultdict(set)
        written: dict[tuple[str, Key], list[str]] = defaultdict(list)
        for document_id, acronym in learnt:
            pair = acronym.short, _key(acronym.long)
            documents[pair].add(document_id)
            written[pair].append(acronym.long)
        order = sorted(documents, key=lambda pair: (-len(documents[pair]), pair))
        self._longs: dict[str, list[Key]] = defaultdict(list)
        self._shorts: dict[Key, list[str]] = defaultdict(list)
        for short, key in order:
            self._longs[short].append(key)
            self._shorts[key].append(short)
        self._lower = {short.lower(): short for short in sorted(self._longs)}
        self._written = {
            key: min(longs, key=lambda each: (-longs.count(each), each))
            for (_, key), longs in sorted(written.items())
        }

    def expand(self, text: str, is_word: Callable[[str], bool] = bool) -> tuple[str, ...]:
        """Further words for a question: the other form of each acronym that it has in one.

        `is_word` says of a form in lower case whether the library uses it as a word ("who"); one
        that it does not is taken for the acronym.
        """
        shorts = dict.fromkeys(self._shorts_in(text, is_word))
        keys = dict.fromkeys(self._keys_in(text))
        longs = [key for each in shorts for key in self._longs[each][:_MAX_EXPANSIONS]]
        others = [short for key in keys for short in self._shorts[key][:_MAX_EXPANSIONS]]
        found = [self._written[key] for key in longs if key not in keys]
        return tuple(dict.fromkeys((*found, *(each for each in others if each not in shorts))))

    def _shorts_in(self, text: str, is_word: Callable[[str], bool]) -> Iterator[str]:
        tokens = [found[0].rstrip("./’'-") for found in _TOKEN.finditer(text)]
        for token in (*tokens, *map(" ".join, pairwise(tokens))):
            short = _PLURAL.sub("", token)
            if short in self._longs:
                yield short
            elif token.islower():
                short = self._lower.get(token) or self._lower.get(token.removesuffix("s"), "")
                if short and not is_word(token):
                    yield short

    def _keys_in(self, text: str) -> Iterator[Key]:
        words = _key(text)
        for start in range(len(words)):
            for end in range(start + 1, min(start + _MAX_WORDS, len(words)) + 1):
                if words[start:end] in self._shorts:
                    yield words[start:end]


def _explained(before: str, inside: str) -> Acronym | None:
    """The acronym that `inside` brackets or `before` them is, if the other explains it."""
    short = _singular(inside)
    if _is_short_form(short):
        words = before.split()[-_most_words(short) :]
        long = _long_form(short, " ".join(words).strip(_AROUND))
    elif found := _SHORT_AT_END.search(before.strip(_AROUND)):
        short, inside = _singular(found[0]), inside.removeprefix("the ")
        long = _long_form(short, inside) if _is_short_form(short) else ""
        if long != inside or len(long.split()) > _most_words(short):
            return None
    else:
        return None
    if len(long) <= len(short) or short in _WORD.findall(long):
        return None
    return Acronym(short, long)


def _long_form(short: str, text: str) -> str:
    """The shortest end of `text` that has the letters of `short` in order, as by 3; or nothing."""
    letters, wanted = text.lower(), [each for each in short.lower() if each.isalnum()]
    at = len(letters)
    for place in reversed(range(len(wanted))):
        at = letters.rfind(wanted[place], 0, at)
        while place == 0 and at > 0 and letters[at - 1].isalnum():
            at = letters.rfind(wanted[place], 0, at)
        if at < 0:
            return ""
    start = at if letters[at - 1 : at] in _ELISION else text.rfind(" ", 0, at) + 1
    return text[start:]


def _is_short_form(text: str) -> bool:
    if not _MIN_CHARACTERS <= len(text) <= _MAX_CHARACTERS or not _SHORT.fullmatch(text):
        return False
    capitals, digits = sum(map(str.isupper, text)), any(map(str.isdecimal, text))
    is_symbol = "/" in text and digits
    return capitals + digits >= 2 and capitals > 0 and not (is_symbol or _ROMAN.fullmatch(text))


def _singular(text: str) -> str:
    return _PLURAL.sub("", text.strip(_AROUND))


def _most_words(short: str) -> int:
    return min(len(short) + 5, 2 * len(short))


def _key(long: str) -> Key:
    return tuple(one_spelling(word.lower()).removesuffix("s") for word in _WORD.findall(long))
