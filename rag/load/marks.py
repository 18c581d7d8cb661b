"""Raised digits and signs: note markers, note labels, or mere typography.

1. Superscript characters of Unicode (and `^12^`, as some Markdown has it) become raised runs, so
   that all formats look alike.
2. A paragraph or item that starts with a raised label and goes on with words is a note.
3. Any other raised run is a marker if it looks like a label, unless it is a unit ("m²"), an
   exponent ("10⁶": after a digit, and no note has that label), an ordinal ("1st"), or a sign or
   letter that labels no note. Markers leave the text; all else stays, digits as superscripts.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag.load.pieces import Piece, Run, cut_front

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TO_DIGITS = str.maketrans(_SUPERSCRIPTS, "0123456789")
_TO_SUPERSCRIPTS = str.maketrans("0123456789", _SUPERSCRIPTS)
_RAISED_CHARS = re.compile(rf"([{_SUPERSCRIPTS}]+|(?<=\S)\^\d{{1,3}}(?:[ ,;]+\d{{1,3}})*\^)")
_CARETS = re.compile(r"\^[\d ,;]+\^")
_LABEL = r"\d{1,3}|[*†‡§¶#]{1,4}|[a-z]|[ivxl]{1,6}"
_LABELS = re.compile(rf"\s*[\[(]?(?:{_LABEL})(?:\s*[,;\s]\s*(?:{_LABEL}))*[\])./]?\s*")
_NOTE_START = re.compile(rf"[\[(]?({_LABEL})[\])./]?")
_UNIT = re.compile(r"(?:^|[\s\d/(])(?:[kcdmµ]?m|ft|yd|mi|inch|sq)\Z")


def raise_superscripts(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Turn superscript characters into raised runs of digits."""
    if not any(_RAISED_CHARS.search(run.text) for run in runs):
        return runs
    made: list[Run] = []
    for run in runs:
        for part in filter(None, _RAISED_CHARS.split(run.text)):
            is_raised = run.raised or part[0] in _SUPERSCRIPTS or bool(_CARETS.fullmatch(part))
            text = part.translate(_TO_DIGITS).strip("^") if is_raised else part
            made.append(replace(run, text=text, raised=is_raised))
    return tuple(made)


def as_note(piece: Piece) -> Piece:
    """The piece as a note, if it starts with a raised label followed by words."""
    if piece.kind not in ("paragraph", "list_item"):
        return piece
    runs = list(piece.runs)
    while runs and not runs[0].text.strip():
        runs.pop(0)
    if len(runs) < 2 or not runs[0].raised:
        return piece
    match = _NOTE_START.fullmatch(runs[0].text.strip())
    rest = tuple(runs[1:])
    words = "".join(run.text for run in rest)
    if not match or not re.search(r"\w", words) or re.match(r"(?:st|nd|rd|th)\b", words):
        return piece
    if words.startswith((".", ")")):
        rest = cut_front(rest, 1)
    return piece.with_runs(rest).with_kind("note", label=match[1])


def marker_labels(run: Run, before: str, labels: frozenset[str]) -> tuple[str, ...]:
    """The labels that a raised run marks, or none if it is part of the words.

    `before` is the text in front of it, `labels` are those of the document's notes.
    """
    if not run.raised or not _LABELS.fullmatch(run.text):
        return ()
    found = tuple(re.findall(_LABEL, run.text))
    if run.is_reference or all(label in labels for label in found):
        return () if found[0] in "23" and _UNIT.search(before) else found
    if not all(label.isdecimal() for label in found) or not before.strip():
        return ()
    is_typography = before[-1].isdecimal() or _UNIT.search(before)
    return () if is_typography else found


def as_typography(run: Run) -> str:
    """A raised run that is no marker, as plain text."""
    return run.text.translate(_TO_SUPERSCRIPTS)
