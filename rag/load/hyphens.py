"""Words broken at the end of a line.

1. The document's other words decide whether a hyphen belongs to the word: what occurs more often,
   with it or without it.
2. Where neither occurs, a hyphen that only typesetting sets (U+2010, U+00AD) goes; a plain one
   stays in a document that breaks words with those, before a capital, after a prefix that is set
   off (in English, or elsewhere in the document), or between two known words.
3. Lines that end in a dash, in a number with a hyphen, or inside an address are joined tight.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from rag.load.pieces import Run

_BROKEN = re.compile(r"([^\W\d_]+)([-‐\u00ad])\s*\Z")
_GLUED = re.compile(r"(?:[\w)]—|\d[-–]|[^\W\d_]-|(?:https?:/|www\.)\S*[-/_.=?&])\s*\Z")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_MIN_SOFT_BREAKS = 3
_PREFIXES = {"non", "self", "ex", "well", "vice", "quasi"}
_WORD = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*")
_LINE_END = re.compile(r"[-‐\u00ad]\s*\Z")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a document's lines say about its words, those broken at a line's end left out."""

    counts: Mapping[str, int]
    prefixes: Set[str]  # what stands before a hyphen
    breaks_softly: bool  # words are broken with hyphens of their own


def read_lexicon(lines: Iterable[str]) -> Lexicon:
    """The lexicon of a document's lines."""
    counts: Counter[str] = Counter()
    breaks = 0
    for line in lines:
        found = _WORD.findall(line)
        end = _LINE_END.search(line)
        breaks += bool(end) and line.rstrip()[-1] != "-"
        whole = found[:-1] if found and end else found
        counts.update(word.lower().replace("‐", "-").replace("‑", "-") for word in whole)
    heads = {word.partition("-")[0] for word in counts if "-" in word}
    return Lexicon(counts, heads | _PREFIXES, breaks >= _MIN_SOFT_BREAKS)


def is_broken(text: str) -> bool:
    """Whether a line ends inside a word."""
    return _BROKEN.search(text) is not None


def mend(run: Run, after: str, lexicon: Lexicon) -> tuple[Run, str]:
    """A line's last run without a hyphen that breaks a word, and what goes between the lines."""
    broken, follow = _BROKEN.search(run.text), _FIRST_WORD.match(after)
    if not broken or not follow or run.raised:
        return run, "" if _GLUED.search(run.text) and not after[:1].isspace() else " "
    keeps = _keeps_hyphen(broken[1].lower(), follow[0], broken[2] != "-", lexicon)
    text = run.text[: broken.end(1)] + ("-" if keeps else "")
    return Run(text, run.bold, run.raised, run.page), ""


def _keeps_hyphen(head: str, tail: str, is_soft: bool, lexicon: Lexicon) -> bool:
    """Whether the hyphen between two parts of a word belongs to the word."""
    low = tail.lower()
    counts = lexicon.counts
    hyphened, joined = counts.get(f"{head}-{low}", 0), counts.get(head + low, 0)
    if hyphened != joined:
        return hyphened > joined
    if is_soft:
        return False
    if lexicon.breaks_softly or tail[:1].isupper() or head in lexicon.prefixes:
        return True
    return counts.get(head, 0) > 0 and counts.get(low, 0) > 0 and len(low) > 2
