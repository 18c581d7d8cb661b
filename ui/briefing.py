"""`verse brief`: from a file of questions to a brief in a file.

Work is never lost: an output that is there already is not written over unless that is wanted, and
what is answered so far is kept beside it until the brief is made.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rag.errors import QuestionError, VerseError
from ui.terminal import INTERRUPTED, progress_shown, tell

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.briefs.compose import BriefOrder, Composed
    from rag.briefs.partial import Partial
    from rag.briefs.questions import QuestionList
    from rag.settings import IngestSettings

_TITLE = "Brief"


@dataclass(frozen=True, slots=True)
class Output:
    """The file to be made."""

    path: Path
    style: str
    is_forced: bool  # to be written over where it is there

    def check(self) -> None:
        """Raises VerseError where the file could not be written in the end."""
        from rag.export import find_exporter
        from rag.export.references import check_style

        find_exporter(self.format)
        check_style(self.style)
        if self.path.is_dir() or not self.path.parent.is_dir():
            raise VerseError(
                f"{self.path} cannot be written: "
                + ("it is a folder" if self.path.is_dir() else "its folder is not there")
            )
        if self.path.exists() and not self.is_forced:
            raise VerseError(
                f"{self.path} is there already; name another file, or --force to write over it"
            )

    @property
    def format(self) -> str:
        """By the ending of the name."""
        return self.path.suffix.lower().removeprefix(".")

    def write(self, composed: Composed) -> None:
        """Writes the brief, in one step."""
        from rag.briefs.partial import write_whole
        from rag.export import export

        self.check()  # somebody may have put a file there meanwhile
        write_whole(self.path, export(composed.brief, self.format, self.style))


def read_list(path: Path, reading: IngestSettings) -> QuestionList:
    """The questions of the file, or of standard input where it is "-"; raises QuestionError."""
    from rag.briefs.questions import read_questions

    if str(path) == "-":
        return read_questions("standard input", sys.stdin.buffer.read(), reading)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuestionError(f"questions cannot be read from {path}: {error.strerror}") from error
    return read_questions(path.name, data, reading)


def title_of(given: str, found: QuestionList, path: Path) -> str:
    """The title of the brief: as given, else as the file gives itself, else its name."""
    return given.strip() or found.title or path.stem.strip("-") or _TITLE


def make_brief(assistant: Assistant, order: BriefOrder, output: Output | None) -> Composed:
    """Composes the brief and writes it to `output`, if there is one; goes on with what an earlier
    run left."""
    from rag.briefs.compose import compose
    from rag.briefs.partial import open_partial
    from rag.scope import open_scope

    if reason := open_scope(assistant.library.ledger, order.filters).reason:
        raise QuestionError(f"there is nothing to make a brief of: {reason}")
    order = replace(order, made_on=date.today().isoformat())
    where = output.path if output else None
    partial = open_partial(where, order.grounds(assistant.state_hash()))
    if partial.notice:
        tell(f"verse: {partial.notice}")
    wanted = {each.text for each in order.lines if not each.is_heading}
    if kept := sum(each in partial for each in wanted):
        tell(f"{kept} of {len(wanted)} questions were answered by an earlier run; going on.")
    try:
        with progress_shown("Answering") as advance:
            composed = compose(order, assistant, partial, advance)
    except KeyboardInterrupt:
        _tell_stopped(partial, len(wanted))
        raise typer.Exit(INTERRUPTED) from None
    if output:
        output.write(composed)
        _tell_made(output, composed, partial)
    return composed


def _tell_stopped(partial: Partial, total: int) -> None:
    if partial.path is None:
        tell("verse: stopped; nothing is kept without --output")
        return
    tell(
        f"verse: stopped; {partial.count} of {total} questions are answered and kept in "
        f"{partial.path}; the same command goes on from there"
    )


def _tell_made(output: Output, composed: Composed, partial: Partial) -> None:
    brief = composed.brief
    asked = sum(bool(each.items or each.open_points) for each in brief.sections)
    open_ones = sum(bool(each.open_points) for each in brief.sections)
    tell(
        f"{output.path}: {asked} questions, {open_ones} with open points; "
        f"{len(brief.sources)} sources."
    )
    if not composed.failed:
        partial.delete()
        return
    for each in composed.failed:
        tell(f"verse: not answered: {each}")
    tell("The same command with --force asks these anew, and no other.")


def brief_json(composed: Composed) -> dict[str, Any]:
    """`title, made_on, language, sections, sources, failed` (docs/json.md)."""
    return {**asdict(composed.brief), "failed": list(composed.failed)}
