"""Question to ranked hits.

1. First stage: the nearest passages by vector and the best by BM25, `candidates` of each.
2. Rerank by late interaction: for each word piece of the question the most similar word piece of
   the passage, averaged with the rarity of its word as weight (MaxSim: Khattab and Zaharia,
   ColBERT, 2020), on token vectors stored at ingestion; once over the whole passage, and once
   over the best of its sentences, since an answer mostly stands in one.
3. Fusion: a weighted sum of the four scores, the lexical one scaled by the best of its list. A
   passage that itself asks (a list of guiding questions) counts less: it does not answer. With
   `fusion = "rrf"` the first stages alone are fused by rank, to compare with.
4. A compound question is searched as a whole and by parts; a passage has the mean of its scores.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.errors import QuestionError, StoreError
from rag.index import Index, Scores, terms
from rag.ledger import Ledger
from rag.ports import Embedder, TokenVectors, Vectors
from rag.records import Facts, Hit, Passage, Question, Span
from rag.rewrite import Rewritten, rewrite, split_parts
from rag.sentences import is_asking
from rag.settings import RetrievalSettings

_MAX_CHARACTERS = 20_000
_MAX_PARTS = 20
_COMMON_WORD_WEIGHT = 0.2  # of a question's stop words in MaxSim; rare words have up to 1
_CONTEXT_WEIGHT = 0.6  # of words taken over from the conversation or an earlier part
_WORD = re.compile(r"\w+")
_EXACT = ("document_id", "language")
_CONTAINED = ("title", "organisation", "author", "kind", "symbol", "edition", "event")
FILTER_KEYS = (*_EXACT, *_CONTAINED, "date", "year")


@dataclass(frozen=True, slots=True)
class Query:
    """A standalone question as the searches see it; `weights` (n,) belong to its word pieces.

    Up to `context_end`, its text was taken over from the conversation or an earlier part.
    """

    text: str
    context_end: int
    tokens: TokenVectors
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: as a whole, and for each of its parts."""

    rewritten: Rewritten
    hits: tuple[Hit, ...]
    queries: tuple[Query, ...]  # one for each part
    hits_by_part: tuple[tuple[Hit, ...], ...]


@dataclass(frozen=True, slots=True)
class _Candidates:
    passages: dict[str, Passage]
    vectors: dict[str, Vectors]
    tokens: dict[str, TokenVectors]
    dense: dict[str, Scores]  # by query text, as the first stage found them
    lexical: dict[str, Scores]  # likewise


@dataclass(slots=True)
class Retriever:
    """Searches one library."""

    ledger: Ledger
    index: Index
    embedder: Embedder
    settings: RetrievalSettings

    def search(self, question: Question, top_k: int) -> tuple[Hit, ...]:
        """At most `top_k` hits, best first. Raises QuestionError for an unusable question."""
        return self.find(question, top_k).hits

    def find(self, question: Question, top_k: int) -> Found:
        """Hits of the whole question and of each part, at most `top_k` of each."""
        check_question(question)
        facts = self.ledger.facts()
        documents = _chosen(facts, question.filters) if question.filters else None
        rewritten = rewrite(question)
        queries = self._queries(rewritten)
        candidates = self._candidates(queries, documents, frozenset(question.leave_out))
        scores = {query.text: self._scores(query, candidates) for query in queries}
        merged = {
            each: sum(found[each] for found in scores.values()) / len(scores)
            for each in candidates.passages
        }
        by_text = {query.text: query for query in queries}
        part_queries = tuple(
            by_text.get(part.query, by_text[rewritten.query]) for part in rewritten.parts
        )
        return Found(
            rewritten=rewritten,
            hits=_ranked(merged, candidates.passages, facts, top_k),
            queries=part_queries,
            hits_by_part=tuple(
                _ranked(scores[query.text], candidates.passages, facts, top_k)
                for query in part_queries
            ),
        )

    def _queries(self, rewritten: Rewritten) -> list[Query]:
        """The question and its parts encoded, each by itself so that none depends on another."""
        contexts = {rewritten.query: len(rewritten.query) - len(rewritten.text)}
        if self.settings.by_parts:
            contexts |= {part.query: len(part.query) - len(part.text) for part in rewritten.parts}
        return [self.query(text, context_end) for text, context_end in contexts.items()]

    def query(self, text: str, context_end: int = 0) -> Query:
        """`text` encoded for searching."""
        tokens = self.embedder.embed_tokens([text])[0]
        weights = self._weights(text, tokens)
        weights[tokens.spans[:, 1] <= context_end] *= _CONTEXT_WEIGHT
        return Query(text, context_end, tokens, weights)

    def _candidates(
        self,
        queries: Sequence[Query],
        documents: Collection[str] | None,
        left_out: Collection[str],
    ) -> _Candidates:
        """What the first stages find for any of the queries."""
        top_k, generation = self.settings.candidates + len(left_out), self.ledger.generation
        lexical, dense, found = {}, {}, dict[str, None]()
        has_dense, has_lexical = self._sides()
        for query in queries:
            near, worded = dict[str, float](), dict[str, float]()
            if has_dense:
                near = self.index.search_dense(query.tokens.vector, top_k, documents, generation)
            if has_lexical:
                worded = self.index.search_lexical(query.text, top_k, documents, query.context_end)
            dense[query.text] = {each: near[each] for each in near if each not in left_out}
            lexical[query.text] = {each: worded[each] for each in worded if each not in left_out}
            found |= dict.fromkeys([*dense[query.text], *lexical[query.text]])
        passages = self.ledger.passages(sorted(found))
        tokens = self.ledger.token_vectors(passages) if self.settings.rerank else {}
        vectors = self.index.vectors(passages, generation)
        if len(vectors) < len(passages):
            raise StoreError(
                f"the vector index lacks {len(passages) - len(vectors)} passages that the ledger "
                f"holds; run `verse ingest --rebuild` to make it anew"
            )
        return _Candidates(passages, vectors, tokens, dense, lexical)

    def _sides(self) -> tuple[bool, bool]:
        """Whether the dense and the lexical side are searched: one without weight is not."""
        settings = self.settings
        if settings.fusion == "rrf":
            return True, True
        dense = settings.dense_weight + settings.passage_weight + settings.sentence_weight
        return dense > 0, settings.lexical_weight > 0

    def _scores(self, query: Query, candidates: _Candidates) -> Scores:
        settings = self.settings
        lexical = candidates.lexical[query.text]
        if settings.fusion == "rrf":
            fused = _fused_ranks((candidates.dense[query.text], lexical), settings.rrf_k)
            return {each: fused.get(each, 0.0) for each in candidates.passages}
        best = max(lexical.values(), default=1.0)
        scores = {}
        for each, passage in candidates.passages.items():
            score = settings.dense_weight * float(candidates.vectors[each] @ query.tokens.vector)
            score += settings.lexical_weight * lexical.get(each, 0.0) / best
            if settings.rerank:
                similarity = Similarity(query, passage, candidates.tokens[each])
                score += settings.passage_weight * similarity.whole
                score += settings.sentence_weight * max(similarity.units, default=0.0)
            scores[each] = score - settings.asking_penalty * _asking_share(passage)
        return scores

    def _weights(self, text: str, tokens: TokenVectors) -> npt.NDArray[np.float32]:
        """The rarity of the word that each word piece belongs to, 0.2 to 1."""
        weights = np.full(len(tokens.spans), _COMMON_WORD_WEIGHT, dtype=np.float32)
        words = [(match.span(), terms(match.group())) for match in _WORD.finditer(text)]
        rarity = self.index.rarity({stem for _, stems in words for stem in stems})
        for (start, end), stems in words:
            if stems:
                inside = (tokens.spans[:, 0] >= start) & (tokens.spans[:, 1] <= end)
                weights[inside] = max(_COMMON_WORD_WEIGHT, *(rarity[each] for each in stems))
        return weights


class Similarity:
    """MaxSim of a query with a passage and with each of its units: weighted means, about 0 to 1."""

    def __init__(self, query: Query, passage: Passage, tokens: TokenVectors) -> None:
        """Compares all word pieces once."""
        self._query = query
        self._similar = query.tokens.tokens @ tokens.tokens.T
        self._starts = tokens.spans[:, 0]
        self.whole = self._mean(0, len(self._starts))
        self.units = [
            self.of_spans([Span(unit.start - passage.start, unit.end - passage.start)])
            for unit in passage.units
        ]

    def of_spans(self, spans: Sequence[Span]) -> float:
        """MaxSim with the word pieces in `spans` of the passage's text, together."""
        best = None
        for span in spans:
            first, last = np.searchsorted(self._starts, span)
            if last > first:
                found = self._similar[:, first:last].max(axis=1)
                best = found if best is None else np.maximum(best, found)
        return 0.0 if best is None else self._weighted(best)

    def _mean(self, first: int, last: int) -> float:
        if last <= first:
            return 0.0
        return self._weighted(self._similar[:, first:last].max(axis=1))

    def _weighted(self, best: Vectors) -> float:
        total = float(self._query.weights.sum())
        return float((best * self._query.weights).sum()) / total if total else 0.0


def _fused_ranks(lists: Sequence[Scores], k: int) -> Scores:
    """Reciprocal rank fusion: the sum of 1 / (k + rank) over the lists that hold a passage.

    Cormack, Clarke and Büttcher, SIGIR 2009.
    """
    fused: Scores = {}
    for scores in lists:
        order = sorted(scores, key=lambda each: (-scores[each], each))
        for rank, each in enumerate(order, start=1):
            fused[each] = fused.get(each, 0.0) + 1 / (k + rank)
    return fused


def _asking_share(passage: Passage) -> float:
    """Share of the passage's text that stands in questions, 0 to 1."""
    asking = sum(
        unit.end - unit.start
        for unit in passage.units
        if is_asking(passage.text[unit.start - passage.start : unit.end - passage.start])
    )
    return asking / max(1, len(passage.text))


def check_question(question: Question) -> None:
    """Raises QuestionError for an empty or overlong question, or an unknown filter key."""
    length = len(question.text)
    if not question.text.strip():
        raise QuestionError("the question is empty; ask something of the documents")
    if length >= _MAX_CHARACTERS:
        raise QuestionError(
            f"the question has {length:,} characters, at most {_MAX_CHARACTERS - 1:,} are read; "
            f"ask in fewer words"
        )
    try:
        "".join((question.text, *(turn.question for turn in question.history))).encode("utf-8")
    except UnicodeEncodeError as error:
        raise QuestionError(
            f"the question is not valid text (character {error.start}); send it as UTF-8"
        ) from error
    asked = len(split_parts(" ".join(question.text.split())))
    if asked > _MAX_PARTS:
        raise QuestionError(
            f"{asked} questions at once are too many, at most {_MAX_PARTS} are answered; put them "
            f"one a line in a file and use `verse ask --from FILE`"
        )
    for key, _ in question.filters:
        if key not in FILTER_KEYS:
            raise QuestionError(f"unknown filter {key!r}; known: {', '.join(FILTER_KEYS)}")


def _chosen(facts: Mapping[str, Facts], filters: Sequence[tuple[str, str]]) -> set[str]:
    """Ids of the documents that fit every filter; values of one key are alternatives."""
    keys = dict.fromkeys(key for key, _ in filters)
    return {
        document_id
        for document_id, each in facts.items()
        if all(
            any(_fits(document_id, each, key, value) for k, value in filters if k == key)
            for key in keys
        )
    }


def _fits(document_id: str, facts: Facts, key: str, value: str) -> bool:
    wanted = value.strip().casefold()
    if key in ("date", "year"):
        return bool(wanted) and facts.date.startswith(wanted)
    held = document_id if key == "document_id" else str(getattr(facts, key))
    return held.casefold() == wanted if key in _EXACT else wanted in held.casefold()


def _ranked(
    scores: Scores, held: Mapping[str, Passage], facts: Mapping[str, Facts], top_k: int
) -> tuple[Hit, ...]:
    order = sorted(scores.keys() & held.keys(), key=lambda each: (-round(scores[each], 6), each))
    return tuple(
        Hit(rank, round(scores[each], 6), held[each], facts[held[each].document_id])
        for rank, each in enumerate(order[:top_k], start=1)
    )
