"""What a question points at without having named it: "Does this library lend films?", just so.

A question is met with a question back where a phrase of it points at one thing of its kind, and
neither the question before that phrase nor the conversation has said which:

1. "This X", and "that X" where it is no conjunction; not "this year" or "this report", which say
   when, or point at what is searched. "These partners" earlier on do not say which "this partner"
   is.
2. "The X" where X is a thing of which each has a name or title of its own: a film, a song, an
   animal; not where the title may follow ("the song Yesterday"). Where X is an institution or a
   town ("the clinic"), documents use such words for all of the kind; it is asked back only if the
   passages found name several ("Harbour Clinic", "Hill Clinic"), and they stand in the question
   back.
3. "A specific X" that one is to be told about.
4. "She", "his", "the second one": where nothing was said before it.

"It" and "they" are left to the rewriting of follow-ups: they mean what was spoken of last. Only
English is read. The rules were written with the conversations of MTRAG-UN in view.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer.instances import find_names
from rag.language import question_language
from rag.lexical.stems import terms
from rag.records import Hit, Question
from rag.rewrite import subject_words

Pointing = Literal["this", "the", "named", "specific", "spoken of"]

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_OF_A_KIND = ("this", "the", "named")  # what a document may have a name for
_KIND_OF = frozenset("type types kind kinds sort sorts form part area".split())
_MAX_PHRASE = 4
_MAX_WORDS = 200  # of the question, that are read
_ENDS = frozenset(
    "is are was were be been being am do does did has have had can could may might must shall "
    "should will would not no and or but if so as than then that this these those which who whom "
    "whose what when where why how i you he she it we they me him her us them my your his its our "
    "their of in on at to for from with without by about into over under between through during "
    "before after against among within across a an the there here all any both each every".split()
)
# Before "that" where it points; elsewhere it joins: "the claim that exclusion ..."
_LETS_POINT = frozenset("of in at for with".split())
_SAYS_WHEN = frozenset(
    "year month week day date time moment morning afternoon evening decade century period season "
    "era area case way point reason question respect regard context sense end stage one many much "
    "far long document documents report paper text page brief note collection answer".split()
)
# What follows "this" where "this" is no pointer to a noun: "Does this mean ...", "Is this true?"
_NO_NOUN = frozenset(
    "mean apply hold work help affect include matter happen lead change make take cover relate "
    "compare differ concern imply count go come look sound seem depend require need cost give get "
    "say tell show reflect result cause influence benefit contribute explain improve occur exist "
    "also still even just only ever always really true possible available legal free safe common "
    "binding mandatory normal correct right enough allowed required necessary different relevant "
    "important useful new old good bad because due too".split()
)
_LIGHT = frozenset("new same first second third last next whole other main such".split())
_WORKS = frozenset(
    "book novel film movie series show episode song album poem play painting game player singer "
    "actor animal bird species mission spacecraft rocket planet".split()
)
_WARES = frozenset("product device app phone gadget vehicle".split())  # "the Ruiz product"
_PARTS = frozenset("season episode sequel".split())  # of a work, and not told by its name
_NAMED_KINDS = frozenset(
    "clinic hospital library museum park university college church temple hotel restaurant store "
    "airport station stadium bank company department office county city town village river lake "
    "mountain island bridge festival tournament".split()
)
_BELONGS = frozenset("police fire health sheriff city county public national tv television".split())
_PRONOUNS = frozenset("he she him her hers his".split())
_SPECIFIC = frozenset("specific particular certain".split())
_TELL = re.compile(r"\b(?:tell|know|learn|information|details|show)\b", re.IGNORECASE)
_TITLE_FOLLOWS = frozenset("the a an of from that which who by my your".split())
_MIN_NAMED = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """A phrase that points at something."""

    kind: Pointing
    pointer: str  # "this"; empty where the word points by itself
    words: tuple[str, ...]  # "library"; a word or two that do not belong to it may follow


def open_references(question: Question) -> tuple[Reference, ...]:
    """The phrases of `question` that point at what nobody has named, in order."""
    if question_language(question.text) != "en":
        return ()
    history = " ".join(f"{turn.question} {turn.answer}" for turn in question.history)
    said = _WORD.findall(question.text)[:_MAX_WORDS]
    found = []
    for at, reference, words in _references(said, is_telling=bool(_TELL.search(question.text))):
        before = f"{history} {' '.join(said[:at])}"
        if reference.kind == "spoken of":
            is_open = not subject_words(before)
        else:
            is_open = not _is_known(words, before, is_one=reference.kind == "this")
        if is_open:
            found.append(reference)
    return tuple(dict.fromkeys(found))


def ask_back(references: Sequence[Reference], hits: Sequence[Hit]) -> str:
    """What to ask for, in one to three sentences; empty where nothing needs asking."""
    for each in references:
        words = _shown(each.words, hits) if each.kind == "this" else list(each.words)
        named = find_names(words, hits) if each.kind in _OF_A_KIND else []
        if each.kind == "named" and len(named) < _MIN_NAMED:
            continue
        told = f" The documents name {_listed(named)}." if len(named) >= _MIN_NAMED else ""
        more = "…" if len(words) < len(each.words) else ""
        pointed = " ".join(filter(None, (each.pointer, *words, more)))
        return (
            f'The question does not say who or what is meant by "{pointed}".{told} Ask it again '
            f"with the name."
        )
    return ""


def _references(
    said: Sequence[str], is_telling: bool
) -> Iterator[tuple[int, Reference, Sequence[str]]]:
    """What points, its place among the words, and the words that an antecedent would share."""
    low = [word.lower() for word in said]
    for at, word in enumerate(low):
        before = low[at - 1] if at else ""
        phrase = _phrase(said, at + 1)
        if word in _PRONOUNS:
            yield at, Reference("spoken of", "", (word,)), ()
        elif word == "the" and low[at + 2 : at + 3] == ["one"] and low[at + 1] in _LIGHT:
            yield at, Reference("spoken of", word, tuple(low[at + 1 : at + 2])), ()
        elif word == "the":
            yield from _definite(low, at, phrase)
        elif not phrase:
            continue
        elif word == "this" or (word == "that" and before in _LETS_POINT):
            if not _is_no_pointer(phrase):
                yield at, Reference("this", word, tuple(phrase)), phrase[:1]
        elif word in _SPECIFIC and before in ("a", "an") and is_telling:
            yield at, Reference("specific", f"{before} {word}", tuple(phrase[:1])), ()


def _definite(
    low: Sequence[str], at: int, phrase: Sequence[str]
) -> Iterator[tuple[int, Reference, Sequence[str]]]:
    """ "The X" where X is the first word of the phrase that may be a thing with a name."""
    for index, word in enumerate(map(_bare, phrase)):
        if word not in _WORKS | _WARES | _PARTS | _NAMED_KINDS:
            continue
        if word not in _WARES and any(each.lower() not in _BELONGS for each in phrase[:index]):
            return  # it may have its name already
        kind: Pointing = "named" if word in _NAMED_KINDS else "the"
        after = low[at + index + 2 :]
        is_bare = not after or _ends_phrase(after) or (word in _PARTS and after[0] == "of")
        if kind == "the" and not is_bare:
            return
        words = (*phrase[:index], word)
        yield at, Reference(kind, "the", tuple(words)), words
        return


def _ends_phrase(after: Sequence[str]) -> bool:
    """Whether what follows a noun is no title of it: "the song is", "the film released"."""
    if len(after) == 1 and after[0].endswith("ed"):
        return True
    return after[0] in _ENDS - _TITLE_FOLLOWS


def _phrase(said: Sequence[str], at: int) -> list[str]:
    """The words that may belong to the noun phrase from `at`, without "type of"."""
    if at + 1 < len(said) and said[at].lower() in _KIND_OF and said[at + 1].lower() == "of":
        at += 2
    phrase: list[str] = []
    for word in said[at : at + _MAX_PHRASE]:
        if word.lower() in _ENDS:
            break
        if phrase or word.lower() not in _LIGHT:
            phrase.append(word)
    return phrase


def _is_no_pointer(phrase: Sequence[str]) -> bool:
    first = phrase[0].lower()
    return (
        first in _NO_NOUN
        or first.endswith(("ly", "ed"))
        or (first.endswith("s") and not first.endswith(("ss", "us", "is")))  # "this shows"
        or any(_bare(word) in _SAYS_WHEN for word in phrase[:2])
    )


def _is_known(words: Sequence[str], before: str, is_one: bool) -> bool:
    """Whether all of the words stand in `before`, if `is_one` just so and not in the plural; a
    phrase without words asks for itself."""
    if is_one:
        held = {_bare(word) for word in _WORD.findall(before)}
        return bool(words) and all(_bare(word) in held for word in words)
    known = set(terms(before))
    stems = [stem for word in words for stem in terms(_bare(word))]
    return bool(stems) and all(stem in known for stem in stems)


def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word).lower()


def _shown(words: Sequence[str], hits: Sequence[Hit]) -> list[str]:
    """The first of the words, and those after it with which it stands in a passage found."""
    texts = [
        f" {' '.join(_WORD.findall(f'{hit.facts.title} {hit.passage.text}'))} ".casefold()
        for hit in hits
    ]
    shown = [words[0]]
    for word in words[1:]:
        if not any(f" {' '.join((*shown, word)).casefold()} " in text for text in texts):
            break
        shown.append(word)
    return shown


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
