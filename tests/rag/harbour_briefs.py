"""Briefs about a harbour, for the tests of export."""

from __future__ import annotations

from rag.briefs.records import Brief, BriefItem, BriefSection, BriefSource
from rag.records import Citation, Facts, NoteReference

MINUTES = Facts(
    title="Minutes of the council",
    organisation="Harbour Council; Port of Ys",
    date="2014-10-21",
    kind="minutes",
    language="en",
    source="https://example.org/minutes?a=1&b=2",
    rights="© Harbour Council",
)
RESOLUTION = Facts(
    title="Fair moorings",
    organisation="United Nations General Assembly",
    date="2015-09-25",
    kind="resolution",
    symbol="A/RES/70/999",
)
SURVEY = Facts(
    title="Ports & people?",
    organisation="Institute of Ports",
    author="Ingleby, David; Ruiz, Maria",
    date="2016",
    kind="report",
)
NOTE = NoteReference("41", 3, "Ruiz, Ports, 2011.")


def source(n: int, document_id: str, facts: Facts, quote: str, **place: object) -> BriefSource:
    """A source whose passage has a sentence before the quote and one after it."""
    cited = Citation(
        n=n,
        passage_id=f"p{n}",
        document_id=document_id,
        title=facts.title,
        section=(facts.title, "Fees"),
        page=place.get("page"),  # type: ignore[arg-type]
        page_label=place.get("label"),  # type: ignore[arg-type]
        start=100 * n,
        end=100 * n + len(quote),
        quote=quote,
        paragraph=str(place.get("paragraph", "")),
        notes=(NOTE,) if place.get("is_noted") else (),
    )
    return BriefSource(cited, facts, f"So it was.\n{quote} And so it stayed.")


SOURCES = (
    source(1, "minutes", MINUTES, "The fee is\n40 crowns.", page=17, label="15", is_noted=True),
    source(2, "resolution", RESOLUTION, "Pilots pay nothing.", paragraph="16 (b)"),
    source(3, "minutes", MINUTES, "It rose in 2013.", page=18, label="16"),
    source(4, "survey", SURVEY, "Small ports lose."),
)
BRIEF = Brief(
    title="Moorings",
    sections=(
        BriefSection(
            "What do moorings cost?",
            (
                BriefItem("The fee is\n40 crowns.", (1,), True, "How much?"),
                BriefItem("Pilots pay nothing.", (2, 1), True, "Who pays?"),
                BriefItem("Both agree, in an editor's words.", (1, 2), heading="Who pays?"),
            ),
            passages=(3,),
            open_points=('Since when? No passage mentions "1999".',),
        ),
        BriefSection("And the small ports?", (BriefItem("Small ports lose.", (4, 3), True),)),
    ),
    sources=SOURCES,
    made_on="2026-11-28",
)


def long_brief(sources: int) -> Brief:
    """A brief of several pages, some of its quotes very long: source n ends its quote in "quay<n>x"
    and is found in paragraph 900 + n; each item cites the source before it as well."""
    made, items = [], []
    for n in range(1, sources + 1):
        body = "Ports that keep their fees low see more ships, and the towns around them more work;"
        quote = f"{' '.join([body] * (2 + n % 5 + 20 * (n % 7 == 0)))} so says quay{n}x"
        facts = Facts(title=f"Paper {n}", organisation="Harbour Council", kind="report")
        made.append(source(n, f"paper-{n}", facts, quote, paragraph=str(900 + n)))
        items.append(BriefItem(quote, (n, n - 1) if n > 1 else (n,), True))
    half = sources // 2
    sections = (
        BriefSection("First", tuple(items[:half])),
        BriefSection("Second", tuple(items[half:])),
    )
    return Brief("Fees in many ports", sections, tuple(made), "2026-11-28")
