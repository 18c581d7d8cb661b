"""Facts that a person corrected: kept in the data folder, and put over what file and catalogue say.

`corrections.json` holds by document id the fields that were corrected, an empty text among them
where a fact is not known after all. Reading a file again, or another catalogue, undoes none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path

from rag.errors import CatalogueError
from rag.records import Facts

CORRECTIONS = "corrections.json"
MAX_FACT_CHARS = 1000
FACT_NAMES = tuple(field.name for field in fields(Facts))
_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")

Corrections = Mapping[str, Mapping[str, str]]  # by document id, by field of Facts


def read_corrections(folder: Path) -> dict[str, dict[str, str]]:
    """The corrections kept in the data folder; raises CatalogueError where they cannot be read."""
    path = folder / CORRECTIONS
    if not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        known = {
            str(document_id): {name: str(text) for name, text in given.items()}
            for document_id, given in kept.items()
        }
    except (OSError, ValueError, AttributeError) as error:
        raise CatalogueError(
            f"{path}: cannot be read: {error}; mend it, or move it away"
        ) from error
    unknown = sorted({name for each in known.values() for name in each} - set(FACT_NAMES))
    if unknown:
        raise CatalogueError(
            f"{path}: unknown fact {', '.join(unknown)}; known are {', '.join(FACT_NAMES)}"
        )
    return known


def write_corrections(folder: Path, corrections: Corrections) -> None:
    """Keeps the corrections, whole or not at all."""
    path = folder / CORRECTIONS
    beside = path.with_name(f"{path.name}.new")
    kept = {document_id: dict(given) for document_id, given in corrections.items() if given}
    beside.write_text(
        json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    beside.replace(path)


def corrected(facts: Facts, given: Mapping[str, str]) -> Facts:
    """The facts with what was corrected of them."""
    return replace(facts, **given)


def find_corrections(facts: Facts, wanted: Mapping[str, str]) -> dict[str, str]:
    """Which of the `wanted` facts differ from those held, tidied; raises CatalogueError for one
    that cannot be."""
    tidy = {name: " ".join(text.split()) for name, text in wanted.items()}
    held = asdict(facts)
    unknown = [name for name in tidy if name not in held]
    if unknown:
        raise CatalogueError(f"no fact {unknown[0]!r}; known are {', '.join(FACT_NAMES)}")
    changed = {name: text for name, text in tidy.items() if text != held[name]}
    for name, text in changed.items():
        if why := _refusal(name, text):
            raise CatalogueError(f"{name} {text[:60]!r}: {why}")
    return changed


def _refusal(name: str, text: str) -> str:
    """Why `text` cannot be that fact; empty where it can."""
    if name == "title" and not text:
        return "a document needs a title"
    if len(text) > MAX_FACT_CHARS:
        return f"{len(text):,} characters; at most {MAX_FACT_CHARS:,} are kept"
    if name == "date" and text and not _DATE.fullmatch(text):
        return "write it as 2014, 2014-10 or 2014-10-16"
    if name == "language" and text and not _LANGUAGE.fullmatch(text):
        return "write its code of two letters, as en, fr or es"
    return ""
