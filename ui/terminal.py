"""What every command prints by: rows for programs on standard output, all else on standard error.

Exit codes: 0 done; 1 a mistake, told in one line; 2 a wrong option; 3 done, but some files could
not be read; 4 a gate that does not hold; 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.ingest import Progress

FAILED, SOME_FILES_FAILED, GATE_BROKEN, INTERRUPTED = 1, 3, 4, 130


def print_json(row: dict[str, Any]) -> None:
    """One row for a program."""
    print_line(json.dumps(row, ensure_ascii=False))


def print_line(text: str) -> None:
    """A line on standard output, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """A line for the person at the terminal, on standard error."""
    sys.stderr.write(f"{text}\n")


@contextmanager
def progress_shown(doing: str) -> Iterator[Progress]:
    """What long work calls as it goes on; a bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as ProgressBar

    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    console = Console(stderr=True)
    with ProgressBar(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)

        def advance(done: int, total: int, what: str) -> None:
            if done < 0:
                bar.update(task, description=what)
            else:
                bar.update(task, completed=done, total=total, description=what)

        yield advance
