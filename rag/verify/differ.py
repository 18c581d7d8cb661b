"""Two runs of words laid side by side: where the second holds the first best, and what differs.

1. All words of the first are laid along any stretch of the second at least cost (Sellers, The
   theory and computation of evolutionary distances, 1980): a word changed, added or left out costs
   one, words of the second before and after the stretch nothing.
2. Differences next to each other are told as one; those in spelling as one word or two ("well
   being", "wellbeing") are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.verify.records import Change
from rag.verify.words import BareText

_SAME, _CHANGED, _ADDED, _LEFT_OUT = range(4)


@dataclass(frozen=True, slots=True)
class Laid:
    """Words laid along words `first` to `last` of another text; `cost` counts what differs.

    `steps` are pairs of numbers of words, of this text and of the other; None: has no partner.
    """

    first: int
    last: int
    cost: int
    steps: tuple[tuple[int | None, int | None], ...]


def lay(words: Sequence[str], along: Sequence[str], offset: int = 0) -> Laid:
    """`words` laid along the best stretch of `along`, whose words are numbered from `offset`."""
    moves = [bytearray(len(along) + 1)]
    costs = [0] * (len(along) + 1)
    for word in words:
        above, costs = costs, [costs[0] + 1]
        move = bytearray([_ADDED])
        for at, other in enumerate(along):
            best, how = above[at] + (word != other), _SAME if word == other else _CHANGED
            if above[at + 1] + 1 < best:
                best, how = above[at + 1] + 1, _ADDED
            if costs[at] + 1 < best:
                best, how = costs[at] + 1, _LEFT_OUT
            costs.append(best)
            move.append(how)
        moves.append(move)
    last = min(range(len(costs)), key=costs.__getitem__)
    steps, first = _traced(moves, last)
    numbered = tuple((one, None if two is None else two + offset) for one, two in steps)
    return Laid(first + offset, last + offset, costs[last], numbered)


def _traced(
    moves: Sequence[bytearray], last: int
) -> tuple[list[tuple[int | None, int | None]], int]:
    """The steps, in order, that end at word `last`, and the word at which they begin."""
    steps: list[tuple[int | None, int | None]] = []
    row, at = len(moves) - 1, last
    while row > 0:
        how = moves[row][at]
        if how == _ADDED:
            row -= 1
            steps.append((row, None))
        elif how == _LEFT_OUT:
            at -= 1
            steps.append((None, at))
        else:
            row, at = row - 1, at - 1
            steps.append((row, at))
    return steps[::-1], at


def changes(said: BareText, held: BareText, laid: Laid) -> list[Change]:
    """What differs between the words of `said` and those of `held` beside which they are laid."""
    found = []
    for mine, theirs in _blocks(said, held, laid):
        if "".join(map(said.word, mine)) == "".join(map(held.word, theirs)):
            continue
        words, instead = _shown(said, mine), _shown(held, theirs)
        kind = "changed" if mine and theirs else "added" if mine else "left out"
        found.append(Change(kind, words, instead))  # type: ignore[arg-type]
    return found


def _blocks(said: BareText, held: BareText, laid: Laid) -> Iterator[tuple[list[int], list[int]]]:
    """Runs of steps that are not the same: numbers of words on both sides."""
    mine: list[int] = []
    theirs: list[int] = []
    for one, two in laid.steps:
        if one is not None and two is not None and said.word(one) == held.word(two):
            if mine or theirs:
                yield mine, theirs
            mine, theirs = [], []
            continue
        mine += [] if one is None else [one]
        theirs += [] if two is None else [two]
    if mine or theirs:
        yield mine, theirs


def _shown(bare: BareText, numbers: Sequence[int]) -> str:
    """The words of those numbers, as they stand."""
    if not numbers:
        return ""
    start, end = bare.span(numbers[0], numbers[-1] + 1)
    return " ".join(bare.text[start:end].split())
