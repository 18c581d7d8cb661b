"""What the Evaluation page does: suites and runs of a data folder, as `verse eval` keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.settings import Settings
from ui.eval.options import evals_folder, runs_folder, shared_folder, suite_folders
from ui.web.evaluation.trial import Order, Runner

if TYPE_CHECKING:
    from evals.compare import Comparison
    from evals.reported import Reported
    from evals.run import Manifest
    from evals.suite import SuiteFile


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs held against each other."""

    comparison: Comparison
    remark: str  # how they were judged differently, or nothing
    made: str  # what they were made by that differs, or nothing


class Bench:
    """The evaluation of one data folder. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """With the settings that a run starts from."""
        self._settings = settings
        self.runner = Runner()

    def suites(self) -> list[SuiteFile]:
        """The suites that can be run here, by name."""
        from evals.suite import find_suites

        found = find_suites(suite_folders(self._settings), shared_folder(), lambda broken: None)
        return sorted(
            (each for each in found.values() if each.is_available), key=lambda each: each.suite.name
        )

    def runs(self) -> list[Manifest]:
        """The runs that are kept, the newest first."""
        from evals.run import list_runs

        return list_runs(runs_folder(self._settings))[::-1]

    def start(self, name: str) -> None:
        """Begins a run of the suite of that name; raises VerseError."""
        from evals.suite import find_suite

        # Only a name: a path would be read as a suite wherever it leads.
        known = {each.suite.name for each in self.suites()}
        file = find_suite(
            name if name in known else "", suite_folders(self._settings), shared_folder()
        )
        order = Order(file.path, shared_folder(), self._settings, evals_folder(self._settings))
        self.runner.start(name, order)

    def reported(self, name: str) -> Reported:
        """The run of that name with those before it; raises RunError."""
        from evals.summary import reported_run

        return reported_run(runs_folder(self._settings), self._known(name))

    def report_html(self, name: str) -> str:
        """The report on the run of that name: a page of its own; raises RunError."""
        from evals.report import render_report

        return render_report(self.reported(name))

    def compare(self, base: str, new: str) -> Compared:
        """Two runs, each named RUN or RUN::SYSTEM; raises RunError."""
        from evals.run import find_run
        from evals.sources import Side, compare_sides, made_differently

        runs = runs_folder(self._settings)
        sides = []
        for each in (base, new):
            name, _, system = each.partition("::")
            sides.append(Side(find_run(runs, self._known(name)), system))
        before, now = sides
        comparison, remark = compare_sides(before, now)
        return Compared(comparison, remark, made_differently(before, now))

    def _known(self, name: str) -> str:
        """The name, if a run has it: nothing else is looked for; raises RunError."""
        from evals.errors import RunError

        if all(each.name != name for each in self.runs()):
            raise RunError(f"there is no run {name[:100]!r}; reload the page")
        return name
