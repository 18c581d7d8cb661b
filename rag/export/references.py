"""References in a style, by citeproc-py: the only place that knows it.

1. A style is a CSL file in `styles/`, found by its name.
2. citeproc-py reads the works as CSL-JSON, the same that is exported.
3. It reads some tags in a title, and writes its own beside foreign ones: the signs of which tags
   are made are put out of its sight, and italics are marked by characters that no text has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rag.errors import ExportError
from rag.export.reference_files import csl_json
from rag.export.works import Work

DEFAULT_STYLE = "un"
_STYLES = Path(__file__).with_name("styles")
_LOCALES = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES"}
_AMERICAN = {"chicago": {"en": "en-US"}}
_PRIVATE = re.compile("[\ue000-\ue0ff]")
_HIDDEN = {"<": "\ue010", ">": "\ue011", "&": "\ue012"}
_HIDE = str.maketrans(_HIDDEN)
_SHOW = str.maketrans({hidden: sign for sign, hidden in _HIDDEN.items()})
_ITALIC, _UPRIGHT = "\ue020", "\ue021"
_STOPPED_TWICE = re.compile(f"([.?!][{_UPRIGHT}”])\\.")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of words set in one way."""

    text: str
    is_italic: bool = False
    is_bold: bool = False
    is_marked: bool = False  # the words quoted, within their passage


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class References:
    """The references of a brief's works in one style."""

    _bibliography: Any  # citeproc's, which has no types

    def note(self, work: Work, pinpoint: str) -> Runs:
        """The full reference of a footnote, down to the place: "para. 16 (b), p. 15"."""
        from citeproc import Citation, CitationItem, Locator

        place = _PRIVATE.sub("", pinpoint).translate(_HIDE)
        located = {"locator": Locator("page", place)} if place else {}
        citation = Citation([CitationItem(work.key, **located)])
        citation.bibliography = self._bibliography
        return _runs(str(self._bibliography.cite(citation, _unknown)))

    def listed(self) -> list[tuple[str, Runs]]:
        """The entries of a list of sources in the style's order, each with the key of its work."""
        entries = map(str, self._bibliography.bibliography())
        return [
            (key, _runs(entry)) for key, entry in zip(self._bibliography.keys, entries, strict=True)
        ]


def style_names() -> list[str]:
    """The names of the styles that there are."""
    return sorted(path.stem for path in _STYLES.glob("*.csl"))


def check_style(style: str) -> None:
    """Raises ExportError, with the names that there are, for a style that is not known."""
    if style not in style_names():
        raise ExportError(f"no style {style!r}; there are {', '.join(style_names())}")


def open_references(works: Sequence[Work], style: str, language: str) -> References:
    """The references of `works`; terms and dates are in `language` where it is one of ours.

    Raises ExportError for a style that is not known.
    """
    from citeproc import Citation, CitationItem, CitationStylesBibliography
    from citeproc.source.json import CiteProcJSON

    written = _PRIVATE.sub("", csl_json(works)).translate(_HIDE)
    formatter = _formatter()
    bibliography = CitationStylesBibliography(
        _open_style(style, language), CiteProcJSON(json.loads(written)), formatter
    )
    for work in works:
        bibliography.register(Citation([CitationItem(work.key)]))
    bibliography.sort()
    return References(bibliography)


def _open_style(style: str, language: str) -> Any:
    from citeproc import CitationStylesStyle

    check_style(style)
    locales = {**_LOCALES, **_AMERICAN.get(style, {})}
    locale = locales.get(language, locales["en"])
    return CitationStylesStyle(str(_STYLES / f"{style}.csl"), locale=locale, validate=False)


def _formatter() -> SimpleNamespace:
    """How citeproc-py is to write: italics between two characters of ours, all else plain."""

    def italic(text: object) -> str:
        return f"{_ITALIC}{text}{_UPRIGHT}"

    plain = dict.fromkeys("Bold Light Underline Superscript Subscript SmallCaps".split(), str)
    return SimpleNamespace(preformat=str, Italic=italic, Oblique=italic, **plain)


def _runs(written: str) -> Runs:
    runs: list[Run] = []
    is_italic = False
    for part in re.split(f"([{_ITALIC}{_UPRIGHT}])", _STOPPED_TWICE.sub(r"\1", written)):
        if part in (_ITALIC, _UPRIGHT):
            is_italic = part == _ITALIC
        elif part:
            runs.append(Run(part.translate(_SHOW), is_italic))
    return tuple(runs)


def _unknown(item: object) -> None:
    raise KeyError(f"no work {item!r}")
