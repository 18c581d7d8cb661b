"""Word and PDF: footnotes are real, under the brief's numbers, on the pages of their marks."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.enum.style import WD_STYLE_TYPE
from harbour_briefs import BRIEF, SOURCES, long_brief, source
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element

from rag.briefs.number import number
from rag.briefs.records import Brief, BriefItem, BriefSection
from rag.export import export

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SOURCES_IN_LONG = 26


def _part(data: bytes, name: str) -> _Element:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return etree.fromstring(package.read(name))


def _words(element: _Element) -> str:
    return "".join(text.text or "" for text in element.iter(f"{W}t"))


def _marks(paragraph: _Element) -> list[tuple[str, int]]:
    """The marks of a paragraph in order: footnotes by id, fields by the number that they show."""
    marks: list[tuple[str, int]] = []
    for run in paragraph.iter(f"{W}footnoteReference", f"{W}instrText"):
        if run.tag == f"{W}footnoteReference":
            marks.append(("footnote", int(run.get(f"{W}id") or "")))
        else:
            name = re.fullmatch(r" NOTEREF _Ref(\d+) \\f \\h ", run.text or "")
            assert name
            marks.append(("reference", int(name[1]) - 100_000_000))
    return marks


def _footnotes(data: bytes) -> dict[int, str]:
    notes = _part(data, "word/footnotes.xml").iter(f"{W}footnote")
    return {int(note.get(f"{W}id") or ""): _words(note).strip() for note in notes}


def test_a_word_file_has_native_footnotes_under_the_numbers_of_the_brief() -> None:
    data = export(BRIEF, "docx")
    assert _footnotes(data) == {
        -1: "",
        0: "",
        1: (
            "Harbour Council and Port of Ys, “Minutes of the council” (21 October 2014), p. 15 "
            "(PDF page 17). Rests on: note 41, Ruiz, Ports, 2011."
        ),
        2: (
            "United Nations General Assembly resolution A/RES/70/999, “Fair moorings”, "
            "25 September 2015, para. 16 (b)."
        ),
        3: (
            "Harbour Council and Port of Ys, “Minutes of the council” (21 October 2014), p. 16 "
            "(PDF page 18)."
        ),
        4: "David Ingleby and Maria Ruiz, Ports & people? (Institute of Ports, 2016), "
        "section “Fees”.",
    }
    body = [p for p in _part(data, "word/document.xml").iter(f"{W}p") if _marks(p)]
    assert [_marks(paragraph) for paragraph in body] == [
        [("footnote", 1)],
        [("footnote", 2), ("reference", 1)],
        [("reference", 1), ("reference", 2)],
        [("footnote", 3)],
        [("footnote", 4), ("reference", 3)],
    ]
    bookmarks = _part(data, "word/document.xml").iter(f"{W}bookmarkStart")
    assert [mark.get(f"{W}name") for mark in bookmarks] == [f"_Ref10000000{n}" for n in range(1, 5)]
    note = next(
        each
        for each in _part(data, "word/footnotes.xml").iter(f"{W}footnote")
        if each.get(f"{W}id") == "4"
    )
    italics = [_words(run) for run in note.iter(f"{W}r") if run.find(f"{W}rPr/{W}i") is not None]
    assert italics == ["Ports & people?"]
    settings_part = _part(data, "word/settings.xml")
    separators = settings_part.find(f"{W}footnotePr")
    assert separators is not None
    assert [each.get(f"{W}id") for each in separators] == ["-1", "0"]


def test_a_word_file_reopens_with_headings_quotations_sources_and_annex() -> None:
    word = docx.Document(io.BytesIO(export(BRIEF, "docx")))
    told = [(each.style.name, each.text) for each in word.paragraphs]
    assert told[:9] == [
        ("Title", "Moorings"),
        ("Subtitle", "28 November 2026"),
        ("Heading 1", "What do moorings cost?"),
        ("Heading 2", "How much?"),
        ("Quoted Words", "“The fee is 40 crowns.”"),
        ("Heading 2", "Who pays?"),
        ("Quoted Words", "“Pilots pay nothing.”, 1"),
        ("Normal", "Both agree, in an editor's words.1, 2"),
        ("Lead", "Read on"),
    ]
    assert (
        "Open Point",
        'The documents do not say: Since when? No passage mentions "1999".',
    ) in told
    assert ("Source Remark", "Cited in notes: 1, 3. Rights: © Harbour Council.") in told
    annex = word.paragraphs[[text for _, text in told].index("Annex: the passages") :]
    marked = [
        run.text.strip()
        for paragraph in annex
        for run in paragraph.runs
        if run._r.find(f"{W}rPr/{W}shd") is not None
    ]
    assert marked == [
        "The fee is",
        "40 crowns.",
        "Pilots pay nothing.",
        "It rose in 2013.",
        "Small ports lose.",
    ]
    assert word.core_properties.title == "Moorings"
    assert word.core_properties.created.isoformat()[:10] == "2026-11-28"
    assert word.sections[0].footer.paragraphs[0].text == "Moorings\tPage 1 of 1"
    styles = {each.style_id: each.type for each in word.styles}
    assert styles["FootnoteText"] == WD_STYLE_TYPE.PARAGRAPH
    assert styles["FootnoteReference"] == WD_STYLE_TYPE.CHARACTER


def test_quotes_of_one_passage_stand_in_it_together() -> None:
    whole = "The fee is 40 crowns. It is paid by all. It rose in 2013."
    one, two, lost = (
        replace(each, passage=whole, citation=replace(each.citation, quote=quote))
        for each, quote in zip(
            (SOURCES[0], SOURCES[2], replace(SOURCES[2])),
            ("The fee is 40 crowns.", "It rose in 2013.", "Not there."),
            strict=True,
        )
    )
    two = replace(two, citation=replace(two.citation, n=2))
    lost = replace(lost, citation=replace(lost.citation, n=3, start=900, end=910))
    brief = Brief("b", (BriefSection("s", (BriefItem("x", (1, 2, 3)),)),), (one, two, lost))
    assert (
        export(brief, "md")
        .decode()
        .split("are marked.*\n\n")[1]
        .startswith(
            "**1, 2, 3.** *Minutes of the council*, p. 15 (PDF page 17)\n\n> **Not there.**\n>\n"
            "> **The fee is 40 crowns.** It is paid by all. **It rose in 2013.**\n"
        )
    )


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    cited = st.lists(st.integers(1, 6), max_size=3, unique=True).map(tuple)
    items = st.lists(st.builds(BriefItem, st.just("said"), cited, st.booleans()), max_size=3)
    section = st.builds(
        BriefSection, st.sampled_from(["", "s"]), items.map(tuple), cited, st.just(("open",))
    )
    sections = tuple(draw(st.lists(section, max_size=3)))
    sources = tuple(source(n, f"d{n % 3}", SOURCES[n % 4].facts, f"quote {n}") for n in range(1, 7))
    return number(Brief("b", sections, sources))


@settings(max_examples=30, deadline=None)
@given(briefs())
def test_word_numbers_footnotes_as_the_brief_does(brief: Brief) -> None:
    data = export(brief, "docx")
    cited = [
        numbers
        for each in brief.sections
        for numbers in (*(item.sources for item in each.items), *((n,) for n in each.passages))
        if numbers
    ]
    paragraphs = [_marks(p) for p in _part(data, "word/document.xml").iter(f"{W}p")]
    marks = [each for each in paragraphs if each]
    assert [tuple(n for _, n in each) for each in marks] == cited
    # Word numbers footnotes in the order in which they stand.
    native = [n for each in marks for kind, n in each if kind == "footnote"]
    assert native == [each.citation.n for each in brief.sources]


def test_equal_briefs_give_equal_bytes() -> None:
    assert export(BRIEF, "docx") == export(BRIEF, "docx")
    assert export(BRIEF, "pdf") == export(BRIEF, "pdf")
    undated = replace(BRIEF, made_on="")
    assert export(undated, "docx") == export(undated, "docx")
    assert export(undated, "pdf") == export(undated, "pdf")


def _pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            " ".join(page.get_textpage().get_text_range().replace("\ufffe", "").split())
            for page in document
        ]


def _check_pages(pages: list[str]) -> None:
    """Each footnote stands on the page of its mark, under its number; later marks show it."""
    annex = next(at for at, page in enumerate(pages) if "Annex: the passages" in page)
    body = pages[:annex]
    assert len([page for page in body if "quay" in page]) >= 3
    for n in range(1, SOURCES_IN_LONG + 1):
        (marked,) = (at for at, page in enumerate(body) if f"quay{n}x" in page)
        (noted,) = (at for at, page in enumerate(body) if f"para. {900 + n}." in page)
        assert (n, noted) == (n, marked)
        later = rf"\s*,\s*{n - 1}(?!\d)" if n > 1 else ""
        assert re.search(rf"quay{n}x”\s*{n}{later}(?!\d)", body[marked]), body[marked]
        reference = rf"(?<!\d){n}\s*Harbour Council, Paper {n}, para\. {900 + n}\."
        assert re.search(reference, body[noted]), body[noted]
        assert f"{n}. Paper {n}, para. {900 + n}" in " ".join(pages[annex:])


def test_footnotes_of_the_pdf_stand_on_the_pages_of_their_marks() -> None:
    _check_pages(_pages(export(long_brief(SOURCES_IN_LONG), "pdf")))


@pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice: apt install libreoffice-writer-nogui"
)
def test_footnotes_of_the_word_file_stand_on_the_pages_of_their_marks(tmp_path: Path) -> None:
    written = tmp_path / "brief.docx"
    written.write_bytes(export(long_brief(SOURCES_IN_LONG), "docx"))
    profile = (tmp_path / "profile").as_uri()  # one of its own: others may be running
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(written)],
        check=True,
        capture_output=True,
        timeout=200,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    _check_pages(_pages((tmp_path / "brief.pdf").read_bytes()))


def test_arabic_runs_from_right_to_left() -> None:
    arabic = "الحق في الصحة للمهاجرين"
    made = source(1, "d", replace(SOURCES[3].facts, title=arabic), arabic)
    brief = Brief("b", (BriefSection("s", (BriefItem(arabic, (1,), True),)),), (made,))
    quoted = next(
        each
        for each in docx.Document(io.BytesIO(export(brief, "docx"))).paragraphs
        if each.style.name == "Quoted Words"
    )
    assert quoted._p.find(f"{W}pPr/{W}bidi") is not None
    assert quoted._p.find(f"{W}r/{W}rPr/{W}rtl") is not None
    assert export(brief, "pdf").startswith(b"%PDF")


def test_an_empty_brief_is_a_title() -> None:
    word = docx.Document(io.BytesIO(export(Brief("Nothing yet"), "docx")))
    assert [each.text for each in word.paragraphs] == ["Nothing yet"]
    assert _pages(export(Brief("Nothing yet"), "pdf")) == ["Nothing yet Nothing yet Page 1 of 1"]
