"""Where sentences begin and end, by offset.

1. sentencex (Wikimedia) proposes boundaries; it knows the abbreviations of many languages.
2. A piece that is no sentence of its own is joined to its neighbour: a leading enumerator
   ("1.", "(b)") to what follows, a tail after "et al." or an initial to what went before.
3. White space is left out at both ends, so that a span can be shown as it stands.
"""

from __future__ import annotations

import re

import sentencex

from rag.records import Span

_ENUMERATOR = re.compile(r"\W*(\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]\s*")
_BRACKETED = re.compile(r"\s*\(\w{1,4}\)\s+")
_OPEN_ENDED = re.compile(
    r"(\bet\.?|\b(al|cf|para|paras|art|arts|pp|vol|ch|op|cit|Res|M|Mme|MM)\.)\s*$"
)
_WORD = re.compile(r"\w")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|can|could|may|might|must|shall|should|will|would|do|"
    r"does|did|includes?|means?|shows?|indicates?|refers?|applies|apply|remains?)\b"
)


def sentence_spans(text: str, start: int, end: int, language: str = "en") -> list[Span]:
    """Spans of the sentences of `text[start:end]`, in order, without white space around them.

    Every character that is not white space lies in exactly one span.
    """
    pieces: list[Span] = []
    at, joins = start, False
    number = _BRACKETED.match(text, start, end)
    if number:  # sentencex keeps together what begins with a bracket
        at, joins = number.end(), True
        pieces.append(Span(start, at))
    for piece in sentencex.segment(language or "en", text[at:end]):
        stop = at + len(piece)
        if pieces and (joins or not _WORD.search(piece)):
            pieces[-1] = Span(pieces[-1].start, stop)
        else:
            pieces.append(Span(at, stop))
        whole = text[pieces[-1].start : stop]
        joins = bool(_ENUMERATOR.fullmatch(whole) or _OPEN_ENDED.search(whole))
        at = stop
    return [span for piece in pieces if (span := _trim(text, piece)).end > span.start]


def is_asking(text: str) -> bool:
    """Whether `text` is a question, by its last character."""
    return text[-1:] in ("?", "？", "؟")


def _trim(text: str, span: Span) -> Span:
    piece = text[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, max(start, span.start + len(piece.rstrip())))


def is_bare(text: str) -> bool:
    """Whether no common verb stands in `text`: a note like that names a work and says nothing."""
    return _FINITE.search(text) is None
