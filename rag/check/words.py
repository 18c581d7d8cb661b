"""Words of statements and evidence, as the checks compare them.

A word is a run of letters with its inner hyphens and apostrophes ("non-binding", "ILO's"), a
figure with its separators ("2,500", "7.5"), or a sign that changes what a figure means ("%", "$").
"Binding" is thus no part of "non-binding", and "7" none of "7.5". Scripts without spaces give one
word a character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.lexical.stems import terms
from rag.sentences import sentence_spans

_WORD = re.compile(
    r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|\d+(?:[.,]\d+)*[^\W_]*"
    r"|[^\W\d_][^\W_]*(?:[-‐‑'’][^\W_]+)*"
    r"|[%$€£¥]"
)
_PLAIN = str.maketrans({"‐": "-", "‑": "-", "’": "'"})
_POSSESSIVE = re.compile(r"'s?$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word in lower case and as it stands at `start:end` of its text."""

    text: str
    raw: str
    start: int
    end: int

    @property
    def is_capital(self) -> bool:
        """Whether its first letter is a capital."""
        return self.raw[0].isupper()


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[Word, ...]:
    """The words of `text`, in order."""
    return tuple(
        Word(match[0].translate(_PLAIN).lower(), match[0], match.start(), match.end())
        for match in _WORD.finditer(text)
    )


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The word without its inflection; empty for a stop word."""
    return "-".join(terms(_POSSESSIVE.sub("", word)))


def sentences(text: str) -> list[str]:
    """The sentences of `text`, in order; a line ends one."""
    return [
        line[start:end]
        for line in text.splitlines()
        for start, end in sentence_spans(line, 0, len(line))
    ]


def is_verbatim(statement: str, evidence: str) -> bool:
    """Whether the words of each sentence of `statement` are a run of the words of `evidence`.

    False for a statement without words.
    """
    held = _run(evidence)
    if _run(statement) == " ":
        return False
    return _run(statement) in held or all(_run(each) in held for each in sentences(statement))


def _run(text: str) -> str:
    return " ".join(("", *(word.text for word in words(text)), "")) or " "
