"""The file that a document was made of: its very bytes, or a plain word that they are gone.

The ledger keeps the hash of the bytes that were read; whatever lies at the place now is given out
only if it still has that hash. A document can lie in several places; the first that fits is taken.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from rag.errors import FileGoneError, LoadError
from rag.ledger import FileEntry, Ledger
from rag.load.archive import read_member


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was when it was read."""

    name: str  # without its folders
    format: str  # what its bytes are: "pdf", "docx", ...
    sha256: str
    data: bytes


def read_original(ledger: Ledger, document_id: str) -> Original:
    """The file of a document.

    Raises DocumentNotFoundError, or FileGoneError where no place of it has those bytes any more.
    """
    held = ledger.document(document_id)
    entries = ledger.files_of(document_id)
    changed = ""
    for entry in entries:
        data = _read(entry)
        if data is None:
            continue
        if hashlib.sha256(data).hexdigest() == entry.sha256:
            return Original(Path(entry.path).name, held.format, entry.sha256, data)
        changed = changed or entry.path
    name = Path(changed or (entries[0].path if entries else document_id)).name
    raise FileGoneError(name, is_changed=bool(changed))


def _read(entry: FileEntry) -> bytes | None:
    """What lies at the place of a file now, inside an archive or not; None if nothing does."""
    path = Path(entry.path)
    try:
        if path.is_file():
            return path.read_bytes()
        archive = next((each for each in path.parents if each.is_file()), None)
        if archive is None:
            return None
        return read_member(archive, path.relative_to(archive).as_posix())
    except (OSError, LoadError):
        return None  # it cannot be opened now, or has gone from its archive
