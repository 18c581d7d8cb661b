"""Records as JSON rows, the contract of machine output; documented in docs/json.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.errors import QuestionError
from rag.ledger import FileEntry
from rag.records import (
    AS_ASKED,
    Answer,
    Citation,
    Context,
    DocumentEntry,
    Extent,
    Figures,
    Hit,
    NoteReference,
    Passage,
    Question,
    Searched,
    Turn,
    Why,
)
from rag.resolve import Resolution

_SECTION_JOINT = " › "
Filters = tuple[tuple[str, str], ...]


def search_row(
    question: Question, hits: Sequence[Hit], reason: str = "", searched: Searched = AS_ASKED
) -> dict[str, Any]:
    """`id, question, searched, hits, reason`; `reason` says why there are no hits, where that is
    known."""
    return {
        "id": question.question_id,
        "question": question.text,
        "searched": _searched_row(searched),
        "hits": [hit_row(hit) for hit in hits],
        "reason": reason,
    }


def answer_row(answer: Answer) -> dict[str, Any]:
    """`id, question, searched, language, answerer, status, text, notice, statements, citations,
    direct, parts, unanswered, extent, missing, contradictions, support, reason, related, dropped,
    provenance, timings_ms`."""
    return {
        "id": answer.question.question_id,
        "question": answer.question.text,
        "searched": _searched_row(answer.searched),
        "language": answer.language,
        "answerer": answer.answerer,
        "status": answer.status,
        "text": answer.text,
        "notice": answer.notice,
        "statements": [
            {"text": each.text, "part": each.part, "citations": list(each.citations)}
            for each in answer.statements
        ],
        "citations": [_citation_row(each) for each in answer.citations],
        "direct": [asdict(each) for each in answer.direct],
        "parts": list(answer.parts),
        "unanswered": list(answer.unanswered),
        "extent": _extent_row(answer.extent) if answer.extent else None,
        "missing": [asdict(each) for each in answer.missing],
        "contradictions": [asdict(each) for each in answer.contradictions],
        "support": answer.support,
        "reason": answer.reason,
        "related": [hit_row(each) for each in answer.related],
        "dropped": [asdict(each) for each in answer.dropped],
        "provenance": answer.provenance,
        "timings_ms": answer.timings_ms,
    }


def _searched_row(searched: Searched) -> dict[str, Any]:
    corrections = [asdict(each) for each in searched.corrections]
    return {
        **asdict(searched),
        "corrections": corrections,
        "expansions": list(searched.expansions),
    }


def _extent_row(extent: Extent) -> dict[str, Any]:
    filters = [{"key": key, "value": value} for key, value in extent.filters]
    return {**asdict(extent), "titles": list(extent.titles), "filters": filters}


def hit_row(hit: Hit) -> dict[str, Any]:
    """`rank, score, passage_id, document_id, title, language, organisation, date, section,
    paragraph, page, page_label, start, end, text, notes, is_note, cited_by, also_in, why, context`.

    Offsets are characters of the document's canonical text.
    """
    passage, why = hit.passage, hit.why
    return {
        "rank": hit.rank,
        "score": hit.score,
        "passage_id": passage.passage_id,
        "document_id": passage.document_id,
        "title": hit.facts.title,
        "language": hit.facts.language,
        "organisation": hit.facts.organisation,
        "date": hit.facts.date,
        "section": _SECTION_JOINT.join(passage.section),
        "paragraph": passage.paragraph,
        "page": passage.page,
        "page_label": passage.page_label,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "notes": _note_rows(passage.notes),
        "is_note": passage.is_note,
        "cited_by": [{"start": each.start, "end": each.end} for each in passage.cited_by],
        "also_in": [asdict(each) for each in hit.also_in],
        "why": _why_row(why, passage) if why else None,
        "context": _context_row(hit.context) if hit.context else None,
    }


def _why_row(why: Why, passage: Passage) -> dict[str, Any]:
    sides = {name: getattr(why, name) for name in ("dense", "lexical", "passage", "sentence")}
    row: dict[str, Any] = {name: side and side._asdict() for name, side in sides.items()}
    row |= {"terms": list(why.terms), "best": None}
    if best := why.best:
        text = passage.text[best.start - passage.start : best.end - passage.start]
        row["best"] = {"start": best.start, "end": best.end, "text": text}
    return row


def _context_row(context: Context) -> dict[str, Any]:
    row = asdict(context)
    del row["document_id"]  # the hit's
    return row


def document_row(entry: DocumentEntry) -> dict[str, Any]:
    """`document_id, path, copies, pages, passages`, the facts that are known, and the figures.

    `format` is that of the file; `kind`, where known, says what the document is.
    """
    facts = {name: value for name, value in asdict(entry.facts).items() if value}
    return {
        "document_id": entry.document_id,
        "path": entry.path,
        "copies": list(entry.copies),
        **_figures_row(entry.figures),
        **facts,
    }


def file_row(entry: FileEntry) -> dict[str, Any]:
    """`path, document_id, outcome, reason, is_problem, concerns`, hash, size, times, figures."""
    return {
        "path": entry.path,
        "document_id": entry.document_id,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "is_problem": entry.is_problem,
        "concerns": list(entry.concerns),
        "sha256": entry.sha256,
        "size": entry.size,
        "modified": entry.modified,
        "first_seen": entry.first_seen,
        "last_read": entry.last_read,
        **_figures_row(entry.figures),
    }


def resolution_row(found: Resolution) -> dict[str, Any]:
    """`passage_id, state, now, before`: where its content stands now, and what it was."""
    return {
        "passage_id": found.passage_id,
        "state": found.state,
        "now": [_passage_row(each) for each in found.now],
        "before": _passage_row(found.before) if found.before else None,
    }


def _passage_row(passage: Passage) -> dict[str, Any]:
    return {
        "passage_id": passage.passage_id,
        "document_id": passage.document_id,
        "section": _SECTION_JOINT.join(passage.section),
        "page": passage.page,
        "page_label": passage.page_label,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }


def _figures_row(figures: Figures) -> dict[str, Any]:
    row = asdict(figures) | {"warnings": list(figures.warnings)}
    return row | {"findings": [asdict(each) for each in figures.findings]}


def read_questions(path: Path, filters: Filters) -> Iterator[Question]:
    """Questions of a file: one a line, or JSONL rows with `question`, and `id` and `history`.

    A question without an `id` has the number of its line. Raises QuestionError for a file or
    row that cannot be read, naming the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise QuestionError(f"questions cannot be read from {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise QuestionError(f"questions cannot be read from {path}: not UTF-8 text") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _parse_question(line, f"{path}, line {number}", str(number), filters)


def _parse_question(line: str, place: str, number: str, filters: Filters) -> Question:
    if not line.lstrip().startswith("{"):
        return Question(line.strip(), (), filters, number)
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"{place}: not a JSON object ({error})") from error
    return parse_question(row, place, number, filters)


def parse_question(row: Mapping[str, Any], place: str, number: str, filters: Filters) -> Question:
    """The question of a row with `question`, and optionally `history` and `id` (else `number`).

    Raises QuestionError that names `place`.
    """
    text, history = row.get("question"), row.get("history") or []
    if not isinstance(text, str):
        raise QuestionError(f"{place}: no text in 'question' (keys: {', '.join(row)})")
    if not isinstance(history, list) or not all(_is_turn(each) for each in history):
        raise QuestionError(f"{place}: 'history' is not a list of earlier questions")
    turns = [
        Turn(each) if isinstance(each, str) else Turn(each["question"], str(each.get("answer", "")))
        for each in history
    ]
    given = row.get("id")
    return Question(text, tuple(turns), filters, number if given is None else str(given))


def _is_turn(each: object) -> bool:
    if isinstance(each, dict):
        return isinstance(each.get("question"), str)
    return isinstance(each, str)


def _citation_row(citation: Citation) -> dict[str, Any]:
    row = asdict(citation)
    row["section"] = _SECTION_JOINT.join(citation.section)
    row["notes"] = _note_rows(citation.notes)
    return row


def _note_rows(notes: Sequence[NoteReference]) -> list[dict[str, Any]]:
    return [{"label": each.label, "text": each.text, "works": list(each.works)} for each in notes]
