"""The documents cited, for reference managers: CSL-JSON, BibTeX and RIS; an entry a document.

CSL-JSON: https://docs.citationstyles.org/en/stable/specification.html (1.0.1).
RIS: https://en.wikipedia.org/wiki/RIS_(file_format). In all of them an organisation is an author
that is not to be taken apart, a date is as precise as known, rights are a note.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rag.export.works import Name, Work

# What BibTeX would read as a command, a comment or the end of a field.
_BIBTEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        '"': "''",
        **{c: f"\\{c}" for c in "$&%#_"},
    }
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def csl_json(works: Sequence[Work]) -> str:
    """The works as CSL-JSON."""
    return json.dumps([_csl_item(work) for work in works], ensure_ascii=False, indent=2) + "\n"


def bibtex(works: Sequence[Work]) -> str:
    """The works as BibTeX, UTF-8."""
    return "\n".join(
        f"@{work.kind.bibtex}{{{work.key},\n"
        + "".join(f"  {name} = {value},\n" for name, value in _bibtex_fields(work) if value)
        + "}\n"
        for work in works
    )


def ris(works: Sequence[Work]) -> str:
    """The works as RIS; lines end as the format wants them, with CR LF."""
    lines = (f"{tag}  - {value}" for work in works for tag, value in _ris_lines(work))
    return "".join(f"{line}\r\n" for line in lines)


def _csl_item(work: Work) -> dict[str, object]:
    facts = work.facts
    year = str(work.date[0]) if work.date else ""
    issued: dict[str, object] = {"date-parts": [list(work.date)]} if work.date else {}
    item: dict[str, object] = {
        "id": work.key,
        "type": work.kind.csl,
        "title": facts.title,
        "author": [_csl_name(name) for name in work.authors],
        "publisher": work.publisher,
        "issued": issued or ({"literal": facts.date} if facts.date else {}),
        "genre": facts.kind,
        "number": facts.symbol,
        "version": facts.edition,
        "event": facts.event,
        # Styles leave out the date of issue where the name of the event has it.
        "event-date": {"date-parts": [[work.date[0]]]} if year and year in facts.event else {},
        "language": facts.language,
        "URL": facts.source,
        "note": f"Rights: {facts.rights}" if facts.rights else "",
    }
    return {key: value for key, value in item.items() if value}


def _csl_name(name: Name) -> dict[str, str]:
    return {"family": name.family, "given": name.given} if name.given else {"literal": name.family}


def _bibtex_fields(work: Work) -> Iterator[tuple[str, str]]:
    facts, kind = work.facts, work.kind.bibtex
    date = facts.date.translate(_BIBTEX)
    yield "title", f"{{{{{facts.title.translate(_BIBTEX)}}}}}"  # twice: its capitals stay
    yield "author", _braced(" and ".join(map(_bibtex_name, work.authors)))
    # A report needs an institution, a thesis a school.
    house = {"techreport": "institution", "phdthesis": "school"}.get(kind, "publisher")
    held = work.publisher or (facts.organisation if house == "institution" else "")
    yield house, _braced(f"{{{held.translate(_BIBTEX)}}}" if held else "")
    yield "year", _braced(str(work.date[0]) if work.date else date)
    yield "month", _MONTHS[work.date[1] - 1] if len(work.date) > 1 else ""
    yield "date", _braced(date if work.date else "")
    yield "type", _braced(facts.kind.translate(_BIBTEX))
    yield "number", _braced(facts.symbol.translate(_BIBTEX))
    yield "edition", _braced(facts.edition.translate(_BIBTEX))
    yield "eventtitle", _braced(facts.event.translate(_BIBTEX))
    yield "language", _braced(facts.language.translate(_BIBTEX))
    yield "url", _braced(_plain_address(facts.source))
    yield "note", _braced(f"Rights: {facts.rights.translate(_BIBTEX)}" if facts.rights else "")


def _braced(value: str) -> str:
    return f"{{{value}}}" if value else ""


def _bibtex_name(name: Name) -> str:
    family = name.family.translate(_BIBTEX)
    return f"{{{family}}}, {name.given.translate(_BIBTEX)}" if name.given else f"{{{family}}}"


def _plain_address(address: str) -> str:
    """An address is read as it stands: what could end its field is written by its code."""
    return "".join(f"%{ord(c):02X}" if c in '{}\\"' else c for c in address)


def _ris_lines(work: Work) -> Iterator[tuple[str, str]]:
    facts = work.facts
    dated = [f"{part:02}" for part in work.date[1:]] if work.date else []
    lines = [
        ("TY", work.kind.ris),
        ("ID", work.key),
        ("TI", facts.title),
        *(("AU", f"{each.family}, {each.given}" if each.given else each.family)
          for each in work.authors),
        ("PB", work.publisher),
        ("PY", f"{work.date[0]:04}" if work.date else ""),
        ("DA", "/".join([f"{work.date[0]:04}", *dated, *[""] * (3 - len(dated))])
         if work.date else facts.date),
        ("M3", facts.kind),
        ("SN" if work.kind.ris == "RPRT" else "M1", facts.symbol),
        ("ET", facts.edition),
        ("T2", facts.event),
        ("LA", facts.language),
        ("UR", facts.source),
        ("N1", f"Rights: {facts.rights}" if facts.rights else ""),
    ]  # fmt: skip
    yield from (line for line in lines if line[1])
    yield "ER", ""
