"""The only wiring: from settings to an open library, and an assistant over it."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import chain, zip_longest
from typing import TypeVar

from rag.answer.abstain import open_abstainer
from rag.answer.evidence import text_of
from rag.answer.extractive import ExtractiveAnswerer
from rag.answer.missing import Lookout
from rag.answer.reception import clarify, receive
from rag.embed import Reading, SentenceEmbedder
from rag.errors import DocumentNotFoundError, SettingsError, StoreError
from rag.feedback import Feedback, add_feedback
from rag.index import Index, check_manifest, delete_index
from rag.ingest import Ingester, Progress, locked
from rag.language import question_language
from rag.ledger import Ledger
from rag.multilingual import MULTILINGUAL, MultilingualEmbedder
from rag.nano import NanoEncoder
from rag.neighbours import widen
from rag.ports import Embedder, Reranker
from rag.records import (
    Answer,
    Context,
    ContextKind,
    Document,
    DocumentEntry,
    Hit,
    Passage,
    Question,
)
from rag.render import render_statements
from rag.rerank import open_reranker
from rag.resolve import Resolution, resolve
from rag.retrieve import Found, Retriever, check_question
from rag.sentences import is_asking
from rag.settings import EmbeddingSettings, Settings
from rag.standalone import ModelRewriter, Standalone, open_rewriter
from rag.workers import Workers

_SUGGESTIONS = 6
_TRIES = 5
Result = TypeVar("Result")
_NUMBER = re.compile(r"^\W*(?:\d{1,3}|[a-z]|[ivx]+)[.)]\s+", re.IGNORECASE)
_VERSIONS = ("chapter-and-verse", "chromadb", "sentence-transformers", "tantivy", "torch")


@dataclass(frozen=True, slots=True)
class Library:
    """The open stores of one data folder."""

    settings: Settings
    ledger: Ledger
    index: Index
    embedder: Embedder
    workers: Workers
    reranker: Reranker | None = None

    def ingester(self, progress: Progress) -> Ingester:
        """What writes files into this library; `workers.close()` when it is no longer needed."""
        return Ingester(
            folder=self.settings.data_dir,
            ledger=self.ledger,
            index=self.index,
            embedder=self.embedder,
            workers=self.workers,
            chunking=self.settings.chunking,
            progress=progress,
        )

    def retriever(self) -> Retriever:
        """What searches this library."""
        settings = self.settings.retrieval
        return Retriever(self.ledger, self.index, self.embedder, settings, self.reranker)

    def assistant(self) -> Assistant:
        """What answers from this library."""
        answerer = ExtractiveAnswerer(
            self.ledger, self.index, open_abstainer(), self.settings.answer
        )
        return Assistant(self, self.retriever(), answerer, open_rewriter(self.settings))


@dataclass(frozen=True, slots=True)
class Assistant:
    """Questions in, cited answers out. Safe to share between threads."""

    library: Library
    retriever: Retriever
    answerer: ExtractiveAnswerer
    rewriter: ModelRewriter | None = None  # the rules alone where there is none

    def ask(self, question: Question) -> Answer:
        """The answer to `question`; raises QuestionError where it cannot be asked at all."""
        check_question(question)
        started = time.perf_counter()
        if received := receive(question):
            return self._closed(received, {})
        standalone = self._standalone(question)
        rewrite_s = time.perf_counter() - started
        answer, retrieve_s = self._steadily(lambda: self._answer(question, standalone))
        total_s = time.perf_counter() - started
        timings_ms = {
            "retrieve": round(1000 * retrieve_s, 1),
            "answer": round(1000 * (total_s - retrieve_s - rewrite_s), 1),
            "total": round(1000 * total_s, 1),
        }
        if standalone.searched.model:
            timings_ms["rewrite"] = round(1000 * rewrite_s, 1)
        return self._closed(answer, timings_ms)

    @property
    def answerer_name(self) -> str:
        """Who answers: "extractive", or the name of a model."""
        return "extractive"

    def search(
        self, question: Question, top_k: int | None = None, is_explained: bool = True
    ) -> tuple[Hit, ...]:
        """At most `top_k` hits (the setting's number if none is given), best first, with the reason
        why each was found if that is wanted."""
        return self.find(question, top_k, is_explained).hits

    def find(
        self, question: Question, top_k: int | None = None, is_explained: bool = True
    ) -> Found:
        """The hits, as of `search`, with what was searched for and why there are none, if so."""
        most = top_k or self.library.settings.retrieval.top_k
        check_question(question)
        standalone = self._standalone(question)
        return self._steadily(lambda: self._find(standalone, most, is_explained))

    def widen(self, passage_id: str, kind: ContextKind) -> Context:
        """What stands around a passage, to read it by; raises DocumentNotFoundError."""
        ledger, limit = self.library.ledger, self.library.settings.retrieval.max_context

        def read() -> Context:
            passage = ledger.passage(passage_id)
            document = ledger.document(passage.document_id)
            return widen(document, ledger.passages_of(passage.document_id), passage, kind, limit)

        return self._steadily(read)

    def _standalone(self, question: Question) -> Standalone:
        """The question as it is to be found for; once for an answer, as a model may be asked."""
        return self.rewriter.rewrite(question) if self.rewriter else Standalone(question)

    def _find(self, standalone: Standalone, top_k: int, is_explained: bool = True) -> Found:
        found = self.retriever.find(standalone.question, top_k, is_explained)
        return replace(found, searched=standalone.told(found.searched))

    def _answer(self, question: Question, standalone: Standalone) -> tuple[Answer, float]:
        """The answer, and the seconds that finding its passages took."""
        started = time.perf_counter()
        found = self._find(standalone, self.library.settings.answer.passages)
        retrieve_s = time.perf_counter() - started
        if found.reason:
            parts = tuple(part.text for part in found.rewritten.parts)
            answer = Answer(question, "not_in_documents", "", unanswered=parts, reason=found.reason)
            answer = replace(answer, searched=found.searched)
            return replace(answer, text=render_statements(answer)), retrieve_s
        if asked_back := clarify(question, found):
            return replace(asked_back, searched=found.searched), retrieve_s
        lookout = Lookout(self.library.ledger, self.library.index, self.library.settings.retrieval)
        answer = lookout.complete(self.answerer.answer(question, found), found)
        answer = replace(answer, searched=found.searched)
        answer = replace(answer, language=question_language(question.text))
        return replace(answer, text=render_statements(answer)), retrieve_s

    def _steadily(self, work: Callable[[], Result]) -> Result:
        """The result of `work` on a library that stood still meanwhile.

        An ingest in another process may change a document between two reads; then `work` is done
        again, a few times at most.
        """
        ledger = self.library.ledger
        for _ in range(_TRIES):
            generation = ledger.generation
            try:
                result = work()
            except (KeyError, StoreError, DocumentNotFoundError):
                if ledger.generation == generation:
                    raise
                continue
            if ledger.generation == generation:
                break
        else:
            return work()
        return result

    def passage(self, passage_id: str) -> Passage:
        """The stored passage; raises DocumentNotFoundError."""
        return self.library.ledger.passage(passage_id)

    def document(self, document_id: str) -> Document:
        """The stored document; raises DocumentNotFoundError."""
        return self.library.ledger.document(document_id)

    def resolve(self, passage_id: str, start: int | None = None) -> Resolution:
        """What became of a passage that was cited once, at the offset `start` if that is known."""
        return resolve(self.library.ledger, passage_id, start)

    def documents(self) -> tuple[DocumentEntry, ...]:
        """The documents held, in order of their ids."""
        return self.library.ledger.entries()

    def suggestions(self) -> tuple[str, ...]:
        """Up to six of the documents' own guiding questions, taken from each in turn."""
        ledger = self.library.ledger
        by_document = [_guiding_questions(ledger.passages_of(each)) for each in ledger.facts()]
        in_turn = chain.from_iterable(zip_longest(*by_document))
        return tuple(dict.fromkeys(each for each in in_turn if each))[:_SUGGESTIONS]

    def add_feedback(self, feedback: Feedback) -> None:
        """Keeps what a reader said of an answer; raises VerseError where it cannot be written."""
        add_feedback(self.library.settings.data_dir, feedback)

    def _closed(self, answer: Answer, timings_ms: dict[str, float]) -> Answer:
        settings = self.library.settings.model_dump(
            mode="json",
            exclude={
                "data_dir": True,
                "judge": True,
                "reranker": {"base_url"},
                "writer": {"base_url"},
            },
        )
        provenance: dict[str, object] = {
            "answerer": self.answerer_name,
            "settings": settings,
            "index": self.index_hash(),
            "prompts": {},
            "versions": {name: version(name) for name in _VERSIONS},
        }
        if self.rewriter and answer.searched.model:
            searched = answer.searched
            provenance["prompts"] = {self.rewriter.prompt.name: self.rewriter.prompt.sha256}
            provenance["rewriting"] = {"model": searched.model, "problem": searched.problem}
        language = question_language(answer.question.text)
        return replace(answer, language=language, provenance=provenance, timings_ms=timings_ms)

    def index_hash(self) -> str:
        """Sixteen hexadecimal digits that change with passages, facts or encoder."""
        ledger = self.library.ledger
        held = "\n".join([*sorted(ledger.passage_ids()), repr(sorted(ledger.facts().items()))])
        content = f"{self.library.embedder.fingerprint}\n{held}"
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of the data folder, which is made where there is none."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the data folder {folder} cannot be made: {error.strerror}") from error
    return Ledger(folder / "ledger.sqlite")


def open_embedder(settings: Settings) -> Embedder:
    """The encoder of the settings, loaded when it is first used; raises ModelError."""
    chosen = settings.embedding
    own = chosen.model_dump(exclude={"model", "batch_size"}, exclude_none=True)
    if chosen.model != MULTILINGUAL:
        return SentenceEmbedder(chosen.model, chosen.batch_size, Reading(**own))
    if own:
        raise SettingsError(
            f"setting embedding.{next(iter(own))}: the preset {MULTILINGUAL} has its own; leave it "
            f"out, or name another embedding.model"
        )
    english = SentenceEmbedder(EmbeddingSettings().model, chosen.batch_size)
    return MultilingualEmbedder(english, NanoEncoder())


def empty_library(settings: Settings) -> None:
    """Empties the library but keeps the list of its files, so that they can be ingested anew.

    Raises IndexLockedError while an ingest is running.
    """
    ledger = open_ledger(settings)
    with locked(settings.data_dir):
        # The manifest goes first: cut off here, the library is refused until it is made anew.
        delete_index(settings.data_dir, settings.index)
        ledger.forget_contents()
    ledger.close()


def open_library(settings: Settings) -> Library:
    """The stores of the data folder.

    Raises ManifestMismatchError where the index was made with other settings.
    """
    ledger = open_ledger(settings)
    embedder = open_embedder(settings)
    window = embedder.max_tokens + 2
    if settings.chunking.heading_tokens > settings.chunking.max_tokens // 2:
        raise SettingsError(
            f"setting chunking.heading_tokens: {settings.chunking.heading_tokens} is more than "
            f"half of chunking.max_tokens ({settings.chunking.max_tokens}); choose less"
        )
    if settings.chunking.max_tokens > window:
        raise SettingsError(
            f"setting chunking.max_tokens: {settings.chunking.max_tokens} is more than the "
            f"{window} word pieces that {embedder.name} reads; choose at most {window}"
        )
    made_with: dict[str, object] = {
        "embedding.model": embedder.name,
        "embedding.sha256": embedder.fingerprint,
        "embedding.passage_prompt": settings.embedding.passage_prompt,
        "embedding.pooling": settings.embedding.pooling,
        "embedding.max_tokens": settings.embedding.max_tokens,
        **{f"chunking.{name}": value for name, value in settings.chunking},
    }
    check_manifest(settings.data_dir, made_with, held=bool(ledger.facts()))
    index = Index(settings.data_dir, settings.index)
    workers, reranker = Workers(settings.ingest), open_reranker(settings.reranker)
    return Library(settings, ledger, index, embedder, workers, reranker)


def _guiding_questions(passages: list[Passage]) -> Iterator[str]:
    """Questions that a document puts to its readers, from lists of them, without numbers."""
    for passage in passages:
        heading = passage.section[-1] if passage.section else ""
        introduced = "question" in heading.lower()
        for unit in passage.units:
            text = text_of(passage, unit)
            if introduced and is_asking(text) and not passage.is_note:
                yield _NUMBER.sub("", text)
            introduced |= text.endswith(":") and "question" in text.lower()
