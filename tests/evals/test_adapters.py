"""Metrics of ragas and deepeval on a scripted chat model of LangChain, where they are installed."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from evals.adapters import ADAPTERS, open_adapter
from evals.errors import RunError, SuiteError
from evals.outcomes import CitationRow, HitRow, Outcome, StatementRow
from evals.replies import KeptModel
from evals.suite import Case, Nugget
from rag.embed import SentenceEmbedder
from rag.llm import LangChainModel
from rag.settings import ModelSettings

CASE = Case(
    id="c1",
    question="Who adopted the Compact?",
    nuggets=(Nugget(text="The General Assembly adopted it."),),
)
ANSWER = Outcome(
    case_id="c1",
    status="answered",
    statements=(StatementRow(text="The General Assembly adopted the Compact."),),
    citations=(
        CitationRow(document_id="gcm", quote="The Compact was adopted by the General Assembly."),
        CitationRow(document_id="gcm", quote="Rain fell."),
    ),
)
_SAID = {"statement": "s", "reason": "r"}
YES, NO = {"verdict": "yes", "reason": "r"}, {"verdict": "no", "reason": "r"}
STATEMENTS = {"statements": ["one", "two"]}
HALF = {"verdicts": [YES, NO]}

# What the judge replies to each request of a metric in turn, and the score that follows.
SCRIPTS: dict[str, tuple[list[dict[str, Any]], float]] = {
    "ragas:faithfulness": (
        [STATEMENTS, {"statements": [_SAID | {"verdict": 1}, _SAID | {"verdict": 0}]}],
        0.5,
    ),
    "ragas:answer_relevancy": ([{"question": CASE.question, "noncommittal": 0}], 1.0),
    "ragas:answer_correctness": (
        [STATEMENTS, STATEMENTS, {"TP": [_SAID], "FP": [_SAID], "FN": [_SAID]}],
        0.75 * 0.5 + 0.25 * 0.7154,  # F1, and the encoder's cosine of answer and reference
    ),
    "ragas:factual_correctness": (
        [
            {"claims": ["one", "two"]},
            {"statements": [_SAID | {"verdict": 1}, _SAID | {"verdict": 0}]},
            {"claims": ["three"]},
            {"statements": [_SAID | {"verdict": 1}]},
        ],
        0.67,  # F1 of precision 1/2 and recall 1
    ),
    "ragas:semantic_similarity": ([], 0.7154),
    "ragas:context_precision": (
        [{"reason": "r", "verdict": 0}, {"reason": "r", "verdict": 1}],
        0.5,
    ),
    "ragas:context_recall": (
        [{"classifications": [_SAID | {"attributed": 1}, _SAID | {"attributed": 0}]}],
        0.5,
    ),
    "deepeval:faithfulness": (
        [{"truths": ["t"]}, {"claims": ["one", "two"]}, HALF],
        0.5,
    ),
    "deepeval:answer_relevancy": ([STATEMENTS, HALF], 0.5),
    "deepeval:contextual_precision": ([{"verdicts": [NO, YES]}], 0.5),
    "deepeval:contextual_recall": ([HALF], 0.5),
    "deepeval:contextual_relevancy": (
        [{"verdicts": [YES | {"statement": "s"}, NO | {"statement": "s"}]}],
        0.5,
    ),
}


def scripted(replies: list[str]) -> LangChainModel:
    chat = FakeListChatModel(responses=replies or ["never said"])
    return LangChainModel(chat, ModelSettings(model="test:judge"), "judge")


def needs(name: str) -> str:
    package = name.partition(":")[0]
    if find_spec(package) is None:
        pytest.skip(f'{package} is not installed: pip install "chapter-and-verse[{package}]"')
    return package


def test_every_adapter_is_tried() -> None:
    assert set(ADAPTERS) == set(SCRIPTS)


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_metric_runs_on_our_model_and_encoder(name: str, embedder: SentenceEmbedder) -> None:
    needs(name)
    replies, score = SCRIPTS[name]
    model = scripted([f"```json\n{json.dumps(each)}\n```" for each in replies])
    metric = open_adapter(name, model, embedder)
    assert metric(CASE, ANSWER) == pytest.approx(score, abs=0.005)


@pytest.mark.parametrize("name", ADAPTERS)
def test_nonsense_and_what_is_missing_are_no_score(name: str, embedder: SentenceEmbedder) -> None:
    needs(name)
    metric = open_adapter(name, scripted(["no JSON", '{"a": 1}']), embedder)
    if name != "ragas:semantic_similarity":  # asks no model
        assert metric(CASE, ANSWER) is None
    assert metric(Case(id="c1"), Outcome(case_id="c1", hits=())) is None
    refusal = Outcome(case_id="c1", status="not_in_documents", text="The documents do not say.")
    assert metric(CASE, refusal) is None


def test_hits_are_the_passages_where_a_case_keeps_them(embedder: SentenceEmbedder) -> None:
    needs("ragas:context_precision")
    hits = tuple(HitRow(document_id="d", text=f"Passage {n}.") for n in range(3))
    verdicts = [json.dumps({"reason": "r", "verdict": each}) for each in (1, 0, 1)]
    metric = open_adapter("ragas:context_precision", scripted(verdicts), embedder)
    outcome = Outcome(case_id="c1", hits=hits)
    assert metric(CASE, outcome) == pytest.approx((1 + 2 / 3) / 2)


def test_replies_can_be_kept(tmp_path: Path, embedder: SentenceEmbedder) -> None:
    needs("ragas:answer_relevancy")
    model = KeptModel(scripted([json.dumps({"question": "?", "noncommittal": 1})]), tmp_path)
    assert open_adapter("ragas:answer_relevancy", model, embedder)(CASE, ANSWER) == 0.0
    assert (model.asked, model.found) == (1, 2)


@pytest.mark.parametrize("package", ["ragas", "deepeval"])
def test_a_missing_package_is_named_with_its_install_line(
    package: str, embedder: SentenceEmbedder
) -> None:
    if find_spec(package) is not None:
        pytest.skip(f"{package} is installed")
    with pytest.raises(RunError) as caught:
        open_adapter(f"{package}:faithfulness", scripted([]), embedder)
    assert f'pip install "chapter-and-verse[{package}]"' in str(caught.value)


def test_an_unknown_metric_is_named_with_those_that_are_known(embedder: SentenceEmbedder) -> None:
    with pytest.raises(SuiteError, match=r"no metric 'ragas:bleu'; .* ragas:faithfulness, "):
        open_adapter("ragas:bleu", scripted([]), embedder)
