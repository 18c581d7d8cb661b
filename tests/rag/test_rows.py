"""The JSON contract, key by key, and the files of questions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from rag.errors import QuestionError
from rag.pipeline import Library
from rag.records import (
    Context,
    Facts,
    Hit,
    NoteReference,
    Passage,
    Question,
    Reprint,
    Span,
    Turn,
)
from rag.rows import answer_row, document_row, hit_row, read_questions, search_row

HIT_KEYS = (
    "rank score passage_id document_id title language organisation date section paragraph page "
    "page_label start end text notes is_note cited_by also_in why context"
).split()
ANSWER_KEYS = (
    "id question searched language answerer status text notice statements citations direct parts "
    "unanswered extent missing contradictions support reason related dropped provenance timings_ms"
).split()
CITATION_KEYS = (
    "n passage_id document_id title section page page_label start end quote paragraph notes note "
    "cited_at language"
).split()


def test_a_search_row_has_its_documented_keys(starter_library: Library) -> None:
    question = Question("What keeps migrants from health care?", question_id="q7")
    hits = starter_library.retriever().search(question, 3)
    row = json.loads(json.dumps(search_row(question, hits)))
    assert list(row) == ["id", "question", "searched", "hits", "reason"]
    assert list(row["searched"]) == "question corrections expansions model problem".split()
    assert (row["id"], row["reason"]) == ("q7", "")
    assert row["question"] == "What keeps migrants from health care?"
    assert [list(each) for each in row["hits"]] == [HIT_KEYS] * 3
    assert " ".join(hit_row.__doc__.split()).startswith(f"`{', '.join(HIT_KEYS)}`.")
    first = row["hits"][0]
    assert list(first["why"]) == "dense lexical passage sentence terms best".split()
    assert list(first["why"]["best"]) == ["start", "end", "text"]
    assert (first["also_in"], first["context"]) == ([], None)
    text = starter_library.ledger.document(first["document_id"]).text
    assert first["text"] == text[first["start"] : first["end"]]
    assert first["document_id"] == "starter-health-access" and first["page"] >= 1
    path = starter_library.ledger.document(first["document_id"]).section_at(first["start"]).path
    assert first["section"] == " › ".join(path)


def test_an_answer_row_has_its_documented_keys(starter_library: Library) -> None:
    question = Question("What does Norway call its integration strategy?", question_id="q8")
    row = json.loads(json.dumps(answer_row(starter_library.assistant().ask(question))))
    assert list(row) == ANSWER_KEYS
    assert " ".join(answer_row.__doc__.split()) == f"`{', '.join(ANSWER_KEYS)}`."
    assert {tuple(each) for each in row["citations"]} == {tuple(CITATION_KEYS)}
    assert {tuple(each) for each in row["statements"]} == {("text", "part", "citations")}
    assert {tuple(each) for each in row["related"]} <= {tuple(HIT_KEYS)}
    assert (row["id"], row["status"]) == ("q8", "answered")
    assert isinstance(row["citations"][0]["section"], str)


def test_a_hit_says_its_paragraph_its_notes_and_where_a_note_is_cited() -> None:
    rests_on = NoteReference("2", 8, "Ibid.", ("note 1: Ruiz, Ports, 2011.",))
    body = Passage("p:1", "p", "12. Fees.", 0, 9, (), notes=(rests_on,), paragraph="12")
    note = Passage("p:2", "p", "Ibid.", 20, 25, (), is_note=True, cited_by=(Span(0, 9),))
    rows = [hit_row(Hit(1, 0.5, each, Facts())) for each in (body, note)]
    assert [(row["paragraph"], row["is_note"]) for row in rows] == [("12", False), ("", True)]
    works = ["note 1: Ruiz, Ports, 2011."]
    assert rows[0]["notes"] == [{"label": "2", "text": "Ibid.", "works": works}]
    assert (rows[0]["cited_by"], rows[1]["cited_by"]) == ([], [{"start": 0, "end": 9}])


def test_a_hit_says_where_else_it_stands_and_what_stands_around_it() -> None:
    passage = Passage("p:1", "p", "Fees.", 9, 14, ())
    reprint = Reprint("q:1", "q", "Rules", "Rev.1", "2009", 3, "iii")
    context = Context("section", "p", 0, 14, "Harbour: Fees.", is_cut=False)
    row = hit_row(Hit(1, 0.5, passage, Facts(), (reprint,), context=context))
    assert row["also_in"] == [
        {
            "passage_id": "q:1",
            "document_id": "q",
            "title": "Rules",
            "edition": "Rev.1",
            "date": "2009",
            "page": 3,
            "page_label": "iii",
        }
    ]
    assert row["context"] == {
        "kind": "section",
        "start": 0,
        "end": 14,
        "text": "Harbour: Fees.",
        "is_cut": False,
    }


def test_a_document_row_has_only_the_facts_that_are_known(starter_library: Library) -> None:
    entry = starter_library.ledger.entries()[0]
    row = document_row(entry)
    figures = set(asdict(entry.figures))
    assert figures < row.keys()
    assert (row["pages"], row["passages"], row["characters"]) == (0, 23, 7764)
    assert {name: value for name, value in row.items() if name not in figures} == {
        "document_id": "starter-decent-work",
        "path": entry.path,
        "copies": [],
        "title": "Decent work for migrant workers",
        "organisation": "Chapter & Verse project",
        "author": "Chapter & Verse",  # from the file; all else from the catalogue
        "date": "2026-11",
        "kind": "starter brief",
        "language": "en",
        "rights": "Written by the Chapter & Verse project; free to use and share with the project",
    }


def read(path: Path, content: str | bytes) -> list[Question]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_questions(path, (("year", "2014"),)))


def test_lines_are_questions_numbered_by_line(tmp_path: Path) -> None:
    found = read(tmp_path / "q.txt", "\ufeffWhat is a floor?\n\n  Why?  \r\n")
    assert [(each.question_id, each.text) for each in found] == [
        ("1", "What is a floor?"),
        ("3", "Why?"),
    ]
    assert found[0].filters == (("year", "2014"),)


def test_jsonl_rows_bring_id_and_history_and_may_bring_more(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "question": "And women?", "history": ["What bars health care?"], "gold": 1},
        {"id": 7, "question": "Why?", "history": [{"question": "Q", "answer": "A", "n": 1}]},
        {"question": "What?", "history": None},
        {"id": None, "question": "Who?"},
    ]
    found = read(tmp_path / "q.jsonl", "\n".join(map(json.dumps, rows)))
    assert [(each.question_id, each.text, each.history) for each in found] == [
        ("a", "And women?", (Turn("What bars health care?"),)),
        ("7", "Why?", (Turn("Q", "A"),)),
        ("3", "What?", ()),
        ("4", "Who?", ()),
    ]


def test_a_row_may_hold_any_character_that_json_allows(tmp_path: Path) -> None:
    text = "What is a floor?\u2028And a ladder?\x85"
    (found,) = read(
        tmp_path / "q.jsonl", json.dumps({"id": "a", "question": text}, ensure_ascii=False)
    )
    assert found.text == text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"question": "A?"}\n{"question": ', r"q\.jsonl, line 2: not a JSON object"),
        ('{"id": 1, "text": "A?"}', r"line 1: no text in 'question' \(keys: id, text\)"),
        ('{"question": "A?", "history": "B?"}', r"line 1: 'history' is not a list"),
        ('{"question": "A?", "history": [{"q": 1}]}', r"line 1: 'history' is not a list"),
        ('{"question": ' + "[" * 100_000, r"line 1: "),
        (b"caf\xe9?", r"cannot be read from .*q\.jsonl"),
    ],
)
def test_a_row_that_can_not_be_read_is_named(
    tmp_path: Path, content: str | bytes, told: str
) -> None:
    with pytest.raises(QuestionError, match=told):
        read(tmp_path / "q.jsonl", content)
