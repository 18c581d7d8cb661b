"""The names that passages have for things of one kind: "Hill Clinic" and "City of Hull"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.records import Hit

_MAX_NAMED = 4
_MAX_NAME_WORDS = 4
_NAME = r"[A-Z][\w’'.-]*"
_NO_NAMES = frozenset("The This A An Our Your My Us About Contact".split())
_RUN_ON = re.compile(r"[a-z][A-Z]|[A-Z]{3}[a-z]")  # words of a page that lost what parts them
_POSSESSIVE = re.compile(r"['’]s?$")


def find_names(words: Sequence[str], hits: Sequence[Hit]) -> list[str]:
    """Names of such a thing in the passages found or their titles ("Hill Clinic", "City of Hull"),
    the commonest first."""
    noun = re.escape(_bare(words[-1]).capitalize())
    pattern = re.compile(
        rf"(?:{_NAME} (?:(?:of|and) )?){{1,{_MAX_NAME_WORDS}}}{noun}(?!\w)|\b{noun} of {_NAME}"
    )
    counted: Counter[str] = Counter()
    for hit in hits:
        for text in (hit.facts.title, *hit.passage.section, hit.passage.text):
            counted.update(_without_lead(name) for name in pattern.findall(text))
    own = {_bare(word) for word in words}
    telling = [name for name in counted if set(name.lower().split()) - own and _is_name(name)]
    shortest = [
        name for name in telling if not any(name.endswith(f" {other}") for other in telling)
    ]
    return sorted(shortest, key=lambda name: (-counted[name], name))[:_MAX_NAMED]


def _without_lead(name: str) -> str:
    words = name.split()
    while words and words[0] in _NO_NAMES:
        del words[0]
    return " ".join(words)


def _is_name(words: str) -> bool:
    """Whether the capitals belong to one name, and not to two sentences or headings."""
    is_run_on = ". " in words or _RUN_ON.search(words)
    return _NO_NAMES.isdisjoint(words.split()) and not is_run_on


def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word).lower()
