"""Suites and cases as data: strict models of what a person writes, refused by name where wrong.

A suite is a TOML file, its cases a JSONL file (or CSV, or a folder in the BEIR layout: see
`cases.py`). Paths in a suite are relative to its file; `$VERSE_SHARED` at their start stands for
the folder of that name in the environment.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from evals.errors import SuiteError

Mode = Literal["retrieval", "answer", "refusal", "conversation", "injection", "claims"]
Overlay = dict[str, dict[str, Any]]
SHIPPED = Path(__file__).parent / "suites"
_KNOWN_SYSTEMS = Path(__file__).with_name("systems.toml")
DRAFT = "draft"  # the tag of a case without gold
_SHARED = "$VERSE_SHARED"
NAME = r"^[a-z0-9][a-z0-9-]{0,63}$"  # of suites and systems: they name files


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Strings = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Quote = Annotated[str, Field(pattern=r"\w")]  # what has no word could never be found
Quotes = Annotated[tuple[Quote, ...], BeforeValidator(_as_tuple)]
SystemName = Annotated[str, Field(pattern=NAME)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Gold(_Strict):
    """One thing that an answer should rest on: any of `quotes`, which say the same."""

    # Empty in sets that give quotes only: then in one of the documents relevant to the case.
    document: str = Field(default="", validation_alias=AliasChoices("document", "doc"))
    quotes: Quotes = Field(validation_alias=AliasChoices("quotes", "quote"), min_length=1)
    page: int | None = Field(default=None, ge=1)  # the PDF page on which the first quote begins


class Nugget(_Strict):
    """One fact that a full answer gives; `vital` ones must not be missing."""

    text: str = Field(min_length=1)
    vital: bool = True


class Case(_Strict):
    """One question with what is known of its answer, or one claim with its context."""

    id: str = Field(min_length=1)
    question: str = ""
    kind: str = ""  # "guiding", "factoid", "unanswerable", ...
    tags: tuple[str, ...] = ()
    history: tuple[str, ...] = ()  # earlier questions of the conversation, oldest first
    filters: dict[str, str] = {}
    answerable: bool | None = True  # None: cannot be said
    evidence: tuple[Gold, ...] = ()
    nuggets: tuple[Nugget, ...] = ()
    relevant: dict[str, int] = {}  # grade by document, for sets judged by document
    answers: Strings = ()  # a right answer has one of these words for word
    required: Strings = ()  # a right answer has all of these
    forbidden: Strings = ()  # an answer that has one of these was steered
    context: str = ""  # of a claim
    claim: str = ""
    supported: bool | None = None  # whether the context carries the claim
    note: str = ""

    @property
    def labels(self) -> frozenset[str]:
        """Kind and tags together: what `--only` selects by."""
        return frozenset(filter(None, (self.kind, *self.tags)))

    @property
    def is_draft(self) -> bool:
        """Whether it still waits for a person to add the gold, and is left out of runs."""
        return DRAFT in self.tags

    @property
    def is_false_premise(self) -> bool:
        """Whether the question takes for granted what is not so; counts in no refusal metric."""
        return "false-premise" in self.labels


class Gate(_Strict):
    """What a change must not do to one metric."""

    metric: str
    # A value on the wrong side of it is refused, whatever it was before.
    floor: float | None = Field(default=None, allow_inf_nan=False)
    regression: bool = True  # a significant change for the worse is refused


class Suite(_Strict):
    """A suite as its file declares it."""

    name: str = Field(pattern=NAME)
    title: str = ""
    mode: Mode
    cases: str
    documents: Strings = ()  # files, folders, patterns
    catalogue: str = ""
    records: str = ""  # JSONL (id, title, text): each record becomes a document
    qrels: str = ""  # question, document, grade; where it does not lie beside the cases
    fields: dict[str, str] = {}  # our name of a column: its name in the file of cases (cases.py)
    only: Strings = ()  # kinds or tags
    top_k: int = Field(default=8, ge=1, le=1000)  # hits to keep
    metrics: tuple[str, ...] = ()  # those of the mode where none are named
    gates: tuple[Gate, ...] = ()
    settings: Overlay = {}  # of the engine
    # Side by side; "ours" is the engine as it is set.
    systems: tuple[SystemName, ...] = Field(default=("ours",), min_length=1)
    system: dict[SystemName, Overlay] = {}  # what a further system does otherwise


class SuiteFile:
    """A suite with the place of its file, from which its paths are found."""

    def __init__(self, path: Path, shared: Path | None = None) -> None:
        """Reads and checks the file at `path`; raises SuiteError."""
        self.path = path.resolve()
        self._shared = shared.resolve() if shared else None
        try:
            content = path.read_bytes()
            values = tomllib.loads(content.decode("utf-8"))
        except OSError as error:
            raise SuiteError(f"suite {path} cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SuiteError(f"suite {path} is no TOML: {error}") from error
        try:
            self.suite = Suite.model_validate(values)
        except ValidationError as error:
            raise SuiteError(f"suite {path}: {first_line(error)}") from error
        for system in self.suite.systems:
            self.system_settings(system)
        self.sha256 = hashlib.sha256(content).hexdigest()

    def system_settings(self, name: str) -> Overlay:
        """What the system called `name` does otherwise; raises SuiteError with those known."""
        known = {"ours": {}, **_known_systems(), **self.suite.system}
        if name not in known:
            raise SuiteError(
                f"suite {self.suite.name}: no system {name!r}; known: {', '.join(sorted(known))}"
            )
        return known[name]

    @property
    def is_available(self) -> bool:
        """Whether all that it names is there."""
        named = (self.suite.cases, self.suite.records, *self.suite.documents)
        if not self.has_shared:
            return False
        return all(next(iter(self._found(name)), None) for name in named if name)

    @property
    def has_shared(self) -> bool:
        """Whether the folder of VERSE_SHARED is there, if it names something in it."""
        named = (self.suite.cases, self.suite.records, *self.suite.documents)
        return self._shared is not None or not any(n.startswith(_SHARED) for n in named)

    def files(self) -> list[Path]:
        """The documents, in order; raises SuiteError where a name leads to none."""
        found: list[Path] = []
        for name in self.suite.documents:
            here = sorted(self._found(name))
            if not here:
                raise SuiteError(f"suite {self.suite.name}: no documents at {self._full(name)}")
            found += here
        return found

    def place(self, name: str) -> Path:
        """Where the file or folder that the suite calls `name` lies; raises SuiteError."""
        path = self._full(name)
        if not path.exists():
            raise SuiteError(f"suite {self.suite.name}: there is no {path}")
        return path

    def _found(self, name: str) -> Iterable[Path]:
        path = self._full(name)
        if any(sign in path.name for sign in "*?["):
            return path.parent.glob(path.name)
        return [path] if path.exists() else []

    def _full(self, name: str) -> Path:
        if name.startswith(_SHARED):
            if self._shared is None:
                raise SuiteError(
                    f"suite {self.suite.name} needs {name}; set VERSE_SHARED to the shared folder"
                )
            return self._shared / name.removeprefix(_SHARED).lstrip("/")
        return (self.path.parent / Path(name).expanduser()).resolve()


@cache
def _known_systems() -> dict[str, Overlay]:
    return tomllib.loads(_KNOWN_SYSTEMS.read_text(encoding="utf-8"))


def find_suites(
    folders: Sequence[Path], shared: Path | None, tell: Callable[[SuiteError], None] | None = None
) -> dict[str, SuiteFile]:
    """All suites in `folders` by name, in order; a later folder wins over an earlier one.

    A broken file is left out and told; it is raised where nobody is there to be told.
    """
    found: dict[str, SuiteFile] = {}
    for name, each in _suites_and_errors(folders, shared).items():
        if isinstance(each, SuiteFile):
            found[name] = each
        elif tell is None:
            raise each
        else:
            tell(each)
    return found


def _suites_and_errors(
    folders: Sequence[Path], shared: Path | None
) -> dict[str, SuiteFile | SuiteError]:
    """Suites by their name, and what is wrong with a broken one by that of its file."""
    found: dict[str, SuiteFile | SuiteError] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            try:
                each = SuiteFile(path, shared)
                found[each.suite.name] = each
            except SuiteError as error:
                found[path.stem] = error
    return found


def find_suite(name: str, folders: Sequence[Path], shared: Path | None) -> SuiteFile:
    """The suite called `name`, or in the file of that name.

    Raises SuiteError with those known, or what is wrong with it; other broken files do not matter.
    """
    if name.endswith(".toml"):
        return SuiteFile(Path(name), shared)
    known = _suites_and_errors(folders, shared)
    if name not in known:
        raise SuiteError(f"no suite {name!r}; known: {', '.join(known) or 'none'}")
    found = known[name]
    if isinstance(found, SuiteError):
        raise found
    return found


def first_line(error: ValidationError) -> str:
    """The first thing that is wrong, as one line: where, what, the value."""
    errors = error.errors()  # a key that is not known explains another that is missing
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    place = ".".join(str(each) for each in first["loc"]) or "the whole"
    if first["type"] == "extra_forbidden":
        return f"{place}: unknown key; see docs/evaluation.md for those known"
    if first["type"] == "missing":
        return f"{place}: is needed"
    if first["type"] == "tuple_type" and isinstance(first.get("input"), dict):
        return f"{place}: write [[{place}]], a table for each"
    return f"{place}: {first['msg']} (got {str(first.get('input'))[:80]!r})"
