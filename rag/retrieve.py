"""Question to ranked hits.

1. First stage: the nearest passages by vector and the best by BM25, `candidates` of each. Where the
   question says in which documents to look (`rag/naming.py`), within these. The encoder reads the
   question with misspelt words put right (`rag/expand.py`).
2. Rerank by late interaction (`rag/late.py`), on token vectors stored at ingestion: the
   `rerank_depth` best by the first stage. A reranker that is set (`rag/rerank.py`) rates the whole
   passage in its place.
3. Fusion of what the sides say (`rag/fusion.py`).
4. A compound question is searched as a whole and by parts; a passage has the mean of its score for
   the whole and for the part that it fits best. The best of each part is among the hits.
5. In a conversation the question is also searched with the one before it in front, and a passage
   has `conversation_weight` of that score: most questions go on about the same thing, even where
   their words stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from rag.errors import QuestionError, StoreError
from rag.expand import Expander
from rag.explain import Sides, explain
from rag.fusion import (
    Scores,
    Signs,
    asking_share,
    asks_for_work,
    fuse_ranks,
    is_reference,
    weigh_all,
)
from rag.index import Index
from rag.language import question_language
from rag.late import MaxSim, Query, compare_all
from rag.ledger import Ledger
from rag.lexical.query import Wording
from rag.naming import Named, Namer
from rag.ports import Embedder, Reranker, TokenVectors, Vectors
from rag.records import AS_ASKED, Facts, Hit, Passage, Question, Searched
from rag.rewrite import Rewritten, rewrite, split_parts
from rag.scope import Scope, check_filters, open_scope
from rag.settings import RetrievalSettings
from rag.spread import Limits, limits_for, spread, without_spread

_MAX_CHARACTERS = 20_000
_MAX_PARTS = 20
_MAX_WORD = 500  # characters
_LATIN = re.compile(r"[A-Za-z0-9]+")
_COMMON_WORD_WEIGHT = 0.2  # of a question's stop words in MaxSim; rare words have up to 1
_CONTEXT_WEIGHT = 0.6  # of words taken over from the conversation or an earlier part


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: as a whole, and for each of its parts."""

    rewritten: Rewritten
    hits: tuple[Hit, ...]
    queries: tuple[Query, ...]  # one for each part
    hits_by_part: tuple[tuple[Hit, ...], ...]
    reason: str = ""  # why nothing could be searched, where nothing fits the filters
    searched: Searched = AS_ASKED
    scope: Scope = field(default_factory=Scope)  # what was searched
    is_named: bool = False  # whether the question itself named the documents searched


@dataclass(frozen=True, slots=True)
class _Candidates:
    passages: dict[str, Passage]
    vectors: dict[str, Vectors]
    dense: dict[str, Scores]  # by a query's wording, as the first stage found them
    lexical: dict[str, Scores]  # likewise
    named: Collection[str]  # ids of documents that the question names
    asking: Mapping[str, float]  # by passage: share of it that stands in questions
    references: Collection[str]  # passages that only name a work, where none is asked for


@dataclass(frozen=True, slots=True)
class _Search:
    """Where and how deep the first stages look."""

    scope: Scope
    left_out: Collection[str]  # ids of passages
    depth: int  # passages of each side
    named: Collection[str] = ()  # ids of documents


@dataclass(slots=True)
class Retriever:
    """Searches one library."""

    ledger: Ledger
    index: Index
    embedder: Embedder
    settings: RetrievalSettings
    reranker: Reranker | None = None
    _namer: tuple[int, Namer] | None = None  # of one generation

    def search(self, question: Question, top_k: int, is_explained: bool = True) -> tuple[Hit, ...]:
        """At most `top_k` hits, best first, each with the reason why it was found if wanted.

        Raises QuestionError for an unusable question.
        """
        return self.find(question, top_k, is_explained).hits

    def find(self, question: Question, top_k: int, is_explained: bool = True) -> Found:
        """Hits of the whole question, explained if wanted, and of each part, at most `top_k` of
        each."""
        check_question(question)
        named = self._named(question.text)
        asked = replace(question, text=without_spread(named.rest))
        rewritten = rewrite(asked)
        scope = open_scope(self.ledger, question.filters)
        if scope.reason:
            return Found(rewritten, (), (), (), scope.reason, scope=scope)
        is_named = named.is_scope and scope.has_any_of(named.documents)
        if is_named:
            scope = scope.within(named.documents)
        held = self.ledger.facts() if scope.documents is None else scope.documents
        limits = limits_for(question.text, self.settings, len(held))
        queries = self._queries(rewritten)
        depth = max(self.settings.candidates, top_k) + len(question.leave_out)
        candidates = self._candidates(
            queries, _Search(scope, frozenset(question.leave_out), depth, named.documents)
        )
        similar = {text: self._compared(query, candidates) for text, query in queries.items()}
        scores = {
            text: self._scores(query, candidates, similar[text]) for text, query in queries.items()
        }

        thinned = _Thinned(candidates.passages, self.ledger.facts(), limits, top_k)
        parts = [part if part.query in queries else rewritten.whole for part in rewritten.parts]
        hits_by_part = []
        if len(parts) > 1:
            merged = (self._merged(rewritten.of_part(part), scores) for part in parts)
            hits_by_part = [thinned.hits(each) for each in merged]
        best = {each[0].passage.passage_id for each in hits_by_part if each}
        hits = thinned.hits(self._merged(rewritten, scores), best)
        found = hits
        if is_explained:
            text = rewritten.query
            sides = Sides(candidates.dense[text], candidates.lexical[text], similar[text])
            hits = explain(queries[text].wording, hits, sides)
        queried = tuple(queries[part.query] for part in parts)
        searched = _searched(rewritten, queries[rewritten.query].wording)
        by_part = tuple(hits_by_part) or (found,)
        return Found(rewritten, hits, queried, by_part, "", searched, scope, is_named)

    def _named(self, text: str) -> Named:
        """The documents that a question names, and its words without them."""
        if not self.settings.named_weight:
            return Named(text)
        generation = self.ledger.generation
        if self._namer is None or self._namer[0] != generation:
            self._namer = generation, Namer(self.ledger.facts())
        return self._namer[1].find(text)

    def _queries(self, rewritten: Rewritten) -> dict[str, Query]:
        """The question, its parts, and it in its conversation, each encoded by itself so that none
        depends on another; by text."""
        contexts = {rewritten.query: len(rewritten.query) - len(rewritten.text)}
        if self.settings.by_parts:
            contexts |= {part.query: len(part.query) - len(part.text) for part in rewritten.parts}
        if rewritten.in_conversation and self.settings.conversation_weight:
            context_end = len(rewritten.in_conversation) - len(rewritten.text)
            contexts.setdefault(rewritten.in_conversation, context_end)
        return {text: self.query(text, context_end) for text, context_end in contexts.items()}

    def query(self, text: str, context_end: int = 0) -> Query:
        """`text` encoded for searching."""
        wording = self._wording(text, context_end)
        if self.settings.encode_corrected:
            text, context_end = wording.corrected()
        tokens = self.embedder.embed_tokens([text], "query")[0]
        weights = self._weights(text, tokens)
        weights[tokens.spans[:, 1] <= context_end] *= _CONTEXT_WEIGHT
        return Query(text, context_end, tokens, weights, wording)

    def _wording(self, text: str, context_end: int) -> Wording:
        """What the lexical side is asked; the text alone where that side is not searched."""
        if not self._sides()[1]:
            return Wording(text, context_end)
        expander = Expander(self.ledger, self.index, self.embedder, self.settings)
        return expander.expand(text, context_end)

    def _merged(self, rewritten: Rewritten, scores: Mapping[str, Scores]) -> Scores:
        """One score for each candidate, from those for the whole, the parts, the conversation."""
        whole = scores[rewritten.query]
        parts = [
            scores[part.query]
            for part in rewritten.parts
            if part.query in scores and part.query != rewritten.query
        ]
        around = scores.get(rewritten.in_conversation)
        share = self.settings.conversation_weight if around is not None else 0.0
        merged = {}
        for each, score in whole.items():
            if parts:
                score = (score + max(found[each] for found in parts)) / 2
            if around is not None:
                score += share * (around[each] - score)
            merged[each] = score
        return merged

    def _candidates(self, queries: Mapping[str, Query], asked: _Search) -> _Candidates:
        """What the first stages find for any of the queries."""
        generation = self.ledger.generation
        within, among = asked.scope.documents, asked.scope.passages
        lexical, dense, found = {}, {}, dict[str, None]()
        has_dense, has_lexical = self._sides()
        for text, query in queries.items():
            near, worded = dict[str, float](), dict[str, float]()
            if has_dense:
                vector = query.tokens.vector
                near = self.index.search_dense(vector, asked.depth, within, generation, among)
            if has_lexical:
                worded = self.index.search_lexical(
                    query.wording, asked.depth, within, self.settings, among
                )
            dense[text] = {each: near[each] for each in near if each not in asked.left_out}
            lexical[text] = {each: worded[each] for each in worded if each not in asked.left_out}
            found |= dict.fromkeys([*dense[text], *lexical[text]])
        passages = self.ledger.passages(sorted(found))
        vectors = self.index.vectors(passages, generation)
        if len(vectors) < len(passages):
            raise StoreError(
                f"the vector index lacks {len(passages) - len(vectors)} passages that the ledger "
                f"holds; run `verse ingest --rebuild` to make it anew"
            )
        asking = {each: asking_share(passage) for each, passage in passages.items()}
        wanted = any(asks_for_work(text) for text in queries)
        references = {each for each, one in passages.items() if is_reference(one) and not wanted}
        return _Candidates(passages, vectors, dense, lexical, asked.named, asking, references)

    def _sides(self) -> tuple[bool, bool]:
        """Whether the dense and the lexical side are searched: one without weight is not."""
        settings = self.settings
        if settings.fusion == "rrf":
            return True, True
        dense = settings.dense_weight + settings.passage_weight + settings.sentence_weight
        return dense > 0, settings.lexical_weight > 0

    def signs(self, question: Question) -> dict[str, Signs]:
        """What speaks for each passage that the question as a whole finds, by id: what the fusion
        weighs, for fitting it."""
        check_question(question)
        rewritten = rewrite(question)
        query = self.query(rewritten.query, len(rewritten.query) - len(rewritten.text))
        search = _Search(open_scope(self.ledger, question.filters), (), self.settings.candidates)
        candidates = self._candidates({query.wording.text: query}, search)
        return self._signs(query, candidates, self._compared(query, candidates))

    def _compared(self, query: Query, candidates: _Candidates) -> dict[str, MaxSim]:
        """The question compared with the best candidates; nothing where that is turned off, or
        where neither word pieces of the question nor a reranker are there to compare with."""
        if not self.settings.rerank or self.settings.fusion == "rrf":
            return {}
        if not (len(query.weights) or self.reranker):
            return {}
        first = weigh_all(self._signs(query, candidates, {}), self.settings)
        order = sorted(first, key=lambda each: (-round(first[each], 6), each))
        chosen = order[: self.settings.rerank_depth]
        held = self.ledger.token_vectors(chosen)
        passages = [candidates.passages[each] for each in chosen]
        found = compare_all(query, passages, [held[each] for each in chosen])
        if self.reranker:
            rated = self.reranker.rerank(query.text, [self._read_by(each) for each in passages])
            found = [replace(one, whole=score) for one, score in zip(found, rated, strict=True)]
        return dict(zip(chosen, found, strict=True))

    def _read_by(self, passage: Passage) -> str:
        """What a reranker reads of a passage: title and headings in a line, and its text."""
        title = self.ledger.facts()[passage.document_id].title
        path = " › ".join(dict.fromkeys(filter(None, (title, *passage.section))))
        return f"{path}\n{passage.text}" if path else passage.text

    def _signs(
        self, query: Query, candidates: _Candidates, similar: Mapping[str, MaxSim]
    ) -> dict[str, Signs]:
        lexical = candidates.lexical[query.wording.text]
        best = max(lexical.values(), default=1.0)
        signs = {}
        for each, passage in candidates.passages.items():
            found = similar.get(each)
            signs[each] = Signs(
                dense=float(candidates.vectors[each] @ query.tokens.vector),
                lexical=lexical.get(each, 0.0) / best,
                is_named=passage.document_id in candidates.named,
                passage=found.whole if found else None,
                sentence=max(found.units, default=found.whole) if found else None,
                asking=candidates.asking[each],
                is_reference=each in candidates.references,
            )
        return signs

    def _scores(
        self, query: Query, candidates: _Candidates, similar: Mapping[str, MaxSim]
    ) -> Scores:
        if self.settings.fusion == "rrf":
            text = query.wording.text
            sides = candidates.dense[text], candidates.lexical[text]
            fused = fuse_ranks(sides, self.settings.rrf_k)
            return {each: fused.get(each, 0.0) for each in candidates.passages}
        return weigh_all(self._signs(query, candidates, similar), self.settings)

    def _weights(self, text: str, tokens: TokenVectors) -> npt.NDArray[np.float32]:
        """The rarity of the word that each word piece belongs to, 0.2 to 1."""
        weights = np.full(len(tokens.spans), _COMMON_WORD_WEIGHT, dtype=np.float32)
        for word, rarity in self.index.lexical.word_rarity(text, question_language(text)):
            inside = (tokens.spans[:, 0] >= word.start) & (tokens.spans[:, 1] <= word.end)
            weights[inside] = max(_COMMON_WORD_WEIGHT, rarity)
        return weights


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
    longest = max(map(len, _LATIN.findall(question.text)), default=0)
    if longest > _MAX_WORD:
        raise QuestionError(
            f"the question has a word of {longest:,} characters, at most {_MAX_WORD} are read; "
            f"ask in words"
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
    check_filters(question.filters)


def _searched(rewritten: Rewritten, wording: Wording) -> Searched:
    """What the question as a whole was searched by, as far as it is not what was asked."""
    question = "" if rewritten.query == rewritten.text else rewritten.query
    return Searched(question, wording.corrections, wording.expansions)


@dataclass(frozen=True, slots=True)
class _Thinned:
    """Scores to hits: near-identical passages folded, documents given their share."""

    passages: Mapping[str, Passage]
    facts: Mapping[str, Facts]
    limits: Limits
    top_k: int

    def hits(self, scores: Scores, wanted: Collection[str] = ()) -> tuple[Hit, ...]:
        """At most `top_k` hits, best first; the passages `wanted` are among them, if they can be,
        in the place of the last."""
        rounded = {each: round(scores[each], 6) for each in scores.keys() & self.passages.keys()}
        order = sorted(rounded, key=lambda each: (-rounded[each], each))
        ranked = [(rounded[each], self.passages[each]) for each in order]
        shown = spread(ranked, self.facts, self.limits)
        first = list(islice(shown, self.top_k))
        if not wanted:
            return tuple(first)
        late = [hit for hit in shown if hit.passage.passage_id in wanted][: self.top_k]
        spare = [hit for hit in first if hit.passage.passage_id not in wanted]
        dropped = set(spare[len(spare) - len(late) :] if late else ())
        kept = [hit for hit in first if hit not in dropped]
        chosen = [*kept, *late][: self.top_k]
        return tuple(replace(hit, rank=rank) for rank, hit in enumerate(chosen, start=1))
