"""Bibliographic facts: given ones win field by field over those found in the file.

1. A title from the file's metadata is believed unless it is a file name, a program's or a
   placeholder ("Microsoft Word - final2.doc", "untitled", "Slide 1").
2. Else the title is the highest of the first headings that says more than whose document it is or
   what part of it ("United Nations", "Seventy-ninth session", "Summary"), else the file's stem.
3. An author in the metadata of a PDF or Office file is believed if the first pages name them too:
   else it is the typist, a program or an account ("Microsoft Office User", "admin"). A document
   with a symbol has no author.
4. Dates in metadata of PDF and Office files are not taken: they say when a file was made, not when
   a document was.
5. A document symbol ("A/RES/70/1") is taken from the head of the document, if it stands there
   alone, or if the file is named after it ("A_RES_70_1.en.pdf").
6. All else comes from the title page and the imprint (`title_page.py`).
7. The language is detected on the text, since files often claim the language of a template.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

from rag.language import detect_language
from rag.load.title_page import is_kind, read_title_page
from rag.records import Document, Facts
from rag.symbols import SYMBOL

_MAX_TITLE = 300
_HEAD_BLOCKS = 30
_GENERIC_TITLE = re.compile(
    r"united(?: nations)?|nations|general assembly|security council"
    r"|economic and social council.*|executive board of .*|human rights council"
    r"|.*\bsession(?: \d{4})?|united nations \w+(?:’s|'s)? (?:\w+ )?(?:fund|programme)"
    r"|[a-z]|summary|contents?|(?:[ivx\d]+[.)]\s*)?(?:introduction|background|overview|preface|foreword)"
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
_TYPED = ("pdf", "docx", "pptx", "odt")  # formats whose programs put the typist for the author
_UN_LANGUAGES = ("ar", "en", "es", "fr", "ru", "zh")
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
    symbol = _symbol(document, path)
    title = _believed(found.title, _BAD_TITLE) or first_title(document) or path.stem
    told = read_title_page(document, symbol, title)
    found = Facts(
        **{f.name: getattr(found, f.name) or getattr(told, f.name) for f in fields(Facts)}
    )
    found = replace(
        found,
        title=title,
        author="" if symbol else _author(found.author, document),
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


def _author(value: str, document: Document) -> str:
    """The author of the metadata; of an office program's only if the first pages name them too."""
    if document.format not in _TYPED:
        return _believed(value, _BAD_AUTHOR)
    head = " ".join(document.text[b.start : b.end] for b in document.blocks[:_HEAD_BLOCKS]).lower()
    names = re.findall(r"\w{2,}", value.lower())
    is_named = bool(names) and all(name in head for name in names)
    return _believed(value, _BAD_AUTHOR) if is_named and not value.islower() else ""


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
        if len(text) <= _MAX_TITLE
        and "...." not in text
        and not (_GENERIC_TITLE.fullmatch(text) or is_kind(text))
    ]
    long = [title for title in telling if len(title[1].split()) > 2] or telling
    titles = [title for title in long if not _NUMBERED.match(title[1])] or long
    return min(titles, key=lambda title: title[0], default=(0, ""))[1]


def _symbol(document: Document, path: Path) -> str:
    """The document symbol at the head of the document, or nothing."""
    head = [document.text[b.start : b.end] for b in document.blocks[:_HEAD_BLOCKS]]
    for text in head:
        for part in text.split(" | "):
            is_symbol = _SYMBOL.fullmatch(part) or SYMBOL.fullmatch(part)
            if is_symbol and any(c.isdecimal() for c in part):
                return part.rstrip("*")
    named, _, language = path.stem.replace("_", "/").rpartition(".")
    is_official = language in _UN_LANGUAGES  # the Organization names its files so
    if not is_official:
        named = path.stem.replace("_", "/")
    if _SYMBOL.fullmatch(named) and any(c.isdecimal() for c in named):
        return named if is_official or any(named in text for text in head) else ""
    return ""
