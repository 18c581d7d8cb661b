"""`verse verify`: files laid beside the library one by one, and the exit code they come to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from ui.terminal import FAILED, NOT_VERBATIM, print_json, print_line, tell

if TYPE_CHECKING:
    from rag.verify.verifier import Verifier


def verify_files(paths: Sequence[Path], verifier: Verifier, *, json: bool, is_whole: bool) -> int:
    """Prints what became of each file; a file that cannot be read is told, and never stops the
    others.

    The exit code: 1 where one could not be read, else 5 where something asks for work, else 0.
    """
    from rag.verify.lines import report_lines
    from rag.verify.read import read_edited_path
    from rag.verify.rows import report_row, unread_row

    code = 0
    for path in paths:
        try:
            report = verifier.verify(read_edited_path(path))
        except LoadError as error:
            tell(f"verse: {path}: {error.reason}")
            if json:
                print_json(unread_row(path.name, error.reason))
            code = FAILED
            continue
        if json:
            print_json(report_row(report))
        else:
            print_line("\n".join(report_lines(report, is_whole=is_whole)))
        if not report.is_sound:
            code = code or NOT_VERBATIM
    return code
