"""The gate before the whole desk: where there are users, everything but the login asks who is there, and every change proves where it comes from.

A desk without users stays open, on this machine's loopback only.
"""

import hmac
import logging
import time
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.errors import StoreError
from pipeline import audit
from pipeline.desk.faults import Told, speaks_json
from pipeline.desk.here import Visit
from pipeline.desk.safety import READING
from pipeline.logins import Logins
from pipeline.sessions import API, FEED
from pipeline.store import Store

log = logging.getLogger(__name__)

LOGIN_PATH, FEED_PATH = "/login", "/feed.atom"
PUBLIC = frozenset({LOGIN_PATH, "/healthz"})
"""What is answered without a login; /healthz then says only that the store answers."""
IDLE_PATHS = frozenset({"/rows.json"})
"""What an open page asks for by itself: it keeps no session alive."""
FIELD, HEADER = "csrf", "x-csrf"
_FORM = "application/x-www-form-urlencoded"
_LARGEST = 1 << 20
_LOOK = 1.0
"""Seconds after which a desk without users looks again whether there are some."""


def cookie_name(*, secure: bool) -> str:
    """Return what the session's cookie is called; over https no other host or path can set or see one of that name."""
    return "__Host-shian" if secure else "shian"


class Gate:
    """ASGI middleware: finds out who asks, turns away who may not, and writes down who changed what."""

    def __init__(self, app: ASGIApp, *, store: Store, logins: Logins, now: Callable[[], datetime], local: bool, told: Told) -> None:
        self._app, self._store, self._logins, self._now, self._told = app, store, logins, now, told
        self._local = local
        self._peopled = not local
        self._look = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            visit = await run_in_threadpool(self._visit, request)
        except StoreError as error:
            await self._told.store(request, error)(scope, receive, send)
            return
        request.state.visit = visit
        if not visit.is_open and visit.user is None and scope["path"] not in PUBLIC:
            await self._stranger(request)(scope, receive, send)
            return
        # A login begins anew whatever was before: an old login page must not fail because another tab logged in meanwhile.
        if visit.secret and request.method not in READING and scope["path"] != LOGIN_PATH:
            body, receive = await _read(request)
            if not _carried(request, body, visit.csrf):
                why = "这个页面已过期，或这一步不是从值守台的页面上做的；请重新载入页面再做一次"
                await self._told(request, 403, "csrf", why)(scope, receive, send)
                return
        await self._app(scope, receive, self._noting(request, visit, send))

    def _visit(self, request: Request) -> Visit:
        if not self._has_users():
            return Visit(is_open=True)
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        is_feed = request.url.path == FEED_PATH and request.method in READING
        if kind.lower() == "bearer":
            return Visit(self._logins.of_token(given.strip(), *((API, FEED) if is_feed else (API,))))
        if kind.lower() == "basic" and is_feed:
            # Readers of feeds know this way only; the password is a token that reads the feed, never the user's own.
            user = self._logins.of_token(_password(given), FEED)
            if user:
                return Visit(user)
        secret = request.cookies.get(cookie_name(secure=request.url.scheme == "https"), "")
        user = self._logins.of_session(secret, used=request.url.path not in IDLE_PATHS) if secret else None
        return Visit(user, secret if user else "")

    def _has_users(self) -> bool:
        """Whether there were ever users since this desk began: who removes the last one does not open it to all."""
        if not self._peopled and time.monotonic() >= self._look:
            self._peopled = self._logins.users.any()
            self._look = time.monotonic() + _LOOK
        return self._peopled

    def _stranger(self, request: Request) -> Response:
        path = request.url.path
        if speaks_json(path):
            answer = self._told(request, 401, "login", "还没有登录，或登录已过期")
            answer.headers["www-authenticate"] = 'Basic realm="shian", charset="UTF-8"' if path == FEED_PATH else "Bearer"
            return answer
        if request.method in READING:
            here = f"{path}?{request.url.query}" if request.url.query else path
            return RedirectResponse(f"/login?back={quote(here, safe='')}" if here != "/" else "/login", 303)
        return self._told(request, 401, "login", "还没有登录，或登录已过期；刚才的改动没有保存。", advice="请登录后，回到原来的页面再做一次。")

    def _noting(self, request: Request, visit: Visit, send: Send) -> Send:
        """Return a `send` that writes down what a user changed before the answer leaves."""
        if visit.user is None or request.method in READING:
            return send
        user = visit.user.name

        async def _sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                right = getattr(request.state, "right", "")
                action, of, detail = getattr(request.state, "did", (right, request.url.path[:500], ""))
                if action and action != "read":
                    try:
                        await run_in_threadpool(audit.note, self._store, by=user, action=action, of=of, detail=detail, now=self._now())
                    except StoreError as error:
                        # The change was made; a case has it in its own log too.
                        log.error("not in the audit: %s %s %s: %s", user, action, of, error)
            await send(message)

        return _sent


def _password(basic: str) -> str:
    try:
        return b64decode(basic, validate=True).decode().partition(":")[2]
    except (NoBase64, ValueError):
        return ""


async def _read(request: Request) -> tuple[bytes, Receive]:
    """The body of a form, and a `receive` that gives it again; nothing is read of what is no form, or too large for one."""
    length = request.headers.get("content-length", "")
    if not request.headers.get("content-type", "").startswith(_FORM) or not length.isdecimal() or int(length) > _LARGEST:
        return b"", request.receive
    body = await request.body()
    given = False

    async def _again() -> Any:
        nonlocal given
        if given:
            return await request.receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, _again


def _carried(request: Request, body: bytes, csrf: str) -> bool:
    """Whether the header or the form has the token of the session."""
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=1000) if body else {}
    given = [request.headers.get(HEADER, ""), *fields.get(FIELD, [])[:1]]
    return any(hmac.compare_digest(one.encode(), csrf.encode()) for one in given)
