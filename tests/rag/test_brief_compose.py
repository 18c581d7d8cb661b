"""Briefs from guiding questions: what a section holds, what fails, what is kept between runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.briefs.compose import BriefOrder, Composed, compose
from rag.briefs.partial import Partial, open_partial, write_whole
from rag.briefs.questions import QuestionLine
from rag.errors import ModelError, VerseError
from rag.export import export
from rag.pipeline import Library
from rag.records import Answer, Document, DocumentEntry, Passage, Question
from rag.settings import AnswererKind

LAW = "Which barriers to health care are written into law?"
FISH = "What is the price of fish in Oslo?"
TARGET = "What does target 10.c ask for by 2030?"
ORDER = BriefOrder(
    (QuestionLine("Health", is_heading=True), *map(QuestionLine, (LAW, FISH, TARGET))),
    "For Geneva",
    made_on="2026-11-28",
)


@dataclass
class Counted:
    """An assistant that says what it was asked, and fails where it is told to."""

    assistant: Assistant
    asked: list[str] = field(default_factory=list)
    failing: str = ""

    def ask(self, question: Question, answerer: AnswererKind | None = None) -> Answer:
        self.asked.append(question.text)
        if question.text == self.failing:
            raise ModelError("the writer gave no reply within 60 s; try again")
        return self.assistant.ask(question, answerer)

    def document(self, document_id: str) -> Document:
        return self.assistant.document(document_id)

    def passage(self, passage_id: str) -> Passage:
        return self.assistant.passage(passage_id)

    def documents(self) -> tuple[DocumentEntry, ...]:
        return self.assistant.documents()


@pytest.fixture
def counted(starter_library: Library) -> Counted:
    return Counted(starter_library.assistant())


def made(counted: Counted, order: BriefOrder = ORDER, keeping: Partial | None = None) -> Composed:
    calls: list[tuple[int, int, str]] = []
    found = compose(
        order,
        counted,
        keeping or open_partial(None, ""),
        lambda done, total, what: calls.append((done, total, what)),
    )
    questions = [each.text for each in order.lines if not each.is_heading]
    total = len(questions)
    assert calls == [*((n, total, text) for n, text in enumerate(questions)), (total, total, "")]
    return found


def test_each_question_becomes_a_section_with_cited_words_and_passages_to_read_on(
    counted: Counted,
) -> None:
    brief = made(counted).brief
    assert [each.heading for each in brief.sections] == ["Health", LAW, FISH, TARGET]
    heading, law, fish, target = brief.sections
    assert (heading.items, heading.passages, heading.open_points) == ((), (), ())
    assert law.items and len(law.passages) == 3 and not law.open_points
    assert (fish.items, fish.passages) == ((), ())
    assert fish.open_points[0].startswith(f"{FISH} No passage mentions ")
    assert [each.citation.n for each in brief.sources] == list(range(1, len(brief.sources) + 1))
    for each in brief.sources:
        cited = each.citation
        text = counted.document(cited.document_id).text
        assert text[cited.start : cited.end] == cited.quote
        assert each.passage == counted.passage(cited.passage_id).text
    cited_in_law = {
        brief.sources[n - 1].citation.passage_id for item in law.items for n in item.sources
    }
    read_on = {brief.sources[n - 1].citation.passage_id for n in law.passages}
    assert not cited_in_law & read_on
    assert any("3 per cent" in item.text for item in target.items)
    assert (brief.title, brief.made_on, brief.language) == ("For Geneva", "2026-11-28", "en")
    assert export(brief, "docx").startswith(b"PK")


def test_a_question_that_fails_says_so_and_stops_no_other(counted: Counted) -> None:
    counted.failing = LAW
    order = replace(ORDER, lines=(*ORDER.lines, QuestionLine("x" * 600)), max_passages=0)
    found = made(counted, order)
    assert found.failed == (LAW, "x" * 600)
    law, word = found.brief.sections[1], found.brief.sections[-1]
    assert law.open_points == (
        "This could not be answered: the writer gave no reply within 60 s; try again",
    )
    assert word.open_points[0].startswith(
        "This could not be answered: the question has a word of 600"
    )
    assert found.brief.sections[3].items and not found.brief.sections[3].passages


def test_what_is_finished_is_not_asked_again_unless_the_grounds_change(
    counted: Counted, tmp_path: Path
) -> None:
    output = tmp_path / "brief.docx"
    counted.failing = FISH
    first = made(counted, keeping=open_partial(output, "one"))
    assert (counted.asked, first.failed) == ([LAW, FISH, TARGET], (FISH,))
    counted.asked, counted.failing = [], ""
    partial = open_partial(output, "one")
    assert (partial.count, partial.notice, LAW in partial) == (2, "", True)
    second = made(counted, keeping=partial)
    assert (counted.asked, second.failed) == ([FISH], ())
    assert second == made(counted)
    counted.asked = []
    other = open_partial(output, "two")
    assert other.notice.endswith("rests on another library or other settings; asking all anew")
    made(counted, keeping=other)
    assert counted.asked == [LAW, FISH, TARGET]
    other.delete()
    assert list(tmp_path.iterdir()) == []


def test_a_partial_file_that_is_damaged_is_told_and_asked_anew(tmp_path: Path) -> None:
    path = tmp_path / "brief.docx.partial"
    for data in (b"", b"{", b"\xff\xfe", b'{"grounds": "one", "sections": {"Who?": 5}}'):
        path.write_bytes(data)
        partial = open_partial(tmp_path / "brief.docx", "one")
        assert partial.notice == f"{path} cannot be read; all questions are asked anew"
        assert partial.count == 0


def test_grounds_change_with_whatever_a_section_rests_on(
    starter_library: Library, library_at: Callable[..., Library]
) -> None:
    state = starter_library.assistant().state_hash()
    same = library_at(starter_library.settings.data_dir).assistant().state_hash()
    assert state == same
    grounds = {
        ORDER.grounds(state),
        ORDER.grounds("another"),
        replace(ORDER, filters=(("year", "2014"),)).grounds(state),
        replace(ORDER, answerer="written").grounds(state),
        replace(ORDER, max_passages=4).grounds(state),
    }
    assert len(grounds) == 5
    assert replace(ORDER, lines=(), title="x", made_on="").grounds(state) in grounds


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "brief [1].md"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert (path.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (b"two", [path.name])
    with pytest.raises(VerseError, match=r"a\.md cannot be written: No such file"):
        write_whole(tmp_path / "none" / "a.md", b"")


def test_a_kept_section_is_plain_json(counted: Counted, tmp_path: Path) -> None:
    partial = open_partial(tmp_path / "a.md", "one")
    made(counted, replace(ORDER, lines=ORDER.lines[:2]), partial)
    kept = json.loads((tmp_path / "a.md.partial").read_bytes())
    assert kept["grounds"] == "one"
    assert kept["sections"][LAW]["section"]["heading"] == LAW
