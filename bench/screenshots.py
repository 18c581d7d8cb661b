"""Pictures of every page in its main states, in three widths, light and dark.

    python bench/screenshots.py [--only passages_brief] [--data-dir FOLDER]

Fills a temporary library from corpus/, runs `starter-refusal` twice in it (balanced, and careful),
starts `verse chat` over it, and writes docs/screenshots/*.png. Times, and what a run took, are
replaced by fixed ones. With --data-dir that library and its runs are used, and made there if it is
new.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from load import served
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from states import PASSWORD, STATES, USER, WAIT_MS, prepare, sign_in

from ui.users import make_user, write_users

_ROOT = Path(__file__).parent.parent
_TARGET = _ROOT / "docs" / "screenshots"
_SIZES = ((390, 844), (820, 1120), (1440, 900))
_MAX_HEIGHT = 2_000  # of a phone's page, which is shown as a whole
_COLOURS = 128
_RUNS = {"balanced": (), "careful": ("--set", "answer.caution=careful")}
_SETTLING_MS = 500
# Nothing lies over the page, and it stands at its beginning: then it can be taken as a whole.
_IS_FREE = "!document.querySelector('dialog[open], .cv-panel:not([hidden])') && scrollY < 5"
_FIXED_TIMES = """() => {
  const times = [
    [/\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d/g, "2026-11-28 10:00"],
    [/\\d{1,2} \\w{3} 20\\d\\d, \\d\\d:\\d\\d/g, "28 Nov 2026, 10:00"],
    [/[\\d.,]+ ms/g, "50 ms"],
  ];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const before = walker.currentNode.data;
    const after = times.reduce((text, [what, fixed]) => text.replace(what, fixed), before);
    if (after !== before) walker.currentNode.data = after;
  }
  for (const row of document.querySelectorAll(".cv-eval-figures tbody tr")) {
    if (!/_(ms|mb)$/.test(row.cells[0].textContent)) continue;
    [...row.cells].slice(1).forEach((cell) => { cell.textContent = "…"; });
  }
}"""


def _verse(data_dir: Path, *arguments: str) -> None:
    command = [sys.executable, "-c", "from ui.cli import main; main()", *arguments]
    subprocess.run([*command, "--data-dir", str(data_dir)], check=True, cwd=_ROOT)


@contextmanager
def _library(given: Path | None) -> Iterator[Path]:
    """A data folder with the starter briefs and two runs."""
    with tempfile.TemporaryDirectory() as made:
        folder = given or Path(made)
        if not (folder / "ledger.sqlite").is_file():
            _verse(folder, "ingest", str(_ROOT / "corpus"))
            for name, changes in _RUNS.items():
                _verse(folder, "eval", "run", "starter-refusal", "--name", name, *changes)
        yield folder


def _take(page: Page, name: str, width: int, height: int) -> None:
    """One picture, made small."""
    page.wait_for_timeout(_SETTLING_MS)
    page.evaluate(_FIXED_TIMES)
    is_whole = width < 600 and page.evaluate(_IS_FREE)
    raw = page.screenshot(full_page=is_whole, animations="disabled", caret="hide")
    picture = Image.open(BytesIO(raw)).convert("RGB")
    picture = picture.crop((0, 0, width, min(picture.height, max(height, _MAX_HEIGHT))))
    few = picture.quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(_TARGET / f"{name}.png", optimize=True)


def _contexts(browser: Browser, kept: object) -> Iterator[tuple[BrowserContext, int, int, str]]:
    """A visitor's browser in each size and theme."""
    for width, height in _SIZES:
        for scheme in ("light", "dark"):
            with browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type]
                locale="en-US",
                timezone_id="UTC",
                reduced_motion="reduce",
                storage_state=kept,  # type: ignore[arg-type]
            ) as context:
                context.set_default_timeout(WAIT_MS)
                yield context, width, height, scheme


def _take_all(browser: Browser, address: str, states: list[Callable[[Page, str], None]]) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US") as first:
        first.set_default_timeout(WAIT_MS)
        prepare(first.new_page(), address)
        kept = first.storage_state()
    for context, width, height, scheme in _contexts(browser, kept):
        for state in states:
            page = context.new_page()
            state(page, address)
            _take(page, f"{state.__name__}-{width}-{scheme}", width, height)
            page.close()


def _take_signing_in(browser: Browser, address: str, data_dir: Path) -> None:
    """The page for those not known yet; from here on nobody is let in."""
    write_users(data_dir, {USER: make_user(USER, PASSWORD)})
    for context, width, height, scheme in _contexts(browser, None):
        page = context.new_page()
        sign_in(page, address)
        _take(page, f"sign_in-{width}-{scheme}", width, height)
    (data_dir / "users.json").unlink()


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], help="Names of states.")
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    states = [each for each in STATES if not given.only or each.__name__ in given.only]
    os.environ["VERSE_SHARED"] = os.devnull  # the suites of other people's documents stay out
    _TARGET.mkdir(parents=True, exist_ok=True)
    with (
        _library(given.data_dir) as data_dir,
        served(data_dir) as address,
        sync_playwright() as playwright,
    ):
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        if states:
            _take_all(browser, address, states)
        if not given.only or "sign_in" in given.only:
            _take_signing_in(browser, address, data_dir)
        browser.close()
    size = sum(each.stat().st_size for each in _TARGET.glob("*.png"))
    print(f"{len(list(_TARGET.glob('*.png')))} pictures, {size / 1e6:.1f} MB, in {_TARGET}")


if __name__ == "__main__":
    main()
