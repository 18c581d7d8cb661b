"""What an ingest is to look at: the only place that walks files.

Nothing is changed here, and a catalogue that cannot be read stops the ingest before it starts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rag.errors import CatalogueError
from rag.ledger import FileEntry, Outcome
from rag.load.catalogue import CATALOGUE_NAMES, CatalogueEntry, find_entry, read_catalogue
from rag.records import Facts


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One line of the closing table; `is_problem` where a person should look at the file."""

    path: str
    outcome: Outcome
    reason: str = ""
    document_id: str = ""
    passages: int = 0
    is_problem: bool = False

    def is_told_by(self, gone: Iterable[str]) -> bool:
        """Whether this path is one of those in `gone`, or a folder that held one."""
        root = {str(Path(self.path).expanduser().resolve())}
        return any(is_under(each, root) for each in gone)


@dataclass(slots=True)
class Catalogues:
    """Catalogue entries by file: from the catalogue given, else from those beside the files."""

    given: Path | None = None
    stored: Mapping[str, CatalogueEntry | None] = field(default_factory=dict)  # by path
    _read: dict[Path, Mapping[str, CatalogueEntry]] = field(default_factory=dict)

    def entry(self, path: Path, root: Path) -> CatalogueEntry | None:
        """The entry of the file at `path`, which was found under the folder `root`."""
        for folder, catalogue in self._places(path.parent, root):
            relative = path.relative_to(folder) if path.is_relative_to(folder) else path
            found = find_entry(self.entries(catalogue), relative)
            if found:
                return found
        return self.stored.get(str(path))

    def entries(self, catalogue: Path) -> Mapping[str, CatalogueEntry]:
        """What a catalogue says; it is read once. Raises CatalogueError."""
        if catalogue not in self._read:
            self._read[catalogue] = read_catalogue(catalogue)
        return self._read[catalogue]

    def _places(self, folder: Path, root: Path) -> Iterator[tuple[Path, Path]]:
        if self.given:
            yield root, self.given
            return
        for place in dict.fromkeys((folder, root)):
            named = [place / name for name in CATALOGUE_NAMES if (place / name).is_file()]
            if len(named) > 1:
                names = " and ".join(each.name for each in named)
                raise CatalogueError(f"{place} has {names}; keep one of them")
            yield from ((place, each) for each in named)


@dataclass(frozen=True, slots=True)
class Work:
    """What an ingest is to look at, and what it cannot."""

    roots: tuple[Path, ...]  # folders and files as named, whether they exist or not
    files: tuple[tuple[Path, Path], ...]  # each with the folder under which it was found
    problems: tuple[FileOutcome, ...]
    catalogues: Catalogues


def list_work(
    paths: Iterable[Path],
    catalogue: Path | None = None,
    known: Iterable[FileEntry] = (),
    leave_out: Path | None = None,
) -> Work:
    """Lists the files of `paths` (files and folders, walked to the bottom), changing nothing.

    What lies under `leave_out` (the library itself) is passed over. Facts come from `catalogue`,
    else from the catalogue beside a file or at the top of its folder. `known` files come along
    with the facts that they had, if there are none now. Raises CatalogueError for a catalogue
    that cannot be read.
    """
    given = tuple(path.expanduser() for path in paths)
    before = tuple(known)
    stored = {each.path: parse_entry(each.catalogue) for each in before}
    catalogues = Catalogues(catalogue, stored)
    if catalogue:
        catalogues.entries(catalogue)
    problems, files = _listed(given, leave_out.expanduser().resolve() if leave_out else None)
    for entry in before:
        held = _on_disk(Path(entry.path))
        if held:
            files.setdefault(held, held.parent)
    for path, root in files.items():
        catalogues.entry(path, root)  # told now, if a catalogue is wrong
    roots = (*(each.resolve() for each in given), *(Path(entry.path) for entry in before))
    return Work(roots, tuple(files.items()), tuple(problems), catalogues)


def stored_entry(entry: CatalogueEntry | None) -> str:
    """A catalogue entry as the ledger keeps it; empty for none."""
    return json.dumps(asdict(entry), sort_keys=True) if entry else ""


def parse_entry(stored: str) -> CatalogueEntry | None:
    """The catalogue entry that the ledger keeps."""
    if not stored:
        return None
    values = json.loads(stored)
    return CatalogueEntry(**(values | {"facts": Facts(**values["facts"])}))


def is_under(path: str, roots: Iterable[str]) -> bool:
    """Whether `path` is one of `roots` or lies under one."""
    held = set(roots)
    return path in held or any(str(parent) in held for parent in Path(path).parents)


def is_there(path: str) -> bool:
    """Whether a file, or the archive that it was found in, is on disk."""
    return _on_disk(Path(path)) is not None


def _on_disk(path: Path) -> Path | None:
    """The file at `path`, or the archive that holds it, if it is there."""
    return next((each for each in (path, *path.parents) if each.is_file()), None)


def _listed(
    paths: Iterable[Path], leave_out: Path | None
) -> tuple[list[FileOutcome], dict[Path, Path]]:
    """Problems with the paths themselves, and the files under them with their root folder."""
    problems: list[FileOutcome] = []
    files: dict[Path, Path] = {}
    for given in paths:
        path = given.expanduser().resolve()
        if path.is_dir():
            closed: list[OSError] = []
            walked = _walk(path, closed.append)
            found = [each for each in walked if leave_out not in each.parents]
            files.update(dict.fromkeys(found, path))
            problems += [_closed_folder(error) for error in closed]
            if not found and not closed:
                problems.append(
                    FileOutcome(str(given), "skipped", "no files in this folder", is_problem=True)
                )
        elif path.is_file():
            files[path] = path.parent
        else:
            reason = "not a regular file" if path.exists() else "no such file or folder"
            problems.append(FileOutcome(str(given), "skipped", reason, is_problem=True))
    return problems, files


def _walk(folder: Path, refuse: Callable[[OSError], None]) -> Iterator[Path]:
    """Files under `folder`, those nearest to it first; hidden ones and catalogues left out."""
    found = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(place, name) for name in names if not name.startswith("."))
        found += [path for path in paths if path.is_file() and path.name not in CATALOGUE_NAMES]
    inside = [(path.relative_to(folder).parts, path) for path in found]
    yield from (path for parts, path in sorted(inside, key=lambda each: (len(each[0]), each[0])))


def _closed_folder(error: OSError) -> FileOutcome:
    reason = f"this folder cannot be read: {error.strerror}; what is held of it stays"
    return FileOutcome(str(error.filename), "skipped", reason, is_problem=True)
