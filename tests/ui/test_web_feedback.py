"""Feedback on an answer, from the buttons under it to the file, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser import LOW_CONTRAST, ask, needs_chromium, open_browser, serve_page
from harbour import PAYLOAD, HarbourAssistant
from playwright.sync_api import Browser, Locator, Page, expect

from rag.feedback import read_feedback
from rag.records import Answer, Question
from ui.web.conversation import chat_html
from ui.web.exchange import Exchange
from ui.web.texts import open_texts

FEES = "What does a stay of three weeks cost, and when are waived fees reported?"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def assistant(tmp_path: Path) -> HarbourAssistant:
    return HarbourAssistant(folder=tmp_path)


@pytest.fixture
def page(browser: Browser, assistant: HarbourAssistant) -> Iterator[Page]:
    with serve_page(assistant) as address, browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator("#cv-box textarea")).to_be_editable(timeout=20_000)
        yield page


def thumb(page: Page, name: str, answer: int = 1) -> Locator:
    return page.locator(f"#answer-{answer}").get_by_role("button", name=name, exact=True)


@needs_chromium
def test_by_keyboard_alone_feedback_is_given_changed_and_kept(page: Page, tmp_path: Path) -> None:
    ask(page, "How high is the fee?")
    ask(page, f"payload {PAYLOAD}")
    thumb(page, "Not helpful", 2).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="This answer was not helpful")).to_be_visible()
    expect(page.locator(".cv-about")).to_have_text(f"payload {PAYLOAD}")
    page.keyboard.press("Escape")
    expect(thumb(page, "Not helpful", 2)).to_be_focused()
    assert read_feedback(tmp_path).feedback == ()

    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")  # from the first reason to the second
    page.keyboard.press("Tab")
    page.keyboard.insert_text(f"{PAYLOAD} {'x' * 2000}")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#answer-2 .cv-thanks")).to_have_text("Thank you.")
    expect(thumb(page, "Not helpful", 2)).to_be_focused()
    (kept,) = read_feedback(tmp_path).feedback
    assert (kept.verdict, kept.reason) == ("not helpful", "misses the point")
    assert kept.note == f"{PAYLOAD} {'x' * 2000}"[:1000]
    assert [turn.question for turn in kept.history] == ["How high is the fee?"]
    assert kept.answer["citations"][0]["quote"] == PAYLOAD

    ask(page, FEES)  # redraws the answers
    expect(thumb(page, "Not helpful", 2)).to_have_attribute("aria-pressed", "true")
    expect(thumb(page, "Not helpful", 3)).to_have_attribute("aria-pressed", "false")
    thumb(page, "Helpful", 2).click()
    expect(page.locator(".cv-dialog textarea")).to_have_value("")
    page.get_by_role("button", name="Send").click()
    expect(thumb(page, "Helpful", 2)).to_have_attribute("aria-pressed", "true")
    expect(thumb(page, "Not helpful", 2)).to_have_attribute("aria-pressed", "false")
    (latest,) = read_feedback(tmp_path).feedback
    assert (latest.id, latest.verdict, latest.reason) == (kept.id, "helpful", None)
    assert page.evaluate("window.hurt") is None


@needs_chromium
def test_a_reason_is_asked_for_and_a_failure_keeps_what_was_written(
    page: Page, assistant: HarbourAssistant, tmp_path: Path
) -> None:
    ask(page, "How far is the moon?")
    thumb(page, "Not helpful").click()
    page.locator("#cv-note").fill("It is 384,400 km.")
    send = page.get_by_role("button", name="Send")
    send.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.locator(".cv-reasons input").first.evaluate("each => each.validity.valueMissing")
    page.get_by_label("Should have answered").check()
    assistant.folder = None
    send.click()
    expect(page.locator(".cv-said")).to_have_text("feedback cannot be kept: the disk is full")
    expect(thumb(page, "Not helpful").and_(page.locator("[aria-pressed=true]"))).to_have_count(0)
    assistant.folder = tmp_path
    send.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    (kept,) = read_feedback(tmp_path).feedback
    assert (kept.reason, kept.note) == ("should have answered", "It is 384,400 km.")
    assert kept.answer["status"] == "not_in_documents"


@needs_chromium
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_form_fits_and_reads_in_both_themes(
    browser: Browser, assistant: HarbourAssistant, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 800}
    with (
        serve_page(assistant) as address,
        browser.new_context(viewport=viewport, color_scheme=scheme) as context,
    ):
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".cv-suggestion")).to_have_count(2)
        ask(page, FEES)
        thumb(page, "Helpful").click()
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".cv-thanks")).to_have_text("Thank you.")
        thumb(page, "Not helpful").click()
        for each in page.locator(".cv-dialog :is(h2, label, textarea, button)").all():
            expect(each).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        time.sleep(0.4)  # colours fade
        assert page.evaluate(LOW_CONTRAST) == []


def test_only_a_whole_answer_can_be_judged() -> None:
    answer = HarbourAssistant().ask(Question(FEES))
    exchange = Exchange("answer-1", FEES, answer)
    failed = replace(exchange, answer=Answer(Question(FEES), "error", "broken"))
    waiting = replace(exchange, answer=None)
    for each in (exchange.first(1), failed, waiting):
        assert "cv-thumb" not in chat_html((each,), (), open_texts("en"))
    shown = chat_html((exchange,), (), open_texts("en"))
    assert re.findall(r'data-verdict="([^"]+)"', shown) == ["helpful", "not helpful"]
    assert f'data-answer="{exchange.answer_id}"' in shown
    assert Exchange("answer-1", FEES, answer).answer_id != exchange.answer_id
