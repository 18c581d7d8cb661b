"""A folder that is watched: what changes in it is noticed, what is not its own is not."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from rag.errors import VerseError
from rag.watch import watch


def next_change(seen: Generator[bool], seconds: float) -> bool:
    """Whether a change is told within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if next(seen):
            return True
    return False


def test_new_changed_and_removed_files_are_noticed_and_what_is_not_ours_is_not(
    tmp_path: Path,
) -> None:
    papers, data = tmp_path / "papers", tmp_path / "papers" / "library"
    (papers / "2019").mkdir(parents=True)
    data.mkdir()
    seen = watch([papers], leave_out=data)
    assert next(seen) is False, "the watch begins before anything has changed"
    (papers / "2019" / "fees.md").write_text("The fee is 40 crowns.")
    assert next_change(seen, 10)
    (papers / "2019" / "fees.md").write_text("The fee is 50 crowns.")
    assert next_change(seen, 10)
    (data / "ledger.sqlite").write_text("written by the ingest itself")
    (papers / ".fees.md.swp").write_text("an editor's")
    assert not next_change(seen, 3)
    (papers / "2019" / "fees.md").unlink()
    assert next_change(seen, 10)
    seen.close()


def test_a_path_that_is_not_there_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(VerseError, match=r"cannot watch .*nowhere: no such file or folder"):
        next(watch([tmp_path / "nowhere"], leave_out=tmp_path))
