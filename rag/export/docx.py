"""A brief as a Word file: real headings, native footnotes, a footer with page numbers.

The fonts are Arial and Times New Roman: Word has them, and LibreOffice has others of the same
measures, so that pages break alike. Equal briefs give equal bytes.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from lxml.etree import _Element

from rag.export.direction import is_right_to_left
from rag.export.footnotes import (
    CONTENT_TYPE,
    MARK_STYLE,
    PART_NAME,
    RELATIONSHIP,
    TEXT_STYLE,
    field_elements,
    footnote_settings,
    footnotes_xml,
    mark_elements,
    run_element,
)
from rag.export.plan import AnnexEntry, Block, BlockStyle, Plan
from rag.export.references import Run, Runs
from rag.export.works import shortened

_BODY_FONT, _HEAD_FONT = "Times New Roman", "Arial"
_NAVY, _GREY, _RULE, _AMBER = "1F3864", "595959", "9DB2CF", "C9973B"
_STYLES: dict[BlockStyle, str] = {
    "heading": "Heading 1",
    "subheading": "Heading 2",
    "quote": "Quoted Words",
    "text": "Normal",
    "gap": "Open Point",
    "lead": "Lead",
    "further": "Further Passage",
}
_LOCALES = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES"}
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that an archive can say
_FIRST_DATE = datetime.datetime(2000, 1, 1)


def write_docx(plan: Plan, made_on: str) -> bytes:
    """The bytes of the Word file; `made_on` is its date of creation, ISO 8601."""
    import docx

    word = docx.Document()
    _set_styles(word, plan.language)
    _set_page(word, plan)
    _set_properties(word, plan, made_on)
    word.add_paragraph(plan.title, style="Title")
    if plan.date:
        word.add_paragraph(plan.date, style="Subtitle")
    for block in plan.body:
        _add_block(word, block)
    _add_works(word, plan)
    _add_annex(word, plan)
    _add_footnotes(word, plan)
    written = io.BytesIO()
    word.save(written)
    return _without_times(written.getvalue())


def _add_block(word: Any, block: Block) -> None:
    _add_runs(word, block.runs, _STYLES[block.style], *mark_elements(block.marks))


def _add_runs(word: Any, runs: Runs, style: str, *more: _Element) -> None:
    paragraph = word.add_paragraph(style=style)
    if is_right_to_left("".join(run.text for run in runs)):
        _add(paragraph._p.get_or_add_pPr(), "w:bidi")
    for element in (*map(run_element, runs), *more):
        paragraph._p.append(element)


def _add_works(word: Any, plan: Plan) -> None:
    if plan.works:
        word.add_paragraph(plan.words.sources, style="Heading 1")
    for work in plan.works:
        _add_runs(word, work.reference, "Source")
        _add_runs(word, (Run(work.remarks),), "Source Remark")


def _add_annex(word: Any, plan: Plan) -> None:
    if not plan.annex:
        return
    heading = word.add_paragraph(plan.words.annex, style="Heading 1")
    heading.paragraph_format.page_break_before = True
    word.add_paragraph(plan.words.annex_lead, style="Lead")
    for entry in plan.annex:
        _add_runs(word, _numbered(entry), "Passage Source")
        for line in entry.lines:
            _add_runs(word, line, "Passage")


def _numbered(entry: AnnexEntry) -> Runs:
    numbers = ", ".join(map(str, entry.numbers))
    return (Run(f"{numbers}. ", is_bold=True), *entry.place)


def _add_footnotes(word: Any, plan: Plan) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    if not plan.footnotes:
        return
    package = word.part.package
    notes = Part(PackURI(PART_NAME), CONTENT_TYPE, footnotes_xml(plan.footnotes), package)
    word.part.relate_to(notes, RELATIONSHIP)
    settings = word.settings.element
    compatibility = settings.find(f"{{{settings.nsmap['w']}}}compat")
    compatibility.addprevious(footnote_settings())


# Looks


def _set_styles(word: Any, language: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE

    _set_language(word, language)
    styles = word.styles
    _look(styles["Normal"], _BODY_FONT, 11, after=7)
    styles["Normal"].paragraph_format.line_spacing = 1.12
    _look(styles["Title"], _HEAD_FONT, 21, color=_NAVY, is_bold=True, after=4)
    _look(styles["Subtitle"], _HEAD_FONT, 10.5, color=_GREY, after=16)
    _look(styles["Heading 1"], _HEAD_FONT, 14, color=_NAVY, is_bold=True, before=18, after=7)
    _look(styles["Heading 2"], _HEAD_FONT, 11, color=_GREY, is_bold=True, before=10, after=5)
    _look(styles["Footer"], _HEAD_FONT, 8.5, color=_GREY)
    made = {
        name: styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        for name in (*_OWN_STYLES, "footnote text")
    }
    for name, style in made.items():
        style.base_style = styles["Normal"]
        style.quick_style = True
        size, before, after, indent, hanging = _OWN_STYLES.get(name, (9, 0, 2, 0, 0))
        _look(style, _BODY_FONT, size, before=before, after=after)
        _indent(style, indent, hanging)
    made["Lead"].paragraph_format.keep_with_next = True
    made["Lead"].font.italic = True
    made["Passage Source"].paragraph_format.keep_with_next = True
    made["Source"].paragraph_format.keep_with_next = True
    _rule(made["Quoted Words"], _RULE)
    _rule(made["Open Point"], _AMBER)
    for style in made.values():
        style.paragraph_format.widow_control = True
    made["footnote text"].element.set(_qn("w:styleId"), TEXT_STYLE)
    mark = styles.add_style("footnote reference", WD_STYLE_TYPE.CHARACTER)
    mark.element.set(_qn("w:styleId"), MARK_STYLE)
    mark.font.superscript = True


# Size in points, space before and after in points, indent and hanging indent in centimetres.
_OWN_STYLES: dict[str, tuple[float, float, float, float, float]] = {
    "Quoted Words": (11, 0, 7, 0.6, 0),
    "Open Point": (11, 5, 7, 0.6, 0),
    "Lead": (11, 6, 4, 0, 0),
    "Further Passage": (10.5, 0, 5, 0.6, 0),
    "Source": (10.5, 4, 0, 0.75, 0.75),
    "Source Remark": (9, 0, 5, 0.75, 0),
    "Passage Source": (10.5, 10, 3, 0, 0),
    "Passage": (10.5, 0, 4, 0.6, 0),
}


def _look(
    style: Any, font: str, size: float, *, color: str = "", is_bold: bool = False, **space: float
) -> None:
    from docx.shared import Pt, RGBColor

    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]  # a font of the theme would win over a named one
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(_qn(f"w:{script}"), font)
    style.font.size = Pt(size)
    style.font.bold = is_bold
    style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(color or "000000")
    for border in style.element.pPr.findall(_qn("w:pBdr")) if style.element.pPr is not None else ():
        style.element.pPr.remove(border)
    style.paragraph_format.space_before = Pt(space.get("before", 0))
    style.paragraph_format.space_after = Pt(space.get("after", 0))


def _indent(style: Any, indent_cm: float, hanging_cm: float) -> None:
    from docx.shared import Cm

    style.paragraph_format.left_indent = Cm(indent_cm)
    style.paragraph_format.first_line_indent = Cm(-hanging_cm)


def _rule(style: Any, color: str) -> None:
    """A line at the left of every paragraph of the style."""
    from docx.oxml import OxmlElement

    borders = OxmlElement("w:pBdr")
    _add(borders, "w:left", val="single", sz="12", space="8", color=color)
    style.element.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc"
    )


def _set_language(word: Any, language: str) -> None:
    locale = _LOCALES.get(language, language)
    for element in word.styles.element.iter(_qn("w:lang")):
        element.set(_qn("w:val"), locale)


def _set_page(word: Any, plan: Plan) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Cm

    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
    footer = section.footer.paragraphs[0]
    footer.style.paragraph_format.tab_stops.clear_all()
    footer.paragraph_format.tab_stops.add_tab_stop(Cm(15.8), WD_TAB_ALIGNMENT.RIGHT)
    footer.add_run(f"{shortened(plan.title)}\t")
    before, between, after = plan.words.page.split("{}")
    for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        footer.add_run(text)
        for element in field_elements(field, "1") if field else ():
            footer._p.append(element)


def _set_properties(word: Any, plan: Plan, made_on: str) -> None:
    try:
        made = datetime.datetime.fromisoformat(made_on)
    except ValueError:
        made = _FIRST_DATE
    properties = word.core_properties
    properties.title = plan.title[:255]  # as many as python-docx takes
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.language = _LOCALES.get(plan.language, plan.language)
    properties.created = properties.modified = made.replace(tzinfo=None)
    properties.revision = 1


def _without_times(data: bytes) -> bytes:
    """The same package without the time at which it was written."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as read, zipfile.ZipFile(packed, "w") as written:
        for name in read.namelist():
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(info, read.read(name))
    return packed.getvalue()


def _add(parent: Any, name: str, **attributes: str) -> None:
    from docx.oxml import OxmlElement

    child = OxmlElement(name)
    for key, value in attributes.items():
        child.set(_qn(f"w:{key}"), value)
    parent.append(child)


def _qn(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))
