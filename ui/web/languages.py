"""Which language the pages are in: the reader's choice, kept in a cookie; else the browser's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import get_args

from fastapi import FastAPI, Request
from starlette.middleware.base import RequestResponseEndpoint
from starlette.responses import RedirectResponse, Response

from ui.web.texts import LANGUAGES, Language

LANGUAGE_NAMES: Mapping[Language, str] = MappingProxyType(
    {"en": "English", "fr": "Français", "es": "Español"}
)
_PAGES = ("ask", "passages", "library", "evaluation")
_COOKIE = "cv-language"
_YEAR_S = 365 * 24 * 3600


def path_of(language: Language) -> str:
    """Where the pages in `language` are: "/" for English, "/fr/"."""
    return "/" if language == "en" else f"/{language}/"


def choice_path(language: Language) -> str:
    """The address that chooses `language`, and leads to its pages."""
    return f"/language/{language}"


def language_of(request: Request) -> Language:
    """The language that the reader chose, in the address or before; else the browser's, else
    English."""
    asked = (
        request.query_params.get("language"),
        request.cookies.get(_COOKIE),
        _preferred(request),
    )
    return next((known for each in asked for known in LANGUAGES if each == known), "en")


def add_languages(site: FastAPI) -> None:
    """The address of each choice; the names of pages and languages, typed as an address; and
    whoever comes to "/" for the first time is led to the pages in the language of the browser, if
    there are any."""

    @site.get("/language/{language}")
    def choose(language: str) -> Response:
        known = next((each for each in get_args(Language) if each == language), None)
        if known is None:
            told = f"no pages in {language[:20]!r}; there are {', '.join(LANGUAGES)}\n"
            return Response(told, 404, media_type="text/plain")
        response = RedirectResponse(path_of(known), 303)
        response.set_cookie(_COOKIE, known, max_age=_YEAR_S, httponly=True, samesite="lax")
        return response

    for typed in _PAGES:
        site.add_api_route(f"/{typed}", partial(_lead_to, f"/#{typed}"), methods=["GET"])
    for language in LANGUAGES:
        if path_of(language) != "/":
            lead_to = partial(_lead_to, path_of(language))
            site.add_api_route(f"/{language}", lead_to, methods=["GET"])

    @site.middleware("http")
    async def lead(request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.method == "GET" and request.url.path == "/":
            language = request.cookies.get(_COOKIE) or _preferred(request)
            if language in LANGUAGES and language != "en":
                query = f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(f"/{language}/{query}", 307)
        return await call_next(request)


def _lead_to(address: str) -> Response:
    return RedirectResponse(address, 303)


def _preferred(request: Request) -> str:
    """The first language that the browser asks for, as ISO 639-1; by weight they come in order."""
    first = request.headers.get("accept-language", "").partition(",")[0]
    return first.partition(";")[0].strip().partition("-")[0].lower()
