"""Whether a sentence that a model wrote may be shown as an answer, and if not, why.

In this order, the first that fails being the reason:

1. It states something (orders.py), and cites a quote.
2. Its numbers, dates and names are in the quotes that it cites, their titles and headings counted;
   negation and modality agree (rag/check/findings.py). What is cut out of a quote word for word is
   held against the whole of it too, so that no "not" is left behind.
3. The quotes that it cites carry it, with a probability that reaches the setting; and each of its
   clauses, so that nothing foreign is hung on to what is true.
4. It has no word that is one of theirs with its letters in another order, and does not run
   backwards through theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise

from rag.answer.orders import formal_objection
from rag.answer.quotes import Quote
from rag.answer.replies import Sentence
from rag.check import Checker
from rag.check.align import align
from rag.check.findings import Finding, find
from rag.check.names import missing_names
from rag.check.polarity import opposed, turned_round
from rag.check.words import words

_CLAUSE_SHARE = 0.75  # of the least support of a sentence, for each of its clauses
_CLAUSE_WORDS = 4
_CUT = re.compile(
    r"[,;:—–]\s+(?:(?:and|but|or|so|while|whereas|because|which|who|that)\s+)?"
    r"|\s+(?:and|but|while|because)\s+"
)
_MIN_LETTERS = 5
_MIN_ROOT = 4  # letters of an adverb before its "ly"
_MIN_SHARE = 0.25  # of the words of a sentence, by weight, in the nearest sentence
_MIN_TURNED = 3  # pairs of words
_ROUND = ("negation", "modality")
_TOLD = {
    "number": "the number {} is not in what it cites",
    "date": "the date {} is not in what it cites",
    "name": "the name {} is not in what it cites",
    "negation": "what it cites says the opposite of {}",
    "modality": "what it cites is less firm, or firmer: {}",
}
_DISPLACED = "what it cites has {} of something else"


@dataclass(frozen=True, slots=True)
class Vetter:
    """Checks sentences against quotes."""

    checker: Checker
    min_support: float  # 0 to 1
    is_common: Callable[[str], bool]  # whether the library writes a word, given so, in lower case

    def objection(self, sentence: Sentence, quotes: Mapping[int, Quote], question: str) -> str:
        """Why the sentence must not be shown, in a few words for a reader; empty if it may be."""
        cited = [quotes[number] for number in sentence.numbers]
        evidence = "\n".join(dict.fromkeys(each.evidence for each in cited))
        formal = formal_objection(sentence.text, f"{evidence}\n{question}")
        if formal:
            return f"it {formal}"
        if not cited:
            return "it cites no quote"
        verdict = self.checker.check(sentence.text, evidence)
        findings = verdict.findings
        if verdict.is_verbatim:
            aligned = align(sentence.text, evidence)
            findings = tuple(each for each in find(aligned) if each.kind in _ROUND)
        if findings:
            return _told(findings[0])
        if turned := _turned(sentence.text, evidence):
            return _TOLD["negation"].format(f'"{turned}"')
        if name := self._name_in_front(sentence.text, evidence):
            return _TOLD["name"].format(f'"{name}"')
        if verdict.support < self.min_support:
            return "what it cites does not carry it"
        for clause in _clauses(sentence.text):
            if self.checker.support(clause, evidence) < _CLAUSE_SHARE * self.min_support:
                return f'what it cites does not carry "{clause}"'
        if _is_backwards(sentence.text, evidence):
            return "it has the words of what it cites in reverse"
        scrambled = _scrambled(sentence.text, evidence)
        return (
            f'it has "{scrambled}", a word of what it cites with its letters mixed'
            if scrambled
            else ""
        )

    def _name_in_front(self, text: str, evidence: str) -> str:
        """The first word of `text`, whose capital tells nothing, if `evidence` does not have it and
        the library does not write it small: then it is a name, or as strange as one."""
        first = words(text)[0] if words(text) else None
        if first is None or not first.is_capital or not missing_names(f"the {first.raw}", evidence):
            return ""
        return "" if any(map(self.is_common, _small_forms(first.text))) else first.raw

    def is_about(self, text: str, quotes: Mapping[int, Quote]) -> bool:
        """Whether all quotes together carry `text`, whatever it cites."""
        evidence = "\n".join(dict.fromkeys(each.evidence for each in quotes.values()))
        return self.checker.support(text, evidence) >= self.min_support


def _small_forms(word: str) -> Iterator[str]:
    """What the library may write of a `word` in lower case: itself, or what its adverb is made of,
    as "notable" of "notably"; short ends prove nothing ("Carly")."""
    yield word.removesuffix("'s")
    root = word.removesuffix("ly")
    if root != word and len(root) >= _MIN_ROOT:
        yield from (root, f"{root}le", f"{root}l", root.removesuffix("al"))
        if root.endswith("i"):
            yield f"{root[:-1]}y"


def _clauses(text: str) -> list[str]:
    """The clauses of `text`, if it has more than one; a few words are none of their own."""
    found, start = [], 0
    for cut in _CUT.finditer(text):
        if all(
            len(each.split()) >= _CLAUSE_WORDS
            for each in (text[start : cut.start()], text[cut.end() :])
        ):
            found.append(text[start : cut.start()])
            start = cut.end()
    return [*found, text[start:]] if found else []


def _turned(text: str, evidence: str) -> str:
    """A word of `text` that the nearest sentence denies or has the opposite of; also where the two
    have too little in common for the findings of the checker."""
    aligned = align(text, evidence)
    if not aligned.ranked or aligned.shares[aligned.ranked[0]] < _MIN_SHARE:
        return ""
    nearest = aligned.evidence[aligned.ranked[0]]
    return next(chain(turned_round(text, nearest), opposed(text, nearest)), "")


def _scrambled(text: str, evidence: str) -> str:
    """The first word of `text` that is none of the evidence, but has the letters of one."""
    known = {word.text for word in words(evidence)}
    letters = {"".join(sorted(each)) for each in known}
    for word in words(text):
        is_long = len(word.text) >= _MIN_LETTERS and word.text.isalpha()
        if is_long and word.text not in known and "".join(sorted(word.text)) in letters:
            return word.raw
    return ""


def _is_backwards(text: str, evidence: str) -> bool:
    """Whether neighbours in `text` are neighbours of the evidence mostly the other way round."""
    said, known = _neighbours(text), _neighbours(evidence)
    turned = {(second, first) for first, second in said} & known
    return len(turned) >= _MIN_TURNED and len(turned) > len(said & known)


def _neighbours(text: str) -> set[tuple[str, str]]:
    return set(pairwise(word.text for word in words(text)))


def _told(finding: Finding) -> str:
    told = _DISPLACED if finding.is_displaced else _TOLD[finding.kind]
    return told.format(f'"{finding.text}"')
