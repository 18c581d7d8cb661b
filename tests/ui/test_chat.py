"""The page over the real library of starter briefs, in a real browser."""

from __future__ import annotations

import re

from browser import needs_chromium, open_browser, serve_page
from playwright.sync_api import expect

from rag.pipeline import Library


@needs_chromium
def test_a_question_gets_a_cited_answer_whose_words_are_highlighted(
    starter_library: Library,
) -> None:
    assistant = starter_library.assistant()
    with serve_page(assistant) as address, open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.get_by_role("textbox").first.fill(
            "Was migration part of the Millennium Development Goals?"
        )
        page.keyboard.press("Enter")
        mark = page.locator(".cv-mark").first
        mark.wait_for(timeout=30_000)
        mark.click()
        quoted = page.locator("mark").first
        quoted.wait_for(timeout=10_000)
        assert re.search(r"Millennium Development Goals", quoted.inner_text())
        stored = assistant.document("starter-post-2015-goals").text
        assert " ".join(quoted.inner_text().split()) in " ".join(stored.split())


@needs_chromium
def test_one_document_is_chosen_asked_and_read_on_and_comes_back_unchanged(
    starter_library: Library,
) -> None:
    title = "Opening the clinic door: barriers to migrants’ access to health care"
    with serve_page(starter_library.assistant()) as address, open_browser() as browser:
        page = browser.new_page(viewport={"width": 820, "height": 1100})
        page.goto(address)
        scope = page.locator(".cv-scope-open")
        expect(scope).to_have_text("Searching 10 documents", timeout=30_000)
        scope.click()
        page.get_by_role("searchbox").fill("clinic")
        page.locator(".cv-scope-list input").check()
        page.get_by_role("button", name="Done").click()
        expect(scope).to_contain_text("Searching 1 of 10 documents")
        page.locator("#cv-box textarea").fill("What are the barriers to health care?")
        page.keyboard.press("Enter")
        exchange = page.locator(".cv-exchange")
        expect(exchange).to_have_attribute("aria-busy", "false", timeout=30_000)
        expect(exchange.locator(".cv-asked-of")).to_contain_text("Asked of 1 of 10 documents")
        assert set(page.locator(".cv-source h3").all_inner_texts()) == {title}
        fold = page.locator(".cv-around").first
        fold.locator("summary").click()
        expect(fold.locator(".cv-around-text").first).to_be_visible(timeout=10_000)
        quoted = page.locator(".cv-source mark").all_inner_texts()
        page.reload()
        expect(exchange.locator(".cv-statement").first).to_be_visible(timeout=30_000)
        assert page.locator(".cv-source mark").all_inner_texts() == quoted
        expect(page.locator(".cv-doubt, .cv-changed")).to_have_count(0)
