"""Edited files read back: what a reader sees of them, and their notes; and files that mean harm."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import LoadError
from rag.verify.read import read_edited
from rag.verify.records import EditedFile
from tests.rag.edited import mark, paragraph, run, word_file

_BOOKMARK = '<w:bookmarkStart w:id="7" w:name="_Ref1"/>{}<w:bookmarkEnd w:id="7"/>'
_FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> NOTEREF _Ref1 \\f \\h </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    '<w:r><w:t>9</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
)


def texts(file: EditedFile) -> list[str]:
    return [each.text for each in file.paragraphs]


def marks(file: EditedFile) -> list[list[tuple[str, int]]]:
    labels = {note.key: note.label for note in file.notes}
    return [[(labels[m.key], m.offset) for m in each.marks] for each in file.paragraphs]


def test_a_word_file_is_read_as_its_editor_sees_it() -> None:
    tracked = (
        f"<w:p>{run('The fee ')}<w:del><w:r><w:delText>is</w:delText></w:r></w:del>"
        f"<w:ins>{run('was')}</w:ins>{run(' 40 crowns.')}"
        f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r></w:p>"
    )
    table = f"<w:tbl><w:tr><w:tc>{paragraph('Chad[^1]')}</w:tc></w:tr></w:tbl>"
    box = (
        "<w:p><w:r><w:pict><w:txbxContent>"
        f"{paragraph('In a box.')}</w:txbxContent></w:pict></w:r></w:p>"
    )
    body = [paragraph("Fees", "H1"), tracked, table, box, paragraph("Words.[^1]", "Qt")]
    file = read_edited(word_file(body, ["A note."]), "a.docx")
    assert texts(file) == ["Fees", "The fee was 40 crowns.", "Chad", "In a box.", "Words."]
    assert [each.kind for each in file.paragraphs] == [
        "heading",
        "paragraph",
        "cell",
        "paragraph",
        "block quote",
    ]
    assert marks(file) == [[], [], [("1", 4)], [], [("1", 6)]]
    assert [each.text for each in file.notes] == ["A note."]


def test_notes_are_numbered_by_first_use_and_cross_references_follow_their_bookmark() -> None:
    first = f"<w:p>{run('A')}{_BOOKMARK.format(mark('2'))}{run('B')}{mark('1')}</w:p>"
    simple = '<w:fldSimple w:instr=" NOTEREF _Ref1 \\h "><w:r><w:t>9</w:t></w:r></w:fldSimple>'
    again = f"<w:p>{run('C')}{_FIELD}{run('D')}{simple}</w:p>"
    see = f"<w:p>{run('See note ')}{_FIELD}{run(', p. 4.')}</w:p>"
    file = read_edited(word_file([first, again], [see, "The work."]), "a.docx")
    assert texts(file) == ["AB", "CD"]
    assert marks(file) == [[("1", 1), ("2", 2)], [("1", 1), ("1", 2)]]
    assert [each.text for each in file.notes] == ["The work.", "See note 1, p. 4."]


def test_raised_digits_are_the_mark_of_the_note_of_that_number() -> None:
    raised = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>{}</w:t></w:r>'
    body = [
        paragraph("A.[^1]"),
        f"<w:p>{run('B.')}{raised.format(1)}{run(' m')}{raised.format(2)}</w:p>",
    ]
    file = read_edited(word_file(body, ["A note."]), "a.docx")
    assert texts(file) == ["A.", "B. m2"]
    assert marks(file) == [[("1", 2)], [("1", 2)]]


def test_markdown_is_read_with_its_footnotes() -> None:
    source = (
        "---\ntitle: x\n---\n# Fees\n\nA *fee* of \\[...\\] 40[^a] and[^none].\n<!-- no -->\n\n"
        "> quoted\n> words[^b]\n\n```\ncode 5\n```\n\n| a |\n|---|\n| c[^a] |\n\n"
        "[^b]: Ibid.\n[^a]: Work,\n    p. 3.\n"
    )
    file = read_edited(source.encode(), "a.md")
    assert texts(file) == ["Fees", "A fee of [...] 40 and.", "quoted words", "a", "c"]
    assert [each.kind for each in file.paragraphs][1:3] == ["paragraph", "block quote"]
    assert [(each.label, each.text) for each in file.notes] == [
        ("a", "Work, p. 3."),
        ("b", "Ibid."),
    ]
    assert [m.key for m in file.paragraphs[1].marks] == ["footnote 0", "undefined none"]


def zipped(**parts: bytes) -> bytes:
    """A Word file whose parts of those names are other bytes."""
    target, sound = io.BytesIO(), io.BytesIO(word_file([paragraph("A")], []))
    with zipfile.ZipFile(sound) as whole, zipfile.ZipFile(target, "w") as archive:
        for name in whole.namelist():
            part = name.split("/")[-1].removesuffix(".xml")
            archive.writestr(name, parts.get(part, whole.read(name)))
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.docx", "the file is empty"),
        (b"PK\x03\x04 broken", "a.docx", "damaged"),
        (zipped(document=b"<w:document"), "a.docx", "damaged Word file"),
        (zipped(styles=b"<a"), "a.docx", "damaged Word file"),
        (b"%PDF-1.7", "a.pdf", ".pdf files are not read back"),
        (b"\x00\x01\x02\x03" * 40, "a.md", ""),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(LoadError) as raised:
        read_edited(data, name)
    assert reason in raised.value.reason


def test_entities_do_nothing() -> None:
    entity = (
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:footnotes xmlns:w="'
        b'http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote w:id="1">'
        b"<w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    file = read_edited(zipped(footnotes=entity), "a.docx")
    assert [each.text for each in file.notes] == []


@given(at=st.integers(0, 10_000), junk=st.binary(min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_damaged_file_is_refused_or_read_but_never_a_bug(at: int, junk: bytes) -> None:
    sound = word_file([paragraph("A “quote”.[^1]"), paragraph("B", "Qt")], ["Note, p. 3."])
    at %= len(sound)
    with suppress(LoadError):
        read = read_edited(sound[:at] + junk + sound[at + len(junk) :], "a.docx")
        assert all("\0" not in each.text for each in (*read.paragraphs, *read.notes))
