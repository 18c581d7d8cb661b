"""Word files: made with python-docx, with a footnotes part put in by hand."""

import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from rag.errors import EncryptedFileError, LoadError
from rag.load import load
from rag.records import Document

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
FOOTNOTES = (
    f'<?xml version="1.0"?><w:footnotes {W}><w:footnote w:id="7"><w:p><w:r><w:footnoteRef/></w:r>'
    "<w:r><w:t>Adopted in 1999.</w:t></w:r></w:p></w:footnote></w:footnotes>"
)
RELATION = (
    '<Relationship Id="rIdFoot" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/footnotes" Target="footnotes.xml"/></Relationships>'
)
CONTENT = (
    '<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.footnotes+xml"/></Types>'
)


def make_docx(path: Path) -> None:
    word = docx.Document()
    word.core_properties.title = "Microsoft Word - final2.doc"
    word.core_properties.author = "python-docx"
    word.add_heading("Harbour rules", level=1)
    paragraph = word.add_paragraph("Boats must leave")
    reference = OxmlElement("w:footnoteReference")
    reference.set(qn("w:id"), "7")
    paragraph.add_run()._r.append(reference)
    paragraph.add_run(" by noon.")
    word.add_paragraph("Mooring", style="List Number")
    word.add_paragraph("Fuel", style="List Number")
    word.add_paragraph("by day", style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(table.rows[0].cells, ("Berth", "Fee"), strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    table.cell(1, 0).text, table.cell(1, 1).text = "North", "10"
    word.save(str(path))
    add_footnotes(path)


def add_footnotes(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, old, new in (
        ("word/_rels/document.xml.rels", "</Relationships>", RELATION),
        ("[Content_Types].xml", "</Types>", CONTENT),
    ):
        parts[name] = parts[name].decode().replace(old, new).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**parts, "word/footnotes.xml": FOOTNOTES.encode()}.items():
            archive.writestr(name, data)


@pytest.fixture
def document(tmp_path: Path) -> Document:
    make_docx(tmp_path / "rules.docx")
    return load(tmp_path / "rules.docx", "rules")


def test_a_word_file_becomes_blocks(document: Document) -> None:
    assert [(b.kind, b.level, document.text[b.start : b.end]) for b in document.blocks] == [
        ("heading", 1, "Harbour rules"),
        ("paragraph", 0, "Boats must leave by noon."),
        ("note", 0, "Adopted in 1999."),
        ("list_item", 0, "1. Mooring"),
        ("list_item", 0, "2. Fuel"),
        ("list_item", 0, "by day"),
        ("table_row", 0, "Berth: North | Fee: 10"),
    ]
    (note,) = document.notes
    assert note.label == "1"
    assert [document.text[:m] for m in note.markers] == ["Harbour rules\n\nBoats must leave"]


def test_a_program_is_neither_title_nor_author(document: Document) -> None:
    assert (document.facts.title, document.facts.author) == ("Harbour rules", "")


def test_an_encrypted_word_file_needs_a_password(tmp_path: Path) -> None:
    path = tmp_path / "secret.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(EncryptedFileError, match="needs a password"):
        load(path, "secret")


def test_a_damaged_word_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "torn.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w:document")
    with pytest.raises(LoadError, match="damaged Word file"):
        load(path, "torn")
