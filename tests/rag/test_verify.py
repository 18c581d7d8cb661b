"""An edited brief beside the starter library: one example of each verdict, and what is let pass."""

from __future__ import annotations

import pytest

from rag.pipeline import Library
from rag.verify.records import Change, Checked, VerifyReport
from rag.verify.verifier import Verifier
from tests.rag.edited import paragraph, word_file

HEALTH = "Opening the clinic door: barriers to migrants’ access to health care"
NOTE = f"Chapter & Verse project, {HEALTH}, 2026, para. 5, p. 1 (PDF page 2)."
FORMAL = (
    "The law may tie care to a residence permit, to nationality or to a minimum length of stay."
)


@pytest.fixture(scope="module")
def verifier(starter_library: Library) -> Verifier:
    return starter_library.verifier()


def checked(verifier: Verifier, text: str, *notes: str) -> tuple[Checked, ...]:
    """What is checked in a Markdown brief of `text`, with notes 1 and up."""
    told = "\n\n".join(f"[^{n}]: {note}" for n, note in enumerate(notes, 1))
    return verifier.verify_file(f"{text}\n\n{told}\n".encode(), "brief.md").checked


def one(verifier: Verifier, text: str, *notes: str) -> Checked:
    (only,) = checked(verifier, text, *notes)
    return only


def test_the_words_of_a_document_at_the_place_of_their_note_are_verbatim(
    verifier: Verifier, starter_library: Library
) -> None:
    found = one(verifier, f"The brief says: “{FORMAL}”[^1]", NOTE)
    text = starter_library.ledger.document("starter-health-access").text
    assert (found.verdict, found.kind, found.how, found.notes) == (
        "verbatim",
        "quotation",
        (),
        ("1",),
    )
    standing = found.standing
    assert standing is not None
    assert (standing.start, standing.text) == (text.index(FORMAL), FORMAL)
    assert (standing.page, standing.page_label, standing.paragraph) == (2, "1", "5")


@pytest.mark.parametrize(
    ("quoted", "how"),
    [
        ("“[t]he law may tie care to a residence permit”", "the first letter's case differs"),
        ("« The law may tie care to […] a minimum length of stay »", "words left out are marked"),
        ("„The law [of a State] may tie care to a residence permit“", "[ ] are marked"),
        ('"The law may tie care to\u00a0a resi\u00addence permit"', ""),
        ("‘the law may tie care to a residence-permit’", "the first letter's case differs"),
    ],
)
def test_what_an_editor_may_do_is_let_pass_and_said(
    verifier: Verifier, quoted: str, how: str
) -> None:
    found = one(verifier, f"The brief says: {quoted}.[^1]", NOTE)
    assert (found.verdict, found.changes) == ("verbatim", ())
    assert found.how == ((how,) if how else ())


def test_words_left_out_that_turn_the_sense_are_pointed_at(verifier: Verifier) -> None:
    quoted = "A right on paper is of little help to someone who does … know that it exists"
    found = one(verifier, f"“{quoted}”[^1]", f"{HEALTH}, para. 6")
    assert found.verdict == "verbatim"
    assert found.how == ("words left out are marked", "look again: what is left out has “not”")


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("may tie", "must tie", Change("changed", "must", "may")),
        ("minimum length", "length", Change("left out", "", "minimum")),
        ("to nationality", "to actual nationality", Change("added", "actual", "")),
    ],
)
def test_an_altered_word_is_named(verifier: Verifier, old: str, new: str, change: Change) -> None:
    found = one(verifier, f"It says: “{FORMAL.replace(old, new)}”[^1]", NOTE)
    assert (found.verdict, found.changes) == ("altered", (change,))
    assert found.standing is not None
    assert found.standing.text == FORMAL


def test_words_elsewhere_than_their_note_says_are_moved(verifier: Verifier) -> None:
    page = one(verifier, f"“{FORMAL}”[^1]", f"{HEALTH}, p. 3.")
    assert (page.verdict, page.how) == (
        "moved",
        ("stands at para. 5, p. 1 (PDF page 2); note 1 says p. 3",),
    )
    item = one(verifier, f"“{FORMAL}”[^1]", f"{HEALTH}, para. 6.")
    assert (item.verdict, item.how[0][-21:]) == ("moved", "; note 1 says para. 6")
    other = one(verifier, f"“{FORMAL}”[^1]", "Decent work for migrant workers, para. 5.")
    assert (other.verdict, other.how) == (
        "moved",
        (f"stands in {HEALTH}; note 1 names Decent work for migrant workers",),
    )


def test_what_no_document_has_is_gone(verifier: Verifier) -> None:
    words = "every harbour shall keep a ledger of the vessels that winter in its basin"
    found = one(verifier, f"“{words}”[^1]", NOTE)
    assert (found.verdict, found.standing) == ("gone", None)
    assert found.how == ("nothing near it stands in any document",)


def test_a_quotation_without_a_note_is_uncited_and_its_place_told(verifier: Verifier) -> None:
    found = one(verifier, f"As everybody knows, “{FORMAL}”")
    assert (found.verdict, found.how) == ("uncited", ("no note",))
    assert found.standing is not None
    assert found.standing.document_id == "starter-health-access"
    assert one(verifier, f"“{FORMAL}” ({HEALTH}, para. 5)").verdict == "verbatim"


def test_a_figure_without_a_note_is_uncited(verifier: Verifier) -> None:
    found = one(verifier, "The risk falls by 37 per cent when girls and boys go to school alike.")
    assert (found.verdict, found.kind, found.how) == (
        "uncited",
        "statement",
        ("no note for “37 per cent”",),
    )
    assert checked(verifier, "Goal 4 of the 2030 Agenda speaks of schooling.") == ()


EDUCATION = "A place in class: education and the inclusion of migrant children"


def test_a_statement_is_held_against_the_place_of_its_note(verifier: Verifier) -> None:
    said = (
        "Where girls and boys are on a level at school, the risk of conflict is 37 per cent lower."
    )
    assert one(verifier, f"{said}[^1]", f"{EDUCATION}, para. 6.").verdict == "carried"
    wrong = one(verifier, f"{said.replace('37', '73')}[^1]", EDUCATION)
    assert (wrong.verdict, wrong.how) == ("altered", ("the figure “73 per cent” is not there",))
    astray = one(verifier, f"{said}[^1]", f"{EDUCATION}, para. 12.")
    assert (astray.verdict, astray.how) == (
        "moved",
        ("the figure “37 per cent” is not there", "but elsewhere in the document"),
    )
    assert astray.standing is not None
    assert "that risk falls by 37 per cent" in astray.standing.text
    unread = one(verifier, f"{said}[^1]", "Conversation with the minister, 3 May 2026.")
    assert (unread.verdict, unread.how) == ("gone", ("note 1 names no document of the library",))


def test_a_statement_that_says_it_firmer_than_its_source_is_altered(verifier: Verifier) -> None:
    said = "The law must tie care to a residence permit or to a minimum length of stay."
    found = one(verifier, f"{said}[^1]", NOTE)
    assert found.verdict == "altered"
    assert "“must” for “may”" in found.how or "it is not said with “must”" in found.how


def test_ibid_and_see_note_lead_to_the_note_meant(verifier: Verifier) -> None:
    text = f"A “{FORMAL}”[^1] B “{FORMAL}”[^2] C “{FORMAL}”[^3] D “{FORMAL}”[^4]"
    notes = (NOTE, "Ibid., p. 3.", f"{EDUCATION}.", "See note 1 above, para. 5.")
    found = checked(verifier, text, *notes)
    assert [each.verdict for each in found] == ["verbatim", "moved", "moved", "verbatim"]


def test_one_altered_word_in_a_word_file_of_ten_quotes_is_the_one_found(
    verifier: Verifier, starter_library: Library
) -> None:
    ledger = starter_library.ledger
    passages = [
        passage
        for document_id in ledger.facts()
        for passage in ledger.passages_of(document_id)
        if 150 < len(passage.text) < 900 and not passage.is_note and passage.paragraph
    ][:10]
    titles = [ledger.facts()[each.document_id].title for each in passages]
    quotes = [" ".join(each.text.split()) for each in passages]
    quotes[6] = quotes[6].replace("kept apart", "kept close")
    body = [paragraph(f"It says: “{quote}”[^{n}]") for n, quote in enumerate(quotes, 1)]
    report = verifier.verify_file(word_file(body, titles), "ten.docx")
    assert len(passages) == 10
    (altered,) = [each for each in report.checked if not each.is_sound]
    assert (altered.place.paragraph, altered.verdict) == (7, "altered")
    assert altered.changes == (Change("changed", "close", "apart"),)
    assert (report.counts["verbatim"], report.counts["altered"]) == (9, 1)


def test_a_passage_in_an_annex_needs_no_note_but_is_checked(verifier: Verifier) -> None:
    text = FORMAL + (
        " A person may be entitled to care and still be unable to join the insurance scheme that"
        " pays for it."
    )
    report = verifier.verify_file(
        word_file([paragraph(text), paragraph(text.replace("unable", "able"))], []), "annex.docx"
    )
    assert [each.verdict for each in report.checked] == ["verbatim", "altered"]


def test_what_is_no_quotation_and_no_figure_is_not_reported(verifier: Verifier) -> None:
    text = (
        "# What is said of 2014?\n\nMade on 28 November 2026\n\nThe “firewall” keeps apart what"
        f" belongs apart, as the workers' council's own note says.\n\n- {HEALTH}, Chapter & Verse"
        " project, November 2026. Cited in notes: 1, 2, 31.\n"
    )
    assert checked(verifier, text) == ()


def test_an_empty_report_is_sound() -> None:
    assert VerifyReport("a.md", ()).is_sound
