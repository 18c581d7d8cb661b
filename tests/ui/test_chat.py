"""The page over the real library of starter briefs, in a real browser."""

from __future__ import annotations

import re

from browser import needs_chromium, open_browser, serve_page

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
