"""The words around what a brief says, in the languages in which there are any; else English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rag.export.works import one_line


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of a file in one language."""

    quote: str  # with {} for the words quoted
    not_said: str
    read_on: str
    footnotes: str
    sources: str
    annex: str
    annex_lead: str
    notes: str  # of the works in the list of sources
    rights: str
    rests_on: str
    section: str
    page: str  # of the footer, with {} for the page and {} for all
    date: str
    months: tuple[str, ...]

    def dated(self, date: str) -> str:
        """An ISO 8601 date as a reader writes it; as it stands where it is none."""
        year, _, rest = date.partition("-")
        month, _, day = rest.partition("-")
        is_date = len(date) == 10 and year.isdigit() and month.isdigit() and day.isdigit()
        if not is_date or not 1 <= int(month) <= 12:
            return one_line(date)
        return self.date.format(int(day), self.months[int(month) - 1], year)


_ENGLISH = Words(
    quote="“{}”",
    not_said="The documents do not say:",
    read_on="Read on",
    footnotes="Notes",
    sources="List of sources",
    annex="Annex: the passages",
    annex_lead="The numbers are those of the footnotes. The words quoted are marked.",
    notes="Cited in notes: {}.",
    rights="Rights: {}.",
    rests_on="Rests on: {}",
    section="section “{}”",
    page="Page {} of {}",
    date="{} {} {}",
    months=tuple(
        "January February March April May June July August September October November "
        "December".split()
    ),
)
_FRENCH = Words(
    quote="«\u00a0{}\u00a0»",
    not_said="Les documents ne disent pas\u00a0:",
    read_on="À lire aussi",
    footnotes="Notes",
    sources="Liste des sources",
    annex="Annexe\u00a0: les passages",
    annex_lead="Les numéros sont ceux des notes. Les mots cités sont marqués.",
    notes="Cité dans les notes\u00a0: {}.",
    rights="Droits\u00a0: {}.",
    rests_on="S’appuie sur\u00a0: {}",
    section="section «\u00a0{}\u00a0»",
    page="Page {} sur {}",
    date="{} {} {}",
    months=tuple(
        "janvier février mars avril mai juin juillet août septembre octobre novembre "
        "décembre".split()
    ),
)
_SPANISH = Words(
    quote="«{}»",
    not_said="Los documentos no dicen:",
    read_on="Véase también",
    footnotes="Notas",
    sources="Lista de fuentes",
    annex="Anexo: los pasajes",
    annex_lead="Los números son los de las notas. Las palabras citadas están marcadas.",
    notes="Citado en las notas: {}.",
    rights="Derechos: {}.",
    rests_on="Se basa en: {}",
    section="sección «{}»",
    page="Página {} de {}",
    date="{} de {} de {}",
    months=tuple(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
        "diciembre".split()
    ),
)
_BY_LANGUAGE: Mapping[str, Words] = MappingProxyType(
    {"en": _ENGLISH, "fr": _FRENCH, "es": _SPANISH}
)


def words_in(language: str) -> Words:
    """The words in a language (ISO 639-1); English where there are none in it."""
    return _BY_LANGUAGE.get(language, _ENGLISH)
