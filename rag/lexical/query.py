"""A question to a query of the lexical index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import tantivy

from rag.lexical.stems import asked_terms
from rag.records import Correction
from rag.settings import RetrievalSettings
from rag.symbols import find_symbols, find_whole_words, paragraphs_asked

TEXT_FIELDS = ("title", "facts", "section", "body", "notes")
WITH_PHRASES = ("title", "section", "body")
_PARAGRAPH = 2.0  # times the boost of symbols, for a paragraph that a question names
_PARAGRAPH_MARK = "para:"  # no word of a text has a colon in it
_MIN_CORRECTED = 5  # letters
_BESIDE = 0.5  # share of the other form of a hyphenated word


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as the lexical side searches it: its words, and further ones with their shares.

    Up to `context_end`, its text was taken over from elsewhere; `corrections` and `expansions` are
    what `further` is made of.
    """

    text: str
    context_end: int = 0
    language: str = "en"
    further: tuple[tuple[str, float], ...] = ()
    corrections: tuple[Correction, ...] = ()
    expansions: tuple[str, ...] = ()

    def corrected(self) -> tuple[str, int]:
        """The text with its misspelt words put right, and where what was taken over ends in it.

        The shortest are left: with four letters, many a word is one letter from another.
        """
        taken, own = self.text[: self.context_end], self.text[self.context_end :]
        for each in self.corrections:
            if len(each.asked) < _MIN_CORRECTED:
                continue
            word = re.compile(rf"(?<![\w./]){re.escape(each.asked)}(?![\w/])")
            taken, own = (word.sub(each.instead, part) for part in (taken, own))
        return taken + own, len(taken)


def build_query(
    schema: tantivy.Schema, asked: Wording, languages: Sequence[str], settings: RetrievalSettings
) -> tantivy.Query | None:
    """What to look up for a question, read by the rules of `languages`; None if it is nothing."""
    words, phrases, wholes = _weighed(asked, languages, settings)
    parts = [
        _boosted(_term(schema, field, word), boost * share)
        for field, boost in _boosts(settings)
        for word, share in words.items()
    ]
    parts += [
        _boosted(tantivy.Query.phrase_query(schema, field, list(phrase)), boost * share)
        for field, boost in _boosts(settings)
        for phrase, share in phrases.items()
        if field in WITH_PHRASES
    ]
    for word, share in wholes.items():
        weight = settings.symbols_boost * (_PARAGRAPH if _PARAGRAPH_MARK in word else 1)
        parts.append(_boosted(_term(schema, "symbols", word), weight * share))
    if not parts:
        return None
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in parts])


def _term(schema: tantivy.Schema, field: str, word: str) -> tantivy.Query:
    return tantivy.Query.term_query(schema, field, word, "freq")


def _boosted(query: tantivy.Query, boost: float) -> tantivy.Query:
    return tantivy.Query.boost_query(query, boost)


def _boosts(settings: RetrievalSettings) -> list[tuple[str, float]]:
    boosts = (
        settings.title_boost,
        settings.facts_boost,
        settings.section_boost,
        1.0,
        settings.notes_boost,
    )
    return [(field, boost) for field, boost in zip(TEXT_FIELDS, boosts, strict=True) if boost]


def _weighed(
    asked: Wording, languages: Sequence[str], settings: RetrievalSettings
) -> tuple[dict[str, float], dict[tuple[str, str], float], dict[str, float]]:
    """The words asked for, pairs of them side by side, and words kept whole, with their weights."""
    words: dict[str, float] = {}
    phrases: dict[tuple[str, str], float] = {}
    wholes: dict[str, float] = {}
    own = [
        (asked.text[asked.context_end :], 1.0),
        (asked.text[: asked.context_end], settings.context_share),
    ]
    for text, share in (*own, *asked.further):
        for rules in languages:
            running, beside = asked_terms(text, rules, asked.language)
            for word in running:
                words[word] = max(words.get(word, 0.0), share)
            for word in beside:
                words[word] = max(words.get(word, 0.0), share * _BESIDE)
            for phrase in pairwise(running) if settings.phrase_boost else ():
                weight = share * settings.phrase_boost
                phrases[phrase] = max(phrases.get(phrase, 0.0), weight)
    for text, share in own:
        paragraphs = numbered(paragraphs_asked(text), find_symbols(text))
        for word in (*find_whole_words(text), *paragraphs):
            wholes[word] = max(wholes.get(word, 0.0), share)
    return words, phrases, wholes


def numbered(paragraphs: Sequence[str], documents: Sequence[str]) -> list[str]:
    """Words for paragraphs: their numbers, alone and with the symbol of each of the documents."""
    names = ["", *(each.lower() for each in documents)]
    return [f"{name}{_PARAGRAPH_MARK}{number}" for name in names for number in paragraphs]
