"""Who may sign in: names, and scrypt keys of passwords, in `users.json` of the data folder.

A password is kept as scrypt (RFC 7914) makes it with a salt of its own; the file can be read by its
owner alone. Names are compared in lower case.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import VerseError

USERS = "users.json"
MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS = 10, 1000
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_COST, _BLOCK, _PARALLEL = 2**15, 8, 1  # 32 MB and about a tenth of a second for each try
_MEMORY = 2**26


class UsersError(VerseError):
    """The list of users cannot be read or changed."""


@dataclass(frozen=True, slots=True)
class User:
    """One who may sign in; salt and key are hexadecimal."""

    name: str
    is_maintainer: bool
    salt: str
    key: str

    def has_password(self, password: str) -> bool:
        """Whether it is theirs; takes as long whichever it is."""
        return hmac.compare_digest(_key(password, self.salt), self.key)


def user_name(text: str) -> str:
    """A name as it is kept; raises UsersError where it cannot be one."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise UsersError(
            f"{text[:80]!r} is no name for a user: give 1 to 64 of a-z, 0-9 and . _ @ -, the first "
            f"a letter or digit"
        )
    return name


def make_user(name: str, password: str, is_maintainer: bool = False) -> User:
    """A user with that password; raises UsersError where name or password cannot be."""
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise UsersError(
            f"this password has {len(password):,} characters; take {MIN_PASSWORD_CHARS} to "
            f"{MAX_PASSWORD_CHARS:,}"
        )
    salt = secrets.token_hex(16)
    return User(user_name(name), is_maintainer, salt, _key(password, salt))


def read_users(folder: Path) -> dict[str, User]:
    """Those who may sign in, by name; empty where there is no file. Raises UsersError."""
    path = folder / USERS
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        users = [User(**each) for each in kept]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as error:
        raise UsersError(
            f"{path} cannot be read ({error}), and nobody is let in; mend it, or move it away and "
            f"add the users again"
        ) from error
    return {each.name: each for each in users}


def write_users(folder: Path, users: Mapping[str, User]) -> None:
    """Keeps them in a file that only its owner can read; raises UsersError."""
    path = folder / USERS
    beside = path.with_name(f"{USERS}.new")
    text = json.dumps([asdict(users[name]) for name in sorted(users)], indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{text}\n")
        beside.replace(path)
    except OSError as error:
        raise UsersError(f"{path} cannot be written: {error.strerror or error}") from error


class UsersFile:
    """The users of a data folder as they are now: read anew when the file has changed."""

    def __init__(self, folder: Path) -> None:
        """Those of the data folder `folder`."""
        self._folder = folder
        self._seen: tuple[int, int, int] | None = None
        self._users: dict[str, User] = {}

    def users(self) -> Mapping[str, User]:
        """By name; raises UsersError."""
        try:
            status = (self._folder / USERS).stat()
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        except FileNotFoundError:
            seen = None
        except OSError as error:
            raise UsersError(f"{self._folder / USERS} cannot be read: {error.strerror}") from error
        if seen != self._seen:
            self._users = read_users(self._folder)
            self._seen = seen
        return self._users


def _key(password: str, salt: str) -> str:
    return hashlib.scrypt(
        unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass"),
        salt=bytes.fromhex(salt),
        n=_COST,
        r=_BLOCK,
        p=_PARALLEL,
        maxmem=_MEMORY,
    ).hex()
