"""Late interaction: what is said of a passage is the same alone and among others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.late import Query, Similarity, compare_all
from rag.lexical.query import Wording
from rag.ports import TokenVectors
from rag.records import Passage, Unit

DIMENSIONS = 4


def vectors(count: int, seed: int) -> TokenVectors:
    """`count` word pieces of three letters each, after one of the context line."""
    drawn = np.random.default_rng(seed).normal(size=(count + 1, DIMENSIONS)).astype(np.float32)
    tokens = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    starts = np.array([-9, *range(0, 3 * count, 3)], dtype=np.int32)
    return TokenVectors(tokens[0], tokens, np.stack([starts, starts + 3], axis=1))


def passage(lengths: list[int], start: int) -> Passage:
    """A passage at `start` of a document, with units of so many word pieces."""
    units, at = [], start
    for length in lengths:
        units.append(Unit(at, at + 3 * length, "paragraph"))
        at += 3 * length
    return Passage("d:1", "d", "x" * (at - start), start, at, (), tuple(units))


def query(count: int, weights: list[float]) -> Query:
    tokens = vectors(count, seed=1)
    kept = TokenVectors(tokens.vector, tokens.tokens[:count], tokens.spans[:count])
    return Query("q", 0, kept, np.array(weights[:count], dtype=np.float32), Wording("q"))


@given(
    st.lists(st.lists(st.integers(0, 4), max_size=4), min_size=1, max_size=5),
    st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3),
    st.integers(0, 50),
)
def test_passages_compared_together_are_as_each_alone(
    lengths: list[list[int]], weights: list[float], start: int
) -> None:
    asked = query(3, weights)
    passages = [passage(each, start) for each in lengths]
    tokens = [vectors(sum(each), seed) for seed, each in enumerate(lengths, start=2)]
    together = compare_all(asked, passages, tokens)
    for found, one, held in zip(together, passages, tokens, strict=True):
        alone = Similarity(asked, one, held)
        assert found.whole == pytest.approx(alone.whole, abs=1e-5)
        assert found.units == pytest.approx(alone.units, abs=1e-5)


def test_a_question_is_as_near_as_its_weighted_word_pieces() -> None:
    east, north = np.eye(2, dtype=np.float32)
    spans = np.array([[0, 3], [3, 6]], dtype=np.int32)
    asked = Query(
        "q", 0, TokenVectors(east, np.stack([east, north]), spans), np.float32([3, 1]), Wording("q")
    )
    held = TokenVectors(east, np.stack([east, east]), spans)
    (found,) = compare_all(asked, [passage([1, 1], 0)], [held])
    assert found.whole == 0.75  # the first word piece is met, which weighs three of four
    assert found.units == (0.75, 0.75)


def test_nothing_to_compare() -> None:
    assert compare_all(query(3, [1, 1, 1]), [], []) == []
    empty = TokenVectors(np.zeros(4, np.float32), np.zeros((0, 4), np.float32), np.zeros((0, 2)))
    (found,) = compare_all(query(3, [1, 1, 1]), [passage([], 0)], [empty])
    assert (found.whole, found.units) == (0.0, ())
