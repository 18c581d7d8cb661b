"""What is searched: chosen, in view, carried on, and shown on what was asked under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from browser import LOW_CONTRAST, ask, needs_chromium, open_browser, serve_page
from harbour import HarbourAssistant
from playwright.sync_api import Browser, Page, expect

from rag.records import DocumentEntry, Facts
from ui.web.scoping import parse_filters, scope_line, scope_text
from ui.web.texts import open_texts

PORTS = ("Port of Gull Island", "Åland Harbours", "ILO")


class ManyDocuments(HarbourAssistant):
    """Five hundred documents of three organisations, from 1990 to 2029."""

    def documents(self) -> tuple[DocumentEntry, ...]:
        return tuple(
            DocumentEntry(
                f"d{n}",
                Facts(
                    title=f"Report no. {n} <b>",
                    organisation=PORTS[n % 3],
                    date=f"{1990 + n % 40}-05",
                    kind="report" if n % 2 else "minutes",
                    language="fr" if n % 5 == 0 else "en",
                ),
                f"{n}.pdf",
                3,
                4,
            )
            for n in range(500)
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def assistant() -> ManyDocuments:
    return ManyDocuments()


@pytest.fixture
def page(browser: Browser, assistant: ManyDocuments) -> Iterator[Page]:
    with (
        serve_page(assistant) as address,
        browser.new_context(viewport={"width": 1280, "height": 800}) as context,
    ):
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".cv-scope-open")).to_have_text(
            "Searching 500 documents", timeout=20_000
        )
        yield page


@needs_chromium
def test_by_keyboard_alone_documents_are_chosen_and_the_choice_goes_along(
    page: Page, assistant: ManyDocuments
) -> None:
    opener = page.locator(".cv-scope-open")
    opener.focus()
    page.keyboard.press("Enter")
    find = page.get_by_role("searchbox", name="Find a document in the list")
    expect(find).to_be_focused()
    assert page.locator(".cv-scope-list li").count() == 60  # the others as they are scrolled to
    page.get_by_label("Organisation").select_option("Åland Harbours")
    page.get_by_label("From year").fill("2010")
    page.get_by_label("To year").fill("2012")
    page.keyboard.press("Tab")
    expect(opener).to_have_text("Searching 12 of 500 documents: Åland Harbours, 2010–2012")
    expect(page.locator(".cv-scope-list li")).to_have_count(12)
    find.fill("no. 21 alAND")
    expect(page.locator(".cv-scope-list li")).to_have_count(1, timeout=2000)
    find.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(opener).to_contain_text("Searching 1 of 500 documents: Åland Harbours, 2010–2012")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    ask(page, "How high is the fee?")
    ask(page, "And for vessels in distress?")
    first, second = assistant.asked
    assert dict(first.filters)["organisation"] == "Åland Harbours"
    assert dict(first.filters)["year"] == "2010-2012"
    assert second.filters == first.filters
    expect(page.locator(".cv-asked-of").first).to_contain_text(
        "Asked of 1 of 500 documents: Åland Harbours, 2010–2012"
    )
    page.get_by_role("button", name="Search all documents").first.click()
    expect(opener).to_have_text("Searching 500 documents")
    ask(page, "How high is the fee?")
    assert assistant.asked[-1].filters == ()
    expect(page.locator("#answer-3 .cv-asked-of")).to_have_count(0)


@needs_chromium
def test_the_choice_survives_a_reload_and_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator(".cv-scope-open").click()
    page.locator("select[data-key=language]").select_option("fr")
    expect(page.locator(".cv-scope-open")).to_have_text("Searching 100 of 500 documents: French")
    page.reload()
    expect(page.locator(".cv-scope-open")).to_have_text(
        "Searching 100 of 500 documents: French", timeout=20_000
    )
    page.locator(".cv-scope-open").click()
    expect(page.locator(".cv-scope-list li").first).to_contain_text("Report no. 0 <b>")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(LOW_CONTRAST) == []


def test_what_a_browser_says_was_chosen_is_read_strictly() -> None:
    said = [["year", "2010-"], ["year", "soon"], ["section", "x"], "year", ["kind", "a b"]]
    assert parse_filters(said) == (("year", "2010-"), ("kind", "a b"))
    assert parse_filters({"year": "2010"}) == ()


def test_few_chosen_documents_are_named_and_many_are_counted() -> None:
    documents = ManyDocuments().documents()[:4]
    named = tuple(("document_id", each.document_id) for each in documents[:3])
    english = open_texts("en")
    assert scope_text(named[:1], documents, english) == '1 of 4 documents: "Report no. 0 <b>"'
    assert scope_text(named, documents, english) == "3 of 4 documents: 3 chosen by hand"
    untitled = (replace(documents[0], facts=Facts()),)
    assert scope_line(named[:1], untitled, english) == 'Searching 1 of 1 document: "d0"'
    assert scope_line((), documents, open_texts("es")) == "Se busca en 4 documentos"
