"""Writes the workbook: what to mark, with all that is needed to judge it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from evals.concerns import is_failure
from evals.marks import ANSWERS, NUGGET, SUPPORTED, marked_fields
from evals.outcomes import CitationRow, Outcome
from evals.report import flat_facts, metric_rows
from evals.reported import Ranked, Reported, worst_first
from evals.scores import Metric
from evals.suite import Case
from evals.views import clip, place_of
from rag.render import without_controls

SUMMARY, FLAGGED, ALL, _LISTS = "Summary", "Flagged", "All", "Lists"
_CELL = 4_000  # characters; Excel holds 32,767, but a row should fit on a screen
RUN, REVIEWER = "run", "your name"
_COLUMNS = {  # name: width in characters
    "case": 22, "system": 12, "question": 38, "please judge": 24, "what": 52, "evidence": 60,
    "mark": 10, "note": 26, "reviewer": 14, "gold": 46, "concerns": 30, "scores": 30, "kind": 16,
    "field": 18,
}  # fmt: skip
_MARKABLE = ("mark", "note", "reviewer")
_ASKED = {
    ANSWERS: "Does the answer answer the question?",
    SUPPORTED: "Do the quotes carry this statement?",
    NUGGET: "Does the answer hold this fact?",
}
_HOW = (
    "Mark on the sheet Flagged, or on All: choose in the column mark. A note may stand alone.",
    "yes, partly or no for answers; yes or no for statements and facts.",
    "Rows may be sorted or deleted, columns added; leave case, system and field as they are.",
    "Then: verse eval import-marks FILE",
)
_UNFIT = re.compile("[\x0b\x0c\ufffe\uffff]")  # in XML, beside the controls
_RISKY = ("=", "+", "-", "@", "\t", "\r", "'")
_WRAP = Alignment(wrap_text=True, vertical="top")
_HEAD = PatternFill("solid", fgColor="1D4F7C")
_OPEN = PatternFill("solid", fgColor="FFF6D6")  # cells to be filled in

Rows = Iterable[Mapping[str, str]]


def write_workbook(path: Path, reported: Reported) -> None:
    """Writes the sheets Summary, Flagged (outcomes with a fault, worst first) and All."""
    book = Workbook(write_only=True)
    ranked = worst_first(reported)
    _write_summary(book.create_sheet(SUMMARY), reported)
    outcomes = [(each, system) for each in ranked for system in each.outcomes]
    flagged = [
        (each, system) for each, system in outcomes if is_failure(each.concerns.get(system, ()))
    ]
    for title, chosen in ((FLAGGED, flagged), (ALL, outcomes)):
        rows = (row for each, system in chosen for row in _rows(reported, each, system))
        _write_rows(book.create_sheet(title), rows)
    lists = book.create_sheet(_LISTS)
    lists.sheet_state = "hidden"
    for value in ("yes", "no", "partly"):  # the first two are for statements and facts
        lists.append([value])
    book.save(path)


def _write_summary(sheet: Any, reported: Reported) -> None:
    sheet.column_dimensions["A"].width = 34
    for at in range(2, 4 + 2 * len(reported.systems)):
        sheet.column_dimensions[get_column_letter(at)].width = 24
    labels = {RUN: reported.name, "suite": reported.title, "mode": reported.mode, REVIEWER: ""}
    for label, value in labels.items():
        filled = _OPEN if label == REVIEWER else None
        sheet.append([_cell(sheet, label, bold=True), _cell(sheet, value, fill=filled)])
    sheet.append([])
    for line in _HOW:
        sheet.append([_cell(sheet, line, wrap=False)])
    sheet.append([])
    head = ["metric"]
    for system in reported.systems:
        head += [system, f"{system}, 95 % interval"]
    head += ["n", "agreement with marks"]
    sheet.append([_cell(sheet, each, head=True) for each in head])
    for row in metric_rows(reported):
        cells = [text for each in row.cells for text in (each.value, each.interval)]
        agreement = _cell(sheet, row.agreement)
        sheet.append([*(_cell(sheet, each) for each in (row.name, *cells)), row.n, agreement])
    sheet.append([])
    for label, value in flat_facts(reported.facts):
        sheet.append([_cell(sheet, label), _cell(sheet, value)])


def _write_rows(sheet: Any, rows: Rows) -> None:
    sheet.freeze_panes = "B2"
    for at, width in enumerate(_COLUMNS.values(), start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.append([_cell(sheet, each, head=True) for each in _COLUMNS])
    count = 1
    for row in rows:
        sheet.append(
            [
                _cell(sheet, row.get(name, ""), fill=_OPEN if name in _MARKABLE else None)
                for name in _COLUMNS
            ]
        )
        count += 1
    letters = {name: get_column_letter(at) for at, name in enumerate(_COLUMNS, start=1)}
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_COLUMNS))}{count}"
    if count > 1:
        sheet.data_validations.append(_choice(letters, count))


def _choice(letters: Mapping[str, str], count: int) -> DataValidation:
    """The drop-down of the column mark; which marks it has follows the row's field, also when the
    rows are sorted."""
    values = f"{_LISTS}!$A$1:$A$3", f"{_LISTS}!$A$1:$A$2"
    choice = DataValidation(
        type="list",
        formula1=f'IF(${letters["field"]}2="{ANSWERS}",{",".join(values)})',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="Mark",
        error="Choose yes or no (for an answer also partly), or leave it empty.",
    )
    choice.add(f"{letters['mark']}2:{letters['mark']}{count}")
    return choice


def _cell(
    sheet: Any, text: str, fill: PatternFill | None = None, head: bool = False, **look: bool
) -> Any:
    """A cell of text that no program takes for a formula, an error or a number."""
    kept = _UNFIT.sub("", without_controls(text.replace("\r\n", "\n")))
    cell = WriteOnlyCell(sheet, clip(kept, _CELL) or None)
    if kept:
        cell.data_type = "s"
    if kept.startswith(_RISKY):
        cell.quotePrefix = True  # it stays text when somebody edits it
    if look.get("wrap", True):
        cell.alignment = _WRAP
    if head or look.get("bold"):
        cell.font = Font(bold=True, color="FFFFFF" if head else "1D2530")
    if head or fill:
        cell.fill = _HEAD if head else fill
    return cell


def _rows(reported: Reported, ranked: Ranked, system: str) -> Iterator[dict[str, str]]:
    """The rows of one outcome, one for each thing to mark."""
    case, outcome = ranked.case, ranked.outcomes[system]
    scores = reported.scores.get(system, {}).get(case.id, {})
    shown = [
        f"{each.name} {value:.3g}"
        for each in reported.metrics
        if isinstance(each, Metric) and (value := scores.get(each.name)) is not None
    ]
    for field in marked_fields(case, outcome):
        asked, what, evidence = _question(case, outcome, field)
        row = {
            "case": case.id,
            "system": system,
            "question": "\n".join((*case.history, ranked.question)),
            "please judge": asked,
            "what": what,
            "evidence": evidence,
            "kind": case.kind,
            "field": field,
        }
        if not field.startswith(NUGGET) and not (field.startswith(SUPPORTED) and case.question):
            row |= {
                "gold": _gold(case),
                "concerns": "\n".join(
                    f"{each.name}{f': {each.detail}' if each.detail else ''}"
                    for each in ranked.concerns.get(system, ())
                ),
                "scores": "\n".join(shown),
            }
        yield row


def _question(case: Case, outcome: Outcome, field: str) -> tuple[str, str, str]:
    """What a row asks, of what, and by which evidence."""
    if case.claim:
        return "Does the context carry this claim?", case.claim, case.context
    said = outcome.error or outcome.text
    if field.startswith(SUPPORTED):
        statement = outcome.statements[int(field.removeprefix(SUPPORTED)) - 1]
        cited = [each for each in outcome.citations if each.n in statement.citations]
        return _ASKED[SUPPORTED], statement.text, _quotes(cited)
    if field.startswith(NUGGET):
        nugget = case.nuggets[int(field.removeprefix(NUGGET)) - 1]
        return _ASKED[NUGGET], nugget.text, said
    if outcome.is_refusal:
        return "It refuses. Is that right?", said, _found(outcome)
    if not outcome.is_answer:
        return "Do these passages answer the question?", said or _found(outcome), ""
    return _ASKED[ANSWERS], said, _quotes(outcome.citations)


def _quotes(citations: Sequence[CitationRow]) -> str:
    return "\n".join(f"[{each.n}] {each.quote}\n({place_of(each)})" for each in citations)


def _found(outcome: Outcome) -> str:
    hits = (outcome.hits or ())[:3]
    return "\n".join(f"{at}. {clip(each.text)}\n({place_of(each)})" for at, each in
                     enumerate(hits, start=1))  # fmt: skip


def _gold(case: Case) -> str:
    answers = [f"one of: {' | '.join(case.answers)}"] if case.answers else []
    known = {True: [], False: ["The documents do not answer."], None: []}[case.answerable]
    quotes = [f"{each.document}: {' / '.join(each.quotes)}" for each in case.evidence]
    return "\n".join((*known, *answers, *quotes))
