"""What the pages keep on the server: a signed-in reader's conversations, and answers linked to.

Each is a file of its own in the data folder, written whole or not at all; of too many in a folder,
those that were not changed for longest give way.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import StoreError

MAX_CONVERSATIONS = 200  # of one reader
MAX_LINKED = 5_000  # answers, of all readers
MAX_CHARACTERS = 2_000_000  # of one file
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Texts by name in a folder; names are of letters, digits, "-" and "_"."""

    folder: Path
    most: int  # files

    def put(self, name: str, text: str) -> None:
        """Keeps `text` as `name`; raises StoreError where it cannot be written, or is too long."""
        if not _NAME.fullmatch(name) or len(text) > MAX_CHARACTERS:
            raise StoreError(
                f"{name[:64]!r} ({len(text):,} characters) cannot be kept; at most "
                f"{MAX_CHARACTERS:,} fit"
            )
        path = self.folder / f"{name}.json"
        half = path.with_suffix(f".{secrets.token_hex(4)}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Readers' own words: nobody else on the machine need read them.
            with os.fdopen(
                os.open(half, os.O_WRONLY | os.O_CREAT, 0o600), "w", -1, "utf-8"
            ) as file:
                file.write(text)
            half.replace(path)
            for old in self._newest_first()[self.most :]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from error

    def get(self, name: str) -> str:
        """The text kept as `name`; empty where there is none, or it cannot be read."""
        if not _NAME.fullmatch(name):
            return ""
        try:
            return (self.folder / f"{name}.json").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def delete(self, name: str) -> None:
        """Forgets what is kept as `name`, if there is such a text."""
        if _NAME.fullmatch(name):
            with suppress(OSError):
                (self.folder / f"{name}.json").unlink()

    def names(self) -> list[str]:
        """The names of all that is kept, the newest first."""
        try:
            return [path.stem for path in self._newest_first()]
        except OSError:
            return []

    def first_line(self, name: str) -> str:
        """The first line of the text kept as `name`; empty where there is none."""
        try:
            with (self.folder / f"{name}.json").open(encoding="utf-8") as file:
                return file.readline()
        except (OSError, UnicodeDecodeError):
            return ""

    def _newest_first(self) -> list[Path]:
        aged = [(path.stat().st_mtime_ns, path) for path in self.folder.glob("*.json")]
        return [path for _, path in sorted(aged, reverse=True)]


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation in the list of them."""

    thread: str
    title: str  # its first question
    time: str  # of it: ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class History:
    """The conversations of signed-in readers: one file each, a line about it and a row for each
    exchange."""

    folder: Path

    def keep(self, owner: str, line: Line, rows: Sequence[str]) -> None:
        """Keeps a conversation of `owner` in the place of what was kept of it."""
        about = json.dumps({"title": line.title[:200], "time": line.time})
        self._shelf(owner).put(line.thread, "\n".join((about, *rows)))

    def rows(self, owner: str, thread: str) -> list[str]:
        """The exchanges of a conversation of `owner`; none where there is no such conversation."""
        return self._shelf(owner).get(thread).split("\n")[1:]

    def delete(self, owner: str, thread: str) -> None:
        """Forgets a conversation of `owner`."""
        self._shelf(owner).delete(thread)

    def lines(self, owner: str) -> list[Line]:
        """The conversations of `owner`, the newest first."""
        shelf, lines = self._shelf(owner), []
        for name in shelf.names():
            try:
                about = json.loads(shelf.first_line(name))
                lines.append(Line(name, str(about["title"]), str(about["time"])))
            except (ValueError, KeyError, TypeError):
                continue  # spoils no other
        return lines

    def _shelf(self, owner: str) -> Shelf:
        name = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return Shelf(self.folder / name, MAX_CONVERSATIONS)
