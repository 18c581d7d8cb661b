"""`verse eval`: suites and cases as data: list, check, make, import, draft."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.eval.options import (
    Config,
    DataDir,
    Json,
    own_suites,
    shared_folder,
    suite_folders,
)
from ui.terminal import FAILED, print_json, print_line, progress_shown, tell


def list_suites(json: Json = False, data_dir: DataDir = None, config: Config = None) -> None:
    """List the suites that are known, and whether all that they need is there."""
    from evals.suite import find_suites
    from rag.settings import load_settings

    found = find_suites(
        suite_folders(load_settings(data_dir, config)),
        shared_folder(),
        lambda broken: tell(f"verse: {broken}"),
    )
    for name, file in found.items():
        suite = file.suite
        if json:
            about = {"mode": suite.mode, "title": suite.title, "is_available": file.is_available}
            print_json({"name": name, **about, "path": str(file.path)})
        else:
            lacking = "" if file.is_available else f"\t(not here: {_lacking(file.has_shared)})"
            print_line(f"{name}\t{suite.mode}\t{suite.title}{lacking}")


def _lacking(has_shared: bool) -> str:
    return "its cases or documents are missing" if has_shared else "needs VERSE_SHARED"


def list_metrics(json: Json = False) -> None:
    """List the metrics, each with its definition."""
    from evals.metrics import all_metrics

    for each in all_metrics():
        better = "higher" if each.higher_is_better else "lower"
        if json:
            print_json({"name": each.name, "better": better, "definition": each.definition})
        else:
            print_line(f"{each.name} ({better} is better)\n    {each.definition}")


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Names of suites, or .toml files; all that are known if none."),
    ] = None,
    gold: Annotated[
        bool, typer.Option("--gold", help="Look every gold quote up too (makes the libraries).")
    ] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Validate suites, cases and sweeps; every mistake is told, with its file, line and key."""
    from evals.checking import check_suites
    from rag.settings import load_settings

    settings = load_settings(data_dir, config)
    folders = suite_folders(settings)
    places = [*folders, *(each.parent / "sweeps" for each in folders)]
    chosen = [path for place in places for path in sorted(place.glob("*.toml"))]
    if paths:
        named = {path.stem: path for path in chosen}
        chosen = [named.get(each, Path(each)) for each in paths]
    with progress_shown("Checking") as advance:
        found = check_suites(chosen, shared_folder(), settings if gold else None, advance, folders)
    for each in found:
        (tell if each.is_mistake else print_line)(each.line)
    raise typer.Exit(FAILED if any(each.is_mistake for each in found) else 0)


def new(
    name: Annotated[str, typer.Argument(help="Of the suite: a-z, 0-9 and hyphens.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where to (default: evals/suites here, else the data).")
    ] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Write a suite to fill in, with its file of cases."""
    from evals.checking import write_skeleton
    from rag.settings import load_settings

    place = folder or own_suites(load_settings(data_dir, config))
    for path in write_skeleton(name, place):
        print_line(str(path))
    tell("Fill them in (docs/evaluation.md), then: verse eval check, verse eval run")


def import_set(
    source: Annotated[
        Path, typer.Argument(help="A CSV or JSONL file, or a folder in the BEIR layout.")
    ],
    output: Annotated[Path, typer.Option(help="The JSONL file of cases to write.")],
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", help="OUR_NAME=THEIR_COLUMN, as question=text; repeatable."),
    ] = None,
) -> None:
    """Turn somebody else's questions into our cases."""
    from evals.cases import import_cases, write_cases
    from evals.errors import SuiteError

    pairs = [each.partition("=") for each in fields or ()]
    for name, equals, column in pairs:
        if not (name and equals and column):
            raise typer.BadParameter("give OUR_NAME=THEIR_COLUMN", param_hint="--field")
    if output.exists():
        raise SuiteError(f"{output} is there already; name another --output")
    cases = import_cases(source, {name: column for name, _, column in pairs})
    write_cases(output, cases)
    gold = sum(bool(case.evidence or case.relevant or case.answers) for case in cases)
    tell(f"{output}: {len(cases)} cases, {gold} of them with gold.")


def draft(
    output: Annotated[Path, typer.Option(help="The JSONL file of cases to add to.")],
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Make draft cases of the feedback given in the chat; a person adds the gold."""
    from evals.drafts import write_drafts
    from rag.feedback import read_feedback
    from rag.settings import load_settings

    kept = read_feedback(load_settings(data_dir, config).data_dir)
    for line in kept.problems:
        tell(f"verse: {line}")
    added, known = write_drafts(output, kept.feedback)
    tell(
        f"{output}: {added} draft cases added, {known} were there. Add their gold, then take the "
        f"tag 'draft' away (docs/evaluation.md)."
    )
