"""The questions of a brief, from a pasted or uploaded file: a list of them, or a concept note.

1. Text (.txt, .md, or no ending) is a list, one question a line, unless it reads as prose: then,
   and in every other format, the document's own guiding questions are taken (`rag/guiding.py`), or
   where it has none, every sentence that asks.
2. Of a list's lines, numbers, bullets and emphasis are left out, and a line that goes on in lower
   case is joined to the one before. A Markdown heading, a line that ends in a colon, and a short
   line without an end above a question are headings.
3. What is asked twice is asked once.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import LoadError, QuestionError
from rag.guiding import bare_question, find_questions, opens_question
from rag.load import load
from rag.load.decode import decode
from rag.load.lists import starts_item
from rag.records import Document, Facts
from rag.sentences import is_asking, sentence_spans
from rag.settings import IngestSettings
from rag.workers import Source, Workers

MAX_QUESTIONS = 200
MAX_BYTES, MAX_TEXT_BYTES = 20 * 1024 * 1024, 1024 * 1024
_MAX_CHARS = 2000  # of one question
_TEXT_ENDINGS = {"", ".txt", ".md", ".markdown"}
_LONG = 160  # characters; longer paragraphs that ask nothing are prose
_MANY = 20  # paragraphs and items
_MAX_HEADING_CHARS = 100
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(?=\S)")
_RULE = re.compile(r"\s*([-*_=~`])\1{2,}\w*\s*\Z|\s*=+\s*\Z")
_EMPHASIS = re.compile(r"\*\*|__|`")
_LETTER = re.compile(r"[^\W\d_]")
_CLOSING = "\"'”’»)]* "


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question, or a heading above those after it."""

    text: str
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class QuestionList:
    """What a brief is to answer: at least one question, in order."""

    lines: tuple[QuestionLine, ...]
    kind: Literal["list", "concept note"]
    title: str = ""  # that the file gives itself

    @property
    def count(self) -> int:
        """How many of the lines are questions."""
        return sum(not each.is_heading for each in self.lines)


def read_questions(
    name: str,
    data: bytes,
    reading: IngestSettings = IngestSettings(),  # noqa: B008
) -> QuestionList:
    """The questions of the file `name` with the bytes `data`; formats other than text are read in a
    process of their own, within the limits of `reading`.

    Raises QuestionError where it cannot be read, asks nothing, or asks too much.
    """
    shown = Path(name).name[:100] or "the list"
    is_text = Path(name).suffix.lower() in _TEXT_ENDINGS
    most = MAX_TEXT_BYTES if is_text else MAX_BYTES
    if len(data) > most:
        size = f"{len(data) / 2**20:.1f} MB, at most {most // 2**20} MB are read"
        raise QuestionError(f"{shown} has {size}; send the questions alone")
    try:
        found = _of_text(name, data) if is_text else _of_document(_load(name, data, reading))
    except LoadError as error:
        raise QuestionError(
            f"{shown} cannot be read: {error.reason}; give a list with one question a line, or a "
            f"document with guiding questions"
        ) from error
    _check(found, shown)
    return found


def _of_text(name: str, data: bytes) -> QuestionList:
    text = decode(data)
    ending = Path(name).suffix or ".txt"
    document = load(Path(f"note{ending}"), "note", data=data)
    return _of_document(document) if _is_prose(document) else _of_list(text)


def _load(name: str, data: bytes, reading: IngestSettings) -> Document:
    workers = Workers(reading)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"note{Path(name).suffix}"
        path.write_bytes(data)
        try:
            ((_, read),) = workers.load([(Source(path), Facts())])
        finally:
            workers.close()
    if isinstance(read, LoadError):
        raise read
    return read


def _is_prose(document: Document) -> bool:
    """Whether most of a document stands in long paragraphs that ask nothing, or few of many
    paragraphs and items ask."""
    blocks = [document.text[each.start : each.end] for each in document.blocks]
    others = [each for each in blocks if not _asks(each)]
    prose = sum(len(each) for each in others if len(each) > _LONG)
    is_rare = len(blocks) > _MANY and 0 < len(blocks) - len(others) < len(blocks) / 4
    return is_rare or prose > sum(map(len, blocks)) / 2


def _of_document(document: Document) -> QuestionList:
    lines: list[QuestionLine] = []
    topic = ""
    for each in find_questions(document):
        if each.topic != topic:
            topic = each.topic
            lines += [QuestionLine(topic, is_heading=True)] if topic else []
        lines.append(QuestionLine(each.text))
    lines = lines or [QuestionLine(each) for each in _asking_sentences(document)]
    return QuestionList(_once(lines), "concept note", document.facts.title)


def _asking_sentences(document: Document) -> Iterator[str]:
    text, language = document.text, document.facts.language
    for block in document.blocks:
        if block.kind == "note" or "?" not in text[block.start : block.end].replace("？", "?"):
            continue
        for start, end in sentence_spans(text, block.start, block.end, language):
            if _asks(text[start:end]):
                yield bare_question(text[start:end])


def _of_list(text: str) -> QuestionList:
    raw = list(_joined(text))
    lines = [_line(each, raw[at + 1 : at + 2]) for at, each in enumerate(raw)]
    if all(each.is_heading for each in lines):  # "Barriers to health:": nothing else is asked
        lines = [QuestionLine(each.text) for each in lines]
    first = _HEADING.match(raw[0]) if raw else None
    is_title = first is not None and len(first[1]) == 1 and lines[0].is_heading
    title = lines.pop(0).text if is_title else ""
    return QuestionList(_once(lines), "list", title)


def _joined(text: str) -> Iterator[str]:
    """The lines that say something; one that was broken in two is whole again."""
    held = ""
    for line in text.splitlines():
        has_words = _LETTER.search(line) and not _RULE.match(line)
        goes_on = held and line.strip()[:1].islower() and not starts_item(line)
        if has_words and goes_on and held[-1] not in ".?!:;,？؟":
            held = f"{held} {line.strip()}"
            continue
        if held:
            yield held
        held = line.rstrip() if has_words else ""
    if held:
        yield held


def _line(raw: str, after: list[str]) -> QuestionLine:
    mark = _HEADING.match(raw)
    plain = _EMPHASIS.sub("", raw[mark.end() :] if mark else raw)
    text = bare_question(plain).strip("* ").strip()
    if _asks(text):
        return QuestionLine(text)
    if mark or text.endswith((":", "：")):
        return QuestionLine(text.rstrip(":：# "), is_heading=True)
    is_short = len(text) <= _MAX_HEADING_CHARS and text[-1:] not in ".!;"
    is_above = bool(after) and _asks(after[0]) and not starts_item(raw)
    return QuestionLine(text, is_short and is_above and not opens_question(text))


def _asks(text: str) -> bool:
    return is_asking(text.rstrip(_CLOSING))


def _once(lines: list[QuestionLine]) -> tuple[QuestionLine, ...]:
    """The lines without questions asked before; headings stay."""
    seen: set[str] = set()
    kept = []
    for each in lines:
        key = each.text.casefold()
        if not each.text or (key in seen and not each.is_heading):
            continue
        seen |= set() if each.is_heading else {key}
        kept.append(each)
    return tuple(kept)


def _check(found: QuestionList, name: str) -> None:
    if not found.count:
        raise QuestionError(
            f"{name} asks nothing; give a list with one question a line, or a document with "
            f"guiding questions"
        )
    if found.count > MAX_QUESTIONS:
        raise QuestionError(
            f"{name} has {found.count} questions, at most {MAX_QUESTIONS} are taken; split it"
        )
    longest = max((each.text for each in found.lines), key=len)
    if len(longest) > _MAX_CHARS:
        raise QuestionError(
            f"{name} has a line of {len(longest):,} characters ({longest[:40]!r} ...), at most "
            f"{_MAX_CHARS:,} are read; put one question on a line"
        )
