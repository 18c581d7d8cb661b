"""Metrics of ragas and of deepeval under their own names, for those who want them.

Each is an extra to install, and runs on our chat model and our encoder: no key, network access or
telemetry of its own. Their prompts and definitions are theirs; all go from 0 to 1, higher is
better, and are None where the case or outcome lacks what they need (an answer, gold, passages), for
a refusal, and where the model's reply does not fit the form that they ask for, twice.

The passages are the hits where a case keeps them, else the quotes of the answer's citations; the
reference is what the gold says: its facts, else its short answer, else its quotes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from evals.errors import RunError, SuiteError
from evals.outcomes import Outcome
from evals.scores import CaseScore
from evals.suite import Case
from rag.ports import ChatModel, Embedder
from rag.prompt import fenced, open_prompt

_QUIET = {
    "ragas": {"RAGAS_DO_NOT_TRACK": "true"},
    "deepeval": {
        "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
        "DEEPEVAL_DISABLE_DOTENV": "1",
        "CONFIDENT_TRACING_ENABLED": "NO",
    },
}


class _UnreadableError(Exception):
    """The model's reply does not fit the form that a metric asked for."""


@dataclass(frozen=True, slots=True)
class _Material:
    """What these metrics look at; each is empty where there is none."""

    question: str
    answer: str
    passages: list[str]
    reference: str


class _Spec(NamedTuple):
    """A metric: its class, its names of what it looks at, and the parts that it works with."""

    made_by: str
    takes: Mapping[str, str]  # its name: ours
    parts: tuple[str, ...] = ("llm",)


_RAGAS = {
    "question": "user_input",
    "answer": "response",
    "passages": "retrieved_contexts",
    "reference": "reference",
}
_DEEPEVAL = {
    "question": "input",
    "answer": "actual_output",
    "passages": "retrieval_context",
    "reference": "expected_output",
}


def _takes(names: Mapping[str, str], ours: str) -> dict[str, str]:
    return {names[each]: each for each in ours.split()}


_BOTH = ("llm", "embeddings")
_SPECS = {
    "ragas:faithfulness": _Spec("Faithfulness", _takes(_RAGAS, "question answer passages")),
    "ragas:answer_relevancy": _Spec("AnswerRelevancy", _takes(_RAGAS, "question answer"), _BOTH),
    "ragas:answer_correctness": _Spec(
        "AnswerCorrectness", _takes(_RAGAS, "question answer reference"), _BOTH
    ),
    "ragas:factual_correctness": _Spec("FactualCorrectness", _takes(_RAGAS, "answer reference")),
    "ragas:semantic_similarity": _Spec(
        "SemanticSimilarity", _takes(_RAGAS, "answer reference"), ("embeddings",)
    ),
    "ragas:context_precision": _Spec(
        "ContextPrecision", _takes(_RAGAS, "question passages reference")
    ),
    "ragas:context_recall": _Spec("ContextRecall", _takes(_RAGAS, "question passages reference")),
    "deepeval:faithfulness": _Spec(
        "FaithfulnessMetric", _takes(_DEEPEVAL, "question answer passages")
    ),
    "deepeval:answer_relevancy": _Spec(
        "AnswerRelevancyMetric", _takes(_DEEPEVAL, "question answer")
    ),
    "deepeval:contextual_precision": _Spec(
        "ContextualPrecisionMetric", _takes(_DEEPEVAL, "question passages reference")
    ),
    "deepeval:contextual_recall": _Spec(
        "ContextualRecallMetric", _takes(_DEEPEVAL, "question passages reference")
    ),
    "deepeval:contextual_relevancy": _Spec(
        "ContextualRelevancyMetric", _takes(_DEEPEVAL, "question passages")
    ),
}
ADAPTERS = tuple(_SPECS)


def open_adapter(name: str, judge_model: ChatModel, embedder: Embedder) -> CaseScore:
    """The metric `name` (one of ADAPTERS) as a function of case and outcome.

    Raises SuiteError for another name, and RunError where the package is missing, with the line
    that installs it. The function raises ModelError where the model does not reply.
    """
    spec = _SPECS.get(name)
    if spec is None:
        raise SuiteError(f"no metric {name!r}; of other packages there are {', '.join(ADAPTERS)}")
    package = name.partition(":")[0]
    os.environ.update(_QUIET[package])
    open_measure = _open_ragas if package == "ragas" else _open_deepeval
    measure = open_measure(spec, judge_model, embedder)
    return partial(_score, spec=spec, measure=measure)


def _score(
    case: Case, outcome: Outcome, spec: _Spec, measure: Callable[[dict[str, Any]], float | None]
) -> float | None:
    material = _material(case, outcome)
    given = {theirs: getattr(material, ours) for theirs, ours in spec.takes.items()}
    if outcome.error or outcome.is_refusal or not all(given.values()):
        return None
    try:
        value = measure(given)
    except _UnreadableError:
        return None
    return None if value is None or math.isnan(value) else float(value)


def _material(case: Case, outcome: Outcome) -> _Material:
    said = "\n".join(each.text for each in outcome.statements) or outcome.text
    gold = [each.text for each in case.nuggets] or list(case.answers[:1])
    gold = gold or [each.quotes[0] for each in case.evidence]
    hits = [each.text for each in outcome.hits or () if each.text]
    return _Material(
        question=case.question,
        answer=said if outcome.is_answer else "",
        passages=hits or [each.quote for each in outcome.citations],
        reference="\n".join(gold),
    )


def _open_ragas(
    spec: _Spec, model: ChatModel, embedder: Embedder
) -> Callable[[dict[str, Any]], float | None]:
    """By the metrics of ragas that take structured replies (0.4); the older ones are leaving."""
    language: Any = _module("ragas.llms.base").InstructorBaseRagasLLM
    embedding: Any = _module("ragas.embeddings.base").BaseRagasEmbedding

    class Language(language):  # type: ignore[misc]
        def generate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
            return _structured(model, prompt, response_model)

        async def agenerate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
            return self.generate(prompt, response_model)

    class Embedding(embedding):  # type: ignore[misc]
        def embed_text(self, text: str, **_: Any) -> list[float]:
            vector: list[float] = embedder.embed([text])[0].tolist()
            return vector

        async def aembed_text(self, text: str, **_: Any) -> list[float]:
            return self.embed_text(text)

    makers: dict[str, Callable[[], Any]] = {"llm": Language, "embeddings": Embedding}
    made_by = getattr(_module("ragas.metrics.collections"), spec.made_by)
    metric = made_by(**{part: makers[part]() for part in spec.parts})
    return lambda given: metric.score(**given).value


def _open_deepeval(
    spec: _Spec, model: ChatModel, embedder: Embedder
) -> Callable[[dict[str, Any]], float | None]:
    language: Any = _module("deepeval.models").DeepEvalBaseLLM

    class Language(language):  # type: ignore[misc]
        def load_model(self) -> ChatModel:
            return model

        def get_model_name(self) -> str:
            return model.name

        def generate(self, prompt: str, schema: type[BaseModel] | None = None) -> Any:
            return _structured(model, prompt, schema) if schema else model.complete("", prompt).text

        async def a_generate(self, prompt: str, schema: type[BaseModel] | None = None) -> Any:
            return self.generate(prompt, schema)

    test_case = _module("deepeval.test_case").LLMTestCase
    metric = getattr(_module("deepeval.metrics"), spec.made_by)(
        model=Language(model.name), eval_mode="llm", async_mode=False, include_reason=False
    )

    def measure(given: dict[str, Any]) -> float | None:
        value: float | None = metric.measure(test_case(**given), _show_indicator=False)
        return value

    return measure


def _structured(model: ChatModel, prompt: str, form: type[BaseModel]) -> BaseModel:
    """The reply to `prompt` as a `form`; asked again once, then _UnreadableError."""
    reply = model.complete("", prompt).text
    try:
        return form.model_validate_json(_object(reply))
    except ValidationError:
        again = open_prompt("judge-again")
    second = model.complete(again.system, again.fill(request=prompt, reply=fenced(reply))).text
    try:
        return form.model_validate_json(_object(second))
    except ValidationError as error:
        raise _UnreadableError from error


def _object(reply: str) -> str:
    return reply[reply.find("{") : reply.rfind("}") + 1]


def _module(name: str) -> Any:
    package = name.partition(".")[0]
    try:
        return import_module(name)
    except ImportError as error:
        raise RunError(
            f"the metrics of {package} cannot be loaded ({error}): "
            f'pip install "chapter-and-verse[{package}]"'
        ) from error
