"""Marks, source cards and copies on the Ask page, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import ask, needs_chromium, open_browser, serve_page
from harbour import PAYLOAD, HarbourAssistant
from playwright.sync_api import Browser, Page, expect

FEES = "What does a stay of three weeks cost, and when are waived fees reported?"
FEE = "A vessel that stays longer than fourteen days pays a fee of 40 crowns for each further day."
WAIVER = "The harbour master may waive the fee for vessels in distress."
PLACE = "Minutes of the Ninth Session, II. Moorings › C. Fees, p. 15 (PDF page 17)"

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with (
        serve_page(HarbourAssistant()) as address,
        browser.new_context(
            viewport={"width": 1280, "height": 800},
            permissions=["clipboard-read", "clipboard-write"],
        ) as context,
    ):
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".cv-suggestion")).to_have_count(2, timeout=20_000)
        yield page


def test_a_mark_shows_its_quote_to_pointer_and_keyboard(page: Page) -> None:
    ask(page, FEES)
    popover, mark = page.locator("#cv-popover"), page.locator(".cv-mark").first
    mark.hover()
    expect(popover).to_be_visible()
    expect(popover.locator("q")).to_have_text(FEE)
    expect(popover.locator("p")).to_have_text(PLACE)
    expect(mark).to_have_accessible_description(f"{FEE} {PLACE}")
    popover.hover()  # the pointer may go into the quote
    page.wait_for_timeout(500)
    expect(popover).to_be_visible()
    page.mouse.move(5, 5)
    expect(popover).to_be_hidden()

    page.locator(".cv-edit").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".cv-mark").first).to_be_focused()
    expect(popover).to_be_visible()
    page.wait_for_timeout(400)
    page.keyboard.press("Escape")
    expect(popover).to_be_hidden()
    expect(mark).to_be_focused()
    expect(mark).not_to_have_attribute("aria-describedby", "cv-popover")
    page.keyboard.press("Tab")  # to the statement's copy button
    page.keyboard.press("Tab")
    expect(popover.locator("q")).to_have_text(WAIVER)
    page.keyboard.press("Enter")
    expect(popover).to_be_hidden()
    expect(page.locator("#answer-1-source-2")).to_be_focused()


def test_hostile_words_in_a_quote_and_around_a_passage_stay_words(page: Page) -> None:
    ask(page, "payload")
    page.locator(".cv-mark").first.hover()
    expect(page.locator("#cv-popover q")).to_have_text(" ".join(PAYLOAD.split()))
    fold = page.locator(".cv-around")
    expect(fold).not_to_contain_text("The one before.")  # fetched when it is unfolded
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    around = [f"The one before. {PAYLOAD}", "The one after."]
    expect(fold.locator(".cv-around-text")).to_have_text(around)
    assert page.locator("#cv-popover :is(img, script), .cv-around :is(img, script)").count() == 0
    assert page.evaluate("window.hurt") is None


def test_a_card_leads_to_the_reader_and_the_file_and_pins(page: Page) -> None:
    ask(page, FEES)
    card = page.locator("#answer-1-source-1")
    start = 261
    opened = card.get_by_role("link", name="Open in document")
    assert opened.get_attribute("href") == f"/read/harbour?start={start}&end={start + len(FEE)}"
    assert opened.get_attribute("target") == "_blank"
    file = card.get_by_role("link", name="File at p. 17")
    assert file.get_attribute("href") == "/read/harbour/file#page=17"
    page.evaluate("""document.addEventListener('cv-pin', (event) => {
        (window.pins ??= []).push(event.detail);
        document.dispatchEvent(new CustomEvent('cv-pinned', { detail: event.detail }));
    })""")
    pin = card.get_by_role("button", name="Pin")
    pin.click()
    expect(page.get_by_role("status").filter(has_text="Pinned to the notebook.")).to_be_visible()
    expect(pin).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.pins") == [
        {"passage_id": "harbour", "start": start, "end": start + len(FEE)}
    ]
    page.get_by_role("button", name="Pin all").click()
    assert page.evaluate("window.pins.length") == 4
    expect(page.locator(".cv-pin[aria-pressed=true]")).to_have_count(3)


def test_a_pin_that_failed_says_so_and_is_not_shown_as_pinned(page: Page) -> None:
    ask(page, FEES)
    pin = page.locator("#answer-1-source-1").get_by_role("button", name="Pin")
    page.evaluate("""document.dispatchEvent(new CustomEvent('cv-pinned', { detail:
        { passage_id: 'harbour', start: 261, ok: false, message: 'no room' } }))""")
    expect(page.locator("#cv-pins-said")).to_have_text("no room")
    expect(pin).to_have_attribute("aria-pressed", "false")


def test_an_answer_and_a_statement_are_copied_with_their_sources(page: Page) -> None:
    ask(page, FEES)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".cv-tool-said")).to_have_text("Copied, with its sources.")
    text = page.evaluate("navigator.clipboard.readText()")
    assert f"- {FEE} [1]\n- {WAIVER} [2]" in text
    full = PLACE.replace("Session,", "Session, Harbour Council, 2014-10-21,")
    assert f'[1] {full}\n    "{FEE}"' in text
    page.locator(".cv-statement").nth(1).hover()
    page.get_by_role("button", name="Copy this statement with its sources").nth(1).click()
    expect(page.locator(".cv-tool-said")).to_have_text("Copied.")
    one = page.evaluate("navigator.clipboard.readText()")
    assert one == f'{WAIVER} [2]\n\nSources\n\n[2] {PLACE}\n    "{WAIVER}"'
    kinds = page.evaluate("navigator.clipboard.read().then((items) => items[0].types)")
    assert kinds == ["text/plain", "text/html"]


def test_each_state_is_told_in_words_and_once_to_a_screen_reader(page: Page) -> None:
    states = {
        FEES: "Answered",
        "cost and whales?": "Answered in part",
        "How far is the moon?": "Not in the documents",
        "something unclear": "Please clarify",
        "broken": "No answer",
    }
    for question, state in states.items():
        ask(page, question)
        expect(page.locator(".cv-exchange").last.locator(".cv-state")).to_have_text(state)
    expect(page.locator("#cv-said")).to_have_text(
        "the question has 0 words that can be searched; add some"
    )
    ask(page, FEES)
    expect(page.locator("#cv-said")).to_have_text("Answered. 3 statements.")
    assert page.locator("#cv-chat[aria-live], #cv-chat [aria-live]").count() == 0
