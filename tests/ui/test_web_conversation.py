"""The conversation's records and views, without a browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from harbour import HarbourAssistant

from rag.records import Answer, Correction, Question, Searched, Turn
from ui.web.app import build_site
from ui.web.conversation import chat_html, check_question
from ui.web.exchange import Exchange, read_sources, turns
from ui.web.places import without_places
from ui.web.ports import Services
from ui.web.scoping import scope_line
from ui.web.sources import sources_html
from ui.web.texts import open_texts

ENGLISH = open_texts("en")


def _exchange(text: str = "What does it cost, and which whales?") -> Exchange:
    assistant = HarbourAssistant()
    answer = assistant.ask(Question(text))
    return Exchange("answer-1", text, answer, read_sources(answer, assistant))


def test_turns_leave_out_what_failed_or_is_under_way() -> None:
    done = _exchange()
    failed = replace(done, answer=Answer(Question("x"), "error", "no"))
    assert done.answer is not None
    talk = replace(done, answer=Answer(Question("Hi"), "not_a_question", "Ask away."))
    assert turns((failed, talk, done, Exchange("answer-3", "y"))) == (
        Turn(done.question, done.answer.text),
    )


def test_an_answer_streams_statement_by_statement_and_ends_with_what_is_open() -> None:
    exchange = _exchange()
    first, last = exchange.first(1), exchange.first(3)
    assert first.shown is not None
    assert len(first.shown.statements) == 1
    assert first.shown.unanswered == ()
    assert last is exchange
    assert last.shown is exchange.answer


def test_what_is_stopped_is_no_turn_before_there_is_an_answer() -> None:
    waiting = Exchange("answer-1", "fees", is_whole=False)
    stopped = waiting.stopped("Late.", "Early.")
    assert "Early." in chat_html((stopped,), (), ENGLISH)
    assert "Searching" not in chat_html((stopped,), (), ENGLISH)
    assert turns((stopped,)) == ()
    done = _exchange()
    assert done.stopped("Late.", "Early.") is done


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("openai:local at 127.0.0.1:9: no reply", "openai:local: no reply"),
        ("written by vllm:Qwen/Qwen3-8B at http://h/v1", "written by vllm:Qwen/Qwen3-8B"),
        ("local:/home/ann/models/small.gguf: no reply", "local:small.gguf: no reply"),
        ("all at once, as para. 3: says at length", "all at once, as para. 3: says at length"),
    ],
)
def test_where_a_model_is_served_is_not_shown(line: str, shown: str) -> None:
    assert without_places(line) == shown


def test_a_removed_document_leaves_its_quote() -> None:
    assistant = HarbourAssistant()
    answer = assistant.ask(Question("fees"))
    gone = replace(answer.citations[0], document_id="gone")
    (source,) = read_sources(replace(answer, citations=(gone,)), assistant)
    assert (source.before, source.after) == ("", "")
    assert source.facts.title == "Minutes of the Ninth Session"
    assert "40 crowns" in sources_html(
        (Exchange("answer-1", "fees", replace(answer, citations=(gone,)), (source,)),), (), ENGLISH
    )


def test_only_the_newest_answers_sources_are_shown() -> None:
    older, newer = _exchange(), replace(_exchange(), anchor="answer-2")
    shown = sources_html((older, newer), (), ENGLISH)
    assert 'id="answer-1-sources" hidden>' in shown
    assert 'id="answer-2-sources">' in shown


def test_searching_names_the_number_of_documents() -> None:
    documents = HarbourAssistant().documents()
    waiting = (Exchange("answer-1", "What now?", is_whole=False),)
    assert "Searching 2 documents…" in chat_html(waiting, documents, ENGLISH)
    assert scope_line((), documents[:1], ENGLISH) == "Searching 1 document"


def test_what_was_searched_for_is_said_in_quiet_lines() -> None:
    done = _exchange("Whales of Talinn?")
    assert done.answer is not None
    hostile = "<b>Who</b> pays?"
    searched = Searched(hostile, (Correction("Talinn", "Tallinn"),), problem="http://10.0.0.5: no")
    shown = chat_html((replace(done, answer=replace(done.answer, searched=searched)),), (), ENGLISH)
    assert 'dir="auto">Searched for: &lt;b&gt;Who&lt;/b&gt; pays?</p>' in shown
    assert 'dir="auto">Searched for “Tallinn” instead of “Talinn”.</p>' in shown
    assert "10.0.0.5" not in shown  # a reader need not know what the page talks to
    assert "cv-searched" not in chat_html((done,), (), ENGLISH)


def test_a_question_is_checked_for_length() -> None:
    assert check_question("x" * 19_999, ENGLISH) == ""
    assert check_question("\n", ENGLISH) == "Please type a question first."


def test_the_page_answers_to_no_name_but_its_own() -> None:
    with TestClient(build_site(Services(HarbourAssistant())), base_url="http://localhost") as own:
        assert own.get("/").status_code == 200
        assert own.get("/", headers={"Host": "rebound.example"}).status_code == 400
