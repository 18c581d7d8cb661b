"""A brief whose making is killed at random moments and then completed is the undisturbed one.

The kill is SIGKILL: no handler, no `finally`, nothing is flushed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

QUESTIONS = """# For Geneva

Health
- Which barriers to health care are written into law?
- How do confidentiality rules change the decision to seek care?
- What is the price of fish in Oslo?
Money
- What does target 10.c ask for by 2030?
- What are the two parts of the price of a transfer?
- How is a recognized identity document connected with the price of a transfer?
"""
ROUNDS = 8


class Forge:
    """A process that starts `verse`; see brief_killed.py."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("brief_killed.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.read() == "ready"

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def run(self, *arguments: object, kill_after_s: float | None = None) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([str(each) for each in arguments]) + "\n")
        self.process.stdin.flush()
        child = int(self.read())
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            with suppress(ProcessLookupError):  # it may have come to its end before
                os.kill(child, signal.SIGKILL)
        return int(self.read())


@pytest.fixture(scope="module")
def forge() -> Iterator[Forge]:
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    forge = Forge()
    yield forge
    forge.process.communicate(timeout=60)


def kept_in(partial: Path) -> list[str]:
    return list(json.loads(partial.read_bytes())["sections"]) if partial.exists() else []


@pytest.mark.timeout(400)
def test_killed_at_any_moment_and_completed_a_brief_is_as_if_nothing_had_happened(
    tmp_path: Path, forge: Forge, starter_folder: tuple[Path, object]
) -> None:
    (tmp_path / "questions.txt").write_text(QUESTIONS)
    given = ("brief", tmp_path / "questions.txt", "--data-dir", starter_folder[0])
    whole = tmp_path / "whole.md"
    started = time.monotonic()
    assert forge.run(*given, "-o", whole) == 0
    took_s = time.monotonic() - started
    assert [each.name for each in tmp_path.iterdir() if "whole" in each.name] == ["whole.md"]

    seed = random.randrange(10**6)
    moments, kept_counts = random.Random(seed), set()
    for number in range(ROUNDS):
        output = tmp_path / f"brief-{number}.md"
        partial = output.with_name(f"{output.name}.partial")
        before: list[str] = []
        for _ in range(2):
            status = forge.run(*given, "-o", output, kill_after_s=moments.uniform(0, took_s))
            kept = kept_in(partial) if status == -signal.SIGKILL else []
            if status == -signal.SIGKILL and not output.exists():
                assert kept[: len(before)] == before, f"seed {seed}: finished sections were lost"
                before = kept
                kept_counts.add(len(kept))
        if not output.exists():
            assert forge.run(*given, "-o", output) == 0, f"seed {seed}"
        assert output.read_bytes() == whole.read_bytes(), f"seed {seed}"
    assert kept_counts - {0}, "no run was killed between its first and its last section"
    left = {each.name for each in tmp_path.iterdir() if "partial" in each.name}
    assert not left or all(each.endswith(".partial") for each in left)
