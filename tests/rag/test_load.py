"""Loading by content, failing with one clear reason, facts, and the shared documents if present."""

import json
import os
import re
from functools import cache
from pathlib import Path

import pytest
from test_load_text import check_offsets

from rag.errors import (
    EmptyFileError,
    EncryptedFileError,
    LoadError,
    NeedsOcrError,
    UnknownKindError,
)
from rag.load import is_supported, load
from rag.load.catalogue import read_catalogue
from rag.records import Document, Facts

SHARED = Path(os.environ.get("VERSE_SHARED", Path(__file__).parents[3] / "shared"))
NOT_WORD = "not a Word file although its name ends in .docx"
NOT_PDF = "not a PDF file although its name ends in .pdf"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")


@pytest.mark.parametrize(
    ("name", "data", "kind", "reason"),
    [
        ("a.txt", b"", EmptyFileError, "empty file"),
        ("a.pdf", b" \n\0", EmptyFileError, "empty file"),
        ("a.md", bytes(range(256)) * 20, UnknownKindError, "binary data, not text"),
        ("a.docx", b"PK\3\4junk", UnknownKindError, NOT_WORD),
        ("a.docx", b"plain", UnknownKindError, NOT_WORD),
        ("a.pdf", b"\x89PNG\r\n", NeedsOcrError, "a picture: needs OCR"),
        ("a.html", b"<html><script>x</script></html>", EmptyFileError, "no text in the file"),
    ],
)  # fmt: skip
def test_reasons(
    tmp_path: Path, name: str, data: bytes, kind: type[LoadError], reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(kind) as caught:
        load(tmp_path / name, "a")
    assert caught.value.reason == reason


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be opened: No such file"):
        load(tmp_path / "none.txt", "none")


def test_content_goes_before_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text("<!doctype html><html><body><h1>Title here now</h1><p>Words.</p></body></html>")
    assert load(path, "page").text == "Title here now\n\nWords."
    path = tmp_path / "really-text.pdf"
    path.write_text("Plain words.")
    assert load(path, "text").text == "Plain words."


def test_endings_for_folder_walks() -> None:
    names = [
        "a.txt",
        "a.MD",
        "a.markdown",
        "a.html",
        "a.htm",
        "a.docx",
        "a.PDF",
        "a.doc",
        "a.png",
        "a",
    ]
    assert [name for name in names if is_supported(Path(name))] == names[:7]


def test_given_facts_win_over_found_ones(tmp_path: Path) -> None:
    path = tmp_path / "rules.md"
    path.write_text(
        "# United Nations\n\nA/RES/70/1\n\n## Rules of the great harbour\n\n"
        "Les bateaux quittent le port le matin et reviennent le soir avec du poisson.\n"
    )
    found = load(path, "rules").facts
    assert found == Facts(
        title="Rules of the great harbour",
        organisation="United Nations General Assembly",
        kind="resolution",
        symbol="A/RES/70/1",
        language="fr",
    )
    given = load(path, "rules", Facts(title="Given", language="en-GB", date="2009")).facts
    assert (given.title, given.language, given.date) == ("Given", "en", "2009")
    assert given.symbol == "A/RES/70/1"


STEMS = (
    "desa-2009-social-integration-aide-memoire",
    "gfmd-2020-roundtable-1-2-background-paper",
    "gmg-2014-post-2015-concept-note",
    "spf-coalition-2012-minutes",
    "sweden-ilo-2013-labour-migration-concept-note",
)


@cache
def shared_document(stem: str, ending: str) -> Document:
    folder = SHARED / "documents"
    entry = read_catalogue(folder / "catalogue.toml")[stem]
    path = folder / f"{stem}.txt" if ending == "txt" else folder / ending / f"{stem}.{ending}"
    return load(path, entry.document_id, entry.facts)


def letters(text: str) -> str:
    """Letters and digits, lower-cased, a space between runs; markers and link targets dropped."""
    text = re.sub(r"\]\([^)]*\)", "]", re.sub(r"<sup>.*?</sup>", "", text))
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


@needs_shared
@pytest.mark.parametrize("ending", ["txt", "html", "docx", "pdf"])
def test_every_gold_quote_is_in_its_document(ending: str) -> None:
    rows = (
        (SHARED / "evals" / "source-documents-dev.jsonl").read_text(encoding="utf-8").splitlines()
    )
    evidence = [item for row in rows for item in json.loads(row)["evidence"]]
    texts = {stem: letters(shared_document(stem, ending).text) for stem in STEMS}
    assert len(evidence) > 50
    assert [e for e in evidence if letters(e["quote"]) not in texts[e["doc"]]] == []


@needs_shared
def test_gold_quotes_are_on_their_pages() -> None:
    pdfium = pytest.importorskip("pypdfium2")
    rows = (
        (SHARED / "evals" / "source-documents-dev.jsonl").read_text(encoding="utf-8").splitlines()
    )
    for item in (item for row in rows for item in json.loads(row)["evidence"]):
        document = shared_document(item["doc"], "pdf")
        pages = pdfium.PdfDocument(SHARED / "documents" / "pdf" / f"{item['doc']}.pdf")
        quote = re.escape(letters(item["quote"])).replace(r"\ ", r"[\W_]+")
        found = re.search(quote, document.text, re.IGNORECASE)
        assert found is not None
        page = document.page_at(found.start())
        assert page is not None
        start = letters(item["quote"]).replace(" ", "")[:12]
        text = pages[page.number - 1].get_textpage().get_text_range()
        assert start in re.sub(r"[\W_]|\ufffe", "", text.lower())


@needs_shared
@pytest.mark.parametrize("ending", ["txt", "html", "docx", "pdf"])
def test_notes_of_the_background_paper(ending: str) -> None:
    document = shared_document("gfmd-2020-roundtable-1-2-background-paper", ending)
    labels = [note.label for note in document.notes]
    assert labels == ["1", *(str(n) for n in range(1, 84))]
    before = {n: document.text[: note.markers[0]][-20:] for n, note in enumerate(document.notes)}
    assert all(len(note.markers) == 1 for note in document.notes)
    assert before[0].endswith("Background paper") and before[1].endswith("newcomers")
    assert before[16].endswith("social cohesion") and before[52].endswith("Migration")
    assert before[74] == before[73] and before[83].endswith("welcoming;")
    for note, start in (
        (0, "This paper has"),
        (1, "Newcomers"),
        (16, "While there"),
        (83, "See GFMD"),
    ):
        begin = document.notes[note].start
        assert document.text[begin:].lstrip("'‘").startswith(start)
    assert "recently gained currency to reflect the evolving debate" in document.text


@needs_shared
@pytest.mark.parametrize("ending", ["txt", "html", "docx", "pdf"])
@pytest.mark.parametrize("stem", STEMS)
def test_shared_documents_are_sound(stem: str, ending: str) -> None:
    document = shared_document(stem, ending)
    check_offsets(document)
    assert not re.search(r"\*\*|<sup|</|\]\(|^#+ |\x00|‐|ﬁ", document.text, re.MULTILINE)
    assert document.facts.organisation and document.facts.language == "en"


@needs_shared
def test_bad_files_fail_well() -> None:
    outcomes: dict[str, object] = {}
    for path in (SHARED / "documents" / "bad").iterdir():
        try:
            outcomes[path.name] = load(path, path.stem).text[:26]
        except LoadError as error:
            outcomes[path.name] = type(error)
    assert outcomes == {
        "binary.md": UnknownKindError,
        "empty.pdf": EmptyFileError,
        "empty.txt": EmptyFileError,
        "encrypted.pdf": EncryptedFileError,
        "latin-1.txt": "Accès aux soins des migran",
        "not-really-a.docx": UnknownKindError,
        "not-really-a.pdf": "This is plain text with th",
        "nul-bytes.txt": "Access to health services ",
        "one-very-long-line.txt": "Migrants need access to he",
        "owner-locked-readable.pdf": "Innovations in Labour Migr",
        "scanned.pdf": NeedsOcrError,
        "truncated.pdf": LoadError,
    }
