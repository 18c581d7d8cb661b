"""The date, number, name or place that a question asks for, where a quote has it.

1. The question's first asking word says what is asked for: "when" a date, "how many" a number,
   "who" a name, "where" a place; "which country" and "what year" likewise.
2. Candidates are the stretches of a quote that are of this kind and say what the question does not
   say itself.
3. Each is weighed by how near it stands to the question's words: the sum of their rarities, each
   divided by its distance in words. One that is not clearly the nearest is not given: the quote
   says it in its own words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer.evidence import Evidence, word_roots
from rag.check.names import names
from rag.check.quantities import Quantity, quantities
from rag.records import Citation, DirectAnswer, Span

Asked = Literal["date", "number", "name", "place"]

_CLEARLY = 2  # times as near as the next candidate
# Share of the question's words, by rarity and distance.
_MIN_NEAR: Mapping[Asked, float] = {"date": 0.3, "number": 0.3, "name": 0.42, "place": 0.42}
_MIN_COVERED = 0.7  # share of the question's words, by rarity, that the unit or its context holds
_LONGEST = 12  # words of a candidate
_ASKING: tuple[tuple[Asked, re.Pattern[str]], ...] = (
    (
        "date",
        re.compile(
            r"\b(?:when|(?:what|which|by what|in what|in which|on what|on which) "
            r"(?:date|year|month|day|decade))\b",
            re.IGNORECASE,
        ),
    ),
    (
        "number",
        re.compile(
            r"\b(?:how (?:many|much|high|large|big|long|old|far)|what (?:level|rate|size)|"
            r"(?:what|which) (?:share|percentage|per cent|proportion|number|amount|total))\b",
            re.IGNORECASE,
        ),
    ),
    (
        "place",
        re.compile(
            r"\b(?:where|(?:what|which) (?:country|city|town|region|place|state|venue|island))\b",
            re.IGNORECASE,
        ),
    ),
    (
        "name",
        re.compile(
            r"\b(?:who|whom|whose|(?:what|which) (?:person|agency|organi[sz]ation|company|author|"
            r"ministry|minister|president|body))\b",
            re.IGNORECASE,
        ),
    ),
)
_ELSE = re.compile(
    r"\b(?:why|how)\b(?! (?:many|much|high|large|big|long|old|far)\b)", re.IGNORECASE
)
_WORD = re.compile(r"\w+(?:[-'’.,/]\w+)*%?")
_PLACED = re.compile(
    r"\b(?:in|at|from|to|near|of|around|outside|across|within)\s+(?:the\s+)?$", re.I
)
_UNIT = re.compile(
    r"\s*(?:%|per\s?cent\b|percentage points?\b|(?:thousand|million|billion|trillion)\b|"
    r"(?:US\s?)?dollars\b|euros?\b|years?\b|months?\b|weeks?\b|days?\b|hours?\b|minutes?\b|"
    r"miles\b|kilomet(?:re|er)s\b|met(?:re|er)s\b|feet\b|tons?\b|tonnes\b)"
)
_LABEL = re.compile(r"\b(?:[Nn]os?\.|[A-Z][a-z]+(?<!About)(?<!Over)(?<!Some))\s$")  # "Objective 20"
_MONEY = re.compile(r"(?:(?:US|EUR|CHF|GBP)\s?)?[$€£]\s?$|(?:USD|EUR|CHF|GBP)\s$")
_HEDGE = re.compile(
    r"\b(?:about|almost|approximately|around|at least|at most|fewer than|less than|more than|"
    r"nearly|not even|over|roughly|some|under|up to)\s+$",
    re.IGNORECASE,
)
_JOINS = re.compile(r"[\s.'’-]*(?:(?:of|the|de|la|van|von|bin|al|and|for|on)[\s-]+){0,2}")
_TITLE = re.compile(r"(?:(?:H\.E\.|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|Prof\.?|Sir|President|Professor)\s+)+$")


@dataclass(frozen=True, slots=True)
class Direct:
    """What was asked for, at `span` of the quote's text; `nearness` is 0 and up."""

    kind: Asked
    span: Span
    nearness: float


def asked_for(question: str) -> Asked | None:
    """What a question asks for, by its first asking word; None where that is more than a date, a
    number, a name or a place."""
    found = [(match.start(), kind) for kind, asks in _ASKING if (match := asks.search(question))]
    if not found:
        return None
    at, kind = min(found)
    other = _ELSE.search(question)
    return None if other and other.start() < at else kind


def candidates(kind: Asked, question: str, quote: str) -> list[Span]:
    """The stretches of `quote` that are of `kind` and say what `question` does not, in order."""
    said = word_roots(question)
    found = (
        _quantities(kind, quote) if kind in ("date", "number") else _names(kind, question, quote)
    )
    return [span for span in found if not word_roots(quote[slice(*span)]) <= said]


def find_direct(question: str, weights: Mapping[str, float], quote: str) -> Direct | None:
    """What `question` asks for, out of `quote`; None where the quote has no such thing, too little
    of what the question is about, or several as near to its words.

    `weights` has the question's words, by root, with their rarity.
    """
    kind = asked_for(question)
    total = sum(weights.values())
    if kind is None or not total:
        return None
    places = [(match.start(), word_roots(match.group())) for match in _WORD.finditer(quote)]
    rated = sorted(
        (
            Direct(kind, span, _nearness(span, places, weights) / total)
            for span in candidates(kind, question, quote)
        ),
        key=lambda each: (-each.nearness, each.span),
    )
    if not rated or rated[0].nearness < _MIN_NEAR[kind]:
        return None
    same = quote[slice(*rated[0].span)].casefold()
    others = [each for each in rated[1:] if quote[slice(*each.span)].casefold() != same]
    if others and rated[0].nearness < _CLEARLY * others[0].nearness:
        return None
    return rated[0]


def direct_answer(
    part: str, weights: Mapping[str, float], best: Evidence, citations: Iterable[Citation]
) -> DirectAnswer | None:
    """What a part of the question asks for, out of its best unit, if one of `citations` quotes it.

    None where the unit covers too little of the part, and where `find_direct` finds nothing.
    """
    found = find_direct(part, weights, best.text) if best.coverage >= _MIN_COVERED else None
    if found is None:
        return None
    start, end = (best.unit.start + at for at in found.span)
    for each in citations:
        if each.document_id == best.passage.document_id and each.start <= start < end <= each.end:
            return DirectAnswer(best.text[slice(*found.span)], part, each.n, start, end)
    return None


def _nearness(
    span: Span, places: Sequence[tuple[int, set[str]]], weights: Mapping[str, float]
) -> float:
    """The sum, over the question's words in the quote, of rarity over distance in words."""
    inside = [at for at, (start, _) in enumerate(places) if span.start <= start < span.end]
    if not inside:
        return 0.0
    nearest: dict[str, float] = {}
    for at, (_, roots) in enumerate(places):
        if inside[0] <= at <= inside[-1]:
            continue
        distance = min(abs(at - inside[0]), abs(at - inside[-1]))
        for root in roots & weights.keys():
            share = weights[root] / (1 + distance / 4)
            nearest[root] = max(nearest.get(root, 0.0), share)
    return math.fsum(nearest.values())  # the same in any order


def _names(kind: Asked, question: str, quote: str) -> Iterator[Span]:
    """Names; of places, where the question says "where", those that come after "in" or the like."""
    has_place = kind == "place" and "where" in question.lower()
    for span in _named(quote):
        if not has_place or _PLACED.search(quote[: span.start]):
            yield span


def _quantities(kind: Asked, quote: str) -> Iterator[Span]:
    """Numbers with their units, or dates with day, month and year as one."""
    wanted = [each for each in quantities(quote) if each.kind == kind and not each.is_vague]
    if kind == "number":
        for each in wanted:
            is_label = _LABEL.search(quote[: each.start])
            if each.unit in ("", "%") and not is_label:
                yield _with_unit(each, quote)
        return
    start = end = -1
    for each in wanted:
        if start >= 0 and quote[end : each.start].strip(" ,") in ("", "of"):
            end = each.end
            continue
        if start >= 0:
            yield Span(start, end)
        start, end = each.start, each.end
    if start >= 0:
        yield Span(start, end)


def _with_unit(quantity: Quantity, quote: str) -> Span:
    money = _MONEY.search(quote[: quantity.start])
    start = money.start() if money else quantity.start
    hedge = _HEDGE.search(quote[:start])
    start = hedge.start() if hedge else start
    end = quantity.end
    while unit := _UNIT.match(quote, end):
        end = unit.end()
    return Span(start, end)


def _named(quote: str) -> Iterator[Span]:
    """Runs of names that stand together: "Ministry of Health", "H.E. Ms. Ann Lee"."""
    runs: list[Span] = []
    for name in names(quote):
        between = quote[runs[-1].end : name.start] if runs else ","
        if runs and _JOINS.fullmatch(between):
            runs[-1] = Span(runs[-1].start, name.end)
        else:
            runs.append(Span(name.start, name.end))
    for span in runs:
        title = _TITLE.search(quote[: span.start])
        start = title.start() if title else span.start
        if len(quote[start : span.end].split()) <= _LONGEST:
            yield Span(start, span.end)
