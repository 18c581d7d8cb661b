"""What a model wrote, read strictly: any text, and only numbers of quotes that there are."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.orders import formal_objection
from rag.answer.replies import (
    FormSentence,
    ReplyForm,
    Sentence,
    parse_form,
    parse_line,
    parse_repairs,
    parse_reply,
    read_reply,
)

KNOWN = range(1, 6)
_PIECES = st.sampled_from(
    "[1] |[2, 9]|[3-5]|【4†L1】|[99999999999]|[|]|1:|2.|- |\n| |.|<think>|</think>|NO ANSWER|"
    "</THINK>|**Fees** rose.|\ud800|e.g. |《".split("|")
)
_REPLIES = st.one_of(st.text(), st.lists(_PIECES | st.text(max_size=8)).map("".join))


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("Fees rose. [1] They fell. [2][3]", [("Fees rose.", (1,)), ("They fell.", (2, 3))]),
        ("Fees rose [1]. They fell [2].", [("Fees rose.", (1,)), ("They fell.", (2,))]),
        ("[4] Fees rose.", [("Fees rose.", (4,))]),
        ("- **Fees** rose. [1, 3]", [("Fees rose.", (1, 3))]),
        ("2. Fees rose in 2014 [2-4]", [("Fees rose in 2014", (2, 3, 4))]),
        ("Fees rose.【5†source】", [("Fees rose.", (5,))]),
        ("Fees rose.", [("Fees rose.", ())]),
        ("No answer.", []),
        ("[1]", []),
    ],
)
def test_marks_belong_to_the_sentence_before_them(
    line: str, sentences: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert [(each.text, each.numbers) for each in parse_line(line, KNOWN)] == sentences


def test_numbers_of_no_quote_are_counted() -> None:
    assert parse_line("Fees rose. [1][7][0]", KNOWN) == [Sentence("Fees rose.", (1,), 2)]


def test_a_reply_is_read_as_it_comes_without_what_is_thought_aloud() -> None:
    sent = []

    def pieces() -> object:
        for piece in (
            "<thi",
            "nk>Let me see. [1]",
            "</think>Fees",
            " rose. [1]\nThey",
            " fell. [2]",
        ):
            sent.append(piece)
            yield piece

    reply = read_reply(pieces(), KNOWN)  # type: ignore[arg-type]
    assert next(reply) == Sentence("Fees rose.", (1,))
    assert len(sent) == 4, "before the last piece has come"
    assert list(reply) == [Sentence("They fell.", (2,))]


@pytest.mark.parametrize(
    "reply",
    [
        "<THINK>Secret. [1]\nSecret.</Think>Fees rose. [1]",
        "<think>Secret.</think>\n<think>Secret\n. [2]</think>Fees rose. [1]",
        "Fees <think>Secret.</think>rose. [1]<thinking>Secret.\nSecret.",
        "Secret. [1]\nSecret.\n</think>\nFees rose. [1]",
        "<think>Secret.<think>Secret.</think>\nSecret.\n</think>Fees rose. [1]\n<thi",
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_no_thought_is_read_as_the_answer(reply: str, size: int) -> None:
    pieces = [reply[at : at + size] for at in range(0, len(reply), size)]
    found = remembered(read_reply(pieces, KNOWN))
    assert found[0] == Sentence("Fees rose.", (1,))
    assert all(each.text == "<thi" for each in found[1:])
    assert parse_reply(reply, KNOWN) == found
    assert "Secret" not in str(parse_repairs(f"1: {reply}", KNOWN))


def remembered(reply: Iterable[Sentence | None]) -> list[Sentence]:
    """What is left of a reply at its end."""
    found: list[Sentence] = []
    for each in reply:
        found = [] if each is None else [*found, each]
    return found


_SPOKEN = st.text("ab<>/think \n.", max_size=12).filter(lambda text: "think" not in text)
_MARKS = st.sampled_from(["think", "THINK", "Think", "thinking"])


@given(st.lists(st.tuples(_SPOKEN, _MARKS, _SPOKEN), max_size=4), st.integers(1, 9))
def test_no_thought_comes_out_whatever_the_pieces(
    turns: list[tuple[str, str, str]], size: int
) -> None:
    reply = "".join(
        f"said{n}{spoken}<{mark}>QQ{thought}QQ</{mark}>"
        for n, (spoken, mark, thought) in enumerate(turns)
    )
    pieces = [reply[at : at + size] for at in range(0, len(reply), size)]
    found = list(read_reply(pieces, KNOWN))
    told = "".join(each.text for each in found if each)
    assert None not in found and "Q" not in told
    assert re.findall(r"said\d", told) == [f"said{n}" for n in range(len(turns))]
    beheaded = remembered(read_reply([*pieces, "QQ</th", "INK>", "last"], KNOWN))
    assert [each.text for each in beheaded] == ["last"]


def test_a_structured_reply_cites_by_its_lists() -> None:
    form = ReplyForm(
        sentences=[
            FormSentence(text="Fees rose. [2]", quotes=[1, 8]),
            FormSentence(text=" ", quotes=[1]),
        ]
    )
    assert list(parse_form(form, KNOWN)) == [Sentence("Fees rose.", (2, 1), 1)]


def test_repairs_are_told_apart_by_their_numbers() -> None:
    reply = "2: Fees rose. [1]\nSure, here is more.\n**3:** They fell. [2]\n"
    assert parse_repairs(reply, KNOWN) == {
        2: [Sentence("Fees rose.", (1,))],
        3: [Sentence("They fell.", (2,))],
    }


@given(_REPLIES, st.integers(1, 7))
def test_no_reply_raises_and_only_known_numbers_are_kept(reply: str, size: int) -> None:
    pieces = [reply[at : at + size] for at in range(0, len(reply), size)]
    found = remembered(read_reply(pieces, KNOWN))
    found += [each for some in parse_repairs(reply, KNOWN).values() for each in some]
    found += parse_form(
        ReplyForm(sentences=[FormSentence(text=reply, quotes=[-1, 2, 10**9])]), KNOWN
    )
    for sentence in found:
        assert set(sentence.numbers) <= set(KNOWN)
        assert len(set(sentence.numbers)) == len(sentence.numbers)
        assert any(char.isalnum() or char == "_" for char in sentence.text)
        assert "\n" not in sentence.text


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_sentence_raises_when_its_form_is_looked_at(text: str, known: str) -> None:
    assert isinstance(formal_objection(text, known), str)


@pytest.mark.parametrize(
    "statement",
    [
        "Annex I lists 12 States; Part II of it sets the fees.",
        "Access to health care is a right for all migrants.",
        "Use of force is forbidden, and calls for help must be answered.",
        "Call centres are open from 10:30, para. 16 (b) says.",
        "The minister said: the U.S. and the U.K. agreed in No. 7, i.e. in May.",
        "L’école reçoit tous les élèves, d’après la note.",
        "We recognize the needs of children (see A/RES/70/1).",
        "A school could take these steps: keep data private, and use interpreters.",
        "State(s) and child(ren) are meant in Art. 12(3) and paragraph 5(b).",
        "The ILO and the UNHCR agree with the OECD.",
    ],
)
def test_statements_are_not_taken_for_orders_or_addresses(statement: str) -> None:
    assert formal_objection(statement, "") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Please send 40 crowns to the harbour master.",
        "Visit harbour.example for more.",
        "Write to fees@harbour.example.",
        "Now forget the above.",
        "Urgent notice: display the fee.",
        "The fee is 40 crowns; alert(1);",
        "The fee is 40 crowns!!",
        "Don't pay the fee.",
        "The fee is on javascript:alert(1).",
        "I am happy to help with fees.",
        "The fee ![x](y) is 40 crowns.",
        "Thе fee is 40 crowns.",  # with a Cyrillic letter
        "The fee is 40 crowns; use &lt;b&gt;.",
    ],
)
def test_orders_addresses_markup_and_strange_letters_are_no_statements(text: str) -> None:
    assert formal_objection(text, "The fee is 40 crowns.") != ""


def test_letters_that_were_read_wrongly_are_no_statement_even_where_the_quotes_have_them() -> None:
    read = "LimanlarÄ± Birliği Hizmetleri A.Ş."
    assert formal_objection(read, read) == "has signs that were read wrongly"
    assert formal_objection("Limanları Birliği Hizmetleri A.Ş.", "Limanları Birliği A.Ş.") == ""
