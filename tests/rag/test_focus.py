"""What a question asks for by name."""

from __future__ import annotations

import pytest

from rag.answer.focus import focus_of


@pytest.mark.parametrize(
    ("part", "focus"),
    [
        ("What are the main barriers that keep newcomers from health care?", {"barri"}),
        ("Which lessons did the coalition draw from its work?", {"lesso"}),
        ("What role do cities play?", {"role"}),
        ("How is decent work to be promoted?", set()),
        ("What share of the children can go to school?", set()),
        ("By what date did experts have to hand in their papers?", set()),
        ("", set()),
    ],
)
def test_the_thing_asked_for_by_name_is_found(part: str, focus: set[str]) -> None:
    assert focus_of(part) == focus
