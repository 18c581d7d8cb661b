"""Whose notebooks and conversations these are: a signed-in user's, else this browser's.

A browser gets a random name in a cookie that no script reads and no other site can send along.
"""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Protocol

from ui.web.guard import App, Message, Receive, Scope, Send
from ui.web.rights import person_of

_COOKIE = "cv-visitor"
_NAME = re.compile(r"[0-9a-f]{32}")
_YEAR_S = 365 * 24 * 3600
_FORM = f"{_COOKIE}={{}}; Max-Age={_YEAR_S}; Path=/; HttpOnly; SameSite=Strict"


class Asking(Protocol):
    """A request, of Gradio or of FastAPI, as far as it tells who asks."""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that came with it."""


def owner_of(request: Asking | None) -> str:
    """Whose request this is; empty where it came without our cookie."""
    if name := person_of(request).name:
        return f"user:{name}"
    name = request.cookies.get(_COOKIE, "") if request is not None else ""
    return f"browser:{name}" if _NAME.fullmatch(name) else ""


class Visitors:
    """ASGI middleware: gives a browser that has no name one."""

    def __init__(self, app: App) -> None:
        """Name the visitors of `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or _has_name(scope):
            await self.app(scope, receive, send)
            return

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                cookie = _FORM.format(secrets.token_hex(16)).encode()
                message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie)]
            await send(message)

        await self.app(scope, receive, send_named)


def _has_name(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                kept = SimpleCookie(value.decode("latin-1")).get(_COOKIE)
            except CookieError:
                continue
            if kept and _NAME.fullmatch(kept.value):
                return True
    return False


def _is_page(message: Message) -> bool:
    """Whether an HTML page comes: a picture or a script fetched at the same time must not bring a
    second name."""
    return any(
        name == b"content-type" and value.startswith(b"text/html")
        for name, value in message.get("headers", ())
    )
