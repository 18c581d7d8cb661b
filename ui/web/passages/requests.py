"""What a request to the page's own addresses must be: from our own pages, and not too large."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.responses import Response

from ui.web.visitors import owner_of

_OURS = {"same-origin", "none"}
_MAX_STEM_CHARS = 80


def check_origin(request: Request) -> None:
    """Raises 403 for a request that another site's page sends along; one that no browser sends
    carries nobody's cookie, and passes."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_ours = site in _OURS if site else True
    if origin is not None:
        is_ours = is_ours and urlsplit(origin).netloc == request.headers.get("host")
    if not is_ours:
        raise HTTPException(403, "this address answers to the pages of Chapter & Verse only")


def _owner(request: Request) -> str:
    check_origin(request)
    owner = owner_of(request)
    if not owner:
        line = "your browser keeps no cookie of this page; allow it, and load the page anew"
        raise HTTPException(403, line)
    return owner


Owner = Annotated[str, Depends(_owner)]  # whose request it is


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The bytes that were sent; raises 413 as soon as there are more than `max_bytes`."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > max_bytes:
            most = max_bytes // 2**20
            raise HTTPException(413, f"the file is larger than {most} MB; send a smaller one")
    return bytes(data)


def file_response(data: bytes, title: str, ending: str, media_type: str) -> Response:
    """A file to be saved under a name made of `title`: RFC 6266 and 5987."""
    name = f"{_file_stem(title)}.{ending}"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"content-disposition": disposition, "cache-control": "no-store"}
    return Response(data, media_type=media_type, headers=headers)


def _file_stem(title: str) -> str:
    """`title` as the name of a file on any system: letters, digits, dashes and dots within."""
    stem = re.sub(r"[^\w.-]+", "-", title).strip("-._")
    return stem[:_MAX_STEM_CHARS].rstrip("-._") or "brief"
