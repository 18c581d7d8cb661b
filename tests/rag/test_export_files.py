"""Markdown, plain text and the files of reference managers, written out."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import docx
import pypdfium2
import pytest
from harbour_briefs import BRIEF, MINUTES, RESOLUTION, SOURCES, SURVEY
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from rag.briefs.records import Brief, BriefItem, BriefSection, BriefSource
from rag.errors import ExportError
from rag.export import EXPORTERS, export, find_exporter
from rag.records import Facts

MARKDOWN = """\
# Moorings

28 November 2026

## What do moorings cost?

### How much?

> “The fee is 40 crowns.”[^1]

### Who pays?

> “Pilots pay nothing.”[^2][^1]

Both agree, in an editor's words.[^1][^2]

*Read on*

- “It rose in 2013.”[^3]

> **The documents do not say:** Since when? No passage mentions "1999".

## And the small ports?

> “Small ports lose.”[^4][^3]

## List of sources

- Harbour Council, and Port of Ys. “Minutes of the council”. 21 October 2014. Available at \
https://example.org/minutes?a=1&#38;b=2. Cited in notes: 1, 3. Rights: © Harbour Council.
- Ingleby, David, and Maria Ruiz. *Ports &#38; people?* Institute of Ports, 2016. Cited in notes: 4.
- United Nations General Assembly resolution A/RES/70/999. “Fair moorings”. 25 September 2015. \
Cited in notes: 2.

## Annex: the passages

*The numbers are those of the footnotes. The words quoted are marked.*

**1.** *Minutes of the council*, p. 15 (PDF page 17)

> So it was.
>
> **The fee is**
>
> **40 crowns.** And so it stayed.

**2.** *Fair moorings*, para. 16 (b)

> So it was.
>
> **Pilots pay nothing.** And so it stayed.

**3.** *Minutes of the council*, p. 16 (PDF page 18)

> So it was.
>
> **It rose in 2013.** And so it stayed.

**4.** *Ports &#38; people?*, section “Fees”

> So it was.
>
> **Small ports lose.** And so it stayed.

[^1]: Harbour Council and Port of Ys, “Minutes of the council” (21 October 2014), p. 15 \
(PDF page 17). Rests on: note 41, Ruiz, Ports, 2011.
[^2]: United Nations General Assembly resolution A/RES/70/999, “Fair moorings”, 25 September 2015, \
para. 16 (b).
[^3]: Harbour Council and Port of Ys, “Minutes of the council” (21 October 2014), p. 16 \
(PDF page 18).
[^4]: David Ingleby and Maria Ruiz, *Ports &#38; people?* (Institute of Ports, 2016), \
section “Fees”.
"""
TEXT_ENDING = """\
And the small ports?

“Small ports lose.” [4][3]

Notes

[1] Harbour Council and Port of Ys, “Minutes of the council” (21 October 2014), p. 15 \
(PDF page 17). Rests on: note 41, Ruiz, Ports, 2011.
[2] United Nations General Assembly resolution A/RES/70/999, “Fair moorings”, 25 September 2015, \
para. 16 (b).
[3] Harbour Council and Port of Ys, “Minutes of the council” (21 October 2014), p. 16 \
(PDF page 18).
[4] David Ingleby and Maria Ruiz, Ports & people? (Institute of Ports, 2016), section “Fees”.

List of sources

Harbour Council, and Port of Ys. “Minutes of the council”. 21 October 2014. Available at \
https://example.org/minutes?a=1&b=2. Cited in notes: 1, 3. Rights: © Harbour Council.
Ingleby, David, and Maria Ruiz. Ports & people? Institute of Ports, 2016. Cited in notes: 4.
United Nations General Assembly resolution A/RES/70/999. “Fair moorings”. 25 September 2015. \
Cited in notes: 2.
"""
BIBTEX = """\
@misc{minutes,
  title = {{Minutes of the council}},
  author = {{Harbour Council} and {Port of Ys}},
  year = {2014},
  month = oct,
  date = {2014-10-21},
  type = {minutes},
  language = {en},
  url = {https://example.org/minutes?a=1&b=2},
  note = {Rights: © Harbour Council},
}

@misc{resolution,
  title = {{Fair moorings}},
  author = {{United Nations General Assembly}},
  year = {2015},
  month = sep,
  date = {2015-09-25},
  type = {resolution},
  number = {A/RES/70/999},
}

@techreport{survey,
  title = {{Ports \\& people?}},
  author = {{Ingleby}, David and {Ruiz}, Maria},
  institution = {{Institute of Ports}},
  year = {2016},
  date = {2016},
  type = {report},
}
"""
RIS = """\
TY  - GEN
ID  - minutes
TI  - Minutes of the council
AU  - Harbour Council
AU  - Port of Ys
PY  - 2014
DA  - 2014/10/21/
M3  - minutes
LA  - en
UR  - https://example.org/minutes?a=1&b=2
N1  - Rights: © Harbour Council
ER  - 
TY  - GOVDOC
ID  - resolution
TI  - Fair moorings
AU  - United Nations General Assembly
PY  - 2015
DA  - 2015/09/25/
M3  - resolution
M1  - A/RES/70/999
ER  - 
TY  - RPRT
ID  - survey
TI  - Ports & people?
AU  - Ingleby, David
AU  - Ruiz, Maria
PB  - Institute of Ports
PY  - 2016
DA  - 2016///
M3  - report
ER  - 
"""  # noqa: W291
CSL = [
    {
        "id": "minutes",
        "type": "document",
        "title": "Minutes of the council",
        "author": [{"literal": "Harbour Council"}, {"literal": "Port of Ys"}],
        "issued": {"date-parts": [[2014, 10, 21]]},
        "genre": "minutes",
        "language": "en",
        "URL": "https://example.org/minutes?a=1&b=2",
        "note": "Rights: © Harbour Council",
    },
    {
        "id": "resolution",
        "type": "legislation",
        "title": "Fair moorings",
        "author": [{"literal": "United Nations General Assembly"}],
        "issued": {"date-parts": [[2015, 9, 25]]},
        "genre": "resolution",
        "number": "A/RES/70/999",
    },
    {
        "id": "survey",
        "type": "report",
        "title": "Ports & people?",
        "author": [
            {"family": "Ingleby", "given": "David"},
            {"family": "Ruiz", "given": "Maria"},
        ],
        "publisher": "Institute of Ports",
        "issued": {"date-parts": [[2016]]},
        "genre": "report",
    },
]
HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://z) $a$ `c` \\(d\\) "
    "| # \x00\x0b\u202e [^9]: } {\ud800"
)


def _with_facts(*facts: Facts) -> Brief:
    changed = [
        replace(
            SOURCES[n],
            facts=each,
            citation=replace(SOURCES[n].citation, n=n + 1, document_id=f"d{n}"),
        )
        for n, each in enumerate(facts)
    ]
    items = tuple(BriefItem("said", (n + 1,)) for n in range(len(facts)))
    return Brief("b", (BriefSection("s", items),), tuple(changed), "2026-11-28")


def test_markdown_and_plain_text_hold_the_whole_brief() -> None:
    assert export(BRIEF, "md").decode() == MARKDOWN
    assert export(BRIEF, "txt").decode().endswith(TEXT_ENDING)
    assert "Available at" not in export(BRIEF, "md", "chicago").decode()


def test_reference_managers_get_an_entry_a_document() -> None:
    assert export(BRIEF, "bib").decode() == BIBTEX
    assert export(BRIEF, "ris").decode() == RIS.replace("\n", "\r\n")
    assert json.loads(export(BRIEF, "json")) == CSL


def test_dates_as_far_as_known_and_keys_that_are_taken() -> None:
    facts = [replace(SURVEY, date=date) for date in ("2014-13-01", "2014-10", "", "about 1999")]
    made = _with_facts(*facts)
    issued = [each.get("issued") for each in json.loads(export(made, "json"))]
    assert issued == [
        {"literal": "2014-13-01"},
        {"date-parts": [[2014, 10]]},
        None,
        {"literal": "about 1999"},
    ]
    twins = [
        replace(each, citation=replace(each.citation, document_id=f"Été{sign}"))
        for each, sign in zip(made.sources[:2], "/?", strict=True)
    ]
    sections = (BriefSection("s", (BriefItem("x", (1, 2)),)),)
    twice = replace(made, sources=tuple(twins), sections=sections)
    assert [each["id"] for each in json.loads(export(twice, "json"))] == ["ete", "ete-2"]


def test_what_is_hostile_stays_words() -> None:
    facts = Facts(**dict.fromkeys(Facts.__dataclass_fields__, HOSTILE))
    (made,) = _with_facts(facts).sources
    cited = replace(made.citation, quote=HOSTILE, paragraph=HOSTILE, section=(HOSTILE,))
    source = BriefSource(cited, facts, HOSTILE)
    section = BriefSection(HOSTILE, (BriefItem(HOSTILE, (1,), True, HOSTILE),), (), (HOSTILE,))
    brief = Brief(HOSTILE, (section,), (source,), HOSTILE, HOSTILE)
    for style in ("un", "chicago"):
        written = export(brief, "md", style).decode()
        rendered = MarkdownIt("commonmark", {"html": True}).use(footnote_plugin).render(written)
        assert "<script" not in rendered
        assert "<img" not in rendered
        assert "javascript:alert(1)" in rendered  # as words
        assert rendered.count("<a href") == 2  # the mark and the way back
        assert not {"\x00", "\x0b", "\u202e"} & set(written)
    entry = export(brief, "bib").decode()
    assert entry.count("{") - entry.count("\\{") == entry.count("}") - entry.count("\\}")
    assert all(line[2:6] == "  - " for line in export(brief, "ris").decode().split("\r\n")[:-1])
    word = docx.Document(io.BytesIO(export(brief, "docx")))
    assert word.paragraphs[0].text.startswith("<script>alert(1)</script> [x](javascript:alert(1))")
    with pypdfium2.PdfDocument(export(brief, "pdf")) as pdf:
        first = pdf[0].get_textpage().get_text_range()
    assert "$a$ `c` \\(d\\)" in " ".join(first.split())


def test_an_unknown_format_or_style_is_refused_in_one_line() -> None:
    with pytest.raises(ExportError) as refused:
        export(BRIEF, "odt")
    assert str(refused.value) == "no format 'odt'; there are docx, pdf, md, txt, bib, ris, json"
    with pytest.raises(ExportError) as refused:
        export(BRIEF, "bib", "apa")
    assert str(refused.value) == "no style 'apa'; there are chicago, un"
    assert find_exporter("md").media_type == "text/markdown; charset=utf-8"
    assert len({each.media_type for each in EXPORTERS}) == len(EXPORTERS)


def test_a_brief_whose_numbers_would_shift_is_not_written() -> None:
    moved = replace(BRIEF, sections=BRIEF.sections[::-1])
    with pytest.raises(ValueError, match="'Moorings' are not numbered in order of first use"):
        export(moved, "docx")


def test_other_languages_have_their_own_words() -> None:
    french = export(replace(BRIEF, language="fr"), "md").decode()
    assert "28 novembre 2026" in french
    assert "> « The fee is 40 crowns. »[^1]" in french
    assert "S’appuie sur : note 41, Ruiz, Ports, 2011." in french
    assert (
        "«\u00a0The fee is 40 crowns.\u00a0»"
        in export(replace(BRIEF, language="fr"), "txt").decode()
    )
    spanish = export(replace(BRIEF, language="es"), "txt").decode()
    assert "Los documentos no dicen: Since when?" in spanish


def test_facts_of_every_kind_have_a_type() -> None:
    kinds = ["concept note", "Resolution", "summary record", "Web page", "Convention", ""]
    made = _with_facts(*(Facts(title="T", kind=kind) for kind in kinds[:4]))
    types = [each["type"] for each in json.loads(export(made, "json"))]
    assert types == ["report", "legislation", "document", "webpage"]
    made = _with_facts(*(Facts(title="T", kind=kind) for kind in kinds[4:]))
    assert [each["type"] for each in json.loads(export(made, "json"))] == ["treaty", "document"]
    assert {MINUTES.kind, RESOLUTION.kind} == {"minutes", "resolution"}
