"""The engine's phrases in the language of a page."""

from __future__ import annotations

from rag.phrases import Phrases
from ui.web.texts import Texts


def phrases_of(texts: Texts) -> Phrases:
    """The phrases of the page's language, from its texts."""
    return Phrases(**texts.section("answer"), languages=texts.section("languages"))
