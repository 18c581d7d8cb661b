"""A desk over the starter briefs, with notebooks and briefs of its own; for tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from rag.briefs.drafts import Drafts
from rag.briefs.notebooks import Notebooks
from rag.pipeline import Library
from ui.web.ports import Desk, Searching

WAIT_MS = 60_000  # the machine that tests may be slow


@contextmanager
def open_desk(library: Library, folder: Path, searching: Searching | None = None) -> Iterator[Desk]:
    """A desk that keeps what is pinned and written in `folder`."""
    notebooks = Notebooks(folder / "notebooks.sqlite")
    drafts = Drafts(folder / "briefs.sqlite")
    found = searching or library.assistant()
    verifier, reading = library.verifier(), library.settings.ingest
    try:
        yield Desk(found, library.ledger, notebooks, drafts, verifier, reading)
    finally:
        notebooks.close()
        drafts.close()


@contextmanager
def open_passages(browser: Browser, address: str, **context: object) -> Iterator[Page]:
    """The page on passages, laid out and filled."""
    sized = {"viewport": {"width": 1280, "height": 800}, "accept_downloads": True} | context
    with browser.new_context(**sized) as opened:
        opened.set_default_timeout(WAIT_MS)
        page = opened.new_page()
        page.goto(f"{address}#passages")
        expect(page.locator(".cv-notebook-choice").first).to_be_attached(timeout=WAIT_MS)
        expect(page.locator("#cv-views")).to_be_visible(timeout=WAIT_MS)
        yield page


def search(page: Page, words: str) -> None:
    """Types into the search, and waits for what it finds."""
    page.get_by_role("searchbox").fill(words)
    expect(page.locator(".cv-hit").first).to_be_visible(timeout=WAIT_MS)
