"""References written out in full, in each style."""

from __future__ import annotations

from dataclasses import replace

import pytest
from harbour_briefs import MINUTES, RESOLUTION, SURVEY

from rag.briefs.records import Brief, BriefSource
from rag.errors import ExportError
from rag.export.references import Runs, open_references, style_names
from rag.export.works import Work, works_of
from rag.records import Citation, Facts

HOSTILE = '<script>alert("1")</script> <span class="nocase">N</span> & {x} \\y'
KNOWN = {
    "all": Facts(
        title="Realizing fees: concept note",
        organisation="Harbour Council",
        date="2014-10",
        kind="concept note",
        symbol="HC/2014/3",
        edition="Rev.1",
        event="Technical Meeting, New York, 16-17 October 2014",
        language="en",
        source="https://example.org/a?b=1&c=2",
        rights="© Harbour Council",
    ),
    "title only": Facts(title="Title only"),
    "no date": replace(MINUTES, date="", source=""),
    "resolution": RESOLUTION,
    "persons": SURVEY,
    "hostile": Facts(title=HOSTILE, organisation="A & B <b>", date="about 1999", kind="report"),
    "prepared by": Facts("Paper", "GFMD; prepared by the IOM", date="2020-01-05", kind="book"),
}
NOTES = {
    "un": {
        "all": (
            "Harbour Council, *Realizing fees: concept note*, HC/2014/3, Rev.1, Technical Meeting, "
            "New York, 16-17 October 2014, para. 7, p. 15 (PDF page 17)."
        ),
        "title only": "“Title only”, para. 7, p. 15 (PDF page 17).",
        "no date": (
            "Harbour Council and Port of Ys, “Minutes of the council”, para. 7, p. 15 "
            "(PDF page 17)."
        ),
        "resolution": (
            "United Nations General Assembly resolution A/RES/70/999, “Fair moorings”, "
            "25 September 2015, para. 7, p. 15 (PDF page 17)."
        ),
        "persons": (
            "David Ingleby and Maria Ruiz, *Ports & people?* (Institute of Ports, 2016), para. 7, "
            "p. 15 (PDF page 17)."
        ),
        "hostile": f"A & B <b>, *{HOSTILE}* (about 1999), para. 7, p. 15 (PDF page 17).",
        "prepared by": (
            "GFMD; prepared by the IOM, *Paper* (5 January 2020), para. 7, p. 15 (PDF page 17)."
        ),
    },
    "chicago": {
        "all": (
            "Harbour Council, *Realizing fees: concept note*, concept note, HC/2014/3, Rev.1, "
            "Technical Meeting, New York, 16-17 October 2014, para. 7, p. 15 (PDF page 17), "
            "https://example.org/a?b=1&c=2."
        ),
        "title only": "“Title only” (n.d.), para. 7, p. 15 (PDF page 17).",
        "no date": (
            "Harbour Council and Port of Ys, “Minutes of the council”, minutes (n.d.), para. 7, "
            "p. 15 (PDF page 17)."
        ),
        "resolution": (
            "United Nations General Assembly, Fair moorings, resolution, A/RES/70/999 "
            "(September 25, 2015), para. 7, p. 15 (PDF page 17)."
        ),
        "persons": (
            "David Ingleby and Maria Ruiz, *Ports & people?*, report (Institute of Ports, 2016), "
            "para. 7, p. 15 (PDF page 17)."
        ),
        "hostile": f"A & B <b>, *{HOSTILE}*, report (about 1999), para. 7, p. 15 (PDF page 17).",
        "prepared by": (
            "GFMD; prepared by the IOM, *Paper*, book (January 5, 2020), para. 7, p. 15 "
            "(PDF page 17)."
        ),
    },
}
LISTED = {
    "un": [
        f"A & B <b>. *{HOSTILE}*. about 1999.",
        "GFMD; prepared by the IOM. *Paper*. 5 January 2020.",
        "Harbour Council, and Port of Ys. “Minutes of the council”.",
        "Harbour Council. *Realizing fees: concept note*. HC/2014/3. Rev.1. Technical Meeting, "
        "New York, 16-17 October 2014. Available at https://example.org/a?b=1&c=2.",
        "Ingleby, David, and Maria Ruiz. *Ports & people?* Institute of Ports, 2016.",
        "“Title only”.",
        "United Nations General Assembly resolution A/RES/70/999. “Fair moorings”. "
        "25 September 2015.",
    ],
    "chicago": [
        f"A & B <b>. *{HOSTILE}*. Report. about 1999.",
        "GFMD; prepared by the IOM. *Paper*. Book. January 5, 2020.",
        "Harbour Council, and Port of Ys. “Minutes of the council”. Minutes. n.d.",
        "Harbour Council. *Realizing fees: concept note*. Concept note. HC/2014/3. Rev.1. "
        "Technical Meeting, New York, 16-17 October 2014. https://example.org/a?b=1&c=2.",
        "Ingleby, David, and Maria Ruiz. *Ports & people?* Report. Institute of Ports, 2016.",
        "“Title only”. n.d.",
        "United Nations General Assembly. Fair moorings. Resolution. A/RES/70/999. "
        "September 25, 2015.",
    ],
}


def _works(*facts: Facts) -> tuple[Work, ...]:
    sources = [
        BriefSource(Citation(n, f"p{n}", f"d{n}", each.title, (), 1, "1", 0, 5, "quote"), each)
        for n, each in enumerate(facts, start=1)
    ]
    return works_of(Brief("b", sources=tuple(sources)))


def _shown(runs: Runs) -> str:
    return "".join(f"*{run.text}*" if run.is_italic else run.text for run in runs)


@pytest.mark.parametrize("style", ["un", "chicago"])
def test_notes_name_what_is_known_and_nothing_else(style: str) -> None:
    works = dict(zip(KNOWN, _works(*KNOWN.values()), strict=True))
    references = open_references(tuple(works.values()), style, "en")
    pinpoint = "para. 7, p. 15 (PDF page 17)"
    made = {name: _shown(references.note(work, pinpoint)) for name, work in works.items()}
    assert made == NOTES[style]


@pytest.mark.parametrize("style", ["un", "chicago"])
def test_a_list_of_sources_is_in_order_of_authors(style: str) -> None:
    references = open_references(_works(*KNOWN.values()), style, "en")
    assert sorted(_shown(entry) for _, entry in references.listed()) == sorted(LISTED[style])
    authors = [_shown(entry).partition(".")[0] for _, entry in references.listed()]
    assert authors.index("GFMD; prepared by the IOM") < authors.index("Harbour Council")


def test_dates_and_terms_are_in_the_language_of_the_brief() -> None:
    work, minutes = works = _works(RESOLUTION, MINUTES)
    french = open_references(works, "un", "fr")
    assert _shown(french.note(work, "")) == (
        "United Nations General Assembly resolution A/RES/70/999, “Fair moorings”, "
        "25 septembre 2015."
    )
    assert _shown(french.listed()[0][1]).endswith(
        "Disponible sur https://example.org/minutes?a=1&b=2."
    )
    unknown = open_references(works, "un", "xx")
    assert "25 September 2015" in _shown(unknown.note(work, ""))
    assert _shown(unknown.note(minutes, "")).startswith("Harbour Council and Port of Ys, ")


def test_an_unknown_style_is_refused_with_those_there_are() -> None:
    assert style_names() == ["chicago", "un"]
    with pytest.raises(ExportError, match=r"^no style '\.\./un'; there are chicago, un$"):
        open_references(_works(SURVEY), "../un", "en")
