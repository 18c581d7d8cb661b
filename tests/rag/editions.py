"""A small library in which two editions of one text stand beside other documents."""

from __future__ import annotations

from pathlib import Path

from rag.listing import list_work
from rag.pipeline import Library

_RULES = """# Rules of the harbours

## Mooring

{number}. A vessel that stays in the harbour for longer than a fortnight pays the mooring fee to the
harbour master, who enters it in the register {of} the port, and receives a receipt that names the
vessel, its owner and the berth at which it lies.

## Waivers

The council {may} waive the fee of a vessel in distress, of a vessel that carries relief goods, and
of a vessel that the coast guard has ordered into the harbour for the safety of its crew.

## Dues

Each harbour reports its dues to the secretariat by 31 March and pays {share} per cent of them into
the common fund, from which the lights, the buoys and the pilots of the coast are paid for.
"""
_MINUTES = """# Minutes of the council

## Fees

The council heard that few vessels pay the mooring fee, and that masters of small harbours keep no
register.[^1] It asked the secretariat to write to every harbour before the summer.

## Relief

Two members asked who decides whether a vessel carries relief goods.

[^1]: Survey of small harbours, carried out by the secretariat among forty masters.
"""
_STUDY = """# A study of fees

The mooring fee of a harbour covers a third of what its quays cost. Where the fee rose, vessels
moved to harbours nearby.
"""
_CATALOGUE = """
[rules-2009]
title = "Rules of the harbours"
organisation = "Port Union"
date = "2009"
kind = "rules"
edition = "1"
[rules-2014]
title = "Rules of the harbours"
organisation = "Port Union"
date = "2014-05"
kind = "rules"
edition = "Rev.1"
[minutes]
title = "Minutes of the council"
organisation = "Port Union"
date = "2012-11-03"
kind = "minutes"
[study]
title = "A study of fees"
organisation = "Ruiz"
kind = "study"
"""


def fill(library: Library, folder: Path) -> Library:
    """Writes the documents into `folder`, ingests them, and gives the library back.

    In the rules of 2014 a paragraph has another number and "of" is "kept by"; "may" has become
    "shall" and 5 per cent 8.
    """
    folder.mkdir()
    texts = {
        "rules-2009": _RULES.format(number=3, of="of", may="may", share=5),
        "rules-2014": _RULES.format(number=4, of="kept by", may="shall", share=8),
        "minutes": _MINUTES,
        "study": _STUDY,
    }
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "catalogue.toml").write_text(_CATALOGUE, encoding="utf-8")
    library.ingester(lambda done, total, what: None).ingest(list_work([folder]))
    return library
