"""The starter corpus: ten briefs, in the formats that a user brings, each complete."""

import re
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pypdf
import pytest

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
SOURCES = ROOT / "bench" / "corpus_sources"
BRIEFS = sorted(path for path in CORPUS.iterdir() if path.name != "catalogue.toml")
PDFS = [path for path in BRIEFS if path.suffix == ".pdf"]
FIELDS = {"title", "organisation", "date", "kind", "language", "rights"}


def read_source(brief: Path) -> str:
    """The text as it was written: the Markdown behind a PDF or DOCX, else the file itself."""
    source = SOURCES / f"{brief.stem}.md"
    return (source if source.exists() else brief).read_text(encoding="utf-8")


def read_catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads((CORPUS / "catalogue.toml").read_text(encoding="utf-8"))


def test_catalogue_covers_exactly_the_briefs_in_the_folder():
    stems = [path.stem for path in BRIEFS]
    assert len(stems) == len(set(stems)), "one home per brief"
    assert sorted(read_catalogue()) == stems


def test_catalogue_says_plainly_what_the_briefs_are():
    for stem, entry in read_catalogue().items():
        assert set(entry) == FIELDS, stem
        assert entry["kind"] == "starter brief", stem
        assert entry["organisation"] == "Chapter & Verse project", stem
    head = (CORPUS / "catalogue.toml").read_text(encoding="utf-8").split("\n[")[0]
    assert "NOT official documents" in head


def test_formats_are_those_that_a_user_brings():
    assert Counter(path.suffix for path in BRIEFS) == {".pdf": 3, ".docx": 1, ".html": 1, ".md": 5}


def test_each_built_brief_has_a_source_and_no_other_has():
    built = {path.stem for path in BRIEFS if path.suffix in (".pdf", ".docx")}
    assert {path.stem for path in SOURCES.iterdir()} == built


@pytest.mark.parametrize("brief", BRIEFS, ids=lambda path: path.stem)
def test_paragraphs_are_numbered_without_a_gap(brief):
    numbers = re.findall(r"^(?:<p>)?(\d+)\. ", read_source(brief), flags=re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 12


@pytest.mark.parametrize("brief", BRIEFS, ids=lambda path: path.stem)
def test_every_note_is_referred_to_and_dated(brief):
    text = read_source(brief)
    if brief.suffix == ".html":
        referred = re.findall(r'<sup><a href="#note-(\d+)"', text)
        notes = dict(re.findall(r'<li id="note-(\d+)">(.*)</li>', text))
    else:
        referred = re.findall(r"\[\^(\d+)\](?!:)", text)
        notes = dict(re.findall(r"^\[\^(\d+)\]: (.*)$", text, flags=re.MULTILINE))
    assert 4 <= len(notes) <= 10
    assert list(dict.fromkeys(referred)) == list(notes), "numbered in the order of reference"
    assert all(re.search(r"\b(19|20)\d\d\b", note) for note in notes.values())


@pytest.mark.parametrize("brief", BRIEFS, ids=lambda path: path.stem)
def test_title_is_the_catalogue_s_and_guiding_questions_come_last(brief):
    text = read_source(brief)
    headings = re.findall(r"^(?:#+ |<h[12]>)(.*?)(?:</h[12]>)?$", text, flags=re.MULTILINE)
    assert headings[0] == read_catalogue()[brief.stem]["title"]
    assert [h for h in headings if h != "Notes"][-1] == "Guiding questions"
    assert 3 <= text.split("Guiding questions")[-1].count("?") <= 5


@pytest.mark.parametrize("brief", BRIEFS, ids=lambda path: path.stem)
def test_brief_says_that_it_is_not_an_official_document(brief):
    statement = r"A starter brief of the Chapter &(amp;)? Verse project.*not an official document"
    assert re.search(statement, read_source(brief))


@pytest.mark.parametrize("brief", PDFS, ids=lambda path: path.stem)
def test_pdf_has_several_pages_with_header_number_and_metadata(brief):
    reader = pypdf.PdfReader(brief)
    pages = [page.extract_text() for page in reader.pages]
    assert 2 <= len(pages) <= 4
    assert reader.metadata.title == read_catalogue()[brief.stem]["title"]
    assert reader.metadata.author == "Chapter & Verse"
    for label, page in zip(reader.page_labels, pages, strict=True):
        assert page.rstrip().endswith(f"page {label}")
        assert label == "i" or page.startswith("Chapter & Verse: starter briefs")


def test_one_pdf_numbers_its_front_page_in_roman():
    labels = [pypdf.PdfReader(path).page_labels for path in PDFS]
    assert sum(label[:2] == ["i", "1"] for label in labels) == 1


@pytest.mark.parametrize("brief", PDFS, ids=lambda path: path.stem)
def test_pdf_prints_every_list_item_and_every_note(brief):
    printed = " ".join(page.extract_text() for page in pypdf.PdfReader(brief).pages)
    printed = re.sub(r"\s+", " ", printed)
    items = re.findall(r"^- ([^*]*?)(?:\[\^\d+\])?$", read_source(brief), flags=re.MULTILINE)
    notes = re.findall(r"^\[\^(\d+)\]: (.*)$", read_source(brief), flags=re.MULTILINE)
    for line in items + [f"{number} {note}" for number, note in notes]:
        assert line in printed


def test_docx_has_native_footnotes_headings_and_table():
    (brief,) = (path for path in BRIEFS if path.suffix == ".docx")
    with zipfile.ZipFile(brief) as archive:
        footnotes = archive.read("word/footnotes.xml").decode("utf-8")
        document = archive.read("word/document.xml").decode("utf-8")
    notes = re.findall(r"^\[\^\d+\]: ", read_source(brief), flags=re.MULTILINE)
    assert len(re.findall(r"<w:footnoteReference\b", document)) == len(notes)
    assert footnotes.count("<w:footnoteRef") == len(notes)
    assert document.count('<w:pStyle w:val="Heading1"') >= 4
    assert "<w:tbl>" in document
