"""Several suites run by one command, which goes on where it was cut off when it is given again.

While it is under way a marker says which command it is and when it began; given again, it takes the
runs that have been finished since then. The marker goes with the last suite.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from evals.provenance import short_hash
from evals.runner import Options
from evals.suite import SuiteFile


@contextmanager
def batch(folder: Path, files: Sequence[SuiteFile], options: Options) -> Iterator[Options]:
    """The options for each of the suites; a single suite needs no marker, its run is enough."""
    if len(files) < 2:
        yield options
        return
    marker = (
        folder / f"batch-{short_hash(repr(([f.sha256 for f in files], options)).encode())}.json"
    )
    since = _read(marker) or datetime.now(UTC).isoformat(timespec="seconds")
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps({"since": since}), encoding="utf-8")
    yield replace(options, reuse_since=since)
    marker.unlink(missing_ok=True)


def _read(marker: Path) -> str:
    """When the command that was cut off began; empty where none was."""
    try:
        since = json.loads(marker.read_text(encoding="utf-8"))["since"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return since if isinstance(since, str) else ""
