"""Written answers on the page, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import pytest
from browser import LOW_CONTRAST, ask, needs_chromium, open_browser, serve_page, type_question
from chat_server import serve_model
from harbour import PAYLOAD, WRITER, HarbourAssistant
from playwright.sync_api import Browser, Page, expect

from rag.pipeline import Library
from rag.settings import overlay

RISK = (
    "By how much does the risk of violent conflict fall when girls and boys reach more equal "
    "levels?"
)
RIGHT = "When girls and boys reach more equal levels, that risk falls by 37 per cent."
AGAIN = "That risk falls by 37 per cent when girls and boys reach more equal levels."
WRONG = "That risk falls by 47 per cent <script>window.hurt=1</script>."

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@contextmanager
def open_page(browser: Browser, assistant: Any, **context: Any) -> Iterator[Page]:
    sized = {"viewport": {"width": 1280, "height": 800}} | context
    with serve_page(assistant) as address, browser.new_context(**sized) as opened:
        page = opened.new_page()
        page.goto(address)
        expect(page.locator("#cv-box textarea")).to_be_editable(timeout=20_000)
        expect(page.locator(".cv-welcome")).to_be_visible()
        yield page


def choose_written(page: Page) -> None:
    page.get_by_role("radio", name="Written").check()


@pytest.mark.skipif(find_spec("langchain_openai") is None, reason="pip install langchain-openai")
def test_a_model_writes_sentence_by_sentence_and_what_fails_is_struck_through(
    browser: Browser, starter_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none-at-all")
    lines = [f"{line} [#]" for line in (RIGHT, WRONG, AGAIN)]
    with serve_model(lines, at="falls by 37 per cent") as model:
        writer = {"model": "openai:small", "base_url": model.url}
        writer |= {"structured": False, "show_dropped": True}
        settings = overlay(starter_library.settings, {"writer": writer})
        assistant = replace(starter_library, settings=settings).assistant()
        with open_page(browser, assistant) as page:
            choose_written(page)
            type_question(page, RISK)
            expect(page.locator(".cv-searching")).to_have_text(
                "Searching 10 documents, then writing…"
            )
            model.let_go()
            said = page.locator(".cv-statement")
            expect(said).to_have_count(1, timeout=30_000)
            expect(said).to_contain_text(RIGHT)
            expect(page.locator(".cv-searching")).to_have_text("Writing…")
            expect(page.get_by_role("button", name="Stop")).to_be_visible()
            expect(page.get_by_role("button", name="Helpful", exact=True)).to_have_count(0)
            model.let_go()
            time.sleep(1)
            expect(page.locator("#cv-chat")).not_to_contain_text("47 per cent")
            model.let_go()
            expect(said).to_have_count(2)
            expect(page.locator(".cv-made")).to_have_text(
                "Written by openai:small, each sentence checked"
            )
            apart = page.get_by_role(
                "complementary", name="Written, but dropped by the checks: no part of the answer"
            )
            expect(apart.locator("del")).to_have_text(WRONG)
            expect(apart.locator("li")).to_contain_text("Dropped: ")
            expect(page.get_by_role("button", name="Stop")).to_be_hidden()
            assert page.evaluate("window.hurt") is None


def test_the_switch_works_from_the_keyboard_and_each_answer_says_whose_it_is(
    browser: Browser,
) -> None:
    with open_page(browser, HarbourAssistant(writer_name=WRITER)) as page:
        group = page.get_by_role("group", name="Answers")
        words = group.get_by_role("radio", name="Documents' words")
        expect(words).to_be_checked()
        ask(page, "fees")
        words.focus()
        page.keyboard.press("ArrowRight")
        expect(group.get_by_role("radio", name="Written")).to_be_checked()
        expect(group).to_have_accessible_description(f"by {WRITER}")
        ask(page, "fees")
        expect(page.locator(".cv-made")).to_have_text(
            ["In the documents' own words", f"Written by {WRITER}, each sentence checked"]
        )
        page.get_by_role("button", name="New conversation").click()
        expect(group.get_by_role("radio", name="Written")).to_be_checked()


def test_without_a_model_there_is_nothing_to_switch_and_it_is_said_what_to_set(
    browser: Browser,
) -> None:
    assistant = HarbourAssistant()
    with open_page(browser, assistant) as page:
        expect(page.locator("#cv-answerer")).to_have_count(0)
        expect(page.locator("#cv-not-set")).to_have_count(0)
    assistant.default_answerer = "written"
    with open_page(browser, assistant) as page:
        expect(page.locator("#cv-answerer")).to_have_count(0)
        expect(page.locator("#cv-not-set")).to_contain_text("set writer.model to one")
        ask(page, "fees")
        expect(page.locator(".cv-made")).to_have_text("In the documents' own words")


def test_stop_keeps_what_was_written_and_says_so(browser: Browser) -> None:
    assistant = HarbourAssistant(writer_name=WRITER, pause_s=1.5)
    with open_page(browser, assistant) as page:
        choose_written(page)
        type_question(page, "fees")
        expect(page.locator(".cv-statement")).to_have_count(1)
        expect(page.locator(".cv-lead")).to_have_count(0)  # what is left open is not known yet
        page.get_by_role("button", name="Stop").press("Enter")
        expect(page.locator("#cv-box textarea")).to_be_focused()
        expect(page.locator(".cv-cut-short")).to_have_text("Stopped. There may have been more.")
        time.sleep(4)
        expect(page.locator(".cv-statement")).to_have_count(1)
        expect(page.locator(".cv-unanswered, .cv-judging, .cv-searching")).to_have_count(0)
        page.get_by_role("radio", name="Documents' words").check()
        ask(page, "fees")
        expect(page.locator("#answer-2-sources")).to_be_visible()


def test_what_breaks_off_leaves_what_was_checked_and_says_why(browser: Browser) -> None:
    with open_page(browser, HarbourAssistant(writer_name=WRITER)) as page:
        choose_written(page)
        ask(page, "breaks")
        expect(page.locator(".cv-statement")).to_have_count(2)
        expect(page.locator(".cv-cut-short")).to_have_text(
            f"The answer broke off: the library at {PAYLOAD} is gone"
        )
        expect(page.locator(".cv-judging, .cv-searching")).to_have_count(0)
        assert page.evaluate("window.hurt") is None


def test_a_model_that_cannot_be_opened_is_said_and_the_documents_answer(browser: Browser) -> None:
    with open_page(browser, HarbourAssistant(writer_name=WRITER, is_away=True)) as page:
        line = f"writer.model {WRITER}: pip install langchain-harbour"
        choose_written(page)
        expect(page.locator("#cv-notice")).to_have_text(f"No answers can be written: {line}")
        ask(page, "fees")
        expect(page.locator(".cv-notice")).to_have_text(
            f"No written answer: {line}. These are the documents' own words."
        )
        expect(page.locator(".cv-statement")).to_have_count(3)
        expect(page.locator(".cv-made")).to_have_text("In the documents' own words")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_notice_and_dropped_sentences_are_legible_and_inert(
    browser: Browser, width: int, scheme: str
) -> None:
    shape: dict[str, Any] = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    with open_page(browser, HarbourAssistant(writer_name=WRITER), **shape) as page:
        choose_written(page)
        ask(page, "fees")
        expect(page.locator(".cv-notice")).to_have_text(f"{WRITER}: slow {PAYLOAD}")
        expect(page.locator(".cv-dropped del")).to_have_text(f"It is 50 crowns. {PAYLOAD}")
        expect(page.locator(".cv-reason")).to_have_text(f'"50" {PAYLOAD}')
        assert page.evaluate("window.hurt") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        time.sleep(0.5)  # colours fade
        assert page.evaluate(LOW_CONTRAST) == []


def test_a_refusal_tells_what_was_searched_and_what_is_missing(
    browser: Browser, starter_library: Library
) -> None:
    with open_page(browser, starter_library.assistant()) as page:
        ask(page, "How many ferries did Sweden build in 2031?")
        expect(page.locator(".cv-lead")).to_have_text("The documents do not answer this.")
        expect(page.locator(".cv-extent p")).to_have_text(
            ["Searched: all 10 documents.", 'No passage mentions "2031" or "ferries".']
        )
        expect(page.locator(".cv-made")).to_have_count(0)
