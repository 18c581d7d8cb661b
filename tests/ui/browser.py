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
from playwright.sync_api import Browser, sync_playwright

from ui.web.app import build_site, open_socket

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
def serve_page(assistant: Any) -> Iterator[str]:
    """The address of the page over `assistant`, served until the block ends."""
    with open_socket("127.0.0.1", 0) as listening:
        config = uvicorn.Config(
            build_site(assistant), log_level="warning", timeout_graceful_shutdown=1
        )
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
