"""What a note names: documents of the library, pages, paragraphs; read leniently.

1. A note is cut at semicolons into references. "Ibid." means what the note before names, "see note
   3" and "op. cit., note 3" what that note names; a page or paragraph of their own goes before.
2. A document is named by its symbol or id, by most words of its title (rare ones weigh more), or by
   its organisation (or the initials of that) with the year, where only one document has both. Of
   several, the best: date and edition tell editions apart.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rag.records import Facts
from rag.symbols import find_symbols
from rag.verify.pinpoint import Pinpoint, read_pinpoint
from rag.verify.words import bare_words

_IBID = re.compile(r"\b(?:ibid(?:em)?|id)\b\.?", re.IGNORECASE)
_NOTE = r"\b(?:(?:foot|end)?notes?|n\.|fn\.?|nota|Anm\.)\s*(?P<{}>\d{{1,4}})\b"
_SEE_NOTE = re.compile(
    rf"\b(?:see|cf|supra|(?:op|loc)\.?\s?cit|voir|véase|siehe)\b[^;]{{0,60}}?{_NOTE.format('seen')}"
    rf"|{_NOTE.format('above')}\s+(?:above|supra)\b|\A\s*{_NOTE.format('alone')}",
    re.IGNORECASE,
)
# Semicolons, lines, and a sentence that comes after a place ("p. 3. See also ...").
_PARTED = re.compile(r";|\n|(?<=[\d)]\.)\s+(?=[^\W\d_a-z])")
_BARE_PLACE = 16  # characters at the start of a part in which a place without a work stands
_WORD_OF_TITLE = 3  # letters, at least, or a figure
_STOP = frozenset("the and for des les und der die das von los las del para with from into".split())
_OF_ENTRIES = frozenset(
    "cited cité citado notes notas rights droits derechos page pages pdf para paras paragraph "
    "available https http www accessed january february march april may june july august "
    "september october november december".split()
)
_MIN_SHARE, _MIN_ORGANISATION, _MIN_OF_TITLE = 0.6, 0.75, 0.8
_TIE = 0.05


@dataclass(frozen=True, slots=True)
class Reference:
    """One work that a note names: documents that it may be, and where in them."""

    documents: tuple[str, ...]
    pinpoint: Pinpoint = Pinpoint()  # noqa: RUF009 - it is frozen
    is_titled: bool = False  # named by title, symbol or id, not by organisation alone


class ReferenceReader:
    """Reads notes against the documents of a library."""

    def __init__(self, facts: Mapping[str, Facts]) -> None:
        """`facts` by document id."""
        self._facts = facts
        self._titles = {each: _title_words(known) for each, known in facts.items()}
        counts = Counter(word for words in self._titles.values() for word in words)
        self._weights = {word: math.log(1 + len(facts) / n) for word, n in counts.items()}

    def read(self, notes: Iterable[tuple[str, str, str]]) -> dict[str, tuple[Reference, ...]]:
        """What each note names, by key; `notes` are key, label and text, in order."""
        found: dict[str, tuple[Reference, ...]] = {}
        by_label: dict[str, tuple[Reference, ...]] = {}
        before: tuple[Reference, ...] = ()
        for key, label, text in notes:
            before = found[key] = tuple(self._references(text, before, by_label))
            by_label.setdefault(label, before)
        return found

    def read_one(self, text: str) -> tuple[Reference, ...]:
        """What a reference in the running text names."""
        return tuple(self._references(text, (), {}))

    def is_title(self, text: str) -> bool:
        """Whether `text` is hardly more than the title of a document, or the first half of one."""
        said = _telling(text)
        if not said:
            return False
        for document_id, title in self._titles.items():
            if sum(word in title for word in said) < _MIN_OF_TITLE * len(said):
                continue
            main = _main_title(self._facts[document_id])
            is_main = bool(main) and self._share(main, frozenset(said)) >= _MIN_OF_TITLE
            if is_main or self._share(title, frozenset(said)) >= _MIN_OF_TITLE:
                return True
        return False

    def is_entry(self, text: str) -> bool:
        """Whether a line is little more than the name of a work: most of its words are those of a
        title, an organisation, an event, an address or a page."""
        said = _telling(text)
        for document_id in self._titled(text) or self._by_organisation(text):
            facts = self._facts[document_id]
            known = (facts.title, facts.organisation, facts.author, facts.event, facts.kind)
            more = (
                facts.symbol,
                facts.language,
                facts.source,
                facts.rights,
                facts.edition,
                facts.date,
            )
            held = {*_telling(" ".join((*known, *more))), *_OF_ENTRIES}
            if sum(word in held or word.isdigit() for word in said) >= 0.7 * len(said):
                return True
        return False

    def _references(
        self,
        text: str,
        before: tuple[Reference, ...],
        by_label: Mapping[str, tuple[Reference, ...]],
    ) -> Iterator[Reference]:
        found = list(self._parts(text, before, by_label))
        is_titled = any(each.is_titled for each in found)
        for n, each in enumerate(found):
            # "Ministry A; Agency B, Title, p. 3" is one work: its organisations are none of their
            # own, and what has no place goes with the place that comes after.
            after = found[n + 1].documents if n + 1 < len(found) else ()
            is_first_half = each.documents == after or (is_titled and not each.is_titled)
            if each.pinpoint or not is_first_half:
                yield each

    def _parts(
        self,
        text: str,
        before: tuple[Reference, ...],
        by_label: Mapping[str, tuple[Reference, ...]],
    ) -> Iterator[Reference]:
        last: Reference | None = None
        for part in _PARTED.split(text):
            pinpoint = read_pinpoint(part)
            titled = self._titled(part)
            documents = titled or self._by_organisation(part)
            meant = before if _IBID.search(part) else ()
            if not meant and (seen := _SEE_NOTE.search(part)):
                meant = by_label.get(seen["seen"] or seen["above"] or seen["alone"], ())
            if documents:
                last = Reference(documents, pinpoint, bool(titled))
            elif meant:
                last = replace(meant[-1], pinpoint=pinpoint or meant[-1].pinpoint)
            elif last and pinpoint and read_pinpoint(part[:_BARE_PLACE]):
                last = replace(last, pinpoint=pinpoint)
            else:
                continue
            yield last

    def _titled(self, text: str) -> tuple[str, ...]:
        """The documents that are named by title, symbol or id."""
        scores = {each: self._score(each, text) for each in self._facts}
        best = max(scores.values(), default=0.0)
        least = max(best - _TIE, 1e-9)
        return tuple(each for each, score in scores.items() if score >= least)

    def _score(self, document_id: str, text: str) -> float:
        """How surely `text` names the document; 0 where it does not, higher is surer."""
        facts, said = self._facts[document_id], frozenset(_telling(text))
        share = self._share(self._titles[document_id], said)
        if main := _main_title(facts):
            share = max(share, 0.95 * self._share(main, said))
        symbols = {each.lower() for each in find_symbols(text)}
        is_symbol = bool(facts.symbol) and facts.symbol.lower() in symbols
        is_id = len(document_id) > 5 and document_id.lower() in text.lower()
        if share < _MIN_SHARE and not is_symbol and not is_id:
            return 0.0
        score = share + 2 * (is_symbol or is_id)
        score += 0.2 * (facts.date[:4] in text) if facts.date else 0.0
        score += 0.2 * (facts.edition.lower() in text.lower()) if facts.edition else 0.0
        return score + 0.1 * _share_of(_telling(facts.organisation), said)

    def _by_organisation(self, text: str) -> tuple[str, ...]:
        """The only document of its organisation (and of the year, where one is named)."""
        said = frozenset(_telling(text))
        shouted = set(re.findall(r"\b[A-Z]{3,}\b", text))
        found = []
        for document_id, facts in self._facts.items():
            parts = re.split(r"[;,]", facts.organisation)
            is_named = any(
                _share_of(_telling(each), said) >= _MIN_ORGANISATION or _initials(each) in shouted
                for each in parts
            )
            years = set(re.findall(r"\b(?:19|20)\d\d\b", text))
            if is_named and (not years or facts.date[:4] in years):
                found.append(document_id)
        return tuple(found) if len(found) == 1 else ()

    def _share(self, title: frozenset[str], said: frozenset[str]) -> float:
        total = sum(self._weights.get(word, 1.0) for word in title)
        return sum(self._weights.get(w, 1.0) for w in title & said) / total if total else 0.0


def _title_words(facts: Facts) -> frozenset[str]:
    return frozenset(_telling(facts.title))


def _main_title(facts: Facts) -> frozenset[str]:
    """The words of a title before its colon; none where that says too little."""
    main = frozenset(_telling(facts.title.partition(":")[0]))
    return main if len(main) > 1 else frozenset()


def _telling(text: str) -> list[str]:
    return [
        word.text
        for word in bare_words(text)
        if (len(word.text) >= _WORD_OF_TITLE or word.text.isdigit()) and word.text not in _STOP
    ]


def _share_of(words: list[str], said: frozenset[str]) -> float:
    return sum(word in said for word in words) / len(words) if words else 0.0


def _initials(name: str) -> str:
    letters = "".join(re.findall(r"\b[A-Z]", name))
    return letters if len(letters) > 2 else " "
