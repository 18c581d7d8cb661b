"""The engine inside LangChain, in a real chain over a small real library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from editions import fill
from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from rag.embed import SentenceEmbedder
from rag.errors import QuestionError
from rag.langchain import VerseRetriever, open_answerer, open_retriever
from rag.pipeline import Library

RELIEF = "Who decides whether a vessel carries relief goods?"


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, library_at: Callable[..., Library]
) -> Library:
    folder = tmp_path_factory.mktemp("langchain")
    return fill(library_at(folder / "data"), folder / "papers")


@pytest.fixture(autouse=True)
def one_model(monkeypatch: pytest.MonkeyPatch, embedder: SentenceEmbedder) -> None:
    monkeypatch.setattr("rag.pipeline.SentenceEmbedder", lambda *_: embedder)


@pytest.fixture
def data(library: Library) -> Path:
    return library.settings.data_dir


def test_documents_are_verbatim_and_carry_their_citation(data: Path, library: Library) -> None:
    retriever = open_retriever(data, top_k=3)
    found = retriever.invoke("Do masters of small harbours keep a register?")
    assert len(found) == 3 and all(isinstance(each, Document) for each in found)
    first = found[0]
    metadata = first.metadata
    text = library.ledger.document(metadata["document_id"]).text
    assert first.page_content == text[metadata["start"] : metadata["end"]]
    assert first.id == metadata["passage_id"]
    assert library.ledger.passage(first.id).text == first.page_content
    expected = {
        "rank": 1,
        "document_id": "minutes",
        "title": "Minutes of the council",
        "organisation": "Port Union",
        "date": "2012-11-03",
        "kind": "minutes",
        "section": "Minutes of the council › Fees",
        "page": None,
        "source": "minutes",
    }
    assert {name: metadata[name] for name in expected} == expected
    assert metadata["notes"][0]["text"].startswith("Survey of small harbours")
    assert "register" in metadata["why"]["terms"]
    assert found[0].metadata["score"] >= found[1].metadata["score"]
    json.dumps(metadata)  # plain values only: any store or tracer takes them


def test_awaited_in_a_batch_or_asked_alone_it_finds_the_same(data: Path) -> None:
    retriever = open_retriever(str(data), top_k=2)
    alone = retriever.invoke(RELIEF)
    assert asyncio.run(retriever.ainvoke(RELIEF)) == alone
    assert retriever.batch([RELIEF, "dues", RELIEF])[::2] == [alone, alone]


def test_filters_hold_and_one_that_fits_nothing_is_refused_at_once(data: Path) -> None:
    retriever = open_retriever(data, filters={"kind": ["minutes", "study"], "year": "2012-"})
    assert {each.metadata["document_id"] for each in retriever.invoke("fees")} == {"minutes"}
    with pytest.raises(QuestionError, match="no document has year=1066; nearest: '2009'"):
        open_retriever(data, filters={"year": "1066"})
    with pytest.raises(QuestionError, match="unknown filter 'colour'"):
        open_retriever(data, filters=[("colour", "red")])
    with pytest.raises(QuestionError, match="the question is empty"):
        retriever.invoke(" ")
    with pytest.raises(ValueError, match="less than or equal to 200"):
        VerseRetriever(assistant=retriever.assistant, top_k=201)


def test_a_chain_of_prompt_model_and_parser_sees_the_passages(data: Path) -> None:
    def numbered(documents: list[Document]) -> str:
        return "\n".join(
            f"[{n}] {each.metadata['title']}: {each.page_content}"
            for n, each in enumerate(documents, start=1)
        )

    seen: list[str] = []
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Answer from these only.\n{passages}"), ("human", "{question}")]
    )
    chain = (
        {"passages": open_retriever(data, top_k=2) | numbered, "question": RunnablePassthrough()}
        | prompt
        | RunnableLambda(lambda value: seen.append(value.to_string()) or value)
        | FakeListChatModel(responses=["Two members asked so [1]."])
        | StrOutputParser()
    )
    assert chain.invoke(RELIEF) == "Two members asked so [1]."
    assert "[1] Minutes of the council: Relief\n\nTwo members asked who decides" in seen[0]
    assert asyncio.run(chain.ainvoke(RELIEF)) == "Two members asked so [1]."


def test_a_runnable_answers_with_the_row_of_an_answer(data: Path) -> None:
    answerer = open_answerer(data)
    row = answerer.invoke("By when does each harbour report its dues?")
    assert row["status"] == "answered" and "31 March" in row["text"]
    assert row["citations"][0]["document_id"] in ("rules-2009", "rules-2014")
    follow_up = {"question": "And to whom?", "history": ["By when does each harbour report dues?"]}
    assert "secretariat" in (answerer | (lambda answer: answer["text"])).invoke(follow_up)
    with pytest.raises(QuestionError, match="the input: no text in 'question'"):
        answerer.invoke({"input": "dues"})
