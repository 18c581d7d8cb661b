"""Documents that a question names: "Ferry Act: who pays?", "What does the Ferry Act of 1911 say?"

1. What stands before a colon, and is the title or symbol of documents, says where to look: it is
   taken off the question, and only these documents are searched.
2. A title of three words and more, or with a figure or a full stop in it, that stands in the
   question whole is a hint only, by which its documents gain `retrieval.named_weight`: questions
   also use titles as plain words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rag.records import Facts

_WORD = re.compile(r"\w+")
_PREFIX = re.compile(r"\s*[\"'“”‘’«»(\[]?([^:\n]{2,200}?)[\"'“”‘’«»)\]]?\s*:\s+(?=\S)")
_TELLING = re.compile(r"\w[./\d-]\w|\d")
_MIN_WORDS = 3

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names; `rest` is the question without it where it only says where to look."""

    rest: str
    documents: frozenset[str] = frozenset()
    is_scope: bool = False  # whether it says where to look, and is no mere hint


class Namer:
    """Knows the documents of one library by their titles and symbols."""

    def __init__(self, facts: Mapping[str, Facts]) -> None:
        """`facts` by document id."""
        self._documents: dict[Words, list[str]] = {}
        self._telling: dict[str, set[Words]] = {}  # by their first word
        for document_id, each in sorted(facts.items()):
            for name in filter(None, dict.fromkeys((each.title, each.symbol))):
                words = _words(name)
                if not words:
                    continue
                self._documents.setdefault(words, []).append(document_id)
                if len(words) >= _MIN_WORDS or _TELLING.search(name):
                    self._telling.setdefault(words[0], set()).add(words)

    def find(self, text: str) -> Named:
        """The documents that `text` names."""
        prefix = _PREFIX.match(text)
        if prefix:
            documents = self._documents.get(_words(prefix[1]), ())
            if documents:
                return Named(text[prefix.end() :], frozenset(documents), is_scope=True)
        found = self._mentioned(_words(text))
        return Named(text, frozenset(each for name in found for each in self._documents[name]))

    def _mentioned(self, words: Words) -> Iterable[Words]:
        """The names that stand in the text whole, each unless it is part of a longer one."""
        at = 0
        while at < len(words):
            known = self._telling.get(words[at], ())
            here = [name for name in known if words[at : at + len(name)] == name]
            longest = max(here, key=len, default=None)
            if longest:
                yield longest
            at += len(longest) if longest else 1


def _words(text: str) -> Words:
    return tuple(_WORD.findall(text.casefold()))
