"""A question in its conversation to standalone questions, one for each thing asked.

1. A follow-up ("And what did it do for nurses?") leans on the conversation: the question before
   it, itself made standalone, is put in front.
2. A compound question is cut into parts: at question marks, and before "and how", "and does"...
   where a clause stands on both sides. "When and where was ..." stays whole.
3. A later part that leans on the first ("how are the three connected?") is searched with it.
4. In a conversation the question before it is kept at hand: most go on about the same.
5. A question without a word to search for, and no conversation to lean on, is unclear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.records import Question, Turn

_CONTEXT_WORDS = 25
# What a paste brings along: codes of terminals, tags, emoji.
_NO_WORDS = re.compile(
    r"\x1b\[[0-9;]*[A-Za-z]|</?[a-z][^<>]{0,200}>|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]",
    re.IGNORECASE,
)
_TURNS = 3  # how far back a follow-up may lean

_ASKING = (
    "how|what|which|why|when|where|who|whom|whose|does|do|did|is|are|was|were|can|could|should|"
    "will|would|has|have|had|may|might|must"
)
_CUT = re.compile(rf"(?:[,;]\s+|\s+)(?:and|or|but)\s+(?=(?:{_ASKING})\b)|;\s+", re.IGNORECASE)
_SENTENCE = re.compile(r"[^?\n]+\?*")
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_STARTS = re.compile(rf"\W*(?:{_ASKING})\b", re.IGNORECASE)
_LEANING_START = re.compile(
    r"\W*(?:and|but|so|also|then|what about|how about|what else|who else|why|how so|how come|"
    r"in which|which of)\b",
    re.IGNORECASE,
)
_ANAPHORS = frozenset(
    "it its they them their theirs this that these those he him his she her hers there then one "
    "ones else other others same such former latter both either neither three two".split()
)
# "How much does it cost to ...", "is it true that ...": this "it" stands for nothing said before.
_EMPTY_IT = re.compile(
    r"\b(?:does|do|did|will|would|can|could|should) it (?=(?:cost|take|mean|matter|make sense)\b)|"
    r"\b(?:is|was|would) it (?=\w+ (?:that|to|for|if|whether)\b)",
    re.IGNORECASE,
)
# Words that ask or glue; what is left of a question is what it is about.
_HOLLOW = _ANAPHORS | frozenset(
    "a an the and or but of on in to for from with without by at as into about over under between "
    "how what which why when where who whom whose does do did done is are was were be been being "
    "can could should will would has have had may might must i me my we us our you your not no "
    "if so also any some more most much many tell explain say said says please give list name "
    "thing things something anything document documents text texts paper papers mention mentioned "
    "describe described according discuss discussed".split()
)
_MIN_CLAUSE_WORDS = 3
_NAMED_ENOUGH = 2
_MANY = 12  # clauses; a text with more is no compound question and is cut at its sentences only


@dataclass(frozen=True, slots=True)
class Part:
    """One thing asked: its words as asked, and the standalone query that ends with them."""

    text: str
    query: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question ready to search: as a whole, and by parts. `is_unclear`: nothing to look for."""

    text: str  # as asked, white space tidied
    query: str  # standalone: ends with `text`
    parts: tuple[Part, ...]
    is_unclear: bool = False
    in_conversation: str = ""  # ends with `text`, after the question before it; else empty

    @property
    def whole(self) -> Part:
        """All that is asked, as one part."""
        return Part(self.text, self.query)

    def of_part(self, part: Part) -> Rewritten:
        """One of its parts as a question by itself, in the same conversation."""
        return replace(self, query=part.query, parts=(part,))


def rewrite(question: Question) -> Rewritten:
    """The standalone form of `question`; always at least one part."""
    text = " ".join(_NO_WORDS.sub(" ", question.text).split()) or " ".join(question.text.split())
    context = _context(question.history) if is_leaning(text) else ""
    clauses = split_parts(text)
    first = _joined(context, clauses[0])
    leant_on = _shortened(first)
    parts = [Part(clauses[0], first)]
    parts += [
        Part(clause, _joined(leant_on, clause) if is_leaning(clause) else clause)
        for clause in clauses[1:]
    ]
    query = _joined(context, text)
    before = " ".join(question.history[-1].question.split()) if question.history else ""
    in_conversation = _joined(_shortened(before), text) if before else ""
    is_unclear = not subject_words(query)
    return Rewritten(text, query, tuple(parts), is_unclear, in_conversation)


def split_parts(text: str) -> list[str]:
    """The clauses of `text` that each ask one thing, in order; the whole where there is one."""
    sentences: list[str] = []
    background = ""
    for match in _SENTENCE.finditer(text):
        sentence = match.group().strip()
        if not _WORD.search(sentence):
            continue
        if not sentence.endswith("?") and "?" in text[match.end() :]:
            background = _joined(background, sentence)
            continue
        sentences.append(_joined(background, sentence))
        background = ""
    clauses = [clause for sentence in sentences for clause in _split_clauses(sentence)]
    return (clauses if len(clauses) <= _MANY else sentences) or [text]


def is_leaning(text: str) -> bool:
    """Whether `text` cannot be understood without what was said before."""
    if _LEANING_START.match(text) or len(subject_words(text)) < _MIN_CLAUSE_WORDS:
        return True
    named = 0  # subject words so far: a pronoun after enough of them means one of them
    for word in (word.lower() for word in _WORD.findall(_EMPTY_IT.sub(" ", text))):
        if word in _ANAPHORS and named < _NAMED_ENOUGH:
            return True
        named += word not in _HOLLOW
    return False


def subject_words(text: str) -> list[str]:
    """The words of `text` that say what it is about, in lower case."""
    words = (word.lower() for word in _WORD.findall(text))
    return [word for word in words if word not in _HOLLOW]


def _split_clauses(sentence: str) -> list[str]:
    clauses: list[str] = []
    start = 0
    for cut in _CUT.finditer(sentence):
        before, after = sentence[start : cut.start()], sentence[cut.end() :]
        if _is_clause(before) and _is_clause(after) and _STARTS.match(after):
            clauses.append(before)
            start = cut.end()
    clauses.append(sentence[start:])
    return [_tidy(clause) for clause in clauses]


def _is_clause(text: str) -> bool:
    return len(_WORD.findall(text)) >= _MIN_CLAUSE_WORDS


def _tidy(clause: str) -> str:
    clause = clause.strip().rstrip(",;").strip()
    return clause[:1].upper() + clause[1:]


def _context(history: Sequence[Turn]) -> str:
    """The last question of `history`, standalone."""
    context = ""
    for turn in history[-_TURNS:]:
        text = " ".join(turn.question.split())
        context = _joined(context, text) if is_leaning(text) else text
    return _shortened(context)


def _shortened(context: str) -> str:
    """The end of `context`; the encoder must still see the question that comes after it."""
    return " ".join(context.split()[-_CONTEXT_WORDS:])


def _joined(*texts: str) -> str:
    return " ".join(text for text in texts if text)
