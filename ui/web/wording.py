"""The engine's phrases in the language of a page."""

from __future__ import annotations

from functools import cache

from rag.phrases import Phrases
from ui.web.texts import Language, Texts, open_texts


def phrases_of(texts: Texts) -> Phrases:
    """The phrases of the page's language, from its texts."""
    return _phrases(texts.language)


@cache  # they are asked for with every view of every page
def _phrases(language: Language) -> Phrases:
    texts = open_texts(language)
    return Phrases(**texts.section("answer"), languages=texts.section("languages"))
