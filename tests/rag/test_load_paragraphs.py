"""Numbered paragraphs: told from lists and headings, with the items under them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.load.blocks import build_document
from rag.load.pieces import Piece, plain

LONG = "The harbour board shall keep the quays in good repair and tell the council of it each year "
BODY = f"{LONG * 3}without delay."


def numbers(*pieces: Piece | str) -> list[str]:
    made = [each if isinstance(each, Piece) else plain("paragraph", each) for each in pieces]
    return [block.number for block in build_document("d", made).blocks]


def test_paragraphs_in_sequence_are_numbered_with_the_items_under_them() -> None:
    found = numbers(
        plain("heading", "I. Quays", 1),
        f"1. {BODY}",
        f"2. {BODY}",
        f"3. {LONG} in that:",
        plain("list_item", "(a) It is open;"),
        plain("list_item", "(b) It is lit, that is:"),
        plain("list_item", "(i) At night;"),
        plain("list_item", "(ii) In fog;"),
        plain("list_item", "(c) It is dry."),
        plain("heading", "II. Fees", 1),
        plain("list_item", "(a) An item under no paragraph;"),
        f"4. (a) {BODY}",
        f"(b) {BODY}",
    )
    items = ["3 (a)", "3 (b)", "3 (b) (i)", "3 (b) (ii)", "3 (c)"]
    assert found == ["", "1", "2", "3", *items, "", "", "4 (a)", "4 (b)"]


def test_brackets_and_bullets() -> None:
    found = numbers(
        f"(1) {BODY}", f"(2) {LONG} in:", plain("list_item", "• Spring"), "Text.", f"(3) {BODY}"
    )
    assert found == ["1", "2", "2", "", "3"]


def test_i_after_h_is_a_letter_unless_ii_follows() -> None:
    items = [plain("list_item", f"({letter}) Item of it;") for letter in "abcdefghij"]
    found = numbers(f"1. {BODY}", f"2. {BODY}", f"3. {BODY}:", *items)
    assert found[3:] == [f"3 ({letter})" for letter in "abcdefghij"]
    items = [plain("list_item", f"({label}) Item;") for label in ["h", "i", "ii", "iii"]]
    found = numbers(f"1. {BODY}", f"2. {BODY}", f"3. {BODY}:", *items)
    assert found[3:] == ["3 (h)", "3 (h) (i)", "3 (h) (ii)", "3 (h) (iii)"]


def test_a_stray_number_and_a_list_within_do_not_break_the_sequence() -> None:
    inner = [plain("list_item", f"{n}. A short item") for n in (1, 2)]
    found = numbers(
        *(f"{n}. {BODY}" for n in range(1, 5)), f"201. {BODY}", *inner, f"5. {BODY}", f"7. {BODY}"
    )
    assert found == ["1", "2", "3", "4", "", "", "", "5", "7"]


def test_an_ordinary_list_numbers_no_paragraphs() -> None:
    prose = [BODY] * 6
    questions = [plain("list_item", f"{n}. {LONG}?") for n in range(1, 8)]
    assert set(numbers(*prose, "The meeting puts these questions:", *questions)) == {""}
    short = [plain("list_item", f"{n}. Item number {n};") for n in range(1, 9)]
    assert set(numbers(BODY, *short)) == {""}


def test_decimal_clauses_follow_from_headings_and_each_other() -> None:
    found = numbers(
        plain("heading", "3.2 Mooring", 2),
        f"3.2.1 {BODY}",
        f"3.2.2 {BODY}",
        f"9.5 {BODY}",
        plain("heading", "3.3 Fees", 2),
        f"3.3.1 {BODY}",
        plain("list_item", "(a) An item;"),
    )
    assert found == ["", "3.2.1", "3.2.2", "", "", "3.3.1", "3.3.1 (a)"]


def test_a_paragraph_is_looked_up_by_offset() -> None:
    document = build_document("d", [plain("paragraph", f"{n}. {BODY}") for n in (1, 2, 3)])
    assert document.paragraph_at(document.text.index("2.") + 20) == "2"


@given(
    st.lists(
        st.sampled_from(["1. ", "2. ", "3) ", "(a) ", "(i) ", "(ii) ", "3.1 ", ""]), max_size=20
    )
)
def test_any_order_of_labels_is_read(labels: list[str]) -> None:
    found = numbers(*(f"{label}{BODY}" for label in labels))
    assert len(found) <= len(labels)
