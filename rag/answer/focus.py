"""What a question asks for, and what can tell it.

1. What it asks for by name ("the barriers to ..."): where a document's title holds all words of a
   question, every sentence of it looks near; what stands under a heading, or in a list, that names
   the very thing is nearer.
2. A date or a person is told by what holds one.
"""

from __future__ import annotations

import re

from rag.answer.evidence import Evidence, has_kind, kind_asked, word_roots
from rag.rewrite import subject_words

# Added to a score of about 0 to 1: over the source documents and the starter briefs 0.06 finds
# more gold quotes than 0.03 or 0.09, and loses none.
_NAMED_ABOVE = 0.06

_NAMES = re.compile(
    r"\b(?:what|which)\s+(?:(?:are|is|were|was)\s+)?((?:[\w'’-]+\s+){0,4}?[\w'’-]+)\s+"
    r"(?:to|of|for|in|on|that|which|who|do|does|did|is|are|was|were|can|could|should|may|might|"
    r"must|will|would|has|have|had|keep\w*|make\w*|and|between|from|with|against|by|at)\b",
    re.I,
)


def focus_of(part: str) -> set[str]:
    """The root of what `part` asks for by name; none where it asks for a date, a number or a
    name, or for nothing by name."""
    named = None if kind_asked(part) else _NAMES.search(part)
    words = subject_words(named[1]) if named else []
    return word_roots(words[-1]) if words else set()


def nearer_by(focus: set[str], evidence: Evidence) -> float:
    """What is added to the score of a unit for its place under a heading, or in a list, that names
    `focus`; the document's own title is on all of it, and tells nothing."""
    path, title = evidence.passage.section, word_roots(evidence.hit.facts.title)
    headings = path[1:] if path and word_roots(path[0]) == title else path
    above = word_roots(" ".join((*headings, evidence.introduced)))
    return _NAMED_ABOVE if focus & above else 0.0


def can_tell(part: str, evidence: Evidence) -> bool:
    """Whether a unit can tell what `part` asks for: a date or a person by holding one. Numbers are
    everywhere, and tell nothing."""
    kind = kind_asked(part)
    return kind not in ("date", "person") or has_kind(kind, evidence.text)
