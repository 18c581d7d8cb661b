"""Names of uploaded files: what a browser says, made fit for a folder."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from rag.errors import LoadError
from rag.load.catalogue import CATALOGUE_NAMES

_MAX_STEM_BYTES, _MAX_ENDING = 120, 16
_UNFIT = re.compile(r'[<>:"/\\|?*&;`$%{}\[\]#!=\'\s]+')


def safe_name(given: str) -> str:
    """The last part of a file's name, with nothing that a folder, a shell or a page would obey.

    Raises LoadError for the name of a catalogue: facts are corrected in the list.
    """
    text = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    text = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    text = _UNFIT.sub("-", text.strip()).lstrip(".-").rstrip(".- ")
    if text.lower() in CATALOGUE_NAMES:
        raise LoadError(f"{text} is a catalogue, not a document; correct facts in the list instead")
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > _MAX_ENDING:
        stem, dot, ending = text, "", ""
    short = stem.encode()[:_MAX_STEM_BYTES].decode(errors="ignore").rstrip(".-")
    return f"{short or 'document'}{dot}{ending}"


def free_path(folder: Path, name: str) -> Path:
    """A place for a file of that name where none lies yet: "name-2.pdf" beside "name.pdf"."""
    path, number = folder / name, 2
    while path.exists():
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return path
