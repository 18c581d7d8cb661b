"""Content streams of PDF pages to operators with their operands.

pypdf's own reader builds an object for every number, which takes most of the time a page takes;
this one makes plain floats, bytes and strings, with one regular expression:

1. Numbers are floats, strings bytes (escapes resolved), names strings with their slash, arrays
   lists; dictionaries are of no use for text and are passed over.
2. A word is an operator: it is given out with the operands gathered before it.
3. The data of inline pictures, between `ID` and `EI`, is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_TOKEN = re.compile(
    rb"[\x00\t\n\x0c\r ]+|%[^\r\n]*"
    rb"|(?P<number>[+-]*(?:\d+\.?\d*|\.\d+)(?=[\x00\t\n\x0c\r ()<>\[\]{}/%+-]|\Z))"
    rb"|(?P<string>\((?:[^()\\]|\\[\s\S])*\))"
    rb"|(?P<nested>\()"
    rb"|(?P<dictionary><<|>>)"
    rb"|<(?P<hex>[0-9A-Fa-f\s]*)>"
    rb"|(?P<array>[\[\]])"
    rb"|/(?P<name>[^\x00\t\n\x0c\r ()<>\[\]{}/%]*)"
    rb"|(?P<word>[^\x00\t\n\x0c\r ()<>\[\]{}/%]+)"
    rb"|[\s\S]"
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|[\s\S])")
_ESCAPES = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f",
    b"\n": b"", b"\r": b"", b"\r\n": b"",
}  # fmt: skip
_END_OF_PICTURE = re.compile(rb"[\s]EI(?=[\s]|\Z)")
_MAX_OPERANDS = 64


def read_operations(data: bytes) -> Iterator[tuple[bytes, list[Any]]]:
    """The operators of a content stream, each with its operands."""
    operands: list[Any] = []
    array: list[Any] | None = None
    depth = at = 0
    end = len(data)
    while at < end:
        match = _TOKEN.match(data, at)
        if match is None:
            return
        at, kind = match.end(), match.lastgroup
        if kind is None:
            continue
        if kind == "word" and array is None and not depth:
            yield match[0], operands
            operands = []
            at = _after_picture(data, at) if match[0] == b"ID" else at
        elif kind == "array" and not depth:
            array, operands = _bracket(match[0], array, operands)
        elif kind == "dictionary":
            depth = max(0, depth + (1 if match[0] == b"<<" else -1))
        elif not depth:
            value, at = _value(kind, match, data)
            (operands if array is None else array).append(value)
            del operands[:-_MAX_OPERANDS]


def _bracket(
    bracket: bytes, array: list[Any] | None, operands: list[Any]
) -> tuple[list[Any] | None, list[Any]]:
    """Start an array, or end it and make it an operand."""
    if bracket == b"[":
        return ([] if array is None else array), operands
    return None, [*operands, array] if array is not None else operands


def _after_picture(data: bytes, at: int) -> int:
    match = _END_OF_PICTURE.search(data, at)
    return match.end() if match else len(data)


def _value(kind: str, match: re.Match[bytes], data: bytes) -> tuple[Any, int]:
    """The value of a token, and where it ends."""
    token, end = match[kind], match.end()
    if kind == "number":
        return float(token.lstrip(b"+-")) * (-1 if token.startswith(b"-") else 1), end
    if kind == "string":
        return _unescape(token[1:-1]), end
    if kind == "nested":
        return _nested_string(data, end)
    if kind == "hex":
        digits = b"".join(token.split())
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")), end
    if kind == "name":
        name = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode("ascii")), token)
        return "/" + name.decode("utf-8", "surrogateescape"), end
    return None, end


def _nested_string(data: bytes, start: int) -> tuple[bytes, int]:
    """A string with parentheses in it."""
    depth, at = 1, start
    while at < len(data) and depth:
        char = data[at : at + 1]
        if char == b"\\":
            at += 1
        elif char in b"()":
            depth += 1 if char == b"(" else -1
        at += 1
    return _unescape(data[start : at - 1]), at


def _unescape(data: bytes) -> bytes:
    if b"\\" not in data:
        return data

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        if code[:1].isdigit():
            return bytes([int(code, 8) & 0xFF]) if code.isdigit() and code < b"8" else code
        return _ESCAPES.get(code, code)

    return _ESCAPE.sub(plain, data)
