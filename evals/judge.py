"""A chat model as a judge: its own role, its own prompts, never the model under test.

1. The prompt (`prompts/judge-*.md`) is filled with what is to be judged, fenced as data.
2. The reply is read strictly: one JSON object with the keys that were asked for and words that were
   offered, or the same as lines `key: word`. What is neither is asked again once.
3. What still cannot be read is unscored: None on record, never 0.
4. Replies are kept (evals/replies.py): the same judge gives the same verdict, next year too.

Where no judge is needed none is asked: a refusal gives no fact, and no quote carries nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.errors import RunError
from evals.outcomes import Outcome
from evals.replies import KeptModel
from evals.suite import Case
from rag.ports import ChatModel
from rag.prompt import fenced, open_prompt

Verdicts = dict[str, str]

_YES_NO = {"yes": True, "no": False}
_GRADES = {"full": 1.0, "part": 0.5, "none": 0.0}
PROMPTS = ("judge-nuggets", "judge-answer", "judge-support", "judge-again")
# What reasoning models put before their reply, and what many put around it.
_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)
_LINE = re.compile(r"\s*(\w+)\s*:\s*(\w+)\s*")
# Of a model's name: the provider, the organisation, the server; and of which day it is.
_AROUND = re.compile(r"^[^:]*:(?=.)|.*/| at \S+$")
_DAY = re.compile(r"(?::latest|[-@]?\d{4}-?\d{2}-?\d{2})$")


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """What a run keeps of its judge: who it was, by which prompts (sha256), and what it cost.

    `asked` requests went to the model, `found` were kept from before; the tokens are those of the
    former. `unscored` verdicts could not be read.
    """

    model: str
    prompts: dict[str, str]
    asked: int
    found: int
    unscored: int
    prompt_tokens: int
    completion_tokens: int


class Judge:
    """Verdicts on outcomes, by a chat model."""

    def __init__(self, model: ChatModel, cache_folder: Path, names: Iterable[str] = ()) -> None:
        """`names` are the models under test; raises RunError where `model` is one of them."""
        for name in names:
            check_independent(model.name, name)
        self._model = KeptModel(model, cache_folder)
        self._prompts = {name: open_prompt(name) for name in PROMPTS}
        self._unscored = 0

    @property
    def record(self) -> JudgeRecord:
        """The judge, and what it did up to now."""
        return JudgeRecord(
            model=self._model.name,
            prompts={name: prompt.sha256 for name, prompt in self._prompts.items()},
            asked=self._model.asked,
            found=self._model.found,
            unscored=self._unscored,
            prompt_tokens=self._model.prompt_tokens,
            completion_tokens=self._model.completion_tokens,
        )

    def judge_nuggets(self, case: Case, outcome: Outcome) -> tuple[bool | None, ...]:
        """By nugget of the case: whether the answer gives it; empty where there is no answer."""
        if not outcome.is_answer or outcome.error:
            return ()
        if outcome.is_refusal or not case.nuggets:
            return (False,) * len(case.nuggets)
        texts = [f"{n}. {_line(each.text)}" for n, each in enumerate(case.nuggets, start=1)]
        keys = [str(n) for n in range(1, len(texts) + 1)]
        found = self._ask(
            "judge-nuggets",
            (keys, _YES_NO),
            question=_question(case),
            answer=_answer(outcome),
            facts=fenced("\n".join(texts)),
        )
        return tuple(_YES_NO[found[key]] if key in found else None for key in keys)

    def judge_answer(self, case: Case, outcome: Outcome) -> float | None:
        """1, 0.5 or 0: the answer answers the question in full, in part or not, by the gold.

        None where it is unscored, and where there is no answer, or no gold to judge it by.
        Reference-guided grading: Zheng and others, Judging LLM-as-a-Judge, 2023.
        """
        quotes = [gold.quotes[0] for gold in case.evidence]
        facts = [each.text for each in case.nuggets]
        has_gold = bool(facts or case.answers or quotes)
        if not (outcome.is_answer and has_gold and case.answerable) or outcome.error:
            return None
        if outcome.is_refusal:
            return 0.0
        found = self._ask(
            "judge-answer",
            (["grade"], _GRADES),
            question=_question(case),
            answer=_answer(outcome),
            facts=fenced("\n".join(map(_line, facts))),
            wordings=fenced("\n".join(map(_line, case.answers))),
            quotes=_numbered(quotes),
        )
        return _GRADES[found["grade"]] if found else None

    def judge_support(self, statement: str, quotes: Sequence[str]) -> bool | None:
        """Whether the quotes together carry the whole statement; None where it is unscored."""
        if not quotes:
            return False
        found = self._ask(
            "judge-support",
            (["supported"], _YES_NO),
            statement=fenced(statement),
            quotes=_numbered(quotes),
        )
        return _YES_NO[found["supported"]] if found else None

    def _ask(
        self, name: str, form: tuple[Sequence[str], Collection[str]], **values: str
    ) -> Verdicts:
        prompt, again = self._prompts[name], self._prompts["judge-again"]
        request = prompt.fill(**values)
        reply = self._model.complete(prompt.system, request).text
        found = read_verdicts(reply, *form)
        if len(found) < len(form[0]):
            second = again.fill(request=request, reply=fenced(reply))
            system = f"{prompt.system}\n\n{again.system}"
            found = read_verdicts(self._model.complete(system, second).text, *form)
        self._unscored += len(form[0]) - len(found)
        return found


def check_independent(judge_name: str, answerer_name: str) -> None:
    """Raises RunError where both names are of one model, by whichever provider or of which day."""
    if _bare(judge_name) == _bare(answerer_name):
        raise RunError(
            f"the judge {judge_name} is the model under test ({answerer_name}); set judge.model to "
            f"another model"
        )


def read_verdicts(reply: str, keys: Collection[str], words: Collection[str]) -> Verdicts:
    """The word of each key, where the reply is one JSON object of them, or lines `key: word`.

    Words are taken in any case, and true and false for yes and no. Keys that are missing or have
    another word are left out; with a key that was not asked for, or one that comes twice, nothing
    is believed.
    """
    text = _THOUGHT.sub("", reply, count=1).strip()
    fence = _FENCE.fullmatch(text)
    text = fence[1].strip() if fence else text
    pairs = _json_pairs(text) if text.startswith("{") else _line_pairs(text)
    names = [key for key, _ in pairs]
    if len(set(names)) < len(names) or not set(names) <= set(keys):
        return {}
    return {key: word for key, value in pairs if (word := _word(value)) in words}


def _json_pairs(text: str) -> list[tuple[str, Any]]:
    try:
        found = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _line_pairs(text: str) -> list[tuple[str, Any]]:
    found = [_LINE.fullmatch(line) for line in text.splitlines() if line.strip()]
    return [(each[1], each[2]) for each in found if each] if all(found) else []


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strip().casefold() if isinstance(value, str) else ""


def _question(case: Case) -> str:
    return fenced("\n".join(map(_line, (*case.history, case.question))))


def _answer(outcome: Outcome) -> str:
    return fenced("\n\n".join(each.text for each in outcome.statements) or outcome.text)


def _numbered(quotes: Sequence[str]) -> str:
    return "\n\n".join(f"{n}.\n{fenced(quote)}" for n, quote in enumerate(quotes, start=1))


def _line(text: str) -> str:
    return " ".join(text.split())


def _bare(name: str) -> str:
    return _DAY.sub("", _AROUND.sub("", name.strip().casefold()))
