"""What every command prints by: rows for programs on standard output, all else on standard error.

Exit codes: 0 done; 1 a mistake, told in one line; 2 a wrong option; 3 done, but some files could
not be read, or questions not be answered; 4 a gate that does not hold; 5 a brief that does not
stand as its documents do; 130 interrupted.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from rag.render import without_controls

if TYPE_CHECKING:
    from rag.ingest import Progress

FAILED, SOME_FAILED, GATE_BROKEN, NOT_VERBATIM, INTERRUPTED = 1, 3, 4, 5, 130


# What JSON leaves as it is, but a terminal or a reader's eye would obey, or UTF-8 cannot hold.
_OBEYED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def print_json(row: dict[str, Any]) -> None:
    """One row for a program: exact, with control characters and overrides of writing direction
    as escapes."""
    text = json.dumps(row, ensure_ascii=False)
    _write(sys.stdout, _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def print_line(text: str) -> None:
    """A line on standard output, at once, without what a terminal would obey."""
    _write(sys.stdout, _visible(text))


def tell(text: str) -> None:
    """A line for the person at the terminal, on standard error, without what it would obey."""
    _write(sys.stderr, _visible(text))


def _write(stream: TextIO, line: str) -> None:
    stream.write(f"{line}\n")
    stream.flush()


def _visible(text: str) -> str:
    return without_controls(text).replace("\r", "")  # it would begin the line anew


@contextmanager
def progress_shown(doing: str) -> Iterator[Progress]:
    """What long work calls as it goes on; a bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as ProgressBar

    columns = (
        TextColumn(doing, markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    console = Console(stderr=True)
    with ProgressBar(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)

        def advance(done: int, total: int, what: str) -> None:
            what = _visible(what)
            if done < 0:
                bar.update(task, description=what)
            else:
                bar.update(task, completed=done, total=total, description=what)

        yield advance
