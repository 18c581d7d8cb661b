"""Bibliographic facts from what stands on a document's first pages, and in its imprint.

A wrong fact is worse than none: only lines that say nothing else are taken.

1. Date: the first line near the top that is a date and nothing more (or "Distr.: General" or the
   symbol, and a date), in English, French or Spanish; periods ("2-4 November") are those of events.
2. Kind: from the symbol's form ("A/RES/...", ".../PV.12"), else the first short line at the top
   that is called so ("Concept note", "Letter dated ...", "Report of ...").
3. Organisation: that which issues the symbol's series, else the one named by "Prepared by" or in
   the copyright line.
4. Edition: the ends of the symbol ("Rev.1", "Add.2"), or a line that names one.
5. Rights: a Creative Commons licence, else the copyright line. Source: a DOI on the first pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.records import Document, Facts

_DATE_BLOCKS, _TOP_BLOCKS, _FRONT_BLOCKS, _BACK_BLOCKS = 12, 30, 80, 40
_MAX_LINE = 160
_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    )
    for number, name in enumerate(names.split(), start=1)
}
_MONTH = f"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DATES = tuple(
    re.compile(rf"(?:{_BEFORE})?{form}\.?", re.IGNORECASE)
    for _BEFORE in (
        r"(?:distr\.?\s*:?\s*\w+|(?:date|dated|fecha|published|issued|adopted|revised)\s*:?"
        r"|[A-Z]+(?:/[\w.()]+)+)\s+",
    )
    for form in (
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?\s+(?:de\s+)?{_MONTH}\.?,?\s+(?:de\s+|del\s+)?{_YEAR}",
        rf"{_MONTH}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"{_MONTH}\.?,?\s+(?:de\s+)?{_YEAR}",
        rf"{_YEAR}-(?P<number>\d\d)-(?P<day>\d\d)",
    )
)
_SYMBOL_KINDS = (
    (r"(?:^|/)RES/", "resolution"),
    (r"^S/PRST/", "presidential statement"),
    (r"/PV\.", "verbatim record"),
    (r"/SR\.", "summary record"),
    (r"^A/DEC/|/DEC/", "decision"),
    (r"/Guidelines$", "guidelines"),
)
_KINDS = (
    r"concept (?:note|paper)|background (?:paper|note|document)|discussion (?:paper|note)"
    r"|issues? paper|working paper|policy (?:brief|paper|note)|briefing (?:paper|note)"
    r"|white paper|green paper|aide[- ]m[eé]moire|terms of reference|note verbale|fact ?sheet"
    r"|press release|code of conduct"
    r"|draft (?:resolution|decision)|resolution|decision|guidelines|provisional agenda|agenda"
    r"|strategic plan|action plan|work ?plan|minutes|report|letter|statement|convention|protocol"
    r"|memorandum(?: of understanding)?|handbook|manual|toolkit|regulation|directive"
)
_KIND_ALONE = re.compile(rf"(?:draft )?({_KINDS})(?:\s+no\.?\s*\d+)?", re.IGNORECASE)
_ORDINARY = (
    r"\w+th|first|second|third|annual|progress|final|interim|monthly|biennial|summary|status|special"
    r"|advance|joint|evaluation|periodic|consolidated|comprehensive|draft"
)
_KIND_AT_START = re.compile(
    rf"(letter|note verbale)s? dated\b|(?:(?:{_ORDINARY})\s+)*(report|minutes) (?:of|on|by|to)\b"
    r"|(statement|note) by the\b|(?:\w+ ){0,4}(guidelines) (?:on|for|concerning)\b"
    r"|(resolution) \d|(concept note|background paper|policy brief|working paper)\b",
    re.IGNORECASE,
)
_SERIES = (
    ("A/HRC/", "United Nations Human Rights Council"),
    ("A/", "United Nations General Assembly"),
    ("S/", "United Nations Security Council"),
    ("E/ICEF/", "United Nations Children's Fund"),
    ("E/", "United Nations Economic and Social Council"),
    ("DP/FPA/", "United Nations Population Fund"),
    ("DP/OPS/", "United Nations Office for Project Services"),
    ("DP/", "United Nations Development Programme"),
    ("TD/", "United Nations Conference on Trade and Development"),
    ("FCCC/", "United Nations Framework Convention on Climate Change"),
    ("CEDAW/", "Committee on the Elimination of Discrimination against Women"),
    ("CRC/", "Committee on the Rights of the Child"),
    ("ST/", "United Nations Secretariat"),
    ("ICLS/", "International Labour Organization"),
    ("GAO-", "United States Government Accountability Office"),
)
_EDITION_OF_SYMBOL = re.compile(r"/((?:Rev|Add|Corr|Amend)\.\s?\d+)")
_EDITION = re.compile(
    r"((?:first|second|third|fourth|fifth|revised|updated|\d+(?:st|nd|rd|th))\s+edition"
    r"|version\s+\d+(?:\.\d+)*|rev\.?\s?\d+|revision\s+\d+)",
    re.IGNORECASE,
)
_PART = r"(?:[A-Z][\w’'.&-]*|of|the|for|and|on|de|des|du|la|et|in)"
_NAME = rf"(?P<name>{_PART}(?:\s+(?:{_PART}|&))*)"
_COPYRIGHT = re.compile(
    rf"(?:copyright\s*)?(?:©|\(c\)|copyright)\s*(?P<year>(?:19|20)\d\d)?(?:\s*[-–]\s*(?:19|20)\d\d)?,?"
    rf"\s*(?:by\s+)?{_NAME}[\s,]*(?:(?:19|20)\d\d)?\.?(?:\s*all rights reserved\.?)?",
)
_PREPARED = re.compile(rf"(?:prepared|published|issued)\s+by\s+(?:the\s+)?{_NAME}\.?")
_LICENCE = re.compile(
    r"\bCC[ -]BY(?:-(?:NC|SA|ND))*(?:\s+\d\.\d)?(?:\s+IGO)?\b|\bCC0(?:\s+1\.0)?\b"
)
_DOI = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|\bdoi:\s*)(10\.\d{4,9}/[^\s\"<>]+[\w/])", re.IGNORECASE
)


def read_title_page(document: Document, symbol: str, title: str) -> Facts:
    """What the first and last pages say of a document whose symbol and title are known."""
    top = list(_lines(document, 0, _TOP_BLOCKS))
    dated = top if symbol else _lines(document, 0, _DATE_BLOCKS)
    front = list(_lines(document, 0, _FRONT_BLOCKS))
    back = list(_lines(document, max(_FRONT_BLOCKS, len(document.blocks) - _BACK_BLOCKS), None))
    rights, owner = _rights([*front, *back])
    return Facts(
        date=next((date for line in dated if (date := parse_date(line))), ""),
        kind=_kind(symbol, [title, *top]),
        organisation=_organisation(symbol, top) or owner,
        edition=_edition(symbol, top),
        rights=rights,
        source=next((f"https://doi.org/{m[1]}" for x in front if (m := _DOI.search(x))), ""),
    )


def is_kind(line: str) -> bool:
    """Whether a line says what kind of document this is, and nothing more."""
    return _KIND_ALONE.fullmatch(line) is not None


def parse_date(line: str) -> str:
    """The date that a line is, in ISO 8601 as precise as it is; nothing for other lines."""
    text = " ".join(line.split())
    for pattern in _DATES:
        match = pattern.fullmatch(text)
        if not match:
            continue
        found = match.groupdict()
        month = int(found.get("number") or 0) or _MONTHS[str(found["month"]).lower()]
        day = int(found.get("day") or 0)
        if 1 <= month <= 12 and day <= 31:
            return f"{found['year']}-{month:02}" + (f"-{day:02}" if day else "")
    return ""


def _lines(document: Document, start: int, end: int | None) -> Iterator[str]:
    """Short blocks, table rows by cell."""
    for block in document.blocks[start:end]:
        text = document.text[block.start : block.end]
        for part in text.split(" | ") if block.kind == "table_row" else [text]:
            if len(part) <= _MAX_LINE or "©" in part or "CC BY" in part or "doi" in part.lower():
                yield part.strip()


def _kind(symbol: str, lines: Sequence[str]) -> str:
    for pattern, kind in _SYMBOL_KINDS:
        if re.search(pattern, symbol):
            return kind
    if "/L." in symbol:
        drafts = (re.match(r"(?:.*: )?(draft (?:resolution|decision))\b", x, re.I) for x in lines)
        return next((match[1].lower() for match in drafts if match), "")
    title = re.search(rf"(?:^|:|\band|-|–)\s*(?:draft )?({_KINDS})$", lines[0], re.IGNORECASE)
    if title or re.search(r"\breport\b", lines[0], re.IGNORECASE):
        return title[1].lower() if title else "report"
    for line in lines:
        found = _KIND_ALONE.fullmatch(line) or _KIND_AT_START.match(line)
        if found:
            return str(next(filter(None, found.groups()))).lower()
    return ""


def _organisation(symbol: str, lines: Sequence[str]) -> str:
    for prefix, name in _SERIES:
        if symbol.startswith(prefix):
            return name
    for line in lines:
        match = _PREPARED.fullmatch(line)
        if match and len(match["name"].split()) > 1:
            return match["name"].strip()
    return ""


def _edition(symbol: str, lines: Sequence[str]) -> str:
    found = _EDITION_OF_SYMBOL.findall(symbol)
    if found:
        return str(found[-1])
    return next((m[1] for line in lines if (m := _EDITION.fullmatch(line.strip("() ")))), "")


def _rights(lines: Sequence[str]) -> tuple[str, str]:
    """The licence or copyright line, and who holds it."""
    licence = next((match[0] for line in lines if (match := _LICENCE.search(line))), "")
    for line in lines:
        match = _COPYRIGHT.match(line)
        if match:
            name = re.sub(r"\s+(?:of|the|for|and|on|in)$", "", match["name"].strip(" ."))
            held = match[0].strip(" ,")
            is_whole = match.end() == len(line) and len(name.split()) > 1
            return licence or (held if is_whole else ""), name if is_whole else ""
    return licence, ""
