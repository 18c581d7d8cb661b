"""What a refusal says beside that it is one, in lines of plain words; pure over records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from rag.records import Answer, Extent, Lacking

_MISSING: Mapping[Lacking, str] = MappingProxyType(
    {
        "library": "No passage mentions {}.",
        "searched": "Only documents that were not searched mention {}.",
        "found": "The passages found do not mention {}.",
        "together": "No passage found mentions {} together.",
    }
)
_NOTHING_MISSING = "Its words are there, but nothing that was found answers it."


def refusal_lines(answer: Answer) -> list[str]:
    """Where the answer was looked for, and what is missing there; none unless it is a refusal."""
    if answer.status != "not_in_documents":
        return []
    if answer.extent is None:
        return []
    missing = [line for part in answer.unanswered for line in missing_lines(answer, part)]
    return [_extent_text(answer.extent), *(missing or [_NOTHING_MISSING])]


def missing_lines(answer: Answer, part: str) -> Iterator[str]:
    """What of a part without an answer is missing, a sentence for each place where it is."""
    for lacking, sentence in _MISSING.items():
        words = [
            each.text for each in answer.missing if (each.part, each.lacking) == (part, lacking)
        ]
        if words:
            yield sentence.format(_listed(words, "and" if lacking == "together" else "or"))


def _listed(words: Sequence[str], joint: str) -> str:
    quoted = [f'"{word}"' for word in words]
    return f" {joint} ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def _extent_text(extent: Extent) -> str:
    """ "Searched: 2 of 10 documents ("Fees", "Moorings"), with organisation=ILO." """
    number, held = extent.documents, extent.held
    titles = ", ".join(f'"{title}"' for title in extent.titles)
    if number == held and not extent.filters:
        return f"Searched: {'all ' if held > 1 else ''}{_documents(held)}."
    of = f"{number} of {_documents(held)}"
    if extent.is_named:
        return (
            f"Searched: only {titles or of}, which the question names. Leave the name out to "
            f"search all {_documents(held)}."
        )
    chosen = " and ".join(f"{key}={value}" for key, value in extent.filters)
    named = f" ({titles})" if titles else ""
    return f"Searched: {of}{named}{f', with {chosen}' if chosen else ''}."


def _documents(number: int) -> str:
    return f"{number} document{'' if number == 1 else 's'}"
