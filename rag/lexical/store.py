"""The lexical index on disk, and what is asked of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import tantivy

from rag.errors import StoreError
from rag.lexical.query import TEXT_FIELDS, WITH_PHRASES, Wording, build_query, numbered
from rag.lexical.stems import asked_terms, indexed_terms, rules_of
from rag.records import Facts, Passage, Span
from rag.settings import RetrievalSettings
from rag.symbols import find_symbols, find_whole_words, paragraphs_of
from rag.words import find_words, words_as_written

Scores = dict[str, float]

_MAX_OWN = 3  # symbols of a document under which its paragraphs are found


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """A passage as it goes into the index, with the line that introduces its list."""

    passage: Passage
    facts: Facts
    lead_in: str


class Lexical:
    """The lexical index in one folder."""

    def __init__(self, folder: Path) -> None:
        """Opens the index, making it where there is none; raises StoreError."""
        self._index = _open(folder)
        self._written: tuple[int, dict[str, dict[str, int]]] = -1, {}  # of one generation

    def add(self, entries: Iterable[LexicalEntry]) -> None:
        """Adds passages; one that is there already is replaced."""
        writer = self._index.writer(num_threads=1)
        for each in entries:
            writer.delete_documents_by_term("passage_id", each.passage.passage_id)
            writer.add_document(_stored(each))
        _commit(writer)

    def remove(self, passage_ids: Iterable[str]) -> None:
        """Removes passages; those not there are passed over."""
        writer = self._index.writer(num_threads=1)
        for passage_id in passage_ids:
            writer.delete_documents_by_term("passage_id", passage_id)
        _commit(writer)

    def rewrite(self, entries: Iterable[LexicalEntry]) -> None:
        """Makes the index anew of `entries`, in one step.

        Passages that are gone count in its statistics until then, so that scores would depend
        on what was held before.
        """
        writer = self._index.writer(num_threads=1)
        writer.delete_all_documents()
        for each in entries:
            writer.add_document(_stored(each))
        _commit(writer)

    def passage_ids(self) -> set[str]:
        """Ids of all passages held."""
        searcher = self._searcher()
        every = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs))
        return {_passage_id(searcher, address) for _, address in every.hits}

    def search(
        self,
        asked: Wording,
        top_k: int,
        documents: Collection[str] | None,
        settings: RetrievalSettings,
        passages: Collection[str] | None = None,
    ) -> Scores:
        """BM25 (0 and up) of the `top_k` best passages, of `documents` and among `passages` if
        given."""
        searcher = self._searcher()
        query = build_query(self._index.schema, asked, _languages(searcher), settings)
        if query is None:
            return {}
        for field, ids in (("document_id", documents), ("passage_id", passages)):
            if ids is None:
                continue
            chosen = tantivy.Query.term_set_query(self._index.schema, field, sorted(ids))
            scoreless = tantivy.Query.const_score_query(chosen, 0.0)
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, scoreless)]
            )
        hits = searcher.search(query, top_k, count=False).hits
        found = [(_passage_id(searcher, address), float(score)) for score, address in hits]
        return dict(sorted(found, key=lambda each: (-each[1], each[0])))

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of each term over passages, 0 (in all) to 1 (in none)."""
        searcher = self._searcher()
        return {term: _rarity(searcher, term) for term in terms}

    def word_rarity(self, text: str, language: str = "en") -> list[tuple[Span, float]]:
        """The rarity of each word of a question, by its place in `text`; of a stop word, 0.

        A word has the rarity of its commonest reading in the languages held.
        """
        searcher = self._searcher()
        languages, found = _languages(searcher), []
        for start, end in find_words(text):
            readings = [asked_terms(text[start:end], each, language)[0] for each in languages]
            rarities = [max(_rarity(searcher, term) for term in each) for each in readings if each]
            found.append((Span(start, end), min(rarities, default=0.0)))
        return found

    def has_language(self, language: str) -> bool:
        """Whether some passage was read by the rules of this language."""
        return rules_of(language) in _languages(self._searcher())

    def is_held(self, word: str) -> bool:
        """Whether some passage has the word, whatever its inflection or spelling."""
        searcher = self._searcher()
        for each in _languages(searcher):
            stems, _ = asked_terms(word, each, each)
            is_stop_word = not stems
            if is_stop_word or any(
                searcher.doc_freq(field, stem) for field in TEXT_FIELDS for stem in stems
            ):
                return True
        return False

    def words_from(self, letter: str, generation: int) -> dict[str, int]:
        """Words as written that start with the letter, in either case: passages that have them.

        They are read anew where the library has come to another `generation`.
        """
        known, by_letter = self._written
        if known != generation:
            by_letter = {}
            self._written = generation, by_letter
        if letter not in by_letter:
            searcher = self._searcher()
            starts = dict.fromkeys((letter.lower(), letter.upper()))
            by_letter[letter] = {
                word: passages
                for start in starts
                for word, passages in searcher.terms_with_prefix("words", start)
            }
        return by_letter[letter]

    def _searcher(self) -> tantivy.Searcher:
        self._index.reload()
        return self._index.searcher()


def _languages(searcher: tantivy.Searcher) -> list[str]:
    """The languages by whose rules the passages held were read."""
    return [language for language, _ in sorted(searcher.terms_with_prefix("language", ""))]


def _rarity(searcher: tantivy.Searcher, term: str) -> float:
    total = max(searcher.num_docs, 1)
    share = math.log((1 + total) / (1 + searcher.doc_freq("body", term))) / math.log(1 + total)
    return max(0.0, share)


def _stored(entry: LexicalEntry) -> tantivy.Document:
    passage, facts = entry.passage, entry.facts
    rules = rules_of(facts.language)
    body = " ".join((entry.lead_in, passage.text))
    own = find_symbols(f"{facts.symbol} {facts.title}")
    numbers = numbered(paragraphs_of(passage), own[:_MAX_OWN])
    whole = find_whole_words(f"{facts.symbol} {body}") + find_whole_words(" ".join(own))
    texts = {
        "title": facts.title,
        "facts": " ".join((facts.organisation, facts.event, facts.kind, facts.date)),
        "section": " ".join(passage.section),
        "body": body,
        "notes": " ".join(note.text for note in passage.notes),
    }
    return tantivy.Document(
        passage_id=passage.passage_id,
        document_id=passage.document_id,
        language=rules,
        symbols=" ".join((*whole, *numbers)),
        words=" ".join(sorted(words_as_written(" ".join(texts.values())))),
        **{field: " ".join(indexed_terms(text, rules)) for field, text in texts.items()},
    )


def _passage_id(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> str:
    return str(searcher.doc(address).get_first("passage_id"))


def _commit(writer: tantivy.IndexWriter) -> None:
    writer.commit()
    writer.wait_merging_threads()


def _open(folder: Path) -> tantivy.Index:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("passage_id", stored=True, tokenizer_name="raw")
    builder.add_text_field("document_id", tokenizer_name="raw")
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    for field in TEXT_FIELDS:
        option = "position" if field in WITH_PHRASES else "freq"
        builder.add_text_field(field, tokenizer_name="whole", index_option=option)
    builder.add_text_field("symbols", tokenizer_name="whole", index_option="freq")
    builder.add_text_field("words", tokenizer_name="whole", index_option="basic")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        index = tantivy.Index(builder.build(), path=str(folder))
    except ValueError as error:
        raise StoreError(
            f"the lexical index {folder} cannot be opened ({error}); run `verse ingest --rebuild`"
        ) from error
    whole = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    index.register_tokenizer("whole", whole.build())
    return index
