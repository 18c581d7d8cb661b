"""A brief as PDF, set by Typst: `brief.typ` beside this file, and the brief's words as data.

Typst brings its own fonts; what they lack (Arabic, Chinese) is set in fonts of the system, where
there are any. It is offline, and equal briefs give equal bytes on the same machine.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from rag.export.direction import is_right_to_left
from rag.export.plan import Block, Plan
from rag.export.references import Runs
from rag.export.works import shortened

_TEMPLATE = "brief.typ"
_MAX_WHOLE = 1500  # characters of a quotation that no page turn breaks: about a third of a page
_FIRST_DATE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def write_pdf(plan: Plan, made_on: str) -> bytes:
    """The bytes of the PDF; `made_on` is its date of creation, ISO 8601."""
    import typst

    written = typst.compile(
        Path(__file__).with_name(_TEMPLATE).read_bytes(),
        format="pdf",
        sys_inputs={"plan": json.dumps(_data(plan))},
        timestamp=_date(made_on),
    )
    if not isinstance(written, bytes):
        raise TypeError(f"Typst gave {type(written).__name__} for a PDF")
    return written


def _date(made_on: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(made_on).replace(tzinfo=datetime.UTC)
    except ValueError:
        return _FIRST_DATE


def _data(plan: Plan) -> dict[str, Any]:
    """The plan under the names that the template has for it."""
    words = plan.words
    return {
        "title": plan.title,
        "running": shortened(plan.title),
        "date": plan.date,
        "language": plan.language,
        "page": words.page.split("{}"),
        "body": [_block(block) for block in plan.body],
        "footnotes": [_runs(each.runs) for each in plan.footnotes],
        "sources": words.sources,
        "works": [
            {
                "reference": _runs(work.reference),
                "remarks": work.remarks,
                "rtl": _is_rtl(work.reference),
            }
            for work in plan.works
        ],
        "annex-title": words.annex,
        "annex-lead": words.annex_lead,
        "annex": [
            {
                "numbers": ", ".join(map(str, entry.numbers)),
                "place": _runs(entry.place),
                "lines": [{"runs": _runs(line), "rtl": _is_rtl(line)} for line in entry.lines],
            }
            for entry in plan.annex
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    length = sum(len(run.text) for run in block.runs)
    return {
        "style": block.style,
        "runs": _runs(block.runs),
        "marks": [{"n": mark.n, "first": mark.is_first} for mark in block.marks],
        "rtl": _is_rtl(block.runs),
        "long": length > _MAX_WHOLE,
    }


def _runs(runs: Runs) -> list[dict[str, Any]]:
    return [
        {
            "text": run.text,
            "italic": run.is_italic,
            "bold": run.is_bold,
            "marked": run.is_marked,
        }
        for run in runs
    ]


def _is_rtl(runs: Runs) -> bool:
    return is_right_to_left("".join(run.text for run in runs))
