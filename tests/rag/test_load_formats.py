"""Slides, OpenDocument, EPUB, rich text and e-mail become the same blocks as other formats."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.util import Inches

from rag.errors import EncryptedFileError, LoadError, UnknownKindError
from rag.load import load
from rag.records import Document

RULE = "The master of the port keeps a register of all vessels."
SENTENCES = {
    "fr": "Le capitaine du port tient un registre de tous les navires qui y séjournent à l’année.",
    "es": "El capitán del puerto lleva un registro de todos los buques que permanecen en él.",
    "ru": "Капитан порта ведёт реестр всех судов, которые находятся в нём более года.",
    "ar": "يحتفظ قبطان الميناء بسجل لجميع السفن التي ترسو فيه لأكثر من عام واحد.",
    "zh": "港口的船长保存着所有停泊超过一年的船只的登记册，并向理事会报告。",
}


def shown(document: Document) -> list[str]:
    return [f"{b.kind}: {document.text[b.start : b.end]}" for b in document.blocks]


def read(tmp_path: Path, name: str, data: bytes) -> Document:
    (tmp_path / name).write_bytes(data)
    return load(tmp_path / name, "paper")


def zipped(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def slides() -> bytes:
    made = Presentation()
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "Harbour rules"
    frame = first.placeholders[1].text_frame
    frame.text = "Vessels are registered"
    inner = frame.add_paragraph()
    inner.text, inner.level = "by name and flag", 1
    first.notes_slide.notes_text_frame.text = "Say that the register is public."
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Fees"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for at, words in enumerate(("Berth", "Fee", "North", "40 crowns")):
        table.cell(at // 2, at % 2).text = words
    hidden = made.slides.add_slide(made.slide_layouts[5])
    hidden.shapes.title.text = "Not for the council"
    hidden.element.set("show", "0")
    made.core_properties.title = "Rules of the harbour"
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_slides_are_pages(tmp_path: Path, slides: bytes) -> None:
    document = read(tmp_path, "rules.pptx", slides)
    assert shown(document) == [
        "heading: Harbour rules",
        "list_item: Vessels are registered",
        "list_item: by name and flag",
        "heading: Speaker notes",
        "paragraph: Say that the register is public.",
        "heading: Fees",
        "table_row: Berth: North | Fee: 40 crowns",
    ]
    assert [(page.number, page.label, page.state) for page in document.pages] == [
        (1, "1", "kept"),
        (2, "2", "kept"),
        (3, "3", "empty"),
    ]
    page = document.page_at(document.text.index("40 crowns"))
    assert page is not None and page.number == 2
    assert (document.facts.title, document.format) == ("Rules of the harbour", "pptx")
    assert [(f.kind, f.sample, f.page) for f in document.findings] == [
        ("invisible text", "Not for the council", 3)
    ]


ODT = """<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">
<office:automatic-styles><style:style style:name="H">
<style:text-properties text:display="none"/></style:style></office:automatic-styles>
<office:body><office:text>
<text:tracked-changes><text:p>struck out</text:p></text:tracked-changes>
<text:h text:outline-level="2">Registers</text:h>
<text:p>Masters keep a register<text:note text:note-class="footnote"><text:note-citation>1
</text:note-citation><text:note-body><text:p>Harbour act, 1911.</text:p></text:note-body>
</text:note>
of<text:s/>vessels.<text:span text:style-name="H">Hidden words.</text:span></text:p>
<text:list><text:list-item><text:p>by name</text:p></text:list-item></text:list>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Berth</text:p>
</table:table-cell><table:table-cell><text:p>Fee</text:p></table:table-cell></table:table-row>
</table:table-header-rows><table:table-row><table:table-cell><text:p>North</text:p>
</table:table-cell><table:table-cell><text:p>40</text:p></table:table-cell></table:table-row>
</table:table></office:text></office:body></office:document-content>"""


def test_opendocument_text(tmp_path: Path) -> None:
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": "<m/>",
        "content.xml": ODT,
    }
    document = read(tmp_path, "rules.odt", zipped(parts))
    assert shown(document) == [
        "heading: Registers",
        "paragraph: Masters keep a register of vessels.",
        "note: Harbour act, 1911.",
        "list_item: by name",
        "table_row: Berth: North | Fee: 40",
    ]
    ((label, markers),) = [(note.label, note.markers) for note in document.notes]
    assert (label, markers) == ("1", (document.text.index("register") + len("register"),))
    assert [finding.sample for finding in document.findings] == ["Hidden words."]
    parts["META-INF/manifest.xml"] = "<m><encryption-data/></m>"
    with pytest.raises(EncryptedFileError, match="needs a password"):
        read(tmp_path, "locked.odt", zipped(parts))


def epub() -> bytes:
    container = '<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>'
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<metadata><dc:title>The harbour book</dc:title><dc:language>en</dc:language></metadata>"
        '<manifest><item id="n" href="notes.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="t/one.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="n"/></spine></package>'
    )
    one = (
        "<html><body><h1>Rules</h1><p>Masters keep a register.<sup>"
        '<a href="../notes.xhtml#n1">1</a></sup></p></body></html>'
    )
    notes = '<html><body><p id="n1">Harbour act, 1911.</p></body></html>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "O/b.opf": package,
            "O/t/one.xhtml": one,
            "O/notes.xhtml": notes,
        }
    )


def test_a_book_is_read_along_its_spine_with_notes_across_files(tmp_path: Path) -> None:
    document = read(tmp_path, "book.epub", epub())
    assert shown(document) == [
        "heading: Rules",
        "paragraph: Masters keep a register.",
        "note: Harbour act, 1911.",
    ]
    assert [(note.label, len(note.markers)) for note in document.notes] == [("1", 1)]
    assert document.facts.title == "The harbour book"


def test_rich_text(tmp_path: Path) -> None:
    source = rb"{\rtf1\ansi{\fonttbl\f0 Arial;}\f0 {\b Rules}\par The fee is 40 crowns \'80.\par}"
    document = read(tmp_path, "rules.rtf", source)
    assert "The fee is 40 crowns €." in document.text
    assert "fonttbl" not in document.text


def message(html: str = "", plain: str = RULE, charset: str = "utf-8") -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "Master <master@port.example>", "council@port.example"
    made["Subject"], made["Date"] = "Register of vessels", "Thu, 26 Sep 2013 10:00:00 +0200"
    made.set_content(plain, charset=charset)
    if html:
        made.add_alternative(html, subtype="html")
    made.add_attachment(b"%PDF-", "application", "pdf", filename="a.pdf")
    return made.as_bytes()


def test_an_email_is_subject_sender_and_text(tmp_path: Path) -> None:
    html = f"<p>{RULE}</p><ul><li>by name</li></ul><p style='display:none'>Tracking words</p>"
    document = read(tmp_path, "letter.eml", message(html))
    assert shown(document) == [
        "heading: Register of vessels",
        "paragraph: From: Master <master@port.example>",
        "paragraph: To: council@port.example",
        "paragraph: Date: Thu, 26 Sep 2013 10:00:00 +0200",
        f"paragraph: {RULE}",
        "list_item: by name",
    ]
    assert (document.facts.date, document.facts.kind) == ("2013-09-26", "e-mail")
    assert [finding.sample for finding in document.findings] == ["Tracking words"]


@pytest.mark.parametrize(
    ("language", "charset"),
    [
        ("fr", "iso-8859-1"),
        ("es", "utf-8"),
        ("ru", "koi8-r"),
        ("ar", "iso-8859-6"),
        ("zh", "gb2312"),
    ],
)
def test_other_scripts_survive_a_mail_and_are_detected(
    tmp_path: Path, language: str, charset: str
) -> None:
    sentence = SENTENCES[language].replace("’", "'")
    text = read(tmp_path, "a.txt", sentence.encode("utf-8"))
    mail = read(tmp_path, "a.eml", message(plain=sentence, charset=charset))
    assert text.text == sentence
    assert sentence in mail.text
    assert (text.facts.language, mail.facts.language) == (language, language)


@pytest.mark.parametrize(
    ("name", "parts", "kind", "reason"),
    [
        ("a.pptx", {}, UnknownKindError, "not a PowerPoint file although its name ends in .pptx"),
        ("a.xlsx", {"xl/workbook.xml": "x"}, UnknownKindError, "a spreadsheet (.xlsx)"),
        ("a.odt", {"mimetype": "x", "content.xml": "<a"}, LoadError, "damaged OpenDocument file"),
        ("a.epub", {"META-INF/container.xml": "<a/>"}, LoadError, "damaged EPUB file"),
        ("a.pptx", {"ppt/presentation.xml": "<a/>"}, LoadError, "damaged PowerPoint file"),
    ],
)
def test_broken_ones_say_why(
    tmp_path: Path, name: str, parts: dict[str, str], kind: type[LoadError], reason: str
) -> None:
    with pytest.raises(kind) as caught:
        read(tmp_path, name, zipped(parts) if parts else b"plain")
    assert reason in caught.value.reason


def test_entities_from_outside_are_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of the harbour")
    attack = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>' + ODT.replace(
        "by name", "by &x; name"
    )
    parts = {"mimetype": "odt", "META-INF/manifest.xml": "<m/>", "content.xml": attack}
    document = read(tmp_path, "rules.odt", zipped(parts))
    assert "secret" not in document.text


def test_a_bomb_of_entities_is_harmless(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY x0 "lol">{levels}]>' + ODT.replace("by name", "&x9;")
    parts = {"mimetype": "odt", "META-INF/manifest.xml": "<m/>", "content.xml": bomb}
    try:
        assert len(read(tmp_path, "rules.odt", zipped(parts)).text) < 1000
    except LoadError as error:
        assert "damaged OpenDocument file" in error.reason
