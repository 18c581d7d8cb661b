"""The engine's words in the languages of the pages."""

from __future__ import annotations

from dataclasses import asdict

from harbour import HarbourAssistant

from rag.language import language_name
from rag.phrases import ENGLISH
from rag.records import Answer, Correction, Extent, Missing, Question, Searched
from rag.render import render_text
from rag.render_html import render_html
from rag.searched import searched_lines
from ui.web.texts import open_texts
from ui.web.wording import phrases_of


def test_the_english_texts_are_the_engines_own() -> None:
    texts = open_texts("en")
    assert texts.section("answer") == {k: v for k, v in asdict(ENGLISH).items() if k != "languages"}
    names = texts.section("languages")
    assert names == {code: language_name(code) for code in names}
    assert phrases_of(texts).language("fr") == "French"


def test_a_refusal_is_told_in_french_and_spanish() -> None:
    part = "How many ferries?"
    answer = Answer(
        Question(part),
        "not_in_documents",
        "",
        unanswered=(part,),
        extent=Extent(1, 10, ("Minutes",)),
        missing=(Missing("ferries", part, "library"), Missing("2031", part, "library")),
    )
    assert render_text(answer, phrases=phrases_of(open_texts("fr"))) == (
        "Les documents ne répondent pas à cette question.\n\n"
        "Recherche effectuée dans 1 sur 10 documents (« Minutes »).\n"
        "Aucun passage ne mentionne « ferries » ou « 2031 »."
    )
    assert render_text(answer, phrases=phrases_of(open_texts("es"))) == (
        "Los documentos no responden a esta pregunta.\n\n"
        "Se ha buscado en 1 de 10 documentos («Minutes»).\n"
        "Ningún pasaje menciona «ferries» o «2031»."
    )


def test_places_marks_and_what_was_searched_are_told_in_french() -> None:
    french = phrases_of(open_texts("fr"))
    answer = HarbourAssistant().ask(Question("fees"))
    assert "[1] Minutes of the Ninth Session, II. Moorings › C. Fees, p. 15 (page 17 du PDF)" in (
        render_text(answer, phrases=french)
    )
    marks = render_html(answer, "a1", french)
    assert 'aria-label="Source 1 : Minutes of the Ninth Session, page 15"' in marks
    corrected = Searched(corrections=(Correction("Talinn", "Tallinn"),))
    assert searched_lines(corrected, french) == (
        "Termes recherchés : « Tallinn » au lieu de « Talinn ».",
    )
