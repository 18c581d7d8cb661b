"""Work with a limit on its time, in threads; what it raises comes back as a value.

A thread cannot be stopped: what is late goes on unheard, and ends with the program at the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, Queue
from typing import TypeVar

from pebble.concurrent import thread

Result = TypeVar("Result")


class LateError(TimeoutError):
    """A try took longer than it may."""


class Flow:
    """Text that comes in pieces, read in a thread of its own; None is its end."""

    def __init__(self, begin: Callable[[], Iterator[str]]) -> None:
        """Starts the thread."""
        self._pieces: Queue[str | None] = Queue()
        self._held: list[str | None] = []
        self._is_given_up = False
        self._future = thread(self._read)(begin)

    def _read(self, begin: Callable[[], Iterator[str]]) -> None:
        try:
            for piece in begin():
                if self._is_given_up:
                    return
                self._pieces.put(piece)
        finally:
            self._pieces.put(None)

    def wait(self, timeout_s: float) -> None:
        """Waits for the first piece; raises what was raised instead."""
        first = self.next(timeout_s)
        if isinstance(first, BaseException):
            raise first
        self._held.append(first)

    def next(self, timeout_s: float) -> str | BaseException | None:
        """The next piece; None at the end; an error where it breaks off or is late."""
        if self._held:
            return self._held.pop()
        try:
            piece = self._pieces.get(timeout=max(0.0, timeout_s))
        except Empty:
            self.give_up()
            return LateError()
        return self._future.exception() if piece is None else piece

    def give_up(self) -> None:
        """Nobody reads on: no more than the piece on its way is asked for."""
        self._is_given_up = True


def run_timed(call: Callable[[], Result], timeout_s: float) -> Result | BaseException:
    """What `call` gave or raised, or LateError; its thread ends with the program at the latest."""
    future = thread(call)()
    try:
        error = future.exception(timeout_s)
    except TimeoutError:
        return LateError()
    return future.result() if error is None else error
