"""What a question is asked of: documents by their facts, passages by where they stand.

1. Values of one key are alternatives, different keys must all hold.
2. A text is looked for from the start of a word, accents and capitals aside: "ILO" is no part of
   "philology". In scripts without capitals, which also set no spaces between words, or none after
   an article, it is looked for anywhere.
3. Filters of documents choose documents; `section` (words of the headings) and `section_kind`
   ("body" or "notes") choose passages of them.
4. Where nothing is left, the first key that leaves nothing is named with up to five values that
   are held, those that share most triples of letters with the value first, or the nearest years.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from rag.errors import QuestionError
from rag.ledger import Ledger, SectionKey
from rag.records import Facts

Filters = Sequence[tuple[str, str]]
Held = TypeVar("Held")
_Wanted = Mapping[str, Sequence[str]]  # alternatives by key

_EXACT = ("document_id", "language")
_CONTAINED = ("title", "organisation", "author", "kind", "symbol", "edition", "event")
_OF_DOCUMENTS = (*_EXACT, *_CONTAINED, "date", "year")
_OF_PASSAGES = ("section", "section_kind")
_SECTION_KINDS = ("body", "notes")
FILTER_KEYS = (*_OF_DOCUMENTS, *_OF_PASSAGES)

_YEARS = re.compile(r"(?P<first>\d{4})?\s*(?P<dash>[-–—]|\bto\b)?\s*(?P<last>\d{4})?")
_LONGEST_AGO, _FARTHEST = 0, 9999
_MAX_NEAREST = 5
_MAX_SHOWN = 60  # characters of a value


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be searched; `reason` says why nothing is left, where nothing is."""

    documents: frozenset[str] | None = None  # ids; None: all
    passages: frozenset[str] | None = None  # ids, of these documents; None: all of them
    reason: str = ""

    def has_any_of(self, documents: frozenset[str]) -> bool:
        """Whether one of these documents is left."""
        return self.documents is None or not self.documents.isdisjoint(documents)

    def within(self, documents: frozenset[str]) -> Scope:
        """What is left of it in these documents; itself where nothing is."""
        left = documents if self.documents is None else self.documents & documents
        return replace(self, documents=left) if left else self


def check_filters(filters: Filters) -> None:
    """Raises QuestionError for a filter that there is not, or a value that it cannot have."""
    for key, value in filters:
        if key not in FILTER_KEYS:
            raise QuestionError(f"unknown filter {key!r}; known: {', '.join(FILTER_KEYS)}")
        if key == "year":
            _parse_years(value)
        if key == "section_kind" and value.strip().casefold() not in _SECTION_KINDS:
            raise QuestionError(
                f"unknown section_kind {value!r}; known: {', '.join(_SECTION_KINDS)}"
            )


def open_scope(ledger: Ledger, filters: Filters) -> Scope:
    """What `filters` leave of the library; raises QuestionError as `check_filters` does."""
    check_filters(filters)
    if not filters:
        return Scope()
    documents, reason = _narrowed_documents(ledger.facts(), filters)
    of_passages = _by_key(filters, _OF_PASSAGES)
    if reason or not of_passages:
        return Scope(frozenset(documents), None, reason)
    chosen = frozenset(documents)
    sections = {key: ids for key, ids in ledger.sections().items() if key.document_id in chosen}
    values = {each: _passage_values(each) for each in sections}
    left, reason = _narrowed(values, of_passages, _by_key(filters, _OF_DOCUMENTS))
    return Scope(chosen, frozenset(each for key in left for each in sections[key]), reason)


def chosen_documents(facts: Mapping[str, Facts], filters: Filters) -> set[str]:
    """Ids of the documents that fit every filter of documents."""
    return set(_narrowed_documents(facts, filters)[0])


def _narrowed_documents(facts: Mapping[str, Facts], filters: Filters) -> tuple[list[str], str]:
    wanted = _by_key(filters, _OF_DOCUMENTS)
    values = {
        each: {key: [_value(each, known, key)] for key in wanted} for each, known in facts.items()
    }
    return _narrowed(values, wanted, {})


def _by_key(filters: Filters, keys: Sequence[str]) -> _Wanted:
    wanted: dict[str, list[str]] = {}
    for key, value in filters:
        if key in keys:
            wanted.setdefault(key, []).append(value)
    return wanted


def _value(document_id: str, facts: Facts, key: str) -> str:
    if key == "year":
        return facts.date[:4] if facts.date[:4].isdecimal() else ""
    return document_id if key == "document_id" else str(getattr(facts, key))


def _passage_values(key: SectionKey) -> Mapping[str, Sequence[str]]:
    return {"section": key.path, "section_kind": [_SECTION_KINDS[key.is_note]]}


def _narrowed(
    held: Mapping[Held, Mapping[str, Sequence[str]]], wanted: _Wanted, given: _Wanted
) -> tuple[list[Held], str]:
    """Those of `held`, values by key, that fit all that is `wanted`; and why none does, if so.

    What is `given` they fit already.
    """
    left = list(held)
    before = [_shown(key, values) for key, values in given.items()]
    for key, values in wanted.items():
        tests = [_test(key, value) for value in values]
        fitting = [
            each for each in left if any(test(value) for value in held[each][key] for test in tests)
        ]
        if not fitting:
            others = (value for each in left for value in held[each][key])
            return [], _reason(before, (key, values), others)
        left = fitting
        before.append(_shown(key, values))
    return left, ""


def _test(key: str, value: str) -> Callable[[str], bool]:
    """Whether a value that is held fits the one that is wanted."""
    wanted = _folded(value.strip())
    if key == "year":
        first, last = _parse_years(value)
        return lambda held: bool(held) and first <= int(held) <= last
    if not wanted:
        return lambda held: False
    if key == "date":
        return lambda held: held.startswith(wanted)
    if key in (*_EXACT, "section_kind"):
        return lambda held: _folded(held) == wanted
    if not wanted[0].islower():
        return lambda held: wanted in _folded(held)
    begun = re.compile(rf"(?<!\w){re.escape(wanted)}")
    return lambda held: begun.search(_folded(held)) is not None


def _parse_years(value: str) -> tuple[int, int]:
    """The first and the last year of "2014", "2008-2012", "2015-" or "-2012"."""
    found = _YEARS.fullmatch(value.strip())
    first, dash, last = found.group("first", "dash", "last") if found else (None, None, None)
    if not (first or last) or (first and last and not dash):
        raise QuestionError(
            f"filter year={value!r} is no year or range of years; write 2014, 2008-2012, 2015- or "
            f"-2012 (a month is date=2014-10)"
        )
    if not dash:
        year = int(first or last or 0)
        return year, year
    years = int(first or _LONGEST_AGO), int(last or _FARTHEST)
    if years[0] > years[1]:
        raise QuestionError(f"filter year={value!r} ends before it begins; write the earlier first")
    return years


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    """`text` without accents and capitals."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def _reason(before: Sequence[str], failed: tuple[str, Sequence[str]], values: Iterable[str]) -> str:
    """One line: the filter that leaves nothing, and values that are held, the nearest first."""
    key, wanted = failed
    held = sorted({value for value in values if value})
    nearest = _nearest(key, wanted, held)
    what = "passage" if key in _OF_PASSAGES else "document"
    among = f" with {' and '.join(before)}" if before else ""
    shown = ", ".join(f"{_cut(each)!r}" for each in nearest)
    others = f"nearest: {shown}" if shown else f"no {key} is known of any"
    return f"no {what}{among} has {_shown(key, wanted)}; {others}"


def _nearest(key: str, wanted: Sequence[str], held: Sequence[str]) -> list[str]:
    if key == "year":
        ranges = [_parse_years(value) for value in wanted]

        def far(value: str) -> float:
            return min(max(first - int(value), int(value) - last) for first, last in ranges)

    else:
        asked = [_triples(value) for value in wanted]

        def far(value: str) -> float:
            own = _triples(value)
            return -max(len(each & own) / max(1, len(each)) for each in asked)

    return sorted(held, key=lambda value: (far(value), value))[:_MAX_NEAREST]


def _triples(text: str) -> set[str]:
    """Runs of three characters of each word, with its edges."""
    padded = [f"  {word} " for word in re.findall(r"\w+", _folded(text))]
    return {word[at : at + 3] for word in padded for at in range(len(word) - 2)}


def _shown(key: str, wanted: Sequence[str]) -> str:
    return f"{key}={' or '.join(_cut(value) for value in wanted)}"


def _cut(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= _MAX_SHOWN else f"{line[: _MAX_SHOWN - 1]}…"
