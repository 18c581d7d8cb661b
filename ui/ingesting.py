"""An ingest on the terminal: what became of each file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rag.render import without_controls

if TYPE_CHECKING:
    from rag.listing import FileOutcome

_LOG_WIDTH = 10_000
_OUTCOMES = ("indexed", "moved", "duplicate", "unchanged", "removed", "skipped")


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
