"""What a refusal tells: where an answer was looked for, and what of the question is not there.

1. Looked at are the names and figures of a part, and its other words; a run of names ("Costa Rica")
   is one thing.
2. The lexical index tells whether a passage has a word at all, whatever its inflection, and whether
   one of the documents searched has it.
3. A name is held by a library that has its country, or its people ("Swedish", "Sweden"). Forms of
   verbs that the index does not bring together ("spoke", "speak") are left out.
4. Names and figures that the documents have may be lacking in the passages found, or no one of
   these has them together. Of other words this is not told, as what is found may use others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.check.names import missing_names, names
from rag.index import Index
from rag.language import question_language
from rag.ledger import Ledger
from rag.lexical.query import Wording
from rag.records import Answer, Extent, Hit, Lacking, Missing, Question
from rag.retrieve import Found
from rag.rewrite import subject_words
from rag.settings import RetrievalSettings

_FIGURE = re.compile(r"(?<![\w.,])\d[\d.,/-]*(?<![.,/-])")
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_IRREGULAR = frozenset(
    "began became bought brought built came chose did drew drove fell felt fought found gave got "
    "grew had heard held kept knew laid led left lent lost made meant met paid ran rose said sang "
    "sat saw sent sold sought spent spoke spoken stood taken taught thought told took understood "
    "went won wore wrote written".split()
)
_MAX_TITLES = 3
_MAX_OF_PART = 6
_MAX_CHARACTERS = 60  # of what is told; what is longer is no word


@dataclass(frozen=True, slots=True)
class Lookout:
    """Says of one library what it lacks."""

    ledger: Ledger
    index: Index
    settings: RetrievalSettings

    def complete(self, answer: Answer, found: Found) -> Answer:
        """`answer` with the parts of its question, where it was looked for, and what is missing for
        the parts that have no answer."""
        missing: list[Missing] = []
        for part, hits in zip(found.rewritten.parts, found.hits_by_part, strict=True):
            if part.text in answer.unanswered:
                missing += self._missing(part.text, hits, found)
        return replace(
            answer,
            parts=tuple(part.text for part in found.rewritten.parts),
            extent=self._extent(answer.question, found),
            missing=tuple(missing),
        )

    def _extent(self, question: Question, found: Found) -> Extent:
        facts, within = self.ledger.facts(), found.scope.documents
        if within is None:
            return Extent(len(facts), len(facts))
        titles = sorted(facts[each].title or each for each in within)
        return Extent(
            documents=len(within),
            held=len(facts),
            titles=tuple(titles) if len(titles) <= _MAX_TITLES else (),
            filters=question.filters,
            is_named=found.is_named,
        )

    def _missing(self, part: str, hits: Sequence[Hit], found: Found) -> tuple[Missing, ...]:
        """What `part` of a question has and the library, the documents searched or `hits` lack."""
        is_english = question_language(part) == "en"
        figures = [match[0] for match in _FIGURE.finditer(part)]
        named = [run for run in _runs(part) if run not in figures] if is_english else []
        telling = [*dict.fromkeys(named), *dict.fromkeys(figures)]
        taken = {word.lower() for text in telling for word in _WORD.findall(text)} | _IRREGULAR
        others = [word for word in subject_words(part) if word.isalpha() and word not in taken]
        asked = dict.fromkeys((*telling, *others)) if is_english else dict.fromkeys(telling)
        lacking = {text: self._lacking(text, found) for text in asked}
        passages = [_read(hit) for hit in hits]
        for text in telling:
            is_found = any(_has(text, passage) for passage in passages)
            lacking[text] = lacking[text] or (None if is_found else "found")
        told = [
            Missing(text, part, where)
            for text, where in lacking.items()
            if where and len(text) <= _MAX_CHARACTERS
        ]
        if len(telling) > 1 and not any(lacking[text] for text in telling):
            is_joined = any(all(_has(text, passage) for text in telling) for passage in passages)
            told += [] if is_joined else [Missing(text, part, "together") for text in telling]
        return tuple(told[:_MAX_OF_PART])

    def _lacking(self, text: str, found: Found) -> Lacking | None:
        """Where `text` or a word of it is missing, as far as the lexical index can tell."""
        words = _WORD.findall(text)
        if not all(self._is_held(word) for word in words):
            return "library"
        scope = found.scope
        if scope.documents is None and scope.passages is None:
            return None
        is_there = all(
            self.index.search_lexical(
                Wording(word), 1, scope.documents, self.settings, scope.passages
            )
            for word in words
        )
        return None if is_there else "searched"

    def _is_held(self, word: str) -> bool:
        lexical = self.index.lexical
        if lexical.is_held(word) or not word[0].isupper():
            return lexical.is_held(word)
        written = lexical.words_from(word[0], self.ledger.generation)
        return not missing_names(f"the {word}", " ".join(written))


def _runs(text: str) -> Iterator[str]:
    """The names in `text`; names with nothing but a space between are one."""
    start = end = -1
    for each in names(text):
        if end >= 0 and text[end : each.start].isspace():
            end = each.end
            continue
        if end >= 0:
            yield text[start:end]
        start, end = each.start, each.end
    if end >= 0:
        yield text[start:end]


def _has(thing: str, text: str) -> bool:
    """Whether `text` has a name, whatever its ending, or a figure, whatever sets its thousands
    apart."""
    if not thing[0].isdigit():
        return not missing_names(f"the {thing}", text)
    plain = re.escape(thing.replace(",", ""))
    return bool(re.search(rf"(?<![\d.]){plain}(?!\d)", text.replace(",", "")))


def _read(hit: Hit) -> str:
    facts, passage = hit.facts, hit.passage
    around = (facts.title, facts.organisation, facts.event, facts.date, *passage.section)
    return " ".join((*around, passage.text))
