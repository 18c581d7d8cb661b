"""Addresses of servers, as they are set."""

from __future__ import annotations

from urllib.parse import urlsplit

from rag.errors import ModelError


def check_address(setting: str, url: str) -> str:
    """Host and port of `url`, as messages may show it.

    Raises ModelError, naming the `setting`, for what is no http(s) address or has a password in it.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        host = None
    if not host:
        raise ModelError(f"{setting} {url.rpartition('@')[2]!r} is no http(s) address")
    if parts.username or parts.password:
        raise ModelError(f"{setting} has a name or password in it; set a key instead")
    return parts.netloc
