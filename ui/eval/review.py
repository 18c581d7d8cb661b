"""`verse eval`: reports, and workbooks for people who mark answers by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.eval.options import (
    Config,
    DataDir,
    RunName,
    Seed,
    check_output,
    runs_folder,
    write_file,
    writing,
)
from ui.terminal import tell


def report(
    run: RunName = "latest",
    output: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("report.html"),
    markdown: Annotated[
        Path | None, typer.Option(help="Write a summary for a pull request here too.")
    ] = None,
    seed: Seed = 0,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Write one self-contained page: tables, charts, every case with its evidence."""
    from evals.markdown import render_markdown
    from evals.report import render_report
    from evals.summary import reported_run
    from rag.settings import load_settings

    check_output(output, markdown)
    reported = reported_run(runs_folder(load_settings(data_dir, config)), run, seed)
    write_file(output, render_report(reported))
    if markdown:
        write_file(markdown, render_markdown(reported))
    tell(f"{output}: {reported.title}, run {reported.name}")


def workbook(
    run: RunName = "latest",
    output: Annotated[Path, typer.Option(help="The .xlsx file to write.")] = Path("marks.xlsx"),
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Write an Excel workbook in which a person marks answers."""
    from evals.errors import RunError
    from evals.summary import reported_run
    from evals.workbook import write_workbook
    from rag.settings import load_settings

    if output.exists():
        raise RunError(f"{output} is there already, perhaps with marks; name another --output")
    check_output(output)
    reported = reported_run(runs_folder(load_settings(data_dir, config)), run)
    with writing(output):
        write_workbook(output, reported)
    tell(f"{output}: mark the answers, then: verse eval import-marks {output}")


def import_marks(
    path: Annotated[Path, typer.Argument(help="A workbook with marks.")],
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Read a workbook's marks back into its run; they count before the encoder's and a judge's."""
    from evals.marking import keep_marks
    from rag.settings import load_settings

    for line in keep_marks(path, runs_folder(load_settings(data_dir, config))):
        tell(line)
