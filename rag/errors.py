"""Everything that can go wrong, as one tree.

VerseError                 one clear line for the user: what, the value, what to do next
├── SettingsError          an unknown setting, or a value out of range
├── LoadError              a file that cannot be read as a document; `reason` says why
│   ├── EmptyFileError     no bytes, or no text at all
│   ├── EncryptedFileError needs a password
│   ├── NeedsOcrError      pages of pictures without text
│   ├── UnknownKindError   not a kind of file that is read here
│   └── DuplicateFileError another file has the same bytes
├── CatalogueError         a catalogue that cannot be read
├── StoreError             the index does not fit the settings, or is missing or broken
│   ├── ManifestMismatchError
│   └── IndexLockedError   another ingest is running
├── ModelError             a model is missing or is not the one expected
├── PromptError            a prompt that cannot be read, or lacks a variable
├── ExportError            an unknown format or style of a file to write
├── BriefError             a brief that is not there, or a change to one that cannot be made
│   └── StaleBriefError    it was changed elsewhere meanwhile
├── QuestionError          an empty or overlong question, an unknown filter key
├── NotebookError          a notebook that is not there, or a change to one that cannot be made
│   └── StaleNotebookError it was changed elsewhere meanwhile
├── DocumentNotFoundError  no document (or passage) of that id
└── FileGoneError          the file of a document has gone, or has other bytes now

A user's mistake becomes one of these and prints one line; a bug keeps its traceback.
"""

from __future__ import annotations


class VerseError(Exception):
    """Root of the tree; `str(error)` is the one line to show."""


class SettingsError(VerseError):
    """An unknown setting, or a value out of range."""


class LoadError(VerseError):
    """A file that cannot be read as a document; `reason` is a short phrase for the ingest table."""

    def __init__(self, reason: str) -> None:
        """`reason` is also the message."""
        super().__init__(reason)
        self.reason = reason


class EmptyFileError(LoadError):
    """No bytes, or no text at all."""


class EncryptedFileError(LoadError):
    """Needs a password."""


class NeedsOcrError(LoadError):
    """Pages of pictures without text; `pages` is the number of them."""

    def __init__(self, reason: str, pages: int = 1) -> None:
        """`reason` is also the message."""
        super().__init__(reason)
        self.pages = pages

    def __reduce__(self) -> tuple[type[NeedsOcrError], tuple[str, int]]:
        """Keeps `pages` on the way out of a worker process."""
        return type(self), (self.reason, self.pages)


class UnknownKindError(LoadError):
    """Not a kind of file that is read here."""


class DuplicateFileError(LoadError):
    """Another file has the same bytes."""


class CatalogueError(VerseError):
    """A catalogue that cannot be read."""


class StoreError(VerseError):
    """The index does not fit the settings, or is missing or broken."""


class ManifestMismatchError(StoreError):
    """The index was made with other settings than those it is opened with."""


class IndexLockedError(StoreError):
    """Another ingest is writing to the same data folder."""


class ModelError(VerseError):
    """A model is missing or is not the one expected."""


class PromptError(VerseError):
    """A prompt that cannot be read, or that lacks a variable or has one too many."""


class ExportError(VerseError):
    """An unknown format or style of a file to write."""


class QuestionError(VerseError):
    """An empty or overlong question, an unknown filter key."""


class BriefError(VerseError):
    """A brief that is not there, or a change to one that cannot be made."""


class StaleBriefError(BriefError):
    """The brief was changed elsewhere since it was opened."""


class NotebookError(VerseError):
    """A notebook that is not there, or a change to one that cannot be made."""


class StaleNotebookError(NotebookError):
    """The notebook was changed elsewhere since it was opened."""


class DocumentNotFoundError(VerseError):
    """No document, or no passage, of that id."""


class FileGoneError(VerseError):
    """The file of a document is no longer there, or has other bytes than those that were read."""

    def __init__(self, name: str, is_changed: bool) -> None:
        """`name` is the file's, without its folders."""
        what = "has changed since it was read" if is_changed else "is no longer where it was read"
        super().__init__(f"{name} {what}; run `verse ingest` to bring the library up to date")
        self.name = name
        self.is_changed = is_changed
