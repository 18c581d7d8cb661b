"""One document of the library: its facts to correct, its file, what is wrong with it; as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from urllib.parse import quote

from rag.corrections import FACT_NAMES, MAX_FACT_CHARS
from ui.web.languages import path_of
from ui.web.library.listing import state_text
from ui.web.library.shelf import Holding
from ui.web.texts import Texts

_LONG = ("title", "event", "source", "rights")  # across the form


def panel_html(
    holding: Holding, corrections: Mapping[str, str], texts: Texts, *, may_maintain: bool
) -> str:
    """What the dialog shows of a document."""
    parts = [_head_html(holding, texts), _concerns_html(holding, texts)]
    if holding.document:
        parts.append(_facts_html(holding, corrections, texts, may_maintain))
    if may_maintain:
        parts.append(_actions_html(holding, texts))
    parts.append(_file_html(holding, texts, may_maintain))
    if holding.document:
        parts.append(
            f'<details class="cv-lib-passages" data-page="1"><summary>'
            f"{escape(texts('library.passages_as_searched', n=f'{holding.document.passages:,}'))}"
            f'</summary><div class="cv-lib-passage-list"></div></details>'
        )
    return f'<div data-key="{holding.key}">{"".join(parts)}</div>'


def _head_html(holding: Holding, texts: Texts) -> str:
    link = ""
    if holding.document:
        place = quote(holding.document.document_id, safe="")
        address = f"{path_of(texts.language)}read/{place}"
        link = f'<a href="{address}">{escape(texts("library.read"))}</a>'
    return (
        f'<h2 id="cv-lib-heading" tabindex="-1" dir="auto">{escape(holding.title)}</h2>'
        f'<p class="cv-lib-where"><span>{escape(state_text(holding, texts))}</span>{link}</p>'
        '<p class="cv-lib-saying" role="status"></p>'
    )


def _concerns_html(holding: Holding, texts: Texts) -> str:
    lines = holding.file.concerns or ((holding.file.reason,) if not holding.document else ())
    if not lines:
        return ""
    listed = "".join(f'<li dir="auto">{escape(each)}</li>' for each in lines)
    return (
        f'<section class="cv-lib-concerns"><h3>{escape(texts("library.concerns"))}</h3>'
        f"<ul>{listed}</ul></section>"
    )


def _facts_html(
    holding: Holding, corrections: Mapping[str, str], texts: Texts, may_maintain: bool
) -> str:
    heading = f"<h3>{escape(texts('library.facts'))}</h3>"
    values: dict[str, str] = asdict(holding.facts)
    if not may_maintain:
        pairs = ((texts(f"library.fact_{name}"), values[name]) for name in FACT_NAMES)
        return f"<section>{heading}{_pairs_html(pairs)}</section>"
    fields = "".join(
        _field_html(name, values[name], name in corrections, texts) for name in FACT_NAMES
    )
    undo = ""
    if corrections:
        undo = (
            f'<button type="button" class="cv-lib-do" data-do="uncorrect">'
            f"{escape(texts('library.undo_corrections'))}</button>"
        )
    return (
        f'<form class="cv-lib-form" novalidate>{heading}'
        f'<p class="cv-lib-hint">{escape(texts("library.facts_hint"))}</p>'
        f'<div class="cv-lib-fields">{fields}</div><div class="cv-lib-buttons">{undo}'
        f'<button type="submit" class="cv-lib-save">{escape(texts("library.save"))}</button>'
        "</div></form>"
    )


def _field_html(name: str, value: str, is_corrected: bool, texts: Texts) -> str:
    mark = f"<em>{escape(texts('library.corrected'))}</em>" if is_corrected else ""
    hint = escape(texts(f"library.hint_{name}")) if name in ("date", "language") else ""
    return (
        f'<label class="{"cv-lib-long" if name in _LONG else ""}">'
        f"<span>{escape(texts(f'library.fact_{name}'))} {mark}</span>"
        f'<input name="{name}" value="{escape(value)}" maxlength="{MAX_FACT_CHARS}" dir="auto" '
        f'autocomplete="off" placeholder="{hint}"></label>'
    )


def _actions_html(holding: Holding, texts: Texts) -> str:
    """The buttons; what a removal does to the file is said before it is done."""
    place = "library.remove_uploaded" if holding.is_uploaded else "library.remove_elsewhere"
    replace = ""
    if holding.document:
        replace = (
            f'<button type="button" class="cv-lib-replace">{escape(texts("library.replace"))}…'
            "</button>"
        )
    return (
        f'<section class="cv-lib-actions"><h3>{escape(texts("library.actions"))}</h3>'
        f'<div class="cv-lib-buttons">{replace}'
        f'<button type="button" class="cv-lib-do" data-do="reread">'
        f"{escape(texts('library.reread'))}</button>"
        f'<button type="button" class="cv-lib-do cv-lib-danger" data-do="remove">'
        f"{escape(texts('library.remove'))}</button></div>"
        f'<p class="cv-lib-hint">{escape(texts(place))}</p></section>'
    )


def _file_html(holding: Holding, texts: Texts, may_maintain: bool) -> str:
    pairs = [(texts(f"library.file_{name}"), value) for name, value in _file_facts(holding)]
    if may_maintain:
        pairs.append((texts("library.file_place"), holding.file.path))
        copies = holding.document.copies if holding.document else ()
        pairs.append((texts("library.file_copies"), "\n".join(copies)))
    heading = escape(texts("library.file"))
    return f"<section><h3>{heading}</h3>{_pairs_html(pairs)}</section>"


def _file_facts(holding: Holding) -> Iterator[tuple[str, str]]:
    file, figures = holding.file, holding.file.figures
    yield "name", Path(file.path).name
    yield "format", figures.format.upper()
    yield "size", f"{file.size:,}" if file.size else ""
    yield "pages", _pages(holding)
    yield "characters", f"{figures.characters:,}" if figures.characters else ""
    if figures.notes:
        yield "notes", f"{figures.notes:,} ({figures.notes_resolved:,})"
    yield "first_seen", file.first_seen.replace("T", " ").removesuffix("+00:00")
    yield "last_read", file.last_read.replace("T", " ").removesuffix("+00:00")
    yield "id", file.document_id


def _pages(holding: Holding) -> str:
    figures = holding.file.figures
    if not figures.pages:
        return ""
    counts = (figures.pages, figures.pages_kept, figures.pages_empty, figures.pages_needing_ocr)
    return " / ".join(f"{each:,}" for each in (*counts, figures.pages_by_ocr))


def _pairs_html(pairs: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> str:
    listed = "".join(
        f'<div><dt>{escape(label)}</dt><dd dir="auto">{escape(value)}</dd></div>'
        for label, value in pairs
        if value
    )
    return f'<dl class="cv-lib-pairs">{listed}</dl>'
