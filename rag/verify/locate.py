"""Where a quotation stands, with all that its editor marked as put in or left out.

1. The whole quotation is looked for as it is: brackets and dots may be the document's own. So they
   are where the stretch that is found in the end has brackets.
2. Else its longest fragment is looked for, exactly and then nearly; the others are laid along the
   words after it and before it, within reach: 600 words where "..." stands between, 12 where
   brackets do.
3. Of all places the one with the fewest differences is taken; then one that the note names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.check.polarity import is_cue
from rag.verify.differ import Laid, changes, lay
from rag.verify.quoted import Fragments, GapKind, fragments
from rag.verify.records import Change
from rag.verify.search import Found, Shelf
from rag.verify.words import BareText

_REACH: dict[GapKind, int] = {"ellipsis": 600, "brackets": 12}
_MAX_ANCHORS, _NEAR = 24, 4
_EDGES = ".,;:!?)]}»”’\"'"
_SIGNS: dict[GapKind, str] = {"ellipsis": "words left out are marked", "brackets": "[ ] are marked"}

IsNamed = Callable[[str, int, int], bool]  # whether the note names that stretch of a document


@dataclass(frozen=True, slots=True)
class Located:
    """A quotation at `start:end` of a document; nothing but `allowed` differs where `changes` is
    empty. `pieces` are the stretches of its fragments."""

    document_id: str
    start: int
    end: int
    pieces: tuple[tuple[int, int], ...]
    changes: tuple[Change, ...] = ()
    allowed: tuple[str, ...] = ()  # what its editor did, a phrase each

    @property
    def is_verbatim(self) -> bool:
        """Whether no word differs."""
        return not self.changes


def locate(shelf: Shelf, text: str, is_named: IsNamed, among: Sequence[str] = ()) -> Located | None:
    """Where `text` stands in the documents of `shelf`, or what is nearest; None for nothing near.

    Of places as good as each other one that `is_named` is taken; `among` are documents to prefer.
    """
    whole = BareText(text)
    if not len(whole):
        return None
    exact = shelf.exact(whole)
    if exact:
        return _best(
            shelf, [_Chain(f.document_id, ((whole, f.laid),)) for f in exact], text, is_named, ()
        )
    parts = fragments(text)
    if not parts.texts:  # all of it stands in brackets
        parts = fragments(text, has_brackets=False)
    found = _locate_parts(shelf, text, parts, is_named, among)
    if found and "brackets" in parts.signs and _has_brackets(shelf, found):
        own = fragments(text, has_brackets=False)
        return _locate_parts(shelf, text, own, is_named, among) or found
    return found


def _has_brackets(shelf: Shelf, found: Located) -> bool:
    """Whether the document itself has brackets there: then they are no sign of an editor's."""
    return "[" in shelf[found.document_id].text[max(0, found.start - _NEAR) : found.end + _NEAR]


def _locate_parts(
    shelf: Shelf, text: str, parts: Fragments, is_named: IsNamed, among: Sequence[str]
) -> Located | None:
    bare = [BareText(each) for each in parts.texts]
    anchor = max(range(len(bare)), key=lambda at: len(bare[at].run))
    found = shelf.exact(bare[anchor])[:_MAX_ANCHORS] if len(bare) > 1 else []
    found = found or shelf.nearest(bare[anchor], among)
    chains = [_chain(shelf, bare, parts, anchor, each) for each in found]
    return _best(shelf, chains, text, is_named, parts.signs) if chains else None


@dataclass(frozen=True, slots=True)
class _Chain:
    """The fragments of a quotation laid along one document, in order."""

    document_id: str
    links: tuple[tuple[BareText, Laid], ...]

    @property
    def cost(self) -> int:
        return sum(laid.cost for _, laid in self.links)


def _chain(
    shelf: Shelf, bare: Sequence[BareText], parts: Fragments, anchor: int, found: Found
) -> _Chain:
    """All fragments, from the anchor that is found outwards."""
    held = shelf[found.document_id]
    links = {anchor: found.laid}
    last = found.laid.last
    for at in range(anchor + 1, len(bare)):
        reach = _REACH[parts.gaps[at - 1]] + 2 * len(bare[at])
        links[at] = _laid(bare[at], held, last, last + reach, is_forward=True)
        last = max(last, links[at].last)
    first = found.laid.first
    for at in range(anchor - 1, -1, -1):
        reach = _REACH[parts.gaps[at]] + 2 * len(bare[at])
        links[at] = _laid(bare[at], held, first - reach, first, is_forward=False)
        first = min(first, links[at].first)
    return _Chain(found.document_id, tuple((bare[at], links[at]) for at in sorted(links)))


def _laid(said: BareText, held: BareText, first: int, last: int, *, is_forward: bool) -> Laid:
    """A fragment laid along words `first` to `last` of a document, near to where it goes on."""
    first = max(first, 0)
    exact = [each for each in held.find(said) if first <= each[0] and each[1] <= last]
    if exact:
        return Laid(*(exact[0] if is_forward else exact[-1]), 0, ())
    return lay(said.words(0, len(said)), held.words(first, last), first)


def _best(
    shelf: Shelf, chains: Sequence[_Chain], text: str, is_named: IsNamed, signs: Collection[GapKind]
) -> Located:
    least = min(chain.cost for chain in chains)
    all_best = [_located(shelf, each, text, signs) for each in chains if each.cost == least]
    named = (each for each in all_best if is_named(each.document_id, each.start, each.end))
    return next(named, all_best[0])


def _located(shelf: Shelf, chain: _Chain, text: str, signs: Collection[GapKind]) -> Located:
    held = shelf[chain.document_id]
    differ: list[Change] = []
    pieces = []
    for said, laid in chain.links:
        differ += changes(said, held, laid) if laid.cost else []
        if laid.last > laid.first:
            pieces.append(held.span(laid.first, laid.last))
    pieces = pieces or [(0, 0)]
    start, end = min(pieces)[0], _with_edge(held.text, max(p[1] for p in pieces), text)
    allowed = tuple(_allowed(held, chain, signs))
    return Located(chain.document_id, start, end, tuple(pieces), tuple(differ), allowed)


def _with_edge(held: str, end: int, text: str) -> int:
    """The end of the stretch with the punctuation that both texts have there."""
    tail = text.rstrip()
    marks = tail[len(tail.rstrip(_EDGES)) :]
    for mark in marks:
        if held[end : end + 1] != mark:
            break
        end += 1
    return end


def _allowed(held: BareText, chain: _Chain, signs: Collection[GapKind]) -> Iterator[str]:
    for kind in sorted(signs, reverse=True):
        yield _SIGNS[kind]
    for (_, one), (_, other) in zip(chain.links, chain.links[1:], strict=False):
        between = held.words(one.last, other.first)
        cues = [word for word in between if is_cue(word)]
        if cues:
            yield f"look again: what is left out has “{cues[0]}”"
    said, laid = chain.links[0]
    if not laid.cost and (case := _case(said, held, laid)):
        yield case


def _case(said: BareText, held: BareText, laid: Laid) -> str:
    """How capitals differ, where words do not."""
    mine = _letters(said, 0, len(said))
    theirs = _letters(held, laid.first, laid.last)
    if mine == theirs or mine.casefold() != theirs.casefold():
        return ""
    is_first = mine[1:] == theirs[1:]
    return "the first letter's case differs" if is_first else "capitals differ"


def _letters(bare: BareText, first: int, last: int) -> str:
    start, end = bare.span(first, last)
    return "".join(filter(str.isalnum, bare.text[start:end]))
