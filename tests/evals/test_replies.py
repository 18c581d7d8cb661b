"""Replies on disk: kept for next time, by two processes at once, whatever a killed run left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evals.errors import RunError
from evals.replies import KeptModel
from rag.errors import ModelError
from rag.ports import Completion

WRITER = """
import sys
from pathlib import Path
from evals.replies import KeptModel
from rag.ports import Completion

class Echo:
    name = "test:echo"
    def complete(self, system, user):
        return Completion(user * 500)

model = KeptModel(Echo(), Path(sys.argv[1]))
for n in range(150):
    model.complete("", f"{sys.argv[2]}{n}")
"""


class Counter:
    """Replies with the number of its reply."""

    name = "test:counter"

    def __init__(self) -> None:
        self.n = 0

    def complete(self, system: str, user: str) -> Completion:
        self.n += 1
        if user == "fail":
            raise ModelError("test:counter: gone")
        return Completion(f"réply {self.n}\n", 10, 2)


def test_a_reply_is_kept_by_model_instructions_and_message(tmp_path: Path) -> None:
    counter = Counter()
    model = KeptModel(counter, tmp_path / "new" / "folder")
    assert [model.complete(*each).text for each in [("a", "b"), ("a", "b"), ("ab", "")]] == [
        "réply 1\n",
        "réply 1\n",
        "réply 2\n",
    ]
    assert (model.asked, model.found, model.prompt_tokens, model.completion_tokens) == (2, 1, 20, 4)
    again = KeptModel(Counter(), tmp_path / "new" / "folder")
    assert again.complete("a", "b") == Completion("réply 1\n", 10, 2)
    assert (again.asked, again.found, again.prompt_tokens) == (0, 1, 0)
    counter.name = "test:other"
    assert model.complete("a", "b").text == "réply 3\n"


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    counter = Counter()
    model = KeptModel(counter, tmp_path)
    for _ in range(2):
        with pytest.raises(ModelError):
            model.complete("", "fail")
    assert counter.n == 2
    assert not list(tmp_path.iterdir())


def test_a_row_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    KeptModel(Counter(), tmp_path).complete("", "one")
    file = tmp_path / "replies.jsonl"
    row = next(filter(None, file.read_bytes().split(b"\n")))
    lines = [b'{"key": 1}', b"\xff\xfe", b"[]", b"{" * 10_000, row[: len(row) // 2]]
    file.write_bytes(file.read_bytes() + b"\n".join(lines))  # ends where a kill left it
    KeptModel(Counter(), tmp_path).complete("", "two")
    model = KeptModel(Counter(), tmp_path)
    model.complete("", "one")
    model.complete("", "two")
    assert (model.asked, model.found) == (0, 2)


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in "ab"
    ]
    assert [each.wait(60) for each in writers] == [0, 0]
    lines = (tmp_path / "replies.jsonl").read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    assert sorted(each["text"][:5] for each in rows) == sorted(
        (f"{name}{n}" * 500)[:5] for name in "ab" for n in range(150)
    )


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RunError, match=r"taken/replies\.jsonl cannot be (read|written)"):
        KeptModel(Counter(), tmp_path / "taken").complete("", "one")
