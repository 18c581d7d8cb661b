"""The briefing writer's way in a real browser: search, pin, note, brief, export, check."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import docx
import pytest
from browser import LOW_CONTRAST, needs_chromium, open_browser, serve_page
from desk import WAIT_MS, open_desk, open_passages, search
from playwright.sync_api import Browser, Page, expect

from rag.briefs.drafts import Draft
from rag.briefs.records import Brief, BriefItem, BriefSection, BriefSource
from rag.pipeline import Library
from rag.records import Answer, Citation, Facts, Question
from rag.settings import AnswererKind
from ui.web.passages.rows import draft_row

COSTS = "cost of sending money home"
QUESTIONS = "What does a transfer of 200 dollars cost?\nWhat keeps migrants from seeing a doctor?"

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def address(starter_library: Library, tmp_path: Path) -> Iterator[str]:
    with (
        open_desk(starter_library, tmp_path) as desk,
        serve_page(desk.searching, desk=desk) as address,
    ):
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with open_passages(browser, address) as page:
        yield page


def quotes(page: Page) -> list[str]:
    return page.locator(".cv-entry-pin blockquote").all_text_contents()


def line(text: str) -> str:
    return " ".join(text.split())


def footnotes_of(path: Path) -> list[str]:
    """The texts of the native footnotes, in order of their ids."""
    with zipfile.ZipFile(path) as package:
        xml = package.read("word/footnotes.xml").decode()
    notes = re.findall(r'<w:footnote [^>]*w:id="(\d+)"[^>]*>(.*?)</w:footnote>', xml, re.S)
    texts = {int(n): line("".join(re.findall(r"<w:t[^>]*>([^<]*)", body))) for n, body in notes}
    return [texts[n] for n in sorted(texts) if texts[n]]


def test_ten_pins_become_a_brief_whose_words_and_numbers_are_those_of_the_file(
    page: Page, tmp_path: Path
) -> None:
    search(page, COSTS)
    expect(page.locator(".cv-hit mark").first).to_be_visible()
    for at in range(10):
        page.locator(".cv-hit").nth(at).locator(".cv-keep").last.click()
        expect(page.locator(".cv-entry-pin")).to_have_count(at + 1, timeout=WAIT_MS)
    before = quotes(page)
    page.locator(".cv-entry-pin .cv-up").nth(9).click()
    expected = [*before[:8], before[9], before[8]]
    assert quotes(page) == expected
    page.locator(".cv-pin-note").first.fill("Open with this.")
    page.get_by_role("button", name="Add a heading").click()
    expect(page.locator(".cv-heading-text")).to_be_focused()
    page.keyboard.type("Fees")
    page.locator(".cv-notebook-line").click()  # leaves the field
    page.wait_for_timeout(1500)  # saved as one types
    page.reload()
    expect(page.locator(".cv-entry-pin")).to_have_count(10, timeout=WAIT_MS)
    assert quotes(page) == expected
    expect(page.locator(".cv-pin-note").first).to_have_value("Open with this.")
    expect(page.locator(".cv-heading-text")).to_have_value("Fees")

    page.locator("#cv-notebook summary", has_text="More").click()
    page.get_by_role("button", name="Make a brief of it").click()
    items = page.locator(".cv-item textarea")
    expect(items).to_have_count(11, timeout=WAIT_MS)
    assert [items.nth(n).input_value() for n in (0, 1, 2)] == [
        expected[0],
        "Open with this.",
        expected[1],
    ]
    shown = page.locator(".cv-item-marks .cv-mark").all_inner_texts()
    assert shown == [f"[{n}]" for n in range(1, 11)]
    page.locator(".cv-item .cv-down").first.click()  # the note comes first now
    expect(items.first).to_have_value("Open with this.")
    page.locator(".cv-item").nth(2).locator(".cv-up").click()  # the second source before the first
    expect(page.locator(".cv-item").nth(1).locator(".cv-mark")).to_have_text("[1]")
    page.wait_for_timeout(1500)

    page.locator(".cv-brief-head summary", has_text="Export").click()
    with page.expect_download(timeout=WAIT_MS) as downloading:
        page.locator('.cv-brief-head a[data-format="docx"]').click()
    file = tmp_path / "brief.docx"
    downloading.value.save_as(file)
    assert downloading.value.suggested_filename == "My-notebook.docx"
    words = line(" ".join(each.text for each in docx.Document(str(file)).paragraphs))
    order = [line(items.nth(n).input_value()) for n in range(items.count())]
    places = [words.find(each[:60]) for each in order]
    assert -1 not in places
    assert places == sorted(places)
    listed = page.locator(".cv-brief-sources li > .cv-pin-source").all_inner_texts()
    notes = footnotes_of(file)
    assert len(notes) == len(listed) == 10
    for own, note in zip(listed, notes, strict=True):
        title = own.split(", ")[1]
        assert title in note


def test_a_view_that_there_is_not_is_not_opened(page: Page) -> None:
    page.evaluate("localStorage.setItem('cv-view', 'gone\"]')")
    page.reload()
    expect(page.get_by_role("searchbox")).to_be_visible(timeout=WAIT_MS)


def test_a_brief_is_written_from_the_chosen_documents_only(page: Page) -> None:
    page.get_by_role("tab", name="Brief", exact=True).click()
    page.locator(".cv-paste").fill(
        "What does a transfer of 200 dollars cost?\nWhat is decent work?"
    )
    page.locator(".cv-take").click()
    page.locator(".cv-brief-scope summary").click()
    page.locator('.cv-brief-scope input[value="starter-decent-work"]').check()
    expect(page.locator(".cv-brief-scope summary")).to_contain_text("(1)")
    page.locator(".cv-write").click()
    sources = page.locator(".cv-brief-sources li > .cv-pin-source")
    expect(sources.first).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".cv-brief-scope")).to_be_hidden()
    assert all("Decent work" in each for each in sources.all_inner_texts())


def test_a_heading_is_added_once_however_often_the_button_is_pressed(page: Page) -> None:
    page.evaluate("""() => {
        const button = document.querySelector('.cv-add-heading');
        button.click(); button.click(); button.click();
    }""")
    expect(page.locator(".cv-heading-text")).to_be_focused()
    page.reload()
    expect(page.locator(".cv-heading-text")).to_have_count(1, timeout=WAIT_MS)


def test_one_altered_word_is_found_and_shown(page: Page, tmp_path: Path) -> None:
    search(page, COSTS)
    page.locator(".cv-hit .cv-pin-first").first.click()
    expect(page.locator(".cv-entry-pin")).to_have_count(1, timeout=WAIT_MS)
    (quote,) = quotes(page)
    assert "200 United States dollars" in quote
    file = tmp_path / "edited.md"
    page.locator("#cv-notebook summary", has_text="Export").click()
    with page.expect_download(timeout=WAIT_MS) as downloading:
        page.locator('#cv-notebook a[data-format="md"]').click()
    downloading.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    assert quote in text
    file.write_text(
        text.replace(quote, quote.replace("200 United", "300 United"), 1), encoding="utf-8"
    )
    page.get_by_role("tab", name="Check a brief").click()
    page.locator("#cv-check input[type=file]").set_input_files(file)
    expect(page.locator(".cv-check-line")).to_contain_text("ask to be looked at", timeout=WAIT_MS)
    altered = page.locator(".cv-verdict-altered")
    expect(altered).to_have_count(1)
    expect(altered.locator("del")).to_have_text("200")
    expect(altered.locator("ins")).to_have_text("300")


def test_a_brief_is_written_from_questions_and_an_edited_quote_is_none_any_more(page: Page) -> None:
    page.get_by_role("tab", name="Brief", exact=True).click()
    page.locator(".cv-paste").fill(QUESTIONS)
    page.get_by_role("button", name="Take the questions").click()
    expect(page.locator(".cv-question-line")).to_have_count(2, timeout=WAIT_MS)
    page.get_by_role("button", name="Write the brief (2 questions)").click()
    expect(page.locator(".cv-section-edit")).to_have_count(2, timeout=WAIT_MS)
    first = page.locator(".cv-item.cv-is-quote").first
    expect(first.locator(".cv-item-state")).to_have_text("the document’s own words")
    words = first.locator("textarea").input_value()
    field = page.locator(".cv-item textarea").first
    field.fill(f"{words} Indeed.")
    state = page.locator(".cv-item-state").first
    expect(state).to_have_text("edited: no longer the document’s own words")
    page.wait_for_timeout(1500)
    page.reload()
    expect(state).to_have_text("edited: no longer the document’s own words", timeout=WAIT_MS)
    expect(page.locator(".cv-item").first).not_to_have_class(re.compile("cv-is-quote"))
    field.fill(words)
    expect(state).to_have_text("the document’s own words")
    numbers = page.locator(".cv-item-marks .cv-mark, .cv-read-on .cv-mark").all_text_contents()
    seen = list(dict.fromkeys(numbers))
    assert seen == [f"[{n}]" for n in range(1, len(seen) + 1)]


def test_who_says_what_shows_verbatim_cells_that_can_be_pinned_and_empty_ones(page: Page) -> None:
    page.get_by_role("tab", name="Who says what").click()
    page.locator(".cv-compare-form textarea").fill("What does a transfer of 200 dollars cost?")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#cv-matrix .cv-told")).to_contain_text(
        "of 10 documents say something", timeout=WAIT_MS
    )
    expect(page.locator("#cv-matrix tbody tr")).to_have_count(10)
    expect(page.locator(".cv-cell-empty").first).to_contain_text("nothing near enough")
    cell = page.locator("#cv-matrix td[data-passage]").first
    said = cell.locator("blockquote").inner_text()
    cell.get_by_role("button", name="Pin").click()
    expect(page.locator(".cv-entry-pin blockquote")).to_have_count(1, timeout=WAIT_MS)
    assert line(quotes(page)[0]) in line(said)
    expect(cell.get_by_role("button", name="Pin")).to_have_attribute("aria-pressed", "true")


def test_a_pin_comes_from_another_page_by_an_event_and_is_answered(
    page: Page, starter_library: Library
) -> None:
    passage = starter_library.ledger.passages_of("starter-remittance-costs")[1]
    page.get_by_role("tab", name="Ask").click()
    answer = page.evaluate(
        """(detail) => new Promise((resolve) => {
            const told = (event) => resolve(event.detail);
            document.addEventListener("cv-pinned", told, { once: true });
            document.dispatchEvent(new CustomEvent("cv-pin", { detail }));
        })""",
        {"passage_id": passage.passage_id, "start": passage.start, "end": passage.end},
    )
    assert (answer["ok"], answer["line"]) == (True, "Pinned in “My notebook”.")
    page.get_by_role("tab", name="Passages").click()
    expect(page.locator(".cv-entry-pin")).to_have_count(1)


def test_what_is_shown_answers_what_is_typed_and_the_keyboard_does_the_rest(page: Page) -> None:
    box = page.get_by_role("searchbox")
    box.press_sequentially("clinic", delay=40)
    box.fill("remittances")
    expect(page.locator(".cv-hit mark").first).to_have_text(re.compile("remittance", re.I))
    page.wait_for_timeout(1500)
    expect(page.locator(".cv-hit mark").first).to_have_text(re.compile("remittance", re.I))
    page.get_by_role("radio", name="By document").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".cv-hit-group")).to_have_count(0, timeout=WAIT_MS)
    hit = page.locator(".cv-hit").first
    expect(hit.locator("h3")).to_be_visible()
    hit.get_by_text("Why this passage?").focus()
    page.keyboard.press("Enter")
    expect(hit.locator(".cv-why")).to_contain_text("By meaning: no. ")
    hit.get_by_role("button", name="With neighbours").focus()
    page.keyboard.press("Enter")
    expect(hit.locator(".cv-context .cv-here")).to_be_visible(timeout=WAIT_MS)
    for _ in range(2):
        page.locator(".cv-hit .cv-keep[aria-pressed='false']").first.press("Enter")
    expect(page.locator(".cv-entry-pin")).to_have_count(2, timeout=WAIT_MS)
    first, second = quotes(page)
    handle, target = page.locator(".cv-drag").nth(1), page.locator(".cv-entry-pin").first
    handle.drag_to(target, target_position={"x": 60, "y": 5})
    assert quotes(page) == [second, first]
    handle.drag_to(target, target_position={"x": 60, "y": 5})
    assert quotes(page) == [first, second]
    down = page.locator(".cv-entry-pin .cv-down").first
    down.focus()
    page.keyboard.press("Enter")
    assert quotes(page) == [second, first]
    expect(page.locator(".cv-notebook-line")).to_have_text("Moved to place 2 of 2.")
    page.locator(".cv-entry-pin .cv-remove").first.press("Enter")
    expect(page.locator(".cv-entry-pin")).to_have_count(1)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".cv-entry-pin")).to_have_count(2, timeout=WAIT_MS)
    assert quotes(page) == [second, first]


def test_two_tabs_never_undo_each_others_work(browser: Browser, address: str) -> None:
    with open_passages(browser, address) as page:
        search(page, COSTS)
        page.locator(".cv-hit .cv-keep").first.click()
        expect(page.locator(".cv-entry-pin")).to_have_count(1, timeout=WAIT_MS)
        other = page.context.new_page()
        other.goto(f"{address}#passages")
        note = ".cv-pin-note"
        expect(other.locator(note)).to_be_visible(timeout=WAIT_MS)
        page.locator(note).fill("Mine")
        page.locator(note).blur()
        page.wait_for_timeout(1500)
        other.locator(".cv-pin-tags").fill("costs")
        other.locator(".cv-pin-tags").blur()
        expect(other.locator(".cv-notebook-line")).to_contain_text(
            "Another tab has changed this notebook", timeout=WAIT_MS
        )
        expect(other.locator(note)).to_have_value("Mine")
        page.locator(note).fill("Mine again")
        page.locator(note).blur()
        page.wait_for_timeout(1500)
        other.locator(note).fill("Theirs")
        other.locator(note).blur()
        said = other.locator(".cv-notebook-line")
        expect(said).to_contain_text("What you wrote: “Theirs”", timeout=WAIT_MS)
        expect(other.locator(note)).to_have_value("Mine again")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (820, "dark"), (390, "light")])
def test_every_view_fits_and_reads(browser: Browser, address: str, width: int, scheme: str) -> None:
    shape = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    with open_passages(browser, address, **shape) as page:
        search(page, COSTS)
        page.locator(".cv-hit .cv-keep").first.click()
        for name in ("Who says what", "Brief", "Check a brief", "Search"):
            page.get_by_role("tab", name=name, exact=True).click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.wait_for_timeout(400)  # colours fade
            assert page.evaluate(LOW_CONTRAST) == []
        if width < 900:
            page.get_by_role("tab", name=re.compile("^Notebook")).click()
        expect(page.locator(".cv-entry-pin")).to_be_visible(timeout=WAIT_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(LOW_CONTRAST) == []


class _Slow:
    """The assistant, but answering only when it is let."""

    def __init__(self, assistant: Any) -> None:
        self.assistant = assistant
        self.go = Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.assistant, name)

    def ask(self, question: Question, answerer: AnswererKind | None = None) -> Answer:
        if "doctor" in question.text:
            assert self.go.wait(60)
        return self.assistant.ask(question, answerer)


def test_stop_keeps_the_sections_that_are_finished_and_others_search_meanwhile(
    browser: Browser, starter_library: Library, tmp_path: Path
) -> None:
    slow = _Slow(starter_library.assistant())
    with (
        open_desk(starter_library, tmp_path, slow) as desk,
        serve_page(slow, desk=desk) as address,
        open_passages(browser, address) as page,
    ):
        page.get_by_role("tab", name="Brief", exact=True).click()
        page.locator(".cv-paste").fill(f"{QUESTIONS}\nWhat is decent work?")
        page.get_by_role("button", name="Take the questions").click()
        page.get_by_role("button", name="Write the brief (3 questions)").click()
        progress = page.locator(".cv-progress-line")
        expect(progress).to_contain_text("Question 2 of 3", timeout=WAIT_MS)
        with open_passages(browser, address) as other:
            search(other, COSTS)
        page.get_by_role("button", name="Stop").click()
        expect(progress).to_contain_text("stopping after this question")
        slow.go.set()
        expect(page.locator(".cv-section-edit")).to_have_count(2, timeout=WAIT_MS)
        expect(page.locator(".cv-editor-line")).to_contain_text("Stopped")


def test_the_browser_numbers_as_the_engine_does(page: Page) -> None:
    chance = random.Random(7)

    def some(sources: int) -> tuple[int, ...]:
        return tuple(chance.randint(1, sources) for _ in range(chance.randint(0, 3)))

    for _ in range(30):
        starts = [chance.randint(0, 5) for _ in range(6)]  # some are the same place
        cited = [
            Citation(n, "p", "d", "D", (), None, None, start, start + 1, "x")
            for n, start in enumerate(starts, start=1)
        ]
        sections = tuple(
            BriefSection("", tuple(BriefItem("", some(6)) for _ in range(3)), some(6))
            for _ in range(3)
        )
        brief = Brief("", sections, tuple(BriefSource(each, Facts()) for each in cited))
        row = draft_row(Draft("d", brief, 1))
        shown = page.evaluate("(brief) => [...window.cvNumbers(brief)]", row)
        expected = {n: number for n, number in row["numbers"].items() if number}
        used = {n for section in sections for n in section.passages}
        used |= {n for section in sections for item in section.items for n in item.sources}
        assert dict(shown) == {n: number for n, number in expected.items() if n in used}
