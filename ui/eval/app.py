"""`verse eval`: which command is which function."""

from __future__ import annotations

import typer

from ui.eval import data, review, runs

app = typer.Typer(
    help="Measure the engine: run suites, compare runs, refuse a change for the worse.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
baseline = typer.Typer(help="What a gate holds new runs against.", no_args_is_help=True)

app.command("list")(data.list_suites)
app.command("metrics")(data.list_metrics)
app.command("check", epilog="Example: verse eval check my-suite.toml")(data.check)
app.command("new", epilog="Example: verse eval new my-suite")(data.new)
app.command("import", epilog="Example: verse eval import nfcorpus/ --output cases.jsonl")(
    data.import_set
)
app.command("draft", epilog="Example: verse eval draft --output evals/cases/from-use.jsonl")(
    data.draft
)
app.command("run", epilog="Example: verse eval run starter --json > rows.jsonl")(runs.run)
app.command("runs")(runs.list_all)
app.command("compare", epilog="Example: verse eval compare before after")(runs.compare)
app.command("gate", epilog="Example: verse eval gate --baseline main --junit gate.xml")(runs.gate)
app.command("sweep", epilog="Example: verse eval sweep evals/sweeps/retrieval.toml")(runs.sweep)
baseline.command("set", epilog="Example: verse eval baseline set main starter-20261124")(
    runs.set_baseline
)
baseline.command("list")(runs.list_baselines)
app.add_typer(baseline, name="baseline")
app.command("report", epilog="Example: verse eval report latest:starter --output report.html")(
    review.report
)
app.command("workbook", epilog="Example: verse eval workbook latest:starter --output marks.xlsx")(
    review.workbook
)
app.command("import-marks", epilog="Example: verse eval import-marks marks.xlsx")(
    review.import_marks
)
