"""What a brief says of itself, not of its subject: these lines are not checked.

They are the fixed words of exported briefs, in the languages in which there are any.
"""

from __future__ import annotations

import re

_OWN_WORDS = (
    "The documents do not say",
    "Les documents ne disent pas",
    "Los documentos no dicen",
    "Cited in notes?",
    "Cité dans les notes?",
    "Citado en las notas?",
    "Rights:",
    "Droits :",
    "Derechos:",
)
_FRAME = re.compile(rf"\W*(?:{'|'.join(_OWN_WORDS)})", re.IGNORECASE)


def is_frame(text: str) -> bool:
    """Whether a paragraph begins with the fixed words of a brief."""
    return _FRAME.match(text.replace("\u00a0", " ").replace("\u202f", " ")) is not None
