"""The page in a real browser, over the harbour assistant."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from browser import LOW_CONTRAST, ask, needs_chromium, open_browser, serve_page, type_question
from harbour import PAYLOAD, HarbourAssistant
from playwright.sync_api import Browser, Page, Request, expect

from rag.errors import VerseError
from rag.records import Turn
from ui.web.app import open_socket

FEES = "What does a stay of three weeks cost, and when are waived fees reported?"
FEE = "A vessel that stays longer than fourteen days pays a fee of 40 crowns for each further day."
REPORT = (
    "Each harbour reports its waived fees to the secretariat by 31 March of the following year."
)

LOCAL = re.compile(r"http://127\.0\.0\.1:|data:|blob:")

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def assistant() -> HarbourAssistant:
    return HarbourAssistant()


@pytest.fixture
def address(assistant: HarbourAssistant) -> Iterator[str]:
    with serve_page(assistant) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator("#cv-box textarea")).to_be_editable(timeout=20_000)
        yield page


def test_a_click_on_a_mark_shows_the_quoted_words_in_their_passage(page: Page) -> None:
    ask(page, FEES)
    expect(page.locator(".cv-question")).to_have_text(FEES)
    expect(page.locator(".cv-statement")).to_have_count(3)
    expect(page.locator(".cv-part h3")).to_have_text(
        ["What does a long stay cost?", "When are waived fees reported?"]
    )
    page.locator('.cv-mark[data-source="3"]').click()
    card = page.locator(".cv-source.cv-current")
    expect(card.locator("mark")).to_have_text(REPORT)
    expect(card.locator("mark")).to_be_in_viewport()
    expect(card).to_contain_text("Minutes of the Ninth Session")
    expect(card).to_contain_text("Harbour Council · 2014-10-21 · minutes")
    expect(card).to_contain_text("II. Moorings › C. Fees")
    expect(card).to_contain_text("p. 15 (PDF page 17)")
    expect(card).to_contain_text("The Harbour Council agreed at its ninth session")


def test_marks_work_from_the_keyboard_and_say_where_they_lead(page: Page) -> None:
    ask(page, FEES)
    mark = page.get_by_role("button", name="Source 1: Minutes of the Ninth Session, page 15").first
    assert mark.get_attribute("data-quote") == FEE
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cv-source.cv-current mark")).to_have_text(FEE)
    expect(page.locator("#answer-1-source-1")).to_be_focused()


def test_a_follow_up_carries_the_conversation(page: Page, assistant: HarbourAssistant) -> None:
    ask(page, FEES)
    ask(page, "And for vessels in distress?")
    first, second = assistant.asked
    assert first.history == ()
    assert second.text == "And for vessels in distress?"
    assert [turn.question for turn in second.history] == [FEES]
    assert isinstance(second.history[0], Turn)
    assert FEE in second.history[0].answer


def test_marks_of_an_older_answer_lead_to_its_own_sources(page: Page) -> None:
    ask(page, FEES)
    ask(page, "payload")
    expect(page.locator("#answer-2-sources")).to_be_visible()
    page.locator('.cv-mark[data-answer="answer-1"][data-source="2"]').click()
    expect(page.locator("#answer-2-sources")).to_be_hidden()
    expect(page.locator("#answer-1-source-2 mark")).to_be_in_viewport()


def test_a_new_conversation_forgets_the_old(page: Page, assistant: HarbourAssistant) -> None:
    ask(page, FEES)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".cv-exchange")).to_have_count(0)
    expect(page.locator(".cv-source")).to_have_count(0)
    page.get_by_role("button", name="When are waived fees reported?").click()
    expect(page.locator(".cv-question")).to_have_text("When are waived fees reported?")
    expect(page.locator(".cv-statement")).to_have_count(3)
    assert assistant.asked[-1].history == ()


def test_a_new_conversation_drops_the_question_under_way(browser: Browser) -> None:
    with serve_page(HarbourAssistant(pause_s=1)) as address, browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".cv-suggestion")).to_have_count(2)
        type_question(page, FEES)
        expect(page.locator(".cv-searching")).to_be_visible()
        page.get_by_role("button", name="New conversation").click()
        time.sleep(2)
        expect(page.locator(".cv-exchange")).to_have_count(0)
        expect(page.locator(".cv-suggestion")).to_have_count(2)
        ask(page, "How high is the fee?")
        expect(page.locator(".cv-question")).to_have_text(["How high is the fee?"])


def test_two_sessions_do_not_see_each_other(
    page: Page, browser: Browser, address: str, assistant: HarbourAssistant
) -> None:
    ask(page, FEES)
    with browser.new_context() as context:
        other = context.new_page()
        other.goto(address)
        expect(other.locator(".cv-suggestion")).to_have_count(2)
        ask(other, "How high is the fee?")
        expect(other.locator(".cv-question")).to_have_text(["How high is the fee?"])
        assert assistant.asked[-1].history == ()
    expect(page.locator(".cv-question")).to_have_text([FEES])


def test_first_words_come_before_the_answer(
    browser: Browser,
) -> None:
    with serve_page(HarbourAssistant(pause_s=2.5)) as address, browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".cv-suggestion")).to_have_count(2)
        type_question(page, FEES)
        expect(page.locator(".cv-question")).to_have_text(FEES, timeout=2000)
        expect(page.locator(".cv-searching")).to_have_text("Searching 2 documents…", timeout=500)
        expect(page.locator(".cv-statement").first).to_be_visible(timeout=10_000)
        expect(page.locator(".cv-searching")).to_have_count(0)


def test_words_of_documents_and_questions_are_shown_and_never_run(page: Page) -> None:
    ask(page, f"payload {PAYLOAD}")
    expect(page.locator(".cv-question")).to_have_text(f"payload {PAYLOAD}")
    expect(page.locator(".cv-statement").first).to_contain_text(PAYLOAD)
    page.locator('.cv-mark[data-source="1"]').click()
    expect(page.locator(".cv-source h3")).to_have_text(PAYLOAD)
    expect(page.locator(".cv-source mark")).to_have_text(PAYLOAD)
    page.locator(".cv-scope-open").click()
    expect(page.locator(".cv-scope-list li").nth(1)).to_contain_text(PAYLOAD)
    foreign = "#cv-main img, #cv-main script, #cv-main a:not(.cv-action), #cv-main code"
    assert page.locator(foreign).count() == 0
    assert page.evaluate("window.hurt") is None


def test_what_the_documents_do_not_answer_is_said(page: Page) -> None:
    ask(page, "How far is the moon?")
    expect(page.locator(".cv-lead")).to_have_text("The documents do not answer this.")
    expect(page.locator(".cv-statement")).to_have_count(0)
    expect(page.locator(".cv-related")).to_contain_text("Related: does not answer")
    page.locator(".cv-related .cv-mark").click()
    expect(page.locator(".cv-source.cv-current")).to_contain_text("The Harbour Council agreed")
    expect(page.locator(".cv-source mark")).to_have_count(0)


def test_what_stays_open_is_said(page: Page) -> None:
    ask(page, "What does it cost, and which whales are protected?")
    expect(page.locator(".cv-lead")).to_have_text("Partly answered: 2 of 3 parts.")
    expect(page.locator(".cv-unanswered")).to_contain_text("Which whales are protected?")


def test_a_question_to_clarify_is_said(page: Page) -> None:
    ask(page, "something unclear")
    expect(page.locator(".cv-lead")).to_have_text(
        "Please clarify: Do you mean the fee for moorings or the fee for pilots?"
    )


def test_an_error_shows_its_line_and_a_bug_shows_no_detail(
    page: Page, assistant: HarbourAssistant
) -> None:
    ask(page, "broken")
    expect(page.locator(".cv-lead")).to_contain_text("has 0 words that can be searched; add some")
    ask(page, "bug")
    expect(page.locator(".cv-lead").nth(1)).to_contain_text("something went wrong")
    expect(page.locator("body")).not_to_contain_text("secret detail")
    ask(page, FEES)
    assert assistant.asked[-1].history == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  ", "Please type a question first."),
        ("x" * 20_000, "This question has 20,000 characters; at most 19,999 fit."),
    ],
)
def test_a_question_that_cannot_be_asked_gets_a_line(
    page: Page, assistant: HarbourAssistant, text: str, line: str
) -> None:
    type_question(page, text)
    expect(page.locator("#cv-notice")).to_contain_text(line)
    expect(page.locator("#cv-box textarea")).to_have_value(text)
    assert assistant.asked == []
    ask(page, FEES)
    expect(page.locator("#cv-notice")).to_have_text("")


def test_nothing_is_asked_of_other_hosts(browser: Browser, address: str) -> None:
    requests: list[Request] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: requests.append(request))
        page.goto(address)
        expect(page.locator(".cv-suggestion")).to_have_count(2)
        ask(page, FEES)
    assert len(requests) > 5
    away = [each.url for each in requests if not LOCAL.match(each.url)]
    assert away == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_reads_in_both_themes(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 800}
    with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".cv-suggestion")).to_have_count(2)
        ask(page, "What does it cost, and which whales are protected?")
        page.locator(".cv-mark").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == 1280:
            assert page.evaluate("document.documentElement.scrollHeight") <= 800
            expect(page.locator("#cv-box textarea")).to_be_in_viewport(ratio=1)
        expect(page.locator(".cv-source.cv-current mark")).to_be_in_viewport()
        time.sleep(0.5)  # colours fade
        assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize(
    "route", ["upload", "proxy=http://example.org", "component_server", "runs"]
)
def test_routes_that_the_page_does_not_use_are_closed(address: str, route: str) -> None:
    request = urllib.request.Request(f"{address}gradio_api/{route}", data=b"")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    refused.value.close()
    assert refused.value.code == 404


def test_the_browser_is_told_to_load_nothing_from_elsewhere(address: str) -> None:
    with urllib.request.urlopen(address, timeout=10) as response:
        assert "default-src 'self'" in response.headers["content-security-policy"]


def test_a_port_in_use_is_one_clear_line() -> None:
    with open_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(VerseError, match=rf"port {port}: Address already in use; .*--port"):
            open_socket("127.0.0.1", port)
