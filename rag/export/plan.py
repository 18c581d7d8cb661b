"""A brief as it is set on paper, whatever the format: pure over records.

1. The body is a list of blocks in order. A block ends in marks, each with the number of a source:
   the first mark of a number is the footnote itself, later ones refer to it.
2. Word processors and typesetters number footnotes in their order. A brief's numbers run in order
   of first use, so both agree; a brief for which that does not hold is not set at all.
3. The list of sources has an entry for each document, the annex one for each passage, with the
   words quoted in it marked.
4. All words are on one line and hold no control characters: a format has only to escape its own
   signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.briefs.number import number
from rag.briefs.records import Brief, BriefItem, BriefSection, BriefSource
from rag.export.references import References, Run, Runs, open_references
from rag.export.words import Words, words_in
from rag.export.works import Work, one_line, works_of
from rag.records import Citation
from rag.render import place_text, remarks

BlockStyle = Literal["heading", "subheading", "quote", "text", "gap", "lead", "further"]
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_RESTS_ON = "rests on: "


@dataclass(frozen=True, slots=True)
class Mark:
    """A number at the end of a block; the first of its number is the footnote."""

    n: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph of the body."""

    style: BlockStyle
    runs: Runs
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Footnote:
    """The full reference of a source, and what there is to say of the place."""

    n: int
    runs: Runs


@dataclass(frozen=True, slots=True)
class ListedWork:
    """An entry of the list of sources."""

    reference: Runs
    remarks: str  # the notes that cite it, and its rights


@dataclass(frozen=True, slots=True)
class AnnexEntry:
    """A passage in full, under the numbers of the sources that stand in it."""

    numbers: tuple[int, ...]
    place: Runs
    lines: tuple[Runs, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a file of a brief holds, in order."""

    title: str
    date: str
    language: str  # ISO 639; English where the brief's is no such code
    words: Words
    body: tuple[Block, ...]
    footnotes: tuple[Footnote, ...]  # in order of their numbers
    works: tuple[ListedWork, ...]
    annex: tuple[AnnexEntry, ...]


def lay_out(brief: Brief, style: str) -> Plan:
    """The plan of a numbered brief with references in `style`.

    Raises ExportError for an unknown style, ValueError for a brief whose numbers do not run in
    order of first use: `rag.briefs.number.number` makes them so.
    """
    if number(brief) != brief:
        raise ValueError(f"the sources of {brief.title!r} are not numbered in order of first use")
    language = brief.language if _LANGUAGE.fullmatch(brief.language) else "en"
    words = words_in(language)
    works = {work.document_id: work for work in works_of(brief)}
    references = open_references(tuple(works.values()), style, language)
    return Plan(
        title=one_line(brief.title),
        date=words.dated(brief.made_on),
        language=language,
        words=words,
        body=tuple(_marked(_body(brief, words))),
        footnotes=tuple(
            _footnote(each, works[each.citation.document_id], references, words)
            for each in brief.sources
        ),
        works=tuple(_listed(works.values(), references, words)),
        annex=tuple(_annex(brief.sources, works, words)),
    )


@dataclass(frozen=True, slots=True)
class _Unmarked:
    """A block whose numbers are not yet told apart."""

    style: BlockStyle
    runs: Runs
    numbers: tuple[int, ...] = ()


def _marked(blocks: Iterable[_Unmarked]) -> Iterator[Block]:
    seen: set[int] = set()
    for block in blocks:
        marks = [Mark(n, n not in seen) for n in block.numbers]
        seen.update(block.numbers)
        yield Block(block.style, block.runs, tuple(marks))


def _body(brief: Brief, words: Words) -> Iterator[_Unmarked]:
    quotes = {each.citation.n: each.citation.quote for each in brief.sources}
    for section in brief.sections:
        yield from _section(section, quotes, words)


def _section(section: BriefSection, quotes: dict[int, str], words: Words) -> Iterator[_Unmarked]:
    if section.heading.strip():
        yield _Unmarked("heading", _run(section.heading))
    heading = ""
    for item in section.items:
        if item.heading and item.heading != heading:
            yield _Unmarked("subheading", _run(item.heading))
        heading = item.heading or heading
        yield _item(item, words)
    if section.passages:
        yield _Unmarked("lead", _run(words.read_on))
    for n in section.passages:
        yield _Unmarked("further", _quoted(quotes[n], words), (n,))
    for point in section.open_points:
        yield _Unmarked("gap", (Run(f"{words.not_said} ", is_bold=True), Run(one_line(point))))


def _item(item: BriefItem, words: Words) -> _Unmarked:
    if item.is_quote:
        return _Unmarked("quote", _quoted(item.text, words), item.sources)
    return _Unmarked("text", _run(item.text), item.sources)


def _quoted(text: str, words: Words) -> Runs:
    return (Run(words.quote.format(one_line(text))),)


def _run(text: str) -> Runs:
    return (Run(one_line(text)),)


def _footnote(source: BriefSource, work: Work, references: References, words: Words) -> Footnote:
    cited = source.citation
    reference = references.note(work, _pinpoint(cited, words))
    said = " ".join(_told(remarks(cited), words))
    return Footnote(cited.n, (*reference, Run(f" {one_line(said)}")) if said else reference)


def _told(said: Sequence[str], words: Words) -> Iterator[str]:
    """The remarks on a quote as sentences: all that it rests on in one."""
    rests = [
        each.removeprefix(_RESTS_ON).rstrip(".") for each in said if each.startswith(_RESTS_ON)
    ]
    others = [each for each in said if not each.startswith(_RESTS_ON)]
    for told in (*([words.rests_on.format("; ".join(rests))] if rests else []), *others):
        sentence = told[0].upper() + told[1:]
        yield sentence if sentence.endswith((".", "…", '"')) else f"{sentence}."


def _pinpoint(cited: Citation, words: Words) -> str:
    """Paragraph and page; where the document has neither, the heading above the quote."""
    place = place_text(one_line(cited.paragraph), cited.page, one_line(cited.page_label or ""))
    under = [heading for heading in cited.section if heading != cited.title]
    return place or (words.section.format(one_line(under[-1])) if under else "")


def _listed(works: Iterable[Work], references: References, words: Words) -> Iterator[ListedWork]:
    by_key = {work.key: work for work in works}
    for key, reference in references.listed():
        work = by_key[key]
        rights = work.facts.rights.rstrip(".")
        said = [words.notes.format(", ".join(map(str, work.numbers)))]
        said += [words.rights.format(rights)] if rights else []
        yield ListedWork(reference, " ".join(said))


def _annex(
    sources: Sequence[BriefSource], works: dict[str, Work], words: Words
) -> Iterator[AnnexEntry]:
    """The passages in order of their first number; several quotes of one stand in it together."""
    grouped: dict[tuple[str, str], list[BriefSource]] = {}
    for source in sources:
        passage = source.passage or source.citation.quote
        grouped.setdefault((source.citation.document_id, passage), []).append(source)
    for (document_id, passage), group in grouped.items():
        place = _pinpoint(group[0].citation, words)
        title = Run(works[document_id].facts.title, is_italic=True)
        yield AnnexEntry(
            numbers=tuple(each.citation.n for each in group),
            place=(title, Run(f", {place}")) if place else (title,),
            lines=tuple(_lines(passage, [each.citation.quote for each in group])),
        )


def _lines(passage: str, quotes: Sequence[str]) -> Iterator[Runs]:
    """The lines of a passage, the words quoted marked; a quote that does not stand in it whole
    comes first, in a line of its own."""
    is_quoted = [False] * len(passage)
    for quote in quotes:
        at = passage.find(quote)
        if at < 0 or not quote:
            yield (Run(one_line(quote), is_marked=True),)
        else:
            is_quoted[at : at + len(quote)] = [True] * len(quote)
    start = 0
    for line in passage.split("\n"):
        if line.strip():
            yield tuple(_emphasised(line, is_quoted[start : start + len(line)]))
        start += len(line) + 1


def _emphasised(line: str, is_quoted: Sequence[bool]) -> Iterator[Run]:
    start = 0
    for at in range(1, len(line) + 1):
        if at == len(line) or is_quoted[at] != is_quoted[start]:
            text = line[start:at]
            clean = one_line(text)
            if clean:
                before = " " if text[0].isspace() and start else ""
                after = " " if text[-1].isspace() and at < len(line) else ""
                yield Run(f"{before}{clean}{after}", is_marked=is_quoted[start])
            elif start > 0 and at < len(line):
                yield Run(" ")
            start = at
