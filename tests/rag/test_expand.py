"""Questions with an acronym or a misspelt word, over a library of two small documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.expand import Expander
from rag.lexical.query import Wording
from rag.listing import list_work
from rag.pipeline import Library
from rag.records import Correction, Question, Searched, Turn
from rag.settings import RetrievalSettings

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
        ("Who is forbidding trades?", ()),  # as forms of words that it knows
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


def test_the_encoder_reads_a_misspelt_word_as_the_one_held(library: Library) -> None:
    """And the question asked before it, whose words may be misspelt as well."""
    retriever = library.retriever()
    misspelt = retriever.query("Where is Talinn? Who feeds a dockker?", len("Where is Talinn? "))
    right = retriever.query("Where is Tallinn? Who feeds a docker?", len("Where is Tallinn? "))
    assert (misspelt.text, misspelt.context_end) == (right.text, right.context_end)
    assert (misspelt.tokens.vector == right.tokens.vector).all()
    assert (misspelt.weights == right.weights).all()
    assert misspelt.wording.text == "Where is Talinn? Who feeds a dockker?"
    off = RetrievalSettings(encode_corrected=False)
    as_typed = replace(retriever, settings=off).query("Who feeds a dockker?")
    assert as_typed.text == "Who feeds a dockker?"


def test_a_short_word_is_left_to_the_lexical_side() -> None:
    wording = Wording("Who keeps the liist of fess?", 0, corrections=(
        Correction("liist", "list"), Correction("fess", "fees"),
    ))  # fmt: skip
    assert wording.corrected() == ("Who keeps the list of fess?", 0)


def test_what_was_searched_for_is_told(library: Library) -> None:
    found = library.retriever().find(Question("Does the HWS feed Talinn?"), 1)
    assert found.searched == Searched(
        "", (Correction("Talinn", "Tallinn"),), ("harbour welfare scheme",)
    )
    follow_up = Question("And in Tallinn?", (Turn("Who is fed?"),))
    found = library.retriever().find(follow_up, 1)
    assert found.searched == Searched("Who is fed? And in Tallinn?")


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
