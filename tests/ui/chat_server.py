"""A server that speaks as OpenAI's does, in this process: a scripted stand-in for a chat model."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_S = 20


class ChatServer(ThreadingHTTPServer):
    """Streams its lines one by one, each when it is let go; "#" in a line is the number of the
    quote that has the words `at`. What it is asked without streaming it answers with "NO ANSWER".
    """

    def __init__(self, lines: list[str], at: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lines, self.at = lines, at
        self.gate = threading.Semaphore(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def let_go(self, lines: int = 1) -> None:
        self.gate.release(lines)


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        message = sent["messages"][-1]["content"]
        self.send_response(200)
        kind = "text/event-stream" if sent.get("stream") else "application/json"
        self.send_header("content-type", kind)
        self.end_headers()
        if not sent.get("stream"):
            reply = {"role": "assistant", "content": "NO ANSWER"}
            self.wfile.write(json.dumps(_body("chat.completion", message=reply)).encode())
            return
        quoted = re.search(rf"^\[(\d+)\] .*{re.escape(self.server.at)}", message, re.MULTILINE)
        assert quoted
        for line in self.server.lines:
            assert self.server.gate.acquire(timeout=WAIT_S)
            delta = {"role": "assistant", "content": line.replace("#", quoted[1]) + "\n"}
            self._send(json.dumps(_body("chat.completion.chunk", delta=delta)))
        self._send("[DONE]")

    def _send(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _body(kind: str, **said: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": None if "delta" in said else "stop"} | said
    return {"id": "1", "object": kind, "created": 1, "model": "m", "choices": [choice]}


@contextmanager
def serve_model(lines: list[str], at: str) -> Iterator[ChatServer]:
    """The server, until the block ends."""
    with ChatServer(lines, at) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.let_go(len(lines))
        running.shutdown()
