"""How often somebody may try a password: a few times for a name, more times for an address."""

from __future__ import annotations

import time
from collections import deque

WINDOW_S = 300.0
MAX_FOR_NAME, MAX_FOR_ADDRESS = 5, 30
_MAX_KEPT = 10_000  # of names and addresses: whoever makes names up must not fill the memory

Key = tuple[str, ...]


class Tries:
    """The tries of the last five minutes, by address, and by address and name."""

    def __init__(self) -> None:
        """None so far."""
        self._times: dict[Key, deque[float]] = {}

    def wait_s(self, address: str, name: str) -> float:
        """Seconds to wait before the next; 0 where none need be waited."""
        now = time.monotonic()
        return max(
            self._wait((address, name), MAX_FOR_NAME, now),
            self._wait((address,), MAX_FOR_ADDRESS, now),
        )

    def add(self, address: str, name: str) -> None:
        """One more."""
        now = time.monotonic()
        for key, most in (((address, name), MAX_FOR_NAME), ((address,), MAX_FOR_ADDRESS)):
            times = self._times.pop(key, deque(maxlen=most))  # put last: the oldest go first
            times.append(now)
            self._times[key] = times
        while len(self._times) > _MAX_KEPT:
            del self._times[next(iter(self._times))]

    def forget(self, address: str, name: str) -> None:
        """The right password was given."""
        self._times.pop((address, name), None)
        if times := self._times.get((address,)):
            times.pop()

    def _wait(self, key: Key, most: int, now: float) -> float:
        times = self._times.get(key, ())
        recent = [each for each in times if each > now - WINDOW_S]
        return recent[-most] + WINDOW_S - now if len(recent) >= most else 0.0
