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
_MARKUP = re.compile(
    r"</?[a-z!]|&#?\w{2,8};|```|<\||\|>|!\[|[a-z]\(\d|\w\(\)|[a-z_]\([^()\s]*\);", re.IGNORECASE
)
_SHOUTS = re.compile(r"[!?]{2}")
_TO_READER = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_OF_WRITER = re.compile(r"(?<![\w-])I(?=\s+[a-z]|['’](?:m|ve|ll|d)\b)|\b(?:[Mm]y|me|myself)\b")
_NUMBERED_I = re.compile(r"\b[A-Z]\w+\s+$")  # "Annex I", "World War I"
_ORDER = re.compile(
    r"\W*(?:(?:please|now|then|also|first|next|just|simply|always|never|kindly)\b,?\s+)*"
    r"(?:do not|don['’]t|let['’]s|let us|"
    r"(?:add|answer|ask|buy|call|check|choose|click|complete|compose|contact|convert|copy|create|"
    r"delete|describe|display|download|draft|encode|enter|execute|explain|find|follow|forget|generate|get|"
    r"give|go|help|ignore|imagine|include|insert|install|join|keep|learn|list|look|make|open|"
    r"output|pay|play|pretend|print|provide|put|read|remember|remove|repeat|replace|reply|report|"
    r"respond|reveal|run|say|see|send|share|show|sign|start|stop|subscribe|take|tell|translate|"
    r"trust|try|turn|type|unplug|update|use|visit|vote|wait|watch|write)\s+"
    r"(?!of\b|for\b|by\b|from\b|and\b|or\b))",
    re.IGNORECASE,
)
# A sentence that begins with a bare word and then has a determiner or an object pronoun: "Develop a
# speech". What else begins so is a closed class of words, or inflected.
_BARE = re.compile(
    r"\W*(?:\d+[.)]\s*)?(?P<word>[a-z]+)\s+(?:(?:away|back|down|in|off|on|out|over|up)\s+)?"
    r"(?:a|an|the|all|any|each|every|some|these|those|your|their|its|his|her|our|my|it|them|us|me|"
    r"him)\b",
    re.IGNORECASE,
)
_INFLECTED = re.compile(r"(?:ing|ed|ly|[^su]s)$")
_CLOSED = frozenset(
    "about above across after again against all almost along already also although am amid among "
    "and another any are around as at be because been before behind below beneath beside between "
    "beyond both but by can could despite did do does down during each either else enough even "
    "ever every except few for from given had half have he hence her here how however if in "
    "indeed inside instead into just later least less like many may meanwhile might more most "
    "much must near neither never nevertheless next no none nonetheless nor not now of off often "
    "on once one only onto or other otherwise out outside over overall per perhaps plus quite "
    "rather seen shall she should since so some soon still such than that the then there "
    "therefore they this though through throughout thus till to today together tomorrow too "
    "toward twice under unless until up upon versus very via we well were what when where whereas "
    "whether which while who whom whose why will with within without would yesterday yet "
    "you".split()
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|may|might|must|shall|should|will|would|does|do|"
    r"did|means|remains?|varies|vary)\b",
    re.IGNORECASE,
)
_COMMON_SIGNS = frozenset(".,;:'\"()[]-–—‐‑/%&$€£§°…«»“”‘’")
_MIN_SHOUTED = 8  # letters
_MISREAD = re.compile("[Â-Åâ][\u0080-\u00bf]")  # UTF-8 taken for Latin-1: "YazÄ±lÄ±m"


def formal_objection(text: str, known: str) -> str:
    """Why `text` is no statement about documents, to go after "it"; empty if nothing says so.

    `known` has the quotes that it cites and the question.
    """
    if LINK.search(text) or has_markup(text):
        return "has an address, markup or code"
    if speaks_to_model(text):
        return "speaks to a language model"
    if is_asking(text.rstrip("\"'”’)")):
        return "asks and states nothing"
    if is_order(text):
        return "tells its reader what to do"
    if _TO_READER.search(text):
        return "speaks to its reader"
    if any(not _NUMBERED_I.search(text[: match.start()]) for match in _OF_WRITER.finditer(text)):
        return "speaks of its writer"
    strange = sorted({char for char in text if not _is_known(char, known)})
    if strange:
        return f"has signs that its quotes do not have: {' '.join(strange[:5])}"
    if _MISREAD.search(text):
        return "has signs that were read wrongly"
    if _SHOUTS.search(text):
        return "shouts"
    if _is_shouted(text) and not any(_is_shouted(line) for line in known.splitlines()):
        return "is in capitals, and its quotes are not"
    return ""


def has_markup(text: str) -> bool:
    """Whether `text` has something of markup or code."""
    return _MARKUP.search(text) is not None


def is_order(text: str) -> bool:
    """Whether `text`, a sentence, tells its reader what to do, by the way in which it begins, or
    goes on after a colon that no clause introduces."""
    before, colon, after = text.partition(": ")
    if colon and not _FINITE.search(before) and is_order(after):
        return True
    bare = _BARE.match(text)
    word = bare["word"].lower() if bare else ""
    if word and word not in _CLOSED and not _INFLECTED.search(word):
        return True
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
