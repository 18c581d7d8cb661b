"""A passage widened to its section or its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from editions import fill
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentNotFoundError
from rag.neighbours import widen
from rag.pipeline import Library
from rag.records import Block, ContextKind, Document, Passage, Question, Section

# Sections of two passages of ten characters each; those of the last are notes.
LETTERS = "abcdefgh"
TEXT = "\n\n".join(letter * 10 for letter in LETTERS)
STARTS = [at * 12 for at in range(len(LETTERS))]
DOCUMENT = Document(
    "d",
    TEXT,
    tuple(Block("paragraph", at, at + 10) for at in STARTS),
    tuple(Section(("Same",), at, at + 24) for at in STARTS[::2]),
)
PASSAGES = [
    Passage(letter, "d", letter * 10, at, at + 10, ("Same",), is_note=letter in "gh")
    for letter, at in zip(LETTERS, STARTS, strict=True)
]


@pytest.mark.parametrize(
    ("passage_id", "kind", "limit", "expected", "is_cut"),
    [
        ("c", "section", 100, "cd", False),
        ("d", "section", 100, "cd", False),  # another section has the same heading
        ("c", "neighbours", 100, "bcd", False),
        ("a", "neighbours", 100, "ab", False),
        ("f", "neighbours", 100, "ef", False),  # what follows is a note
        ("g", "neighbours", 100, "gh", False),
        ("c", "neighbours", 22, "bc", True),
        ("c", "section", 21, "c", True),
        ("c", "section", 5, "c", True),
    ],
)
def test_a_passage_is_widened_within_its_limit(
    passage_id: str, kind: ContextKind, limit: int, expected: str, is_cut: bool
) -> None:
    here = next(each for each in PASSAGES if each.passage_id == passage_id)
    context = widen(DOCUMENT, PASSAGES, here, kind, limit)
    assert context.text == "\n\n".join(letter * 10 for letter in expected)
    assert (context.kind, context.document_id, context.is_cut) == (kind, "d", is_cut)
    assert DOCUMENT.text[context.start : context.end] == context.text


@given(st.sampled_from(PASSAGES), st.sampled_from(["section", "neighbours"]), st.integers(1, 120))
def test_what_is_cited_stays_within(here: Passage, kind: ContextKind, limit: int) -> None:
    context = widen(DOCUMENT, PASSAGES, here, kind, limit)
    assert context.start <= here.start and here.end <= context.end
    assert len(context.text) <= max(limit, 10)
    larger = widen(DOCUMENT, PASSAGES, here, kind, limit + 12)
    assert larger.start <= context.start and context.end <= larger.end


def test_hits_are_widened_and_cited_as_before(
    tmp_path_factory: pytest.TempPathFactory, library_at: Callable[..., Library]
) -> None:
    folder = tmp_path_factory.mktemp("neighbours")
    assistant = fill(library_at(folder / "data"), folder / "papers").assistant()
    filters = (("document_id", "minutes"),)
    (hit, *_) = assistant.search(Question("Who decides on relief goods?", filters=filters))
    context = assistant.widen(hit.passage.passage_id, "neighbours")
    assert context.text.startswith("Fees\n\nThe council heard") and hit.passage.text in context.text
    assert assistant.widen(hit.passage.passage_id, "section").text == hit.passage.text
    assert replace(hit, context=context).passage == hit.passage
    with pytest.raises(DocumentNotFoundError, match="no passage 'minutes:0'"):
        assistant.widen("minutes:0", "section")
