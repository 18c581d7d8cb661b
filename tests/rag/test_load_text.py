"""Plain text and Markdown: no markup left, no word lost, structure found."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.load import load
from rag.records import Document


@pytest.fixture
def read(tmp_path: Path):
    def read_source(source: str | bytes, name: str = "note.txt") -> Document:
        path = tmp_path / name
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return load(path, "note")

    return read_source


def shown(document: Document) -> list[str]:
    """Blocks as "kind: words"; headings with their level, notes with their label."""
    labels = {note.start: note.label for note in document.notes}
    lines = []
    for block in document.blocks:
        kind = {"heading": f"h{block.level}", "list_item": f"item{block.level}"}.get(
            block.kind, block.kind
        )
        label = f"[{labels[block.start]}] " if block.start in labels else ""
        lines.append(f"{kind}: {label}{document.text[block.start : block.end]}")
    return lines


MARKDOWN = """\
# Harbour rules<sup>1</sup>

The **harbour master** may *close* the port, see [the act](https://example.org/act) \\(2020\\).
Boats leave by <https://example.org/gate>; a 5 m<sup>2</sup> deck[^b] is enough &amp; safe.

## 1. Scope

Fees rise on the 1<sup>st</sup> of May to

---

<sup>1</sup> Adopted in 1999.

cover the cost of dredging.

- Mooring
  - day berths
  - ❖ night berths
- Fuel

| Berth | Fee |
|-------|-----|
| North | 10  |

[^b]: Measured at the waterline.
"""


def test_markdown_becomes_plain_blocks(read) -> None:
    document = read(MARKDOWN, "rules.md")
    assert shown(document) == [
        "h1: Harbour rules",
        "paragraph: The harbour master may close the port, see the act (2020). Boats leave by "
        "https://example.org/gate; a 5 m² deck is enough & safe.",
        "h2: 1. Scope",
        "paragraph: Fees rise on the 1st of May to cover the cost of dredging.",
        "note: [1] Adopted in 1999.",
        "item0: Mooring",
        "item1: day berths",
        "item1: night berths",
        "item0: Fuel",
        "table_row: Berth: North | Fee: 10",
        "note: [b] Measured at the waterline.",
    ]
    assert [s.path for s in document.sections] == [
        ("Harbour rules",),
        ("Harbour rules", "1. Scope"),
    ]
    first, second = document.notes
    assert [document.text[:m].rsplit(" ", 1)[-1] for m in first.markers] == ["rules"]
    assert [document.text[:m].rsplit(" ", 1)[-1] for m in second.markers] == ["deck"]


PLAIN = """\
DRAFT MINUTES

II. OBJECTIVES

The figure rose by 4 per cent (a rise also seen elsewhere¹), as 2 * 3 * 4 shows.

The board asks:
1. Who pays? It was said that some
of the members do.
2. Who gains?

A. Date of the meeting

· Snake_case_names stay
·\tso do <placeholders> and C:\\paths

\tActivity
\tAgency

\t1. Mapping

· of piers
\tPort Board
\tDredging
\tPilots

¹ Annual report, 2010.
"""


def test_an_empty_line_of_a_quotation_parts_its_paragraphs(read) -> None:
    quoted = "# Fees\n\n> The fee is forty crowns.\n>\n> It is paid each day.\n>\n"
    assert shown(read(quoted, "fees.md")) == [
        "h1: Fees",
        "paragraph: The fee is forty crowns.",
        "paragraph: It is paid each day.",
    ]


def test_plain_text_is_not_taken_for_markdown(read) -> None:
    assert shown(read(PLAIN)) == [
        "h1: DRAFT MINUTES",
        "h2: II. OBJECTIVES",
        "paragraph: The figure rose by 4 per cent (a rise also seen elsewhere), as 2 * 3 * 4 "
        "shows.",
        "paragraph: The board asks:",
        "item0: 1. Who pays? It was said that some of the members do.",
        "item0: 2. Who gains?",
        "h3: A. Date of the meeting",
        "item0: Snake_case_names stay",
        "item0: so do <placeholders> and C:\\paths",
        "table_row: Activity: 1. Mapping of piers | Agency: Port Board",
        "table_row: Activity: Dredging | Agency: Pilots",
        "note: [1] Annual report, 2010.",
    ]


def test_an_agenda_with_tabs_is_rows(read) -> None:
    agenda = "Agenda\n\n9.00\tWelcome\n\tthe mayor\n9.30\tClosing\n"
    assert shown(read(agenda))[1:] == [
        "table_row: 9.00 | Welcome the mayor",
        "table_row: 9.30 | Closing",
    ]


def test_wrapped_lines_are_joined_and_short_ones_kept(read) -> None:
    source = (
        "Port Authority\nQuay 4\n\n"
        "The ferry leaves the northern pier at nine and reaches the island under Article\n"
        "5. of the timetable, which is printed on the back of every ticket that is sold\n"
        "at the gate, unless the wind is too strong for the smaller of the two vessels.\n"
    )
    assert shown(read(source)) == [
        "paragraph: Port Authority",
        "paragraph: Quay 4",
        "paragraph: " + " ".join(source.splitlines()[3:]),
    ]


def test_a_bold_agenda_line_heads_its_session(read) -> None:
    source = (
        "##### Day 1\n\n**9.00-9.30 Welcome**\n\nThe mayor.\n\n**Speakers:**\n\nA guest.\n\n"
        "**Day 2**\n\nEnd.\n"
    )
    assert shown(read(source, "agenda.md")) == [
        "h5: Day 1",
        "h6: 9.00-9.30 Welcome",
        "paragraph: The mayor.",
        "paragraph: Speakers:",
        "paragraph: A guest.",
        "h5: Day 2",
        "paragraph: End.",
    ]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Égalité à Genève, coût élevé".encode("latin-1"), "Égalité à Genève, coût élevé"),
        ("“Quoted” – dashed".encode("cp1252"), "“Quoted” – dashed"),
        ("Größe".encode("utf-16"), "Größe"),
        ("Large port".encode("utf-16-le"), "Large port"),
        ("\ufeffMark".encode(), "Mark"),
        (b"Health\0 care\x07 for all", "Health care for all"),
        ("ﬁsh\u00adery ofﬁce".encode(), "fishery office"),
    ],
)
def test_encodings(read, data: bytes, text: str) -> None:
    assert read(data).text == text


WORD = st.from_regex(r"[a-zäöA-Z]{1,9}|[0-9]{1,4}", fullmatch=True)
WORDS = st.lists(WORD, min_size=1, max_size=8).map(" ".join)
PIECE = st.one_of(
    WORDS,
    WORDS.map(lambda w: f"## {w}"),
    WORDS.map(lambda w: f"**{w}**"),
    WORDS.map(lambda w: f"- {w}"),
    WORDS.map(lambda w: f"    {w} *{w}*"),
    WORDS.map(lambda w: f"\t{w}"),
    WORDS.map(lambda w: f"· {w}."),
    WORDS.map(lambda w: f"> {w}, [{w}](https://example.org)"),
    WORDS.map(lambda w: f"| {w} | {w} |"),
    WORDS.map(lambda w: f"{w} * {w} _ {w} ~ {w}"),  # two ` would make code of a link between
    st.just("---"),
)
SOURCE = st.lists(st.tuples(PIECE, st.sampled_from(["\n", "\n\n"])), min_size=1, max_size=12).map(
    lambda parts: "".join(piece + end for piece, end in parts)
)


def words_of(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", text))


@settings(max_examples=300, deadline=None)
@given(source=SOURCE)
def test_no_word_is_lost_or_doubled(source: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    words = words_of(source.replace("](https://example.org)", "]"))
    if not words:
        return
    path = tmp_path_factory.mktemp("words") / "note.txt"
    path.write_text(source, encoding="utf-8")
    document = load(path, "note")
    assert words_of(document.text) == words
    check_offsets(document)


def check_offsets(document: Document) -> None:
    """Blocks are ordered and apart, nothing but space is between them, sections cover them."""
    text, at = document.text, 0
    for block in document.blocks:
        assert at <= block.start < block.end <= len(text)
        assert not text[at : block.start].strip()
        assert text[block.start : block.end] == " ".join(text[block.start : block.end].split())
        at = block.end
    assert at == len(text)
    for block in document.blocks:
        section = document.section_at(block.start)
        assert section is not None and section.start <= block.start and block.end <= section.end
    spans = sorted(span for page in document.pages for span in page.spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
