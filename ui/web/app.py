"""The pages as a whole: `build_app` lays them out, `build_site` dresses them, `serve` runs them."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.middleware.trustedhost import TrustedHostMiddleware

from rag.errors import VerseError
from ui.web.chat import add_chat
from ui.web.chat_desk import ChatDesk
from ui.web.evaluation.page import add_evaluation
from ui.web.evaluation.reports import add_reports
from ui.web.frame import header_html
from ui.web.guard import Guard
from ui.web.keeping import Keeper, open_keeper
from ui.web.languages import add_languages, path_of
from ui.web.library.page import add_library
from ui.web.library.uploads import add_uploads
from ui.web.passages.page import add_passages
from ui.web.passages.routes import add_desk_routes
from ui.web.ports import Services
from ui.web.reader.routes import add_reader
from ui.web.rights import person_of
from ui.web.signing import Door, Signing
from ui.web.texts import LANGUAGES, Texts, open_texts
from ui.web.visitors import Visitors

OPEN_DOOR = Door()
LOOPBACK = ("127.0.0.1", "localhost")
_HERE = Path(__file__).parent
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
_CLOSING_S = 1  # open pages keep a connection; on Ctrl-C they are cut after so long


def build_app(services: Services, texts: Texts, keeper: Keeper) -> gr.Blocks:
    """The pages' layout and events over `services`, in the language of `texts`; conversations and
    linked answers are kept by `keeper`."""
    chat = ChatDesk(services.assistant, texts, keeper)
    pages: dict[str, Callable[[], None]] = {"ask": lambda: add_chat(chat)}
    if desk := services.desk:
        pages["passages"] = lambda: add_passages(desk, texts)
    if shelf := services.shelf:
        pages["library"] = lambda: add_library(shelf, texts)
    if bench := services.bench:
        pages["evaluation"] = lambda: add_evaluation(bench, texts)
    blocks = gr.Blocks(title=texts("frame.name"), analytics_enabled=False, fill_width=True)
    with blocks:
        gr.HTML(_header(texts), elem_id="cv-header", apply_default_css=False)
        with gr.Tabs(elem_id="cv-pages", selected="ask"):
            for page, add_page in pages.items():
                with gr.Tab(texts(f"frame.page_{page}"), id=page, elem_id=f"cv-{page}-page"):
                    add_page()
    return blocks


def _header(texts: Texts) -> Callable[..., str]:
    def shown(request: gr.Request | None = None) -> str:
        return header_html(texts, person_of(request))

    return shown


def build_site(
    services: Services, hosts: Sequence[str] = LOOPBACK, door: Door = OPEN_DOOR
) -> FastAPI:
    """The pages with their style and scripts as a web application, ready to be served: in English
    at "/", in each other language at its code, as "/fr".

    It answers only to the names in `hosts`: a page elsewhere whose name was made to point at
    this machine (DNS rebinding) must not read the library. "*" stands for any name. `door` says
    who is let in.
    """
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    site.add_middleware(Guard)
    site.add_middleware(Visitors)
    add_languages(site)
    keeper = open_keeper(services.folder)
    if services.shelf:
        add_uploads(site, services.shelf)
    if services.bench:
        add_reports(site, services.bench)
    site.add_middleware(Signing, door=door)
    site.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    if services.desk:
        add_desk_routes(site, services.desk)
    if services.reading:
        for language in LANGUAGES:
            add_reader(site, services.reading, open_texts(language))
    for language in sorted(LANGUAGES, key="en".__eq__):  # "/" takes what no other path does
        _mount(site, services, open_texts(language), keeper)
    return site


def _mount(site: FastAPI, services: Services, texts: Texts, keeper: Keeper) -> None:
    gr.mount_gradio_app(
        site,
        build_app(services, texts, keeper),
        path=path_of(texts.language).rstrip("/") or "/",
        theme=gr.themes.Base(font=_FONTS, font_mono=["ui-monospace", "monospace"]),
        head=_head(texts),
        footer_links=[],
        run_history=False,  # would keep conversations in the browser
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        app_kwargs={"openapi_url": None},
    )


def _head(texts: Texts) -> str:
    # Gradio rewrites the selectors of `css=`; in `head=` the sheets stay as written.
    style = "\n".join(_read_all("style", "*.css"))
    language = f'document.documentElement.lang = "{texts.language}";'
    words = json.dumps(texts.section("passages")).replace("<", "\\u003c")
    script = "\n".join((language, f"window.cvWords = {words};", *_read_all("script", "*.js")))
    return f"<style>{style}</style><script>{script}</script>"


def _read_all(folder: str, pattern: str) -> list[str]:
    """The files of a folder beside this one, in order of their names."""
    return [each.read_text(encoding="utf-8") for each in sorted((_HERE / folder).glob(pattern))]


def serve(
    services: Services, host: str = "127.0.0.1", port: int = 7860, door: Door = OPEN_DOOR
) -> None:
    """Serve the pages until interrupted; raises VerseError where the address cannot be taken."""
    site = build_site(services, LOOPBACK if host in LOOPBACK else ("*",), door)
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
