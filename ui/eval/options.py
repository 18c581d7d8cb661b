"""Options and places that the `verse eval` commands share."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import SettingsError

if TYPE_CHECKING:
    from evals.suite import SuiteFile
    from rag.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option(help="Runs lie in its folder evals; else VERSE_DATA_DIR, else the user's."),
]
Config = Annotated[Path | None, typer.Option(help="A settings file in TOML (docs/settings.md).")]
Json = Annotated[bool, typer.Option("--json", help="Machine output, one JSON object a line.")]
Seed = Annotated[int, typer.Option(min=0, help="Of everything that is drawn by chance.")]
RunName = Annotated[str, typer.Argument(help="A run's name, its folder, or latest[:SUITE].")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting for this run, as retrieval.rerank=false; repeatable."),
]
_HERE = Path("evals")  # of a checkout, or of somebody's own folder of suites
SHARED = Path("../shared")


def evals_folder(settings: Settings) -> Path:
    """Where runs, libraries, baselines and verdicts are kept."""
    return settings.data_dir / "evals"


def runs_folder(settings: Settings) -> Path:
    """Where runs are kept."""
    return evals_folder(settings) / "runs"


def baseline_folders(settings: Settings) -> list[Path]:
    """Where baselines are looked for; a later one wins."""
    from evals.suite import SHIPPED

    return [SHIPPED.parent / "baselines", evals_folder(settings) / "baselines"]


def suite_folders(settings: Settings) -> list[Path]:
    """Where suites are looked for; a later one wins."""
    from evals.suite import SHIPPED

    places = (SHIPPED, evals_folder(settings) / "suites", _HERE / "suites")
    return [each for each in dict.fromkeys(p.resolve() for p in places) if each.is_dir()]


def own_suites(settings: Settings) -> Path:
    """Where a new suite goes: beside those of the folder at hand, else into the data folder."""
    here = _HERE / "suites"
    return here if here.is_dir() else evals_folder(settings) / "suites"


def shared_folder() -> Path | None:
    """The folder that `$VERSE_SHARED` stands for in a suite; None where there is none."""
    named = os.environ.get("VERSE_SHARED")
    place = Path(named) if named else SHARED
    return place if place.is_dir() else None


def suites_named(names: Sequence[str], settings: Settings) -> list[SuiteFile]:
    """The suites of those names, each once."""
    from evals.suite import find_suite

    folders, shared = suite_folders(settings), shared_folder()
    return [find_suite(name, folders, shared) for name in dict.fromkeys(names)]


def check_output(*paths: Path | None) -> None:
    """Raises RunError for a file that could not be written: to be called before long work."""
    from evals.errors import RunError

    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise RunError(f"{path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise RunError(f"{path}: there is no folder {path.parent}; make it, or name another")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise RunError(f"{path} cannot be written here; name another file")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within it, a failure to write `path` (a full disk) becomes a RunError in one line."""
    from evals.errors import RunError

    try:
        yield
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or error}") from error


def write_file(path: Path, text: str) -> None:
    """Writes a text that was made for the user; raises RunError."""
    with writing(path):
        path.write_text(text, encoding="utf-8")


def parse_changes(given: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    """Settings by group of `GROUP.NAME=VALUE`; values as TOML has them, else plain text."""
    changes: dict[str, dict[str, Any]] = {}
    for each in given or ():
        name, equals, text = each.partition("=")
        group, dot, key = name.partition(".")
        if not (equals and dot and key):
            raise SettingsError(f"--set {each!r}: give GROUP.NAME=VALUE, as retrieval.top_k=12")
        changes.setdefault(group.strip(), {})[key.strip()] = _value(text.strip())
    return changes


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
