"""Why a passage was found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from editions import fill

from rag.explain import Sides, explain, shared_words
from rag.late import MaxSim
from rag.lexical.query import Wording
from rag.pipeline import Library
from rag.records import Facts, Hit, Passage, Question, Side, Unit

TEXT = "Fees of vessels\n\nA vessel pays. The mooring fee is due in March."
UNITS = (
    Unit(100, 115, "heading"),
    Unit(117, 131, "paragraph"),
    Unit(132, 164, "paragraph"),
)
PASSAGE = Passage("d:1", "d", TEXT, 100, 164, ("Ports", "Fees of vessels"), UNITS)


def test_a_hit_says_what_each_side_gave_it() -> None:
    sides = Sides(
        dense={"d:1": 0.51, "d:2": 0.62},
        lexical={"d:2": 7.0},
        similar={"d:1": MaxSim(0.7, (0.9, 0.2, 0.4)), "d:2": MaxSim(0.6, (0.3,))},
    )
    hit = Hit(1, 0.8, PASSAGE, Facts(title="Mooring of vessels"))
    (explained,) = explain(Wording("When is the mooring fee due?"), [hit], sides)
    why = explained.why
    assert why is not None and why.lexical is None
    assert (why.dense, why.passage, why.sentence) == (Side(2, 0.51), Side(1, 0.7), Side(1, 0.9))
    assert why.best == UNITS[2]  # nearer than the other sentence; the heading is none
    assert why.terms == ("Mooring", "Fees", "fee", "due")
    (bare,) = explain(Wording("When?"), [hit], Sides({}, {}, {}))
    assert (bare.why.dense, bare.why.passage, bare.why.best) == (None, None, None)


@pytest.mark.parametrize(
    ("queries", "texts", "language", "expected"),
    [
        (["migrant women"], ["A woman, Women and MIGRANTS"], "en", ("MIGRANTS", "Women")),
        (["target 10.c of A/RES/70/1"], ["By target 10.c, 10.b"], "en", ("10.c", "target")),
        (["co-operation"], ["Co-operation, cooperation"], "en", ("Co-operation", "cooperation")),
        (["SPF", "social protection floor"], ["A floor, the SPF"], "en", ("SPF", "floor")),
        (["les travailleurs"], ["Le travailleur, l’été"], "fr", ("travailleur",)),
        (["移民的健康"], ["移民在获得健康服务"], "zh", ("移民", "健康")),
        (["the of and"], ["The of and"], "en", ()),
    ],
)
def test_words_are_shared_as_the_index_compares_them(
    queries: list[str], texts: list[str], language: str, expected: tuple[str, ...]
) -> None:
    assert shared_words(queries, texts, language) == expected


def test_every_hit_of_a_search_explains_itself(
    tmp_path_factory: pytest.TempPathFactory, library_at: Callable[..., Library]
) -> None:
    folder = tmp_path_factory.mktemp("explain")
    retriever = fill(library_at(folder / "data"), folder / "papers").retriever()
    question = Question("Who keeps the lights and buoys, and who may waive a fee?")
    hits = retriever.search(question, 5)
    assert all(hit.why and hit.why.dense and hit.why.passage for hit in hits)
    assert len({hit.why.passage.rank for hit in hits}) == 5
    lights = next(hit for hit in hits if "lights" in hit.passage.text)
    assert {"lights", "buoys"} <= set(lights.why.terms)
    best, passage = lights.why.best, lights.passage
    said = passage.text[best.start - passage.start : best.end - passage.start]
    assert said.endswith("the lights, the buoys and the pilots of the coast are paid for.")
    assert [hit.why for hit in retriever.search(question, 5, is_explained=False)] == [None] * 5
