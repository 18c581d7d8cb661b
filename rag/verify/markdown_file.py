"""Markdown as an editor left it: paragraphs, the marks of footnotes in them, and the notes.

Footnotes are those of markdown-it's plugin ("[^1]", "^[in the line]"); what stands in front matter,
between fences or in HTML comments is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from rag.errors import LoadError
from rag.load.decode import decode
from rag.verify.records import EditedFile, EditedKind, EditedNote, EditedParagraph, NoteMark

_MAX_CHARACTERS = 5_000_000
_HTML = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*>", re.DOTALL)
_UNDEFINED = re.compile(r"\[\^([^\]\s]{1,20})\]")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_CONTAINERS: dict[str, EditedKind] = {
    "heading_open": "heading",
    "th_open": "cell",
    "td_open": "cell",
}


def read_markdown_file(data: bytes, name: str) -> EditedFile:
    """The paragraphs and notes of a Markdown file; raises LoadError."""
    source = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    if len(source) > _MAX_CHARACTERS:
        raise LoadError(f"too long: more than {_MAX_CHARACTERS:,} characters")
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").use(footnote_plugin)
    reading = _Reading()
    for token in parser.parse(_FRONT_MATTER.sub("", source)):
        reading.read(token)
    notes = tuple(reading.ordered_notes())
    return EditedFile(name, tuple(reading.paragraphs), notes)


@dataclass(slots=True)
class _Reading:
    """What is gathered while the tokens go by."""

    paragraphs: list[EditedParagraph] = field(default_factory=list)
    notes: dict[str, tuple[str, list[str]]] = field(default_factory=dict)  # label and texts by key
    used: list[str] = field(default_factory=list)  # keys of notes, in order of first mark
    note: str = ""  # key of the note that is open
    kind: EditedKind = "paragraph"
    quotes: int = 0  # block quotes that are open
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def read(self, token: Token) -> None:
        """Takes in one token of the file."""
        if token.type == "footnote_open":
            self.note = f"footnote {token.meta['id']}"
            self.notes[self.note] = (_label(token), [])
        elif token.type == "footnote_close":
            self.note = ""
        elif token.type in ("blockquote_open", "blockquote_close"):
            self.quotes += token.nesting
        elif token.type in _CONTAINERS:
            self.kind = _CONTAINERS[token.type]
        elif token.type == "paragraph_open":
            self.kind = "block quote" if self.quotes else "paragraph"
        elif token.type == "inline":
            self._add(*_line(token.children or ()))
        elif token.type in ("code_block", "html_block"):
            self.kind = "paragraph"
            self._add(_HTML.sub("", token.content).strip(), [])

    def ordered_notes(self) -> Iterator[EditedNote]:
        """The notes in order of first use, as a reader sees them."""
        for key in dict.fromkeys([*self.used, *self.notes]):
            if key in self.notes:
                label, texts = self.notes[key]
                yield EditedNote(key, label, "\n".join(texts))

    def _add(self, text: str, marks: list[NoteMark]) -> None:
        if self.note:
            self.notes[self.note][1].append(text)
        elif text.strip():
            self.used += [mark.key for mark in marks]
            paragraph = EditedParagraph(next(self.numbers), text, tuple(marks), self.kind)
            self.paragraphs.append(paragraph)


def _label(token: Token) -> str:
    return str(token.meta.get("label") or token.meta["id"] + 1)


def _line(tokens: Sequence[Token]) -> tuple[str, list[NoteMark]]:
    """The text of a line without markup, and the marks of notes in it."""
    text, marks = "", list[NoteMark]()
    for token in tokens:
        if token.type == "footnote_ref":
            marks.append(NoteMark(f"footnote {token.meta['id']}", len(text)))
        elif token.type in ("softbreak", "hardbreak"):
            text += " "
        elif token.type in ("text", "code_inline", "text_special"):
            at = 0
            for undefined in _UNDEFINED.finditer(token.content):
                text += token.content[at : undefined.start()]
                marks.append(NoteMark(f"undefined {undefined[1]}", len(text)))
                at = undefined.end()
            text += token.content[at:]
    return text, marks
