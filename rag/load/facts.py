"""Bibliographic facts: given ones win field by field over those found in the file.

1. A title from the file's metadata is believed unless it is a file name, a program's or a
   placeholder ("Microsoft Word - final2.doc", "untitled", "Slide 1").
2. Else the title is the highest of the first headings that says more than whose document it is or
   what part of it ("United Nations", "Seventy-ninth session", "Summary"), else the file's stem.
3. An author is believed unless it is a program or an account ("Microsoft Office User", "admin"),
   or the document has a symbol: then it is the typist.
4. Dates in metadata are not taken: they say when a file was made, not when a document was.
5. A document symbol of the United Nations ("A/RES/70/1") is taken from the head of the document,
   if it stands there alone.
6. The language is detected on the text, since files often claim the language of a template.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

from rag.records import Document, Facts

_MAX_TITLE = 300
_HEAD_BLOCKS = 30
_GENERIC_TITLE = re.compile(
    r"united nations|general assembly|security council|economic and social council|.*\bsession"
    r"|summary|contents?|(?:[ivx\d]+[.)]\s*)?(?:introduction|background|overview|preface|foreword)"
    r"|(?:executive|working|board|governing)\s+\w+|provisional agenda.*|agenda item.*|for decision"
    r"|annex\b.*"
    r"|(?:original|distr\.?)\s*:.*|abstract|acknowledge?ments|table of contents|draft|report",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*|[IVX]{1,5}|[A-Z])[.)]\s")
_SYMBOL = re.compile(
    r"(?:A|S|E|T|ST|TD|DP|ICCD|FCCC|UNEP|HSP|CEDAW|CRC|CCPR|CERD|CAT|CMW|CRPD|CED|HRI|IDB|GC|APLC"
    r"|CTOC|CAC|BWC|LOS|SPLOS|PBC|NPT)(?:/[A-Z0-9][\w.]*(?:\s?\(\d{4}\))?)+(?:-[A-Z]/[\w./]+)?\*?"
)
_LANGUAGE_SAMPLE = 20_000
_MIN_LANGUAGE_LETTERS = 20
_BAD_TITLE = re.compile(
    r"microsoft\s+(?:word|powerpoint|excel)|(?:^|\s)[\w-]+\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?|rtf|tex"
    r"|odt|wp[df]|html?|p65|fm|txt|md)\s*$|^\W*(?:untitled|no ?title|title|document|slide|book"
    r"|layout|draft|word|print|test|scan|page|new|template|default)[\s\d]*$|powerpoint presentation"
    r"|^[\W\d_]*$|^[a-z]:[\\/]|^\S*[_\\\d]\S*$|^file:|^about:|^\(?null\)?$",
    re.IGNORECASE,
)
_BAD_AUTHOR = re.compile(
    r"\b(?:microsoft|office|user|admin\w*|owner|unknown|anonymous|author|python-docx|pc|windows|hp"
    r"|dell|adobe|acrobat|scanner|writer|latex|pandoc|root|default)\b|^[a-z]*\d+\w*$|^\w+\.\w+$|^\W*$|@",
    re.IGNORECASE,
)


def complete_facts(given: Facts, found: Facts, document: Document, path: Path) -> Facts:
    """The facts of a loaded document, as far as they are given, found or detected."""
    symbol = _symbol(document)
    found = replace(
        found,
        title=_believed(found.title, _BAD_TITLE) or first_title(document) or path.stem,
        author="" if symbol or found.author.islower() else _believed(found.author, _BAD_AUTHOR),
        symbol=symbol,
        language=detect_language(document.text) or found.language,
    )
    merged = Facts(
        **{f.name: getattr(given, f.name) or getattr(found, f.name) for f in fields(Facts)}
    )
    return replace(merged, language=merged.language.partition("-")[0].lower())


def _believed(value: str, bad: re.Pattern[str]) -> str:
    value = " ".join(value.split())
    return "" if len(value) < 3 or len(value) > _MAX_TITLE or bad.search(value) else value


def first_title(document: Document) -> str:
    """The highest of the first headings that says what the document is about, or nothing."""
    texts = [
        (block.level, document.text[block.start : block.end])
        for block in document.blocks[:_HEAD_BLOCKS]
        if block.kind == "heading"
    ]
    telling = [
        (level, text)
        for level, text in texts
        if len(text) <= _MAX_TITLE and "...." not in text and not _GENERIC_TITLE.fullmatch(text)
    ]
    long = [title for title in telling if len(title[1].split()) > 2] or telling
    titles = [title for title in long if not _NUMBERED.match(title[1])] or long
    return min(titles, key=lambda title: title[0], default=(0, ""))[1]


def _symbol(document: Document) -> str:
    """The document symbol at the head of the document, or nothing."""
    for block in document.blocks[:_HEAD_BLOCKS]:
        for part in document.text[block.start : block.end].split(" | "):
            if _SYMBOL.fullmatch(part):
                return part.rstrip("*")
    return ""


def detect_language(text: str) -> str:
    """The language (ISO 639-1) of a text, or nothing if it is too short to tell."""
    sample = text[:_LANGUAGE_SAMPLE]
    if sum(c.isalpha() for c in sample) < _MIN_LANGUAGE_LETTERS:
        return ""
    import py3langid  # loading its model takes a while; most documents come with a language

    return str(py3langid.classify(sample)[0])
