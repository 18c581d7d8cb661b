"""What a note names, read leniently: the document, the page, the paragraph."""

from __future__ import annotations

import pytest

from rag.records import Block, Document, Facts, Page, Span
from rag.verify.pinpoint import Pinpoint, is_at, read_pinpoint
from rag.verify.reference import ReferenceReader

FEES = "The fees of harbours: background paper"
BOTH = "Harbour Masters Council; Port Ministry"
FACTS = {
    "fees": Facts(
        title=FEES,
        organisation=BOTH,
        date="2014-10",
        symbol="A/RES/70/1",
    ),
    "fees-2": Facts(
        title=FEES,
        organisation=BOTH,
        date="2016-03",
        edition="Rev.1",
    ),
    "pilots": Facts(title="Pilots and their training", organisation="Guild of Pilots", date="2012"),
}


@pytest.mark.parametrize(
    ("note", "documents", "pinpoint"),
    [
        (f"{BOTH}, {FEES}, 2014, p. 3", ("fees",), Pinpoint(("3",))),
        (f"{FEES}, Rev.1 (March 2016), pp. 14–16.", ("fees-2",), Pinpoint(("14", "15", "16"))),
        ("The fees of harbours", ("fees", "fees-2"), Pinpoint()),
        ("A/RES/70/1, para. 16 (b)", ("fees",), Pinpoint(paragraphs=("16 (b)",))),
        ("Guild of Pilots, 2012, p. xiv (PDF page 17)", ("pilots",), Pinpoint(("xiv",), (17,))),
        ("GOP paper, paras. 3-5", (), Pinpoint(paragraphs=("3", "4", "5"))),
        ("Smith, On tides, London, 1999, p. 7", (), Pinpoint(("7",))),
    ],
)  # fmt: skip
def test_a_note_is_read(note: str, documents: tuple[str, ...], pinpoint: Pinpoint) -> None:
    found = ReferenceReader(FACTS).read_one(note)
    assert tuple(each for ref in found for each in ref.documents) == documents
    assert read_pinpoint(note) == pinpoint
    assert not documents or found[-1].pinpoint == pinpoint


def test_what_a_source_rests_on_is_no_place_of_its_own() -> None:
    note = (
        "Pilots and their training, p. 3. Rests on: note 41, Ingleby, 2016, p. 15; note 42, Ibid."
    )
    assert [each.pinpoint for each in ReferenceReader(FACTS).read_one(note)] == [Pinpoint(("3",))]


def test_several_works_in_a_note_are_all_named() -> None:
    note = "Pilots and their training, p. 3; A/RES/70/1, p. 8; and p. 9. See also Pilots, p. 4."
    found = ReferenceReader(FACTS).read_one(note)
    assert [(each.documents, each.pinpoint.pages) for each in found] == [
        (("pilots",), ("3",)),
        (("fees",), ("8",)),
        (("fees",), ("9",)),
        (("pilots",), ("4",)),
    ]


def test_a_place_is_a_printed_page_or_one_of_the_file() -> None:
    text = "0123456789"
    pages = (Page(1, "i", (Span(0, 4),)), Page(2, "1", (Span(4, 7),)), Page(3, "2", (Span(7, 10),)))
    blocks = (Block("paragraph", 0, 6, number="16 (b)"), Block("paragraph", 6, 10, number="17"))
    document = Document("d", text, blocks, (), pages)

    def holds(start: int, note: str) -> bool:
        return is_at(document, start, start + 1, read_pinpoint(note))

    assert [holds(5, note) for note in ("p. 1", "p. 2", "p. 3")] == [True, True, False]
    assert [holds(5, note) for note in ("p. 1 (PDF page 2)", "p. 2 (PDF page 2)")] == [True, False]
    assert [holds(0, note) for note in ("p. I", "para. 16", "para. 16(b)", "para. 16 (c)")] == [
        True,
        True,
        True,
        False,
    ]
    assert is_at(document, 5, 8, read_pinpoint("p. 2, para. 17"))
