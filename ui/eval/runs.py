"""`verse eval`: runs, comparisons, baselines and gates, sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import VerseError
from ui.eval.options import (
    Changes,
    Config,
    DataDir,
    Json,
    Seed,
    baseline_folders,
    check_output,
    evals_folder,
    parse_changes,
    runs_folder,
    shared_folder,
    suite_folders,
    suites_named,
    write_file,
)
from ui.terminal import (
    FAILED,
    GATE_BROKEN,
    INTERRUPTED,
    print_json,
    print_line,
    progress_shown,
    tell,
)

if TYPE_CHECKING:
    from evals.run import Run
    from evals.runner import Options
    from evals.suite import SuiteFile
    from rag.settings import Settings

Suites = Annotated[list[str] | None, typer.Argument(help="Names of suites, or their .toml files.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Cases of this kind, tag or id; repeatable.")
]
Limit = Annotated[int, typer.Option(min=0, help="So many cases at most; with --seed a sample.")]
Workers = Annotated[
    int,
    typer.Option(min=0, max=64, help="Processes that ask (0: as many as there are processors)."),
]
Baselines = Annotated[
    Path | None, typer.Option(help="Folder of baselines (default: the data folder's).")
]


def run(
    suites: Suites = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every suite whose documents are here.")
    ] = False,
    name: Annotated[str, typer.Option(help="Of the run (default: suite and time).")] = "",
    limit: Limit = 0,
    only: Only = None,
    seed: Seed = 0,
    workers: Workers = 0,
    systems: Annotated[
        list[str] | None, typer.Option("--system", help="Only this system; repeatable.")
    ] = None,
    changes: Changes = None,
    predictions: Annotated[
        Path | None,
        typer.Option("--from", help="Score these rows (of verse ask --json), ask nothing."),
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Run suites; a run that was cut off goes on where it stopped."""
    from evals.batch import batch
    from evals.runner import Options
    from rag.settings import load_settings

    settings = load_settings(data_dir, config)
    files = _chosen(suites, everything, settings)
    if len(files) > 1 and (name or predictions):
        raise typer.BadParameter("goes with a single suite", param_hint="--name, --from")
    options = Options(
        name=name,
        limit=limit,
        only=tuple(only or ()),
        seed=seed,
        workers=workers,
        systems=tuple(systems or ()),
        changes=parse_changes(changes),
        predictions=predictions,
    )
    with batch(evals_folder(settings), files, options) as own:
        _make_libraries(files, settings, own)
        failed = False
        for file in files:
            try:
                done = _run(file, settings, own)
            except VerseError as error:
                if len(files) == 1:
                    raise
                failed = True
                tell(f"verse: {error}")  # the other suites are run all the same
                continue
            if json:
                _print_rows(done)
            else:
                _print_summary(done, seed)
    raise typer.Exit(FAILED if failed else 0)


def list_all(
    suite: Annotated[str, typer.Argument(help="Only runs of this suite.")] = "",
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """List the runs, oldest first."""
    from evals.run import list_runs
    from rag.settings import load_settings

    for each in list_runs(runs_folder(load_settings(data_dir, config)), suite):
        state = "finished" if each.finished else "cut off"
        if json:
            print_json({"name": each.name, "suite": each.suite, "started": each.started,
                        "finished": each.finished, "systems": list(each.systems)})  # fmt: skip
        else:
            print_line(f"{each.name}\t{each.suite}\t{each.started}\t{state}")


def compare(
    base: Annotated[str, typer.Argument(help="A run, or RUN::SYSTEM.")],
    new: Annotated[str, typer.Argument(help="A run, or RUN::SYSTEM.")],
    metrics: Annotated[
        list[str] | None, typer.Option("--metric", help="Only this metric; repeatable.")
    ] = None,
    seed: Seed = 0,
    markdown: Annotated[
        Path | None, typer.Option(help="Write it for a pull request to this file too.")
    ] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Say what differs between two runs, whether it is real, and which questions flipped."""
    from evals.markdown import render_comparison_markdown
    from evals.run import find_run
    from evals.side_by_side import render_comparison
    from evals.sources import Side, compare_sides, made_differently
    from rag.settings import load_settings

    check_output(markdown)
    runs = runs_folder(load_settings(data_dir, config))
    (base_name, base_system), (new_name, new_system) = (_parts(each) for each in (base, new))
    sides = Side(find_run(runs, base_name), base_system), Side(find_run(runs, new_name), new_system)
    found, remark = compare_sides(*sides, tuple(metrics or ()), seed)
    print_line(render_comparison(found, remark))
    if made := made_differently(*sides):
        print_line(f"\nWhat differs between the runs: {made}")
    if markdown:
        write_file(markdown, render_comparison_markdown(found, remark))


def gate(
    suites: Suites = None,
    baseline: Annotated[str, typer.Option(help="Name of the baseline.")] = "main",
    runs: Annotated[
        list[str] | None,
        typer.Option("--run", help="Judge this run instead of a new one; repeatable."),
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    workers: Workers = 0,
    seed: Seed = 0,
    changes: Changes = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Run the suites of a baseline and refuse a change for the worse (exit code 4)."""
    from evals.baselines import read_baseline
    from evals.batch import batch
    from evals.errors import RunError
    from evals.gate import check_gate, verdict_lines, write_junit
    from evals.run import find_run
    from evals.runner import Options
    from evals.summary import scored
    from rag.settings import load_settings

    if junit:
        check_output(junit)
    settings = load_settings(data_dir, config)
    known = read_baseline(baseline, baseline_folders(settings))
    if runs:
        done = [find_run(runs_folder(settings), each) for each in runs]
    else:
        options = Options(workers=workers, seed=seed, changes=parse_changes(changes))
        files = suites_named(suites or tuple(known), settings)
        with batch(evals_folder(settings), files, options) as own:
            _make_libraries(files, settings, own)
            done = [_run(file, settings, own) for file in files]
    unknown = [each.manifest.suite for each in done if each.manifest.suite not in known]
    if unknown:
        raise RunError(
            f"baseline {baseline} has no suite {', '.join(unknown)}; it has {', '.join(known)}"
        )
    verdicts = [
        check_gate(
            known[each.manifest.suite], scored(each), each.manifest.gates, each.metrics(), seed
        )
        for each in done
    ]
    if junit:
        write_junit(junit, verdicts)
    for line in verdict_lines(verdicts):
        print_line(line)
    for each in verdicts:
        if each.is_passed:
            print_line(f"{each.suite}: passed, {len(each.checks)} checks against {baseline}")
    raise typer.Exit(0 if all(each.is_passed for each in verdicts) else GATE_BROKEN)


def set_baseline(
    name: Annotated[str, typer.Argument(help="Of the baseline.")],
    runs: Annotated[list[str], typer.Argument(help="Runs, one of each suite.")],
    baselines: Baselines = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Store what runs scored, to hold later runs against."""
    from evals.baselines import set_baseline as write_baseline
    from evals.errors import RunError
    from evals.run import find_run
    from evals.summary import scored
    from rag.settings import load_settings

    settings = load_settings(data_dir, config)
    folder = baselines or evals_folder(settings) / "baselines"
    for each in runs:
        found = find_run(runs_folder(settings), each)
        if why := found.manifest.why_not_plain:
            raise RunError(
                f"run {found.manifest.name} is no baseline: it {why}; run the whole suite as it is"
            )
        about = {"version": found.manifest.code.get("version", ""), "mode": found.manifest.mode}
        print_line(str(write_baseline(name, scored(found), found.metrics(), folder, about)))


def list_baselines(data_dir: DataDir = None, config: Config = None) -> None:
    """List the baselines, with their suites."""
    from evals.baselines import list_baselines as found
    from rag.settings import load_settings

    for name, suites in found(baseline_folders(load_settings(data_dir, config))).items():
        print_line(f"{name}\t{', '.join(suites)}")


def sweep(
    file: Annotated[Path, typer.Argument(help="A sweep in TOML (docs/evaluation.md).")],
    output: Annotated[
        Path | None, typer.Option(help="HTML file with the quality-latency front.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes (default: the sweep's own).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the sample (default: the sweep's own).")
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Try a grid of settings, the worse part dropped at each round, and name the best."""
    from evals.front import render_front, render_sweep
    from evals.sweep import read_sweep, run_sweep
    from rag.settings import load_settings

    settings = load_settings(data_dir, config)
    given = {"workers": workers, "seed": seed}
    changes = {name: value for name, value in given.items() if value is not None}
    check_output(output)
    asked = read_sweep(file).model_copy(update=changes)
    (suite,) = suites_named([asked.suite], settings)
    try:
        with progress_shown("Sweeping") as advance:
            found = run_sweep(asked, suite, settings, evals_folder(settings), advance)
    except KeyboardInterrupt:
        raise _stopped() from None
    if output:
        write_file(output, render_front(found))
    if json:
        for row in found.rows():
            print_json(row)
    else:
        print_line(render_sweep(found))


def _chosen(suites: list[str] | None, everything: bool, settings: Settings) -> list[SuiteFile]:
    from evals.suite import find_suites

    if bool(suites) == everything:
        raise typer.BadParameter("name suites, or give --all", param_hint="SUITE")
    if suites:
        return suites_named(suites, settings)
    known = find_suites(
        suite_folders(settings), shared_folder(), lambda broken: tell(f"verse: {broken}")
    ).values()
    return [each for each in known if each.is_available]


def _make_libraries(files: Sequence[SuiteFile], settings: Settings, options: Options) -> None:
    from evals.batch import make_libraries

    folder = evals_folder(settings) / "libraries"
    try:
        with progress_shown("Libraries") as advance:
            make_libraries(files, settings, options, folder, advance)
    except KeyboardInterrupt:
        raise _stopped() from None


def _run(file: SuiteFile, settings: Settings, options: Options) -> Run:
    from evals.runner import run_suite

    try:
        with progress_shown(file.suite.name) as advance:
            done = run_suite(file, settings, options, evals_folder(settings), advance)
    except KeyboardInterrupt:
        raise _stopped() from None
    tell(f"Run {done.manifest.name} is kept in {done.folder}")
    return done


def _stopped() -> typer.Exit:
    tell("verse: stopped; what was asked is kept, the same command goes on from there")
    return typer.Exit(INTERRUPTED)


def _print_rows(done: Run) -> None:
    from evals.run import case_row

    for system in done.manifest.systems:
        scores = done.scores(system)
        for case, outcome in done.pairs(system):
            print_json(case_row(case, outcome, scores[case.id]))


def _print_summary(done: Run, seed: int) -> None:
    from evals.summary import render_summary, summarise

    print_line(render_summary(summarise(done, seed=seed)))


def _parts(name: str) -> tuple[str, str]:
    run_name, _, system = name.partition("::")
    return run_name, system
