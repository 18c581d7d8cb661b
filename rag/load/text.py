"""Plain text and Markdown, by one reader, since `.txt` often carries Markdown.

1. Lines are told apart: headings (`#`, underlined), rules, fences, notes (`[^1]:`), table rows
   (pipes, tabs), items, others. Indentation is never code: pasted lists and tables are indented.
2. Lines are joined to paragraphs: in Markdown as Markdown says (a hard break splits); in plain
   text only where the line is as long as lines get in this file, so that the next word would not
   have fitted, or where the next line starts in lower case.
3. Inline markup of each paragraph is resolved by markdown-it: emphasis, links, escapes, entities
   and the usual HTML tags fall away; other things in angle brackets are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.load.lists import bullet_length, item_number, starts_item
from rag.load.pieces import Piece, Run, plain
from rag.load.tables import header_rows, row_pieces, tab_table

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(?=\S)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})\s*\Z")
_RULE = re.compile(r"\s{0,3}([-*_=~])(\s*\1){2,}\s*\Z")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_QUOTE_MARKS = re.compile(r"\A\s{0,3}(?:>\s?)+")
_NOTE = re.compile(r" {0,3}\[\^([^\]\s]{1,20})\]:\s*(.*)\Z")
_DEFINITION = re.compile(r" {0,3}\[[^\]^][^\]]*\]:\s*\S+(\s+[\"'(].*[\"')])?\s*\Z")
_RAISED_START = re.compile(r"\s*(?:<sup>|[¹²³⁰⁴-⁹]+\s)")
_PIPE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*\Z")
_REFERENCE = re.compile(r"\[\^([^\]\s]{1,20})\]")
_MARKDOWN = re.compile(r"^#{1,6} \S|\*\*\S|\]\(\S|<sup>|^```|\[\^\w+\]", re.MULTILINE)
_SPECIAL = re.compile(r"[*_`\[\]<&\\!~]")
_TAG = re.compile(
    r"</?(?:sup|sub|b|i|u|s|em|strong|span|p|div|a|br|hr|font|small|big|mark|ins|del|center|img|abbr"
    r"|cite|q|code|kbd|tt|table|tr|td|th|thead|tbody|ul|ol|li|h[1-6]|details|summary|blockquote)"
    r"(?:\s[^<>]*)?/?>\Z|<!--.*-->\Z",
    re.IGNORECASE | re.DOTALL,
)
_MAX_WRAPPED_LINE = 130
_MAX_INLINE = 60_000


@dataclass(slots=True)
class _Reading:
    """The lines gathered for the piece under way."""

    is_markdown: bool
    width: int
    pieces: list[Piece] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    label: str = ""
    is_in_bold: bool = False  # the lines hold a bold mark that is still open
    indents: list[int] = field(default_factory=list)

    def flush(self) -> None:
        """End the piece under way."""
        if self.lines:
            self.pieces.append(self._piece("\n".join(self.lines)))
        self.lines, self.label, self.is_in_bold = [], "", False

    def _piece(self, source: str) -> Piece:
        text = source.expandtabs(4)
        level = self._item_level(text)
        dropped = bullet_length(text)
        if dropped:
            return Piece("list_item", inline_runs(text[dropped:]), level=level)
        if item_number(text):
            return Piece("list_item", inline_runs(text), level=level)
        kind = "note" if self.label else "paragraph"
        return (
            plain("paragraph", "")
            .with_runs(inline_runs(text))
            .with_kind("note" if kind == "note" else "paragraph", label=self.label)
        )

    def _item_level(self, text: str) -> int:
        """The nesting of an item, from its indentation among those before it."""
        if not starts_item(text):
            self.indents = []
            return 0
        indent = len(text) - len(text.lstrip())
        self.indents = [*(i for i in self.indents if i < indent - 1), indent]
        return len(self.indents) - 1


def read_text(text: str, is_markdown: bool = False) -> list[Piece]:
    """The pieces of plain text or Markdown."""
    lines = _without_comments(text).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    rows = lines.split("\n")
    is_markdown = is_markdown or bool(_MARKDOWN.search(lines))
    reading = _Reading(is_markdown, _wrap_width(rows))
    at = 0
    while at < len(rows):
        at = _read_line(reading, rows, at)
    reading.flush()
    return reading.pieces


def _without_comments(text: str) -> str:
    """The text without HTML comments."""
    parts = text.split("<!--")
    kept = [parts[0]]
    for part in parts[1:]:
        _, end, after = part.partition("-->")
        kept.append(after if end else f"<!--{part}")
    return "".join(kept)


def _wrap_width(rows: list[str]) -> int:
    """The column at which lines are wrapped in this file, or 0 if they are not."""
    lengths = sorted(len(row.rstrip()) for row in rows if row.strip())
    if len(lengths) < 4 or lengths[-1] > _MAX_WRAPPED_LINE:
        return 0
    width = lengths[int(len(lengths) * 0.98)]
    return width if sum(n > 0.75 * width for n in lengths) >= 0.3 * len(lengths) else 0


def _read_line(reading: _Reading, rows: list[str], at: int) -> int:
    """Read the line at `at`, or several that belong together; the index of the next."""
    row = rows[at]
    unquoted = _QUOTE_MARKS.sub("", row)
    taken = _read_table(reading, rows, at)
    if taken:
        return at + taken
    heading, note = _HEADING.match(row), _NOTE.match(row)
    if _FENCE.match(row):
        return _read_fence(reading, rows, at)
    is_end = not unquoted.strip() or _is_underline(reading, row)
    if is_end or _RULE.match(row) or _DEFINITION.match(row):
        _end_paragraph(reading, row)
    elif heading:
        reading.flush()
        level = len(heading[1])
        title = _without_closing(row[heading.end() :].strip())
        reading.pieces.append(Piece("heading", inline_runs(title), level=level))
    elif note:
        reading.flush()
        reading.lines, reading.label = [note[2]], note[1]
    else:
        _read_words(reading, unquoted)
    return at + 1


def _without_closing(title: str) -> str:
    """A heading's words without the marks that may close it ("## Scope ##")."""
    bare = title.rstrip("#")
    return bare.rstrip() if bare[-1:].isspace() else title


def _is_underline(reading: _Reading, row: str) -> bool:
    return len(reading.lines) == 1 and bool(_UNDERLINE.match(row))


def _end_paragraph(reading: _Reading, row: str) -> None:
    """End the piece under way; a line under one line of text makes that a heading."""
    underline = _UNDERLINE.match(row)
    if underline and len(reading.lines) == 1 and not starts_item(reading.lines[0]):
        level = 1 if underline[1][0] == "=" else 2
        runs = inline_runs(reading.lines[0])
        reading.lines = []
        reading.pieces.append(Piece("heading", runs, level=level))
    reading.flush()


def _read_words(reading: _Reading, row: str) -> None:
    """Add a line of words to the piece under way, or start a new one with it."""
    starts = starts_item(row) or bool(_RAISED_START.match(row))
    if starts and reading.lines and _is_wrapped(reading, row):
        starts = False
    if reading.lines and (starts or not _goes_on(reading, row)):
        reading.flush()
    reading.lines.append(row)
    reading.is_in_bold ^= row.count("**") % 2 == 1


def _is_wrapped(reading: _Reading, row: str) -> bool:
    """Whether a line that looks like an item is the middle of a sentence ("in Article\n5. ...")."""
    before = reading.lines[-1].rstrip()
    is_full = bool(reading.width) and len(before) + 1 + len(row.split()[0]) > reading.width
    is_dash_or_number = not bullet_length(row) or row.lstrip()[0] in "-–—"
    is_prose = not starts_item(reading.lines[0]) and before[-1:] not in ".:;!?"
    return is_full and is_dash_or_number and is_prose


def _goes_on(reading: _Reading, row: str) -> bool:
    """Whether `row` continues the line before it."""
    before = reading.lines[-1]
    first = row.split(maxsplit=1)[0]
    if before.endswith(("  ", "\\")):
        return False
    if reading.is_markdown and not reading.width and "\t" not in before:
        return not row.startswith("\t")
    if reading.is_in_bold:
        return True
    if reading.width and len(before.rstrip()) + 1 + len(first) > reading.width:
        return True
    return first[:1].islower() and before.rstrip()[-1:] not in ".:;!?"


def _read_fence(reading: _Reading, rows: list[str], at: int) -> int:
    """Keep the lines between fences as they are, one paragraph a line."""
    reading.flush()
    mark = rows[at].strip()[:3]
    end = next((i for i in range(at + 1, len(rows)) if rows[i].strip().startswith(mark)), len(rows))
    reading.pieces += [plain("paragraph", row) for row in rows[at + 1 : end] if row.strip()]
    return end + 1


def _read_table(reading: _Reading, rows: list[str], at: int) -> int:
    """Read a table that starts at `at`; how many lines it takes."""
    is_piped = "|" in rows[at] and at + 1 < len(rows) and "|" in rows[at + 1]
    if is_piped and _PIPE_RULE.match(rows[at + 1]):
        end = next((i for i in range(at + 2, len(rows)) if "|" not in rows[i]), len(rows))
        piped = [_pipe_cells(row) for row in (rows[at], *rows[at + 2 : end])]
        reading.flush()
        reading.pieces += row_pieces(header_rows(piped, has_header=True))
        return end - at
    is_inside = at > 0 and rows[at].startswith("\t") and rows[at - 1].startswith("\t")
    if "\t" not in rows[at] or is_inside:
        return 0
    taken, cells = tab_table(rows, at)
    if taken:
        reading.flush()
        reading.pieces += row_pieces(
            [[(inline_runs(head), inline_runs(cell)) for head, cell in row] for row in cells]
        )
    return taken


def _pipe_cells(row: str) -> list[tuple[Run, ...]]:
    inner = row.strip().removeprefix("|")
    inner = inner.removesuffix("|") if not inner.endswith("\\|") else inner
    return [inline_runs(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", inner)]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True})


def inline_runs(source: str) -> tuple[Run, ...]:
    """The runs of a stretch of Markdown, its markup resolved."""
    if not _SPECIAL.search(source) or len(source) > _MAX_INLINE:
        return (Run(source.replace("\n", " ")),)
    parted = re.sub(r"(?<=\w)\*{4}(?=\w)", "** **", _REFERENCE.sub(r"<sup>\1</sup>", source))
    tokens = _parser().parseInline(parted)[0].children or []
    return tuple(_token_runs(tokens))


def _token_runs(tokens: list[Token]) -> Iterator[Run]:
    bold = raised = 0
    for token in tokens:
        kind, content = token.type, token.content
        if kind == "strong_open":
            bold += 1
        elif kind == "strong_close":
            bold -= 1
        elif kind == "html_inline":
            tag = content.lower()
            raised += tag.startswith("<sup") - tag.startswith("</sup")
            bold += bool(re.match(r"<(?:b|strong)\b", tag)) - bool(
                re.match(r"</(?:b|strong)\b", tag)
            )
            if re.match(r"</?(?:br|p|div|li|td|tr)\b", tag):
                yield Run("\n" if tag.startswith("<br") else " ", bold > 0)
            elif not _TAG.match(content):
                yield Run(content, bold > 0)
        elif kind in ("softbreak", "hardbreak"):
            yield Run(" " if kind == "softbreak" else "\n", bold > 0)
        elif content:
            yield Run(content, bold > 0, raised > 0)
