"""The documents that a brief cites, as lists of sources and reference managers want them.

1. One work for each document, in order of first use.
2. The kind that the facts name ("concept note", "resolution") decides the type of each format.
3. A name is taken apart only where it says how: "Ingleby, David"; all others stay as written, and
   so do organisations. Several are told apart by semicolons.
4. What the facts have for an author is the author; the organisation then is the publisher.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.briefs.records import Brief
from rag.records import Facts
from rag.render import without_controls

_MAX_RUNNING = 80  # characters of a title at the foot of a page
_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a document is called by CSL, BibTeX and RIS."""

    csl: str
    bibtex: str
    ris: str


_REPORT = Kind("report", "techreport", "RPRT")
_PLAIN = Kind("document", "misc", "GEN")
# By a word of the kind; the first that fits.
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("resolution", Kind("legislation", "misc", "GOVDOC")),
    ("decision", Kind("legislation", "misc", "GOVDOC")),
    ("treaty", Kind("treaty", "misc", "GOVDOC")),
    ("convention", Kind("treaty", "misc", "GOVDOC")),
    ("covenant", Kind("treaty", "misc", "GOVDOC")),
    ("minutes", _PLAIN),
    ("summary record", _PLAIN),
    ("letter", _PLAIN),
    ("statement", Kind("speech", "misc", "GEN")),
    ("speech", Kind("speech", "misc", "GEN")),
    ("web page", Kind("webpage", "misc", "ELEC")),
    ("article", Kind("article", "misc", "GEN")),
    ("thesis", Kind("thesis", "phdthesis", "THES")),
    ("book", Kind("book", "book", "BOOK")),
)


@dataclass(frozen=True, slots=True)
class Name:
    """A person or an organisation; `given` is empty where the name is not taken apart."""

    family: str  # or the whole name
    given: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A document cited; words without control characters, on one line."""

    key: str  # ASCII, lower case, unique among the works of a brief
    document_id: str
    facts: Facts  # its title is never empty
    kind: Kind
    authors: tuple[Name, ...]
    publisher: str  # where a person is the author
    date: tuple[int, ...]  # year, month, day, as far as known; empty where the date is no ISO date
    numbers: tuple[int, ...]  # of the footnotes that cite it


def works_of(brief: Brief) -> tuple[Work, ...]:
    """The documents cited, each once, in order of first use."""
    works: dict[str, Work] = {}
    taken: set[str] = set()
    for source in brief.sources:
        cited = source.citation
        if cited.document_id in works:
            continue
        numbers = tuple(
            each.citation.n
            for each in brief.sources
            if each.citation.document_id == cited.document_id
        )
        facts = _clean(source.facts, cited.title or cited.document_id)
        key = _unique(_slug(cited.document_id), taken)
        works[cited.document_id] = _work(key, cited.document_id, facts, numbers)
    return tuple(works.values())


def one_line(words: str) -> str:
    """`words` on one line, without what XML forbids or a reader's eye would obey."""
    seen = without_controls(words).translate({0xFFFE: None, 0xFFFF: None})
    return " ".join(seen.split())


def shortened(title: str) -> str:
    """A title as the foot of a page has room for it."""
    if len(title) <= _MAX_RUNNING:
        return title
    return f"{title[:_MAX_RUNNING].rpartition(' ')[0] or title[:_MAX_RUNNING]} …"


def _work(key: str, document_id: str, facts: Facts, numbers: tuple[int, ...]) -> Work:
    persons = tuple(_names(facts.author))
    return Work(
        key=key,
        document_id=document_id,
        facts=facts,
        kind=_kind(facts.kind),
        authors=persons or tuple(map(Name, _organisations(facts.organisation))),
        publisher=facts.organisation if persons else "",
        date=_date(facts.date),
        numbers=numbers,
    )


def _clean(facts: Facts, title: str) -> Facts:
    values = {name: one_line(getattr(facts, name)) for name in Facts.__dataclass_fields__}
    values["title"] = values["title"] or one_line(title)
    return Facts(**values)


def _kind(named: str) -> Kind:
    lowered = named.lower()
    known = (kind for word, kind in _KINDS if re.search(rf"\b{word}", lowered))
    return next(known, _REPORT if named else _PLAIN)


def _names(author: str) -> Iterator[Name]:
    for each in _parts(author):
        family, comma, given = (part.strip() for part in each.partition(","))
        is_apart = comma and family and given and "," not in given
        yield Name(family, given) if is_apart else Name(each)


def _organisations(organisation: str) -> Iterable[str]:
    """The organisations; one, as written, where a part only says more of the others ("X; prepared
    by Y")."""
    parts = _parts(organisation)
    return [organisation] if any(part[0].islower() for part in parts) else parts


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _date(text: str) -> tuple[int, ...]:
    match = _DATE.fullmatch(text)
    return tuple(int(part) for part in match.groups() if part) if match else ()


def _slug(document_id: str) -> str:
    plain = unicodedata.normalize("NFKD", document_id).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "document"


def _unique(key: str, taken: set[str]) -> str:
    n, unique = 1, key
    while unique in taken:
        n += 1
        unique = f"{key}-{n}"
    taken.add(unique)
    return unique
