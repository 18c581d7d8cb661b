"""Notices changes in files and folders, so that an ingest can follow them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from rag.errors import VerseError

_TICK_MS = 500
_GATHERED_MS = 1600  # changes that come together are told together


def watch(paths: Sequence[Path], leave_out: Path) -> Generator[bool]:
    """False about twice a second, and True when something under `paths` has changed.

    What happens under `leave_out`, or in hidden files, is no change. The watch begins before the
    first value comes, so nothing that changes while the caller works is missed. Raises VerseError
    for a path that is not there.
    """
    from watchfiles import Change, watch

    roots = [path.expanduser().resolve() for path in paths]
    for root in roots:
        if not root.exists():
            raise VerseError(f"cannot watch {root}: no such file or folder")
    hidden = leave_out.expanduser().resolve()

    def is_ours(change: Change, name: str) -> bool:
        path = Path(name)
        inside = next((path.relative_to(root) for root in roots if path.is_relative_to(root)), path)
        is_hidden = any(part.startswith(".") for part in inside.parts)
        return not is_hidden and not path.is_relative_to(hidden)

    found = watch(
        *roots,
        watch_filter=is_ours,
        debounce=_GATHERED_MS,
        rust_timeout=_TICK_MS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    for changes in found:
        yield bool(changes)
