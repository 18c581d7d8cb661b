"""Lines of PDF pages to pieces.

1. A line starts a new piece after a wide gap, a change of size or weight, an indent or outdent, a
   line that ended early, or when it starts with a bullet, a number or a note's label. Cells side
   by side on one height are a row.
2. Words broken at a line's end are mended (`hyphens.py`).
3. A piece set larger than the body text is a heading, levels by size; so is one that the file's
   outline names, with the outline's level.
4. The last piece of a page or column runs on if its last line is full and no sentence ends there.
5. Small print at a page's foot that starts with a number is a note.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from rag.load.hyphens import Lexicon, is_broken, mend, read_lexicon
from rag.load.lists import bullet_length, starts_item
from rag.load.pdf_lines import Bit, Line, is_label
from rag.load.pieces import Piece, Run

_SENTENCE_END = re.compile(r"[.:;!?…][\"'”’»)\]]*\s*\Z")
_FOOT_LABEL = re.compile(r"(\d{1,3}|\*{1,3}|[†‡§])(?=[\s.)]*\s\S|[A-Z])")
_HEADING_SIZE = 1.1  # of the body size
_MAX_HEADING_WORDS = 32
_MIN_TITLE_LINE = 32
_MAX_NOTES_BETWEEN = 30  # groups looked at for the rest of a paragraph


@dataclass(frozen=True, slots=True)
class Measures:
    """What is usual in a document."""

    body: float
    leading: Mapping[float, float]  # by size, the usual distance between lines
    heading_sizes: tuple[float, ...]  # largest first
    lexicon: Lexicon
    outline: Mapping[tuple[str, int], int]  # levels by title (letters and digits only) and page


def measure(lines: list[Line], body: float, outline: Mapping[tuple[str, int], int]) -> Measures:
    """Take the measures of a document."""
    gaps: dict[float, list[float]] = {}
    for before, line in zip([None, *lines], lines, strict=False):
        if before is not None and before.flow == line.flow and before.size == line.size:
            gap = before.y - line.y
            if 0.8 * line.size < gap < 2.2 * line.size:
                gaps.setdefault(line.size, []).append(gap)
    sizes = Counter(round(line.size * 2) / 2 for line in lines if _is_large(line, body))
    return Measures(
        body=body,
        leading={size: min(median(found), 1.7 * size) for size, found in gaps.items()},
        heading_sizes=tuple(sorted(sizes, reverse=True)),
        lexicon=read_lexicon(line.text for line in lines),
        outline=outline,
    )


def _is_large(line: Line, body: float) -> bool:
    return line.size >= _HEADING_SIZE * body and any(c.isalpha() for c in line.text)


def read_pieces(lines: list[Line], measures: Measures) -> list[Piece]:
    """The pieces of a document's lines, which come in reading order."""
    feet = _foot_starts(lines, measures.body)
    groups: list[list[Line]] = []
    for line in lines:
        if line.page and id(line) in feet:
            line.bits = _raise_label(line)
        if not any(c.isalnum() for c in line.text):
            continue
        if groups and not _starts_piece(groups[-1], line, measures, id(line) in feet):
            groups[-1].append(line)
        else:
            groups.append([line])
    pieces: list[Piece] = []
    at, was_row = 0, False
    while at < len(groups):
        row = _row_length(groups, at)
        is_row = row > 1 and (was_row or _row_length(groups, at + row) > 1)
        was_row = is_row
        if is_row:
            pieces.append(_row_piece(groups[at : at + row], measures))
        else:
            row = 1
            pieces.append(_piece(groups[at], groups[at + 1 : at + _MAX_NOTES_BETWEEN], measures))
        at += row
    return pieces


def _foot_starts(lines: list[Line], body: float) -> set[int]:
    """The lines at pages' feet that start a note with a label in small print."""
    starts: set[int] = set()
    marked: dict[int, set[str]] = {}
    for line in lines:
        for bit in line.bits:
            if bit.raised:
                marked.setdefault(line.page, set()).update(re.findall(r"\d+|[*†‡§]+", bit.text))
    lowest_body: dict[int, float] = {}
    for line in lines:
        if line.size > 0.94 * body and len(line.text) > 20:
            lowest_body[line.page] = min(lowest_body.get(line.page, line.y), line.y)
    for line in lines:
        label = _FOOT_LABEL.match(line.text)
        is_foot = line.size < 0.94 * body and line.y < lowest_body.get(line.page, 0)
        is_known = label is not None and label[1] in marked.get(line.page, ())
        if is_foot and is_known and not line.bits[0].raised:
            starts.add(id(line))
    return starts


def _raise_label(line: Line) -> list[Bit]:
    """The line's bits with the note's label at its front raised."""
    label = _FOOT_LABEL.match(line.text)
    first, *rest = line.bits
    text = first.text.lstrip()
    if label is None or not text.startswith(label[1]):
        return line.bits
    return [Bit(label[1], first.bold, True), Bit(text[len(label[1]) :], first.bold, False), *rest]


def _starts_piece(group: list[Line], line: Line, measures: Measures, is_foot: bool) -> bool:
    """Whether a line starts a new piece."""
    before = group[-1]
    if before.flow != line.flow or is_foot:
        return True
    if (_starts_raised(line) or starts_item(line.text)) and not _is_wrapped(group, line, measures):
        return True
    if abs(before.size - line.size) > 0.06 * max(before.size, line.size):
        return True
    if not _is_close(before, line, measures) or line.x0 > before.x1 or line.x1 < before.x0:
        return True
    if line.size >= _HEADING_SIZE * measures.body and before.is_bold == line.is_bold:
        return is_label(line.text.split()[0])
    if before.is_bold and line.is_bold and all(other.is_bold for other in group):
        return not _is_same_title(group, line)
    if before.is_bold and not line.is_bold and len(group) == 1:
        return True
    return _is_indented(group, line) or _ended_early(before, line, measures)


def _is_same_title(group: list[Line], line: Line) -> bool:
    """Whether a bold line goes on with the title before it: that one was too long for more."""
    before = group[-1]
    if is_label(line.text.split()[0]) or before.text.endswith((".", "!", "?", ";")):
        return False
    is_wide = len(before.text) >= _MIN_TITLE_LINE and before.x1 - before.x0 >= 0.9 * (
        line.x1 - line.x0
    )
    return is_wide or line.text[:1].islower()


def _is_wrapped(group: list[Line], line: Line, measures: Measures) -> bool:
    """Whether what looks like the front of an item or note is the middle of a sentence."""
    before = group[-1]
    is_same = abs(before.size - line.size) <= 0.06 * before.size
    if not is_same or not _is_full(before) or not _is_close(before, line, measures):
        return False
    is_level = abs(before.x0 - line.x0) <= line.size
    if _starts_raised(line):
        return not _starts_raised(group[0]) and (is_level or len(group) == 1)
    is_sure = bullet_length(line.text) and line.text.lstrip()[0] not in "-–—*+"
    return is_level and not is_sure and not _SENTENCE_END.search(before.text)


def _is_full(line: Line) -> bool:
    return line.right - line.x1 < 0.08 * (line.right - line.left)


def _is_close(before: Line, line: Line, measures: Measures) -> bool:
    return 0 < before.y - line.y <= _usual_gap(line, measures)


def _usual_gap(line: Line, measures: Measures) -> float:
    return 1.28 * measures.leading.get(line.size, 1.25 * line.size) + 0.5


def _starts_raised(line: Line) -> bool:
    first = next((bit for bit in line.bits if bit.text.strip()), None)
    return first is not None and first.raised


def _is_indented(group: list[Line], line: Line) -> bool:
    """Whether a line's left edge says that a new piece starts."""
    first, before = group[0], group[-1]
    step = 0.8 * line.size
    if line.x0 > before.x0 + step:
        is_hanging = len(group) == 1 and (is_label(first.text.split()[0]) or _starts_raised(first))
        return not is_hanging and before.x0 < before.left + step and line.size <= 1.1 * before.size
    if line.x0 < before.x0 - step:
        return len(group) > 1
    return False


def _ended_early(before: Line, line: Line, measures: Measures) -> bool:
    """Whether the line before ended although the next word would have fitted."""
    share = len(line.text.split()[0]) / max(1, len(line.text))
    needed = (line.x1 - line.x0) * share + 0.3 * line.size
    slack = before.right - before.x1
    if _SENTENCE_END.search(before.text):
        return slack > needed + 0.8 * line.size
    is_far = slack > needed + 0.12 * (before.right - before.left)
    return is_far and not line.text[:1].islower()


def _row_length(groups: list[list[Line]], at: int) -> int:
    """How many groups from `at` on stand side by side on one height."""
    if at >= len(groups):
        return 0
    first = groups[at][0]
    end = at + 1
    while end < len(groups):
        before, line = groups[end - 1], groups[end][0]
        is_level = abs(line.y - first.y) < 0.35 * first.size and line.page == first.page
        if not is_level or line.x0 <= max(other.x1 for other in before):
            break
        end += 1
    return end - at


def _row_piece(cells: list[list[Line]], measures: Measures) -> Piece:
    """A row of cells; a label and its words are no table."""
    runs: list[Run] = []
    for cell in cells:
        if runs:
            is_front = is_label("".join(run.text for run in runs).strip())
            runs.append(Run(" " if is_front else " | ", page=cell[0].page))
        runs += _runs(cell, measures)
    is_row = any(run.text == " | " for run in runs)
    return Piece("table_row" if is_row else "paragraph", tuple(runs), size=cells[0][0].size)


def _piece(group: list[Line], later: list[list[Line]], measures: Measures) -> Piece:
    last = group[-1]
    runs = _runs(group, measures)
    text = " ".join(line.text for line in group)
    level = _heading_level(group, text, measures)
    if level:
        return Piece("heading", tuple(runs), level=level, size=last.size)
    turns = _is_last_of_flow(last, later)
    is_full = last.right - last.x1 < 0.12 * (last.right - last.left)
    runs_on = turns and is_full and not _SENTENCE_END.search(last.text)
    goes_on = [g[0] for g in later if abs(g[0].size - last.size) < 0.3 and g[0].text[:1].islower()]
    in_word = runs_on and bool(goes_on) and is_broken(runs[-1].text)
    if in_word:
        runs[-1], _ = mend(runs[-1], goes_on[0].text, measures.lexicon)
    return Piece("paragraph", tuple(runs), size=last.size, runs_on=runs_on, ends_in_word=in_word)


def _is_last_of_flow(last: Line, later: list[list[Line]]) -> bool:
    """Whether only smaller print, such as notes, follows in the same flow."""
    return bool(later) and all(
        group[0].flow != last.flow or group[0].size < 0.94 * last.size
        for group in itertools.takewhile(lambda group: group[0].flow == last.flow, later)
    )


def letters_only(text: str) -> str:
    """The letters and digits of a title, lower-cased, to compare it by."""
    return re.sub(r"[\W_]", "", text.lower())


def _heading_level(group: list[Line], text: str, measures: Measures) -> int:
    """The level of a heading by outline or size, or 0."""
    named = measures.outline.get((letters_only(text), group[0].page), 0)
    if named:
        return named
    size = round(group[0].size * 2) / 2
    is_long = len(text.split()) > _MAX_HEADING_WORDS or text.endswith((".", ";", ","))
    if size not in measures.heading_sizes or is_long or not _is_large(group[0], measures.body):
        return 0
    return min(6, 1 + measures.heading_sizes.index(size))


def _runs(group: list[Line], measures: Measures) -> list[Run]:
    """The runs of lines, with words mended that are broken at their ends."""
    runs: list[Run] = []
    for at, line in enumerate(group):
        bits = _line_runs(line)
        if at + 1 < len(group):
            bits[-1], gap = mend(bits[-1], group[at + 1].text, measures.lexicon)
            bits += [Run(gap, bits[-1].bold, page=line.page)] if gap else []
        runs += bits
    return runs


def _line_runs(line: Line) -> list[Run]:
    """A line's runs, those of one look as one."""
    runs: list[Run] = []
    for bit in line.bits:
        if runs and (runs[-1].bold, runs[-1].raised) == (bit.bold, bit.raised):
            runs[-1] = Run(runs[-1].text + bit.text, bit.bold, bit.raised, line.page)
        else:
            runs.append(Run(bit.text, bit.bold, bit.raised, line.page))
    return runs
