"""Ingestion killed at twenty random moments and then completed gives what an undisturbed run does.

The kill is SIGKILL: no handler, no `finally`, nothing is flushed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rag.pipeline import Library

ROUNDS = 20
FEES = "# Fees\n\nA vessel that stays longer than fourteen days pays a fee of 40 crowns.\n"
DUES = "# Dues\n\nEach harbour reports its dues to the secretariat by 31 March.\n"
REGISTER = "\n\n".join(
    f"# Rule {n}\n\nRule {n} says that harbour {n} keeps register {n} for {n} years."
    for n in range(40)
)
Contents = tuple[dict[str, object], ...]


class Forge:
    """A process that starts ingests; see killed.py."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("killed.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.read() == "ready"

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ingest(self, data: Path, papers: Path, kill_after_s: float | None = None) -> int:
        """The exit status of an ingest; that of a killed one is -9."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([str(data), str(papers)]) + "\n")
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


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "fees.md").write_text(FEES)
    (folder / "dues.md").write_text(DUES)
    (folder / "berths.md").write_text(FEES.replace("Fees", "Berths"))
    return folder


def change(papers: Path) -> None:
    """A new file, a changed one, one with another name, one less, a copy and an archive."""
    (papers / "register.md").write_text(REGISTER)
    (papers / "fees.md").write_text(FEES.replace("40", "50"))
    (papers / "dues.md").rename(papers / "dues of 2019.md")
    (papers / "berths.md").unlink()
    (papers / "copy.md").write_text(REGISTER)
    with zipfile.ZipFile(papers / "annexes.zip", "w") as archive:
        archive.writestr("annex.md", DUES.replace("March", "April"))


def contents(library: Library) -> Contents:
    """All texts and ids that the library holds, what its indexes hold, and what a search finds."""
    ledger = library.ledger
    assert library.index.passage_ids() == (ledger.passage_ids(), ledger.passage_ids())
    assert not ledger.is_dirty
    texts = {each: ledger.document(each).text for each in ledger.facts()}
    passages = {
        each: [(p.passage_id, p.text) for p in ledger.passages_of(each)] for each in ledger.facts()
    }
    files = {each.path: (each.outcome, each.document_id) for each in ledger.files().values()}
    words = library.index.search_lexical("register of harbour 27", 5)
    vector = library.embedder.embed(["the register of harbour 27"])[0]
    near = library.index.search_dense(vector, 5, None, ledger.generation)
    found = {"words": list(words.items()), "near": [(i, round(s, 4)) for i, s in near.items()]}
    library.workers.close()
    ledger.close()
    return texts, passages, files, found  # type: ignore[return-value]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("is_first", [True, False], ids=["first ingest", "later ingest"])
def test_killed_at_any_moment_and_completed_it_is_as_if_nothing_had_happened(
    tmp_path: Path,
    papers: Path,
    forge: Forge,
    library_at: Callable[..., Library],
    is_first: bool,
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    if not is_first:
        assert forge.ingest(before, papers) == 0
    change(papers)
    shutil.copytree(before, tmp_path / "undisturbed")
    started = time.monotonic()
    assert forge.ingest(tmp_path / "undisturbed", papers) == 0
    took_s = time.monotonic() - started
    expected = contents(library_at(tmp_path / "undisturbed"))
    kept = "dues of 2019" if is_first else "dues"
    assert set(expected[0]) == {"fees", kept, "copy", "annex"}

    seed = random.randrange(10**6)
    moments, statuses = random.Random(seed), []
    for number in range(ROUNDS // 2):
        data = tmp_path / f"round-{number}"  # Chroma keeps a client for each path
        shutil.copytree(before, data)
        moment_s = moments.uniform(0, took_s)
        statuses.append(forge.ingest(data, papers, kill_after_s=moment_s))
        assert forge.ingest(data, papers) == 0, f"seed {seed}: killed after {moment_s:.3f} s"
        found = contents(library_at(data))
        assert found == expected, f"seed {seed}: killed after {moment_s:.3f} s"
        shutil.rmtree(data)
    # How many depends on what else the machine does.
    assert statuses.count(-signal.SIGKILL) >= 2, "some were killed before their end"
