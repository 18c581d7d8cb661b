"""Files are read in a process that can be killed: limits on time and memory, and crashes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import rag.workers
from rag.errors import LoadError
from rag.records import Document, Facts
from rag.settings import IngestSettings
from rag.workers import Source, Workers


def hang(task: object) -> None:
    time.sleep(600)


def crash(task: object) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def fill_memory(task: object) -> int:
    return len(bytearray(4 * 2**30))


def nest(task: object) -> None:
    nest(task)


def stumble(task: object) -> float:
    return 1 / 0


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(IngestSettings(max_seconds=2, max_memory_mb=512))
    yield workers
    workers.close()


@pytest.fixture
def sources(tmp_path: Path) -> list[tuple[Source, Facts]]:
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.txt").write_text(f"This is paper {name} of the harbour council.")
    return [(Source(tmp_path / f"{name}.txt"), Facts()) for name in ("one", "two", "three")]


def texts(workers: Workers, sources: list[tuple[Source, Facts]]) -> list[str]:
    loaded = [each for _, each in workers.load(sources)]
    return [each.text if isinstance(each, Document) else each.reason for each in loaded]


def test_documents_come_in_order_and_an_unreadable_file_stops_nothing(
    workers: Workers, sources: list[tuple[Source, Facts]], tmp_path: Path
) -> None:
    (tmp_path / "two.txt").write_bytes(b"\n\n")
    assert texts(workers, sources) == [
        "This is paper one of the harbour council.",
        "empty file",
        "This is paper three of the harbour council.",
    ]


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (hang, "took longer than 2 s to read (ingest.max_seconds)"),
        (crash, "its reader crashed on it (exit code -11)"),
        (nest, "nested too deep to read"),
        (stumble, "its reader failed (ZeroDivisionError); please report this file"),
        (fill_memory, "needs more than 512 MB of memory to read (ingest.max_memory_mb)"),
    ],
)
def test_what_goes_wrong_in_the_worker_is_a_reason_and_the_next_file_is_read(
    workers: Workers,
    sources: list[tuple[Source, Facts]],
    monkeypatch: pytest.MonkeyPatch,
    work: object,
    reason: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(rag.workers, "_load", work)
        assert texts(workers, sources[:1]) == [reason]
    assert texts(workers, sources[1:2]) == ["This is paper two of the harbour council."]


def test_a_worker_ends_when_it_is_closed(
    workers: Workers, sources: list[tuple[Source, Facts]]
) -> None:
    before = {each.pid for each in multiprocessing.active_children()}
    texts(workers, sources)
    started = {each.pid for each in multiprocessing.active_children()} - before
    assert started
    workers.close()
    assert not started & {each.pid for each in multiprocessing.active_children()}


def test_an_error_in_the_worker_keeps_its_kind(workers: Workers, tmp_path: Path) -> None:
    ((_, found),) = workers.load([(Source(tmp_path / "missing.txt"), Facts())])
    assert isinstance(found, LoadError)
    assert found.reason == "cannot be opened: No such file or directory"
