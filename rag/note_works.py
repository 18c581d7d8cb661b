"""What a note means by "ibid.", "op. cit." or "see note 12": the notes that name the works.

1. A note's references back are read: "ibid." and "id." mean the note right before, "note 12 above"
   the note of that number (the nearest in the same chapter, else before it), "Smith, op. cit." the
   first note that names Smith, preferably as its first word.
2. A note that names a work itself (a year, an address or a symbol stands before its reference), or
   that refers to nothing, stands for itself. Others stand for what they refer to, in turn.
3. With nothing to go by nothing is said: the note before was not found, two works of one author
   fit, or the note that "ibid." leads to names no work.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.records import Note, Span

_IBID = re.compile(r"\b[Ii]b[ií]d(?:em)?\b\.?")
_IDEM = re.compile(r"(?:\A|(?<=[;.,(] )|(?<=[Ss]ee ))(?:[Ii]d\.|[IÍií]dem\b)(?=[\s,;.]|\Z)")
_NOTE = r"(?:(?:foot|end)?notes?|nn?\.|fn\.?|notas?|notes?\s+de\s+bas\s+de\s+page)"
_NUMBERS = r"(?P<{}>\d{{1,4}}(?:\s*(?:,|and|et|y|&)\s*\d{{1,4}})*)\b"
_NUMBERED = re.compile(
    r"(?:\b(?:see(?:\s+also)?|cf\.?|voir(?:\s+aussi)?|véase|véanse|ver|supra|infra|cit\.)[,:]?\s+"
    rf"(?:the\s+|la\s+|las\s+|les\s+)?{_NOTE}\s*{_NUMBERS.format('to')}"
    rf"|\b{_NOTE}\s*{_NUMBERS.format('by')}[,)]?\s+"
    r"(?:above|below|supra|infra|ci-dessus|ci-dessous|(?:más\s+)?(?:arriba|abajo))"
    rf"|\(nn?\.?\s*{_NUMBERS.format('at')}(?=[,)]))"
    r"(?!\s+(?:of|to|in|on|de|du|des|del)\b)",
    re.IGNORECASE,
)
_CITED = re.compile(r"\b(?:op|loc|ob)\.?\s?cit\b\.?|\bsupra\b", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]*[^\W\d_A-Z.][\w’'-]*|[A-Z]{2,}")
_NO_NAMES = frozenset("See Also Cf The In Voir Véase Ver And Ibid Idem Op Loc Note Notes".split())
_BREAK = re.compile(r"[;:]|\((?!\d{4}\))|(?<=\w\w\w)\.\s")
_YEAR = re.compile(r"\b(?:1[6-9]|20)\d\d\b")
_NAMES_WORK = re.compile(rf"{_YEAR.pattern}|https?://|www\.|\b[A-Z]+/[\w./]*\d")
_LOOKS_NAMED = re.compile(
    rf"{_NAMES_WORK.pattern}|\A[^.;]{{2,80}}, [\"'“‘«]?[A-Z]|[“«]"
    r"|\b(?:pp?\.|Nos?\.|[Rr]esolution) ?\d"
)
_BEFORE = 90  # characters in front of "op. cit." in which its author stands
_MAX_NOTE = 4000  # characters of a note that are read
_MAX_WORKS = 8
_MAX_FITTING = 200  # notes of one label or by one author that are compared


@dataclass(frozen=True, slots=True)
class _Reference:
    """What one note refers to: other notes' indices, and whether it was by "ibid."."""

    targets: tuple[int, ...]
    is_ibid: bool = False


class _Reader:
    """Reads the references of one document's notes."""

    def __init__(self, text: str, notes: Sequence[Note], chapter_starts: Sequence[int]) -> None:
        self.texts = [text[note.start : min(note.end, note.start + _MAX_NOTE)] for note in notes]
        self.labels = [note.label for note in notes]
        self.chapters = [bisect_right(chapter_starts, note.start) for note in notes]
        self.numbered: dict[str, list[int]] = defaultdict(list)
        self.naming: dict[str, list[int]] = defaultdict(list)
        for at, words in enumerate(self.texts):
            self.numbered[self.labels[at]].append(at)
            if not _CITED.search(words):
                for name in dict.fromkeys(_NAME.findall(words)):
                    self.naming[name].append(at)

    def read(self, at: int) -> tuple[bool, list[_Reference]]:
        """Whether the note stands for itself, and its references."""
        words = self.texts[at]
        numbered = list(_NUMBERED.finditer(words))
        starts = [match.start() for match in numbered]
        found = [_Reference(tuple(self._by_number(at, match))) for match in numbered]
        cited = None if numbered else _CITED.search(words)
        if cited:
            starts.append(cited.start())
            found.append(_Reference(self._by_author(at, words[: cited.start()])))
        ibid = _IBID.search(words) or _same_work(words)
        if ibid and not cited and not _names_before(words, ibid.start()):
            starts.append(ibid.start())
            found.append(_Reference(self._right_before(at), is_ibid=True))
        is_cited = bool(_CITED.search(words))
        names = bool(starts) and _names_before(words, min(starts)) and not is_cited
        return not found or names, found

    def _by_number(self, at: int, match: re.Match[str]) -> Iterator[int]:
        is_below = bool(re.search(r"below|infra|ci-dessous|abajo", match[0], re.IGNORECASE))
        for label in re.findall(r"\d+", match["to"] or match["by"] or match["at"]):
            every = self.numbered.get(label, [])
            middle = bisect_left(every, at)
            own = every[max(0, middle - _MAX_FITTING) : middle + _MAX_FITTING]
            here = [each for each in own if self.chapters[each] == self.chapters[at]]
            before = (_last(here, at), _last(own, at), _next(here, at))
            tried = (_next(here, at), _next(own, at)) if is_below else before
            yield from [each for each in tried if each is not None][:1]

    def _by_author(self, at: int, words: str) -> tuple[int, ...]:
        near = _BREAK.split(words[-_BEFORE:])[-1]
        names = [name for name in _NAME.findall(near) if name not in _NO_NAMES]
        if not names:
            return ()
        earlier = self.naming.get(names[0], [])
        years = set(_YEAR.findall(near))
        fitting = [
            each
            for each in earlier[: bisect_left(earlier, at)][:_MAX_FITTING]
            if all(name in self.texts[each] for name in names)
            and years <= set(_YEAR.findall(self.texts[each]))
        ]
        first = [each for each in fitting if self._opens_with(each, names)]
        return self._one_work(first or fitting)

    def _opens_with(self, at: int, names: list[str]) -> bool:
        opening = (match[0] for match in _NAME.finditer(self.texts[at]))
        return next((name for name in opening if name not in _NO_NAMES), "") in names

    def _one_work(self, fitting: list[int]) -> tuple[int, ...]:
        """The first of the notes, unless they name different works."""
        years = {tuple(_YEAR.findall(self.texts[each])[:1]) for each in fitting}
        return tuple(fitting[:1]) if len(years) == 1 else ()

    def _right_before(self, at: int) -> tuple[int, ...]:
        """The note before, if no note is missing in between."""
        label = self.labels[at]
        if label.isdecimal() and int(label) > 1:
            before = _last(self.numbered.get(str(int(label) - 1), []), at)
        else:
            before = at - 1 if at else None
        is_here = before is not None and self.chapters[before] == self.chapters[at]
        return (before,) if before is not None and is_here else ()


def follow_notes(
    text: str, notes: Sequence[Note], chapter_starts: Sequence[int] = ()
) -> tuple[Note, ...]:
    """The notes with the stretches that name the works which they mean.

    `chapter_starts` are the offsets in `text` at which chapters start; notes are in order.
    """
    reader = _Reader(text, notes, chapter_starts)
    read = [reader.read(at) for at in range(len(notes))]
    stands_for: list[tuple[int, ...]] = []
    meant: list[tuple[int, ...]] = []
    for at, (is_itself, references) in enumerate(read):  # what lies before is settled already
        found = [
            work
            for each in references
            for target in each.targets
            if target < at
            for work in stands_for[target]
            if not each.is_ibid or _LOOKS_NAMED.search(reader.texts[work])
        ]
        meant.append(tuple(dict.fromkeys(found))[:_MAX_WORKS])
        stands_for.append((at,) if is_itself else meant[at])
    for at in reversed(range(len(notes))):  # notes "below"
        is_itself, references = read[at]
        later = [t for each in references for t in each.targets if t > at]
        works = (*meant[at], *(work for target in later for work in stands_for[target]))
        meant[at] = tuple(w for w in dict.fromkeys(works) if w != at)[:_MAX_WORKS]
        stands_for[at] = (at,) if is_itself else meant[at]
    return tuple(
        replace(note, works=tuple(Span(notes[work].start, notes[work].end) for work in meant[at]))
        for at, note in enumerate(notes)
    )


def _same_work(words: str) -> re.Match[str] | None:
    """An "id." or "idem" that does not mean another work by the same author."""
    match = _IDEM.search(words)
    return None if match is None or _NAMES_WORK.search(words, match.end()) else match


def _names_before(words: str, end: int) -> bool:
    return bool(_NAMES_WORK.search(words, 0, end))


def _last(places: Sequence[int], at: int) -> int | None:
    """The nearest of the places before `at`."""
    found = bisect_left(places, at)
    return places[found - 1] if found else None


def _next(places: Sequence[int], at: int) -> int | None:
    found = bisect_right(places, at)
    return places[found] if found < len(places) else None
