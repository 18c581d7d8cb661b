"""What a model wrote, as sentences with the numbers of the quotes that they cite.

1. A reply is read line by line, as it comes; marks of lists and headings, and what a model thinks
   aloud between `<think>` and `</think>`, are left out. Where only the second mark comes, all
   before it was thought.
2. Of each line the marks ("[2]", "[1, 3]", "[1-3]", 【2】) are taken out; a mark belongs to the
   sentence that ends before it.
3. A number that no quote has is removed and counted. Nothing that a model can write raises.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from rag.sentences import sentence_spans

_MARK = re.compile(r"\s*[\[【]\s*([0-9]{1,9}(?:\s*[,;–-]\s*[0-9]{1,9})*)\s*(?:†[^\]】]*)?[\]】]")
_RANGE = re.compile(r"([0-9]+)\s*[–-]\s*([0-9]+)")
_BULLET = re.compile(r"\s*(?:[-*•–—+]\s+|#{1,6}\s+|>\s*|\(?\d{1,2}[.)]\s+)*")
_NUMBERED = re.compile(r"\W*(\d{1,3})\W*[:.)]\s*(.*)")
_EMPHASIS = re.compile(r"\*\*|__")
_THOUGHT = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE | re.ASCII)
_THOUGHT_MARKS = ("<think>", "</think>", "<thinking>", "</thinking>")
_NO_ANSWER = re.compile(r"\W*no answer\W*", re.IGNORECASE)
_WORD = re.compile(r"\w")


class FormSentence(BaseModel):
    """One sentence and the numbers of its quotes."""

    text: str
    quotes: list[int]


class ReplyForm(BaseModel):
    """An answer in sentences."""

    sentences: list[FormSentence]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its marks; `numbers` are of quotes that there are, each once, in order."""

    text: str
    numbers: tuple[int, ...]
    unknown: int = 0  # numbers removed, of which there is no quote


def read_reply(pieces: Iterable[str], known: Collection[int]) -> Iterator[Sentence | None]:
    """The sentences of a reply, each as soon as its line is there; None where all that came before
    turns out to have been thought aloud, and is to be forgotten."""
    for line in _lines(pieces):
        if line is None:
            yield None
        else:
            yield from parse_line(line, known)


def parse_reply(text: str, known: Collection[int]) -> list[Sentence]:
    """The sentences of a whole reply."""
    return [each for line in _spoken_lines(text) for each in parse_line(line, known)]


def parse_line(line: str, known: Collection[int]) -> list[Sentence]:
    """The sentences of one line; none where it says that there is no answer, or has no word."""
    line = line.encode("utf-8", "replace").decode()
    line = _EMPHASIS.sub("", line[_bullet_length(line) :])
    text, marks = _without_marks(line)
    if _NO_ANSWER.fullmatch(text):
        return []
    spans = sentence_spans(text, 0, len(text))
    numbers: list[list[int]] = [[] for _ in spans]
    for place, marked in marks if spans else ():
        owner = max((at for at, span in enumerate(spans) if span.start < place), default=0)
        numbers[owner] += marked
    return [
        _sentence(text[span.start : span.end], own, known)
        for span, own in zip(spans, numbers, strict=True)
        if _WORD.search(text[span.start : span.end])
    ]


def parse_form(form: ReplyForm, known: Collection[int]) -> Iterator[Sentence]:
    """The sentences of a structured reply; numbers in its texts count too."""
    for each in form.sentences:
        parsed = parse_line(" ".join(each.text.split()), known)
        for sentence in parsed:
            merged = _sentence(sentence.text, [*sentence.numbers, *each.quotes], known)
            unknown = sentence.unknown + merged.unknown
            yield Sentence(merged.text, merged.numbers, unknown)


def parse_repairs(text: str, known: Collection[int]) -> dict[int, list[Sentence]]:
    """Sentences put right, by the number of the one that failed."""
    found: dict[int, list[Sentence]] = {}
    for line in _spoken_lines(text):
        numbered = _NUMBERED.fullmatch(line.strip())
        if numbered:
            found.setdefault(int(numbered[1]), []).extend(parse_line(numbered[2], known))
    return found


def _spoken_lines(text: str) -> list[str]:
    """The lines of a whole reply, thoughts left out."""
    lines: list[str] = []
    for line in _lines([text]):
        if line is None:
            lines.clear()
        else:
            lines.append(line)
    return lines


def _lines(pieces: Iterable[str]) -> Iterator[str | None]:
    """Whole lines, thoughts left out; None where all before turns out to be thought."""
    held = ""
    for said in _without_thoughts(pieces):
        if said is None:
            held = ""
            yield None
        else:
            *lines, held = (held + said).split("\n")
            yield from lines
    yield from held.splitlines()


def _without_thoughts(pieces: Iterable[str]) -> Iterator[str | None]:
    """What stands outside of thoughts, as it comes; None at the end of one that had no beginning,
    as some chat templates send only that. What may be half a mark is held back."""
    held, is_thought = "", False
    for piece in pieces:
        held += piece
        at = 0
        for mark in _THOUGHT.finditer(held):
            if not is_thought:
                yield held[at : mark.start()]
                if mark[1]:
                    yield None
            is_thought, at = not mark[1], mark.end()
        end = _begun_mark(held)
        if not is_thought:
            yield held[at:end]
        held = held[end:]
    if not is_thought:
        yield held


def _begun_mark(text: str) -> int:
    """Where the last "<" of `text` stands, if a mark may begin there; else its length."""
    start = text.rfind("<")
    tail = text[start:].lower() if start >= 0 else "-"
    is_begun = any(mark != tail and mark.startswith(tail) for mark in _THOUGHT_MARKS)
    return start if is_begun else len(text)


def _bullet_length(line: str) -> int:
    bullet = _BULLET.match(line)
    return bullet.end() if bullet else 0


def _without_marks(line: str) -> tuple[str, list[tuple[int, list[int]]]]:
    """The line without its marks, and the numbers of each with its place in what is left."""
    text, marks, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        marks.append((len(text), _numbers(match[1])))
        at = match.end()
    return text + line[at:], marks


def _numbers(marked: str) -> list[int]:
    numbers: list[int] = []
    for each in re.split(r"[,;]", marked):
        ends = _RANGE.search(each)
        if ends and 0 < int(ends[2]) - int(ends[1]) < 50:
            numbers += range(int(ends[1]), int(ends[2]) + 1)
        else:
            numbers += [int(n) for n in re.findall("[0-9]+", each)]
    return numbers


def _sentence(text: str, numbers: Iterable[int], known: Collection[int]) -> Sentence:
    given = list(dict.fromkeys(numbers))
    kept = tuple(number for number in given if number in known)
    return Sentence(text.strip(), kept, len(given) - len(kept))
