"""Tables as rows of "Header: cell | Header: cell", so that each row can be read on its own.

Tables pasted from Word into plain text come in two shapes:
1. One row a line: first cell, tab, second cell; lines that start with a tab go on with the last
   cell.
2. One cell a line, each led by a tab, blank lines and lists between the lines of a cell. The first
   unbroken run of such lines is the header; it holds if the cells after it fill whole rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.load.lists import bullet_length, starts_item
from rag.load.pieces import Piece, Run

Cell = tuple[Run, ...]
Row = list[tuple[Cell, Cell]]  # of each cell: its header (empty if none) and its words

_MIN_COLUMNS = 2
_MAX_TABLE_LINES = 600


def header_rows(cells: Sequence[Sequence[Cell]], has_header: bool) -> list[Row]:
    """Rows of cells with the header's cell at each; a header alone is a row of its own."""
    if not cells or not has_header or len(cells) == 1:
        return [[((), cell) for cell in row] for row in cells]
    head = cells[0]
    return [
        [(head[at] if at < len(head) else (), cell) for at, cell in enumerate(row)]
        for row in cells[1:]
    ]


def row_pieces(rows: Sequence[Row]) -> list[Piece]:
    """A piece for each row that has words."""
    pieces = []
    for row in rows:
        runs: list[Run] = []
        for head, cell in row:
            if not "".join(run.text for run in cell).strip():
                continue
            runs += [Run(" | ")] if runs else []
            runs += [*_without_markers(head), Run(": ")] if _words(head) else []
            runs += [replace(run, text=run.text.replace("\n", " ")) for run in cell]
        if runs:
            page = next((run.page for run in runs if run.page), 0)
            runs = [replace(run, page=run.page or page) for run in runs]
            pieces.append(Piece("table_row", tuple(runs)))
    return pieces


def _words(cell: Cell) -> str:
    return "".join(run.text for run in cell if not run.raised).strip()


def _without_markers(head: Cell) -> list[Run]:
    """A header cell as repeated in rows: its colon comes from the row, its marker stays out."""
    return [Run(_words(head).rstrip(": ").replace("\n", " "))]


def tab_table(rows: list[str], at: int) -> tuple[int, list[list[tuple[str, str]]]]:
    """The table pasted into text at `at`: how many lines it takes, and its rows."""
    if rows[at].startswith("\t"):
        return _cell_a_line(rows, at)
    return _row_a_line(rows, at)


def _row_a_line(rows: list[str], at: int) -> tuple[int, list[list[tuple[str, str]]]]:
    lines: list[list[str]] = []
    end = at
    while end < len(rows) and "\t" in rows[end].rstrip():
        cells = rows[end].rstrip().split("\t")
        if starts_item(rows[end]) and bullet_length(rows[end]):
            break
        if cells[0].strip():
            lines.append(cells)
        elif lines:
            lines[-1][-1] += " " + " ".join(cells).strip()
        else:
            break
        end += 1
    if len(lines) < 2:
        return 0, []
    widths = {len(line) for line in lines}
    has_header = len(lines) > 2 and widths == {len(lines[0])} and len(lines[0]) > 2
    head = lines[0] if has_header else [""] * max(widths)
    body = lines[1:] if has_header else lines
    return end - at, [list(zip(head, line, strict=False)) for line in body]


def _cell_a_line(rows: list[str], at: int) -> tuple[int, list[list[tuple[str, str]]]]:
    end_of_head = at
    while end_of_head < len(rows) and rows[end_of_head].startswith("\t"):
        end_of_head += 1
    head = [row.strip() for row in rows[at:end_of_head]]
    columns = len(head)
    if columns < _MIN_COLUMNS or not all(head) or any(map(starts_item, head)):
        return 0, []
    cells: list[str] = []
    cursor, after_cells = end_of_head, end_of_head
    while cursor < min(len(rows), at + _MAX_TABLE_LINES):
        row = rows[cursor]
        if row.startswith("\t"):
            cells.append(row.strip()[bullet_length(row.strip()) :])
        elif row.strip() and (not cells or not (starts_item(row) or len(cells) % columns)):
            break
        elif row.strip():
            cells[-1] = f"{cells[-1]} {row.strip()[bullet_length(row.strip()) :]}".strip()
        cursor += 1
        after_cells = cursor if row.strip() or row.startswith("\t") else after_cells
    if len(cells) < columns or len(cells) % columns:
        return 0, []
    body = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    return after_cells - at, [list(zip(head, row, strict=True)) for row in body]
