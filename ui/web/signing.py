"""Signing in: where there are users, nothing of the site is served to anybody else.

1. Without users everybody is let in; whether they may change the library is the door's to say.
2. With users, a request needs the cookie of a session. A page leads to the form, all else is
   refused. A session ends with its time, by signing out, and when its user is removed or has
   another password.
3. A password that is wrong is told after the same work as a right one; after a few the form waits.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from ui.users import MAX_PASSWORD_CHARS, User, UsersError, UsersFile, make_user
from ui.web.guard import App, Receive, Scope, Send
from ui.web.languages import language_of
from ui.web.origin import SAFE_METHODS, is_own
from ui.web.rights import Person, put_person
from ui.web.signing_page import POLICY, page_html
from ui.web.tries import Tries

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
SESSION_S = 12 * 3600
COOKIE = "cv-session"
_MAX_BODY = 8192
_AT_ONCE = 2  # passwords looked at, of 32 MB each
_HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in: the users of a file; where there are none, everybody."""

    users: UsersFile | None = None
    is_open: bool = True  # without users, everybody may change the library

    def known(self) -> Mapping[str, User]:
        """Those who may sign in, by name; raises UsersError."""
        return self.users.users() if self.users else {}


@dataclass(frozen=True, slots=True)
class _Session:
    user: User
    ends: float  # by the monotonic clock


class Signing:
    """ASGI middleware: says who sends each request, and serves nothing to those unknown."""

    def __init__(self, app: App, door: Door) -> None:
        """Stand before `app`."""
        self._app, self._door = app, door
        self._sessions: dict[str, _Session] = {}
        self._tries = Tries()
        self._looking = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":  # none is used
            await send({"type": "websocket.close", "code": 1008})
            return
        response = await self._answer(Request(scope, receive))
        await (response or self._app)(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """What is said instead of the site; nothing to those who are let in."""
        if request.method not in SAFE_METHODS and not is_own(request.scope["headers"]):
            return _refusal("this came from another site", 403)
        try:
            known = self._door.known()
        except UsersError:
            return _refusal("the list of users cannot be read; tell who runs this site", 503)
        path = request.url.path
        if not known:
            put_person(request.scope, Person(may_maintain=self._door.is_open))
            return RedirectResponse("/", 303) if path in (SIGN_IN, SIGN_OUT) else None
        if path == SIGN_IN:
            return await self._sign_in(request, known)
        if path == SIGN_OUT and request.method == "POST":
            return self._sign_out(request)
        if session := self._session(request, known):
            put_person(request.scope, Person(session.user.name, session.user.is_maintainer))
            return None
        return _closed(request)

    def _session(self, request: Request, known: Mapping[str, User]) -> _Session | None:
        session = self._sessions.get(_token(request))
        if session is None:
            return None
        if session.ends < time.monotonic() or known.get(session.user.name) != session.user:
            del self._sessions[_token(request)]
            return None
        return session

    async def _sign_in(self, request: Request, known: Mapping[str, User]) -> Response:
        if request.method != "POST":
            if self._session(request, known):
                return RedirectResponse(_next(request.query_params.get("next", "")), 303)
            return _form(request, _next(request.query_params.get("next", "")))
        form = await _posted(request)
        name, onward = form.get("name", "").strip().lower(), _next(form.get("next", ""))
        address = request.client.host if request.client else ""
        if wait_s := self._tries.wait_s(address, name):
            return _form(request, onward, name, "wait", -int(-wait_s // 60))
        password = form.get("password", "")[: MAX_PASSWORD_CHARS + 1]
        self._tries.add(address, name)  # now, so that many at once count
        user = known.get(name)
        async with self._looking:
            stranger = await asyncio.to_thread(_stranger)
            right = await asyncio.to_thread((user or stranger).has_password, password)
        if user is None or not right:
            return _form(request, onward, name, "wrong")
        self._tries.forget(address, name)
        response = RedirectResponse(onward, 303, headers=_HEADERS)
        _set_cookie(response, request, self._begin(user), SESSION_S)
        return response

    def _begin(self, user: User) -> str:
        now, token = time.monotonic(), secrets.token_urlsafe(32)
        self._sessions = {key: each for key, each in self._sessions.items() if each.ends > now}
        self._sessions[token] = _Session(user, now + SESSION_S)
        return token

    def _sign_out(self, request: Request) -> Response:
        self._sessions.pop(_token(request), None)
        response = RedirectResponse(SIGN_IN, 303, headers=_HEADERS)
        _set_cookie(response, request, "", 0)
        return response


@cache
def _stranger() -> User:
    """Whose password is looked at for a name that is not known."""
    return make_user("stranger", secrets.token_hex(16))


def _token(request: Request) -> str:
    try:
        kept = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return kept.value if kept else ""


def _set_cookie(response: Response, request: Request, value: str, max_age_s: int) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=max_age_s,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _closed(request: Request) -> Response:
    """To one who is not known: the form instead of a page, a refusal instead of all else."""
    is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if not is_page:
        return _refusal("sign in first", 401)
    query = f"?{request.url.query}" if request.url.query else ""
    onward = quote(f"{request.url.path}{query}", safe="")
    return RedirectResponse(f"{SIGN_IN}?next={onward}", 303, headers=_HEADERS)


def _form(
    request: Request, onward: str, name: str = "", problem: str = "", minutes: int = 0
) -> Response:
    html = page_html(language_of(request), onward, name[:64], problem, minutes)
    status = {"": 200, "wrong": 401, "wait": 429}[problem]
    return HTMLResponse(html, status, headers=_HEADERS)


def _refusal(why: str, status: int) -> Response:
    return PlainTextResponse(f"{why}\n", status, headers=_HEADERS)


def _next(path: str) -> str:
    """A place on this site to go on to; the first page for anything else."""
    is_place = path.startswith("/") and not path.startswith(("//", SIGN_IN, SIGN_OUT))
    return path if is_place and path.isprintable() and "\\" not in path else "/"


async def _posted(request: Request) -> dict[str, str]:
    """The fields of a form, the first of each name; empty where it is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BODY:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
