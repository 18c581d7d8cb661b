"""Which language a text is in, and what a reader calls it. Languages are ISO 639-1 codes.

py3langid tells 97 languages by their bytes (Lui and Baldwin, langid.py, 2012). On a text of one
line it errs, so a question counts as English unless it is surely something else.
"""

from __future__ import annotations

from functools import cache
from typing import Any

_SAMPLE = 20_000  # characters
_MIN_LETTERS = 20
_SURE = 0.5  # confidence from which a question is not English

_NAMES = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "sw": "Swahili",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip


def detect_language(text: str) -> str:
    """The language of a text, or nothing if it is too short to tell."""
    sample = text[:_SAMPLE]
    if sum(c.isalpha() for c in sample) < _MIN_LETTERS:
        return ""
    return str(_identifier().classify(sample)[0])


def foreign_language(text: str) -> str:
    """The language of a question or a passage where it is surely not English; else nothing."""
    code, confidence = _identifier().classify(text[:_SAMPLE])
    return str(code) if code != "en" and confidence >= _SURE else ""


def question_language(text: str) -> str:
    """The language of a question: English unless it is surely another."""
    return foreign_language(text) or "en"


def language_name(code: str) -> str:
    """The language's English name ("French"); the code itself where it has none here."""
    return _NAMES.get(code, code)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # its model takes a while to load

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
