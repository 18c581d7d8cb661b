"""What a run scored, and what differs between two; as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from ui.web.texts import Texts

if TYPE_CHECKING:
    from evals.charts import Chart
    from evals.compare import Comparison, Difference, Flip
    from evals.reported import Reported
    from ui.web.evaluation.bench import Compared

_MAX_FLIPS, _MAX_NAMED = 40, 10


def scores_html(reported: Reported, texts: Texts) -> str:
    """The metrics of a run with their intervals, and how they went over the runs before it."""
    from evals.charts import history_chart
    from evals.report import metric_rows

    systems = list(reported.systems)
    rows = (
        (
            (row.name, row.definition),
            [" ".join(filter(None, (c.value, f"[{c.interval}]" if c.interval else "", c.why)))
             for c in row.cells] + [f"{row.n:,}"],
        )
        for row in metric_rows(reported)
    )  # fmt: skip
    heads = (texts("evaluation.metric"), *systems, texts("evaluation.cases"))
    caption = texts("evaluation.scores_caption", run=reported.name)
    return (
        f'<h2 id="cv-eval-heading" tabindex="-1" dir="auto">{escape(reported.title)}</h2>'
        f"{_table_html(caption, heads, rows)}{_chart_html(history_chart(reported), texts)}"
    )


def comparison_html(compared: Compared, texts: Texts) -> str:
    """The verdict, every metric with its test, and the questions that flipped, side by side."""
    found = compared.comparison
    gated = [each for each in found.differences if each.p_adjusted is not None]
    others = [each for each in found.differences if each.p_adjusted is None]
    lines = [compared.remark, *_left_out(found, texts)]
    if compared.made:
        lines.append(texts("evaluation.made", made=compared.made))
    told = "".join(f'<li dir="auto">{escape(each)}</li>' for each in lines if each)
    title = texts("evaluation.compared", base=found.base, new=found.new)
    cases = texts.count("evaluation.in_common", found.cases)
    return (
        f'<h2 id="cv-eval-heading" tabindex="-1" dir="auto">{escape(title)}</h2>'
        f'<p class="cv-eval-verdict">{escape(_verdict(gated, texts))} {escape(cases)}</p>'
        f"{_differences_html(gated, texts('evaluation.tested_together'), texts)}"
        f"{_differences_html(others, texts('evaluation.tested_apart'), texts)}"
        f'<p class="cv-eval-told">{escape(texts("evaluation.least_means"))}</p>'
        f"<ul>{told}</ul>{_flips_html(found, texts)}"
    )


def _verdict(gated: Sequence[Difference], texts: Texts) -> str:
    """In one line, what surely changed."""
    better = ", ".join(each.metric for each in gated if each.verdict == "better")
    worse = ", ".join(each.metric for each in gated if each.verdict == "worse")
    lines = [
        texts("evaluation.surely_worse", metrics=worse) if worse else "",
        texts("evaluation.surely_better", metrics=better) if better else "",
    ]
    return " ".join(filter(None, lines)) or texts("evaluation.no_difference")


def _differences_html(differences: Sequence[Difference], caption: str, texts: Texts) -> str:
    from evals.reported import p_text

    if not differences:
        return ""
    names = ("metric", "base", "new", "change", "interval", "p", "cases", "least", "verdict")
    rows = (
        (
            (each.metric, ""),
            [
                _figure(each.base),
                _figure(each.new),
                _figure(each.difference, "+"),
                f"{_figure(each.low, '+')} … {_figure(each.high, '+')}",
                p_text(each.p if each.p_adjusted is None else each.p_adjusted),
                f"{each.n:,}",
                _figure(each.detectable),
                texts(f"evaluation.verdict_{each.verdict}")
                if each.verdict in ("better", "worse")
                else "–",
            ],
        )
        for each in differences
    )
    return _table_html(caption, [texts(f"evaluation.{name}") for name in names], rows)


def _flips_html(found: Comparison, texts: Texts) -> str:
    if not found.flip_metric:
        return ""
    better = sum(each.is_better for each in found.flips)
    counts = {"worse": len(found.flips) - better, "better": better}
    heading = texts("evaluation.flipped", metric=found.flip_metric, **counts)
    flips = "".join(_flip_html(each, found, texts) for each in found.flips[:_MAX_FLIPS])
    more = ""
    if len(found.flips) > _MAX_FLIPS:
        more = f"<p>{escape(texts('evaluation.more_flips', n=len(found.flips) - _MAX_FLIPS))}</p>"
    return f'<h3>{escape(heading)}</h3><ol class="cv-eval-flips">{flips}</ol>{more}'


def _flip_html(flip: Flip, found: Comparison, texts: Texts) -> str:
    from evals.side_by_side import outcome_text

    mark = "better" if flip.is_better else "worse"
    sides = "".join(
        f'<div><h5 dir="auto">{escape(name)} <span>{score:.3g}</span></h5>'
        f'<p dir="auto">{escape(outcome_text(outcome))}</p></div>'
        for name, score, outcome in (
            (found.base, flip.base_score, flip.base),
            (found.new, flip.new_score, flip.new),
        )
    )
    return (
        f'<li data-mark="{mark}"><h4 dir="auto">'
        f"<strong>{escape(texts(f'evaluation.verdict_{mark}'))}</strong> {escape(flip.question)} "
        f'<small>{escape(flip.case_id)}</small></h4><div class="cv-eval-sides">{sides}</div></li>'
    )


def _left_out(found: Comparison, texts: Texts) -> Iterator[str]:
    for name, case_ids in (
        ("only_base", found.only_base),
        ("only_new", found.only_new),
        ("reworded", found.reworded),
    ):
        if case_ids:
            named = ", ".join(case_ids[:_MAX_NAMED])
            yield texts(f"evaluation.{name}", n=len(case_ids), named=named)


def _chart_html(chart: Chart, texts: Texts) -> str:
    if chart.missing:
        return f'<p class="cv-eval-told">{escape(texts("evaluation.no_history"))}</p>'
    legend = "".join(
        f'<li><svg viewBox="0 0 26 10" width="26" height="10" aria-hidden="true"><line x1="0" '
        f'x2="26" y1="5" y2="5" stroke="var(--series-{key.colour})" stroke-width="3" '
        f'stroke-dasharray="{escape(key.dashes)}"/></svg> {escape(key.label)}</li>'
        for key in chart.legend
    )
    rows = (((row[0], ""), row[1:]) for row in chart.rows)
    numbers = _table_html(chart.title, chart.header, rows)
    return (
        f'<figure class="cv-eval-chart"><figcaption><h3>{escape(texts("evaluation.history"))}</h3>'
        f"<p>{escape(chart.description)}</p></figcaption>{chart.picture}<ul>{legend}</ul>"
        f"<details><summary>{escape(texts('evaluation.numbers'))}</summary>{numbers}</details>"
        "</figure>"
    )


Row = tuple[tuple[str, str], Sequence[str]]  # name and what it means, then the cells


def _table_html(caption: str, heads: Sequence[str], rows: Iterator[Row]) -> str:
    """A table in a region that can be scrolled by keys where it is too wide."""
    columns = "".join(f'<th scope="col" dir="auto">{escape(each)}</th>' for each in heads)
    body = "".join(
        f'<tr><th scope="row" title="{escape(meaning)}" dir="auto">{escape(name)}</th>'
        + "".join(f'<td dir="auto">{escape(cell)}</td>' for cell in cells)
        + "</tr>"
        for (name, meaning), cells in rows
    )
    return (
        f'<div class="cv-eval-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="cv-eval-figures"><caption dir="auto">{escape(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _figure(value: float | None, sign: str = "") -> str:
    if value is None:
        return "–"
    return f"{value + 0.0:{sign}.{3 if abs(value) < 10 else 1}f}"
