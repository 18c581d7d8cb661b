"""Answers that a language model writes from numbered quotes, every sentence checked.

1. Whether the documents answer, and which parts of the question, is decided as for an extractive
   answer, and without the model. Where they do not, it is never asked.
2. The model sees the question and the quotes (quotes.py), and replies in sentences that cite their
   numbers (replies.py).
3. Each sentence is checked as it comes (vetting.py). What passes is an answer so far.
4. The sentences that failed are sent back once, together, with the reasons; what comes back is
   checked likewise. What fails again is dropped.
5. A part of the question for which no sentence is left has the documents' own words instead; so
   has the whole, if the model gives no reply, or none of which a sentence passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from rag.answer.composed import Slot, compose
from rag.answer.extractive import ExtractiveAnswerer
from rag.answer.quotes import Quote, choose_quotes, show_quotes
from rag.answer.replies import (
    ReplyForm,
    Sentence,
    parse_form,
    parse_repairs,
    parse_reply,
    read_reply,
)
from rag.answer.vetting import Vetter
from rag.errors import ModelError
from rag.ports import WritingModel
from rag.prompt import Prompt, fenced
from rag.records import Answer, Question
from rag.retrieve import Found
from rag.settings import WriterSettings

INSTEAD = "No written answer: {}. These are the documents' own words."
_UNFIT = "all that answers gives orders, and is not shown to a model"
_NOTHING_SAID = "{} found no answer in the quotes"
_CITES_NOTHING = "{} gave a reply that rests on no quote"
_NONE_PASSED = "no sentence by {} passed the checks"


@dataclass(frozen=True, slots=True)
class Assignment:
    """All that a written answer takes from the library, read before it is written."""

    question: Question
    asked: str  # the parts that the documents answer, one a line
    plain: Answer  # the extractive answer
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class WrittenAnswerer:
    """Answers from one library by a chat model."""

    extractive: ExtractiveAnswerer
    model: WritingModel
    vetter: Vetter
    settings: WriterSettings
    prompt: Prompt
    repair_prompt: Prompt

    @property
    def prompts(self) -> dict[str, str]:
        """The hash of each prompt, by its name."""
        return {each.name: each.sha256 for each in (self.prompt, self.repair_prompt)}

    def read(self, question: Question, found: Found) -> Assignment:
        """What is needed to answer `question`, from its passages."""
        plain = self.extractive.answer(question, found)
        most = self.settings.max_quotes
        quotes = choose_quotes(self.extractive, question, found, plain, most)
        parts = (part.text for part in found.rewritten.parts if part.text not in plain.unanswered)
        return Assignment(question, "\n".join(parts), plain, quotes)

    def write(self, assignment: Assignment) -> Iterator[Answer]:
        """The answer as far as it is checked, time and again; the last one is whole."""
        if not assignment.quotes:
            notice = INSTEAD.format(_UNFIT) if assignment.plain.statements else ""
            yield replace(assignment.plain, notice=notice)
            return
        writing = _Writing(self, assignment)
        try:
            for _ in writing.first():
                if any(slot.kept for slot in writing.slots):
                    so_far = compose(
                        assignment.plain, assignment.quotes, writing.slots, self.model.name
                    )
                    yield replace(so_far, dropped=())  # they may yet be put right
            why = writing.refusal() or writing.repair()
        except ModelError as error:
            why = str(error)
        if why:
            yield replace(
                assignment.plain, notice=INSTEAD.format(why), provenance=self._made(writing)
            )
            return
        answer = compose(
            assignment.plain, assignment.quotes, writing.slots, self.model.name, is_whole=True
        )
        dropped = answer.dropped if self.settings.show_dropped else ()
        yield replace(answer, dropped=dropped, provenance=self._made(writing))

    def _made(self, writing: _Writing) -> dict[str, object]:
        return {"prompts": self.prompts, "written": writing.counts()}


@dataclass(slots=True)
class _Writing:
    """One reply on its way to an answer."""

    by: WrittenAnswerer
    assignment: Assignment
    slots: list[Slot] = field(default_factory=list)
    unknown: int = 0  # numbers cited of which there is no quote

    @property
    def quotes(self) -> dict[int, Quote]:
        return {each.citation.n: each for each in self.assignment.quotes}

    def first(self) -> Iterator[Slot]:
        """The sentences of the first reply, checked one by one; raises ModelError."""
        for sentence in self._sentences():
            if sentence is None:
                self.slots.clear()
                self.unknown = 0
                continue
            self.unknown += sentence.unknown
            self.slots.append(Slot(sentence, self._objection(sentence)))
            yield self.slots[-1]

    def refusal(self) -> str:
        """Why there is nothing to put right: the model has no answer, or does not even try."""
        name = self.by.model.name
        if not self.slots:
            return _NOTHING_SAID.format(name)
        texts = [slot.sentence.text for slot in self.slots]
        cites = any(slot.sentence.numbers for slot in self.slots)
        if not cites and not any(self.by.vetter.is_about(text, self.quotes) for text in texts):
            return _CITES_NOTHING.format(name)
        return ""

    def repair(self) -> str:
        """Asks once for better sentences in the place of those that failed; why none is left."""
        failed = [slot for slot in self.slots if slot.objection]
        if failed:
            try:
                self._repair(failed)
            except ModelError as error:
                if len(failed) == len(self.slots):
                    return str(error)
        passed = any(slot.kept for slot in self.slots)
        return "" if passed else _NONE_PASSED.format(self.by.model.name)

    def counts(self) -> dict[str, int]:
        """How many sentences came, were put right and dropped, and numbers that were removed."""
        return {
            "sentences": len(self.slots),
            "repaired": sum(bool(slot.repaired) for slot in self.slots),
            "dropped": sum(not slot.kept for slot in self.slots),
            "unknown_numbers": self.unknown,
        }

    def _sentences(self) -> Iterator[Sentence | None]:
        by, history = self.by, self.assignment.question.history
        message = by.prompt.fill(
            earlier=fenced("\n".join(turn.question for turn in history)),
            question=fenced(self.assignment.asked),
            quotes=fenced(show_quotes(self.assignment.quotes)),
        )
        if by.settings.structured:
            form = by.model.fill(by.prompt.system, message, ReplyForm)
            if form is not None:
                yield from parse_form(form, self.quotes)
                return
        yield from read_reply(by.model.stream(by.prompt.system, message), self.quotes)

    def _repair(self, failed: list[Slot]) -> None:
        by = self.by
        listed = (
            f"{n}: {each.sentence.text} ({each.objection})" for n, each in enumerate(failed, 1)
        )
        message = by.repair_prompt.fill(
            question=fenced(self.assignment.asked),
            quotes=fenced(show_quotes(self.assignment.quotes)),
            failed=fenced("\n".join(listed)),
        )
        reply = by.model.complete(by.repair_prompt.system, message).text
        found = parse_repairs(reply, self.quotes)
        if not found and len(failed) == 1:  # small models leave its number out
            found = {1: parse_reply(reply, self.quotes)}
        for n, sentences in found.items():
            self.unknown += sum(each.unknown for each in sentences)
            if 1 <= n <= len(failed):
                passed = (each for each in sentences if not self._objection(each))
                failed[n - 1].repaired = tuple(passed)

    def _objection(self, sentence: Sentence) -> str:
        return self.by.vetter.objection(sentence, self.quotes, self.assignment.asked)
