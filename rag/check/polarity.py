"""What turns a statement round or weakens it: negation, opposites, and how firmly it is said.

Each is compared between a statement and the sentences of the evidence that it is nearest to.

1. A cue of negation ("not", "no", "without", "lacks") denies the next few words; a prefix
   ("non-binding", "unpaid") denies its own.
2. A word is turned round if one text denies it and the other says it, and neither does both.
3. A word is opposed if the other text has its opposite ("rise", "fall") but not the word itself.
4. Modal words fall into classes: what may be, what should be, what must be. A statement that is
   firmer than its evidence, or of another class, is not what the evidence says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.check.words import Word, stem, words

_CUES = frozenset(
    "not no never none nobody nothing neither nor without cannot hardly barely scarcely lack lacks "
    "lacked lacking fail fails failed absence unable refuse refuses refused n't".split()
)
_NOT_ONLY = {"only", "just", "merely", "least", "necessarily"}
_PREFIXES = ("non-", "un", "in", "im", "ir", "il", "dis", "non")
_REACH = 4  # words after a cue that it may deny
_STOP = re.compile(r"[.;:!?\n]")
_ENDS = frozenset("but because although though while which who that".split())
_TRUE = {"true", "case", "correct", "right"}
_MIN_ROOT = 4

_OPPOSITES = tuple(
    pair.split("/")
    for pair in (
        "increase/decrease increase/reduce increase/decline increase/fall rise/fall rise/decline "
        "rise/decrease grow/shrink grow/decline higher/lower high/low more/less more/fewer "
        "most/least most/few all/none always/never many/few larger/smaller large/small "
        "better/worse best/worst improve/worsen before/after above/below early/late "
        "earlier/later first/last allow/forbid allow/prohibit permit/prohibit permit/forbid "
        "include/exclude accept/reject support/oppose agree/disagree begin/end start/end "
        "open/close win/lose won/lost true/false positive/negative men/women male/female "
        "public/private urban/rural north/south east/west northern/southern eastern/western "
        "activate/inhibit activation/inhibition promote/inhibit enhance/inhibit "
        "upregulate/downregulate induce/inhibit promote/prevent enhance/reduce "
        "enhance/impair enhance/suppress promote/suppress short/long import/export "
        "internal/external minimum/maximum inside/outside same/different easy/difficult "
        "cheap/expensive strong/weak success/failure voluntary/mandatory voluntary/compulsory "
        "temporary/permanent regular/irregular emigration/immigration emigrant/immigrant "
        "with/without rose/fell rose/fall rise/fell rose/decline rose/decrease fell/increase "
        "fell/grow grew/shrank grew/fell grew/decline began/ended majority/minority younger/older "
        "young/old".split()
    )
)

_RELATIONS = {"before", "after", "above", "below", "inside", "outside", "with", "without"}
_MODALS = {
    "may": "may",
    "might": "may",
    "can": "may",
    "could": "may",
    "possibly": "may",
    "perhaps": "may",
    "cannot": "may",
    "ca": "may",  # what is left of "can't"
    "should": "should",
    "ought": "should",
    "encouraged": "should",
    "invited": "should",
    "recommended": "should",
    "must": "must",
    "shall": "must",
    "required": "must",
    "obliged": "must",
    "mandatory": "must",
    "compulsory": "must",
}
_GLUE = frozenset("not be been have has also only well then".split())


@lru_cache(maxsize=20_000)
def denied(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of the words that `text` denies, and of those that it says."""
    out: set[str] = set()
    said: set[str] = set()
    reach = end = 0
    tokens = words(text)
    for at, word in enumerate(tokens):
        if word.text == "that" and reach and tokens[at - 1].text in _TRUE:
            reach = _REACH  # "it is not true that ..."
        elif word.text in _ENDS or _STOP.search(text, end, word.start):
            reach = 0
        end = word.end
        root = stem(word.text)
        if is_cue(word.text):
            after = tokens[at + 1].text if at + 1 < len(tokens) else ""
            reach = 0 if after in _NOT_ONLY else _REACH
        elif root:
            (out if reach else said).add(root)
            reach = max(0, reach - 1)
    return frozenset(out), frozenset(said)


def turned_round(statement: str, evidence: str) -> list[str]:
    """The words of `statement` that it denies and `evidence` says, or the other way round."""
    here, there = _only(denied(statement)), _only(denied(evidence))
    held = {word.text for word in words(evidence)}
    known = set().union(*denied(evidence))
    is_cued = any(is_cue(word.text) for word in words(statement))
    found = []
    for word in words(statement):
        root = stem(word.text)
        denies = root in here[0] and root in there[1]
        says = root in here[1] and root in there[0]
        is_prefixed = root and root not in known and not is_cued
        if denies or says or (is_prefixed and _is_turned_by_prefix(word.text, held)):
            found.append(word.text)
    return found


def _only(both: tuple[frozenset[str], frozenset[str]]) -> tuple[frozenset[str], frozenset[str]]:
    """What is denied and not said too, and what is said and not denied too."""
    return both[0] - both[1], both[1] - both[0]


def is_cue(word: str) -> bool:
    """Whether `word`, in lower case, denies what comes after it."""
    return word in _CUES or word.endswith("n't")


def _is_turned_by_prefix(word: str, held: Collection[str]) -> bool:
    """Whether `held` has `word` with a prefix that denies it, or without its own."""
    if len(word) < _MIN_ROOT:
        return False
    bare = [word.removeprefix(each) for each in _PREFIXES if word.startswith(each)]
    return any(each + word in held for each in _PREFIXES) or any(
        len(each) >= _MIN_ROOT and each in held for each in bare
    )


def opposed(statement: str, evidence: str) -> list[str]:
    """The words of `statement` whose opposite `evidence` has, but not the word itself.

    What sets one thing beside another ("before") counts only with the same word after it: what
    comes before one thing comes after another.
    """
    here, there = _followed(statement), _followed(evidence)
    found = []
    for root, (word, after) in here.items():
        others: set[str] = _opposites().get(root, set()) & there.keys()
        if root in there or not others:
            continue
        if word not in _RELATIONS or any(there[other][1] == after for other in others):
            found.append(word)
    return found


def _followed(text: str) -> dict[str, tuple[str, str]]:
    """By stem, each word of `text` with the stem of the next word that is no stop word."""
    found: dict[str, tuple[str, str]] = {}
    after = ""
    for word in reversed(words(text)):
        root = stem(word.text)
        found[root or word.text] = (word.text, after)
        after = root or after
    return found


@lru_cache(maxsize=1)
def _opposites() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one, other in _OPPOSITES:
        first, second = stem(one) or one, stem(other) or other
        found.setdefault(first, set()).add(second)
        found.setdefault(second, set()).add(first)
    return found


@dataclass(frozen=True, slots=True)
class Modal:
    """A modal word: its class, itself, and the stem of the word that it bears on."""

    kind: str
    word: str
    verb: str


@lru_cache(maxsize=20_000)
def modals(text: str) -> tuple[Modal, ...]:
    """The modal words of `text`, in order."""
    found = []
    said = words(text)
    for at, word in enumerate(said):
        kind = _MODALS.get(word.text.removesuffix("n't"))
        if kind is None or (word.text == "may" and _is_month(said, at)):
            continue
        roots = (stem(each.text) for each in said[at + 1 :] if each.text not in _GLUE)
        found.append(Modal(kind, word.raw, next(filter(None, roots), "")))
    return tuple(found)


def _is_month(said: Sequence[Word], at: int) -> bool:
    beside = (*said[max(0, at - 1) : at], *said[at + 1 : at + 2])
    return (at > 0 and said[at].is_capital) or any(each.text[0].isdigit() for each in beside)


def firmer(statement: str, nearest: Sequence[str]) -> list[str]:
    """The modal words of `statement` that none of the sentences `nearest` bears out.

    Where the statement has none, those of the evidence that it leaves out, if every one of the
    sentences has one and the statement has what that bears on. What is said flatly may be.
    """
    said, held = modals(statement), [modals(each) for each in nearest]
    if said and held:
        kinds = {modal.kind for each in held for modal in each}
        flat = any(not each for each in held)
        return [
            modal.word
            for modal in said
            if modal.kind not in kinds and not (modal.kind == "may" and flat)
        ]
    if not all(held):
        return []
    here = {stem(word.text) for word in words(statement)}
    return [modal.word for each in held[:1] for modal in each if modal.verb in here]
