"""Regressions planted into the engine: the gate on the starter suite names each, and only those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rag.answer.extractive
import rag.cite
import rag.pipeline
from evals.baselines import read_baseline, set_baseline
from evals.compare import Scored
from evals.gate import Verdict, check_gate
from evals.metrics import metrics_for
from evals.runner import Options, run_suite
from evals.suite import SHIPPED, Gate, SuiteFile
from evals.summary import scored
from rag.cite import make_citation
from rag.embed import SentenceEmbedder
from rag.records import Citation
from rag.settings import load_settings

METRICS = (
    "hit@1", "cited", "citation_recall", "verbatim", "page_correct", "refusal_recall",
    "refused_answerable",
)  # fmt: skip
Gated = Callable[..., Verdict]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Library, runs and baseline of this file."""
    return tmp_path_factory.mktemp("planted")


@pytest.fixture
def gated(folder: Path, monkeypatch: pytest.MonkeyPatch, embedder: SentenceEmbedder) -> Gated:
    """Runs a sample of the starter suite with the engine as it is, and holds it against what it
    was before anything was planted."""
    file = SuiteFile(SHIPPED / "starter.toml")
    metrics = metrics_for("answer", METRICS)
    gates = [gate for gate in file.suite.gates if gate.metric in ("verbatim", "page_correct")]
    gates.append(Gate(metric="refusal_recall", floor=0.25))  # that of the suite is for all cases
    monkeypatch.setattr(rag.pipeline, "SentenceEmbedder", lambda *_: embedder)

    def run(**options: Any) -> Scored:
        asked = Options(limit=40, seed=7, metrics=METRICS, **options)
        done = run_suite(file, load_settings(folder), asked, folder, lambda *_: None)
        return scored(done, names=METRICS)

    if not (folder / "baselines").is_dir():
        set_baseline("before", run(name="before"), metrics, folder / "baselines", {})
    baseline = read_baseline("before", [folder / "baselines"])["starter"]
    return lambda **options: check_gate(baseline, run(**options), gates, metrics)


def failed(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.failed}


def plant(monkeypatch: pytest.MonkeyPatch, change: Callable[[Citation], Citation]) -> None:
    """Every citation is made as ever, and then changed."""
    monkeypatch.setattr(rag.cite, "make_citation", lambda *args: change(make_citation(*args)))


def test_a_harmless_change_passes(gated: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.answer.extractive, "_related", lambda hits, cited, most: ())
    verdict = gated(name="harmless")
    assert verdict.is_passed
    assert failed(verdict) == set()


def test_answers_of_one_statement_by_words_alone_are_caught(gated: Gated) -> None:
    by_words = {"dense_weight": 0, "passage_weight": 0}
    least = {"passages": 1, "max_statements": 1, "max_facts": 1}
    verdict = gated(name="by-words", changes={"retrieval": by_words, "answer": least})
    assert {"cited", "citation_recall"} <= failed(verdict)
    assert any(line.startswith("starter: cited ") for line in verdict.lines), verdict.lines


def test_wrong_pages_are_caught(gated: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, lambda each: replace(each, page=each.page + 1 if each.page else None))
    assert failed(gated(name="pages")) == {"page_correct"}


def test_refusals_off_are_caught(gated: Gated) -> None:
    assert failed(gated(name="refusals", changes={"answer": {"min_support": 0}})) == {
        "refusal_recall"
    }


def test_a_word_changed_in_quotes_is_caught(gated: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, lambda each: replace(each, quote=each.quote.replace(" the ", " a ", 1)))
    # The second reader of pages no longer finds such quotes; the gate says that too where it is
    # more than chance, which depends on how many of the sample's quotes stand in PDFs.
    assert {"verbatim"} <= failed(gated(name="quotes")) <= {"verbatim", "page_correct"}
