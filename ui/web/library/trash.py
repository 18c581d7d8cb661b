"""What was removed and can come back: uploaded files lie in the trash, others where they lay."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import VerseError
from rag.ledger import FileEntry

KEPT_DAYS = 30
_RECORD = "removed.json"
_TOKEN_BYTES = 8


@dataclass(frozen=True, slots=True)
class Removed:
    """A document, or a file that could not be read, that can be taken back."""

    token: str
    title: str
    removed: str  # when: ISO 8601, UTC
    files: tuple[
        tuple[str, str], ...
    ]  # where a file lay, and its name in the trash, if it is there
    entries: tuple[FileEntry, ...]


class Trash:
    """The folder of removed files."""

    def __init__(self, folder: Path) -> None:
        """Keeps them in `folder`, which is made when it is needed."""
        self._folder = folder

    def put(self, title: str, entries: Sequence[FileEntry], own: Sequence[Path]) -> Removed:
        """Keeps what was known of files, and moves those in `own` here."""
        self._empty()
        token = secrets.token_hex(_TOKEN_BYTES)
        place = self._folder / token
        place.mkdir(parents=True)
        files = tuple((str(path), f"{at}{path.suffix}") for at, path in enumerate(own))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        removed = Removed(token, title, now, files, tuple(entries))
        (place / _RECORD).write_text(json.dumps(_stored(removed)), encoding="utf-8")
        for path, name in files:
            shutil.move(path, place / name)
        return removed

    def listed(self) -> list[Removed]:
        """What can be taken back, the newest first."""
        found = [self._read(path) for path in self._folder.glob(f"*/{_RECORD}")]
        return sorted(found, key=lambda each: each.removed, reverse=True)

    def find(self, token: str) -> Removed:
        """What was removed under that token; raises VerseError."""
        found = next((each for each in self.listed() if each.token == token), None)
        if found is None:
            raise VerseError("this can no longer be undone; upload the file again")
        return found

    def take_back(self, removed: Removed) -> None:
        """Moves the files to where they lay; raises VerseError where others lie there now."""
        taken = next((path for path, _ in removed.files if Path(path).exists()), None)
        if taken is not None:
            raise VerseError(f"another file lies at {taken} now; remove that one first")
        for path, name in removed.files:
            shutil.move(self._folder / removed.token / name, path)

    def drop(self, removed: Removed) -> None:
        """Forgets about it."""
        shutil.rmtree(self._folder / removed.token, ignore_errors=True)

    def _read(self, path: Path) -> Removed:
        kept = json.loads(path.read_text(encoding="utf-8"))
        entries = tuple(
            FileEntry(sha256="", reason="", **each)  # the rest is found when it is read
            for each in kept["entries"]
        )
        files = tuple((old, name) for old, name in kept["files"])
        return Removed(path.parent.name, kept["title"], kept["removed"], files, entries)

    def _empty(self) -> None:
        """Deletes what has lain here for a month."""
        oldest = time.time() - KEPT_DAYS * 24 * 3600
        for path in self._folder.glob(f"*/{_RECORD}"):
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path.parent, ignore_errors=True)


def _stored(removed: Removed) -> dict[str, object]:
    names = ("path", "catalogue", "outcome", "document_id")
    entries = [{name: getattr(each, name) for name in names} for each in removed.entries]
    return {
        "title": removed.title,
        "removed": removed.removed,
        "files": removed.files,
        "entries": entries,
    }
