"""Features that a person can check, over sentences whose figures are plain."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.answer.abstain import open_abstainer
from rag.answer.features import Features
from rag.listing import list_work
from rag.pipeline import Library, open_library
from rag.records import Question
from rag.settings import AnswerSettings, load_settings

TEXT = """# Ferry plan

The Ferry Board of Morocco holds 40 boats at Tangier.

The plan asks the Board to train pilots every spring. Pilots of the plan train at sea.

Fares are paid on board. Dogs travel free. Tickets are blue. Piers are swept at dawn.
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("ferries")
    (folder / "plan.md").write_text(TEXT, encoding="utf-8")
    library = open_library(load_settings(data_dir=folder / "library"))
    library.ingester(lambda *_: None).ingest(list_work([Path(folder / "plan.md")]))
    library.workers.close()
    return library


def features_of(library: Library, question: str) -> Features:
    found = library.retriever().find(Question(question), 12)
    answerer = library.assistant().answerer
    part = found.rewritten.parts[0].text
    return answerer.weigh(part, found.queries[0], found.hits_by_part[0]).features


def test_names_that_no_sentence_has_are_missing(library: Library) -> None:
    held = features_of(library, "How many boats does the Ferry Board of Morocco hold?")
    other = features_of(library, "How many boats does the Ferry Board of Iceland hold?")
    assert (held.names_missing, other.names_missing) == (0.0, 1.0)
    assert held.named > 0.9 > 0.75 > other.named
    assert held.known == pytest.approx(1.0)


def test_a_number_that_is_asked_for_can_be_missing(library: Library) -> None:
    assert features_of(library, "How many boats does the Board hold?").number_missing == 0.0
    assert features_of(library, "How many pilots does the plan train?").number_missing == 1.0


@pytest.mark.parametrize(
    ("question", "denies"),
    [
        ("Which boats does the Board not hold?", 1.0),
        ("Which boats did the Board refuse?", 1.0),
        ("Who fears that pilots would not come?", 0.0),
        ("Which boats does the Board hold?", 0.0),
    ],
)
def test_a_question_that_denies_is_known(library: Library, question: str, denies: float) -> None:
    assert features_of(library, question).denies == denies


def test_points_of_caution_are_ordered_and_can_be_overruled() -> None:
    model = open_abstainer()
    balanced = model.min_support(AnswerSettings())
    careful = model.min_support(AnswerSettings(caution="careful"))
    assert 0 < balanced < careful < 1
    assert model.min_support(AnswerSettings(caution="careful", min_support=0.9)) == 0.9
