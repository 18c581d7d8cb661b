"""Builds Word files with native footnotes, as an editor would leave them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_OVERRIDES = "".join(
    f'<Override PartName="/word/{part}.xml" ContentType="{_KIND}.{kind}+xml"/>'
    for part, kind in (
        ("document", "document.main"),
        ("footnotes", "footnotes"),
        ("styles", "styles"),
    )
)
_TYPES = f"""<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>{_OVERRIDES}
</Types>"""
_RELS = f"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="r1" Type="{_REL}/officeDocument" Target="word/document.xml"/>
</Relationships>"""
_DOCUMENT_RELS = f"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="r1" Type="{_REL}/footnotes" Target="footnotes.xml"/>
<Relationship Id="r2" Type="{_REL}/styles" Target="styles.xml"/>
</Relationships>"""
_STYLES = f"""<?xml version="1.0" encoding="UTF-8"?>
<w:styles xmlns:w="{_W}">
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Qt"><w:name w:val="Quote"/></w:style>
</w:styles>"""
_MARK = re.compile(r"\[\^(\d+)\]")


def run(text: str) -> str:
    """A run of WordprocessingML."""
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(text: str, style: str = "") -> str:
    """A paragraph; "[^3]" in the text becomes a native footnote mark."""
    parts = _MARK.split(text)
    runs = [run(part) if n % 2 == 0 else mark(part) for n, part in enumerate(parts)]
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def mark(note_id: str) -> str:
    """The mark of a native footnote."""
    return f'<w:r><w:footnoteReference w:id="{note_id}"/></w:r>'


def word_file(body: Sequence[str], notes: Sequence[str]) -> bytes:
    """A Word file of WordprocessingML paragraphs; `notes` are those of ids 1 and up."""
    written = [note if note.startswith("<w:p>") else paragraph(note) for note in notes]
    told = "".join(
        f'<w:footnote w:id="{n}">{note}</w:footnote>' for n, note in enumerate(written, 1)
    )
    head, namespace = '<?xml version="1.0" encoding="UTF-8"?>', f'xmlns:w="{_W}"'
    whole = f"<w:body>{''.join(body)}</w:body>"
    files = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "word/_rels/document.xml.rels": _DOCUMENT_RELS,
        "word/document.xml": f"{head}<w:document {namespace}>{whole}</w:document>",
        "word/footnotes.xml": f"{head}<w:footnotes {namespace}>{told}</w:footnotes>",
        "word/styles.xml": _STYLES,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()
