"""A comparison as plain text for the terminal: the differences, then what flipped, side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from evals.compare import Comparison, Difference, Flip
from evals.outcomes import CitationRow, HitRow, Outcome
from evals.reported import counted, p_text
from rag.render import page_text, without_controls

_HEAD = ("", "base", "new", "change", "95 % interval", "p", "n", "least", "")
_WIDTH = 80  # columns of a terminal
_SIDE = 37  # columns for each answer
_MAX_NAMED, _MAX_FLIPS = 10, 40
_ANSWER_CHARS, _QUESTION_CHARS, _QUOTE_CHARS = 280, 160, 80
_MAX_HITS = 3
_LEAST = (
    "n: cases that have the metric in both. least: the smallest detectable difference, which a "
    "single test, uncorrected, detects 4 times in 5 with so many cases"
)
_FEW = 6  # cases below which no difference can be detected, whatever its size
_TOO_FEW = f"n < {_FEW}: fewer than six cases, in which no difference could be detected."
_UNSURE = "*: the interval leaves out 0, but p is not below 0.05: not a finding."


def render_comparison(comparison: Comparison, remark: str = "") -> str:
    """The comparison as lines of text, without control characters; says so where nothing changed.

    `remark` is told first: what makes the runs unlike (`evals.sources`). p is adjusted for all
    metrics of the first table together; "least" is the smallest difference that a single test
    detects 4 times in 5 with so many cases. Lines fit 80 columns unless names are long.
    """
    gated = [each for each in comparison.differences if each.p_adjusted is not None]
    others = [each for each in comparison.differences if each.p_adjusted is None]
    base, new = _line(comparison.base), _line(comparison.new)
    blocks = [f"{_line(comparison.suite)}: {base} -> {new}, {counted(comparison.cases)}"]
    blocks += [_line(remark)] if remark else []
    blocks += [_table(gated)] if gated else []
    if not any(each.is_significant for each in gated):
        blocks.append("no detectable difference")
    blocks += ["Each for itself, without correction for many:\n" + _table(others)] if others else []
    blocks += _footnotes(comparison.differences)
    blocks += [_wrapped(said) for said in _left_out(comparison) if said]
    if comparison.flip_metric:
        blocks += _flips(comparison)
    return "\n\n".join(blocks) + "\n"


def outcome_text(outcome: Outcome) -> str:
    """An outcome in a few words: what was said and cited, else what was found, else the error."""
    if outcome.error:
        return f"error: {_short(outcome.error, _ANSWER_CHARS)}"
    said = outcome.text or " ".join(each.text for each in outcome.statements)
    parts = [f"({outcome.status.replace('_', ' ')})" if outcome.status != "answered" else ""]
    parts.append(_short(said, _ANSWER_CHARS))
    if outcome.claim_score is not None:
        parts.append(f"carried with probability {outcome.claim_score:.2f}")
    parts += [f"[{_place(each)}]" + ("" if said else _quoted(each)) for each in outcome.citations]
    if not outcome.is_answer:
        parts += [f"{at}. {_place(each)}" for at, each in enumerate(_top(outcome), start=1)]
    return " ".join(_line(each) for each in parts if each not in ("", "()"))


def _footnotes(differences: Sequence[Difference]) -> list[str]:
    """What the tables need to be read, in one block; none where there is nothing to explain."""
    notes = []
    if any(each.detectable is not None for each in differences):
        notes.append(
            _LEAST + ("; -: not known" if any(map(_is_unknown, differences)) else "") + "."
        )
    if any(_is_too_few(each) for each in differences):
        notes.append(_TOO_FEW)
    if any(_is_unsure(each) for each in differences):
        notes.append(_UNSURE)
    return ["\n".join(map(_wrapped, notes))] if notes else []


def _is_too_few(each: Difference) -> bool:
    return each.detectable is None and each.n < _FEW


def _is_unknown(each: Difference) -> bool:
    return each.detectable is None and each.n >= _FEW


def _is_unsure(each: Difference) -> bool:
    """Whether the interval alone would have it that something changed."""
    if each.low is None or each.high is None or each.is_significant:
        return False
    return each.low > 0 or each.high < 0


def _table(differences: Sequence[Difference]) -> str:
    rows = [_HEAD, *(_cells(each) for each in differences)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= _WIDTH else " "
    lines = []
    for first, *figures, last in rows:
        middle = (cell.rjust(width) for cell, width in zip(figures, widths[1:-1], strict=True))
        lines.append(gap.join((first.ljust(widths[0]), *middle, last)).rstrip())
    return "\n".join(lines)


def _cells(each: Difference) -> tuple[str, ...]:
    has_interval = each.low is not None and each.high is not None
    return (
        _line(each.metric),
        _figure(each.base),
        _figure(each.new),
        _figure(each.difference, "+"),
        f"[{_figure(each.low, '+')}, {_figure(each.high, '+')}]" if has_interval else "-",
        p_text(each.p if each.p_adjusted is None else each.p_adjusted),
        str(each.n),
        f"n < {_FEW}" if _is_too_few(each) else _figure(each.detectable),
        each.verdict if each.verdict in ("better", "worse") else "*" if _is_unsure(each) else "",
    )


def _figure(value: float | None, sign: str = "") -> str:
    if value is None:
        return "-"
    decimals = 3 if abs(value) < 10 else 1
    return f"{value + 0.0:{sign}.{decimals}f}"


def _left_out(comparison: Comparison) -> list[str]:
    return [
        _named(f"Left out, only in {_line(comparison.base)}", comparison.only_base),
        _named(f"Left out, only in {_line(comparison.new)}", comparison.only_new),
        _named("Left out, asked otherwise", comparison.reworded),
    ]


def _named(what: str, case_ids: Sequence[str]) -> str:
    if not case_ids:
        return ""
    more = f" and {len(case_ids) - _MAX_NAMED} more" if len(case_ids) > _MAX_NAMED else ""
    return f"{what}: {', '.join(map(_line, case_ids[:_MAX_NAMED]))}{more} ({len(case_ids)})"


def _flips(comparison: Comparison) -> list[str]:
    flips = comparison.flips
    better = sum(flip.is_better for flip in flips)
    metric = _line(comparison.flip_metric)
    blocks = [f"Flipped by {metric}: {len(flips) - better} worse, {better} better"]
    blocks += [_flip(each, comparison.base, comparison.new) for each in flips[:_MAX_FLIPS]]
    hidden = len(flips) - _MAX_FLIPS
    return [*blocks, f"and {hidden} more"] if hidden > 0 else blocks


def _flip(flip: Flip, base: str, new: str) -> str:
    mark = "better" if flip.is_better else "worse"
    scores = f"{flip.base_score:.3g} -> {flip.new_score:.3g}"
    question = _short(flip.question, _QUESTION_CHARS)
    sides = _beside((_line(base), outcome_text(flip.base)), (_line(new), outcome_text(flip.new)))
    asked = _wrapped(f"{mark}  {_line(flip.case_id)}  {question}  ({scores})")
    return "\n".join((asked, *sides))


def _beside(left: Iterable[str], right: Iterable[str]) -> list[str]:
    columns = [
        [
            line
            for text in side
            for line in textwrap.wrap(text, _SIDE, break_on_hyphens=False) or [""]
        ]
        for side in (left, right)
    ]
    return [
        f"  {before.ljust(_SIDE)} | {now}".rstrip()
        for before, now in zip_longest(*columns, fillvalue="")
    ]


def _wrapped(words: str) -> str:
    """A paragraph in lines of a terminal's width; short ones stay as they are."""
    if len(words) <= _WIDTH:
        return words
    return textwrap.fill(words, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _place(each: CitationRow | HitRow) -> str:
    return ", ".join(filter(None, (each.document_id, page_text(each.page, each.page_label))))


def _quoted(citation: CitationRow) -> str:
    return f' "{_short(citation.quote, _QUOTE_CHARS)}"'


def _top(outcome: Outcome) -> Sequence[HitRow]:
    return (outcome.hits or ())[:_MAX_HITS]


def _line(words: str) -> str:
    """Foreign words as one line that a terminal only shows."""
    return " ".join(without_controls(words).split())


def _short(words: str, max_chars: int) -> str:
    line = _line(words)
    return line if len(line) <= max_chars else line[: max_chars - 2].rstrip() + " …"
