"""A run, and a comparison of two, as short Markdown for a pull request.

What cases, documents and models say is visible text here and nothing else: no markup, no HTML, no
link, no mention. GitHub looks for mentions, references and addresses after Markdown is read, so
that a backslash does not stop them; a zero-width space within them does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evals.compare import Comparison, Difference, Flip
from evals.concerns import is_failure
from evals.report import metric_rows
from evals.reported import Ranked, Reported, p_text, worst_first
from evals.side_by_side import outcome_text
from evals.views import clip
from rag.render import without_controls

WORST = 10  # cases
FLIPS = 20
_SHORT, _LONG = 160, 400  # characters of a question, and of an outcome
_BREAK = "\u200b"
_ESCAPES = str.maketrans(
    {each: f"&#{ord(each)};" for each in "<>&$[]\\|"} | {each: f"\\{each}" for each in "*_`~#!{}"}
)
_NO_CODE = str.maketrans("`|\\", "   ")
# "@name", "#12", "GH-12", "://", "www.", ":sign:": what GitHub makes a link or a picture of.
_LINKED = re.compile(r"@|#(?=\d)|\bGH-(?=\d)|:(?=//|[\w+-]+:)|\bwww(?=\.)", re.IGNORECASE)


def render_markdown(reported: Reported) -> str:
    """Metrics with their intervals, and the ten worst cases."""
    ranked = worst_first(reported)
    main = reported.main
    faulty = [each for each in ranked if is_failure(each.concerns.get(main, ()))]
    several = f" by {visible(main)}" if len(reported.systems) > 1 else ""
    blocks = [
        f"## {visible(reported.title or reported.name)}",
        f"Run {visible(reported.name)}: {len(ranked) - len(faulty)} of {len(ranked)} cases are "
        f"without a fault{several}.",
        _metrics_table(reported),
    ]
    if faulty:
        blocks += ["### Worst cases", _worst_table(faulty[:WORST], main)]
        if len(faulty) > WORST:
            blocks.append(f"{len(faulty) - WORST} more have a fault; the HTML report has them all.")
    return "\n\n".join(blocks) + "\n"


def render_comparison_markdown(comparison: Comparison, remark: str = "") -> str:
    """The differences with their intervals, and the questions that flipped, worse ones first.

    `remark` is told first: what makes the runs unlike (`evals.sources`).
    """
    head = f"## {visible(comparison.suite)}: {visible(comparison.base)} → {visible(comparison.new)}"
    changed = [each for each in comparison.differences if each.is_significant and each.difference]
    blocks = [head, f"**Note**: {visible(remark, 2 * _LONG)}"] if remark else [head]
    blocks += [_verdict(comparison, changed), _differences_table(comparison.differences)]
    blocks += [_left_out(comparison)] if _left_out(comparison) else []
    if comparison.flips:
        worse = sum(not each.is_better for each in comparison.flips)
        blocks.append(
            f"### Questions that flipped, by {_code(comparison.flip_metric)}\n\n"
            f"{worse} for the worse, {len(comparison.flips) - worse} for the better."
        )
        blocks.append(_flips_table(comparison.flips[:FLIPS]))
        if len(comparison.flips) > FLIPS:
            blocks.append(f"{len(comparison.flips) - FLIPS} more are left out.")
    return "\n\n".join(blocks) + "\n"


def visible(text: str, limit: int = _SHORT) -> str:
    """`text` on one line, cut at `limit` characters, in which nothing is markup or a link.

    It must not stand at the start of a line: there "1." would open a list.
    """
    line = clip(" ".join(without_controls(text).split()), limit)
    return _LINKED.sub(lambda found: found[0] + _BREAK, line).translate(_ESCAPES)


def _code(name: str) -> str:
    """The name of a metric, to be copied as it is; what would end the code span goes."""
    return f"`{' '.join(without_controls(name).translate(_NO_CODE).split())[:_SHORT]}`"


def _metrics_table(reported: Reported) -> str:
    systems = list(reported.systems)
    head = ["metric", *map(visible, systems), "n"]
    rows = [
        [
            _code(row.name),
            *(
                f"{each.value} ({each.interval})" if each.interval else each.value
                for each in row.cells
            ),
            str(row.n),
        ]
        for row in metric_rows(reported)
    ]
    told = "".join(
        f"\n- {_code(name)}: {visible(text, _LONG)}" for name, text in reported.agreement.items()
    )
    table = f"{_table(head, rows, numbers=len(head) - 1)}\n\nIn brackets: 95 % interval."
    return f"{table}\n{told}" if told else table


def _worst_table(ranked: Iterable[Ranked], main: str) -> str:
    rows = [
        [
            visible(each.case.id, 60),
            visible(each.question),
            visible("; ".join(concern.name for concern in each.concerns[main])),
        ]
        for each in ranked
    ]
    return _table(["case", "question", "concerns"], rows)


def _verdict(comparison: Comparison, changed: Sequence[Difference]) -> str:
    if not changed:
        return f"No detectable difference over {comparison.cases} cases."
    told = []
    for change in ("worse", "better"):
        names = [_code(each.metric) for each in changed if each.verdict == change]
        told += [f"**{change.capitalize()}**: {', '.join(names)}."] if names else []
    return f"Over {comparison.cases} cases. {' '.join(told)}"


def _differences_table(differences: Iterable[Difference]) -> str:
    head = ["metric", "base", "new", "difference", "95 % interval", "p", "n", "smallest seen", ""]
    rows = [
        [
            _code(each.metric),
            _number(each.base),
            _number(each.new),
            _number(each.difference, "+"),
            f"{_number(each.low, '+')} to {_number(each.high, '+')}",
            _p_cell(each),
            str(each.n),
            _number(each.detectable),
            each.verdict,
        ]
        for each in differences
    ]
    note = (
        "p is corrected for many metrics (Holm), except where it has a star. Smallest seen: the "
        "smallest difference that a single test detects 4 times in 5 with so many cases."
    )
    return f"{_table(head, rows, numbers=7)}\n\n{note}"


def _p_cell(each: Difference) -> str:
    p, star = (each.p, "*") if each.p_adjusted is None else (each.p_adjusted, "")
    return f"{p_text(p).translate(_ESCAPES)}{star}"


def _flips_table(flips: Iterable[Flip]) -> str:
    rows = [
        [
            "better" if each.is_better else "worse",
            f"{visible(each.case_id, 60)}: {visible(each.question)}",
            visible(outcome_text(each.base), _LONG),
            visible(outcome_text(each.new), _LONG),
        ]
        for each in flips
    ]
    return _table(["", "question", "before", "now"], rows)


def _left_out(comparison: Comparison) -> str:
    counts = {
        "only in the base": comparison.only_base,
        "only in the new run": comparison.only_new,
        "asked otherwise": comparison.reworded,
    }
    told = ", ".join(f"{len(ids)} {what}" for what, ids in counts.items() if ids)
    return f"Cases left out: {told}." if told else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """A table of cells that are visible text already; after the first, `numbers` columns are set
    to the right."""
    rule = ["---:" if 0 < at <= numbers else "---" for at in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _number(value: float | None, sign: str = "") -> str:
    if value is None:
        return "–"
    decimals = 3 if abs(value) < 10 else 1
    return f"{value + 0.0:{sign},.{decimals}f}"
