"""Whether a request comes from our own pages: another site must not change anything here.

Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`; a program that sends neither carries no
reader's cookies and can do no more than its own rights allow.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def is_own(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether nothing in the headers says that another site sent the request."""
    given = {name: value.decode("latin-1") for name, value in headers}
    site = given.get(b"sec-fetch-site", "")
    if site:
        return site in ("same-origin", "none")
    origin = given.get(b"origin")
    return origin is None or urlsplit(origin).netloc == given.get(b"host", "")
