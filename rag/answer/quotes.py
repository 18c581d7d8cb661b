"""The numbered quotes from which an answer is written, and how a model sees them.

1. What the extractive answer to the same question quotes comes first: it is the best there is.
2. Then, from each part of the question that has an answer in turn, the next best units, until
   there are as many as the setting allows.
3. A quote is shown with its last heading and the line that introduces its list. It is never shown
   with a title, page or link; neither its brackets nor its line breaks can pass for another quote.
4. What speaks to a model (rag/load/poison.py) or has code in it is no quote, nor is what gives
   orders without a line that says whose task they are: a model might take them for its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat, zip_longest

from rag.answer.extractive import ExtractiveAnswerer
from rag.answer.orders import LINK, has_markup, is_order
from rag.ledger import Ledger
from rag.load.poison import speaks_to_model
from rag.records import Answer, Citation, Document, Question
from rag.retrieve import Found
from rag.sentences import sentence_spans

_BRACKETS = str.maketrans("[]【】", "()()")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote with its number, `citation.n`, and the part of the question that it is for."""

    citation: Citation
    part: str
    lead_in: str = ""  # the line that introduces its list

    @property
    def evidence(self) -> str:
        """All that a sentence may rest on: title, headings, lead-in and the quote, by lines."""
        cited = self.citation
        return "\n".join(filter(None, (cited.title, *cited.section, self.lead_in, cited.quote)))


def choose_quotes(
    answerer: ExtractiveAnswerer, question: Question, found: Found, plain: Answer, most: int
) -> tuple[Quote, ...]:
    """At most `most` quotes for the parts of `question` that `plain`, the extractive answer to it,
    answers."""
    further: list[Iterator[tuple[str, Citation]]] = []
    for part, query, hits in zip(
        found.rewritten.parts, found.queries, found.hits_by_part, strict=True
    ):
        if part.text not in plain.unanswered:
            evidence = answerer.weigh(part.text, query, hits).evidence
            least = answerer.settings.closeness * evidence[0].score
            near = (each for each in evidence if each.score >= least)
            cited = answerer.cite_units(near, question.leave_out)
            further.append(zip(repeat(part.text), cited, strict=False))
    in_turn = (each for turn in zip_longest(*further) for each in turn if each is not None)
    return _numbered(answerer.ledger, chain(_of_answer(plain), in_turn), most)


def show_quotes(quotes: Sequence[Quote]) -> str:
    """The quotes as a model sees them, one a line."""
    return "\n".join(f"[{each.citation.n}] {_shown(each)}" for each in quotes)


def _shown(quote: Quote) -> str:
    heading = quote.citation.section[-1] if len(quote.citation.section) > 1 else ""
    around = " ".join(filter(None, (heading, quote.lead_in)))
    text = f"({around}) {quote.citation.quote}" if around else quote.citation.quote
    return " ".join(LINK.sub("(link)", text).translate(_BRACKETS).split())


def _of_answer(plain: Answer) -> Iterator[tuple[str, Citation]]:
    citations = {each.n: each for each in plain.citations}
    for statement in plain.statements:
        for number in statement.citations:
            yield statement.part, citations[number]


def _numbered(
    ledger: Ledger, found: Iterator[tuple[str, Citation]], most: int
) -> tuple[Quote, ...]:
    """Quotes that do not overlap, each for the part that has it first, numbered from 1."""
    quotes: list[Quote] = []
    documents: dict[str, Document] = {}
    for part, cited in found:
        if len(quotes) >= most:
            break
        if any(_overlaps(each.citation, cited) for each in quotes):
            continue
        if cited.document_id not in documents:
            documents[cited.document_id] = ledger.document(cited.document_id)
        lead_in = _lead_in(documents[cited.document_id], cited.start)
        if _is_fit(cited.quote, lead_in):
            quotes.append(Quote(replace(cited, n=len(quotes) + 1), part, lead_in))
    return tuple(quotes)


def _is_fit(text: str, lead_in: str) -> bool:
    spans = sentence_spans(text, 0, len(text))
    free = spans[1:] if lead_in else spans  # "States should:" says whose task an item is
    orders = any(is_order(text[span.start : span.end]) for span in free)
    return not (orders or has_markup(text) or speaks_to_model(text))


def _lead_in(document: Document, offset: int) -> str:
    """The line that introduces the list in which the character at `offset` stands, or nothing."""
    at = bisect_right(document.blocks, offset, key=lambda block: block.start) - 1
    if at < 0 or document.blocks[at].kind not in ("list_item", "table_row"):
        return ""
    while at >= 0 and document.blocks[at].kind in ("list_item", "table_row"):
        at -= 1
    before = document.text[document.blocks[at].start : document.blocks[at].end] if at >= 0 else ""
    spans = sentence_spans(before, 0, len(before))
    return before[spans[-1].start :] if spans and before.endswith(":") else ""


def _overlaps(one: Citation, other: Citation) -> bool:
    is_same = one.document_id == other.document_id
    return is_same and one.start < other.end and other.start < one.end
