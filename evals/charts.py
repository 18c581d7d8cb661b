"""The charts of a report: history, risk-coverage, reliability, recall by rank, time by stage.

Each goes with a text alternative, a legend and a small table of its data, and is left out with a
reason where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import nan
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from evals.drawing import (
    QUIET,
    Chart,
    Frame,
    Key,
    Point,
    draw,
    draw_lines,
    label_text,
    series_colour,
)
from evals.metrics import recall_by_rank, reliability, risk_coverage
from evals.reported import Reported, counted, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Chart", "Frame", "draw", "draw_charts", "series_colour"]

BINS = 10  # of a reliability diagram
DEPTH = 100  # ranks
_TAILED = 20  # times from which on 5 of 100 are one or more
_MARKED = 20  # points of a line up to which each has its marker
_NAME = 24  # characters of a name beside a plot
_TABLE_ROWS = 12  # of a curve

Spread = Mapping[tuple[str, str], tuple[float, ...]]  # percentiles by stage and system


def draw_charts(reported: Reported) -> list[Chart]:
    """All charts of a run, in the order of a report."""
    return [
        history_chart(reported),
        risk_coverage_chart(reported),
        reliability_chart(reported),
        recall_chart(reported),
        latency_chart(reported),
    ]


def history_chart(reported: Reported) -> Chart:
    """The primary metrics of the system under test over this and the earlier runs."""
    name, title = "history", "History"
    system = reported.main
    if not reported.history:
        return Chart(name, title, missing="no earlier run of the same cases is kept")
    now = {each.name: reported.value(system, each.name) for each in reported.metrics}
    runs = [*reported.history, (reported.name, "this run", now)]
    lines = {
        metric.name: [
            (at, value)
            for at, (_, _, values) in enumerate(runs)
            if (value := values.get(metric.name)) is not None
        ]
        for metric in reported.primary
    }
    lines = {label: points for label, points in lines.items() if points}
    if not lines:
        return Chart(name, title, missing="the earlier runs have none of this run's metrics")
    dates = tuple(date[5:10] for _, date, _ in reported.history)
    return Chart(
        name=name,
        title=title,
        description=f"{system} over {len(runs)} runs, this one last. {_moved(lines)}",
        svg=draw_lines(Frame(name, "run", "value", x_ticks=(*dates, "this")), lines),
        legend=_legend(lines),
        header=("run", "date", *lines),
        rows=tuple(
            (run, date[:10], *(show(values.get(each)) for each in lines))
            for run, date, values in runs
        ),
    )


def _moved(lines: Mapping[str, Sequence[Point]]) -> str:
    """Which line ends farthest from where it began, in words; the first of those as far."""
    moves = {label: (show(points[0][1]), show(points[-1][1])) for label, points in lines.items()}
    most = max(lines, key=lambda each: abs(lines[each][-1][1] - lines[each][0][1]))
    first, last = moves[most]
    if first == last:
        return "Between the first and the last nothing moved."
    return f"What moved most: {most}, from {first} to {last}."


def risk_coverage_chart(reported: Reported) -> Chart:
    """Share of wrong answers among those given, when only the surest are given."""
    name, title = "risk-coverage", "Risk and coverage"
    lines = _curves(reported, risk_coverage)
    if not lines:
        return Chart(name, title, missing="no answer of this run says how sure it is")
    ends = ", ".join(f"{each}: {points[-1][1]:.3f}" for each, points in lines.items())
    frame = Frame(name, "share of questions answered, surest first", "share wrong", (0, 1), (0, 1))
    return Chart(
        name=name,
        title=title,
        description=f"Lower is better. Share wrong when every question is answered, {ends}.",
        svg=draw_lines(frame, lines, marks=False),
        legend=_legend(lines),
        header=("system", "answered", "wrong"),
        rows=_rows(lines, "{:.2f}", "{:.3f}"),
    )


def reliability_chart(reported: Reported) -> Chart:
    """How often answers of a stated probability are right; on the diagonal, it is as stated."""
    name, title = "reliability", "Reliability"
    bins = {s: reliability(pairs, BINS) for s, pairs in reported.systems.items()}
    bins = {system: found for system, found in bins.items() if found}
    if not bins:
        return Chart(name, title, missing="no answer of this run states a probability")
    lines = {s: [(each.stated, each.right) for each in found] for s, found in bins.items()}

    def plot(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, dashes=(2, 3), zorder=0)
        for number, (system, points) in enumerate(lines.items()):
            sizes = [14 + 90 * each.n / sum(b.n for b in bins[system]) for each in bins[system]]
            xs, ys = [x for x, _ in points], [y for _, y in points]
            joined = [each.right if each.n > 1 else nan for each in bins[system]]
            axes.plot(xs, joined, color=series_colour(number), linewidth=1.2)
            axes.scatter(xs, ys, s=sizes, color=series_colour(number), clip_on=False, zorder=3)

    frame = Frame(name, "probability as stated", "share right", (0, 1), (0, 1))
    is_single = any(each.n == 1 for found in bins.values() for each in found)
    single = " A dot that stands for one question is not joined to others." if is_single else ""
    far = max(abs(x - y) for points in lines.values() for x, y in points)
    return Chart(
        name=name,
        title=title,
        description=f"On the diagonal a probability is as stated. Farthest from it: {far:.2f}. "
        f"A larger dot stands for more questions.{single}",
        svg=draw(frame, plot),
        legend=_legend(lines),
        header=("system", "stated", "right", "n"),
        rows=tuple(
            (system, f"{each.stated:.2f}", f"{each.right:.2f}", str(each.n))
            for system, found in bins.items()
            for each in found
        ),
    )


def recall_chart(reported: Reported) -> Chart:
    """Share of what is relevant that the first hits hold, by how many hits are read."""
    name, title = "recall-by-rank", "Recall by rank"
    found = (outcome.hits or () for pairs in reported.systems.values() for _, outcome in pairs)
    depth = min(DEPTH, max(map(len, found), default=0))
    lines = _curves(reported, lambda pairs: list(enumerate(recall_by_rank(pairs, depth), start=1)))
    if not lines:
        return Chart(name, title, missing="no case of this run says which passages are relevant")
    ends = "; ".join(
        f"{each}: {points[0][1]:.3f} at rank 1, {points[-1][1]:.3f} at rank {points[-1][0]:.0f}"
        for each, points in lines.items()
    )
    return Chart(
        name=name,
        title=title,
        description=f"Higher is better. {ends}.",
        svg=draw_lines(
            Frame(name, "hits read", "recall", None, (0, 1)), lines, marks=depth <= _MARKED
        ),
        legend=_legend(lines),
        header=("system", "hits", "recall"),
        rows=_rows(lines, "{:.0f}", "{:.3f}"),
    )


def latency_chart(reported: Reported) -> Chart:
    """How long each stage took: median, quartiles, and the range of 90 of 100 cases (of fewer than
    20, of all)."""
    name, title = "latency", "Time by stage"
    taken = _times(reported)
    if not taken:
        return Chart(name, title, missing="no times were taken")
    n = max(map(len, taken.values()))
    is_few = n < _TAILED
    spread = {key: _percentiles(times, is_few) for key, times in taken.items()}
    line = f"shortest to longest of {counted(n)}" if is_few else "5 to 95 of 100 cases"
    ends = ("shortest", "longest") if is_few else ("5 %", "95 %")
    systems = [each for each in reported.systems if any(each == s for _, s in spread)]
    slow = max(spread, key=lambda each: spread[each][2])
    return Chart(
        name=name,
        title=title,
        description=f"Stroke: median; bar: middle half; line: {line}. The longest is "
        f"{slow[0]} of {slow[1]}: median {spread[slow][2]:,.0f} ms, "
        f"{'longest' if is_few else '95th percentile'} {spread[slow][4]:,.0f} ms.",
        svg=draw(Frame(name, "milliseconds", ""), partial(_plot_times, spread, systems)),
        legend=_legend(systems),
        header=("stage", "system", ends[0], "25 %", "median", "75 %", ends[1]),
        rows=tuple(
            (stage, system, *(f"{each:,.0f}" for each in marks))
            for (stage, system), marks in spread.items()
        ),
    )


def _plot_times(spread: Spread, systems: Sequence[str], axes: Axes) -> None:
    """A line a stage and system, the stages below each other, on a scale of decades."""
    stages = list(dict.fromkeys(stage for stage, _ in spread))
    axes.set_xscale("log", subs=[2, 5])
    step = 0.7 / len(systems)
    for (stage, system), marks in spread.items():
        number = systems.index(system)
        y = stages.index(stage) + (number - (len(systems) - 1) / 2) * step
        colour = series_colour(number)
        axes.plot([marks[0], marks[4]], [y, y], color=colour, linewidth=1.4)
        axes.plot([marks[1], marks[3]], [y, y], color=colour, linewidth=6, alpha=0.45)
        axes.plot([marks[2]], [y], color=colour, marker="|", markersize=11, mew=2.2)
    axes.set_yticks(range(len(stages)), [stage[:_NAME] for stage in stages])
    axes.set_ylim(len(stages) - 0.4, -0.6)
    times = [each for marks in spread.values() for each in marks]
    few = max(times) < 300 * min(times)  # decades: room for names between them
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.xaxis.set_minor_formatter(lambda value, _: f"{value:,g}" if few else "")


def _times(reported: Reported) -> dict[tuple[str, str], list[float]]:
    """The times of all cases in milliseconds by stage and system, those of the whole last."""
    taken: dict[tuple[str, str], list[float]] = {}
    for system, pairs in reported.systems.items():
        for _, outcome in pairs:
            for stage, time_ms in outcome.timings_ms.items():
                taken.setdefault((label_text(stage), system), []).append(max(time_ms, 0.01))
    return dict(sorted(taken.items(), key=lambda each: each[0][0] == "total"))


def _percentiles(times: Sequence[float], is_few: bool) -> tuple[float, ...]:
    """The 5th, 25th, 50th, 75th and 95th percentile; of few times the first and last are the
    shortest and the longest."""
    cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else [*times] * 19
    low, high = (min(times), max(times)) if is_few else (cuts[0], cuts[18])
    return (low, cuts[4], median(times), cuts[14], high)


def _curves(
    reported: Reported, curve: Callable[[Any], Sequence[Point]]
) -> dict[str, Sequence[Point]]:
    found = {system: curve(pairs) for system, pairs in reported.systems.items()}
    return {system: points for system, points in found.items() if points}


def _rows(
    lines: Mapping[str, Sequence[Point]], x_format: str, y_format: str
) -> tuple[tuple[str, ...], ...]:
    """The points of each line, at most a table's worth, the last always among them."""
    rows = []
    for label, points in lines.items():
        step = -(-len(points) // _TABLE_ROWS)
        for x, y in reversed(points[::-1][::step]):
            rows.append((label, x_format.format(x), y_format.format(y)))
    return tuple(rows)


def _legend(labels: Sequence[str] | Mapping[str, Any]) -> tuple[Key, ...]:
    return tuple(Key(label, number) for number, label in enumerate(labels))
