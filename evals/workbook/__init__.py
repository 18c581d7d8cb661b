"""A run as an Excel workbook in which a person marks answers by hand, and the marks read back.

One row asks one thing: whether an answer answers, whether quotes carry a statement, whether the
answer holds a nugget. Rows can be sorted, deleted and marked on either sheet, columns added; a row
is known by its case, system and field. All text is text: no cell from a document is a formula.

write.py   run -> workbook        read.py   workbook -> marks (evals/marks.py)
"""

from __future__ import annotations

from evals.marks import (
    Mark,
    marked_nuggets,
    marked_scores,
    merge_marks,
    read_marks_file,
    with_marks,
    write_marks,
)
from evals.workbook.read import read_marks, workbook_run
from evals.workbook.write import write_workbook

__all__ = [
    "Mark",
    "marked_nuggets",
    "marked_scores",
    "merge_marks",
    "read_marks",
    "read_marks_file",
    "with_marks",
    "workbook_run",
    "write_marks",
    "write_workbook",
]
