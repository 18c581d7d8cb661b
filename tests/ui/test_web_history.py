"""Conversations that outlast the session: kept by the browser, on the server, and by a link."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser import LOW_CONTRAST, ask, needs_chromium, open_browser, serve_page
from harbour import HarbourAssistant
from playwright.sync_api import Browser, Page, expect

from rag.errors import StoreError
from rag.records import Question, Turn
from ui.web.bridge import open_conversation
from ui.web.chat_desk import ChatDesk, kept_told, listed
from ui.web.exchange import Exchange, read_sources
from ui.web.history import MAX_CHARACTERS, History, Line, Shelf
from ui.web.keeping import Keeper, Row, open_keeper
from ui.web.texts import open_texts

FEES = "What does a stay of three weeks cost, and when are waived fees reported?"
FEE = "A vessel that stays longer than fourteen days pays a fee of 40 crowns for each further day."
IMAGE = '<img src=x onerror="window.hurt=1">'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def assistant() -> HarbourAssistant:
    return HarbourAssistant()


@pytest.fixture
def address(assistant: HarbourAssistant, tmp_path: Path) -> Iterator[str]:
    with serve_page(assistant, folder=tmp_path) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(
        viewport={"width": 1280, "height": 800},
        permissions=["clipboard-read", "clipboard-write"],
    ) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".cv-suggestion")).to_have_count(2, timeout=20_000)
        yield page


def open_history(page: Page) -> None:
    page.get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog", name="Earlier conversations")).to_be_visible()


@needs_chromium
def test_a_conversation_survives_a_reload_and_goes_on(
    page: Page, assistant: HarbourAssistant
) -> None:
    ask(page, FEES)
    ask(page, "How far is the moon?")
    page.reload()
    asked = [FEES, "How far is the moon?"]
    expect(page.locator(".cv-question")).to_have_text(asked, timeout=20_000)
    expect(page.locator(".cv-notice")).to_have_count(0)
    page.locator('.cv-mark[data-source="1"]').first.click()
    expect(page.locator(".cv-source.cv-current mark")).to_have_text(FEE)
    ask(page, "And for vessels in distress?")
    assert [turn.question for turn in assistant.asked[-1].history] == asked
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".cv-exchange")).to_have_count(0)
    ask(page, "How high is the fee?")

    open_history(page)
    items = page.locator(".cv-history-item > span:first-child")
    expect(items).to_have_text(["How high is the fee?", FEES])
    page.locator(".cv-history-item").nth(1).press("Enter")
    expect(page.locator(".cv-question")).to_have_count(3)
    open_history(page)
    page.get_by_role("button", name="Delete: How high is the fee?").click()
    expect(items).to_have_text([FEES])
    page.keyboard.press("Escape")
    expect(page.locator(".cv-history-open")).to_be_focused()


@needs_chromium
def test_what_was_altered_in_the_browser_is_told_and_never_run(page: Page) -> None:
    ask(page, FEES)
    page.evaluate(
        """(image) => {
            const kept = JSON.parse(localStorage.getItem("cv-conversations"));
            const content = JSON.parse(kept[0].rows[0].content);
            const answer = JSON.parse(content.answer);
            content.question = image;
            answer.statements[0].text = image;
            answer.citations[0].quote = image;
            answer.citations[1].title = image;
            content.answer = JSON.stringify(answer);
            kept[0].title = image;
            kept[0].rows[0].content = JSON.stringify(content);
            const broken = { content: "{", seal: "" };
            kept.push({ thread: image, title: image, time: image, rows: [broken] }, 7);
            localStorage.setItem("cv-conversations", JSON.stringify(kept));
        }""",
        IMAGE,
    )
    page.reload()
    expect(page.locator(".cv-question")).to_have_text(IMAGE, timeout=20_000)
    expect(page.locator(".cv-statement").first).to_contain_text(IMAGE)
    expect(page.locator(".cv-doubt")).to_have_count(2)
    expect(page.locator(".cv-doubt").nth(1)).to_contain_text("could not be confirmed")
    first, second = page.locator("#answer-1-source-1"), page.locator("#answer-1-source-2")
    expect(first).to_contain_text("This document has changed since")
    expect(first.get_by_role("button", name="Pin")).to_have_count(0)
    expect(second.locator("h3")).to_have_text("Minutes of the Ninth Session")
    expect(second).not_to_contain_text("This document has changed since")
    expect(page.get_by_role("button", name="Link")).to_have_count(0)
    open_history(page)
    expect(page.locator(".cv-history-item")).to_have_count(2)
    page.locator(".cv-history-item").nth(1).click()
    expect(page.locator("#cv-notice")).to_have_text("This conversation can no longer be read.")
    assert page.locator("#cv-main img").count() == 0
    assert page.evaluate("window.hurt") is None


@needs_chromium
def test_where_the_browser_is_full_the_oldest_conversations_give_way(page: Page) -> None:
    page.evaluate(
        """() => {
            const rows = [{ content: "x".repeat(49_000), seal: "" }];
            const kept = (n) => ({ thread: `t${n}`, title: `Old ${n}`, time: "", rows });
            const old = [...Array(99).keys()].map(kept);
            localStorage.setItem("cv-conversations", JSON.stringify(old));
        }"""
    )
    ask(page, FEES)
    open_history(page)
    items = page.locator(".cv-history-item > span:first-child")
    expect(items.first).to_have_text(FEES)
    titles = items.all_inner_texts()
    assert 70 < len(titles) < 90
    assert titles[1:] == [f"Old {n}" for n in range(len(titles) - 1)]
    assert page.evaluate("localStorage.getItem('cv-conversations').length") <= 4_000_000


@needs_chromium
def test_a_question_is_edited_in_its_place_and_asked_again(
    page: Page, assistant: HarbourAssistant
) -> None:
    for question in ("How high is the fee?", FEES, "How far is the moon?"):
        ask(page, question)
    page.locator("#answer-2").get_by_role("button", name="Edit the question").press("Enter")
    box = page.get_by_role("textbox", name="Edit the question")
    expect(box).to_have_value(FEES)
    page.keyboard.press("Escape")
    expect(page.locator("#answer-2 .cv-edit")).to_be_focused()
    page.keyboard.press("Enter")
    box.fill("cost and whales?")
    page.keyboard.press("Enter")
    expect(page.locator(".cv-question")).to_have_text(["How high is the fee?", "cost and whales?"])
    expect(page.locator("#answer-2 .cv-state")).to_have_text("Answered in part")
    assert [turn.question for turn in assistant.asked[-1].history] == ["How high is the fee?"]
    expect(page.get_by_role("button", name="Ask again")).to_have_count(1)
    page.get_by_role("button", name="Ask again").click()
    page.wait_for_timeout(1500)
    expect(page.locator(".cv-question")).to_have_text(["How high is the fee?", "cost and whales?"])
    assert [each.text for each in assistant.asked[-2:]] == ["cost and whales?"] * 2
    page.reload()
    expect(page.locator(".cv-question")).to_have_text(
        ["How high is the fee?", "cost and whales?"], timeout=20_000
    )


@needs_chromium
def test_a_link_opens_the_answer_for_another_reader_who_goes_on_from_it(
    page: Page, browser: Browser, assistant: HarbourAssistant
) -> None:
    ask(page, "How high is the fee?")
    ask(page, FEES)
    page.locator("#answer-2").get_by_role("button", name="Link").click()
    link = page.locator("#answer-2 .cv-tool-said a")
    expect(link).to_be_visible()
    address = link.get_attribute("href")
    assert address is not None
    assert re.search(r"/\?answer=[0-9a-f]{32}$", address)
    assert page.evaluate("navigator.clipboard.readText()") == address
    with browser.new_context(viewport={"width": 390, "height": 800}) as context:
        other = context.new_page()
        other.goto(address)
        expect(other.locator(".cv-question")).to_have_text(FEES, timeout=20_000)
        expect(other.locator(".cv-asked-of")).to_contain_text("Opened by a link; asked on 20")
        expect(other.locator(".cv-edit")).to_have_count(0)
        assert other.evaluate("document.documentElement.scrollWidth") <= 390
        assert other.evaluate(LOW_CONTRAST) == []
        ask(other, "And for vessels in distress?")
        assert [turn.question for turn in assistant.asked[-1].history] == [FEES]
        expect(other).not_to_have_url(re.compile("answer="))
        other.reload()
        expect(other.locator(".cv-question")).to_have_count(2, timeout=20_000)
        other.goto(address[:-3] + "xxx")
        expect(other.locator("#cv-notice")).to_contain_text("no longer kept", timeout=20_000)


def _exchange() -> Exchange:
    assistant = HarbourAssistant()
    answer = assistant.ask(Question(FEES))
    return Exchange("answer-1", FEES, answer, read_sources(answer, assistant))


def test_a_row_comes_back_whole_and_without_our_seal_is_not_confirmed(tmp_path: Path) -> None:
    keeper, exchange, assistant = open_keeper(tmp_path), _exchange(), HarbourAssistant()
    row = keeper.row(exchange)
    (back,) = open_keeper(tmp_path).read([row.model_dump()], assistant)
    assert (back.question, back.answer_id, back.is_confirmed) == (FEES, exchange.answer_id, True)
    assert back.answer is not None and exchange.answer is not None
    assert back.answer.statements == exchange.answer.statements
    content = row.content.replace("40 crowns", "4 crowns")
    (forged,) = keeper.read([Row(content=content, seal=row.seal)], assistant)
    assert (forged.is_confirmed, forged.changed) == (False, frozenset({1}))
    assert keeper.row(forged).seal == ""
    with pytest.raises(StoreError, match="cannot be linked to"):
        keeper.link(forged)
    (other,) = Keeper(b"x" * 32).read([row.model_dump_json()], assistant)
    assert not other.is_confirmed
    assert keeper.read([{"content": 1}, "[", None, {"content": "{}", "seal": ""}], assistant) == ()


def _again(exchange: Exchange, question: Question) -> Exchange:
    assert exchange.answer is not None
    return replace(exchange, answer=replace(exchange.answer, question=question))


def test_a_linked_answer_leaves_the_conversation_before_it_out(tmp_path: Path) -> None:
    keeper, exchange = open_keeper(tmp_path), _exchange()
    follow_up = Question("And now?", (Turn("Where is the lighthouse?"),))
    name = keeper.link(_again(exchange, follow_up))
    assert keeper.link(_again(exchange, follow_up)) == name  # one file, however often
    (file,) = (tmp_path / "pages" / "answers").iterdir()
    assert "lighthouse" not in file.read_text()
    (opened,) = keeper.open_link(name, HarbourAssistant())
    assert opened.is_linked and opened.thread != exchange.thread
    assert keeper.open_link("../seal", HarbourAssistant()) == ()


def test_who_is_signed_in_has_the_conversations_on_the_server(tmp_path: Path) -> None:
    assistant, exchange = HarbourAssistant(), _exchange()
    desk = ChatDesk(assistant, open_texts("en"), open_keeper(tmp_path))
    kept = kept_told(desk, "user:ann", (exchange,))
    assert [each["title"] for each in kept["conversations"]] == [FEES]
    assert "rows" not in kept
    asked = {"thread": exchange.thread}
    view = open_conversation(desk, "user:ann", asked)
    assert [each.question for each in view.conversation] == [FEES]
    assert view.conversation[0].is_confirmed
    other = open_conversation(desk, "user:ben", asked | {"rows": []})
    assert other.notice == "<p>This conversation can no longer be read.</p>"
    browser = kept_told(desk, "browser:0", (exchange,))
    assert (browser["kind"], browser["number"], len(browser["rows"])) == ("keep", 0, 1)
    assert listed(desk, "browser:0") == {"conversations": None}


def test_readers_conversations_are_apart_and_the_oldest_give_way(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.keep("user:ann", Line("t1", "What is paid?", "2026-11-28T10:00:00+00:00"), ["{}", "{}"])
    history.keep("user:ann", Line("t1", "What is paid?", "2026-11-28T10:00:00+00:00"), ["{}"])
    assert history.rows("user:ann", "t1") == ["{}"]
    assert history.lines("user:ben") == []
    assert history.rows("user:ben", "t1") == []
    assert [each.title for each in history.lines("user:ann")] == ["What is paid?"]
    history.delete("user:ann", "t1")
    assert history.lines("user:ann") == []
    shelf = Shelf(tmp_path / "few", 2)
    for name in ("a", "b", "c"):
        shelf.put(name, json.dumps(name))
    assert shelf.names() == ["c", "b"]
    assert shelf.get("../few/c") == ""
    with pytest.raises(StoreError, match="cannot be kept"):
        shelf.put("d", "x" * (MAX_CHARACTERS + 1))
    with pytest.raises(StoreError, match="cannot be kept"):
        shelf.put("../d", "x")
