"""Names in a text: words with a capital that is not owed to the start of a sentence.

1. A name is held by a text that has the word, whatever its case, its inflection or ending of
   origin ("Sweden", "Swedish"; but not "Niger" and "Nigeria").
2. An abbreviation is held by the words it stands for ("ILO", "International Labour Organization"),
   and such words by their abbreviation.
3. Text in capitals throughout has no names that could be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.check.words import Word, sentences, stem, words

_SMALL = frozenset(
    "a an the of and for on in to with at by from or as is it its this that these those he she we "
    "they his her their our i you your there here when where while if but not no also both each "
    "such some many most all any more one two what which who how why".split()
)
# How places end, and the people and things of them; a pair of "" and "n" makes "Kenya" "Kenyan".
_ORIGIN = (
    ("", "n"),
    ("", "an"),
    ("", "ian"),
    ("", "ese"),
    ("", "i"),
    ("", "ish"),
    ("a", "ese"),
    ("y", "ian"),
    ("e", "ian"),
    ("en", "ish"),
    ("and", "ish"),
    ("ey", "ish"),
    ("ay", "egian"),
    ("land", "nish"),
    ("ce", "nch"),
    ("any", "an"),
    ("o", "an"),
)
_MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
_NO_NAMES = _SMALL | _MONTHS
_MIN_ROOT = 3
_MIN_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Name:
    """A word that names, at `start:end` of its text."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=20_000)
def names(text: str) -> tuple[Name, ...]:
    """The names in `text`, word by word, in order; none where it is in capitals throughout."""
    if text.upper() == text:
        return ()
    found: list[Name] = []
    at = 0
    for sentence in sentences(text):
        at = text.index(sentence, at)
        said = words(sentence)
        found += [
            Name(word.raw, at + word.start, at + word.end)
            for index, word in enumerate(said)
            if _is_name(said, index)
        ]
        at += len(sentence)
    return tuple(found)


def missing_names(statement: str, evidence: str) -> list[Name]:
    """The names in `statement` that `evidence` does not hold, in order."""
    held, stems = _held(evidence)
    missing = [
        name
        for name in names(statement)
        if not all(
            piece in held or stem(piece) in stems or _is_of_any(piece, held)
            for piece in _naming(name.text)
        )
    ]
    if not missing:
        return []
    there = _initials(evidence)
    known = _shortened(statement, held)
    return [
        name
        for name in missing
        if name.text.lower() not in known and not _is_short(name.text.rstrip("s"), there)
    ]


def is_same_name(one: Name, other: Name) -> bool:
    """Whether two names say the same, whatever their ending of origin."""
    return not missing_names(f"the {one.text}", other.text)


@lru_cache(maxsize=20_000)
def _held(evidence: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of `evidence`, also in their pieces, and their stems."""
    held = {piece for word in words(evidence) for piece in (word.text, *_pieces(word.text))}
    return frozenset(held), frozenset(filter(None, map(stem, held)))


def _pieces(word: str) -> list[str]:
    plain = word.replace("’", "'").removesuffix("'s").rstrip("'")
    return [piece for piece in plain.split("-") if piece] or [plain]


def _naming(word: str) -> list[str]:
    """The pieces of a name that name, in lower case: "hiv" of "HIV-positive"."""
    return [piece.lower() for piece in _pieces(word) if not piece.islower()]


def _is_name(said: Sequence[Word], index: int) -> bool:
    word = said[index]
    if not word.is_capital or word.text in _NO_NAMES or len(word.text) < _MIN_LETTERS:
        return False
    if any(letter.isupper() for letter in word.raw[1:]):
        return True
    if index > 0:
        return True
    after = said[1] if len(said) > 1 else None
    return after is not None and after.is_capital and after.text not in _SMALL


def _is_of_any(word: str, held: frozenset[str]) -> bool:
    return any(
        root + ending in held
        for one, other in _ORIGIN
        for mine, ending in ((one, other), (other, one))
        if word.endswith(mine) and len(root := word[: len(word) - len(mine)]) >= _MIN_ROOT
    )


def _is_short(word: str, initials: Sequence[str]) -> bool:
    """Whether `word` abbreviates a run of names whose initials are among `initials`."""
    return word.isupper() and any(word.lower() in each for each in initials)


def _shortened(statement: str, held: frozenset[str]) -> set[str]:
    """The words of `statement` that spell out an abbreviation in `held`."""
    found: set[str] = set()
    for run in _runs(statement):
        for start in range(len(run)):
            for end in range(start + 2, len(run) + 1):
                if "".join(word.text[0] for word in run[start:end]) in held:
                    found.update(word.text for word in run[start:end])
    return found


@lru_cache(maxsize=2_000)
def _initials(text: str) -> tuple[str, ...]:
    return tuple("".join(word.text[0] for word in run) for run in _runs(text))


def _runs(text: str) -> list[list[Word]]:
    """Runs of two or more words with capitals in each sentence; small words do not break them."""
    found: list[list[Word]] = []
    for sentence in sentences(text):
        run: list[Word] = []
        for word in words(sentence):
            if word.is_capital and word.text not in _SMALL:
                run.append(word)
            elif word.text not in _SMALL:
                found.append(run)
                run = []
        found.append(run)
    return [run for run in found if len(run) > 1]
