"""Twenty people asking at once: how long until the first words, and whether anyone sees another's.

    python bench/load.py --data-dir .verse/starter [--sessions 20] [--seconds 120]

Starts `verse chat` on a free port of this machine, and lets each session ask one question of the
starter cases after the other, as the page does: over Gradio's queue, with a session of its own,
and half a second to two seconds of reading in between. Each question carries its asker's number;
what comes back must hold no other's. Prints counts, errors, and percentiles in seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from gradio_client.utils import apply_diff

_CASES = Path(__file__).parent.parent / "evals" / "cases" / "starter.jsonl"
_ASKER = "(asked at desk {})"
_DESK = re.compile(r"\(asked at desk (\d+)\)")
_FIRST_WORDS = ("cv-statement", "cv-lead")  # of an answer, of a refusal
_EXCHANGE = '<article class="cv-exchange"'
_TIMEOUT_S = 60.0


@dataclass(slots=True)
class Seen:
    """What the sessions saw; one list for all."""

    first_words_s: list[float] = field(default_factory=list)
    whole_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)


@contextmanager
def served(data_dir: Path) -> Iterator[str]:
    """The address of `verse chat` over a library, until the block ends."""
    command = [sys.executable, "-c", "from ui.cli import main; main()", "chat"]
    options = ["--data-dir", str(data_dir), "--port", "0"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            address = line.rpartition(" ")[2].strip()
            if not address.startswith("http"):
                raise SystemExit(f"verse chat did not start: {line!r}")
            yield address
        finally:
            server.terminate()


class Session:
    """One person at one desk."""

    def __init__(self, address: str, desk: int, seen: Seen) -> None:
        """Open the page at `address`."""
        self.desk, self.seen = desk, seen
        self.client = httpx.Client(base_url=address, timeout=_TIMEOUT_S)
        self.client.get("/").raise_for_status()
        config = self.client.get("/config").raise_for_status().json()
        self.event, self.inputs = _asking(config)
        self.hash = uuid4().hex[:12]

    def ask(self, question: str) -> None:
        """Ask, wait for the whole answer, and note what came."""
        text = f"{question} {_ASKER.format(self.desk)}"
        data = [text if value is _BOX else value for value in self.inputs]
        started, first = time.perf_counter(), 0.0
        joined = {"data": data, "fn_index": self.event, "session_hash": self.hash}
        self.client.post("/gradio_api/queue/join", json=joined).raise_for_status()
        views: list[Any] = []
        for message in self._messages():
            now = time.perf_counter() - started
            output = message.get("output", {})
            raw = json.dumps(output, ensure_ascii=False)
            others = {n for n in _DESK.findall(raw) if n != str(self.desk)}
            if others:
                self.seen.crossed.append(f"desk {self.desk} saw {sorted(others)}")
            views = _grown(views, message["msg"], output.get("data", []))
            if not first and any(each in _newest(views) for each in _FIRST_WORDS):
                first = now
            if message["msg"] == "process_completed":
                if not message.get("success"):
                    self.seen.errors.append(raw[:200])
                self.seen.whole_s.append(now)
                break
        if first:
            self.seen.first_words_s.append(first)
        else:
            self.seen.errors.append(f"desk {self.desk}: no answer to {question!r}")

    def _messages(self) -> Iterator[dict[str, Any]]:
        path = f"/gradio_api/queue/data?session_hash={self.hash}"
        with self.client.stream("GET", path) as response:
            for line in response.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))


_BOX = object()


def _grown(views: list[Any], kind: str, data: list[Any]) -> list[Any]:
    """What the page shows after a message: the first is whole, later ones tell the difference."""
    if kind != "process_generating" or not views:
        return data or views
    return [apply_diff(view, change) for view, change in zip(views, data, strict=True)]


def _newest(views: list[Any]) -> str:
    """The newest question with what there is of its answer."""
    chat = next((each for each in views if isinstance(each, str) and _EXCHANGE in each), "")
    return chat.rpartition(_EXCHANGE)[2]


def _asking(config: dict[str, Any]) -> tuple[int, list[Any]]:
    """The event that a question triggers, and its inputs as the page first sends them."""
    components = {each["id"]: each for each in config["components"]}
    box = next(i for i, each in components.items() if each["props"].get("elem_id") == "cv-box")
    event = next(each for each in config["dependencies"] if [box, "submit"] in each["targets"])

    def first(component: int) -> Any:
        if component == box:
            return _BOX
        each = components[component]
        return None if each["type"] == "state" else each["props"].get("value")

    return event["id"], [first(each) for each in event["inputs"]]


def _sit(address: str, desk: int, seen: Seen, until: float) -> None:
    chance = random.Random(desk)
    questions = [json.loads(line)["question"] for line in _CASES.open(encoding="utf-8")]
    session = Session(address, desk, seen)
    while time.monotonic() < until:
        try:
            session.ask(chance.choice(questions))
        except (httpx.HTTPError, KeyError, ValueError) as error:
            seen.errors.append(f"desk {desk}: {error!r}")
        time.sleep(chance.uniform(0.5, 2.0))


def _told(name: str, seconds: list[float]) -> str:
    if len(seconds) < 2:
        return f"{name}: {seconds}"
    cut = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"{name}: median {cut[49]:.2f} s, p95 {cut[94]:.2f} s, most {max(seconds):.2f} s"


def main() -> None:
    """Run the sessions and print what they saw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    given = parser.parse_args()
    seen = Seen()
    with served(given.data_dir) as address:
        until = time.monotonic() + given.seconds
        desks = [
            threading.Thread(target=_sit, args=(address, n, seen, until))
            for n in range(1, given.sessions + 1)
        ]
        for each in desks:
            each.start()
        for each in desks:
            each.join()
    print(f"{given.sessions} sessions, {given.seconds:.0f} s, {len(seen.whole_s)} answers")
    print(_told("first words", seen.first_words_s))
    print(_told("whole answer", seen.whole_s))
    print(f"errors: {len(seen.errors)}; of others seen: {len(seen.crossed)}")
    for line in (*seen.errors[:5], *seen.crossed[:5]):
        print(f"  {line}")


if __name__ == "__main__":
    main()
