"""A report as lines for a reader: one block for each finding, then a line of counts."""

from __future__ import annotations

from rag.render import place_text
from rag.verify.records import Checked, Standing, VerifyReport
from rag.verify.verdicts import title_of

_MOST = 240  # characters of words that are shown


def report_lines(report: VerifyReport, *, is_whole: bool = False) -> list[str]:
    """The blocks of what asks for somebody's work, or of all, and the counts."""
    shown = [each for each in report.checked if is_whole or not each.is_sound]
    blocks = [line for each in shown for line in (*_block(each), "")]
    return [*blocks, summary(report)]


def summary(report: VerifyReport) -> str:
    """The counts of a report in a line."""
    counts = [f"{count} {verdict}" for verdict, count in report.counts.items() if count]
    return f"{report.name}: {', '.join(counts) or 'no quotation and no figure found'}"


def _block(checked: Checked) -> list[str]:
    place = checked.place
    note = f", note {place.note}" if place.note else ""
    lines = [
        f"{checked.verdict}: paragraph {place.paragraph}{note}, “{place.first_words}”",
        f"  {checked.kind}: {_short(checked.text)}",
        *(f"  {each}" for each in checked.how),
    ]
    if checked.standing:
        lines += _standing(checked.standing)
    return lines


def _standing(standing: Standing) -> list[str]:
    place = place_text(standing.paragraph, standing.page, standing.page_label)
    where = ", ".join(filter(None, (title_of(standing), place)))
    return [
        f"  document: {_short(standing.text)}",
        f"  in: {where} ({standing.document_id}, {standing.start}-{standing.end})",
    ]


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _MOST else f"{plain[:_MOST].rsplit(' ', 1)[0]} …"
