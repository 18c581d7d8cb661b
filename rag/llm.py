"""Any chat model of LangChain as a ChatModel; time-outs and retries end here.

1. A model is named `provider:model`; its provider's package makes it, and reads its key from the
   environment. Nothing here sees, keeps or shows a key. `local:` is a file, run by rag.local_llm.
2. Each try runs in a thread with a limit on its time, so that a provider whose package knows no
   time-out has one too, and a reply that trickles in is ended as well.
3. What may pass (no reply in time, no connection, a server that is busy or broken) is tried again
   after a pause; providers are told not to, so that tries do not multiply.
4. Providers share no root of errors: what a try raised is taken from its future, as a value, and
   becomes a ModelError of one line.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from rag.address import check_address
from rag.errors import ModelError
from rag.local_llm import LOCAL, LocalServer, open_local
from rag.ports import Completion, Form
from rag.settings import ModelSettings
from rag.timed import Flow, LateError, run_timed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Result = TypeVar("Result")

_OPENING_S = 120  # for a provider's package to be loaded
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0
_NOT_OFFERED = frozenset({400, 404, 422, 501})  # how servers say that they know no such output
_PASSING = frozenset({408, 409, 425, 429})  # and every status from 500 on
_LONGEST_REASON = 400  # characters
_KEY = re.compile(r"\b(?:sk|pk|api|key|token)[-_][\w*-]{8,}|\bBearer\s+\S+", re.IGNORECASE)
_INSTALL = re.compile(r"pip install ([\w.-]+)")
_TOO_LONG = "exceeds the available context size"  # as llama.cpp has it
_ADVICE = {
    401: "check the key in the environment, under the name that its package reads",
    403: "check what the key in the environment allows",
    404: "check {role}.model and {role}.base_url",
}


class LangChainModel:
    """A WritingModel over a chat model of LangChain."""

    def __init__(
        self,
        chat: BaseChatModel,
        settings: ModelSettings,
        role: str,
        server: LocalServer | None = None,
    ) -> None:
        """`role` is the group of `settings` that messages name; `server` must run for the model."""
        self.name = settings.model  # which readers see: not where it is served
        self.server = server
        self._chat = chat
        self._settings = settings
        self._role = role

    def complete(self, system: str, user: str) -> Completion:
        """The whole reply; raises ModelError if there is none."""
        found = self._try(partial(self._chat.invoke, _messages(system, user)))
        if isinstance(found, BaseException):
            raise self._failed(found) from found
        usage: Mapping[str, Any] = found.usage_metadata or {}
        tokens = usage.get("input_tokens", 0), usage.get("output_tokens", 0)
        return Completion(_whole(str(found.text)), *tokens)

    def stream(self, system: str, user: str) -> Iterator[str]:
        """The reply as it comes; raises ModelError where none comes or it breaks off.

        The limit on time is for the whole reply. Only what fails before the first piece is tried
        again. Who leaves before the end closes the reply, and no more of it is asked for.
        """
        begun = self._try(partial(self._begin, system, user))
        if isinstance(begun, BaseException):
            raise self._failed(begun) from begun
        flow, deadline = begun
        try:
            while (found := flow.next(deadline - time.monotonic())) is not None:
                if isinstance(found, BaseException):
                    raise self._failed(found) from found
                yield _whole(found)
        finally:
            flow.give_up()

    def fill(self, system: str, user: str, form: type[Form]) -> Form | None:
        """The reply in `form`; None where the model has no such output, or gave something else.

        Raises ModelError if there is no reply.
        """

        def call() -> Any:
            asked = self._chat.with_structured_output(form, include_raw=True)
            return asked.invoke(_messages(system, user))

        found = self._try(call)
        if isinstance(found, BaseException):
            if _is_of_form(found):
                return None
            raise self._failed(found) from found
        parsed = found.get("parsed")
        return parsed if isinstance(parsed, form) else None

    def _begin(self, system: str, user: str) -> tuple[Flow, float]:
        """The flow of a reply whose first piece is there, and when it must have ended."""
        deadline = time.monotonic() + self._settings.timeout_s

        def pieces() -> Iterator[str]:
            for chunk in self._chat.stream(_messages(system, user)):
                if text := str(chunk.text):
                    yield text

        flow = Flow(pieces)
        flow.wait(self._settings.timeout_s)
        return flow, deadline

    def _try(self, call: Callable[[], Result]) -> Result | BaseException:
        """What `call` gave, or the error of its last try."""
        found = self._once(call)
        for tried in range(self._settings.max_retries):
            if not (isinstance(found, BaseException) and _may_pass(found)):
                break
            time.sleep(_pause_s(tried, found))
            found = self._once(call)
        return found

    def _failed(self, error: BaseException) -> ModelError:
        return ModelError(f"{self.name}: {self._told(error)}")

    def _once(self, call: Callable[[], Result]) -> Result | BaseException:
        if self.server:
            try:
                self.server.ready()  # it may take longer to start than a reply may
            except ModelError as error:
                return error
        return run_timed(call, self._settings.timeout_s)

    def _told(self, error: BaseException) -> str:
        if isinstance(error, LateError):
            limit = f"{self._settings.timeout_s:g} s"
            return f"no reply within {limit}; check that it runs, or raise {self._role}.timeout_s"
        reason = _one_line(error, _secrets(self._chat), self._settings.base_url)
        advice = _ADVICE.get(_status(error) or 0, "")
        if self.server and _TOO_LONG in reason:
            advice = "raise {role}.context_tokens"
        advice = advice.format(role=self._role)
        if not advice and _may_pass(error):
            where = f"{self._role}.base_url" if self._settings.base_url else "it"
            advice = f"check that {where} can be reached, or try again later"
        return f"{reason.rstrip('.')}; {advice}" if advice else reason


def open_model(role: str, settings: ModelSettings) -> LangChainModel:
    """The chat model that `settings`, the group named `role`, are for.

    Raises ModelError where none is named, its package is missing (with the line that installs it),
    or its key is.
    """
    provider, _, model = settings.model.partition(":")
    if not settings.model:
        raise ModelError(f"no chat model is set; set {role}.model, as in openai:gpt-4.1")
    if not (provider and model):
        raise ModelError(
            f"{role}.model {settings.model!r} names no chat model; give provider:model, as in "
            f"openai:gpt-4.1"
        )
    if settings.base_url:
        check_address(f"{role}.base_url", settings.base_url)
    options: dict[str, Any] = {"base_url": settings.base_url} if settings.base_url else {}
    options |= {"timeout": settings.timeout_s, "max_tokens": settings.max_tokens}
    server = _open_server(role, settings, model) if provider == LOCAL else None

    def make() -> BaseChatModel:
        from langchain.chat_models import init_chat_model

        speaks, given = _served(server) if server else (provider, {})
        made: BaseChatModel = init_chat_model(
            model, model_provider=speaks, temperature=0, max_retries=0, **options, **given
        )
        return made

    chat = run_timed(make, _OPENING_S)
    if isinstance(chat, BaseException):
        raise ModelError(f"{role}.model {settings.model}: {_why_not(chat)}") from chat
    return LangChainModel(chat, settings, role, server)


def _open_server(role: str, settings: ModelSettings, model: str) -> LocalServer:
    if settings.base_url:
        raise ModelError(
            f"{role}.model {settings.model} is run here and has no address; leave out "
            f"{role}.base_url, got {settings.base_url!r}"
        )
    try:
        return open_local(model, settings.context_tokens)
    except ModelError as error:
        raise ModelError(f"{role}.model {settings.model}: {error}") from error


def _served(server: LocalServer) -> tuple[str, dict[str, Any]]:
    """The provider as which `server` speaks, and what its package needs to know."""
    from openai import DefaultAsyncHttpxClient, DefaultHttpxClient

    return "openai", {
        "base_url": server.ready(),
        "api_key": server.key,
        # A proxy in the environment is for what leaves this machine.
        "http_client": DefaultHttpxClient(trust_env=False),
        "http_async_client": DefaultAsyncHttpxClient(trust_env=False),
        "openai_proxy": "",
        "stream_usage": True,
    }


def _is_of_form(error: BaseException) -> bool:
    """Whether what failed is the form of the reply, not the model or the way to it: it has no such
    output, gave something else, or broke off in it."""
    status = _status(error)
    is_passing = isinstance(error, LateError) or _may_pass(error)
    return status in _NOT_OFFERED if status is not None else not is_passing


def _messages(system: str, user: str) -> list[tuple[str, str]]:
    return [("system", system), ("human", user)] if system else [("human", user)]


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # half a character is no text


def _why_not(error: BaseException) -> str:
    install = _INSTALL.search(str(error))
    if isinstance(error, ImportError) and install:
        return f"the package of its provider is not installed: pip install {install[1]}"
    return _one_line(error, (), "")


def _may_pass(error: BaseException) -> bool:
    status = _status(error)
    if status is not None:
        return status in _PASSING or status >= 500
    # The second is what LangChain's own errors say of themselves.
    refused = any(isinstance(each, OSError) for each in _causes(error))
    return refused or bool(getattr(error, "is_retryable", False))


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _pause_s(tried: int, error: BaseException) -> float:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    asked = str(headers.get("retry-after", ""))
    wanted = float(asked) if asked.isdecimal() else _FIRST_PAUSE_S * 2**tried
    return min(wanted, _LONGEST_PAUSE_S)


def _causes(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__


def _one_line(error: BaseException, secrets: tuple[str, ...], base_url: str) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    for secret in secrets:
        text = text.replace(secret, "***")
    text = _without_address(_KEY.sub("***", text), base_url)
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def _without_address(text: str, url: str) -> str:
    """`text` without what of an address no reader is to be told."""
    parts = urlsplit(url)
    for each in filter(None, (url.rstrip("/"), parts.netloc, parts.hostname)):
        text = re.sub(rf"(?<![\w.-]){re.escape(each)}(?![\w-])", "***", text, flags=re.IGNORECASE)
    return text


def _secrets(chat: BaseChatModel) -> tuple[str, ...]:
    held = [getattr(chat, name) for name in type(chat).model_fields]
    found = [each.get_secret_value() for each in held if isinstance(each, SecretStr)]
    return tuple(filter(None, found))
