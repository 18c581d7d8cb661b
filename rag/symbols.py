"""What people look documents and paragraphs up by: "A/RES/70/1", "paragraph 16 (b)".

1. A document symbol is capitals and at least two further parts after slashes, one with a digit. A
   space that a line break left behind a slash ("A/RES/70/ 1") is dropped.
2. "Resolution 70/1" means A/RES/70/1, "resolution 2777 (2025)" means S/RES/2777.
3. A paragraph is looked up under its number and those above it: "16 (b)" as 16(b) and as 16.
4. "Recommendation No. 202" and "Recommendation 202" are looked up as no.202; so in some languages.
5. Other words that mix digits with letters or marks ("10.c", "COVID-19") are looked up whole.
"""

from __future__ import annotations

import re

from rag.records import Passage

_PART = r"[A-Za-z\d]{1,12}(?:\.[A-Za-z\d]{1,8}){0,3}"
_MORE = rf"(?:/[ ]?(?=\d){_PART}|/{_PART})"
SYMBOL = re.compile(
    rf"(?<![\w/.:])(?=[\w./]{{0,60}}/[ ]?[\w.]{{0,40}}\d)[A-Z]{{1,6}}{_MORE}{{2,8}}(?!\w)"
)
_RESOLUTION = re.compile(
    r"\b(?:[Rr]esolu(?:tion|ción)|RESOLUTION)s?\s+"
    r"(?:(?P<assembly>\d{2}/\d{1,3})\b|(?P<council>\d{3,4})\s*\((?:19|20)\d\d\))"
)
_WORDS = (
    r"paragraph(?:e?s|e)?|paras?\.?|párrafos?|párrs?\.|parágrafos?|Absatz|Absätze|Ziffern?"
    "|¶{1,2}|§{1,2}"
)
_ITEMS = r"(?:\s?\([a-z]{1,4}\)){0,3}"
_REFERENCE = re.compile(
    rf"(?<![\w§¶])(?:{_WORDS})\s*(?P<number>\d{{1,3}}(?:\.\d{{1,3}}){{0,4}})(?P<items>{_ITEMS})(?!\w)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\(?([a-z]{1,4})\)")
_MIXED = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z./-])\w+(?:[./-]\w+)*")
_NUMBERED = re.compile(
    r"(?<!\w)(?:N(?:os?|rs?|úms?|ums?)\.\s?|[Nn][°º]s?\s?|(?:núms?|num|no|nr)\.\s?|№\s?|"
    r"(?:[Cc]onventions?|[Rr]ecomm[ea]ndations?|[Pp]rotocols?|[Cc]onvenios?|[Rr]ecomendaci(?:ón|ones)|"
    r"Übereinkommen|Empfehlung)\s)(?P<number>\d{1,4})(?![\d/]|[.,]\d)"
)
_NUMBER_AT_START = re.compile(r"\(?(\d{1,3}(?:\.\d{1,3}){0,4})[.)]?\s")
_ITEM_AT_START = re.compile(r"\(([a-z]{1,4})\)\s")


def find_symbols(text: str) -> list[str]:
    """Document symbols in a text, in order; those of resolutions also where only named."""
    found = [(match.start(), match[0].replace(" ", "")) for match in SYMBOL.finditer(text)]
    for match in _RESOLUTION.finditer(text):
        assembly = match["assembly"]
        symbol = f"A/RES/{assembly}" if assembly else f"S/RES/{match['council']}"
        found.append((match.start(), symbol))
    return list(dict.fromkeys(symbol for _, symbol in sorted(found)))


def find_whole_words(text: str) -> list[str]:
    """Words of `text` that are looked up whole, in lower case: those that mix digits with letters
    or marks, then the numbers of instruments ("no.202"), then the symbols of documents named."""
    words = [each.lower() for each in _MIXED.findall(text)]
    words += [f"no.{found['number']}" for found in _NUMBERED.finditer(text)]
    named = [each.lower() for each in find_symbols(text)]
    return words + [each for each in named if each not in words]


def without_symbols(text: str) -> str:
    """A text without the symbols of documents and the numbers of resolutions."""
    return _RESOLUTION.sub(" ", SYMBOL.sub(" ", text))


def paragraphs_asked(question: str) -> list[str]:
    """The paragraphs that a question names, each as in `paragraphs_of`."""
    found: list[str] = []
    for match in _REFERENCE.finditer(question):
        found += _with_those_above(match["number"], match["items"])
    return list(dict.fromkeys(found))


def paragraphs_of(passage: Passage) -> list[str]:
    """The paragraphs that a passage holds, as "16" and "16(b)", where its document numbers them."""
    if not passage.paragraph:
        return []
    number, _, items = passage.paragraph.partition(" ")
    found = _with_those_above(number, items)
    for unit in passage.units:
        start = passage.text[unit.start - passage.start : unit.start - passage.start + 24]
        if counted := _NUMBER_AT_START.match(start):
            number = counted[1]
            found.append(number)
            start = start[counted.end() :]
        if item := _ITEM_AT_START.match(start):
            found += _with_those_above(number, f"({item[1]})")
    return list(dict.fromkeys(found))


def _with_those_above(number: str, items: str) -> list[str]:
    found = [number]
    for item in _ITEM.findall(items.lower()):
        found.append(f"{found[-1]}({item})")
    return found
