"""A question in a conversation made standalone by a chat model, whose reply is checked.

1. Only a question with a conversation is put to the model (`prompts/rewrite.md`): the last turns,
   of each text its beginning, fenced as data.
2. The reply is not trusted: a model errs, and a document can speak to it through an earlier answer.
   It is used if it is one line as long as a question; has the question's names, numbers and "not",
   and at least half of its other words; has no further word, but for those that ask or glue, that
   does not stand in the conversation; and has a word of what the reader asked, now or before.
3. Otherwise, and where no reply comes, the rules of `rag/rewrite.py` carry over what is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rag.errors import ModelError
from rag.language import question_language
from rag.lexical.stems import terms
from rag.llm import open_model
from rag.ports import ChatModel
from rag.prompt import Prompt, fenced, open_prompt
from rag.records import AS_ASKED, Question, Searched
from rag.rewrite import subject_words
from rag.settings import Settings

PROMPT = "rewrite"
_TURNS = 3  # of the conversation that the model reads
_MAX_SHOWN = 600  # characters of each question and answer of it
_MAX_MORE = 300  # characters that a reply may have more than the question
_TOKEN = re.compile(r"\w+(?:[^\w\s]\w+)*")
_SENTENCE_START = re.compile(r"(?:^|[.?!:]\s)\W*$")
_NOT = re.compile(
    r"\b(?:not?|nor|never|none|neither|without|nobody|nothing|except|cannot)\b|n['’]t\b",
    re.IGNORECASE,
)
# Words of a question whose place is taken by what they point at, as that of "it" is.
_POINTING = frozenset("first second third fourth fifth last next previous earlier above".split())
# Words that glue, beside those of `subject_words` and the stop words of a language.
_GLUE = frozenset(
    "after again against among around because before below beyond concerning during each every "
    "first further last latter off only onto out per regarding same since still than through "
    "together toward towards under until up upon via whether while within yet".split()
)
_QUOTES = "\"“”'`"


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question ready to be found for: the model's, without its conversation, or as it was."""

    question: Question
    searched: Searched = AS_ASKED

    def told(self, found: Searched) -> Searched:
        """What finding it says was searched for, with who made the question."""
        own = self.searched
        question = own.question or found.question
        return replace(found, question=question, model=own.model, problem=own.problem)


@dataclass(frozen=True, slots=True)
class ModelRewriter:
    """Makes questions standalone by a chat model."""

    model: ChatModel
    prompt: Prompt

    def rewrite(self, question: Question) -> Standalone:
        """The standalone question; as it was, and why, where the model's cannot be used."""
        if not question.history:
            return Standalone(question)
        name = self.model.name
        message = self.prompt.fill(
            conversation=fenced("\n".join(_shown(question))), question=fenced(question.text)
        )
        try:
            reply = self.model.complete(self.prompt.system, message).text
        except ModelError as error:
            return Standalone(question, Searched(model=name, problem=str(error)))
        text = reply.strip().strip(_QUOTES).strip()
        if problem := find_problem(text, question):
            return Standalone(question, Searched(model=name, problem=f"{name}: {problem}"))
        changed = text if text != " ".join(question.text.split()) else ""
        made = replace(question, text=text, history=())
        return Standalone(made, Searched(changed, model=name))


def open_rewriter(settings: Settings) -> ModelRewriter | None:
    """What the settings say makes questions standalone; None: the rules alone.

    Raises ModelError where the writer cannot be opened.
    """
    if not settings.writer.model or settings.retrieval.rewrite_by_model is False:
        return None
    # One try is enough, since there is a way round; a reader waits.
    once = settings.writer.model_copy(update={"max_retries": 0})
    return ModelRewriter(open_model("writer", once), open_prompt(PROMPT))


def find_problem(text: str, question: Question) -> str:
    """Why `text`, a model's, cannot stand for `question` in its conversation; empty if it can."""
    if not text.isprintable():
        return "its reply is not one line of text"
    if not subject_words(text):
        return "its reply asks nothing"
    if len(text) > len(question.text) + _MAX_MORE:
        return f"its reply has {len(text):,} characters, too many for the question"
    language = question_language(question.text)
    if lost := _lost(text, question.text, language):
        return f"its reply leaves out {lost!r}"
    before = "\n".join(_shown(question))
    if _NOT.search(text) and not _NOT.search(f"{before} {question.text}"):
        return "its reply adds a “not”"
    known = {*_terms(before, language), *_terms(question.text, language)}
    for word in subject_words(text):
        if word not in _GLUE and not known.issuperset(_terms(word, language)):
            return f"its reply adds {word!r}"
    asked = (question.text, *(turn.question for turn in question.history))
    if known.isdisjoint(_terms(text, language)) or _is_apart(text, asked, language):
        return "its reply asks about something else"
    return ""


def _shown(question: Question) -> Iterator[str]:
    """The conversation as the model reads it, a line for each question and each answer."""
    for turn in question.history[-_TURNS:]:
        yield f"Question: {_beginning(turn.question)}"
        if turn.answer.strip():
            yield f"Answer: {_beginning(turn.answer)}"


def _beginning(text: str) -> str:
    return " ".join(text.split())[:_MAX_SHOWN]


def _lost(text: str, asked: str, language: str) -> str:
    """A word of the question that the reply had to keep, and did not."""
    kept = {_bare(each) for each in _TOKEN.findall(text)}
    for name in _names(asked):
        if _bare(name) not in kept:
            return name
    if (found := _NOT.search(asked)) and not _NOT.search(text):
        return found[0]
    own = [each for each in dict.fromkeys(subject_words(asked)) if each not in _POINTING]
    held = set(_terms(text, language))
    missing = [each for each in own if held.isdisjoint(_terms(each, language))]
    return missing[0] if 2 * len(missing) > len(own) else ""


def _names(text: str) -> Iterator[str]:
    """Words with a digit, and those with a capital that no start of a sentence explains."""
    for found in _TOKEN.finditer(text):
        word = found[0]
        is_first = _SENTENCE_START.search(text[: found.start()]) is not None
        is_name = word[0].isupper() and bool(subject_words(word)) and not is_first
        is_acronym = len(word) > 1 and word.isupper()
        if is_name or is_acronym or any(map(str.isdecimal, word)):
            yield word


def _bare(word: str) -> str:
    return re.sub(r"['’]s$", "", word.casefold())


def _is_apart(text: str, asked: Iterable[str], language: str) -> bool:
    """Whether the reply has no word of what the reader asked."""
    held = set(_terms(text, language))
    return all(held.isdisjoint(_terms(each, language)) for each in asked)


def _terms(text: str, language: str) -> list[str]:
    return terms(" ".join(subject_words(text)), language)
