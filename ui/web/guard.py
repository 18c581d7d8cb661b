"""What the page may load and what a browser may call: this page needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Gradio evaluates its own templates and writes inline scripts; `script-src-attr` still refuses
# handlers in attributes, which is where markup from a document would have to put its script.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "script-src-attr 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
_API = "/gradio_api/"
_API_IN_USE = ("queue/", "heartbeat/", "startup-events", "cancel", "reset", "info", "app_id")


class Guard:
    """ASGI middleware: closes Gradio's routes that the page does not use, uploads among them,
    and tells the browser to load nothing from elsewhere."""

    def __init__(self, app: App) -> None:
        """Guard `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        _, api, route = scope["path"].partition(_API)
        if api and not route.startswith(_API_IN_USE):
            await send({"type": "http.response.start", "status": 404, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b"Not found\n"})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                own = {name.lower() for name, _ in given}  # a file is served with a stricter policy
                message["headers"] = given + [each for each in _HEADERS if each[0] not in own]
            await send(message)

        await self.app(scope, receive, send_guarded)
