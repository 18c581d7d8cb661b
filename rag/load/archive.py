"""Files inside files: the members of a zip archive, the attachments of an e-mail.

Names only tell members apart: nothing is ever written to disk. What an archive says of itself is
not believed: sizes are counted while reading. Limits: 2,000 members, 200 MB a member, 1 GB in all,
200 times its packed size (a zip bomb has thousands), archives two deep.
"""

from __future__ import annotations

import email
import email.policy
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from rag.errors import EncryptedFileError, LoadError

_MAX_MEMBERS = 2_000
_MAX_BYTES = 200 * 2**20
_MAX_TOTAL_BYTES = 2**30
_MAX_PACKAGE_BYTES = 500 * 2**20  # of a document that is a zip archive
_MAX_RATIO = 200
_MIN_BOMB_BYTES = 10 * 2**20  # a small file may be packed as tightly as it likes
_MAX_DEPTH = 2
_CHUNK = 2**20
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError)
# A zip with one of these is a document: Office, OpenDocument, EPUB.
_DOCUMENT_PARTS = ("[Content_Types].xml", "mimetype", "META-INF/container.xml")


Read = Callable[[], bytes]


class Member(NamedTuple):
    """A file inside an archive; parts of its name are joined by "/"."""

    name: str
    data: bytes


def is_container(path: Path) -> bool:
    """Whether a file holds other files: a zip archive that is no document, or an e-mail."""
    if path.suffix.lower() == ".eml":
        return path.is_file()
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PK\x03\x04":
                return False
        with zipfile.ZipFile(path) as archive:
            return not any(name in _DOCUMENT_PARTS for name in archive.namelist())
    except _DAMAGE:
        return path.suffix.lower() == ".zip"


def read_members(path: Path) -> Iterator[Member]:
    """The files inside the archive at `path`, in order; raises LoadError.

    Hidden files, and those that systems add ("__MACOSX"), are left out.
    """
    total = 0
    for count, (name, read) in enumerate(_members(_bytes(path), path.suffix.lower(), 1), 1):
        data = read()
        total += len(data)
        if count > _MAX_MEMBERS:
            raise LoadError(f"more than {_MAX_MEMBERS:,} files in this archive; unpack it")
        if total > _MAX_TOTAL_BYTES:
            raise LoadError(f"more than {_MAX_TOTAL_BYTES // 2**20} MB in this archive; unpack it")
        yield Member(name, data)


def read_member(path: Path, name: str) -> bytes:
    """The bytes of one file inside an archive; raises LoadError."""
    for found, read in _members(_bytes(path), path.suffix.lower(), 1):
        if found == name:
            return read()
    raise LoadError(f"no longer in {path.name}")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LoadError(f"cannot be opened: {error.strerror or error}") from error


def check_package(data: bytes) -> None:
    """Refuses an Office, OpenDocument or EPUB file that would fill the memory; raises LoadError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = [info.file_size for info in archive.infolist()]
    except _DAMAGE as error:
        raise LoadError(f"damaged file: {' '.join(str(error).split())[:120]}") from error
    if len(sizes) > 10 * _MAX_MEMBERS or sum(sizes) > _MAX_PACKAGE_BYTES:
        raise LoadError(f"too large: unpacks to more than {_MAX_PACKAGE_BYTES // 2**20} MB")


def attachments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The attachments of an e-mail with their names; messages inside it as `.eml`."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.iter_attachments():
        inner = part.get_payload(0) if part.get_content_type() == "message/rfc822" else None
        if isinstance(inner, EmailMessage):
            yield part.get_filename() or "message.eml", inner.as_bytes()
            continue
        content = part.get_payload(decode=True)
        name = part.get_filename()
        if name and isinstance(content, bytes):
            yield name, content


def _members(data: bytes, ending: str, depth: int) -> Iterator[tuple[str, Read]]:
    found = _attached(data) if ending == ".eml" else _zipped(data)
    seen: Counter[str] = Counter()
    for given, read in found:
        seen[given] += 1
        name = given if seen[given] == 1 else _numbered(given, seen[given])
        inner = PurePosixPath(name).suffix.lower()
        if inner in (".zip", ".eml") and depth < _MAX_DEPTH:
            content = read()
            if _is_archive(content, inner):
                for inside, read_inside in _members(content, inner, depth + 1):
                    yield f"{name}/{inside}", read_inside
        if inner != ".zip":
            yield name, read


def _is_archive(data: bytes, ending: str) -> bool:
    return ending == ".eml" or data.startswith(b"PK")


def _numbered(name: str, count: int) -> str:
    """Another name for the second file of that name, as "report-2.pdf"."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}-{count}{path.suffix}"))


def _attached(data: bytes) -> Iterator[tuple[str, Read]]:
    try:
        for name, content in attachments(data):
            cleaned = _clean_name(name)
            if cleaned:
                yield cleaned, partial(bytes, content)
    # The e-mail package raises whatever a malformed header makes it stumble over.
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise LoadError(f"damaged e-mail: {type(error).__name__}") from error


def _zipped(data: bytes) -> Iterator[tuple[str, Read]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                name = _clean_name(info.filename)
                if name and not info.is_dir():
                    yield name, partial(_read, archive, info)
    except _DAMAGE as error:
        raise LoadError(f"damaged archive: {' '.join(str(error).split())[:120]}") from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & 1:
        raise EncryptedFileError("encrypted archive: needs a password")
    parts, size = [], 0
    most = min(_MAX_BYTES, max(_MIN_BOMB_BYTES, info.compress_size * _MAX_RATIO))
    with archive.open(info) as file:
        while part := file.read(_CHUNK):
            size += len(part)
            if size > most:
                raise LoadError(
                    f"{_clean_name(info.filename)} in this archive unpacks to more than "
                    f"{most // 2**20} MB"
                )
            parts.append(part)
    return b"".join(parts)


def _clean_name(name: str) -> str:
    """A name without steps out of the archive; empty for what is not to be read."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return ""
    return "/".join(part.replace("\0", "") for part in parts)
