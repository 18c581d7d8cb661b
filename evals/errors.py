"""What can go wrong in an evaluation; all of it is a VerseError with one line to show."""

from __future__ import annotations

from rag.errors import VerseError


class SuiteError(VerseError):
    """A suite, a case or a gold quote that is wrong, or a suite that is not known."""


class RunError(VerseError):
    """A run, a baseline or marks that are missing, broken or do not fit together."""
