"""What every format hands to the builder: pieces of text in reading order, made of runs.

A format file says only what its format knows for sure (this is a heading of level 2, these digits
are raised, here is a hard line break). Everything that has to be guessed from the words is guessed
once, for all formats, in `lists.py`, `marks.py`, `joins.py` and `headings.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rag.records import BlockKind


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one look; a line feed in it is a hard line break."""

    text: str
    bold: bool = False
    raised: bool = False
    page: int = 0  # number of the page it stands on; 0 in unpaged formats
    is_reference: bool = False  # the format itself says that this is a note marker


@dataclass(frozen=True, slots=True)
class Piece:
    """A block to be: its kind as far as the format knows it, and its runs."""

    kind: BlockKind
    runs: tuple[Run, ...]
    level: int = 0  # of a heading from 1, where the format knows it, else 0; of an item from 0
    label: str = ""  # of a note, where the format knows it
    size: float = 0.0  # of the type, where the format knows it
    runs_on: bool = False  # its last line is full and a page or column ends after it
    ends_in_word: bool = False  # that line ends inside a word

    @property
    def text(self) -> str:
        """Its words, with white space as it comes."""
        return "".join(run.text for run in self.runs)

    @property
    def body_text(self) -> str:
        """Its words without raised runs, stripped."""
        return "".join(run.text for run in self.runs if not run.raised).strip()

    @property
    def is_bold(self) -> bool:
        """Whether all its words are bold."""
        return all(run.bold for run in self.runs if run.text.strip() and not run.raised)

    def with_kind(self, kind: BlockKind, level: int = 0, label: str = "") -> Piece:
        """The same words as a block of another kind."""
        return replace(self, kind=kind, level=level, label=label)

    def with_runs(self, runs: Iterable[Run]) -> Piece:
        """The same kind of block with other words."""
        return replace(self, runs=tuple(runs))


def plain(kind: BlockKind, text: str, level: int = 0) -> Piece:
    """A piece of one plain run."""
    return Piece(kind, (Run(text),), level=level)


def cut_front(runs: tuple[Run, ...], count: int) -> tuple[Run, ...]:
    """The runs without their first `count` characters."""
    left: list[Run] = []
    for run in runs:
        if count >= len(run.text):
            count -= len(run.text)
            continue
        left.append(replace(run, text=run.text[count:]))
        count = 0
    return tuple(left)


def split_lines(piece: Piece) -> list[Piece]:
    """The piece cut at its hard line breaks."""
    if "\n" not in piece.text:
        return [piece]
    lines: list[list[Run]] = [[]]
    for run in piece.runs:
        first, *rest = run.text.split("\n")
        lines[-1].append(replace(run, text=first))
        lines += [[replace(run, text=text)] for text in rest]
    return [piece.with_runs(line) for line in lines]
