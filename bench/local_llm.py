"""Speed and memory of a GGUF file on this machine: `python -m bench.local_llm MODEL`.

MODEL is what follows `local:` in the settings: a path, or a package that ships a file. Asks three
times for 128 tokens after a prompt of about 1,500, as written answers have it, and prints what the
server itself measured.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import httpx

from rag.local_llm import LocalServer, open_local

_RUNS = 3
_QUOTE = "The fund is governed by a board of seven members, elected for three years by all."
_QUOTES = 60
_TOKENS = 128


def main() -> None:
    """Prints one line a run, then the most memory that the server held."""
    started = time.perf_counter()
    server = open_local(sys.argv[1], context_tokens=8192)
    print(f"loaded in {time.perf_counter() - started:.1f} s")
    for run in range(_RUNS):
        timings = ask(server, f"Run {run}.")
        print(
            f"prompt {timings['prompt_n']} tokens at {timings['prompt_per_second']:.1f}/s, "
            f"reply {timings['predicted_n']} tokens at {timings['predicted_per_second']:.1f}/s"
        )
    status = Path(f"/proc/{server.process_id}/status")
    if status.is_file():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        print(f"most memory held: {int(peak.split()[1]) / 1024:.0f} MB")


def ask(server: LocalServer, start: str) -> dict[str, float]:
    """What llama.cpp measured for one reply; `start` keeps its cache of prompts out of it."""
    quotes = "\n".join(f"[{number}] {_QUOTE}" for number in range(1, _QUOTES + 1))
    reply = httpx.post(
        f"{server.ready()}/chat/completions",
        headers={"authorization": f"Bearer {server.key}"},
        json={
            "messages": [{"role": "user", "content": f"{start}\n{quotes}\nWho governs the fund?"}],
            "max_tokens": _TOKENS,
            "temperature": 0,
            "ignore_eos": True,
        },
        timeout=1800,
    )
    timings: dict[str, float] = reply.raise_for_status().json()["timings"]
    return timings


if __name__ == "__main__":
    main()
