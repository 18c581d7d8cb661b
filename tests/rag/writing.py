"""A scripted chat model behind the real port, for written answers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from rag.assistant import Assistant
from rag.cache import AnswerCache
from rag.llm import LangChainModel
from rag.pipeline import Library
from rag.settings import WriterSettings, overlay

NAME = "test:writer"
Step = str | float | Exception | Callable[[str], str]


class Writer(BaseChatModel):
    """Replies with what its script has next: a text, or what a function makes of the message; it
    raises an error, and for a number it sends one word and then waits for so many seconds."""

    script: list[Any]
    seen: list[str]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        message = AIMessage(content="".join(self._say(messages)))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        for piece in self._say(messages):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))

    def _say(self, messages: list[BaseMessage]) -> Iterator[str]:
        asked = str(messages[-1].content)
        self.seen.append(asked)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, float):
            yield "Well"
            time.sleep(step)
            return
        text = step(asked) if callable(step) else step
        yield from re.findall(r"\S+|\s+", text)


def scripted(
    library: Library, *script: Step, cache: AnswerCache | None = None, **writer: Any
) -> tuple[Assistant, Writer]:
    """An assistant whose answers are written by `script`; `writer` are settings."""
    changes = {"model": NAME, "max_retries": 0, "structured": False} | writer
    settings = overlay(library.settings, {"writer": changes})
    assert isinstance(settings.writer, WriterSettings)
    library = replace(library, settings=settings)
    chat = Writer(script=list(script), seen=[])
    model = LangChainModel(chat, settings.writer, "writer")
    assistant = library.assistant()
    opened = library.writer(model)
    return replace(assistant, open_writer=lambda: opened, cache=cache or assistant.cache), chat


def quoted(message: str, words: str) -> int:
    """The number of the first quote in `message` that has `words`."""
    for line in message.splitlines():
        number = re.match(r"\[(\d+)\] ", line)
        if number and words in line:
            return int(number[1])
    raise AssertionError(f"no quote has {words!r}:\n{message}")
