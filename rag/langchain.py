"""The engine inside LangChain: a retriever whose documents carry their citations, and a runnable
that answers.

A document's `page_content` is the verbatim passage, its `id` the passage's; its metadata is the row
of the hit (docs/json.md) with the document's own facts. Both run in threads where they are awaited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import Field, GetPydanticSchema
from pydantic_core import core_schema

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.pipeline import open_library
from rag.records import Hit, Question
from rag.rows import answer_row, hit_row, parse_question
from rag.scope import open_scope
from rag.settings import load_settings

Filters = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str]]

# Pydantic would look into a dataclass and copy what is open; only its class is checked here.
_Open = Annotated[
    Assistant, GetPydanticSchema(lambda held, _: core_schema.is_instance_schema(held))
]


class VerseRetriever(BaseRetriever):
    """Passages of one library as LangChain documents, best first.

    Raises QuestionError for a question that cannot be asked; where no document fits the filters
    there are no documents.
    """

    assistant: _Open = Field(exclude=True, repr=False)
    top_k: int | None = Field(default=None, ge=1, le=200)  # None: as the settings say
    filters: tuple[tuple[str, str], ...] = ()

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = self.assistant.find(Question(query, filters=self.filters), self.top_k)
        if found.reason:
            run_manager.on_text(found.reason)
        return [_document(hit) for hit in found.hits]


def open_retriever(
    data_dir: Path | str | None = None, top_k: int | None = None, filters: Filters = ()
) -> VerseRetriever:
    """A retriever over the library in `data_dir`, else in that of the settings.

    `filters` as in {"organisation": "ILO", "year": ["2012", "2015-"]}; raises QuestionError where
    there is none of that name, or no document that fits.
    """
    pairs = _pairs(filters)
    assistant = _open_assistant(data_dir)
    if reason := open_scope(assistant.library.ledger, pairs).reason:
        raise QuestionError(reason)
    return VerseRetriever(assistant=assistant, top_k=top_k, filters=pairs)


def open_answerer(
    data_dir: Path | str | None = None, filters: Filters = ()
) -> Runnable[str | Mapping[str, Any], dict[str, Any]]:
    """A runnable from a question, or a row with `question` and `history`, to the row of an answer.

    Rows are those of docs/json.md.
    """
    assistant, pairs = _open_assistant(data_dir), _pairs(filters)

    def answer(asked: str | Mapping[str, Any]) -> dict[str, Any]:
        row = {"question": asked} if isinstance(asked, str) else asked
        return answer_row(assistant.ask(parse_question(row, "the input", "", pairs)))

    return RunnableLambda(answer, name="verse")


def _open_assistant(data_dir: Path | str | None) -> Assistant:
    settings = load_settings(None if data_dir is None else Path(data_dir))
    return open_library(settings).assistant()


def _pairs(filters: Filters) -> tuple[tuple[str, str], ...]:
    if not isinstance(filters, Mapping):
        return tuple(filters)
    return tuple(
        (key, each)
        for key, value in filters.items()
        for each in ([value] if isinstance(value, str) else value)
    )


def _document(hit: Hit) -> Document:
    row = hit_row(hit)
    text = row.pop("text")
    metadata = {**asdict(hit.facts), **row}
    # By convention, what a chain names its sources by; not every document has an address.
    metadata["source"] = hit.facts.source or row["document_id"]
    return Document(page_content=text, id=row["passage_id"], metadata=metadata)
