"""One case put to one system: its outcome, with all that is observed about it.

What is observed depends on the metrics that are wanted, since some observations cost an answer or
a model: the same question asked in other ways (stability), or without the passages that were cited
(counterfactual), the similarity of each nugget to what was said.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from evals.judging import Judging
from evals.matching import words
from evals.outcomes import CitationRow, Outcome, StatementRow, Support
from evals.pages import PageReader
from evals.suite import Case, Suite
from rag.assistant import Assistant
from rag.check import Checker
from rag.errors import DocumentNotFoundError, QuestionError
from rag.pipeline import Library
from rag.records import Question, Turn
from rag.rows import answer_row, hit_row
from rag.sentences import sentence_spans

_SUPPORT = ("alce_recall", "alce_precision")
_NUGGETS = ("nuggets", "nuggets_vital")
# Ways in which a hurried person types the same question.
_WAYS: tuple[Callable[[str], str], ...] = (
    lambda text: text.lower().rstrip("?. "),
    lambda text: f"Please tell me: {text}",
)


@dataclass(slots=True)
class Asker:
    """Puts cases to one system; `wanted` are the names of the metrics to score."""

    system: str
    suite: Suite
    library: Library
    checker: Checker | None  # None where no metric needs one
    wanted: Collection[str]
    judging: Judging | None = None
    is_alone: bool = True  # whether the process serves this system only, so that its memory tells
    _assistant: Assistant = field(init=False)
    _pages: PageReader = field(init=False)

    def __post_init__(self) -> None:
        """Opens the assistant, and the second reader of its PDFs."""
        self._assistant = self.library.assistant()
        self._pages = PageReader(
            {entry.document_id: Path(entry.path) for entry in self.library.ledger.entries()}
        )

    def outcome(self, case: Case, given: Outcome | None = None) -> Outcome:
        """What the system gives for `case`, or what somebody's system has `given`, observed.

        A question that the engine refuses becomes an outcome with its error, never a stop. What is
        given is held against the documents, but nothing is asked of the engine here.
        """
        if given is not None:
            observed = given.observed.model_copy(update=self._look(case, given))
            return self._judged(case, given.model_copy(update={"observed": observed}))
        try:
            outcome = self._ask(case)
        except QuestionError as error:
            return self._failed(case, str(error))
        changes = self._look(case, outcome) | self._ask_again(case, outcome)
        observed = outcome.observed.model_copy(update=changes)
        memory = peak_memory_mb() if self.is_alone else None
        return self._judged(
            case,
            outcome.model_copy(update={"observed": observed, "peak_memory_mb": memory}),
        )

    def _judged(self, case: Case, outcome: Outcome) -> Outcome:
        if self.judging is None or not outcome.is_answer or outcome.error:
            return outcome
        return outcome.model_copy(update={"observed": self.judging(case, outcome)})

    def _failed(self, case: Case, error: str) -> Outcome:
        """An outcome that counts as a miss everywhere, and says why."""
        is_search = self.suite.mode == "retrieval"
        return Outcome(
            case_id=case.id,
            question=case.question,
            status="" if is_search else "error",
            hits=() if is_search else None,
            error=error,
        )

    def _ask(self, case: Case) -> Outcome:
        question = _question(case)
        if self.suite.mode == "retrieval":
            started = time.perf_counter()
            hits = self._assistant.search(question, self.suite.top_k, is_explained=False)
            total_ms = round(1000 * (time.perf_counter() - started), 1)
            rows = [hit_row(hit) for hit in hits]
            row = {"id": case.id, "question": case.question, "hits": rows}
            return Outcome.model_validate(
                row | {"timings_ms": {"retrieve": total_ms, "total": total_ms}}
            )
        answer = self._assistant.ask(question)
        found = answer.hits
        if len(found) < self.suite.top_k and found:
            found = self._assistant.search(question, self.suite.top_k, is_explained=False)
        rows = [hit_row(hit) for hit in found]
        return Outcome.model_validate(answer_row(answer) | {"hits": rows})

    def _look(self, case: Case, outcome: Outcome) -> dict[str, object]:
        """What can be seen of an answer without asking anything."""
        if not outcome.is_answer or outcome.error:
            return {}
        cited = {each.n: each for each in outcome.citations}
        found: dict[str, object] = {
            "verbatim": tuple(self._is_verbatim(each) for each in outcome.citations),
            "spoken": tuple(_is_spoken(each, cited) for each in outcome.statements),
            "pages": tuple(
                self._pages.is_on_page(each.document_id, each.quote, each.page)
                for each in outcome.citations
            ),
        }
        if self.checker is not None:
            found["support"] = _support(self.checker, outcome, cited)
        if self._wants(_NUGGETS) and case.nuggets:
            found["nuggets"] = self._nugget_similarities(case, outcome)
        return found

    def _ask_again(self, case: Case, outcome: Outcome) -> dict[str, object]:
        """What the engine says when it is asked in another way, or without what it cited."""
        found: dict[str, object] = {}
        if not outcome.is_answer:
            return found
        if self._wants(("counterfactual",)) and outcome.statements:
            found["stays"] = self._stays(case, outcome)
        if self._wants(("stability",)):
            found["again"] = self._again(case, outcome)
        return found

    def _wants(self, names: Sequence[str]) -> bool:
        return any(name in self.wanted for name in names)

    def _is_verbatim(self, citation: CitationRow) -> bool:
        try:
            text = self.library.ledger.document(citation.document_id).text
        except DocumentNotFoundError:
            return False
        return text[citation.start : citation.end] == citation.quote != ""

    def _nugget_similarities(self, case: Case, outcome: Outcome) -> tuple[float, ...]:
        """Cosine of each nugget with the nearest sentence that was said, 0 to 1.

        1 where one statement has all words of the nugget: names and figures have no vectors to
        speak of.
        """
        said = [
            statement.text[span.start : span.end]
            for statement in outcome.statements
            for span in sentence_spans(statement.text, 0, len(statement.text))
        ]
        said += [each.text for each in outcome.statements]
        if not said:
            return tuple(0.0 for _ in case.nuggets)
        vectors = self.library.embedder.embed([*(each.text for each in case.nuggets), *said])
        count = len(case.nuggets)
        nearest = np.clip((vectors[:count] @ vectors[count:].T).max(axis=1), 0, 1)
        held = [set(words(text)) for text in said]
        return tuple(
            1.0 if any(set(words(nugget.text)) <= each for each in held) else round(float(near), 6)
            for nugget, near in zip(case.nuggets, nearest, strict=True)
        )

    def _stays(self, case: Case, outcome: Outcome) -> tuple[bool, ...]:
        """By statement: whether it is said again without any of the passages that were cited."""
        left_out = tuple(sorted({each.passage_id for each in outcome.citations}))
        answer = self._assistant.ask(replace(_question(case), leave_out=left_out))
        again = {" ".join(each.text.split()) for each in answer.statements}
        return tuple(" ".join(each.text.split()) in again for each in outcome.statements)

    def _again(self, case: Case, outcome: Outcome) -> tuple[float, ...]:
        """Share of citations in common (Jaccard, 1901) with each other way of asking the same."""
        before = {(each.document_id, each.start, each.end) for each in outcome.citations}
        shares = []
        for way in _WAYS:
            try:
                answer = self._assistant.ask(replace(_question(case), text=way(case.question)))
            except QuestionError:  # too long with a word more: that way says nothing
                continue
            after = {(each.document_id, each.start, each.end) for each in answer.citations}
            union = before | after
            shares.append(len(before & after) / len(union) if union else 1.0)
        return tuple(shares)


def needs_checker(wanted: Collection[str]) -> bool:
    """Whether one of the metrics `wanted` rests on the checker of support."""
    return any(name in wanted for name in _SUPPORT)


def peak_memory_mb() -> float:
    """The most memory that this process has held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def _question(case: Case) -> Question:
    turns = tuple(Turn(each) for each in case.history)
    return Question(case.question, turns, tuple(case.filters.items()), case.id)


def _is_spoken(statement: StatementRow, cited: Mapping[int, CitationRow]) -> bool:
    """Whether the statement is made of its quotes' own words, in order, and rests on some."""
    quotes = [cited[n].quote for n in statement.citations if n in cited]
    said, given = (" ".join(text.split()) for text in (statement.text, " ".join(quotes)))
    return bool(quotes) and len(quotes) == len(statement.citations) and said in given


def _evidence(citation: CitationRow) -> str:
    """A quote with title and section, which a reader sees with it."""
    return "\n".join(filter(None, (citation.title, citation.section, citation.quote)))


def _support(
    checker: Checker, outcome: Outcome, cited: Mapping[int, CitationRow]
) -> tuple[Support, ...]:
    """How far the citations of each statement carry it, together, alone, and without each."""
    found = []
    for statement in outcome.statements:
        quotes = [_evidence(cited[n]) for n in statement.citations if n in cited]
        sides = [quotes[:at] + quotes[at + 1 :] for at in range(len(quotes))]
        texts = ["\n".join(quotes), *quotes, *("\n".join(side) for side in sides)]
        scores = checker.supports([(statement.text, text) for text in texts])
        count = len(quotes)
        found.append(
            Support(
                together=scores[0],
                alone=tuple(scores[1 : 1 + count]),
                without=tuple(scores[1 + count :]),
            )
        )
    return tuple(found)
