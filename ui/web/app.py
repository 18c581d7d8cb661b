"""The page as a whole: `build_app` lays it out, `build_site` dresses it, `serve` runs it."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.middleware.trustedhost import TrustedHostMiddleware

from rag.errors import VerseError
from ui.web.chat import add_chat
from ui.web.guard import Guard
from ui.web.ports import Assistant

LOOPBACK = ("127.0.0.1", "localhost")
_HERE = Path(__file__).parent
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
_CLOSING_S = 1  # open pages keep a connection; on Ctrl-C they are cut after so long


def build_app(assistant: Assistant) -> gr.Blocks:
    """The page's layout and events over `assistant`."""
    blocks = gr.Blocks(title="Chapter & Verse", analytics_enabled=False, fill_width=True)
    with blocks:
        add_chat(assistant)
    return blocks


def build_site(assistant: Assistant, hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """The page with its style and script as a web application, ready to be served.

    It answers only to the names in `hosts`: a page elsewhere whose name was made to point at
    this machine (DNS rebinding) must not read the library. "*" stands for any name.
    """
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    site.add_middleware(Guard)
    site.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    gr.mount_gradio_app(
        site,
        build_app(assistant),
        path="/",
        theme=gr.themes.Base(font=_FONTS, font_mono=["ui-monospace", "monospace"]),
        head=_head(),
        footer_links=[],
        run_history=False,  # would keep conversations in the browser
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        app_kwargs={"openapi_url": None},
    )
    return site


def _head() -> str:
    # Gradio rewrites the selectors of `css=`; in `head=` the sheet stays as written.
    style = (_HERE / "style.css").read_text(encoding="utf-8")
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    return f"<style>{style}</style><script>{script}</script>"


def serve(assistant: Assistant, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the page until interrupted; raises VerseError where the address cannot be taken."""
    site = build_site(assistant, LOOPBACK if host in LOOPBACK else ("*",))
    with open_socket(host, port) as listening:
        shown = "127.0.0.1" if host in ("", "0.0.0.0") else host
        sys.stdout.write(f"Chapter & Verse: http://{shown}:{listening.getsockname()[1]}/\n")
        sys.stdout.flush()
        config = uvicorn.Config(
            site, log_level="warning", timeout_graceful_shutdown=_CLOSING_S, access_log=False
        )
        with suppress(KeyboardInterrupt):  # the usual end
            _Server(config).run(sockets=[listening])


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Cutting the connections of open pages is no error to report.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def open_socket(host: str, port: int) -> socket.socket:
    """A socket that listens at `host:port`; port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        code = getattr(error, "errno", None) or 0
        reason = os.strerror(code) if code > 0 else str(error)
        raise VerseError(
            f"cannot listen on {host}, port {port}: {reason}; choose another with --port or --host"
        ) from error
