"""Hostile texts on the page on passages, and a notebook of two hundred pins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import needs_chromium, open_browser, serve_page
from desk import WAIT_MS, open_desk, open_passages, search
from harbour import PAYLOAD
from playwright.sync_api import Browser, expect

from rag.briefs.pins import make_pin
from rag.listing import list_work
from rag.pipeline import Library
from ui.web.visitors import owner_of

LONG = "harbour" * 1500  # a word of 10,500 characters
HURT = "window.hurt"

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def hostile(tmp_path: Path, library_at: Callable[..., Library]) -> Library:
    """A library of one document whose title, heading and text would do harm as markup."""
    source = tmp_path / "hostile.txt"
    lines = (
        f"Harbour fees {PAYLOAD}",
        f"The harbour fee is 40 crowns a day. {PAYLOAD} It is paid to the harbour master.",
        f"Another harbour is called {LONG} and takes a harbour fee as well.",
    )
    source.write_text("\n\n".join(lines), encoding="utf-8")
    library = library_at(tmp_path / "data")
    library.ingester(lambda done, total, what: None).ingest(list_work([source]))
    return library


def test_what_a_document_says_is_text_in_every_view(
    browser: Browser, hostile: Library, tmp_path: Path
) -> None:
    with (
        open_desk(hostile, tmp_path) as desk,
        serve_page(desk.searching, desk=desk) as address,
        open_passages(browser, address, viewport={"width": 390, "height": 844}) as page,
    ):
        search(page, "harbour fee crowns")
        page.get_by_text("Why this passage?").first.click()
        page.locator(".cv-hit .cv-view").nth(2).click()
        expect(page.locator(".cv-context").first).to_contain_text("<script>", timeout=WAIT_MS)
        page.locator(".cv-hit .cv-keep").last.click()
        page.get_by_role("tab", name="Notebook").click()
        expect(page.locator(".cv-entry-pin")).to_have_count(1, timeout=WAIT_MS)
        page.locator(".cv-pin-note").fill(PAYLOAD)
        page.locator(".cv-pin-tags").fill(PAYLOAD.replace(",", ""))
        page.locator(".cv-pin-tags").blur()
        expect(page.locator(".cv-tag").first).to_be_visible(timeout=WAIT_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("tab", name="Who says what").click()
        page.locator(".cv-compare-form textarea").fill(f"What is the harbour fee? {PAYLOAD}")
        page.get_by_role("button", name="Compare").click()
        expect(page.locator("#cv-matrix .cv-told")).to_contain_text(
            "documents say", timeout=WAIT_MS
        )
        page.get_by_role("tab", name="Brief", exact=True).click()
        page.locator(".cv-paste").fill(f"What is the harbour fee? {PAYLOAD}?")
        page.get_by_role("button", name="Take the questions").click()
        page.get_by_role("button", name="Write the brief").click()
        expect(page.locator(".cv-section-edit")).to_have_count(1, timeout=WAIT_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("tab", name="Check a brief").click()
        file = tmp_path / "<img src=x onerror=hurt=1>.md"
        quote = f"“The harbour fee is 50 crowns a day. {PAYLOAD} It is paid to the harbour master.”"
        file.write_text(quote, encoding="utf-8")
        page.locator("#cv-check input[type=file]").set_input_files(file)
        expect(page.locator(".cv-finding").first).to_be_visible(timeout=WAIT_MS)
        assert page.evaluate(HURT) is None
        assert page.locator("#cv-desk :is(script, img, iframe)").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_two_hundred_pins_are_moved_and_edited_by_small_messages(
    browser: Browser, starter_library: Library, tmp_path: Path
) -> None:
    with (
        open_desk(starter_library, tmp_path) as desk,
        serve_page(desk.searching, desk=desk) as address,
        open_passages(browser, address) as page,
    ):
        cookies = {each["name"]: each["value"] for each in page.context.cookies()}
        owner = owner_of(type("Asking", (), {"cookies": cookies})())
        ledger = starter_library.ledger
        held = [p for e in ledger.entries() for p in ledger.passages_of(e.document_id)]
        pins = [make_pin(ledger, held[n % len(held)].passage_id) for n in range(200)]
        (kept,) = desk.notebooks.listed(owner)
        desk.notebooks.add(owner, kept.notebook_id, pins)
        page.reload()
        expect(page.locator(".cv-entry-pin")).to_have_count(200, timeout=WAIT_MS)
        sizes: list[int] = []
        page.on("request", lambda sent: sizes.append(len(sent.post_data or "")))
        page.locator(".cv-down").first.click()
        page.locator(".cv-pin-note").nth(1).fill("Moved down")
        page.locator(".cv-pin-note").nth(1).blur()
        page.wait_for_timeout(1500)
        newest = desk.notebooks.open(owner, kept.notebook_id)
        assert [each.pin_id for each in newest.entries[:2]] == [pins[1].pin_id, pins[0].pin_id]
        assert newest.entries[1].note == "Moved down"
        assert 0 < max(sizes) < 400
        typed_ms = page.evaluate(
            """async () => {
                const field = document.querySelectorAll(".cv-pin-note")[100];
                const start = performance.now();
                for (let n = 0; n < 50; n += 1) {
                    field.value += "x";
                    field.dispatchEvent(new Event("input", { bubbles: true }));
                }
                await new Promise(requestAnimationFrame);
                return performance.now() - start;
            }"""
        )
        assert typed_ms < 1000  # fifty keys
