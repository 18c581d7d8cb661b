"""What stands around the pages: languages, and whose browser it is."""

from __future__ import annotations

import re

import pytest
from browser import needs_chromium, open_browser, serve_page
from fastapi.testclient import TestClient
from harbour import HarbourAssistant
from playwright.sync_api import expect

from ui.web.app import build_site
from ui.web.ports import Services
from ui.web.texts import LANGUAGES, open_texts
from ui.web.welcome import welcome_html

PLACES = re.compile(r"\{\w*\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_texts_and_places_of_the_english_one(language: str) -> None:
    english, other = open_texts("en").texts, open_texts(language).texts
    assert sorted(other) == sorted(english)
    assert [name for name in english if not other[name].strip()] == []
    unlike = [
        name
        for name in english
        if sorted(PLACES.findall(other[name])) != sorted(PLACES.findall(english[name]))
    ]
    assert unlike == []


def test_the_language_is_the_browsers_until_another_is_chosen() -> None:
    with TestClient(build_site(Services(HarbourAssistant())), base_url="http://localhost") as own:
        asks = {"accept-language": "fr-CH, fr;q=0.9, en;q=0.8"}
        led = own.get("/?q=1", headers=asks, follow_redirects=False)
        assert led.headers["location"] == "/fr/?q=1"
        chosen = own.get("/language/en", follow_redirects=False)
        assert chosen.headers["location"] == "/"
        assert own.get("/", headers=asks, follow_redirects=False).status_code == 200
        unknown = own.get("/language/xx")
        assert unknown.status_code == 404
        for typed, place in (("/library", "/#library"), ("/fr", "/fr/")):
            led = own.get(typed, follow_redirects=False)
            assert (led.status_code, led.headers["location"]) == (303, place)
        assert unknown.text == "no pages in 'xx'; there are en, fr, es\n"


def test_a_browser_gets_one_name_that_no_script_reads() -> None:
    with TestClient(build_site(Services(HarbourAssistant())), base_url="http://localhost") as own:
        first = own.get("/").headers["set-cookie"]
        assert re.fullmatch(
            r"cv-visitor=[0-9a-f]{32}; Max-Age=31536000; Path=/; HttpOnly; SameSite=Strict", first
        )
        assert "set-cookie" not in own.get("/").headers
        assert (
            "cv-visitor"
            in own.get("/", headers={"cookie": "cv-visitor=mine"}).headers["set-cookie"]
        )


@needs_chromium
def test_the_pages_speak_their_language() -> None:
    with serve_page(HarbourAssistant()) as address, open_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        page.get_by_role("link", name="Français").click()
        expect(page.get_by_role("tab", name="Demander")).to_be_visible(timeout=20_000)
        assert page.url == f"{address}fr/"
        assert page.evaluate("document.documentElement.lang") == "fr"


def test_an_empty_library_says_where_it_is_filled() -> None:
    texts = open_texts("fr")
    shown = welcome_html((), texts, is_empty=True)
    assert "La bibliothèque ne contient encore aucun document." in shown
    assert '<a href="#library">En ajouter' in shown
    assert "#library" not in welcome_html((), texts)
