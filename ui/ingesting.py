"""An ingest on the terminal: its progress, and what became of each file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from rag.render import without_controls

if TYPE_CHECKING:
    from rag.ingest import Progress
    from rag.listing import FileOutcome

_LOG_WIDTH = 10_000
_OUTCOMES = ("indexed", "moved", "duplicate", "unchanged", "removed", "skipped")


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """What an ingest calls as it goes on; a bar on standard error, where that is a terminal."""
    columns = (
        TextColumn("Reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    console = Console(stderr=True)
    shown = console.is_terminal
    with ProgressBar(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("", total=None)

        def advance(done: int, total: int, what: str) -> None:
            if done < 0:
                bar.update(task, description=what)
            else:
                bar.update(task, completed=done, total=total, description=what)

        yield advance


def print_outcomes(outcomes: Sequence[FileOutcome]) -> None:
    """The closing table, and how many files had which outcome, on standard error."""
    table = Table("File", "Outcome", "Passages", "Note", box=None, pad_edge=False)
    for each in outcomes:
        passages = str(each.passages) if each.passages else ""
        cells = (Path(each.path).name, each.outcome, passages, each.reason)
        table.add_row(*(Text(without_controls(cell)) for cell in cells))
    console = Console(stderr=True)
    if not console.is_terminal:  # a log or a program: one line a file, however long
        console.width = _LOG_WIDTH
    if outcomes:
        console.print(table)
    counts = {name: sum(e.outcome == name for e in outcomes) for name in _OUTCOMES}
    console.print(", ".join(f"{count} {name}" for name, count in counts.items() if count))
