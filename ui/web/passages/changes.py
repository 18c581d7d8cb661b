"""Changes to a notebook as a browser sends them, one at a time: small, and safe beside another tab.

1. A change names what it touches by id, and for words also what stood there before (`was`).
2. It is made on the newest notebook. Where another tab has changed the very words meanwhile, it is
   refused; where it has changed others, both changes stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.briefs.pins import MAX_ENTRIES, Entry, entry_id, make_heading
from rag.briefs.records import Notebook, NotebookHeading, Pin
from rag.errors import VerseError

_MAX_CHARS = 40_000  # of what is sent; what is kept is checked where it is kept
_Id = Annotated[str, Field(max_length=100)]
_Words = Annotated[str, Field(max_length=_MAX_CHARS)]
_Tags = Annotated[tuple[_Words, ...], Field(max_length=100)]


class ChangedMeanwhileError(VerseError):
    """Another tab has changed or removed the very thing that is to be changed."""


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Place(_Change):
    passage_id: _Id
    start: int = Field(ge=0)
    end: int = Field(ge=1)


class AddPin(_Place):
    """Keeps a stretch of a passage, at the end."""

    kind: Literal["pin"]


class PutBack(_Place):
    """Puts a pin back that was taken out; `before` is the id of an entry, empty for the end."""

    kind: Literal["put back"]
    pin_id: _Id
    note: _Words = ""
    tags: _Tags = ()
    before: _Id = ""


class AddHeading(_Change):
    """Adds a heading at the end, or before an entry."""

    kind: Literal["heading"]
    text: _Words
    before: _Id = ""


class SetNote(_Change):
    """Gives a pin another note."""

    kind: Literal["note"]
    entry_id: _Id
    was: _Words
    text: _Words


class SetTags(_Change):
    """Gives a pin other tags."""

    kind: Literal["tags"]
    entry_id: _Id
    was: _Tags
    tags: _Tags


class SetHeading(_Change):
    """Gives a heading other words."""

    kind: Literal["retitle"]
    entry_id: _Id
    was: _Words
    text: _Words


class Rename(_Change):
    """Gives the notebook another name."""

    kind: Literal["rename"]
    was: _Words
    name: _Words


class Move(_Change):
    """Puts entries, in their order, before another one; before none: at the end."""

    kind: Literal["move"]
    entry_ids: Annotated[tuple[_Id, ...], Field(min_length=1, max_length=MAX_ENTRIES)]
    before: _Id = ""


class Remove(_Change):
    """Takes entries out."""

    kind: Literal["remove"]
    entry_ids: Annotated[tuple[_Id, ...], Field(min_length=1, max_length=MAX_ENTRIES)]


ChangeOfEntries = PutBack | AddHeading | SetNote | SetTags | SetHeading | Move | Remove
ChangeOfHeld = ChangeOfEntries | Rename  # all but adding at the end, which needs no version
Change = AddPin | ChangeOfHeld
Entries = tuple[Entry, ...]
MakePin = Callable[[str, int, int], Pin]  # from a passage's id and a stretch of its document


def change(notebook: Notebook, wanted: ChangeOfHeld, make_pin: MakePin) -> Notebook:
    """The notebook with the change made.

    Raises ChangedMeanwhileError where that is no longer possible, and what `make_pin` raises.
    """
    if isinstance(wanted, Rename):
        _check_same(notebook.name, wanted.was)
        return replace(notebook, name=wanted.name)
    return replace(notebook, entries=_changed(notebook.entries, wanted, make_pin))


def _changed(
    entries: tuple[Entry, ...], wanted: ChangeOfEntries, make_pin: MakePin
) -> tuple[Entry, ...]:
    if isinstance(wanted, Move):
        return _moved(entries, wanted)
    if isinstance(wanted, Remove):
        gone = set(wanted.entry_ids)
        return tuple(each for each in entries if entry_id(each) not in gone)
    if isinstance(wanted, AddHeading):
        return _with(entries, make_heading(wanted.text), wanted.before)
    if isinstance(wanted, PutBack):
        made = make_pin(wanted.passage_id, wanted.start, wanted.end)
        pin = replace(made, pin_id=wanted.pin_id, note=wanted.note, tags=wanted.tags)
        return _with(entries, pin, wanted.before)
    at = next((n for n, each in enumerate(entries) if entry_id(each) == wanted.entry_id), None)
    if at is None:
        raise ChangedMeanwhileError("what you changed was removed in another tab meanwhile")
    return (*entries[:at], _edited(entries[at], wanted), *entries[at + 1 :])


def _edited(entry: Entry, wanted: SetNote | SetTags | SetHeading) -> Entry:
    if isinstance(wanted, SetNote) and isinstance(entry, Pin):
        _check_same(entry.note, wanted.was.strip())
        return replace(entry, note=wanted.text)
    if isinstance(wanted, SetTags) and isinstance(entry, Pin):
        _check_same(entry.tags, wanted.was)
        return replace(entry, tags=wanted.tags)
    if isinstance(wanted, SetHeading) and isinstance(entry, NotebookHeading):
        _check_same(entry.text, wanted.was.strip())
        return replace(entry, text=wanted.text)
    raise ChangedMeanwhileError(f"entry {entry_id(entry)} is of another kind; load the page anew")


def _check_same(held: object, was: object) -> None:
    if held != was:
        raise ChangedMeanwhileError(f"another tab has made this {str(held)[:60]!r} meanwhile")


def _with(entries: Entries, new: Entry, before: str) -> Entries:
    at = next((n for n, each in enumerate(entries) if entry_id(each) == before), len(entries))
    return (*entries[:at], new, *entries[at:])


def _moved(entries: Entries, wanted: Move) -> Entries:
    moving = set(wanted.entry_ids)
    moved = [each for each in entries if entry_id(each) in moving]
    left = [each for each in entries if entry_id(each) not in moving]
    at = next((n for n, each in enumerate(left) if entry_id(each) == wanted.before), len(left))
    return (*left[:at], *moved, *left[at:])
