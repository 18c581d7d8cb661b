"""Questions in, cited answers out: searches, asks an answerer, and says how the answer was made."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TypeVar

from rag.answer.extractive import ExtractiveAnswerer
from rag.answer.written import WrittenAnswerer
from rag.cache import AnswerCache, Grounds, cache_key
from rag.errors import DocumentNotFoundError, StoreError
from rag.feedback import Feedback, add_feedback
from rag.index import Index
from rag.language import question_language
from rag.ledger import Ledger
from rag.neighbours import widen
from rag.ports import Embedder
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
from rag.resolve import Resolution, resolve
from rag.retrieve import Found, Retriever, check_question
from rag.rewrite import rewrite
from rag.settings import AnswererKind, Settings
from rag.suggest import suggest

_TRIES = 5
Result = TypeVar("Result")
_UNCLEAR = (
    "The question does not say what to look for. Name the subject, and the country, year or "
    "document if you have one in mind."
)
_VERSIONS = ("chapter-and-verse", "chromadb", "sentence-transformers", "tantivy", "torch")


@dataclass(frozen=True, slots=True)
class Stores:
    """The open stores of one data folder."""

    settings: Settings
    ledger: Ledger
    index: Index
    embedder: Embedder


@dataclass(frozen=True, slots=True)
class _Timed:
    """What was found, how long that took, and the hash of the index it was found in."""

    found: Found
    retrieve_s: float
    index: str


@dataclass(frozen=True, slots=True)
class Assistant:
    """Questions in, cited answers out. Safe to share between threads."""

    library: Stores
    retriever: Retriever
    answerer: ExtractiveAnswerer
    open_writer: Callable[[], WrittenAnswerer]  # opens it once; raises ModelError
    cache: AnswerCache  # of written answers

    def ask(self, question: Question, answerer: AnswererKind | None = None) -> Answer:
        """The answer to `question` by `answerer`, else by that of the settings.

        Raises QuestionError where it cannot be asked at all, ModelError where no model can be
        opened for a written answer.
        """
        *_, whole = self.stream(question, answerer)
        return whole

    def stream(self, question: Question, answerer: AnswererKind | None = None) -> Iterator[Answer]:
        """The answer as `ask` gives it, last; before it, as far as it is written and checked."""
        check_question(question)
        started = time.perf_counter()
        if rewrite(question).is_unclear:
            yield self._closed(Answer(question, "needs_clarification", _UNCLEAR), {})
        elif (answerer or self.library.settings.answer.answerer) == "written":
            yield from self._written(question, started)
        else:
            found, answer = self._steadily(lambda: self._read(question, self.answerer.answer))
            answer = answer or _unsearched(question, found)
            yield self._closed(answer, _timings(started, found), found.index)

    @property
    def answerer_name(self) -> str:
        """Who answers by the settings: "extractive", or the name of a model; opens it, and raises
        ModelError where it cannot."""
        is_written = self.library.settings.answer.answerer == "written"
        return self.open_writer().model.name if is_written else "extractive"

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
        return self._steadily(lambda: self.retriever.find(question, most, is_explained))

    def widen(self, passage_id: str, kind: ContextKind) -> Context:
        """What stands around a passage, to read it by; raises DocumentNotFoundError."""
        ledger, limit = self.library.ledger, self.library.settings.retrieval.max_context

        def read() -> Context:
            passage = ledger.passage(passage_id)
            document = ledger.document(passage.document_id)
            return widen(document, ledger.passages_of(passage.document_id), passage, kind, limit)

        return self._steadily(read)

    def _written(self, question: Question, started: float) -> Iterator[Answer]:
        """A written answer; one without a notice is kept, and given again while all else stands."""
        writer = self.open_writer()
        settings = self.library.settings.model_dump_json()

        def key(index: str) -> str:
            grounds = Grounds(writer.model.name, settings, index, writer.prompts)
            return cache_key(question, grounds)

        if kept := self.cache.get(key(self.index_hash())):
            timings_ms = {"retrieve": 0.0, "answer": 0.0, "total": _since_ms(started)}
            yield replace(kept, question=question, timings_ms=timings_ms)
            return
        found, brief = self._steadily(lambda: self._read(question, writer.read))
        if brief is None:
            answer = _unsearched(question, found)
            yield self._closed(answer, _timings(started, found), found.index)
            return
        for answer in writer.write(brief):
            closed = self._closed(answer, _timings(started, found), found.index)
            yield closed
        if not closed.notice:
            self.cache.put(key(found.index), closed)

    def _read(
        self, question: Question, read: Callable[[Question, Found], Result]
    ) -> tuple[_Timed, Result | None]:
        """What was found, and what `read` makes of it; None where nothing could be searched."""
        started = time.perf_counter()
        found = self.retriever.find(question, self.library.settings.retrieval.top_k)
        timed = _Timed(found, time.perf_counter() - started, self.index_hash())
        return timed, None if found.reason else read(question, found)

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
        return suggest(self.library.ledger)

    def add_feedback(self, feedback: Feedback) -> None:
        """Keeps what a reader said of an answer; raises VerseError where it cannot be written."""
        add_feedback(self.library.settings.data_dir, feedback)

    def _closed(self, answer: Answer, timings_ms: dict[str, float], index: str = "") -> Answer:
        """The answer with what it says of itself; `index` is the hash, if that is known."""
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
            "answerer": answer.answerer,
            "settings": settings,
            "index": index or self.index_hash(),
            "prompts": {},
            "versions": {name: version(name) for name in _VERSIONS},
        }
        answer = replace(
            answer,
            language=question_language(answer.question.text),
            provenance=provenance | answer.provenance,
            timings_ms=timings_ms,
        )
        return answer if answer.text else replace(answer, text=render_statements(answer))

    def index_hash(self) -> str:
        """Sixteen hexadecimal digits that change with passages, facts or encoder."""
        ledger = self.library.ledger
        held = "\n".join([*sorted(ledger.passage_ids()), repr(sorted(ledger.facts().items()))])
        content = f"{self.library.embedder.fingerprint}\n{held}"
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _unsearched(question: Question, timed: _Timed) -> Answer:
    """The answer where nothing fits the filters."""
    parts = tuple(part.text for part in timed.found.rewritten.parts)
    reason = timed.found.reason
    return Answer(question, "not_in_documents", "", unanswered=parts, reason=reason)


def _timings(started: float, timed: _Timed) -> dict[str, float]:
    retrieve_ms, total_ms = round(1000 * timed.retrieve_s, 1), _since_ms(started)
    answer_ms = round(total_ms - retrieve_ms, 1)
    return {"retrieve": retrieve_ms, "answer": answer_ms, "total": total_ms}


def _since_ms(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 1)
