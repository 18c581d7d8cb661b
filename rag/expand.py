"""What the lexical side searches for beside a question's own words.

1. The other form of each acronym in it, as the documents explain it (`rag/acronyms.py`).
2. For each word that the library does not have, its nearest one (`rag/spelling.py`), unless the
   encoder's vocabulary knows the word, or what it is a form of, as one piece: then it is no slip,
   the library just lacks it.
   In a question whose language no document is in, every word is lacking, and none is looked up.

The encoder reads the nearest words in the place of the misspelt ones (`Wording.corrected`).
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.index import Index
from rag.language import question_language
from rag.ledger import Ledger
from rag.lexical.query import Wording
from rag.ports import Embedder
from rag.records import Correction
from rag.settings import RetrievalSettings
from rag.spelling import find_corrections, uninflected


@dataclass(frozen=True, slots=True)
class Expander:
    """Words questions for one library."""

    ledger: Ledger
    index: Index
    embedder: Embedder
    settings: RetrievalSettings

    def expand(self, text: str, context_end: int = 0) -> Wording:
        """The question `text`, reworded; what stands before `context_end` was taken over."""
        acronym, correction = self.settings.acronym_share, self.settings.correction_share
        language = question_language(text)
        others = self._others(text) if acronym else ()
        is_corrected = correction and self.index.lexical.has_language(language)
        corrections = self._corrections(text) if is_corrected else ()
        further = [(each, acronym) for each in others]
        further += [(each.instead, correction) for each in corrections]
        return Wording(text, context_end, language, tuple(further), corrections, others)

    def _others(self, text: str) -> tuple[str, ...]:
        lexical, generation = self.index.lexical, self.ledger.generation
        return self.ledger.acronyms().expand(
            text, lambda word: word in lexical.words_from(word[0], generation)
        )

    def _is_common(self, word: str) -> bool:
        forms = (word, *uninflected(word))
        return any(self.embedder.count_tokens(each) == 1 for each in forms)

    def _corrections(self, text: str) -> tuple[Correction, ...]:
        lexical, generation = self.index.lexical, self.ledger.generation
        return find_corrections(
            text,
            lambda word: lexical.is_held(word) or self._is_common(word),
            lambda letter: lexical.words_from(letter, generation),
        )
