"""Replies of a chat model, kept on disk: what was asked once is not asked, or paid for, again.

Replies lie in a plain JSONL file, each under a hash of the model's name and all that was sent to
it, instructions and message. Every row is one write at the end of the file and starts a line of its
own, so that two processes can share a file, and a run that was killed in the middle of a row spoils
no other; a row that cannot be read is passed over, and its request asked again.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.errors import RunError
from rag.ports import ChatModel, Completion

_FILE = "replies.jsonl"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    key: str
    model: str
    text: str
    prompt_tokens: int
    completion_tokens: int


class KeptModel:
    """A ChatModel that asks another, and keeps what it replied.

    `asked` and `found` count requests that went to the model and that were on disk; the tokens are
    those of the former.
    """

    def __init__(self, model: ChatModel, folder: Path) -> None:
        """`folder` is made when the first reply is kept."""
        self._model = model
        self._path = folder / _FILE
        self.asked = self.found = 0
        self.prompt_tokens = self.completion_tokens = 0

    @property
    def name(self) -> str:
        """The name of the model that is asked."""
        return self._model.name

    def complete(self, system: str, user: str) -> Completion:
        """The reply, at no cost where it was kept; raises ModelError, or RunError for the file."""
        key = hashlib.sha256(json.dumps([self.name, system, user]).encode()).hexdigest()
        if key in self._kept:
            self.found += 1
            return self._kept[key]
        reply = self._model.complete(system, user)
        self.asked += 1
        self.prompt_tokens += reply.prompt_tokens
        self.completion_tokens += reply.completion_tokens
        self._keep(key, reply)
        return reply

    @cached_property
    def _kept(self) -> dict[str, Completion]:
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise RunError(f"{self._path} cannot be read: {error.strerror}") from error
        kept = {}
        for line in lines:
            try:
                row = _Row.model_validate_json(line)
            except ValidationError:
                continue
            kept[row.key] = Completion(row.text, row.prompt_tokens, row.completion_tokens)
        return kept

    def _keep(self, key: str, reply: Completion) -> None:
        row = _Row(
            key=key,
            model=self.name,
            text=reply.text,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
        )
        self._kept[key] = reply
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            place = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(place, f"\n{row.model_dump_json()}\n".encode())
            finally:
                os.close(place)
        except OSError as error:
            raise RunError(f"{self._path} cannot be written: {error.strerror}") from error
