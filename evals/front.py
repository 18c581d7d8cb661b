"""A sweep shown: a table for the terminal, and a page with the front of quality and latency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evals.compare import Difference
from evals.drawing import Chart, Frame, draw, series_colour
from evals.layout import render_page
from evals.reported import p_text, show
from evals.scores import Metric
from evals.swept import Swept, Tried, changes_text
from rag.render import without_controls

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FRONT, _PRESENT, _DROPPED = 0, 1, 5  # the page's colours
_HEAD = ("", "", "95 % interval", "", "n", "round", "front", "change", "p", "configuration")
_CONFIRM = (
    "A sweep takes the best of many by the cases that it is judged by: confirm a winner on another "
    "suite before it is kept."
)


def render_sweep(swept: Swept) -> str:
    """The sweep as lines of text: what it says, and a row a configuration, the best first.

    n is the number of cases to which the metric applies; "change" and p are against the present
    settings, p corrected for the whole grid.
    """
    head = list(_HEAD)
    head[1], head[3] = swept.measures.quality.name, f"median {swept.measures.latency.name}"
    rows = [head, *(_cells(swept, at, each) for at, each in enumerate(swept.tried, start=1))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join((*(c.rjust(w) for c, w in zip(row[:-1], widths, strict=False)), row[-1])).rstrip()
        for row in rows
    ]
    blocks = (_line(f"{swept.name}: {swept.title}"), "\n".join(lines), "\n".join(findings(swept)))
    return "\n\n".join(blocks)


def render_front(swept: Swept) -> str:
    """The sweep as one HTML page that needs nothing else: the front as a drawing, and the table."""
    values = {
        "swept": swept,
        "chart": front_chart(swept),
        "head": swept.measures,
        "findings": list(findings(swept)),
        "rows": [
            (_changes(each), _cells(swept, at, each), _verdict(each))
            for at, each in enumerate(swept.tried, start=1)
        ],
    }
    return render_page("sweep.html", values)


def findings(swept: Swept) -> Iterator[str]:
    """What the sweep says, as sentences."""
    grid, best = len(swept.tried) - 1, swept.winner
    rounds = ", ".join(map(str, swept.rounds))
    yield (
        f"Configurations beside the present settings: {grid}, in rounds of up to {rounds} cases, "
        f"{len(swept.finalists) - 1} in the last. What was dropped earlier was asked fewer cases, "
        f"so its values are not to be held against those of the finalists."
    )
    if best.is_present:
        yield "No configuration of the grid did better than the present settings."
        return
    value = show(best.quality, _unit(swept))
    yield f"Best by {swept.measures.quality.name}: {changes_text(best.changes)}, {value}."
    if best.against is None:
        yield "The present settings have no value to hold it against."
    else:
        yield _compared(best.against, grid)
    yield _CONFIRM


def front_chart(swept: Swept) -> Chart:
    """Every configuration by what it costs and how good it is, the front as a line."""
    name, title = "front", "Quality and latency"
    numbered = {
        at: each
        for at, each in enumerate(swept.tried, start=1)
        if each.quality is not None and each.latency is not None
    }
    if not any(each.is_on_front for each in numbered.values()):
        return Chart(name, title, missing="no finalist has both a quality and a latency")

    def plot(axes: Axes) -> None:
        last, tried = len(swept.rounds), list(numbered.values())
        finalists = [each for each in tried if each.round == last]
        front = sorted((e for e in finalists if e.is_on_front), key=lambda e: e.latency or 0.0)
        xs, ys = _places(front)
        colour, slowest = series_colour(_FRONT), max(_places(finalists)[0])
        axes.plot([*xs, slowest], [*ys, ys[-1]], color=colour, lw=1.4, drawstyle="steps-post")
        for each in finalists:
            if each.latency is not None and each.interval:
                axes.plot([each.latency] * 2, each.interval, color=colour, alpha=0.35)
        _mark(axes, [each for each in tried if each.round < last], _DROPPED)
        _mark(axes, [each for each in finalists if not each.is_present], _FRONT)
        _mark(axes, [each for each in finalists if each.is_present], _PRESENT)
        for at, each in numbered.items():
            if each.is_on_front or each.is_present:
                spot = (each.latency or 0.0, each.quality or 0.0)
                axes.annotate(str(at), spot, xytext=(6, 5), textcoords="offset points")

    frame = Frame(name, f"median {swept.measures.latency.name}", swept.measures.quality.name)
    return Chart(
        name=name,
        title=title,
        description=_described(swept, numbered),
        svg=draw(frame, plot),
    )


def _described(swept: Swept, numbered: dict[int, Tried]) -> str:
    unit = swept.measures.latency.unit
    points = "; ".join(
        f"{at}: {show(each.quality, _unit(swept))} at {show(each.latency, unit)}"
        for at, each in numbered.items()
        if each.is_on_front
    )
    return (
        f"On the front, by their numbers in the table: {points}. Every other finalist is both no "
        f"better and no faster than one of these."
    )


def _mark(axes: Axes, tried: Sequence[Tried], series: int) -> None:
    colour = series_colour(series)
    axes.plot(
        *_places(tried),
        linestyle="",
        color=colour,
        marker="D" if series == _PRESENT else "o",
        markerfacecolor="none" if series == _DROPPED else colour,
        markersize=7 if series == _PRESENT else 5.5,
    )


def _places(tried: Sequence[Tried]) -> tuple[list[float], list[float]]:
    return [each.latency or 0.0 for each in tried], [each.quality or 0.0 for each in tried]


def _cells(swept: Swept, at: int, each: Tried) -> tuple[str, ...]:
    unit, against = _unit(swept), each.against
    return (
        str(at),
        show(each.quality, unit),
        f"{show(each.interval[0], unit)} to {show(each.interval[1], unit)}"
        if each.interval
        else "–",
        show(each.latency, swept.measures.latency.unit),
        str(each.n),
        f"{each.round} of {len(swept.rounds)}",
        "yes" if each.is_on_front else "",
        _signed(against.difference) if against else "–",
        p_text(against.p_adjusted) if against else "–",
        _line(changes_text(each.changes)),
    )


def _changes(each: Tried) -> list[str]:
    return [changes_text({name: value}) for name, value in each.changes.items()]


def _compared(against: Difference, grid: int) -> str:
    between = (
        f", 95 % interval {_signed(against.low)} to {_signed(against.high)}"
        if against.low is not None and against.high is not None
        else ""
    )
    figures = (
        f"({_signed(against.difference)}{between}; p {p_text(against.p_adjusted)}, corrected for "
        f"{grid} comparisons)"
    )
    if against.verdict != "no detectable difference":
        return f"It is {against.verdict} than the present settings {figures}."
    seen = (
        f" With these cases even a single test mostly misses differences below "
        f"{against.detectable:.3f}."
        if against.detectable is not None
        else ""
    )
    return f"There is no detectable difference from the present settings {figures}.{seen}"


def _verdict(each: Tried) -> str:
    if each.is_present:
        return "present settings"
    return each.against.verdict if each.against else "dropped early"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value + 0.0:+.3f}"


def _unit(swept: Swept) -> str:
    metric = swept.measures.quality
    return metric.unit if isinstance(metric, Metric) else ""


def _line(words: str) -> str:
    return " ".join(without_controls(words).split())
