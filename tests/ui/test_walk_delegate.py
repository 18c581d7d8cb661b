"""A delegate's whole way, in a real browser over the starter briefs: ask, look at the quote, open
its page, follow up, and be told no."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import needs_chromium, open_browser, serve_page
from playwright.sync_api import Page, expect

from rag.pipeline import Library
from rag.records import Question

COSTS = "starter-remittance-costs"
PRICE = "What are the two parts of the price of a transfer?"

pytestmark = needs_chromium


@pytest.fixture
def page(starter_library: Library) -> Iterator[Page]:
    assistant = starter_library.assistant()
    with serve_page(assistant, reading=assistant) as address, open_browser() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-US")
        page.goto(address)
        expect(page.locator(".cv-suggestion").first).to_be_visible(timeout=30_000)
        yield page


def ask(page: Page, text: str) -> None:
    before = page.locator(".cv-exchange").count()
    page.locator("#cv-box textarea").fill(text)
    page.keyboard.press("Enter")
    newest = page.locator(".cv-exchange").nth(before)
    expect(newest).to_have_attribute("aria-busy", "false", timeout=30_000)


def test_from_a_question_to_the_boxed_words_on_the_page(
    page: Page, starter_library: Library
) -> None:
    answer = starter_library.assistant().ask(Question(PRICE))
    first = answer.citations[0]
    assert (first.document_id, first.page, first.page_label) == (COSTS, 1, "1")
    quote = " ".join(first.quote.split())
    assert quote.startswith("The price of a transfer has two parts.")

    ask(page, PRICE)
    mark = page.locator(".cv-mark").first
    mark.hover()
    expect(page.locator("#cv-popover q")).to_have_text(quote)
    mark.click()
    card = page.locator(".cv-source.cv-current")
    expect(card.locator("mark")).to_have_text(quote)
    with page.context.expect_page() as opened:
        card.get_by_role("link", name="Open in document").click()
    reader = opened.value
    expect(reader.locator("main mark").first).to_be_in_viewport(timeout=20_000)
    assert " ".join(" ".join(reader.locator("main mark").all_inner_texts()).split()) == quote
    reader.get_by_role("link", name="Page", exact=True).click()
    expect(reader.locator(".box").first).to_be_in_viewport(timeout=20_000)
    assert f"/read/{COSTS}/page/1?" in reader.url
    reader.close()

    ask(page, "And which of them falls when people hold a recognized identity document?")
    newest = page.locator(".cv-exchange").last
    expect(newest.locator(".cv-statement").first).to_be_visible()
    ask(page, "How far is the moon from the earth?")
    refusal = page.locator(".cv-exchange").last
    expect(refusal).to_contain_text("Not in the documents")
    expect(refusal.locator(".cv-statement")).to_have_count(0)
