"""Where a model is served, or its file lies, is for who runs the pages, not for their readers."""

from __future__ import annotations

import re

_PLACE = re.compile(r"(?<=local:)\S*/|(?P<name>\b[\w-]+:\S+) at \S+?(?=:?(?:\s|$))")


def without_places(line: str) -> str:
    """`line` without the addresses of servers and the folders of local models."""
    return _PLACE.sub(lambda found: found["name"] or "", line)
