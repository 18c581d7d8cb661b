"""Which of the ranked passages are shown: near-identical ones folded, documents given their share.

1. Two passages of different documents are near-identical if the Jaccard similarity of their word
   triples (shingles: Broder, On the resemblance and containment of documents, 1997) reaches
   `fold_similarity`, and no word in which they differ tells: no figure, date, negation, modal
   word, quantifier, name, or opposite (as rag/check knows them); in tables and short items of
   lists no word at all but glue. Numbers of paragraphs do not count.
2. A group of them is led by its best-ranked passage, to which the others are compared. The newest
   stands for all, at the best rank and score: by date, as far as both are told, then by edition.
3. Of each document at most so many passages are shown, if there is a limit, or if the question
   asks what different documents say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from rag.check.polarity import is_cue, modals, opposed, turned_round
from rag.check.quantities import quantities
from rag.check.words import Word, stem, words
from rag.records import Facts, Hit, Passage, Reprint, Unit
from rag.settings import RetrievalSettings

_DOCUMENTS = (
    r"(?:documents?|papers?|reports?|texts?|sources?|briefs?|publications?|studies|study|minutes|"
    r"resolutions?|authors?|organi[sz]ations?|agenc(?:y|ies)|editions?)"
)
_SPREADING = re.compile(
    rf"\b(?:different|various|several|other|all(?: of)?|each(?: of)?|every|both)(?: the| these|"
    rf" those)?(?: \w+)? {_DOCUMENTS}\b"
    rf"|\b(?:across|between|among) (?:the |these |all )*{_DOCUMENTS}\b"
    rf"|\b(?:the|these) {_DOCUMENTS} (?:dis)?(?:agree|differ|compare)\b"
    r"|\b(?:do|does) the(?:y|se)? (?:dis)?(?:agree|differ|compare)\b"
    r"|(?:^|[.?!;,]\s*)(?:please |now |and )?(?:compare|contrast)\b|\bcomparison (?:of|between)\b"
    r"|\bwho (?:says|said|writes|argues) what\b",
    re.IGNORECASE,
)
# What such a question says of the spread; its subject is what is left without.
_ASIDES = (
    (
        rf"\b(?:different|various|several|each of|all of)\s+"
        rf"(?=(?:the |these |those )?(?:\w+ )?{_DOCUMENTS}\b)",
        "",
    ),
    (rf"\b(?:across|between|among)\s+(?=(?:the |these |all )*{_DOCUMENTS}\b)", "in "),
    (r"^(?:please |now |and )?(?:compare|contrast)\s+", ""),
)
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-z]|[ivx]{1,4})[.)]\s+")
_HEADING_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){0,4}|[A-Z]|[IVX]{1,5})[.)]?\s+")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")
_Shingle = tuple[str, ...]
_LONG_WORD, _MIN_TELLING = 9, 8
_FOLD_DEPTH = 60  # passages, from the best, that are compared; what is shown is among them
_SHORT_ITEM = 20  # words of an item of a list, below which it is read like a row of a table
# How far a statement reaches; "all" and "some" differ by more than a word.
_REACH = frozenset(
    "all any some only every each most many few several both either except unless if more "
    "less".split()
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How ranked passages are thinned out."""

    max_per_document: int = 0  # 0: no limit
    fold_similarity: float = 0.0  # 0: nothing is folded


def limits_for(question: str, settings: RetrievalSettings, documents: int) -> Limits:
    """The limits for a question that is asked of so many documents."""
    most = settings.max_per_document
    asked = settings.spread_per_document
    if asked and documents > 1 and asks_for_spread(question):
        most = min(most, asked) if most else asked
    return Limits(most, settings.fold_similarity if documents > 1 else 0.0)


def asks_for_spread(question: str) -> bool:
    """Whether `question` asks what different documents say, or to compare."""
    return _SPREADING.search(" ".join(question.split())) is not None


def without_spread(question: str) -> str:
    """`question` without the words that ask for the spread, for they are in no passage."""
    if not asks_for_spread(question):
        return question
    rest = question
    for pattern, instead in _ASIDES:
        rest = re.sub(pattern, instead, rest, flags=re.IGNORECASE)
    return rest if rest.strip() else question


def spread(
    ranked: Sequence[tuple[float, Passage]], facts: Mapping[str, Facts], limits: Limits
) -> Iterator[Hit]:
    """The hits that are shown of passages ranked best first; `facts` by document id."""
    groups = _folded(ranked, facts, limits.fold_similarity)
    shown: Counter[str] = Counter()
    rank = 0
    for score, newest, others in groups:
        shown[newest.document_id] += 1
        if limits.max_per_document and shown[newest.document_id] > limits.max_per_document:
            continue
        rank += 1
        also_in = tuple(_reprint(each, facts[each.document_id]) for each in others)
        yield Hit(rank, score, newest, facts[newest.document_id], also_in)


def shingles(text: str) -> set[_Shingle]:
    """Runs of three words; of a shorter text, the text."""
    said = _WORD.findall(text.casefold())
    return set(zip(said, said[1:], said[2:], strict=False)) or {tuple(said)}


@lru_cache(maxsize=2048)  # the same passages are found again and again
def _read(passage: Passage) -> _Text:
    return _Text(passage)


def _folded(
    ranked: Sequence[tuple[float, Passage]], facts: Mapping[str, Facts], min_similarity: float
) -> Iterator[tuple[float, Passage, list[Passage]]]:
    """Score, newest passage and the others of each group, in order of their best-ranked."""
    if not min_similarity:
        for score, passage in ranked:
            yield score, passage, []
        return
    groups: list[tuple[float, _Text, list[Passage]]] = []
    holders: dict[_Shingle, list[int]] = {}  # by shingle, the groups whose leader has it
    for score, passage in ranked[:_FOLD_DEPTH]:
        text = _read(passage)
        places = sorted({at for each in text.telling for at in holders.get(each, ())})
        near = (at for at in places if groups[at][1].is_near(text, min_similarity))
        if (at := next(near, None)) is not None:
            groups[at][2].append(passage)
            continue
        for each in text.telling:
            holders.setdefault(each, []).append(len(groups))
        groups.append((score, text, [passage]))
    for score, _, members in groups:
        newest, *others = _newest_first(members, facts)
        yield score, newest, others
    for score, passage in ranked[_FOLD_DEPTH:]:
        yield score, passage, []


class _Text:
    """A passage's words as they are compared."""

    def __init__(self, passage: Passage) -> None:
        self.document_id = passage.document_id
        self._passage = passage
        self.text = self._without_numbers()
        self.shingles = shingles(self.text)
        # A few, by which others are found that may be near: those around long words.
        few = [each for each in self.shingles if len(each) > 1 and len(each[1]) >= _LONG_WORD]
        self.telling = few if len(few) >= _MIN_TELLING else self.shingles

    def is_near(self, other: _Text, min_similarity: float) -> bool:
        """Whether a reader would miss nothing with only one of the two."""
        if self.document_id == other.document_id:
            return False
        shared = len(self.shingles & other.shingles)
        if shared < min_similarity * (len(self.shingles) + len(other.shingles) - shared):
            return False
        if self.text == other.text:
            return True
        return not _differ_tellingly(self.text, other.text, self.has_rows or other.has_rows)

    def _without_numbers(self) -> str:
        """The passage without the numbers of its paragraphs, items and headings."""
        lines = []
        for unit, line in self._lines():
            number = _HEADING_NUMBER if unit.kind == "heading" else _ENUMERATOR
            found = number.match(line)
            lines.append(line[found.end() :] if found else line)
        return "\n".join(lines) or self._passage.text

    @property
    def has_rows(self) -> bool:
        """Whether rows of tables stand in it, or items of lists as short."""
        return any(
            unit.kind == "table_row"
            or (unit.kind == "list_item" and len(line.split()) < _SHORT_ITEM)
            for unit, line in self._lines()
        )

    def _lines(self) -> Iterator[tuple[Unit, str]]:
        passage = self._passage
        for unit in passage.units:
            yield unit, passage.text[unit.start - passage.start : unit.end - passage.start]


def _differ_tellingly(one: str, other: str, have_rows: bool) -> bool:
    """Whether the two differ in a word that a reader must see."""
    here, there = words(one), words(other)
    matcher = SequenceMatcher(
        None, [word.text for word in here], [word.text for word in there], autojunk=False
    )
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        mine, theirs = here[start:end], there[other_start:other_end]
        if any(_tells(word, have_rows) for word in (*mine, *theirs)):
            return True
        said, said_there = _joined(mine), _joined(theirs)
        for pair in ((said, said_there), (said_there, said)):
            if opposed(*pair) or turned_round(*pair):
                return True
    return False


def _tells(word: Word, in_row: bool) -> bool:
    """Whether a reader must see that this word stands in one text and not in the other."""
    said = word.text
    if any(each.isdigit() for each in said) or said in _REACH or is_cue(said) or modals(said):
        return True
    beside = quantities(f"5 {said}")  # a month, a multiplier, "%" makes it something else
    if quantities(said) or [each.value for each in beside] != [5.0] or beside[0].unit:
        return True
    return bool(stem(said)) and (in_row or word.is_capital)


def _joined(said: Iterable[Word]) -> str:
    return " ".join(word.text for word in said)


def _newest_first(members: Sequence[Passage], facts: Mapping[str, Facts]) -> list[Passage]:
    """`members`, best-ranked first, in the order of their age; what is not told changes nothing."""
    ordered: list[Passage] = []
    for passage in members:
        known = facts[passage.document_id]
        older = (
            at for at, other in enumerate(ordered) if is_newer(known, facts[other.document_id])
        )
        ordered.insert(next(older, len(ordered)), passage)
    return ordered


def is_newer(one: Facts, other: Facts) -> bool:
    """Whether `one` is of a later date than `other`, as far as both are told, or of a later
    edition; what is not told makes nothing newer."""
    precision = min(len(one.date), len(other.date))
    dates = one.date[:precision], other.date[:precision]
    if dates[0] != dates[1]:
        return dates[0] > dates[1]
    editions = [[int(each) for each in _NUMBER.findall(facts.edition)] for facts in (one, other)]
    return editions[0] > editions[1]


def _reprint(passage: Passage, facts: Facts) -> Reprint:
    return Reprint(
        passage_id=passage.passage_id,
        document_id=passage.document_id,
        title=facts.title,
        edition=facts.edition,
        date=facts.date,
        page=passage.page,
        page_label=passage.page_label,
    )
