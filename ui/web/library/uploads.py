"""The address to which files are uploaded: one file a request, its bytes as the body.

The body is written as it comes, so that no file is ever held in memory; what is too long is cut
off. Whoever may not change the library, or comes from another site, is refused before a byte is
read.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from rag.errors import VerseError
from ui.web.library.names import safe_name
from ui.web.library.shelf import Shelf
from ui.web.rights import person_of
from ui.web.visitors import owner_of

UPLOAD = "/library/upload"
MAX_UPLOAD_BYTES = 200 * 2**20  # what a file may have to be read at all
_MAX_AT_ONCE = 4


def add_uploads(site: FastAPI, shelf: Shelf) -> None:
    """Adds the address `/library/upload?name=NAME[&replace=KEY]`, for POST.

    That the request comes from our own pages is seen to for all addresses (`signing.py`).
    """
    room = asyncio.Semaphore(_MAX_AT_ONCE)

    @site.post(UPLOAD)
    async def upload(request: Request, name: str, replace: str = "") -> JSONResponse:
        if not person_of(request).may_maintain:
            return _refused("only maintainers may add files", 403)
        if not owner_of(request):  # our cookie goes with no request from another site
            return _refused("reload the page, then upload again", 403)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_UPLOAD_BYTES:
            return _refused(_too_large(name), 413)
        try:
            fit = safe_name(name)
        except VerseError as error:
            return _refused(str(error), 400)
        async with room:
            return await _take(shelf, request, fit, replace)


async def _take(shelf: Shelf, request: Request, name: str, replace: str) -> JSONResponse:
    part = shelf.incoming / f"{secrets.token_hex(8)}.part"
    try:
        if not await _write(request, part):
            return _refused(_too_large(name), 413)
        if replace:
            task = await asyncio.to_thread(shelf.exchange, replace, part, name)
        else:
            task = await asyncio.to_thread(shelf.take, part, name)
    except VerseError as error:
        return _refused(str(error), 409)
    except OSError as error:
        return _refused(f"{name} cannot be kept: {error.strerror}", 507)
    except ClientDisconnect:
        return _refused("broken off", 400)
    finally:
        part.unlink(missing_ok=True)
    return JSONResponse({"task": task.number, "name": task.name}, 202)


async def _write(request: Request, part: Path) -> bool:
    """Writes the body as it comes; whether it was short enough."""
    size = 0
    with part.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_UPLOAD_BYTES:
                return False
            await asyncio.to_thread(file.write, chunk)
    return True


def _too_large(name: str) -> str:
    return f"{name[:120]} is larger than {MAX_UPLOAD_BYTES // 2**20} MB"


def _refused(why: str, status: int) -> JSONResponse:
    return JSONResponse({"problem": why}, status)
