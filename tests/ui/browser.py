"""A page served on a free port, and Debian's Chromium to look at it with; for every browser test.

with serve_page(assistant) as address, open_browser() as browser: ...
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ui.web.app import build_site, open_socket
from ui.web.ports import Desk, Services

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str | None:
    """Debian's Chromium, wherever it is installed."""
    debian = Path("/usr/bin/chromium")
    return str(debian) if debian.exists() else shutil.which("chromium")


needs_chromium = pytest.mark.skipif(
    chromium_path() is None,
    reason="no Chromium: neither /usr/bin/chromium nor `chromium` on PATH (apt install chromium)",
)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless Chromium; skips the test where there is none."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def serve_page(assistant: Any, desk: Desk | None = None) -> Iterator[str]:
    """The address of the pages over `assistant` and `desk`, served until the block ends."""
    with open_socket("127.0.0.1", 0) as listening:
        site = build_site(Services(assistant, desk))
        config = uvicorn.Config(site, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the page's server did not start within 30 s")
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(10)


def type_question(page: Page, text: str) -> None:
    page.locator("#cv-box textarea").fill(text)
    page.locator("#cv-box textarea").press("Enter")


def ask(page: Page, text: str) -> None:
    count = page.locator(".cv-exchange").count()
    type_question(page, text)
    expect(page.locator(".cv-exchange").nth(count).locator(".cv-answer")).to_be_visible()
    time.sleep(0.6)  # the statements come one after the other


# Every visible text of our own against the nearest opaque background: below 4.5 is a finding.
LOW_CONTRAST = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(each).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("#cv-header *, #cv-pages *")]
    .filter((e) => e.checkVisibility() && !e.closest(".sr-only") && [...e.childNodes].some(
      (n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim()))
    .map((e) => {
      const pair = [light(parse(getComputedStyle(e).color)), light(ground(e))];
      pair.sort((a, b) => b - a);
      return [e.className || e.tagName, (pair[0] + 0.05) / (pair[1] + 0.05)];
    })
    .filter(([, ratio]) => ratio < 4.5);
}"""
