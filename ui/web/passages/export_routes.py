"""Notebooks, briefs and answers as files: "/export/notebook/{id}.docx?style=un"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from rag.briefs.make import brief_of_answer, brief_of_notebook
from rag.briefs.records import Brief
from rag.errors import DocumentNotFoundError, ExportError
from rag.export import export, find_exporter
from rag.records import Answer, Question
from ui.web.passages.requests import Owner, file_response
from ui.web.ports import Desk, Searching
from ui.web.texts import Language


def export_routes(desk: Desk) -> APIRouter:
    """The addresses under "/export"."""
    routes = APIRouter(prefix="/export")

    @routes.get("/answer.{format}")
    def answer(format: str, question: str, owner: Owner, style: str = "un") -> Response:
        return _file(format, style, lambda: _brief_of(desk.searching, question))

    @routes.get("/brief/{name}.{format}")
    def brief(name: str, format: str, owner: Owner, style: str = "un") -> Response:
        return _file(format, style, lambda: desk.drafts.open(owner, name).numbered)

    @routes.get("/notebook/{name}.{format}")
    def notebook(
        name: str, format: str, owner: Owner, style: str = "un", language: Language = "en"
    ) -> Response:
        def make() -> Brief:
            brief = brief_of_notebook(desk.notebooks.open(owner, name))
            return replace(brief, language=language)  # of the words around the quotes

        return _file(format, style, make)

    return routes


def _file(format: str, style: str, make: Callable[[], Brief]) -> Response:
    """The brief that `make` gives, as a file to save; 404 for a format that there is not."""
    try:
        exporter = find_exporter(format)
        brief = make()
        data = export(brief, format, style)
    except ExportError as error:
        raise HTTPException(404, str(error)) from error
    return file_response(data, brief.title, format, exporter.media_type)


def _brief_of(searching: Searching, question: str) -> Brief:
    """The answer to a question, asked again: in the documents' words it is always the same."""
    answer = searching.ask(Question(question), "extractive")
    facts = {each.document_id: each.facts for each in searching.documents()}
    today = date.today().isoformat()
    return brief_of_answer(answer, facts, _passages(searching, answer), made_on=today)


def _passages(searching: Searching, answer: Answer) -> dict[str, str]:
    found = {}
    for each in answer.citations:
        try:
            found[each.passage_id] = searching.passage(each.passage_id).text
        except DocumentNotFoundError:  # removed just now: the quote stands without it
            continue
    return found
