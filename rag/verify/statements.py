"""What is said in an editor's own words: its figures, dates, names, negation and modality.

1. A statement with a note is held against the pages or paragraphs that the note names, or against
   the whole document where it names none (rag/check); what the catalogue says of the document is
   held too, so that "the 2014 concept note says" is carried.
2. A figure that stands elsewhere in a document that the note names is moved; one that stands in
   none of them is altered.
3. A statement without a note is reported where it has a figure: in digits, or above twelve; the
   number in a name ("Goal 8", "the 2030 Agenda", "Article 5") is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.check.align import align
from rag.check.findings import Finding, find
from rag.check.quantities import Quantity, is_held, quantities
from rag.records import Document, Facts
from rag.verify.library import Words
from rag.verify.pinpoint import Pinpoint, is_at
from rag.verify.records import Verdict
from rag.verify.reference import Reference
from rag.verify.sources import Sources
from rag.verify.words import bare_words

_SMALL_NUMBER = 12
_MIN_SHARED = 0.3  # of a statement's words, that the sentence nearest to it has
_MIN_WORDS, _MIN_DATED_WORDS = 5, 7  # of a statement; of one whose figures are dates alone
_NAMED_BEFORE = re.compile(
    r"\b(?!(?:In|On|By|Of|At|From|Since|Until|About|Some|Over|The|Only|Nearly|"
    r"Around|Almost|Between|And|Up|As|For|To|With|After|Before)\b)"
    r"(?!(?:January|February|March|April|May|June|July|August|September|"
    r"October|November|December)\b)[A-Z][\w-]*s?\s(?:No\.\s?)?$"
)
_NAMED_AFTER = re.compile(r"\s[A-Z][\w-]+")
_MONTH = re.compile(r"\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)")
_DATED = re.compile(r"(?:19|20)\d\d")
_KINDS = {
    "number": "the figure “{}” is not there",
    "date": "the date “{}” is not there",
    "name": "the name “{}” is not there",
    "negation": "“{}” turns it round",
    "modality": "it is not said with “{}”",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a statement; `nearest` is the stretch of a document that comes nearest to
    what is not borne out: its id, start and end."""

    verdict: Verdict
    how: tuple[str, ...] = ()
    nearest: tuple[str, int, int] | None = None


def figures(text: str) -> list[Quantity]:
    """The figures that a statement rests on, in order; its names' own numbers are left out."""
    return [
        each
        for each in quantities(text)
        if not each.is_vague and _is_telling(text, each) and not _is_named(text, each)
    ]


def is_statement(text: str) -> bool:
    """Whether a sentence says something of its own: a number alone or a date line does not."""
    said = [word.text for word in bare_words(text)]
    found = quantities(text)
    is_dated = bool(found) and all(each.kind == "date" for each in found)
    if len(said) < (_MIN_DATED_WORDS if is_dated else _MIN_WORDS):
        return False
    is_ended = text.rstrip(" \u00a0\"'”’»)")[-1:] in tuple(".!?;")
    return is_ended or sum(not word[0].isdigit() for word in said) >= _MIN_WORDS


def check_statement(
    text: str, sources: Sources, words: Words, *, only_figures: bool
) -> Outcome | None:
    """What became of `text`; None where nothing of it is to be checked.

    `only_figures`: it is what stands around a quotation.
    """
    stated = figures(text)
    if not stated and (only_figures or not sources.is_own):
        return None
    label = ", ".join(sources.labels)
    if not sources.labels:
        told = ", ".join(f"“{text[each.start : each.end]}”" for each in stated)
        return Outcome("uncited", (f"no note for {told}",))
    if not sources.references:
        if not stated or sources.is_lent:
            return None
        return Outcome("gone", (f"note {label} names no document of the library",))
    here, whole = _evidence(sources.references, words)
    missing = _missing(text, here, only_figures)
    if not missing:
        return Outcome("carried")
    left = _missing(text, whole, only_figures) if whole != here else missing
    told_all = tuple(dict.fromkeys(map(_told, left or missing)))
    nearest = _nearest(text, sources.references, words)
    if sources.is_lent:
        return Outcome("uncited", (f"no note of its own; of note {label}:", *told_all), nearest)
    if not left:
        return Outcome("moved", (*told_all, "but elsewhere in the document"), nearest)
    return Outcome("altered", told_all, nearest)


def _nearest(
    text: str, references: Sequence[Reference], words: Words
) -> tuple[str, int, int] | None:
    """The sentence of the documents named that shares most with `text`."""
    best: tuple[float, tuple[str, int, int] | None] = (_MIN_SHARED, None)
    for document_id in dict.fromkeys(each for ref in references for each in ref.documents):
        held = words.document(document_id).text
        aligned = align(text, held)
        at = aligned.ranked[0] if aligned.ranked else None
        if at is not None and aligned.shares[at] > best[0]:
            start = held.find(aligned.evidence[at])
            best = aligned.shares[at], (document_id, start, start + len(aligned.evidence[at]))
    return best[1]


def _missing(text: str, evidence: str, only_figures: bool) -> list[Finding]:
    found = list(find(align(text, evidence)))
    telling = figures(text)
    # "About 75 per cent" may carry an answer's 73; of what is cited the figure itself is wanted.
    held = [replace(each, is_rounded=False) for each in quantities(evidence)]
    found += [
        Finding(each.kind, text[each.start : each.end])
        for each in telling
        if not is_held(each, held)
    ]
    shown = {text[each.start : each.end] for each in telling}
    return [
        each
        for each in dict.fromkeys(found)
        if not only_figures or (each.kind in ("number", "date") and each.text in shown)
    ]


def _told(finding: Finding) -> str:
    if finding.is_displaced:
        return f"“{finding.text}” stands there, but of something else"
    return _KINDS[finding.kind].format(finding.text)


def _evidence(references: Sequence[Reference], words: Words) -> tuple[str, str]:
    """What stands at the places that are named, and in the whole documents."""
    here: list[str] = []
    whole: list[str] = []
    for reference in references:
        for document_id in reference.documents:
            document = words.document(document_id)
            known = _known(document.facts)
            here += [at_place(document, reference.pinpoint), known]
            whole += [document.text, known]
    return "\n".join(dict.fromkeys(here)), "\n".join(dict.fromkeys(whole))


def at_place(document: Document, pinpoint: Pinpoint) -> str:
    """The blocks of a document that touch the place named; all, where none is or none is found."""
    if not pinpoint:
        return document.text
    blocks = [each for each in document.blocks if is_at(document, each.start, each.end, pinpoint)]
    return "\n".join(document.text[each.start : each.end] for each in blocks) or document.text


def _known(facts: Facts) -> str:
    known = (facts.organisation, facts.title, facts.symbol, facts.edition, facts.event, facts.date)
    return "; ".join(filter(None, known)).replace("\n", " ")


def _is_telling(text: str, quantity: Quantity) -> bool:
    shown = text[quantity.start : quantity.end]
    if quantity.unit not in ("", "%", "month", "th", "s") and not quantity.unit.isdigit():
        return False  # a label, as "10.c"
    return any(letter.isdigit() for letter in shown) or (
        quantity.unit == "%" or (quantity.unit == "" and quantity.value > _SMALL_NUMBER)
    )


def _is_named(text: str, quantity: Quantity) -> bool:
    before, after = text[: quantity.start], text[quantity.end :]
    if quantity.unit not in ("", "th") or re.match(r"\s?(?:%|per cent|million|billion)", after):
        return False
    if _NAMED_BEFORE.search(before) and not _DATED.fullmatch(text[quantity.start : quantity.end]):
        return True
    is_year = quantity.kind == "date" and not _MONTH.match(after)
    return is_year and bool(_NAMED_AFTER.match(after))
