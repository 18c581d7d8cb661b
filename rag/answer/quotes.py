"""The numbered quotes from which an answer is written, and how a model sees them.

1. What the extractive answer to the same question quotes comes first: it is the best there is.
2. Then, from each part of the question that has an answer in turn, the next best units, until
   there are as many as the setting allows.
3. A quote is shown with its last heading and the line that introduces its list. It is never shown
   with a title, page or link; neither its brackets nor its line breaks can pass for another quote.
4. What speaks to a model, not to a reader (rag/load/poison.py), is no quote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat, zip_longest

from rag.answer.extractive import ExtractiveAnswerer
from rag.answer.orders import LINK
from rag.load.poison import speaks_to_model
from rag.records import Answer, Citation, Question
from rag.retrieve import Found

_BRACKETS = str.maketrans("[]【】", "()()")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote with its number, `citation.n`, and the parts of the question that it is for."""

    citation: Citation
    parts: tuple[str, ...]
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
            cited = answerer.cite_units(evidence, question.leave_out)
            further.append(zip(repeat(part.text), cited, strict=False))
    in_turn = (each for turn in zip_longest(*further) for each in turn if each is not None)
    return _numbered(chain(_of_answer(plain), in_turn), most)


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


def _numbered(found: Iterator[tuple[str, Citation]], most: int) -> tuple[Quote, ...]:
    """Quotes that do not overlap, each part's list with its lead-in, numbered from 1."""
    quotes: list[Quote] = []
    lead_ins: dict[str, Citation] = {}
    for part, cited in found:
        if cited.quote.endswith(":"):
            lead_ins[cited.document_id] = cited
        at = next((n for n, each in enumerate(quotes) if _overlaps(each.citation, cited)), None)
        if at is not None:
            parts = dict.fromkeys((*quotes[at].parts, part))
            quotes[at] = replace(quotes[at], parts=tuple(parts))
        elif len(quotes) < most and not speaks_to_model(cited.quote):
            lead_in = lead_ins.get(cited.document_id)
            introduced = lead_in.quote if lead_in and _introduces(lead_in, cited) else ""
            quotes.append(Quote(replace(cited, n=len(quotes) + 1), (part,), introduced))
        elif len(quotes) >= most:
            break
    return tuple(quotes)


def _overlaps(one: Citation, other: Citation) -> bool:
    is_same = one.document_id == other.document_id
    return is_same and one.start < other.end and other.start < one.end


def _introduces(lead_in: Citation, cited: Citation) -> bool:
    return cited.start >= lead_in.end and cited.section == lead_in.section
