"""Exchanges kept outside the session, and read back: by the browser, on the server, by a link.

1. An exchange is a row of JSON and a seal: an HMAC of the row with a key in the data folder.
2. A row that comes back is read strictly, and its quotes are held against the documents again
   (`rag/kept_answers.py`). Without our seal its words are not ours: that is said, and no link to it
   is given.
3. A linked answer is kept whole under a name that cannot be guessed, without the conversation
   before it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import StoreError
from rag.kept_answers import Once, Stored, answer_json, parse_answer, restore
from rag.settings import AnswererKind
from ui.web.exchange import Conversation, Exchange, read_sources, turns
from ui.web.history import MAX_LINKED, History, Line, Shelf

MAX_ROWS = 200  # exchanges of a conversation that is opened
_KEY_BYTES = 32
_ID = r"^[A-Za-z0-9-]{1,64}$"


class Row(BaseModel):
    """An exchange as it is kept: JSON of `_Content`, and the seal on it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    content: str = Field(max_length=1_000_000)
    seal: str = Field(default="", max_length=64)


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str = Field(max_length=20_000)
    answer: str  # as `answer_json` makes it
    answerer: AnswererKind
    filters: tuple[tuple[str, str], ...] = Field(default=(), max_length=1000)
    scope: str = Field(default="", max_length=2000)
    cut_short: str = Field(default="", max_length=2000)
    answer_id: str = Field(pattern=_ID)
    thread: str = Field(pattern=_ID)
    asked_at: str = Field(max_length=40)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Makes rows of exchanges and reads them back; keeps conversations and linked answers."""

    key: bytes
    history: History | None = None  # none without a data folder
    linked: Shelf | None = None

    def row(self, exchange: Exchange) -> Row:
        """The exchange, which can be kept, as a row."""
        assert exchange.answer is not None
        content = _Content(
            question=exchange.question,
            answer=answer_json(exchange.answer),
            answerer=exchange.answerer,
            filters=exchange.filters,
            scope=exchange.scope,
            cut_short=exchange.cut_short,
            answer_id=exchange.answer_id,
            thread=exchange.thread,
            asked_at=exchange.asked_at,
        ).model_dump_json()
        # What was not confirmed once never is.
        return Row(content=content, seal=self._seal(content) if exchange.is_confirmed else "")

    def read(self, rows: Iterable[Any], stored: Stored) -> Conversation:
        """The conversation in `rows`, each a row or its JSON; what cannot be read is left out."""
        conversation: Conversation = ()
        once = Once(stored)
        for row in list(rows)[:MAX_ROWS]:
            for exchange in self._read(row, once, len(conversation) + 1):
                before = turns(conversation)
                if exchange.answer is not None:
                    question = replace(exchange.answer.question, history=before)
                    answer = replace(exchange.answer, question=question)
                    exchange = replace(exchange, answer=answer)
                conversation = (*conversation, exchange)
        return conversation

    def _read(self, row: Any, stored: Stored, number: int) -> Iterator[Exchange]:
        try:
            read = Row.model_validate_json(row) if isinstance(row, str) else Row.model_validate(row)
            content = _Content.model_validate_json(read.content)
            restored = restore(parse_answer(content.answer), stored)
        except (ValidationError, StoreError):
            return
        yield Exchange(
            anchor=f"answer-{number}",
            question=content.question,
            answer=restored.answer,
            sources=read_sources(restored.answer, stored),
            is_whole=not content.cut_short,
            cut_short=content.cut_short,
            answerer=content.answerer,
            filters=content.filters,
            scope=content.scope,
            answer_id=content.answer_id,
            thread=content.thread,
            asked_at=content.asked_at,
            changed=restored.changed,
            is_confirmed=hmac.compare_digest(read.seal.encode(), self._seal(read.content).encode()),
        )

    def _seal(self, content: str) -> str:
        return hmac.new(self.key, content.encode(), hashlib.sha256).hexdigest()

    def keep(self, owner: str, conversation: Conversation) -> None:
        """Keeps the conversation of a signed-in reader on the server; raises StoreError."""
        rows = [self.row(each).model_dump_json() for each in conversation if each.can_be_kept]
        if self.history is None or not rows:
            return
        first = conversation[0]
        self.history.keep(owner, Line(first.thread, first.question, first.asked_at), rows)

    def link(self, exchange: Exchange) -> str:
        """The name under which the answer can be opened from now on; raises StoreError."""
        if self.linked is None or not (exchange.can_be_kept and exchange.is_confirmed):
            raise StoreError("this answer cannot be linked to")
        row = self.row(exchange)
        # The same answer keeps its name; without the key it cannot be guessed.
        name = self._seal(f"link {row.content}")[:32]
        self.linked.put(name, row.model_dump_json())
        return name

    def open_link(self, name: str, stored: Stored) -> Conversation:
        """The answer kept under `name`, as a conversation of its own; empty where there is none."""
        if self.linked is None or not (row := self.linked.get(name)):
            return ()
        thread = secrets.token_hex(16)
        opened = self.read([row], stored)
        return tuple(replace(each, is_linked=True, thread=thread) for each in opened)


def open_keeper(folder: Path | None) -> Keeper:
    """What keeps in the data folder; without one, for as long as the program runs.

    Raises StoreError where its key cannot be kept.
    """
    if folder is None:
        return Keeper(secrets.token_bytes(_KEY_BYTES))
    own = folder / "pages"
    return Keeper(
        _read_key(own / "seal.key"),
        History(own / "conversations"),
        Shelf(own / "answers", MAX_LINKED),
    )


def _read_key(path: Path) -> bytes:
    """The key in the file, which is made where there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = path.with_suffix(f".{secrets.token_hex(4)}")
        number = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        with suppress(FileExistsError):  # of several that start at once, the first one counts
            path.hardlink_to(half)
        half.unlink()
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(f"the key {path} cannot be made or read: {error.strerror}") from error
    if len(key) != _KEY_BYTES:
        raise StoreError(f"the key {path} has {len(key)} bytes, not {_KEY_BYTES}; delete it")
    return key
