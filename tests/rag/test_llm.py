"""Chat models behind one port: replies, time-outs, tries, and errors of one line without a key."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import BaseModel, SecretStr

from rag.errors import ModelError
from rag.llm import LangChainModel, open_model
from rag.ports import Completion
from rag.settings import ModelSettings

KEY = "sk-abcdefghijklmnop"


class BusyError(Exception):
    """As providers have them: with a status."""

    def __init__(self, status_code: int, told: str = "busy") -> None:
        super().__init__(told)
        self.status_code = status_code


class ScriptedModel(BaseChatModel):
    """Says, raises, or waits for (a number of seconds) what its script has next."""

    script: list[Any]
    seen: list[list[BaseMessage]]
    api_key: SecretStr = SecretStr("a-secret-of-mine")

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self.seen.append(messages)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, float):
            time.sleep(step)
        usage = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
        message = AIMessage(
            content=step if isinstance(step, (str, list)) else "late", usage_metadata=usage
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


def scripted(
    *script: object, max_retries: int = 0, timeout_s: float = 10
) -> tuple[LangChainModel, ScriptedModel]:
    settings = ModelSettings(model="test:one", max_retries=max_retries, timeout_s=timeout_s)
    chat = ScriptedModel(script=list(script), seen=[])
    return LangChainModel(chat, settings, "judge"), chat


def test_a_reply_comes_with_its_tokens() -> None:
    model, chat = scripted(
        "Yes.", [{"type": "text", "text": "In "}, {"type": "text", "text": "parts"}]
    )
    assert model.complete("Be brief.", "Is it?") == Completion("Yes.", 7, 3)
    assert [(each.type, each.content) for each in chat.seen[0]] == [
        ("system", "Be brief."),
        ("human", "Is it?"),
    ]
    assert model.complete("", "Again?").text == "In parts"
    assert [each.type for each in chat.seen[1]] == ["human"]


def test_half_a_character_is_no_text() -> None:
    assert scripted("a\ud800b")[0].complete("", "x").text == "a?b"


@pytest.mark.parametrize(
    "failure", [BusyError(429), BusyError(503), ConnectionResetError("gone"), TimeoutError("late")]
)
def test_what_may_pass_is_tried_again(failure: Exception) -> None:
    model, chat = scripted(failure, "Yes.", max_retries=1)
    assert model.complete("", "x").text == "Yes."
    assert len(chat.seen) == 2


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (BusyError(400, "no such\n\nparameter"), "test:one: no such parameter"),
        (
            BusyError(401, f"wrong key {KEY}."),
            "test:one: wrong key ***; check the key in the environment",
        ),
        (BusyError(404, "no model"), "test:one: no model; check judge.model and judge.base_url"),
        (ValueError("the key a-secret-of-mine"), "test:one: the key ***"),
        (KeyError(), "test:one: KeyError"),
    ],
)
def test_what_will_not_pass_is_told_in_one_line_without_a_key(
    failure: Exception, told: str
) -> None:
    model, chat = scripted(failure, "never said", max_retries=3)
    with pytest.raises(ModelError) as caught:
        model.complete("", "x")
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
    assert len(chat.seen) == 1


def test_tries_come_to_an_end() -> None:
    model, chat = scripted(BusyError(500, "broken"), BusyError(500, "broken"), max_retries=1)
    with pytest.raises(ModelError, match="test:one: broken; check that it can be reached"):
        model.complete("", "x")
    assert len(chat.seen) == 2


def test_a_reply_that_does_not_come_is_not_waited_for() -> None:
    model, _ = scripted(5.0, timeout_s=0.2)
    started = time.monotonic()
    with pytest.raises(ModelError, match=r"no reply within 0\.2 s; .* raise judge\.timeout_s"):
        model.complete("", "x")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, r"no chat model is set; set judge\.model"),
        ({"model": "gpt-4.1"}, "judge.model 'gpt-4.1' names no chat model"),
        ({"model": "nobody:one"}, "judge.model nobody:one: Unsupported provider='nobody'"),
        ({"model": "upstage:one"}, "not installed: pip install langchain-upstage"),
        (
            {"model": "openai:one", "base_url": "localhost:80"},
            r"judge\.base_url 'localhost:80' is no",
        ),
        (
            {"model": "openai:one", "base_url": "http://me:pw@h/v1"},
            r"base_url has a name or password",
        ),
    ],
)
def test_a_model_that_cannot_be_opened_is_named(settings: dict[str, str], told: str) -> None:
    with pytest.raises(ModelError, match=told) as caught:
        open_model("judge", ModelSettings(**settings))  # type: ignore[arg-type]
    assert "pw" not in str(caught.value).replace("name or password", "")


# Replies in pieces, and in a form.


class Slow(ScriptedModel):
    """Streams its script: text as it is, a number of seconds as a pause, an error as itself."""

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        self.seen.append(messages)
        while self.script:
            step = self.script.pop(0)
            if isinstance(step, Exception):
                raise step
            if isinstance(step, float):
                time.sleep(step)
            else:
                yield ChatGenerationChunk(message=AIMessageChunk(content=step))


def streamed(*script: object, max_retries: int = 0, timeout_s: float = 10) -> LangChainModel:
    settings = ModelSettings(model="test:one", max_retries=max_retries, timeout_s=timeout_s)
    return LangChainModel(Slow(script=list(script), seen=[]), settings, "writer")


def test_a_reply_comes_in_pieces() -> None:
    pieces = streamed("Fees ", "", "rose", "\ud800.", 0.01, " End").stream("Be brief.", "x")
    assert list(pieces) == ["Fees ", "rose", "?.", " End"]


def test_what_fails_before_the_first_piece_is_tried_again_and_not_after_it() -> None:
    assert list(streamed(BusyError(503), "Yes.", max_retries=1).stream("", "x")) == ["Yes."]
    pieces = streamed("Yes", BusyError(503), "never", max_retries=1).stream("", "x")
    assert next(pieces) == "Yes"
    with pytest.raises(ModelError, match="test:one: busy"):
        next(pieces)


@pytest.mark.parametrize("script", [(5.0, "late"), ("Well", 5.0, "late")])
def test_a_stream_that_stalls_is_ended(script: tuple[object, ...]) -> None:
    started = time.monotonic()
    with pytest.raises(ModelError, match=r"no reply within 0\.3 s; .* raise writer\.timeout_s"):
        list(streamed(*script, timeout_s=0.3).stream("", "x"))
    assert time.monotonic() - started < 2


def test_a_reply_that_nobody_reads_on_is_not_asked_on() -> None:
    script: list[object] = ["One", 0.1, "two", 0.1, "three", 0.1, "four"]
    chat = Slow(script=script, seen=[])
    pieces = LangChainModel(chat, ModelSettings(model="test:one"), "writer").stream("", "x")
    assert next(pieces) == "One"
    pieces.close()  # type: ignore[attr-defined]
    time.sleep(0.6)
    assert "four" in chat.script


@pytest.mark.parametrize(
    "failure",
    [
        ConnectionError("HTTPConnectionPool(host='llm.inside.example', port=8000): refused"),
        ValueError("http://llm.inside.example:8000/v1/chat has no such model"),
    ],
)
def test_what_fails_does_not_tell_where_a_model_is_served(failure: Exception) -> None:
    settings = ModelSettings(
        model="test:one", base_url="http://llm.inside.example:8000/v1", max_retries=0
    )
    model = LangChainModel(ScriptedModel(script=[failure], seen=[]), settings, "writer")
    with pytest.raises(ModelError, match=r"^test:one: .*\*\*\*") as caught:
        model.complete("", "x")
    assert "inside" not in str(caught.value)


class Fee(BaseModel):
    """A fee."""

    crowns: int


def test_a_model_without_structured_output_fills_no_form() -> None:
    assert scripted("40")[0].fill("", "How much?", Fee) is None


# From here on: a server that speaks as OpenAI's does, in this process.


class ChatServer(ThreadingHTTPServer):
    """Gives the replies of its script in turn: (status, headers, body)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[tuple[int, dict[str, str], dict[str, Any]]] = []
        self.requests: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def says(self, text: str) -> None:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13}
        body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        self.script.append((200, {}, body | {"choices": [choice], "usage": usage}))

    def fails(self, status: int, told: str, **headers: str) -> None:
        self.script.append(
            (status, headers, {"error": {"message": told, "type": "t", "code": "c"}})
        )


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append((self.path, self.headers["authorization"], sent))
        status, headers, body = self.server.script.pop(0)
        self.send_response(status)
        for name, value in ({"content-type": "application/json"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    if find_spec("langchain_openai") is None:
        pytest.skip("langchain-openai is not installed: pip install langchain-openai")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ChatServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def open_served(server: ChatServer) -> Callable[..., LangChainModel]:
    def open_one(**settings: Any) -> LangChainModel:
        values = {"model": "openai:small", "base_url": server.url, "max_tokens": 99} | settings
        return open_model("judge", ModelSettings(**values))

    return open_one


def test_a_server_is_asked_with_the_key_of_the_environment(
    server: ChatServer, open_served: Callable[..., LangChainModel]
) -> None:
    server.says("Hello.")
    model = open_served()
    assert model.complete("Be brief.", "Hi.") == Completion("Hello.", 11, 2)
    assert model.name == "openai:small", "without its address, which is no reader's concern"
    path, key, sent = server.requests[0]
    assert (path, key) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert (sent["model"], sent["temperature"]) == ("small", 0)
    assert 99 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))
    assert [each["role"] for each in sent["messages"]] == ["system", "user"]


def test_a_busy_server_is_asked_again_and_a_refusing_one_is_not(
    server: ChatServer, open_served: Callable[..., LangChainModel]
) -> None:
    server.fails(429, "slow down", retry_after="0")
    server.fails(503, "overloaded", retry_after="0")
    server.says("Hello.")
    model = open_served(max_retries=2)
    assert model.complete("", "Hi.").text == "Hello."
    server.fails(401, f"Incorrect API key provided: {KEY}.")
    with pytest.raises(ModelError) as caught:
        model.complete("", "Hi.")
    assert "check the key in the environment" in str(caught.value)
    assert KEY not in str(caught.value)
    assert len(server.requests) == 4


def test_a_server_that_is_not_there_is_told_by_its_setting(
    server: ChatServer, open_served: Callable[..., LangChainModel]
) -> None:
    model = open_served(base_url="http://127.0.0.1:9/v1", max_retries=0)
    told = r"^openai:small: .*; check that judge\.base_url can be reached"
    with pytest.raises(ModelError, match=told) as caught:
        model.complete("", "Hi.")
    assert "127.0.0.1" not in str(caught.value)


def test_a_missing_key_is_told(
    open_served: Callable[..., LangChainModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        open_served()


def test_a_server_fills_a_form_or_says_that_it_cannot(
    server: ChatServer, open_served: Callable[..., LangChainModel]
) -> None:
    model = open_served()
    server.says('{"crowns": 40}')
    assert model.fill("", "How much?", Fee) == Fee(crowns=40)
    assert server.requests[0][2]["response_format"]["json_schema"]["name"] == "Fee"
    server.says("Forty, I think.")
    assert model.fill("", "How much?", Fee) is None
    server.fails(400, "response_format is not supported")
    assert model.fill("", "How much?", Fee) is None
    server.fails(401, "wrong key")
    with pytest.raises(ModelError, match="check the key"):
        model.fill("", "How much?", Fee)
