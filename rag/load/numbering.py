"""The numbers that Word writes in front of paragraphs, from a file's numbering part.

1. A list (`w:num`) points to an abstract list, whose levels have a format ("decimal", "upperRoman",
   "bullet"), a pattern ("%1.%2)") and a start; a list may override starts.
2. Counters belong to the abstract list, so that lists of the same kind count on; a level that is
   used resets those below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element

from rag.load.lists import number_text

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STYLES = {
    "decimal": "1",
    "decimalZero": "1",
    "lowerLetter": "a",
    "upperLetter": "A",
    "lowerRoman": "i",
    "upperRoman": "I",
}


class Numbering:
    """Counts the numbered paragraphs of a document, in order."""

    def __init__(self, part: _Element | None) -> None:
        """Read the lists of a numbering part, if there is one."""
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._list_of: dict[str, str] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._seen: set[str] = set()
        if part is not None:
            self._read(part)

    def _read(self, part: _Element) -> None:
        for abstract in part.iter(f"{_W}abstractNum"):
            name = abstract.get(f"{_W}abstractNumId") or ""
            self._levels[name] = dict(_levels(abstract))
        for number in part.iter(f"{_W}num"):
            name = number.get(f"{_W}numId") or ""
            target = number.find(f"{_W}abstractNumId")
            self._list_of[name] = _value(target)
            self._starts[name] = {
                _int(override.get(f"{_W}ilvl")): _int(_value(override.find(f"{_W}startOverride")))
                for override in number.iter(f"{_W}lvlOverride")
                if override.find(f"{_W}startOverride") is not None
            }

    def next_number(self, list_id: str, level: int) -> str:
        """The text in front of the next paragraph of a list; nothing for bullets."""
        name = self._list_of.get(list_id, "")
        levels = self._levels.get(name, {})
        counts = self._counts.setdefault(name, {})
        if list_id not in self._seen:
            self._seen.add(list_id)
            counts.update({at: start - 1 for at, start in self._starts.get(list_id, {}).items()})
        start = levels.get(level, ("", "", 1))[2]
        counts[level] = counts.get(level, start - 1) + 1
        for lower in [at for at in counts if at > level]:
            del counts[lower]
        style, pattern, _ = levels.get(level, ("bullet", "", 1))
        return "" if style not in _STYLES else _fill(pattern, counts, levels)


def _fill(pattern: str, counts: dict[int, int], levels: dict[int, tuple[str, str, int]]) -> str:
    def count(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        style, _, start = levels.get(at, ("decimal", "", 1))
        return number_text(counts.get(at, start), _STYLES.get(style, "1"))

    return re.sub(r"%(\d)", count, pattern).strip()


def _levels(abstract: _Element) -> Iterator[tuple[int, tuple[str, str, int]]]:
    for level in abstract.iter(f"{_W}lvl"):
        style = _value(level.find(f"{_W}numFmt"))
        start = level.find(f"{_W}start")
        pattern = _value(level.find(f"{_W}lvlText"))
        yield (
            _int(level.get(f"{_W}ilvl")),
            (style, pattern, 1 if start is None else _int(_value(start))),
        )


def _value(element: _Element | None) -> str:
    return "" if element is None else (element.get(f"{_W}val") or "")


def _int(value: str | None) -> int:
    return int(value) if value and value.lstrip("-").isdecimal() else 0
