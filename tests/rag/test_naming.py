"""Documents that a question names."""

from __future__ import annotations

import pytest

from rag.naming import Named, Namer
from rag.records import Facts

NAMER = Namer(
    {
        "ferries": Facts(title="The Ferry Act of 1911"),
        "ferries-2": Facts(title="The Ferry Act of 1911", edition="Rev.1"),
        "harbour": Facts(title="Harbour.example", symbol="A/RES/70/1"),
        "health": Facts(title="Health"),
        "long": Facts(title="The Ferry Act of 1911 and its critics"),
        "untitled": Facts(),
    }
)


@pytest.mark.parametrize(
    ("text", "rest", "documents", "is_scope"),
    [
        ("harbour.example: Who pays?", "Who pays?", {"harbour"}, True),
        ("“A/RES/70/1”: who pays?", "who pays?", {"harbour"}, True),
        ("Health: who pays?", "who pays?", {"health"}, True),
        ("the ferry act of 1911: fares?", "fares?", {"ferries", "ferries-2"}, True),
        ("Wealth: who pays?", "Wealth: who pays?", set(), False),
        ("Health:", "Health:", set(), False),
        ("Who pays for health?", "Who pays for health?", set(), False),
        (
            "What does the Ferry Act of 1911 say?",
            "What does the Ferry Act of 1911 say?",
            {"ferries", "ferries-2"},
            False,
        ),
        (
            "Whom does The Ferry Act of 1911 and its critics name?",
            "Whom does The Ferry Act of 1911 and its critics name?",
            {"long"},
            False,
        ),
        ("Is A/RES/70/1 binding?", "Is A/RES/70/1 binding?", {"harbour"}, False),
    ],
)
def test_names_are_found_whole(text: str, rest: str, documents: set[str], is_scope: bool) -> None:
    assert NAMER.find(text) == Named(rest, frozenset(documents), is_scope)
