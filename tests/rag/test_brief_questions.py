"""Lists of questions, pasted or uploaded: what is asked, what is a heading, what is refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.briefs.questions import MAX_QUESTIONS, QuestionLine, read_questions
from rag.errors import QuestionError

LIST = """# Questions for Geneva

Financing
1. Who pays for social protection floors
   in the countries of the South?
2) What does target 10.c ask for?

**Health**
- [ ] Which barriers to health care are written into law?
• Explain the firewall.
Q3: Who pays for social protection floors in the countries of the South?

## Cities:
> Who is in charge of “firewalls?”
"""
NOTE = """Concept note

The harbours of the coast are old, and nobody has said for many years who is to pay for them, who is
to dredge them, and how the fishers are to be heard; this meeting will change that, at last.

Key questions

- Who pays for the harbours of the coast?
- Who dredges them?
"""


def lines(text: str, name: str = "list.txt") -> list[tuple[str, bool]]:
    return [(each.text, each.is_heading) for each in read_questions(name, text.encode()).lines]


def test_a_list_gives_its_questions_under_its_headings() -> None:
    found = read_questions("list.md", LIST.encode())
    assert (found.kind, found.title, found.count) == ("list", "Questions for Geneva", 5)
    assert found.lines == (
        QuestionLine("Financing", is_heading=True),
        QuestionLine("Who pays for social protection floors in the countries of the South?"),
        QuestionLine("What does target 10.c ask for?"),
        QuestionLine("Health", is_heading=True),
        QuestionLine("Which barriers to health care are written into law?"),
        QuestionLine("Explain the firewall."),
        QuestionLine("Cities", is_heading=True),
        QuestionLine("Who is in charge of “firewalls?”"),
    )


def test_where_no_line_asks_each_is_a_question() -> None:
    assert lines("barriers to health care\nRemittance costs\n") == [
        ("barriers to health care", False),
        ("Remittance costs", False),
    ]
    assert lines("Remittance costs:\n") == [("Remittance costs", False)]


def test_of_a_concept_note_its_guiding_questions_are_taken_whatever_its_format() -> None:
    asked = [("Who pays for the harbours of the coast?", False), ("Who dredges them?", False)]
    assert lines(NOTE, "note.txt") == asked
    items = "".join(f"<li>{text}</li>" for text, _ in asked)
    assert (
        lines(f"<html><body><h2>Key questions</h2><ul>{items}</ul></body></html>", "a.html")
        == asked
    )
    docx = Document()
    docx.add_heading("Key questions")
    for text, _ in asked:
        docx.add_paragraph(text, style="List Bullet")
    docx.save(file := io.BytesIO())
    found = read_questions("note.docx", file.getvalue())
    assert [(each.text, each.is_heading) for each in found.lines] == asked
    assert found.kind == "concept note"


def test_a_document_without_guiding_questions_gives_every_sentence_that_asks() -> None:
    prose = "The harbours of the coast are old. Who pays for them? " + "Nobody has said so. " * 20
    assert lines(f"{prose}\n\nAnd the fishers? They wait.\n") == [
        ("Who pays for them?", False),
        ("And the fishers?", False),
    ]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("list.txt", b"", "list.txt cannot be read: empty file"),
        ("list.txt", b" \n\t\n", "list.txt cannot be read: empty file"),
        ("list.txt", b"---\n1.\n2.\n***\n", "list.txt asks nothing; give a list"),
        ("list.txt", b"\x00\x01\x02\x03" * 99, "binary data, not text"),
        ("a.docx", b"PK\x03\x04 no zip", "a.docx cannot be read: "),
        (
            "../../etc/passwd",
            b"Who?\nWho " + b"x" * 2995 + b"?",
            "passwd has a line of 3,000 characters",
        ),
        (
            "l.md",
            b"\n".join(b"Who is %d?" % n for n in range(201)),
            "has 201 questions, at most 200",
        ),
        ("l.txt", b"?" * 2**21, "l.txt has 2.0 MB, at most 1 MB are read"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(name: str, data: bytes, told: str) -> None:
    with pytest.raises(QuestionError) as refused:
        read_questions(name, data)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_zip_bomb_is_refused() -> None:
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w>" + b" " * 300_000_000)
    with pytest.raises(QuestionError, match=r"bomb\.docx cannot be read: "):
        read_questions("bomb.docx", file.getvalue())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=80), max_size=12))
def test_any_text_gives_questions_on_one_line_each_or_one_clear_line(parts: list[str]) -> None:
    try:
        found = read_questions("list.txt", "\n".join(parts).encode("utf-8", "replace"))
    except QuestionError as error:
        assert str(error).startswith("list.txt ")
        return
    assert 1 <= found.count <= MAX_QUESTIONS
    for each in found.lines:
        assert each.text == each.text.strip() != ""
        assert len(each.text.splitlines()) == 1
    asked = [each.text.casefold() for each in found.lines if not each.is_heading]
    assert len(set(asked)) == len(asked)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.from_regex(r"(Who|How|What) [a-z]{2,9} [a-z]{2,9}\?", fullmatch=True),
        min_size=1,
        max_size=30,
        unique_by=str.casefold,
    ),
    st.sampled_from(["", "- ", "* ", "1. ", "(a) ", "iv) ", "• ", "> ", "Q1: "]),
)
def test_marks_before_questions_change_nothing(asked: list[str], mark: str) -> None:
    text = "\n".join(f"{mark}{each}" for each in asked)
    assert [each for each, _ in lines(text)] == asked
