"""Plots as inline SVG in the colours of the page that shows them.

Colours are named, not set: matplotlib draws in stand-in colours, which become CSS variables
(`--series-0` to `--series-5`, `--line`, `--quiet`): one drawing serves light, dark and print.
A drawing is made of its data alone: the same data gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

from rag.render import without_controls

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SERIES = 6  # colours; a further series begins again, with another dash
_STAND_INS = {"#010203": "currentColor", "#010204": "var(--line)", "#010205": "var(--quiet)"}
INK, LINE, QUIET = _STAND_INS
_SIZE_IN = (5.2, 3.1)  # on a phone its text is about 10 px high
_DASHES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 1.5), (6, 2, 1.5, 2), (3, 1), (8, 3))
_MARKERS = "osD^vP"
_TICKS = 7  # names below a plot
_NOTHING = Markup("")
_UNFIT = str.maketrans("", "", "\ufffe\uffff")  # in XML, beside the controls

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: the colour is the CSS variable `--series-N`."""

    label: str
    number: int  # of the series, from 0

    @property
    def colour(self) -> int:
        """Which of the page's colours for series it has."""
        return self.number % SERIES

    @property
    def dashes(self) -> str:
        """The line's dashes as SVG writes them; empty for a full line."""
        return " ".join(f"{each:g}" for each in _DASHES[self.number % len(_DASHES)])


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its words and numbers; `svg` is empty where `missing` says why."""

    name: str  # unique in a page
    title: str
    description: str = ""  # what is seen, in words
    svg: Markup = _NOTHING
    legend: tuple[Key, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    missing: str = ""

    @property
    def picture(self) -> Markup:
        """The drawing with its title and its description inside, for those who cannot see it."""
        opening, _, rest = self.svg.partition(">")
        words = '><title id="{0}-title">{1}</title><desc id="{0}-words">{2}</desc>'
        return opening + Markup(words).format(self.name, self.title, self.description) + rest


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a plot; a limit that is None follows the data."""

    name: str
    x_label: str
    y_label: str
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    x_ticks: tuple[str, ...] = ()  # names of 0, 1, 2, ...; as many are shown as have room


def draw_lines(frame: Frame, lines: Mapping[str, Sequence[Point]], marks: bool = True) -> Markup:
    """One line a series, by label, as SVG for a page that sets the colours."""

    def plot(axes: Axes) -> None:
        for number, points in enumerate(lines.values()):
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                color=series_colour(number),
                linewidth=1.8,
                dashes=_DASHES[number % len(_DASHES)] or (1, 0),
                marker=_MARKERS[number % len(_MARKERS)] if marks else "",
                markersize=4.5,
                clip_on=False,
            )

    return draw(frame, plot)


def series_colour(number: int) -> str:
    """The stand-in for the page's colour of the series of that number, from 0."""
    return f"#0102{number % SERIES + 0x10:02x}"


def label_text(words: str) -> str:
    """Foreign words as a label in a drawing: one line, without what XML cannot hold."""
    return " ".join(without_controls(words).translate(_UNFIT).split())


def draw(frame: Frame, plot: Callable[[Axes], None]) -> Markup:
    """What `plot` draws in its frame, as SVG for a page that sets the colours."""
    import matplotlib
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "svg.hashsalt": frame.name,  # ids are the same in every run, and differ between charts
        "svg.fonttype": "none",
        "text.parse_math": False,  # a "$" in a label is a dollar
        "font.size": 11,
        **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
        **dict.fromkeys(("axes.edgecolor", "grid.color"), LINE),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "xtick.minor.size": 0,
        "xtick.major.pad": 8,  # two zeros at the origin keep apart
        "xtick.minor.pad": 8,
        "ytick.major.pad": 5,
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=_SIZE_IN, layout="constrained")
        axes = figure.subplots()
        plot(axes)
        axes.set(xlabel=label_text(frame.x_label), ylabel=label_text(frame.y_label))
        if frame.x_ticks:
            at = range(len(frame.x_ticks))[:: -(-len(frame.x_ticks) // _TICKS)]
            axes.set_xticks(at, [label_text(frame.x_ticks[each]) for each in at])
        if frame.x_limits:
            axes.set_xlim(*frame.x_limits)
        if frame.y_limits:
            axes.set_ylim(*frame.y_limits)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    return _inline(drawn.getvalue(), frame.name)


def _inline(drawn: bytes, name: str) -> Markup:
    """matplotlib's SVG as part of a page: no foreign style, no ids but those in use."""
    root = ElementTree.fromstring(drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            if _local(child.tag) in ("metadata", "style"):
                parent.remove(child)
    for each in root.iter():
        each.tag = _local(each.tag)
        each.attrib = {_local(key): value for key, value in each.attrib.items()}
    used = {value for each in root.iter() for value in _references(each)}
    for each in root.iter():
        if each.get("id") not in used:
            each.attrib.pop("id", None)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {
        "role": "img",
        "aria-labelledby": f"{name}-title",
        "aria-describedby": f"{name}-words",
    }
    text = ElementTree.tostring(root, encoding="unicode")
    for number in range(SERIES):
        text = text.replace(series_colour(number), f"var(--series-{number})")
    for stand_in, colour in _STAND_INS.items():
        text = text.replace(stand_in, colour)
    return Markup(text)


def _references(each: ElementTree.Element) -> list[str]:
    clip = each.get("clip-path", "").removeprefix("url(#").removesuffix(")")
    return [clip, each.get("href", "").removeprefix("#")]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
