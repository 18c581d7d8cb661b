"""Files to edited paragraphs: the content decides on the format, not the ending alone."""

from __future__ import annotations

from pathlib import Path

from rag.errors import EmptyFileError, LoadError, UnknownKindError
from rag.verify.records import EditedFile

_ZIP = b"PK\x03\x04"
_MARKDOWN = {".md", ".markdown", ".txt", ""}
_MAX_BYTES = 100 * 2**20


def read_edited(data: bytes, name: str) -> EditedFile:
    """The paragraphs and notes of a Word or Markdown file; raises LoadError."""
    if not data:
        raise EmptyFileError("the file is empty")
    if len(data) > _MAX_BYTES:
        raise LoadError(f"too large: more than {_MAX_BYTES // 2**20} MB")
    if data.startswith(_ZIP):
        from rag.verify.word_file import read_word_file

        return read_word_file(data, name)
    ending = Path(name).suffix.lower()
    if ending not in _MARKDOWN:
        raise UnknownKindError(
            f"{ending} files are not read back; save the brief as .docx or Markdown (.md)"
        )
    from rag.verify.markdown_file import read_markdown_file

    return read_markdown_file(data, name)


def read_edited_path(path: Path) -> EditedFile:
    """The same of a file on disk; raises LoadError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LoadError(f"cannot be opened: {error.strerror or error}") from error
    return read_edited(data, path.name)
