"""Several suites run by one command, which goes on where it was cut off when it is given again.

While it is under way a marker says which command it is and when it began; given again, it takes the
runs that have been finished since then. The marker goes with the last suite.

The libraries of all suites are made first, by several processes of one thread each: that is half of
the work of a first run, and one library at a time would leave processors idle.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from threadpoolctl import threadpool_limits

from evals.libraries import Progress, library_size, make_library, place_of
from evals.provenance import short_hash
from evals.runner import Options, settings_for
from evals.suite import SuiteFile
from evals.workers import processors
from rag.errors import VerseError
from rag.settings import Settings

_Asked = tuple[SuiteFile, Settings, Path]


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


def make_libraries(
    files: Sequence[SuiteFile],
    settings: Settings,
    options: Options,
    folder: Path,
    progress: Progress,
) -> None:
    """Makes the libraries that the suites still lack, the largest first.

    What goes wrong with one is left for its own run to tell.
    """
    asked: dict[Path, _Asked] = {}
    for file in files:
        for system in () if file.suite.mode == "claims" else file.suite.systems:
            try:
                own = settings_for(file, settings, system, options.changes)
                place = place_of(file, own, folder)
            except VerseError:
                continue
            if not place.is_made:
                asked[place.folder] = (file, own, folder)
    workers = options.workers or processors()
    if len(asked) < 2 or workers < 2:
        return
    largest = sorted(asked.values(), key=lambda each: -library_size(each[0]))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _limit_threads) as pool:
        try:
            waiting = [pool.submit(_make, each) for each in largest]
            for done, _ in enumerate(as_completed(waiting)):
                progress(done + 1, len(waiting), "libraries")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _limit_threads() -> None:
    import torch  # so that there is something to limit

    torch.set_num_threads(1)
    threadpool_limits(1)


def _make(asked: _Asked) -> None:
    file, settings, folder = asked
    make_library(file, settings, folder, lambda *_: None)
