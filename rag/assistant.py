"""Questions in, cited answers out: searches, asks an answerer, and says how the answer was made."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from typing import TypeVar

from rag.answer.extractive import ExtractiveAnswerer
from rag.answer.missing import Lookout
from rag.answer.reception import clarify, receive
from rag.answer.written import Assignment, WrittenAnswerer
from rag.cache import AnswerCache, Grounds, cache_key
from rag.errors import DocumentNotFoundError, ModelError, StoreError
from rag.feedback import Feedback, add_feedback
from rag.index import Index
from rag.language import question_language
from rag.ledger import Ledger
from rag.matrix import Matrix, MatrixCell, Sayings
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
    Searched,
)
from rag.render import render_statements
from rag.resolve import Resolution, resolve
from rag.retrieve import Found, Retriever, check_question
from rag.settings import AnswererKind, Settings
from rag.standalone import ModelRewriter, Standalone
from rag.suggest import DocumentQuestions, guiding_questions, suggest

_TRIES = 5
Result = TypeVar("Result")
_PACKAGES = ("chapter-and-verse", "chromadb", "sentence-transformers", "tantivy", "torch")


@dataclass(frozen=True, slots=True)
class Stores:
    """The open stores of one data folder."""

    settings: Settings
    ledger: Ledger
    index: Index
    embedder: Embedder


@dataclass(frozen=True, slots=True)
class _Clock:
    started: float = field(default_factory=time.perf_counter)

    def since_ms(self) -> float:
        """Milliseconds since it was made."""
        return round(1000 * (time.perf_counter() - self.started), 1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and as it is to be found for; with the prompt for that, if a model was asked."""

    question: Question
    standalone: Standalone
    prompts: Mapping[str, str] = field(default_factory=dict)  # hash by name
    rewrite_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class _Read:
    """What was found for a question, how long that took, and the hash of the index."""

    asked: _Asked
    found: Found
    asked_back: Answer | None
    retrieve_ms: float
    index: str

    def prompts(self, answer: Answer) -> Mapping[str, str]:
        """Those that the answer itself was made by."""
        own = answer.provenance.get("prompts")
        return own if isinstance(own, dict) else {}

    def timings_ms(self, clock: _Clock) -> dict[str, float]:
        """Of finding and answering; of rewriting only where a model was asked."""
        total, rewrite = clock.since_ms(), self.asked.rewrite_ms
        answer = round(total - rewrite - self.retrieve_ms, 1)
        timings = {"retrieve": self.retrieve_ms, "answer": answer, "total": total}
        return timings | ({"rewrite": rewrite} if self.asked.prompts else {})


@dataclass(frozen=True, slots=True)
class Assistant:
    """Questions in, cited answers out. Safe to share between threads."""

    library: Stores
    retriever: Retriever
    answerer: ExtractiveAnswerer
    open_writer: Callable[[], WrittenAnswerer]  # opens it once; raises ModelError
    open_rewriter: Callable[[], ModelRewriter | None]  # likewise; None: the rules alone
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
        clock = _Clock()
        if received := receive(question):
            yield self._closed(received, {}, self.index_hash())
        elif (answerer or self.library.settings.answer.answerer) == "written":
            yield from self._written(question, clock)
        else:
            asked = self._standalone(question, clock, is_written=False)

            def answer(question: Question, found: Found) -> Answer:
                return self._lookout().complete(self.answerer.answer(question, found), found)

            read, answered = self._steadily(lambda: self._read(asked, answer))
            yield self._finished(answered or self._unread(read), read, clock)

    @property
    def answerer_name(self) -> str:
        """Who answers by the settings: "extractive", or the name of a model; opens it, and raises
        ModelError where it cannot."""
        is_written = self.library.settings.answer.answerer == "written"
        return self.open_writer().model.name if is_written else "extractive"

    @property
    def default_answerer(self) -> AnswererKind:
        """Who answers by the settings; no model is opened to know that."""
        return self.library.settings.answer.answerer

    @property
    def writer_name(self) -> str:
        """The chat model named in the settings for written answers; empty where none is."""
        return self.library.settings.writer.model

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
        is_written = self.library.settings.answer.answerer == "written"
        asked = self._standalone(question, _Clock(), is_written)
        return self._steadily(lambda: self._find(asked.standalone, most, is_explained))

    def who_says_what(self, questions: Sequence[str], documents: Sequence[str]) -> Matrix:
        """What each of the documents (ids) says to each of the questions, verbatim.

        Raises QuestionError for what cannot be asked, DocumentNotFoundError.
        """
        self._sayings().check(questions, documents)
        rows = [tuple(self.sayings(each, documents)) for each in questions]
        return Matrix(tuple(questions), tuple(documents), tuple(rows))

    def sayings(self, question: str, documents: Sequence[str]) -> Iterator[MatrixCell]:
        """One row of `who_says_what`, cell by cell as they are found."""
        sayings = self._sayings()
        sayings.check([question], documents)
        floor = self._steadily(partial(sayings.floor, question))
        for each in documents:
            yield self._steadily(partial(sayings.cell, question, each, floor))

    def _sayings(self) -> Sayings:
        return Sayings(self.retriever, self.answerer)

    def widen(self, passage_id: str, kind: ContextKind) -> Context:
        """What stands around a passage, to read it by; raises DocumentNotFoundError."""
        ledger, limit = self.library.ledger, self.library.settings.retrieval.max_context

        def read() -> Context:
            passage = ledger.passage(passage_id)
            document = ledger.document(passage.document_id)
            return widen(document, ledger.passages_of(passage.document_id), passage, kind, limit)

        return self._steadily(read)

    def _written(self, question: Question, clock: _Clock) -> Iterator[Answer]:
        """A written answer; one without a notice is kept, and given again while all else stands."""
        writer = self.open_writer()
        settings = self.library.settings.model_dump_json()

        def key(index: str) -> str:
            grounds = Grounds(writer.model.name, settings, index, writer.prompts)
            return cache_key(question, grounds)

        if kept := self.cache.get(key(self.index_hash())):
            timings_ms = {"retrieve": 0.0, "answer": 0.0, "total": clock.since_ms()}
            yield replace(kept, question=question, timings_ms=timings_ms)
            return
        asked = self._standalone(question, clock, is_written=True)

        def prepare(question: Question, found: Found) -> Assignment:
            assignment = writer.read(question, found)
            return replace(assignment, plain=self._lookout().complete(assignment.plain, found))

        read, assignment = self._steadily(lambda: self._read(asked, prepare))
        if assignment is None:
            yield self._finished(self._unread(read), read, clock)
            return
        for answer in writer.write(assignment):
            finished = self._finished(answer, read, clock)
            yield finished
        is_whole = not (finished.notice or finished.searched.problem)
        if is_whole and read.index == self.index_hash():
            self.cache.put(key(read.index), finished)

    def _lookout(self) -> Lookout:
        library = self.library
        return Lookout(library.ledger, library.index, library.settings.retrieval)

    def _standalone(self, question: Question, clock: _Clock, is_written: bool) -> _Asked:
        """The question as it is to be found for; once for an answer, as a model may be asked: for
        written answers, or for all if the settings say so."""
        by_model = self.library.settings.retrieval.rewrite_by_model
        if not question.history or not (is_written if by_model is None else by_model):
            return _Asked(question, Standalone(question))
        try:
            rewriter = self.open_rewriter()
        except ModelError as error:
            model = self.library.settings.writer.model
            return _Asked(question, Standalone(question, Searched(model=model, problem=str(error))))
        if rewriter is None:
            return _Asked(question, Standalone(question))
        standalone = rewriter.rewrite(question)
        prompts = {rewriter.prompt.name: rewriter.prompt.sha256}
        return _Asked(question, standalone, prompts, clock.since_ms())

    def _find(self, standalone: Standalone, top_k: int, is_explained: bool = True) -> Found:
        found = self.retriever.find(standalone.question, top_k, is_explained)
        return replace(found, searched=standalone.told(found.searched))

    def _read(
        self, asked: _Asked, read: Callable[[Question, Found], Result]
    ) -> tuple[_Read, Result | None]:
        """What was found, and what `read` makes of it; None where there is nothing to read, or the
        question is to be asked back on."""
        clock, index = _Clock(), self.index_hash()
        found = self._find(asked.standalone, self.library.settings.answer.passages)
        asked_back = None if found.reason else clarify(asked.question, found)
        own = _Read(asked, found, asked_back, clock.since_ms(), index)
        is_readable = not (found.reason or asked_back)
        return own, read(asked.question, found) if is_readable else None

    def _unread(self, read: _Read) -> Answer:
        """What is said where nothing fits the filters, or the question is asked back on."""
        if read.asked_back:
            return read.asked_back
        parts = tuple(part.text for part in read.found.rewritten.parts)
        reason = read.found.reason
        return Answer(read.asked.question, "not_in_documents", "", unanswered=parts, reason=reason)

    def _finished(self, answer: Answer, read: _Read, clock: _Clock) -> Answer:
        """The answer with what was searched for, and how it was made."""
        found, asked = read.found, read.asked
        provenance = dict(answer.provenance)
        if found.searched.model:
            told = {"model": found.searched.model, "problem": found.searched.problem}
            provenance["rewriting"] = told
            provenance["prompts"] = {**asked.prompts, **read.prompts(answer)}
        answer = replace(answer, searched=found.searched, provenance=provenance)
        return self._closed(answer, read.timings_ms(clock), read.index)

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

    def guiding_questions(self) -> tuple[DocumentQuestions, ...]:
        """The questions that documents put to their readers, by document, in order of their ids."""
        return guiding_questions(self.library.ledger)

    def add_feedback(self, feedback: Feedback) -> None:
        """Keeps what a reader said of an answer; raises VerseError where it cannot be written."""
        add_feedback(self.library.settings.data_dir, feedback)

    def _closed(self, answer: Answer, timings_ms: dict[str, float], index: str) -> Answer:
        """The answer with what it says of itself; `index` is the hash."""
        provenance: dict[str, object] = {
            "answerer": answer.answerer,
            "settings": self._settings_told(),
            "index": index,
            "prompts": {},
            "versions": _versions(),
        }
        answer = replace(
            answer,
            language=question_language(answer.question.text),
            provenance=provenance | answer.provenance,
            timings_ms=timings_ms,
        )
        return answer if answer.text else replace(answer, text=render_statements(answer))

    def _settings_told(self) -> dict[str, object]:
        """The settings that an answer rests on, without addresses."""
        return self.library.settings.model_dump(
            mode="json",
            exclude={
                "data_dir": True,
                "judge": True,
                "reranker": {"base_url"},
                "writer": {"base_url"},
            },
        )

    def state_hash(self) -> str:
        """Sixteen hexadecimal digits that change with whatever an answer rests on: index, settings,
        versions."""
        state = f"{self.index_hash()}\n{self._settings_told()}\n{_versions()}"
        return hashlib.sha256(state.encode()).hexdigest()[:16]

    def index_hash(self) -> str:
        """Sixteen hexadecimal digits that change with passages, facts or encoder."""
        content = f"{self.library.embedder.fingerprint}\n{self.library.ledger.content_hash()}"
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _versions() -> dict[str, str]:
    return {name: version(name) for name in _PACKAGES}
