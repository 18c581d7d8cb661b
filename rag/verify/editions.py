"""Which documents are editions of one work, and what stood in a document before it was read anew.

1. Two documents may be editions of one work if their symbols agree but for "/Rev.1", or their
   titles but for years and words like "revised"; they are, if a fifth of the runs of six words
   sampled from the older stand in the newer.
2. Of passages that a document no longer has, the ledger keeps the words (rag/resolve.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from rag.ledger import Ledger
from rag.records import Facts
from rag.resolve import Resolution, resolve
from rag.spread import is_newer
from rag.verify.search import Shelf
from rag.verify.words import BareText, bare_words

_REVISION = re.compile(r"/Rev\.?\s?\d+$", re.IGNORECASE)
_OF_EDITIONS = frozenset(
    "revised revision rev edition ed draft final updated version first second third fourth fifth "
    "new corrected".split()
)
_SAMPLES, _RUN, _MIN_SHARE = 50, 6, 0.2


class Editions:
    """The editions of the works of a library."""

    def __init__(self, facts: Mapping[str, Facts], shelf: Shelf) -> None:
        """`facts` by document id; `shelf` has the words of the same documents."""
        self._facts, self._shelf = facts, shelf
        self._works: dict[str, list[str]] = defaultdict(list)
        for document_id, known in facts.items():
            for key in _keys(known):
                self._works[key].append(document_id)
        self._known: dict[str, tuple[str, ...]] = {}

    def newer(self, document_id: str) -> tuple[str, ...]:
        """Ids of the newer editions that the library holds, the newest first."""
        if document_id not in self._known:
            self._known[document_id] = self._newer(document_id)
        return self._known[document_id]

    def _newer(self, document_id: str) -> tuple[str, ...]:
        facts, found = self._facts, list[str]()
        mine = facts[document_id]
        others = {o for key in _keys(mine) for o in self._works[key]} - {document_id}
        for other in sorted(others):
            if is_newer(facts[other], mine) and self._is_edition(document_id, other):
                later = (n for n, each in enumerate(found) if is_newer(facts[other], facts[each]))
                found.insert(next(later, len(found)), other)
        return tuple(found)

    def _is_edition(self, older: str, newer: str) -> bool:
        bare, run = self._shelf[older], self._shelf[newer].run
        step = max(1, len(bare) // _SAMPLES)
        samples = ["".join(bare.words(at, at + _RUN)) for at in range(0, len(bare) - _RUN, step)]
        held = sum(each in run for each in samples)
        return bool(samples) and held >= _MIN_SHARE * len(samples)


def _keys(facts: Facts) -> set[str]:
    """What editions of one work have in common."""
    title = [word.text for word in bare_words(facts.title)]
    kept = [word for word in title if word not in _OF_EDITIONS and not word.isdigit()]
    symbol = _REVISION.sub("", facts.symbol)
    return {key for key in (" ".join(kept) if len(kept) > 1 else "", symbol) if key}


def find_retired(ledger: Ledger, retired: Shelf, said: BareText) -> Resolution | None:
    """What became of a passage in which the words stood once; None where they never did."""
    found = retired.exact(said)
    resolved = [resolve(ledger, each.document_id) for each in found]
    changed = (each for each in resolved if each.state == "changed")
    return next(changed, resolved[0] if resolved else None)


def retired_shelf(ledger: Ledger) -> Shelf:
    """The words of passages that are no longer held, by passage id."""
    return Shelf({each.passage_id: each.text for each in ledger.retired_passages()})
