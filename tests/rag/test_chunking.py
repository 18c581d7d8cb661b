"""Documents to passages: nothing lost, nothing twice, nothing over the budget, stable ids."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking import chunk, context_line
from rag.embed import SentenceEmbedder
from rag.pipeline import Library
from rag.records import (
    Block,
    BlockKind,
    Document,
    Facts,
    Note,
    NoteReference,
    Page,
    Passage,
    Section,
    Span,
)
from rag.settings import ChunkingSettings

SMALL = ChunkingSettings(max_tokens=40, heading_tokens=8)


def count(text: str) -> int:
    """A cheap stand-in for a tokenizer: a word of n letters has n // 6 + 1 pieces."""
    return sum(len(word) // 6 + 1 for word in text.split())


def make_document(blocks: list[tuple[BlockKind, str]], title: str = "A title") -> Document:
    """A document of these blocks, with a section for each heading and ten blocks to a page."""
    text, made, at = "", [], 0
    for kind, words in blocks:
        text += "\n\n" if text else ""
        at = len(text)
        text += words
        made.append(Block(kind, at, len(text), level=1 if kind == "heading" else 0))
    borders = [each.start for each in made if each.kind == "heading"]
    starts = sorted({0, *borders}) if made else []
    sections = []
    for start, end in pairwise([*starts, len(text)]):
        heading = next((b for b in made if b.start == start and b.kind == "heading"), None)
        path = (text[heading.start : heading.end],) if heading else ()
        sections.append(Section(path, start, end))
    tens = [made[at : at + 10] for at in range(0, len(made), 10)]
    pages = [
        Page(number, str(number), (Span(each[0].start, each[-1].end),))
        for number, each in enumerate(tens, start=1)
    ]
    return Document(
        "doc", text, tuple(made), tuple(sections), tuple(pages), facts=Facts(title=title)
    )


def size(document: Document, passage: Passage, settings: ChunkingSettings, counted=count) -> int:
    """Word pieces of a passage as it is embedded, with its lines of context."""
    title = document.facts.title
    lines = [context_line(title, passage.section, settings, counted)]
    if passage.lead_in:
        lines.append(document.text[passage.lead_in.start : passage.lead_in.end])
    return counted("\n".join([*lines, passage.text])) + 2  # [CLS] and [SEP]


def check_passages(document: Document, passages: list[Passage]) -> None:
    """Everything that holds of the passages of any document."""
    text = document.text
    assert len({each.passage_id for each in passages}) == len(passages)
    covered: Counter[int] = Counter()
    for passage in passages:
        assert passage.text == text[passage.start : passage.end] != ""
        section = document.section_at(passage.start)
        assert section is not None
        assert section.start <= passage.start < passage.end <= section.end
        assert passage.section == section.path
        assert (passage.units[0].start, passage.units[-1].end) == (passage.start, passage.end)
        for unit, following in pairwise(passage.units):
            assert unit.start < unit.end <= following.start
        if passage.is_note:
            assert {unit.kind for unit in passage.units} == {"note"}
        for unit in passage.units:
            covered.update(range(unit.start, unit.end))
        page = document.page_at(passage.start)
        assert passage.page == (page.number if page else None)
    visible = {at for at, char in enumerate(text) if not char.isspace()}
    assert not visible - set(covered), "text lost"
    assert [at for at in visible if covered[at] > 1] == [], "text twice"


ALPHABET = "abcdefgzéñßжш字漢あع🙂’-.,;:?!()/ \u00a0\u2028"
WORDS = st.one_of(
    st.sampled_from(
        "the of migrants remittances States A.1 No. e.g. include: 7.5 (a) end. (b)".split()
    ),
    st.text(alphabet=ALPHABET, min_size=1, max_size=14),
    st.text(alphabet="abcé字", min_size=60, max_size=700),
)
TEXTS = (
    st.lists(WORDS, min_size=1, max_size=45)
    .map(" ".join)
    .map(str.strip)
    .filter(lambda text: any(char.isalnum() for char in text))
)
TEXTS = st.one_of(TEXTS, TEXTS, TEXTS.map("{}:".format))  # many a line introduces a list
KINDS = st.sampled_from(["heading", "paragraph", "list_item", "table_row", "note", "list_item"])
BLOCKS = st.lists(st.tuples(KINDS, TEXTS), min_size=1, max_size=14)


@settings(max_examples=150, deadline=None)
@given(blocks=BLOCKS, title=st.one_of(st.just(""), TEXTS))
def test_any_document_is_cut_without_loss_and_within_the_budget(blocks, title) -> None:
    document = make_document(blocks, title)
    passages = chunk(document, SMALL, count)
    check_passages(document, passages)
    assert {
        e.passage_id: size(document, e, SMALL) for e in passages if size(document, e, SMALL) > 40
    } == {}
    assert chunk(document, SMALL, count) == passages


def test_starter_briefs_fit_the_window_of_the_real_encoder(
    starter_library: Library, embedder: SentenceEmbedder
) -> None:
    chunking = starter_library.settings.chunking
    sizes = []
    for document_id in starter_library.ledger.facts():
        document = starter_library.ledger.document(document_id)
        passages = starter_library.ledger.passages_of(document_id)
        check_passages(document, passages)
        sizes += [size(document, each, chunking, embedder.count_tokens) for each in passages]
    assert len(sizes) > 100
    assert max(sizes) <= chunking.max_tokens == embedder.max_tokens + 2 == 256
    assert sum(sizes) / len(sizes) > 100, "passages are filled, not crumbs"


def test_a_heading_and_a_lead_in_stay_with_what_follows() -> None:
    filler = "word " * 28 + "end."
    document = make_document(
        [("heading", "Costs"), ("paragraph", filler), ("paragraph", "The costs include:")]
        + [("list_item", f"fee number {n} of {'many ' * 4}") for n in (1, 2, 3, 4)]
    )
    passages = chunk(document, SMALL, count)
    assert passages[0].text.startswith("Costs\n\nword word")
    (begins,) = [each for each in passages if "The costs include:" in each.text]
    assert begins.text.startswith("The costs include:\n\nfee number 1")
    later = [each for each in passages if each.start > begins.start]
    lead_ins = {
        document.text[each.lead_in.start : each.lead_in.end] for each in later if each.lead_in
    }
    assert lead_ins == {"The costs include:"}
    assert all(each.lead_in for each in later)


def test_a_list_in_a_list_stays_within_the_budget() -> None:
    document = make_document(
        [
            ("paragraph", "States should take steps here:"),
            ("list_item", "word " * 30 + "end."),
            ("list_item", "on health, in particular, and also:"),
            ("paragraph", "word " * 22 + "end."),
        ]
    )
    passages = chunk(document, SMALL, count)
    check_passages(document, passages)
    assert max(size(document, each, SMALL) for each in passages) <= 40


def test_a_note_is_a_passage_of_its_own() -> None:
    document = make_document(
        [
            ("paragraph", "One. Two."),
            ("note", "See the report. It is long."),
            ("paragraph", "Three."),
        ]
    )
    passages = chunk(document, SMALL, count)
    assert [(each.text, each.is_note) for each in passages] == [
        ("One. Two.", False),
        ("See the report. It is long.", True),
        ("Three.", False),
    ]


def test_passages_say_their_notes_and_notes_where_they_are_cited() -> None:
    plain = make_document(
        [
            ("heading", "Fees"),
            ("paragraph", "12. Fees rose. Dues fell."),
            ("note", "Ruiz, 2011."),
            ("note", "Ibid."),
        ]
    )
    rose, fell = plain.text.index("rose.") + 5, plain.text.index("fell.") + 5
    ruiz, ibid = (Span(each.start, each.end) for each in plain.blocks[2:])
    document = replace(
        plain,
        blocks=tuple(
            replace(each, number="12" * (at == 1)) for at, each in enumerate(plain.blocks)
        ),
        notes=(Note("1", *ruiz, markers=(rose, fell)), Note("2", *ibid, (fell,), (ruiz,))),
    )
    body, first, second = chunk(document, SMALL, count)
    assert body.paragraph == "12"
    assert body.notes == (
        NoteReference("1", rose, "Ruiz, 2011."),
        NoteReference("1", fell, "Ruiz, 2011."),
        NoteReference("2", fell, "Ibid.", ("note 1: Ruiz, 2011.",)),
    )
    assert [document.text[slice(*each)] for each in first.cited_by] == [
        "12. Fees rose.",
        "Dues fell.",
    ]
    assert [document.text[slice(*each)] for each in second.cited_by] == ["Dues fell."]
    assert (first.notes, first.paragraph, body.cited_by) == ((), "", ())
    ids = [each.passage_id for each in chunk(plain, SMALL, count)]
    assert ids == [body.passage_id, first.passage_id, second.passage_id]


def test_sentences_are_units_and_are_not_split_to_fill_a_passage() -> None:
    sentences = [f"Sentence number {n} has exactly eight words here." for n in range(9)]
    passages = chunk(make_document([("paragraph", " ".join(sentences))]), SMALL, count)
    assert len(passages) > 1
    found = [
        each.text[unit.start - each.start : unit.end - each.start]
        for each in passages
        for unit in each.units
    ]
    assert found == sentences


def test_ids_hang_on_document_section_and_text_and_on_nothing_else() -> None:
    blocks: list[tuple[BlockKind, str]] = [("heading", "One"), ("paragraph", "The same text here.")]
    ids = [each.passage_id for each in chunk(make_document(blocks), SMALL, count)]
    # Written out: a change of the scheme breaks every citation that was ever saved.
    assert ids == ["doc:06ff1845a0a8b3af"]
    before = make_document([("paragraph", "An addition at the front."), *blocks])
    assert [e.passage_id for e in chunk(before, SMALL, count)][1:] == ids
    other = replace(make_document(blocks), document_id="other")
    assert [e.passage_id for e in chunk(other, SMALL, count)] != ids
    elsewhere = make_document([("heading", "Two"), blocks[1]])
    assert [e.passage_id for e in chunk(elsewhere, SMALL, count)] != ids


def test_a_text_that_is_repeated_gets_an_id_each_time() -> None:
    document = make_document([("note", "Ibid., p. 4."), ("note", "Ibid., p. 4.")])
    first, second = (each.passage_id for each in chunk(document, SMALL, count))
    assert second == f"{first}-2"


@pytest.mark.parametrize(
    ("title", "path", "expected"),
    [
        ("Plan", ("Aims", "Money"), "Plan › Aims › Money"),
        ("Plan", ("Plan", "Aims"), "Plan › Aims"),  # said once
        ("A long title of the whole paper", ("Aims", "Money"), "Aims › Money"),
        (
            "",
            ("One two three four five six seven eight nine",),
            "One two three four five six seven eight",
        ),
        ("", (), ""),
    ],
)
def test_context_line_is_shortened_from_the_front(title, path, expected) -> None:
    assert context_line(title, path, SMALL, lambda text: len(text.split())) == expected
