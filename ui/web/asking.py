"""From a question to its answer, in the steps that a reader sees.

1. What the assistant has checked so far is shown as it comes. Where it comes all at once, its
   statements follow in a few views.
2. Where no model can be opened to write, the documents' own words are given, and it is said.
3. What fails half-way leaves standing what was shown, and says that it broke off.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

from rag.errors import ModelError, VerseError
from rag.records import Answer, Question
from rag.settings import AnswererKind
from ui.web.exchange import Exchange, read_sources
from ui.web.ports import Assistant
from ui.web.texts import Texts

PAUSE_S = 0.15  # between views of statements that came at once
MAX_VIEWS = 4  # of them: each is the whole conversation anew, and many people may be asking


async def follow(
    assistant: Assistant, asked: Exchange, question: Question, texts: Texts
) -> AsyncIterator[Exchange]:
    """`asked` as its answer grows, whole at last; a bug is raised after its line is shown."""
    shown = asked
    try:
        async for shown in _grow(assistant, asked, question, texts):
            yield shown
    except VerseError as error:
        yield _broken(shown, str(error), texts)
    except Exception:
        yield _broken(shown, texts("ask.bug"), texts)
        raise
    else:
        yield replace(shown, is_whole=True)


async def _grow(
    assistant: Assistant, asked: Exchange, question: Question, texts: Texts
) -> AsyncIterator[Exchange]:
    coming = _stream(assistant, question, asked.answerer, texts)
    before = 0  # statements shown
    while answer := await asyncio.to_thread(next, coming, None):
        sources = await asyncio.to_thread(read_sources, answer, assistant)
        grown = replace(asked, answer=answer, sources=sources)
        count = len(answer.statements)
        for shown in _views(count) if before == 0 else ():
            yield grown.first(shown)
            await asyncio.sleep(PAUSE_S)
        yield grown
        before = count


def _views(count: int) -> list[int]:
    """How many of `count` statements each view before the whole one shows, rising from one."""
    last = MAX_VIEWS - 1
    return sorted(
        {shown for each in range(last) if (shown := 1 + (count - 1) * each // last) < count}
    )


def _stream(
    assistant: Assistant, question: Question, answerer: AnswererKind, texts: Texts
) -> Iterator[Answer]:
    try:
        yield from assistant.stream(question, answerer)
    except ModelError as error:
        if answerer != "written":
            raise
        *_, plain = assistant.stream(question, "extractive")
        notice = texts("ask.instead", reason=error) if plain.statements else ""
        yield replace(plain, notice=notice)


def _broken(shown: Exchange, line: str, texts: Texts) -> Exchange:
    """What was shown so far, and why there is no more; of nothing, an error."""
    if shown.answer is None:
        return shown.failed(line)
    return replace(shown, cut_short=texts("ask.broke_off", line=line))
