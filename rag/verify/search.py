"""Where words stand in the library: exactly, or, if nowhere, where something stands that is near.

1. Exactly: the words as one run, looked for in the run of every document.
2. Nearest: runs of three of the words (then two, then single long ones) are looked for in every
   document. Places whose finds lie at the same distance from their own place in the quotation
   belong together; where most of them do, the words are laid along the document (differ.py).
3. What shares less than half of its words with the nearest (of few words two thirds) is near to
   nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rag.verify.differ import Laid, lay
from rag.verify.words import BareText

_GRAMS, _SHORT_GRAMS = (3, 2, 1), (2, 1)
_SHORT = 12  # words
_MIN_LETTERS = 7  # of what is looked for
_MIN_GRAMS, _MAX_GRAMS = 6, 24  # of one quotation
_MAX_FINDS = 40  # of one of them in one document
_MAX_PLACES = 6  # that are laid side by side
_MAX_COST, _MAX_SHORT_COST = 0.5, 0.34  # of the number of words
_MAX_WORDS = 600  # of a quotation, that are laid along a document


@dataclass(frozen=True, slots=True)
class Found:
    """Words that stand, or nearly, at words `laid.first` to `laid.last` of a document."""

    document_id: str
    laid: Laid


class Shelf:
    """The bare texts of documents, by id."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Reads the texts."""
        self._bare = {document_id: BareText(text) for document_id, text in texts.items()}

    def __getitem__(self, document_id: str) -> BareText:
        """The bare text of a document that is held."""
        return self._bare[document_id]

    def only(self, document_ids: Iterable[str]) -> Shelf:
        """A shelf with those of its documents alone."""
        shelf = Shelf({})
        shelf._bare = {each: self._bare[each] for each in document_ids if each in self._bare}
        return shelf

    def exact(self, said: BareText) -> list[Found]:
        """Every place at which exactly these words stand, by document."""
        return [
            Found(document_id, Laid(first, last, 0, ()))
            for document_id, bare in self._bare.items()
            for first, last in bare.find(said)
        ]

    def nearest(self, said: BareText, among: Collection[str] = ()) -> list[Found]:
        """The places that hold most of the words, best first; of no more than half of them none.

        Documents `among` come first where nothing else tells.
        """
        wanted = said.words(0, _MAX_WORDS)
        is_short = len(wanted) < _SHORT
        most = (_MAX_SHORT_COST if is_short else _MAX_COST) * len(wanted)
        for size in _SHORT_GRAMS if is_short else _GRAMS:
            found = []
            for document_id, first, last in self._places(wanted, size, among):
                window = self[document_id].words(first, last)
                found.append(Found(document_id, lay(wanted, window, max(first, 0))))
            near = [each for each in found if each.laid.cost <= most]
            if near:
                return sorted(near, key=_by_cost(among))
        return []

    def _places(
        self, wanted: list[str], size: int, among: Collection[str]
    ) -> list[tuple[str, int, int]]:
        """Stretches of documents, as numbers of words, that hold most runs of the words."""
        step = max(8, len(wanted) // 3)
        held: dict[tuple[str, int], set[int]] = defaultdict(set)
        for at, gram in _grams(wanted, size):
            for document_id, bare in self._bare.items():
                for number in _finds(bare, gram):
                    bucket = (number - at) // step
                    held[document_id, bucket].add(at)
                    held[document_id, bucket + 1].add(at)  # for what lies across two

        def rank(place: tuple[str, int]) -> tuple[int, bool, str, int]:
            return -len(held[place]), place[0] not in among, *place

        best = sorted(held, key=rank)[: 2 * _MAX_PLACES]
        reach = len(wanted) + step
        stretches = ((each, (bucket - 1) * step, bucket * step + reach) for each, bucket in best)
        return list(_apart(stretches, step))[:_MAX_PLACES]


def _by_cost(among: Collection[str]) -> Callable[[Found], tuple[int, bool, str, int]]:
    def rank(found: Found) -> tuple[int, bool, str, int]:
        return found.laid.cost, found.document_id not in among, found.document_id, found.laid.first

    return rank


def _grams(wanted: list[str], size: int) -> list[tuple[int, str]]:
    """Runs of `size` words, each with the number of its first, spread evenly over `wanted`.

    Short ones are left out, for they stand everywhere, unless there are hardly any others.
    """
    runs = ((at, "".join(wanted[at : at + size])) for at in range(len(wanted) - size + 1))
    by_length = sorted(runs, key=lambda run: -len(run[1]))
    long = [run for run in by_length if len(run[1]) >= _MIN_LETTERS]
    found = sorted(long if len(long) >= _MIN_GRAMS else by_length[:_MIN_GRAMS])
    step = -(-len(found) // _MAX_GRAMS) or 1
    return found[::step]


def _finds(bare: BareText, gram: str) -> Iterator[int]:
    """Numbers of the words at which `gram` is found."""
    at, count = bare.run.find(gram), 0
    while at >= 0 and count < _MAX_FINDS:
        yield bare.number_at(at)
        count += 1
        at = bare.run.find(gram, at + 1)


def _apart(stretches: Iterator[tuple[str, int, int]], step: int) -> Iterator[tuple[str, int, int]]:
    """Those that are not nearly the same as one before."""
    seen: list[tuple[str, int, int]] = []
    for each in stretches:
        if not any(each[0] == one[0] and abs(each[1] - one[1]) < step for one in seen):
            seen.append(each)
            yield each
