"""The questions that a document itself puts to its readers: guiding, key or discussion questions.

1. A heading that names questions ("Guiding questions", "Questions for discussion") opens a stretch
   up to the next heading of its level; a line that introduces them ("... answers to the following
   questions:") one up to the next heading, or the next paragraph that asks nothing.
2. In such a stretch an item or a paragraph that asks is one question, with all that it goes on to
   ask; numbers before it and what it states after it are left out.
3. A list's items may be the ends of one question ("What keeps people from:"): each is joined to it.
   A question that says nothing alone ("Who pays?") has the line or heading above it in front.
4. A paragraph that names its questions and puts them in one breath gives each sentence that asks.
5. What was printed twice, or cut off at the foot of a page and begun anew, counts once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from rag.records import Block, Document, Span
from rag.rewrite import is_leaning
from rag.sentences import is_asking, sentence_spans

MAX_QUESTIONS = 200  # of one document
_MAX_CHARS = 1000  # of one question
_MAX_BEFORE = 300  # characters that a question may state before it asks
_MAX_HEADING_CHARS = 100
_MAX_LEAD_IN_CHARS = 300  # at its end
_MAX_TOPIC_CHARS = 120
_MIN_WORDS = 3  # of a question without a question mark

_QUESTIONS = r"(?:questions|preguntas|perguntas|\w*fragen|вопросы|أسئلة|问题)"
_HEADING = re.compile(
    rf"\b{_QUESTIONS}\b|"
    r"\b(?:issues|points|topics) for (?:discussion|consideration|debate|reflection)\b",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"\banswers?\b|\bfrequently\b|\bfaqs?\b|\br[ée]ponses\b|\brespuestas\b|\bquestionnaire\b", re.I
)
_LEAD_IN = re.compile(
    r"\b(?:questions?|preguntas?|perguntas?|\w*fragen|вопрос\w*|أسئلة|问题)\b[^?!:]*\s?[:：]$|"
    r"\b(?:may wish|(?:is|are) (?:invited|asked)) to "
    r"(?:discuss|consider|reflect|address|explore)\b[^?!:]*:$",
    re.IGNORECASE,
)
_IN_ONE_BREATH = re.compile(rf"\b(?i:{_QUESTIONS})\b[^.?!:]{{0,200}}[:：]\s+(?=[\"“«'(¿]?[A-ZÀ-Þ])")
_NUMBER = re.compile(
    r"^(?:\W*(?:(?:q|question)\s?)?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.):]\s+|[^\w¿\"“«'(]+)",
    re.IGNORECASE,
)
_ASKING_WORD = re.compile(
    r"(?:in|to|by|from|for|on|at|with|under)?\s*(?:how|what|which|why|when|where|who|whom|whose)\b",
    re.IGNORECASE,
)
_END = re.compile(r"\s*[;,.…:]*(?:\s*\b(?:and|or)\b)?\s*[;,.]*$")
_CLOSING = "\"'”’»)]* "
_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class GuidingQuestion:
    """A question that a document puts to its readers."""

    text: str  # that can be asked by itself
    start: int  # where its own words stand in the document's text
    end: int
    page: int | None = None
    page_label: str | None = None
    topic: str = ""  # the line or heading that it stands under within the list


def find_questions(document: Document) -> tuple[GuidingQuestion, ...]:
    """The guiding questions of `document`, in its order; at most 200."""
    found: dict[str, GuidingQuestion] = {}
    last = ""
    for each in islice(_Reader(document).read(), MAX_QUESTIONS):
        letters = _letters(each.text)
        if not letters or letters in found:
            continue  # marks alone ask nothing
        if last and letters.startswith(last):
            found.pop(last)
        found[letters] = each
        last = letters
    return tuple(found.values())


def bare_question(text: str) -> str:
    """`text` on one line, without a number or bullet before it."""
    return _NUMBER.sub("", " ".join(text.split()), count=1)


def opens_question(text: str) -> bool:
    """Whether `text` begins as an English question does: "How ...", "To what extent ..."."""
    return bool(_ASKING_WORD.match(text))


@dataclass(slots=True)
class _Reader:
    """Goes through a document's blocks; `level` is that of the heading that opened the stretch, or
    None in one that a line opened."""

    document: Document
    is_open: bool = False
    level: int | None = None
    topic: str = ""
    stem: Block | None = None  # a line within the list that introduces others
    given: int = field(default=0)  # questions of this stretch

    def read(self) -> Iterator[GuidingQuestion]:
        for at, block in enumerate(self.document.blocks):
            if block.kind == "heading":
                self._pass_heading(block, is_title=at == 0)
            elif block.kind == "table_row":
                yield from self._in_cells(block)
            elif block.kind != "note":
                yield from self._read_block(block)

    def _text(self, block: Span | Block) -> str:
        return self.document.text[block.start : block.end]

    def _open(self, level: int | None) -> None:
        self.is_open, self.level, self.topic, self.stem, self.given = True, level, "", None, 0

    def _pass_heading(self, block: Block, is_title: bool) -> None:
        text = self._text(block)
        if _names_questions(text):
            self._open(99 if is_title else block.level)
        elif self.is_open and self.level is not None and block.level > self.level:
            self.topic, self.stem = text, None
        else:
            self.is_open = False

    def _read_block(self, block: Block) -> Iterator[GuidingQuestion]:
        text = self._text(block)
        if _LEAD_IN.search(text[-_MAX_LEAD_IN_CHARS:]) and not (
            self.is_open and block.kind == "list_item"
        ):
            self._open(self.level if self.is_open else None)
            return
        if not self.is_open and _names_questions(text) and text[-1:] not in ".?!":
            self._open(None)
            return
        breath = _IN_ONE_BREATH.search(text)
        if breath and "?" in text[breath.end() :]:
            yield from self._in_one_breath(Span(block.start + breath.end(), block.end))
        elif self.is_open:
            yield from self._in_list(block, text)

    def _in_list(self, block: Block, text: str) -> Iterator[GuidingQuestion]:
        if text.rstrip().endswith((":", "：", "…", "...")):
            self.stem = block
            return
        stem = self._stem_of(block, text)
        asking = self._asking(block)
        if self._is_after(block, asking):
            self.is_open = False
            return
        if stem and opens_question(stem) and text[:1].islower():
            whole = f"{stem.rstrip(':：…. ')} {_END.sub('', bare_question(text)).rstrip('?')}?"
            yield self._question(whole, Span(block.start, block.end), "")
        elif asking:
            topic = self.topic if stem is None else stem.rstrip(":： ")
            own = bare_question(self._text(asking))
            own = own if is_asking(own.rstrip(_CLOSING)) else _END.sub("", own) + "?"
            is_alone = not topic or opens_question(topic) or not is_leaning(own)
            yield self._question(own if is_alone else f"{topic}: {own}", asking, topic)
        elif block.kind == "list_item":
            self.stem = block if len(text) <= _MAX_TOPIC_CHARS else None

    def _is_after(self, block: Block, asking: Span | None) -> bool:
        """Whether the stretch that a line opened has come to its end: by a paragraph that asks
        nothing, or begins with something else."""
        if self.level is not None or not self.given or block.kind == "list_item":
            return False
        return not asking or not self._asks(self._sentences(asking)[0])

    def _sentences(self, span: Span | Block) -> list[Span]:
        language = self.document.facts.language
        return sentence_spans(self.document.text, span.start, span.end, language)

    def _asks(self, span: Span) -> bool:
        return is_asking(self._text(span).rstrip(_CLOSING))

    def _stem_of(self, block: Block, text: str) -> str | None:
        """The words of the line under which the item stands."""
        if self.stem is None:
            return None
        is_under = self.stem.kind != "list_item" or block.level > self.stem.level
        if block.kind != "list_item" or not (is_under or text[:1].islower()):
            self.stem = None
            return None
        return bare_question(self._text(self.stem))

    def _asking(self, block: Block) -> Span | None:
        """The stretch of a block that asks: from its start to the last sentence that does."""
        spans = self._sentences(block)
        asks = [each for each in spans if self._asks(each)]
        if asks:
            is_long = asks[0].start - block.start > _MAX_BEFORE
            return Span(asks[0].start if is_long else block.start, asks[-1].end)
        own = bare_question(self._text(block))
        is_one = block.kind == "list_item" and len(spans) == 1 and opens_question(own)
        return Span(block.start, block.end) if is_one and len(own.split()) >= _MIN_WORDS else None

    def _in_one_breath(self, span: Span) -> Iterator[GuidingQuestion]:
        """The sentences of `span` that ask; one that leans on the one before goes with it."""
        held: Span | None = None
        for each in self._sentences(span):
            if not self._asks(each):
                break
            if held and is_leaning(bare_question(self._text(each))):
                held = Span(held.start, each.end)
                continue
            if held:
                yield self._question(bare_question(self._text(held)), held, "")
            held = each
        if held:
            yield self._question(bare_question(self._text(held)), held, "")

    def _in_cells(self, block: Block) -> Iterator[GuidingQuestion]:
        """Questions in a cell whose header names them; a row's text carries its headers."""
        at = block.start
        for cell in self._text(block).split(" | "):
            header, colon, words = cell.partition(": ")
            if colon and _names_questions(header) and "?" in words:
                start = at + len(header) + len(colon)
                yield from self._in_one_breath(Span(start, at + len(cell)))
            at += len(cell) + len(" | ")

    def _question(self, text: str, span: Span, topic: str) -> GuidingQuestion:
        own = self._text(span)
        start = span.end - len(_NUMBER.sub("", own, count=1))
        page = self.document.page_at(start)
        number, label = (page.number, page.label) if page else (None, None)
        self.given += 1
        cut = text if len(text) <= _MAX_CHARS else text[:_MAX_CHARS].rpartition(" ")[0] + " …"
        return GuidingQuestion(cut, start, span.end, number, label, topic)


def _names_questions(text: str) -> bool:
    is_short = len(text) <= _MAX_HEADING_CHARS
    return is_short and bool(_HEADING.search(text)) and not _ANSWERED.search(text)


def _letters(text: str) -> str:
    return _LETTERS.sub("", text).casefold()
