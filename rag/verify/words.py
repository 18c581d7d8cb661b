"""Text as bare words, for comparing what was quoted with what stands written.

1. A word is a run of letters and digits, a figure with its separators ("2,500", "7.5"), or a sign
   that changes what a figure means ("%", "$"). Letters are compared without case, and in the
   compatibility form of Unicode ("ﬁ" is "fi").
2. Quotes, dashes, spaces, hyphens, soft hyphens and all other punctuation are passed over.
3. The words run together, so that "well-being", "well being" and a word hyphenated at the end of a
   line are the same; only between two figures something is left that parts them.
4. Each word keeps its place in the text as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_WORD = re.compile(
    rf"\d+(?:[.,]\d+)+|[^\W_]+(?:[{_INVISIBLE}\u0300-\u036f]+[^\W_]*)*|[%‰$€£¥§]",
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_BETWEEN_FIGURES = "|"


class WordPlace(NamedTuple):
    """A word as it is compared, and where it stands in its text."""

    text: str
    start: int
    end: int


def bare_words(text: str) -> Iterator[WordPlace]:
    """The words of `text`, in order, as they are compared."""
    for found in _WORD.finditer(text):
        word = found[0]
        if not word.isascii():
            word = unicodedata.normalize("NFKC", _UNSEEN.sub("", word))
        yield WordPlace(word.casefold(), found.start(), found.end())


class BareText:
    """A text with its words run together, and the way back to where each stands."""

    def __init__(self, text: str) -> None:
        """Reads the words of `text`."""
        pieces: list[str] = []
        self._runs, self._starts, self._ends = array("Q"), array("Q"), array("Q")
        size, ends_in_figure = 0, False
        for word in bare_words(text):
            if ends_in_figure and word.text[0].isdigit():
                pieces.append(_BETWEEN_FIGURES)
                size += 1
            self._runs.append(size)
            self._starts.append(word.start)
            self._ends.append(word.end)
            pieces.append(word.text)
            size += len(word.text)
            ends_in_figure = word.text[-1].isdigit()
        self.text = text
        self.run = "".join(pieces)

    def __len__(self) -> int:
        """How many words it has."""
        return len(self._starts)

    def word(self, at: int) -> str:
        """The word of that number, as it is compared."""
        end = self._runs[at + 1] if at + 1 < len(self) else len(self.run)
        return self.run[self._runs[at] : end].rstrip(_BETWEEN_FIGURES)

    def words(self, first: int, last: int) -> list[str]:
        """The words from number `first` up to `last`, which is not among them."""
        return [self.word(at) for at in range(max(first, 0), min(last, len(self)))]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where those words stand in the text."""
        return self._starts[first], self._ends[last - 1]

    def at_or_after(self, offset: int) -> int:
        """The number of the first word that starts at `offset` of the text, or after it."""
        return bisect_left(self._starts, offset)

    def find(self, other: BareText) -> Iterator[tuple[int, int]]:
        """Where the words of `other` stand, as numbers of words; matches may overlap."""
        wanted = other.run
        at = self.run.find(wanted) if wanted else -1
        while at >= 0:
            first = bisect_left(self._runs, at)
            last = bisect_left(self._runs, at + len(wanted), lo=min(first, len(self)))
            if self._is_word_start(first, at) and self._ends_word(last, at + len(wanted)):
                yield first, last
            at = self.run.find(wanted, at + 1)

    def number_at(self, run_offset: int) -> int:
        """The number of the word that holds that character of `run`."""
        return bisect_right(self._runs, run_offset) - 1

    def _is_word_start(self, first: int, at: int) -> bool:
        return first < len(self) and self._runs[first] == at

    def _ends_word(self, last: int, end: int) -> bool:
        if end == len(self.run):
            return True
        if last >= len(self):
            return False
        return self._runs[last] == end + (self.run[end] == _BETWEEN_FIGURES)
