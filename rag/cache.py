"""Answers kept in memory, so that the same question to the same documents is not paid for twice.

An answer is kept under all that it depends on (see `cache_key`): where one of these has changed,
the key has, and the old answer is never found again. Nothing is written to disk.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Lock

from rag.records import Answer, Question


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer depends on beside its question."""

    answerer: str  # the model; where it is served is among the settings
    settings: str  # all of them, as JSON
    index: str  # hash of passages, facts and encoder
    prompts: Mapping[str, str]  # hash by name


def cache_key(question: Question, grounds: Grounds) -> str:
    """The key of an answer: question, conversation, filters and grounds, but not the id."""
    asked = asdict(question) | {"question_id": ""}
    content = json.dumps([asked, asdict(grounds)], sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


class AnswerCache:
    """The last `size` answers used. Safe to share between threads."""

    def __init__(self, size: int) -> None:
        """A `size` of 0 keeps none."""
        self._size = size
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> Answer | None:
        """The answer kept under `key`, or None."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, key: str, answer: Answer) -> None:
        """Keeps `answer`; of too many, the one that was not used for longest is forgotten."""
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)
