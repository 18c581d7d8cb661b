"""Quotes come from the stored document by offset, with the place where they stand."""

from __future__ import annotations

from rag.cite import Citer
from rag.records import (
    Block,
    Document,
    Facts,
    Note,
    NoteReference,
    Page,
    Passage,
    Section,
    Span,
)

TEXT = "Fees\n\nThe fee is 40 crowns. It may be waived.\n\nDues\n\nNone."
DUES = TEXT.index("Dues")
DOCUMENT = Document(
    "fees",
    TEXT,
    (Block("paragraph", 0, len(TEXT)),),
    (Section(("Fees",), 0, DUES), Section(("Dues",), DUES, len(TEXT))),
    (Page(17, "xv", (Span(0, 28),)), Page(18, "xvi", (Span(28, len(TEXT)),))),
    facts=Facts(title="The Fees Act"),
)
PASSAGE = Passage("fees:1", "fees", TEXT[:DUES], 0, DUES, ("Fees",), page=17, page_label="xv")


def test_a_citation_says_document_section_page_and_the_very_words() -> None:
    citer = Citer()
    assert citer.cite(DOCUMENT, PASSAGE, Span(6, 27)) == 1
    (citation,) = citer.citations
    assert citation.quote == "The fee is 40 crowns."
    assert (citation.title, citation.section) == ("The Fees Act", ("Fees",))
    assert (citation.page, citation.page_label) == (17, "xv")
    assert (citation.passage_id, citation.start, citation.end) == ("fees:1", 6, 27)


def test_page_and_section_are_those_of_the_quote_not_of_its_passage() -> None:
    citer = Citer()
    citer.cite(DOCUMENT, PASSAGE, Span(28, 45))
    citer.cite(DOCUMENT, PASSAGE, Span(DUES + 6, len(TEXT)))
    waived, none = citer.citations
    assert (waived.quote, waived.page, waived.section) == ("It may be waived.", 18, ("Fees",))
    assert (none.quote, none.page_label, none.section) == ("None.", "xvi", ("Dues",))


def test_numbers_count_from_one_and_the_same_words_keep_theirs() -> None:
    citer = Citer()
    spans = [Span(6, 27), Span(28, 45), Span(6, 27)]
    assert [citer.cite(DOCUMENT, PASSAGE, span) for span in spans] == [1, 2, 1]
    assert [citation.n for citation in citer.citations] == [1, 2]


def test_a_citation_says_its_paragraph_and_the_notes_that_it_rests_on() -> None:
    text = "5. Fees rose. Dues fell.\n\nRuiz, 2011."
    document = Document(
        "d",
        text,
        (Block("paragraph", 0, 24, number="5"), Block("note", 26, 37)),
        (),
        notes=(Note("1", 26, 37, markers=(13, 24)),),
    )
    body = Passage("d:1", "d", text[:24], 0, 24, ())
    note = Passage("d:2", "d", text[26:], 26, 37, (), is_note=True, cited_by=(Span(0, 13),))
    citer = Citer()
    citer.cite(document, body, Span(3, 13))
    citer.cite(document, body, Span(14, 23))
    citer.cite(document, note, Span(26, 37))
    rose, fell, cited = citer.citations
    assert (rose.paragraph, rose.notes) == ("5", (NoteReference("1", 13, "Ruiz, 2011."),))
    assert (fell.paragraph, fell.notes, fell.note) == ("5", (), "")  # the marker stands after "."
    assert (cited.note, cited.cited_at, cited.paragraph) == ("1", "5. Fees rose.", "")
