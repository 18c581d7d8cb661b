"""Citations: every quote is read from the stored document by offset, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.notes import note_references, references_within
from rag.records import Citation, Document, Passage, Span


@dataclass(slots=True)
class Citer:
    """Numbers citations in the order of their first use; the same span keeps its number."""

    citations: list[Citation] = field(default_factory=list)

    def cite(self, document: Document, passage: Passage, span: Span) -> int:
        """The number of the citation of `document.text[span.start:span.end]`."""
        for known in self.citations:
            if (known.document_id, known.start, known.end) == (document.document_id, *span):
                return known.n
        citation = make_citation(document, passage, span, len(self.citations) + 1)
        self.citations.append(citation)
        return citation.n


def make_citation(document: Document, passage: Passage, span: Span, n: int) -> Citation:
    """A citation of a stretch of `document`, which `passage` holds or touches."""
    section = document.section_at(span.start)
    page = document.page_at(span.start)
    notes = [note for note in document.notes if note.start <= span.start < note.end]
    cited = passage.cited_by[0] if notes and passage.cited_by else Span(0, 0)
    return Citation(
        n=n,
        passage_id=passage.passage_id,
        document_id=document.document_id,
        title=document.facts.title,
        section=section.path if section else (),
        page=page.number if page else None,
        page_label=page.label if page else None,
        start=span.start,
        end=span.end,
        quote=document.text[span.start : span.end],
        paragraph=document.paragraph_at(span.start),
        notes=references_within(note_references(document), span.start, span.end),
        note=notes[0].label if notes else "",
        cited_at=document.text[cited.start : cited.end],
        language=document.facts.language,
    )
