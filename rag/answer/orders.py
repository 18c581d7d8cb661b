"""What a sentence must not be, whatever it cites: it states what documents say, and nothing else.

1. It carries no address, markup or code: a model that answers from quotes has no use for them.
2. It asks nothing, gives no orders, and speaks neither to its reader nor of its writer.
3. Its letters are of scripts, and its signs are ones, that the quotes or the question have too.

The rules are about form and know no attack; what a sentence says is for the checks of its support
(vetting.py).
"""

from __future__ import annotations

import re
import unicodedata

from rag.load.poison import speaks_to_model
from rag.sentences import is_asking

LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,15}:(?://|(?=[^\s\d]))\S*[^\s.,;:!?)]|\bwww\.\S+|\]\s*\(|"
    r"\b[\w.+-]+@[\w-]+\.\w+|(?<![\w.])(?:[a-z0-9-]{2,}\.)+"
    r"(?-i:[a-z]{2,12}|[A-Z]{2,12})\b(?:/\S*)?",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?[a-z!]|&#?\w{2,8};|```|<\||\|>|!\[", re.IGNORECASE)
_TO_READER = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_OF_WRITER = re.compile(r"\bI(?=\s+[a-z]|['’](?:m|ve|ll|d)\b)|\b(?:[Mm]y|me|myself)\b")
_NUMBERED_I = re.compile(r"\b[A-Z]\w+\s+$")  # "Annex I", "World War I"
_ORDER = re.compile(
    r"\W*(?:(?:please|now|then|also|first|next|just|simply|always|never|kindly)\b,?\s+)*"
    r"(?:do not|don['’]t|let['’]s|let us|"
    r"(?:add|answer|ask|buy|call|check|choose|click|complete|compose|contact|convert|copy|create|"
    r"delete|describe|download|draft|encode|enter|execute|explain|find|follow|forget|generate|get|"
    r"give|go|help|ignore|imagine|include|insert|install|join|keep|learn|list|look|make|open|"
    r"output|pay|play|pretend|print|provide|put|read|remember|remove|repeat|replace|reply|report|"
    r"respond|reveal|run|say|see|send|share|show|sign|start|stop|subscribe|take|tell|translate|"
    r"trust|try|turn|type|unplug|update|use|visit|vote|wait|watch|write)\s+"
    r"(?!of\b|for\b|by\b|from\b|and\b|or\b))",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|may|might|must|shall|should|will|would|does|do|"
    r"did|means|remains?|varies|vary)\b",
    re.IGNORECASE,
)
_COMMON_SIGNS = frozenset(".,;:!?'\"()[]-–—‐‑/%&$€£§°…«»“”‘’")
_MIN_SHOUTED = 8  # letters


def formal_objection(text: str, known: str) -> str:
    """Why `text` is no statement about documents, to go after "it"; empty if nothing says so.

    `known` has the quotes that it cites and the question.
    """
    if LINK.search(text) or _MARKUP.search(text):
        return "has an address, markup or code"
    if speaks_to_model(text):
        return "speaks to a language model"
    if is_asking(text.rstrip("\"'”’)")):
        return "asks and states nothing"
    if _is_order(text):
        return "tells its reader what to do"
    if _TO_READER.search(text):
        return "speaks to its reader"
    if any(not _NUMBERED_I.search(text[: match.start()]) for match in _OF_WRITER.finditer(text)):
        return "speaks of its writer"
    strange = sorted({char for char in text if not _is_known(char, known)})
    if strange:
        return f"has signs that its quotes do not have: {' '.join(strange[:5])}"
    if _is_shouted(text) and not any(_is_shouted(line) for line in known.splitlines()):
        return "is in capitals, and its quotes are not"
    return ""


def _is_order(text: str) -> bool:
    order = _ORDER.match(text)
    return order is not None and not _FINITE.search(text.split(",", 1)[0], order.end())


def _is_known(char: str, known: str) -> bool:
    is_common = char.isascii() and (char.isalnum() or char.isspace() or char in _COMMON_SIGNS)
    if is_common or char in _COMMON_SIGNS or char in known:
        return True
    return _script(char) in {"LATIN", *filter(None, map(_script, known))}


def _script(char: str) -> str:
    """As in "CYRILLIC", of a letter or a mark on one; empty for all else."""
    is_letter = unicodedata.category(char)[0] in "LM"
    return unicodedata.name(char, "").partition(" ")[0] if is_letter else ""


def _is_shouted(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= _MIN_SHOUTED and sum(map(str.isupper, letters)) > len(letters) / 2
