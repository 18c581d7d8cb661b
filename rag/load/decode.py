"""Bytes to text.

1. A byte order mark decides; without one, many NULs on odd or even places mean UTF-16.
2. What is valid UTF-8 is UTF-8.
3. Else Windows-1252 (of which Latin-1 is a part) if its accented letters stand in words as they do
   in western languages; else what charset-normalizer finds most likely.
4. Data with many control characters is no text at all.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from rag.errors import EmptyFileError, UnknownKindError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL_BYTES = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_MAX_CONTROL_SHARE = 0.1
_MAX_ACCENTED_SHARE = 0.35
_SAMPLE = 100_000
_WESTERN = re.compile(
    r"(?<=[A-Za-z\s'’(\"«])[À-ÖØ-öø-ÿŒœŠšŽžŸ](?=[A-Za-zÀ-ÿ\s'’.,;:)»]|\Z)"
    r"|[«»“”‘’‚„–—…€£§°·•©®ºª¿¡²³¹½¼¾±×†‡\xa0](?![a-z])"
)


def decode(data: bytes) -> str:
    """The text of a file's bytes; a LoadError if they are not text."""
    if not data.strip():
        raise EmptyFileError("empty file")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    sample = data[:_SAMPLE]
    wide = _wide_encoding(sample)
    if wide:
        return data.decode(wide, "replace")
    if len(sample) - len(sample.translate(None, _CONTROL_BYTES)) > _MAX_CONTROL_SHARE * len(sample):
        raise UnknownKindError("binary data, not text")
    return _decode_narrow(data)


def _wide_encoding(sample: bytes) -> str:
    """UTF-16 without a byte order mark, told by where its NULs are."""
    half = max(1, len(sample) // 2)
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        nuls, others = sample[first::2].count(0), sample[1 - first :: 2].count(0)
        if nuls > 0.6 * half and others < 0.05 * half:
            return encoding
    return ""


def _decode_narrow(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    western = data.decode("cp1252", "replace")
    sample = western[:_SAMPLE]
    accented = sum(c > "\x7f" for c in sample)
    is_western = len(_WESTERN.findall(sample)) >= 0.8 * accented
    if is_western and accented <= _MAX_ACCENTED_SHARE * len(sample):
        return western
    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        raise UnknownKindError("binary data, not text")
    return data.decode(best.encoding, "replace")
