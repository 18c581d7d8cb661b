"""Briefs that are being edited: kept by owner, numbered for readers, quotes only while verbatim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.briefs.drafts import Draft, Drafts
from rag.briefs.records import Brief, BriefItem, BriefSection, BriefSource
from rag.errors import BriefError, StaleBriefError
from rag.records import Citation, Facts

QUOTE = "The fee is 40 crowns a day."


def source(n: int, start: int, quote: str = QUOTE) -> BriefSource:
    end = start + len(quote)
    cited = Citation(n, "p1", "fees", "Harbour fees", (), None, None, start, end, quote)
    return BriefSource(cited, Facts(title="Harbour fees"))


def item(*sources: int, text: str = QUOTE) -> BriefItem:
    return BriefItem(text, sources, is_quote=True)


BRIEF = Brief(
    "Fees",
    (BriefSection("Who pays?", (item(1), item(2))),),
    (source(1, 0), source(2, 100)),
    made_on="2026-11-28",
)


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Drafts]:
    drafts = Drafts(tmp_path / "briefs.sqlite")
    yield drafts
    drafts.close()


def test_a_draft_is_kept_with_its_owner_and_survives_the_process(
    drafts: Drafts, tmp_path: Path
) -> None:
    kept = drafts.new("browser:a", BRIEF)
    again = Drafts(tmp_path / "briefs.sqlite")
    assert again.open("browser:a", kept.draft_id) == Draft(kept.draft_id, BRIEF, 1)
    assert [each.title for each in again.listed("browser:a")] == ["Fees"]
    assert again.listed("browser:b") == ()
    with pytest.raises(BriefError, match=r"no brief .* of this reader"):
        again.open("browser:b", kept.draft_id)
    with pytest.raises(BriefError, match="no brief"):
        again.restore("browser:b", kept.draft_id)
    again.close()


def test_two_tabs_do_not_undo_each_others_work(drafts: Drafts) -> None:
    first = drafts.new("browser:a", BRIEF)
    kept = drafts.save("browser:a", replace(first, brief=replace(BRIEF, title="Mine")))
    assert kept.version == 2
    with pytest.raises(StaleBriefError, match="'Mine' was changed in another tab"):
        drafts.save("browser:a", replace(first, brief=replace(BRIEF, title="Theirs")))
    assert drafts.open("browser:a", first.draft_id).brief.title == "Mine"


def test_what_was_deleted_can_be_restored_as_it_was(drafts: Drafts) -> None:
    kept = drafts.new("browser:a", BRIEF)
    drafts.delete("browser:a", kept.draft_id)
    assert drafts.listed("browser:a") == ()
    assert drafts.restore("browser:a", kept.draft_id) == kept


def test_sources_keep_their_own_numbers_and_readers_get_those_of_first_use() -> None:
    draft = Draft("d", BRIEF, 1)
    swapped = draft.edited("Fees", (BriefSection("Who pays?", (item(2), item(1))),))
    assert [each.citation.n for each in swapped.brief.sources] == [1, 2]
    assert [each.citation.start for each in swapped.numbered.sources] == [100, 0]
    alone = draft.edited("Fees", (BriefSection("Who pays?", (item(2),)),))
    assert [each.citation.start for each in alone.numbered.sources] == [100]
    back = alone.edited("Fees", BRIEF.sections)
    assert back.numbered == draft.numbered
    same, n = draft.with_source(source(9, 100))
    assert (same, n) == (draft, 2)
    more, n = draft.with_source(source(9, 200))
    assert (n, len(more.brief.sources)) == (3, 3)


def test_an_edited_quote_is_one_no_more_until_it_is_verbatim_again() -> None:
    draft = Draft("d", BRIEF, 1)

    def edited(changed: BriefItem) -> BriefItem:
        return draft.edited("Fees", (BriefSection("", (changed,)),)).brief.sections[0].items[0]

    other = edited(item(1, text="The fee is 50 crowns a day."))
    assert (other.is_quote, other.is_edited) == (False, True)
    again = edited(replace(other, text=QUOTE))
    assert (again.is_quote, again.is_edited) == (True, False)
    own = edited(BriefItem(QUOTE, (1,)))
    assert (own.is_quote, own.is_edited) == (False, False)
    with pytest.raises(BriefError, match="no source 7 in this brief"):
        edited(item(7))
