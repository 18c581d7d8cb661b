"""Words found in documents: exactly at their offsets, however typed; and a changed word named."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.pipeline import Library
from rag.verify.library import Words
from rag.verify.locate import Located, locate
from rag.verify.quoted import quotations
from rag.verify.search import Shelf
from rag.verify.verifier import Verifier
from rag.verify.words import BareText, bare_words

FEW = settings(max_examples=150, deadline=None)


@pytest.fixture(scope="module")
def words(starter_library: Library) -> Words:
    return Words(starter_library.ledger)


@pytest.fixture(scope="module")
def verifier(starter_library: Library) -> Verifier:
    return starter_library.verifier()


def located(shelf: Shelf, text: str) -> Located | None:
    return locate(shelf, text, lambda *_: False)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """A document's number, a word's number in it, how many words, and a seed to mangle by."""
    small = st.integers(0, 10_000)
    return draw(small), draw(small), draw(st.integers(6, 60)), draw(small)


def cut(words: Words, drawn: tuple[int, int, int, int]) -> tuple[str, int, int]:
    """The document and the offsets of a stretch of whole words."""
    ids = list(words.facts)
    document_id = ids[drawn[0] % len(ids)]
    found = list(bare_words(words.document(document_id).text))
    first = drawn[1] % (len(found) - drawn[2])
    return document_id, found[first].start, found[first + drawn[2] - 1].end


def mangled(text: str, seed: int) -> str:
    """The same words as another program would type them."""
    spaces = [" ", "\u00a0", "\n", "  ", "\u202f"]
    text = re.sub(r"(?<!\d)\s+(?!\d)", spaces[seed % len(spaces)], text)
    text = text.translate(str.maketrans("’“”-", '\'""\u2011' if seed % 2 else "’«»–"))
    return re.sub(r"(?<=[a-z]{4})(?=[a-z]{4})", "\u00ad", text, count=seed % 3)


@given(drawn=stretches())
@FEW
def test_any_stretch_is_verbatim_at_exactly_its_offsets(
    words: Words, drawn: tuple[int, int, int, int]
) -> None:
    document_id, start, end = cut(words, drawn)
    said = BareText(mangled(words.document(document_id).text[start:end], drawn[3]))
    places = [
        (each.document_id, *words.shelf[each.document_id].span(each.laid.first, each.laid.last))
        for each in words.shelf.exact(said)
    ]
    assert (document_id, start, end) in places


@given(drawn=stretches())
@FEW
def test_one_changed_word_is_altered_and_named(
    words: Words, drawn: tuple[int, int, int, int]
) -> None:
    document_id, start, end = cut(words, drawn)
    text = words.document(document_id).text[start:end]
    word = list(bare_words(text))[drawn[3] % drawn[2]]
    changed = f"{text[: word.start]}zebra{text[word.end :]}"
    altered = located(words.shelf, changed)
    assert altered is not None
    assert not altered.is_verbatim
    said = " ".join(change.words for change in altered.changes)
    assert "zebra" in said
    assert len(altered.changes) <= 2


def test_the_words_stand_whole_not_inside_others() -> None:
    shelf = Shelf({"a": "Members dismay us. They may, on 25.5 or 2 5, well-being and wellbeing."})
    spans = [
        shelf["a"].span(each.laid.first, each.laid.last) for each in shelf.exact(BareText("MAY"))
    ]
    assert spans == [(24, 27)]
    assert len(shelf.exact(BareText("well being"))) == 2
    assert [len(shelf.exact(BareText(each))) for each in ("25", "25.5", "2 5", "5")] == [0, 1, 1, 1]


def test_fragments_must_follow_each_other_in_one_document() -> None:
    text = "The council meets in May. It shall hear the harbour masters and the pilots of the port."
    shelf = Shelf({"a": text})
    assert located(shelf, "The council meets [...] hear the harbour masters").is_verbatim  # type: ignore[union-attr]
    turned = located(shelf, "shall hear the harbour masters [...] The council meets")
    assert turned is not None
    assert not turned.is_verbatim


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“a “b” c” and ‘the workers’ rights here’.", ["a “b” c", "the workers’ rights here"]),
        ("« le droit » et „das Recht“ und »so«", [" le droit ", "das Recht", "so"]),
        ("It's a \"plan\", and \"the \"right to work\" is\".", ["plan", 'the "right to work" is']),
        ("“Its \"by knowledge\", which is new”", ['Its "by knowledge", which is new']),
        ("„Its “by knowledge” is new“ here", ["Its “by knowledge” is new"]),
        ("The workers' own 5\" pipes of the '90s", []),
        ("“The first of several paragraphs", ["The first of several paragraphs"]),
    ],
)  # fmt: skip
def test_quotation_marks_of_every_kind_are_paired(text: str, expected: list[str]) -> None:
    assert [text[each.start : each.end] for each in quotations(text)] == expected


@given(text=st.text(alphabet="ab may“”‘’\"'«»„[]().…1%\n^:>|-", max_size=80))
@FEW
def test_no_line_of_marks_breaks_the_reader(verifier: Verifier, text: str) -> None:
    for each in quotations(text):
        assert 0 < each.start < each.end <= len(text)
    report = verifier.verify_file(f"a {text} b[^1]\n\n[^1]: {text}".encode(), "a.md")
    assert all(each.place.start < each.place.end for each in report.checked)
