"""What speaks for an answer to a question part, in its best sentences: figures a person can check.

The best three units by score (answer/evidence.py) are looked at, each with the lead-in of its list
and its lines of context (title, headings). All figures lie between 0 and 1, or near it.

1. `sentence`: cosine of the question's vector and the mean vector of a unit's word pieces; the
   best of the three.
2. `standing`: how far the best unit's score stands above those of the fourth to eighth.
3. `known`: share of the question's words, by rarity, that the passages of the best units hold.
4. `named`: of the names, years and numbers asked about, how near the one that is worst met in the
   best unit comes to a word piece of it; 1 if none are asked about.
5. `names_missing`: 1 if each of the three units lacks one of the names asked about altogether.
6. `words_missing`: share of the question's words, by rarity, that are neither names nor in the best
   unit. Given how near a unit comes otherwise, this speaks *for* an answer: one that repeats the
   question's words is often a heading, a title or another question.
7. `lack`: of the question's words the one that is rare and badly met in the best unit: rarity times
   distance to the nearest word piece.
8. `number_missing`: 1 if a number is asked for, and neither of the best two units has one that the
   question does not say itself.
9. `denies`: 1 if the question denies something ("not", "never", "except"). What is not so is seldom
   written down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from rag.answer.direct import asked_for, candidates
from rag.answer.evidence import CONTEXT_SHARE, CONTEXT_START, Evidence, root_of, word_roots
from rag.check.polarity import is_cue
from rag.check.words import words
from rag.late import Query, Similarity
from rag.lexical.stems import terms
from rag.records import Span
from rag.rewrite import subject_words

_BEST = 3  # units
_RIVALS = slice(3, 8)  # units that the best one is compared with
_COUNTED = 2  # units in which a number is looked for
_HELD = 5  # units whose passages may hold the question's words
_MIN_RARITY = 0.05
_MET = 0.75  # similarity of word pieces from which a name may be the same in another form
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_SUBORDINATE = frozenset("that because if unless".split())
_EXCEPTIONS = frozenset("except excepting excluding besides despite unlike least".split())


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for an answer, or against it; see the module's docstring for each."""

    sentence: float = 0.0
    standing: float = 0.0
    known: float = 0.0
    named: float = 0.0
    names_missing: float = 1.0
    words_missing: float = 1.0
    lack: float = 1.0
    number_missing: float = 0.0
    denies: float = 0.0


@dataclass(frozen=True, slots=True)
class _Word:
    """A word that a question is about."""

    roots: frozenset[str]
    rarity: float
    pieces: tuple[int, ...]  # places of its word pieces in the question
    is_name: bool  # a name, a year or a number


@dataclass(frozen=True, slots=True)
class _Met:
    """How the words of a question are met by one unit; arrays have shape (words,)."""

    nearness: npt.NDArray[np.float64]  # of the nearest word piece, -1 to 1
    is_held: npt.NDArray[np.bool_]  # has it, in any form
    rarity: npt.NDArray[np.float64]
    is_name: npt.NDArray[np.bool_]

    @property
    def worst_name(self) -> float:
        return float(self.nearness[self.is_name].min(initial=1.0))

    @property
    def lacks_name(self) -> bool:
        return bool((self.is_name & ~self.is_held & (self.nearness < _MET)).any())

    @property
    def words_missing(self) -> float:
        missing = self.rarity[~self.is_held & ~self.is_name].sum()
        return float(missing / self.rarity.sum())

    @property
    def lack(self) -> float:
        return float(((1 - self.nearness) * self.rarity).max())


def features(
    query: Query,
    evidence: Sequence[Evidence],
    similarities: Mapping[str, Similarity],
    rarity: Mapping[str, float],
) -> Features:
    """Features of one part of a question.

    `evidence` is its units, best first; `similarities` compare the question with each of their
    passages, by id; `rarity` has that of each of the question's terms.
    """
    asked = _words(query, rarity)
    if not (evidence and asked):
        return Features()
    best = evidence[:_BEST]
    met = [_met(asked, each, similarities[each.passage.passage_id]) for each in best]
    rivals = [each.score for each in evidence[_RIVALS]]
    sentence = max(similarities[each.passage.passage_id].of_mean(each.place) for each in best)
    return Features(
        sentence=sentence,
        standing=evidence[0].score - (sum(rivals) / len(rivals) if rivals else 0.0),
        known=_known(asked, evidence[:_HELD]),
        named=met[0].worst_name,
        names_missing=float(all(each.lacks_name for each in met)),
        words_missing=met[0].words_missing,
        lack=met[0].lack,
        number_missing=float(_lacks_number(query.text, best)),
        denies=float(_denies(query.text)),
    )


def _words(query: Query, rarity: Mapping[str, float]) -> list[_Word]:
    """The words that the question is about, those taken over from the conversation at less."""
    spans = query.tokens.spans
    found = []
    for match in _WORD.finditer(query.text):
        start, end = match.span()
        pieces = tuple(np.flatnonzero((spans[:, 0] >= start) & (spans[:, 1] <= end)).tolist())
        if not pieces or not subject_words(match.group()):
            continue
        known = terms(match.group())
        rare = max([_MIN_RARITY, *(rarity.get(term, 1.0) for term in known)])
        is_first = start == query.context_end
        found.append(
            _Word(
                roots=frozenset(map(root_of, known)),
                rarity=rare * (CONTEXT_SHARE if end <= query.context_end else 1.0),
                pieces=pieces,
                is_name=match.group()[0].isdigit() or (match.group()[0].isupper() and not is_first),
            )
        )
    return found


def _met(asked: Sequence[_Word], evidence: Evidence, similarity: Similarity) -> _Met:
    nearest = similarity.nearest([*evidence.places, Span(CONTEXT_START, 0)])
    held = word_roots(f"{evidence.around} {evidence.text}")
    return _Met(
        np.array([nearest[list(each.pieces)].mean() for each in asked]),
        np.array([bool(each.roots & held) for each in asked]),
        np.array([each.rarity for each in asked]),
        np.array([each.is_name for each in asked]),
    )


def _known(asked: Sequence[_Word], evidence: Sequence[Evidence]) -> float:
    held = word_roots(" ".join(f"{each.around} {each.passage.text}" for each in evidence))
    total = sum(each.rarity for each in asked)
    return sum(each.rarity for each in asked if each.roots & held) / total


def _lacks_number(question: str, evidence: Sequence[Evidence]) -> bool:
    if asked_for(question) != "number":
        return False
    said = (f"{each.introduced} {each.text}" for each in evidence[:_COUNTED])
    return not any(candidates("number", question, text) for text in said)


def _denies(question: str) -> bool:
    """Whether the question itself denies something; what it tells of ("fear that ... not") may."""
    said = (each.text for each in words(question))
    own = takewhile(lambda word: word not in _SUBORDINATE, said)
    return any(is_cue(word) or word in _EXCEPTIONS for word in own)
