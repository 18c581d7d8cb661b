"""Numbers a brief: whatever was moved, added or left out, its sources run from 1 in order of use.

1. A section is drafted with sources under any numbers of its own (`DraftSection`).
2. The same words at the same place of the same document are one source, whichever section cites
   them.
3. Sources that nothing cites fall away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.briefs.records import Brief, BriefSection, BriefSource

_Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class DraftSection:
    """A section whose numbers hold only within itself."""

    section: BriefSection
    sources: tuple[BriefSource, ...]


def number(brief: Brief) -> Brief:
    """The same brief, its sources numbered from 1 in order of first use; raises KeyError for a
    number without a source."""
    drafts = [DraftSection(section, brief.sources) for section in brief.sections]
    return assemble(brief, drafts)


def assemble(frame: Brief, drafts: Sequence[DraftSection]) -> Brief:
    """A brief of `drafts` under the title, date and language of `frame`; numbered."""
    numbering = _Numbering({})
    sections = tuple(numbering.renumbered(draft) for draft in drafts)
    return replace(frame, sections=sections, sources=tuple(numbering.given.values()))


@dataclass(frozen=True, slots=True)
class _Numbering:
    given: dict[_Place, BriefSource]  # in order of their numbers

    def renumbered(self, draft: DraftSection) -> BriefSection:
        """The section under the numbers of the whole brief."""
        own = {each.citation.n: each for each in draft.sources}

        def renumber(numbers: Sequence[int]) -> tuple[int, ...]:
            return tuple(dict.fromkeys(self._number(own[n]) for n in numbers))

        section = draft.section
        items = tuple(replace(each, sources=renumber(each.sources)) for each in section.items)
        return replace(section, items=items, passages=renumber(section.passages))

    def _number(self, source: BriefSource) -> int:
        cited = source.citation
        place = (cited.document_id, cited.start, cited.end)
        if place not in self.given:
            n = len(self.given) + 1
            self.given[place] = replace(source, citation=replace(cited, n=n))
        return self.given[place].citation.n
