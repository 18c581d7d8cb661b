"""How soon the page is there, and how soon an answer begins: real Chromium, a warm server.

    python bench/paint.py --data-dir .verse/starter [--loads 5]

Starts `verse chat` on a free port, opens the page once to warm both sides, then `--loads` times in
new tabs of the same browser. Prints the medians and the most, in seconds, of: first paint (as the
browser tells it), the question box ready to type in, and from Enter to the first statement.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from pathlib import Path

from load import served
from playwright.sync_api import BrowserContext, sync_playwright

_QUESTION = "What are the barriers to migrants' access to health care, and does gender matter?"
_PAINT = (
    "performance.getEntriesByType('paint').find((p) => p.name === 'first-contentful-paint')"
    "?.startTime / 1000"
)


def _visit(context: BrowserContext, address: str) -> tuple[float, float, float]:
    """First paint, box ready and first statement of one visit, in seconds."""
    page = context.new_page()
    started = time.perf_counter()
    page.goto(address)
    box = page.locator("#cv-box textarea")
    box.wait_for(state="visible", timeout=60_000)
    ready = time.perf_counter() - started
    painted = float(page.evaluate(_PAINT))
    box.fill(_QUESTION)
    asked = time.perf_counter()
    box.press("Enter")
    page.locator(".cv-statement").first.wait_for(state="visible", timeout=60_000)
    first_words = time.perf_counter() - asked
    page.close()
    return painted, ready, first_words


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--loads", type=int, default=5)
    given = parser.parse_args()
    with served(given.data_dir) as address, sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
        _visit(context, address)
        visits = [_visit(context, address) for _ in range(given.loads)]
        browser.close()
    names = ("first paint", "question box ready", "Enter to first statement")
    for name, seconds in zip(names, zip(*visits, strict=True), strict=True):
        print(f"{name}: median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
