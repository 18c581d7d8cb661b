"""Records as the ledger stores them: JSON for what is read, bytes for vectors."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from rag.ports import TokenVectors
from rag.records import (
    Block,
    Document,
    Facts,
    Figures,
    Finding,
    Note,
    NoteReference,
    Page,
    Passage,
    Section,
    Span,
    Unit,
)


class VectorRow(NamedTuple):
    """A passage's vectors as stored: of its word pieces in 8 bits, of the whole in 32."""

    spans: bytes
    scales: bytes
    tokens: bytes
    vector: bytes


def document_to_json(document: Document) -> tuple[str, str]:
    """A document's structure and its facts, as JSON."""
    parts = ("blocks", "sections", "pages", "notes", "findings")
    structure: dict[str, Any] = {
        name: [asdict(each) for each in getattr(document, name)] for name in parts
    }
    structure |= {"warnings": document.warnings, "format": document.format}
    return json.dumps(structure), json.dumps(asdict(document.facts))


def parse_figures(stored: str) -> Figures:
    """The figures of a file; those of a ledger's empty object are none."""
    values = json.loads(stored)
    values["warnings"] = tuple(values.get("warnings", ()))
    values["findings"] = tuple(Finding(**each) for each in values.get("findings", ()))
    return Figures(**values)


def parse_document(
    document_id: str, text: str, structure: dict[str, Any], facts: Facts
) -> Document:
    """A document of its text and the JSON of its structure."""
    pages = [
        Page(**(each | {"spans": tuple(Span(*span) for span in each["spans"])}))
        for each in structure["pages"]
    ]
    sections = [
        Section(tuple(each["path"]), each["start"], each["end"]) for each in structure["sections"]
    ]
    return Document(
        document_id=document_id,
        text=text,
        blocks=tuple(Block(**each) for each in structure["blocks"]),
        sections=tuple(sections),
        pages=tuple(pages),
        notes=tuple(_note(each) for each in structure["notes"]),
        facts=facts,
        warnings=tuple(structure["warnings"]),
        findings=tuple(Finding(**each) for each in structure["findings"]),
        format=structure["format"],
    )


def _note(stored: dict[str, Any]) -> Note:
    works = tuple(Span(*work) for work in stored["works"])
    return Note(**(stored | {"markers": tuple(stored["markers"]), "works": works}))


def parse_passage(record: dict[str, Any]) -> Passage:
    """A passage of its JSON."""
    lead_in = record["lead_in"]
    changed = {
        "section": tuple(record["section"]),
        "pages": tuple(record["pages"]),
        "units": tuple(Unit(*each) for each in record["units"]),
        "lead_in": Span(*lead_in) if lead_in else None,
        "notes": tuple(
            NoteReference(**(each | {"works": tuple(each["works"])})) for each in record["notes"]
        ),
        "cited_by": tuple(Span(*each) for each in record["cited_by"]),
    }
    return Passage(**(record | changed))


def quantise(tokens: TokenVectors) -> VectorRow:
    """Vectors as stored; of a word piece: value = its scale x its byte."""
    scales = np.abs(tokens.tokens).max(axis=1, keepdims=True, initial=1e-9) / 127
    return VectorRow(
        spans=tokens.spans.astype(np.int32).tobytes(),
        scales=scales.astype(np.float32).tobytes(),
        tokens=np.rint(tokens.tokens / scales).astype(np.int8).tobytes(),
        vector=tokens.vector.astype(np.float32).tobytes(),
    )


def restore(row: VectorRow) -> TokenVectors:
    """Vectors of what is stored; those of word pieces are within half a step of what they were."""
    scale = np.frombuffer(row.scales, dtype=np.float32)[:, None]
    values = np.frombuffer(row.tokens, dtype=np.int8).reshape(len(scale), -1 if len(scale) else 0)
    return TokenVectors(
        vector=np.frombuffer(row.vector, dtype=np.float32),
        tokens=values.astype(np.float32) * scale,
        spans=np.frombuffer(row.spans, dtype=np.int32).reshape(-1, 2),
    )
