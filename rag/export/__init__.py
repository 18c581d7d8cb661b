"""A brief as a file: Word, Markdown, PDF, plain text, and its documents for reference managers.

    brief -> works -> references -> plan -> docx | md | pdf | txt
                  \\-> bib | ris | json

The numbers of the footnotes are those of the brief, in every format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rag.briefs.records import Brief
from rag.errors import ExportError
from rag.export.docx import write_docx
from rag.export.markdown import write_markdown
from rag.export.pdf import write_pdf
from rag.export.plan import lay_out
from rag.export.reference_files import bibtex, csl_json, ris
from rag.export.references import DEFAULT_STYLE, check_style
from rag.export.text import write_text
from rag.export.works import works_of


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format that a brief can be written in."""

    format: str  # its name, and the ending of its files
    media_type: str
    label: str  # what a reader calls it
    write: Callable[[Brief, str], bytes]  # from a brief and the name of a style


_OOXML = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXPORTERS = (
    Exporter("docx", _OOXML, "Word", lambda b, s: write_docx(lay_out(b, s), b.made_on)),
    Exporter("pdf", "application/pdf", "PDF", lambda b, s: write_pdf(lay_out(b, s), b.made_on)),
    Exporter(
        "md",
        "text/markdown; charset=utf-8",
        "Markdown",
        lambda b, s: write_markdown(lay_out(b, s)).encode(),
    ),
    Exporter(
        "txt",
        "text/plain; charset=utf-8",
        "Plain text",
        lambda b, s: write_text(lay_out(b, s)).encode(),
    ),
    Exporter(
        "bib",
        "application/x-bibtex; charset=utf-8",
        "BibTeX",
        lambda b, _: bibtex(works_of(b)).encode(),
    ),
    Exporter(
        "ris",
        "application/x-research-info-systems; charset=utf-8",
        "RIS",
        lambda b, _: ris(works_of(b)).encode(),
    ),
    Exporter(
        "json",
        "application/vnd.citationstyles.csl+json",
        "CSL-JSON",
        lambda b, _: csl_json(works_of(b)).encode(),
    ),
)


def find_exporter(format: str) -> Exporter:
    """The exporter of a format, by the ending of its files; raises ExportError for an unknown
    one."""
    for exporter in EXPORTERS:
        if exporter.format == format:
            return exporter
    known = ", ".join(exporter.format for exporter in EXPORTERS)
    raise ExportError(f"no format {format!r}; there are {known}")


def export(brief: Brief, format: str, style: str = DEFAULT_STYLE) -> bytes:
    """The bytes of a file of a numbered brief, its references in a style of citation.

    Raises ExportError for an unknown format or style, ValueError for a brief whose numbers do not
    run in order of first use (`rag.briefs.number.number` makes them so).
    """
    exporter = find_exporter(format)
    check_style(style)
    return exporter.write(brief, style)
