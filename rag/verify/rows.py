"""A report as a JSON row, the contract of machine output; documented in docs/json.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rag.verify.records import Checked, VerifyReport


def report_row(report: VerifyReport) -> dict[str, Any]:
    """`file, is_sound, counts, checked, error` of a file that was read; `error` is empty."""
    return {
        "file": report.name,
        "is_sound": report.is_sound,
        "counts": report.counts,
        "checked": [_checked_row(each) for each in report.checked],
        "error": "",
    }


def unread_row(name: str, reason: str) -> dict[str, Any]:
    """The row of a file that cannot be read: nothing was checked, `error` says why."""
    return {"file": name, "is_sound": False, "counts": {}, "checked": [], "error": reason}


def _checked_row(checked: Checked) -> dict[str, Any]:
    return {
        **asdict(checked.place),
        "kind": checked.kind,
        "text": checked.text,
        "verdict": checked.verdict,
        "how": list(checked.how),
        "changes": [asdict(each) for each in checked.changes],
        "standing": asdict(checked.standing) if checked.standing else None,
        "notes": list(checked.notes),
    }
