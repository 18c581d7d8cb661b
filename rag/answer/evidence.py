"""The units of the passages found, scored by how well each answers one part of the question.

1. A unit (sentence, list item, table row) is compared with the question by MaxSim, over its own
   word pieces together with its lines of context: title, section path, the lead-in of its list;
   and as a whole, by the cosine of the question's vector and the mean of its word pieces.
2. To this come the rarity-weighted share of the question's words that the unit or its context
   holds, the score of its passage, and whether it has the kind of thing asked for (a date, a
   number, a name).
3. What asks does not answer: units that are questions, and headings, count less.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.late import Query, Similarity
from rag.lexical.stems import terms
from rag.records import Hit, Passage, Span, Unit
from rag.rewrite import subject_words
from rag.sentences import is_asking

# Weights of what speaks for a unit, and against it: the mean of the best eighty of 2,500 random
# draws, by gold quotes covered over the five source documents in three formats. The sentence's own
# vector came later: it wins 0.02 of citation recall there, 0.02 over the starter briefs.
_LISTED = 0.225  # MaxSim with the unit and the lead-in of its list
_IN_CONTEXT = 0.21  # MaxSim with all lines of context too
_SENTENCE = 0.165  # cosine with the mean vector of the unit's word pieces
_OWN_WORDS = 0.065
_ALL_WORDS = 0.225
_PASSAGE = 0.11
_RANK = 0.025  # divided by the rank of the passage
_KIND, _PERSON = 0.035, 0.08
_IS_HEADING, _IS_SHORT, _IS_ASKING, _IS_NOTE = 0.075, 0.06, 0.065, 0.025
_SHORT_WORDS = 5
CONTEXT_SHARE = 0.3  # of words taken over from the conversation
CONTEXT_START = -100_000  # offsets of word pieces in the lines of context are negative
# "Does gender matter?" asks for gender, not for what is called a matter.
_TELL_NOTHING = frozenset(("matter", "matters"))
_PREFIX = 5  # "Indonesia" and "Indonesian" are one word here

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_ASKED_FOR = (
    (
        "date",
        re.compile(r"\b(when|what date|which date|what year|which year|by what|deadline)\b", re.I),
        re.compile(rf"\b(1[5-9]|20)\d\d\b|\b({_MONTHS})\b|\b\d{{1,2}}[.:]\d\d\b", re.I),
    ),
    (
        "number",
        re.compile(
            r"\b(how (many|much|high|large|big|long|old|far|often)|what (share|percentage|per cent|"
            r"proportion|number|level|rate|amount)|to what (level|extent))\b",
            re.I,
        ),
        re.compile(
            r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|twelve|half|third|quarter|dozen|"
            r"hundred|thousand|million|billion|twice|double)\b",
            re.I,
        ),
    ),
    (
        "person",
        re.compile(r"\b(who|whom|whose)\b", re.I),
        re.compile(
            r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sir|H\.E|Professor|President|Minister|Ambassador)\b\.?\s+[A-Z]"
        ),
    ),
    (
        "name",
        re.compile(
            r"\b(which (country|countries|city|study|agency|organi[sz]ation))\b",
            re.I,
        ),
        re.compile(r"(?<=[\w,;] )[A-Z][\w.’'-]+"),
    ),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A unit of a passage found, and how well it answers (about 0 to 1, higher is better)."""

    hit: Hit
    unit: Unit
    score: float
    coverage: float  # share of the question's words, weighted by rarity, 0 to 1
    lead_in: Unit | None  # in the same passage, of a list item

    @property
    def passage(self) -> Passage:
        """The passage that holds the unit."""
        return self.hit.passage

    @property
    def text(self) -> str:
        """The unit's words."""
        return text_of(self.passage, self.unit)

    @property
    def place(self) -> Span:
        """Where the unit stands in its passage's text."""
        return _within(self.passage, self.unit)

    @property
    def places(self) -> list[Span]:
        """Where the unit stands in its passage's text, and the lead-in of its list."""
        return [_within(self.passage, each) for each in (self.unit, self.lead_in) if each]

    @property
    def introduced(self) -> str:
        """The lead-in of its list, if it is in one."""
        return text_of(self.passage, self.lead_in) if self.lead_in else ""

    @property
    def around(self) -> str:
        """What tells what the unit is about: title and facts, headings, the lead-in of its list."""
        facts = self.hit.facts
        path = (facts.title, facts.organisation, facts.date, *self.passage.section)
        return " ".join((*path, self.introduced))


def kind_asked(question: str) -> str:
    """ "date", "number", "person", "name", or "" where the question asks for none of them."""
    return next((kind for kind, asks, _ in _ASKED_FOR if asks.search(question)), "")


def has_kind(kind: str, text: str) -> bool:
    """Whether `text` holds something of `kind`; always true of the kind ""."""
    return all(pattern.search(text) for name, _, pattern in _ASKED_FOR if name == kind)


def word_roots(text: str) -> set[str]:
    """Words of `text` cut to what inflection and derivation leave alone."""
    return {root_of(term) for term in terms(text)}


def root_of(term: str) -> str:
    """A term cut to what inflection and derivation leave alone."""
    return term[:_PREFIX]


def word_weights(query: Query, rarity: Mapping[str, float]) -> dict[str, float]:
    """Weights of the words of `query` that say what it is about, by root.

    `rarity` has the rarity of each term; words taken over from the conversation count less.
    """
    weights: dict[str, float] = {}
    for text, share in (
        (query.text[: query.context_end], CONTEXT_SHARE),
        (query.text[query.context_end :], 1.0),
    ):
        telling = (word for word in subject_words(text) if word not in _TELL_NOTHING)
        for term in terms(" ".join(telling)):
            root = root_of(term)
            weights[root] = max(weights.get(root, 0.0), share * rarity.get(term, 1.0))
    return weights


def gather(
    kind: str,
    hits: Sequence[Hit],
    similarities: Sequence[Similarity],
    weights: Mapping[str, float],
) -> list[Evidence]:
    """All units of `hits`, best first, for a question that asks for `kind`.

    `similarities` compare the question with each hit; `weights` has its words, by root.
    """
    asked = _Asked(kind, weights)
    found = []
    for hit, similarity in zip(hits, similarities, strict=True):
        around = word_roots(" ".join((hit.facts.title, *hit.passage.section)))
        for unit, lead_in in zip(hit.passage.units, lead_ins(hit.passage), strict=True):
            found.append(asked.weigh(hit, unit, lead_in, similarity, around))
    return sorted(found, key=lambda each: (-each.score, each.hit.rank, each.unit.start))


class _Asked:
    """What one part of the question asks for."""

    def __init__(self, kind: str, weights: Mapping[str, float]) -> None:
        self._kind, self._weights = kind, weights
        self._bonus = {"": 0.0, "person": _PERSON}.get(kind, _KIND)
        self._total = sum(self._weights.values()) or 1.0

    def weigh(
        self, hit: Hit, unit: Unit, lead_in: Unit | None, similarity: Similarity, around: set[str]
    ) -> Evidence:
        passage = hit.passage
        text = text_of(passage, unit)
        introduced = text_of(passage, lead_in) if lead_in else ""
        spans = [_within(passage, each) for each in (unit, lead_in) if each]
        own = word_roots(text)
        coverage = self._share(own | around | word_roots(introduced))
        score = (
            _LISTED * similarity.of_spans(spans)
            + _IN_CONTEXT * similarity.of_spans([*spans, Span(CONTEXT_START, 0)])
            + _SENTENCE * similarity.of_mean(spans[0])
            + _OWN_WORDS * self._share(own)
            + _ALL_WORDS * coverage
            + _PASSAGE * hit.score
            + _RANK / hit.rank
            + self._bonus * has_kind(self._kind, text)
            - _IS_HEADING * (unit.kind == "heading")
            - _IS_SHORT * (len(text.split()) < _SHORT_WORDS)
            - _IS_ASKING * is_asking(text)
            - _IS_NOTE * passage.is_note
        )
        return Evidence(hit, unit, round(score, 6), coverage, lead_in)

    def _share(self, words: set[str]) -> float:
        return sum(each for root, each in self._weights.items() if root in words) / self._total


def lead_ins(passage: Passage) -> list[Unit | None]:
    """For each unit of the passage, the unit that introduces the list it belongs to."""
    found: list[Unit | None] = []
    lead_in: Unit | None = None
    for unit in passage.units:
        in_list = unit.kind in ("list_item", "table_row")
        found.append(lead_in if in_list else None)
        if text_of(passage, unit).endswith(":"):
            lead_in = unit
        elif not in_list:
            lead_in = None
    return found


def text_of(passage: Passage, unit: Unit) -> str:
    """The unit's words, from the passage that holds it."""
    return passage.text[unit.start - passage.start : unit.end - passage.start]


def _within(passage: Passage, unit: Unit) -> Span:
    return Span(unit.start - passage.start, unit.end - passage.start)
