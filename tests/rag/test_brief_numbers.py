"""Numbers of a brief's sources, however its sections are moved."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.briefs.number import DraftSection, assemble, number
from rag.briefs.records import Brief, BriefItem, BriefSection, BriefSource
from rag.records import Citation, Facts


def _source(n: int, start: int, document_id: str = "harbour") -> BriefSource:
    cited = Citation(n, f"p{start}", document_id, "Fees", (), 3, "3", start, start + 9, "forty-one")
    return BriefSource(cited, Facts(title="Fees"))


def test_sections_numbered_apart_share_their_sources() -> None:
    first = BriefSection("Costs", (BriefItem("a", (1,)), BriefItem("b", (2, 1))), passages=(3,))
    second = BriefSection("Dates", (BriefItem("c", (7,)), BriefItem("d", (9,))))
    drafts = [
        DraftSection(first, (_source(1, 50), _source(2, 10), _source(3, 90), _source(4, 400))),
        DraftSection(second, (_source(7, 10), _source(9, 10, "minutes"))),
    ]
    brief = assemble(Brief("Moorings"), drafts)
    assert [item.sources for each in brief.sections for item in each.items] == [
        (1,),
        (2, 1),
        (2,),
        (4,),
    ]
    assert brief.sections[0].passages == (3,)
    assert [(s.citation.n, s.citation.start, s.citation.document_id) for s in brief.sources] == [
        (1, 50, "harbour"),
        (2, 10, "harbour"),
        (3, 90, "harbour"),
        (4, 10, "minutes"),
    ]
    moved = number(replace(brief, sections=brief.sections[::-1]))
    assert [item.sources for each in moved.sections for item in each.items] == [
        (1,),
        (2,),
        (3,),
        (1, 3),
    ]


@given(st.lists(st.lists(st.integers(1, 6), max_size=5), max_size=5))
def test_numbers_run_from_one_in_order_of_use_and_lead_to_the_same_words(
    cited: list[list[int]],
) -> None:
    sources = tuple(_source(n, 10 * n) for n in range(1, 7))
    sections = tuple(
        BriefSection("s", tuple(BriefItem(str(n), (n,)) for n in section)) for section in cited
    )
    made = number(Brief("b", sections, sources))
    used = [item.sources[0] for each in made.sections for item in each.items]
    assert list(dict.fromkeys(used)) == list(range(1, len(set(used)) + 1))
    place = {each.citation.n: each.citation.start for each in made.sources}
    said = [item for each in made.sections for item in each.items]
    assert all(place[item.sources[0]] == 10 * int(item.text) for item in said)
    assert number(made) == made
