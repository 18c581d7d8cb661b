"""Sections of a brief that are finished, kept beside the file that it is to become.

`brief.docx.partial` is JSON: the grounds on which the sections stand (a hash of the library,
settings and order), and the sections by question. It is written anew after each section and put in
place in one step, so that a run killed at any moment leaves the file before or the one after.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from uuid import uuid4

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from rag.briefs.number import DraftSection
from rag.errors import VerseError

_ENDING = ".partial"


@checked(frozen=True, config=ConfigDict(extra="forbid"))
class _Kept:
    grounds: str
    sections: dict[str, DraftSection]


_KEPT = TypeAdapter(_Kept)


@dataclass(slots=True)
class Partial:
    """The sections kept for one output file; `notice` says why others were not taken up.

    Without a path they are kept in memory only.
    """

    path: Path | None
    grounds: str
    notice: str = ""
    _sections: dict[str, DraftSection] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many sections are kept."""
        return len(self._sections)

    def __contains__(self, question: str) -> bool:
        """Whether the section of a question is kept."""
        return question in self._sections

    def get(self, question: str) -> DraftSection | None:
        """The section of a question asked before, if it is kept."""
        return self._sections.get(question)

    def put(self, question: str, draft: DraftSection) -> None:
        """Keeps a section; raises VerseError where that cannot be written."""
        if self._sections.get(question) == draft:
            return
        self._sections[question] = draft
        if self.path is not None:
            write_whole(self.path, _KEPT.dump_json(_Kept(self.grounds, self._sections)))

    def delete(self) -> None:
        """Removes the file, the brief being made, and what killed runs left half written."""
        if self.path is None:
            return
        for left in self.path.parent.glob(f".{escape(self.path.name)}.*"):
            left.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def open_partial(output: Path | None, grounds: str) -> Partial:
    """The sections kept for `output` on the same `grounds`; none, and a notice, where those that
    are kept rest on others or cannot be read. None are kept on disk where there is no output."""
    if output is None:
        return Partial(None, grounds)
    path = output.with_name(output.name + _ENDING)
    try:
        kept = _KEPT.validate_json(path.read_bytes())
    except FileNotFoundError:
        return Partial(path, grounds)
    except (ValidationError, ValueError):
        return Partial(path, grounds, f"{path} cannot be read; all questions are asked anew")
    except OSError as error:
        raise VerseError(f"{path} cannot be read: {error.strerror}") from error
    if kept.grounds != grounds:
        return Partial(
            path, grounds, f"{path} rests on another library or other settings; asking all anew"
        )
    return Partial(path, grounds, _sections=dict(kept.sections))


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file in one step: readers see the old one or the new one, whole.

    Raises VerseError where it cannot be written.
    """
    try:
        temporary = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise VerseError(f"{path} cannot be written: {error.strerror or error}") from error
