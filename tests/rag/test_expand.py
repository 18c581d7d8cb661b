"""Questions with an acronym or a misspelt word, over a library of two small documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.expand import Expander
from rag.listing import list_work
from rag.pipeline import Library
from rag.records import Question
from rag.settings import RetrievalSettings
from rag.spelling import Correction

FLOORS = "A harbour welfare scheme (HWS) feeds each docker of Tallinn.\n"
FEES = "Vessels pay a fee. The clerk keeps the list.\n"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "scheme.txt").write_text(FLOORS)
    (folder / "fees.txt").write_text(FEES)
    return folder


@pytest.fixture(scope="module")
def library(
    papers: Path, tmp_path_factory: pytest.TempPathFactory, library_at: Callable[..., Library]
) -> Library:
    library = library_at(tmp_path_factory.mktemp("data"))
    library.ingester(lambda *args: None).ingest(list_work([papers]))
    return library


def expander(library: Library, **settings: float) -> Expander:
    return Expander(library.ledger, library.index, library.embedder, RetrievalSettings(**settings))


@pytest.mark.parametrize(
    ("question", "further"),
    [
        ("Whom does the HWS feed?", ("harbour welfare scheme",)),
        ("What is a harbor welfare scheme?", ("HWS",)),
        ("what about the hws", ("harbour welfare scheme",)),
        ("Who lives in Talinn?", ("Tallinn",)),
        ("Who keeps the lists of fees?", ()),
        ("Which cities trade in diamonds?", ()),  # known to the encoder, though not held
        ("Quels sont les obstacles aux droits de la clerc ?", ()),  # no document is in French
    ],
)
def test_further_words(library: Library, question: str, further: tuple[str, ...]) -> None:
    assert tuple(word for word, _ in expander(library).expand(question).further) == further


def test_corrections_are_told_and_can_be_turned_off(library: Library) -> None:
    asked = "Who feeds the docker of Talinn?"
    assert expander(library).expand(asked).corrections == (Correction("Talinn", "Tallinn"),)
    assert expander(library, correction_share=0).expand(asked).further == ()


def test_a_misspelt_name_finds_its_passage(library: Library) -> None:
    (hit,) = library.retriever().search(Question("Talinn"), 1)
    assert "Tallinn" in hit.passage.text


def test_acronyms_go_with_their_document(
    tmp_path: Path, library_at: Callable[..., Library]
) -> None:
    (tmp_path / "papers").mkdir()
    paper = tmp_path / "papers" / "scheme.txt"
    paper.write_text(FLOORS)
    library = library_at(tmp_path / "data")
    work = [tmp_path / "papers"]
    library.ingester(lambda *args: None).ingest(list_work(work))
    assert library.ledger.acronyms().expand("HWS") == ("harbour welfare scheme",)
    paper.unlink()
    library.ingester(lambda *args: None).ingest(list_work(work))
    assert library.ledger.acronyms().expand("HWS") == ()
