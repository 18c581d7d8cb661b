"""The only wiring: from settings to an open library, and an assistant over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TypeVar

from rag.answer.abstain import open_abstainer
from rag.answer.extractive import ExtractiveAnswerer
from rag.answer.vetting import Vetter
from rag.answer.written import WrittenAnswerer
from rag.assistant import Assistant, Stores
from rag.briefs.drafts import Drafts
from rag.briefs.notebooks import Notebooks
from rag.cache import AnswerCache
from rag.check import open_checker
from rag.editing import Editor
from rag.embed import Reading, SentenceEmbedder
from rag.errors import SettingsError, StoreError
from rag.index import Index, check_manifest, delete_index
from rag.ingest import Progress, locked
from rag.language import question_language
from rag.ledger import Ledger
from rag.llm import open_model
from rag.multilingual import MULTILINGUAL, MultilingualEmbedder
from rag.nano import NanoEncoder
from rag.ports import Embedder, Reranker, WritingModel
from rag.prompt import open_prompt
from rag.rerank import open_reranker
from rag.retrieve import Retriever
from rag.settings import EmbeddingSettings, Settings
from rag.standalone import open_rewriter
from rag.verify.verifier import Verifier
from rag.workers import Workers

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Library(Stores):
    """The open stores of one data folder, and what works on them."""

    workers: Workers
    reranker: Reranker | None = None

    def ingester(self, progress: Progress) -> Editor:
        """What writes files into this library; `workers.close()` when it is no longer needed."""
        return Editor(
            folder=self.settings.data_dir,
            ledger=self.ledger,
            index=self.index,
            embedder=self.embedder,
            workers=self.workers,
            chunking=self.settings.chunking,
            progress=progress,
        )

    def warm(self) -> None:
        """Loads what the first question would have to wait for: once, before many ask at a time."""
        ready = "Is everything ready to be asked?"
        self.embedder.embed([ready])
        self.embedder.count_tokens(ready)
        question_language(ready)

    def retriever(self) -> Retriever:
        """What searches this library."""
        settings = self.settings.retrieval
        return Retriever(self.ledger, self.index, self.embedder, settings, self.reranker)

    def assistant(self) -> Assistant:
        """What answers from this library; a chat model is opened when it is first needed."""
        settings = self.settings
        open_writer = _once(lambda: self.writer(open_model("writer", settings.writer)))
        open_rewriting = _once(lambda: open_rewriter(settings))
        return Assistant(
            library=self,
            retriever=self.retriever(),
            answerer=self._extractive(),
            open_writer=open_writer,
            open_rewriter=open_rewriting,
            cache=AnswerCache(settings.answer.cache_size),
        )

    def verifier(self) -> Verifier:
        """What lays edited briefs beside this library."""
        return Verifier(self.ledger)

    def writer(self, model: WritingModel) -> WrittenAnswerer:
        """What lets `model` answer from this library; raises PromptError."""
        settings = self.settings
        checker = open_checker(settings.check, self.embedder)

        def is_common(word: str) -> bool:
            return word in self.index.lexical.words_from(word[0], self.ledger.generation)

        return WrittenAnswerer(
            extractive=self._extractive(),
            model=model,
            vetter=Vetter(checker, settings.writer.min_support, is_common),
            settings=settings.writer,
            prompt=open_prompt("answer"),
            repair_prompt=open_prompt("answer-repair"),
        )

    def _extractive(self) -> ExtractiveAnswerer:
        return ExtractiveAnswerer(self.ledger, self.index, open_abstainer(), self.settings.answer)


def _once(make: Callable[[], Made]) -> Callable[[], Made]:
    """What `make` gave first, however many threads ask; a failure is no gift."""
    lock, kept = Lock(), cache(make)

    def given() -> Made:
        with lock:
            return kept()

    return given


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of the data folder, which is made where there is none."""
    return Ledger(_made_folder(settings) / "ledger.sqlite")


def _made_folder(settings: Settings) -> Path:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the data folder {folder} cannot be made: {error.strerror}") from error
    return folder


def open_notebooks(settings: Settings) -> Notebooks:
    """The notebooks of the data folder, which is made where there is none; raises StoreError."""
    return Notebooks(_made_folder(settings) / "notebooks.sqlite")


def open_drafts(settings: Settings) -> Drafts:
    """The briefs being edited in the data folder, which is made where there is none; raises
    StoreError."""
    return Drafts(_made_folder(settings) / "briefs.sqlite")


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
