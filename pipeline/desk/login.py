"""Logging in and out, and the audit: plain pages."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline import audit
from pipeline.desk.auth import cookie_name
from pipeline.desk.here import Here, did, own, visit
from pipeline.desk.render import Renderer
from pipeline.desk.rights import needs
from pipeline.desk.wanted import moment
from pipeline.logins import Entrance, Logins
from pipeline.users import ROLES

_LINES = 100


def login(here: Here, renderer: Renderer, logins: Logins) -> APIRouter:
    """Return the routes /login, /logout and /audit."""
    router = APIRouter(include_in_schema=False)
    _in_and_out(router, renderer, logins)
    _audit(router, here, renderer)
    return router


def _in_and_out(router: APIRouter, renderer: Renderer, logins: Logins) -> None:
    @router.get("/login")
    def ask(request: Request, back: str = "/") -> Response:
        """Ask who is there; who is known, or on an open desk, goes on."""
        one = visit(request)
        if one.is_open or one.secret:
            return RedirectResponse(own(back), 303)
        return renderer.page(request, "login.html", back=own(back), typed="", wrong="")

    @router.post("/login")
    @needs("read")
    def enter(
        request: Request,
        *,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "/",
    ) -> Response:
        """Begin a session: always a new one, so that nobody can have planted its secret."""
        did(request, "")
        entrance = logins.enter(name[:100], password, address=address_of(request))
        if not entrance.secret:
            why = wrong(entrance, "用户名或密码不对")
            return refused(renderer.page(request, "login.html", status=401, back=own(back), typed=name[:100], wrong=why), entrance)
        before = visit(request)
        if before.secret:
            logins.sessions.end(before.secret)
        return carrying(RedirectResponse(own(back), 303), request, entrance.secret)

    @router.post("/logout")
    @needs("read")
    def leave(request: Request) -> Response:
        """End the session."""
        one = visit(request)
        did(request, "")
        if one.user and one.secret:
            logins.leave(one.secret, one.user)
        answer = RedirectResponse("/login", 303)
        secure = request.url.scheme == "https"
        answer.delete_cookie(cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
        return answer


def carrying(answer: Response, request: Request, secret: str) -> Response:
    """Return the answer with the cookie of a session."""
    secure = request.url.scheme == "https"
    # Lax: who follows a link from a mail stays logged in; no change is ever made by GET.
    answer.set_cookie(cookie_name(secure=secure), secret, path="/", secure=secure, httponly=True, samesite="lax")
    return answer


def address_of(request: Request) -> str:
    """Return the address that asks."""
    return request.client.host if request.client else ""


def refused(page: Response, entrance: Entrance) -> Response:
    """Return the page that says that a password was not taken, with when to try again."""
    page.status_code = 429 if entrance.wait else page.status_code
    if entrance.wait:
        page.headers["retry-after"] = str(_seconds(entrance.wait))
    return page


def wrong(entrance: Entrance, otherwise: str) -> str:
    """Return why a password was not taken: too many tries, or what is otherwise wrong."""
    return f"试得太频繁，请过 {_seconds(entrance.wait)} 秒再试" if entrance.wait else otherwise


def _seconds(wait: timedelta) -> int:
    return int(wait.total_seconds()) + 1


def _audit(router: APIRouter, here: Here, renderer: Renderer) -> None:
    @router.get("/audit")
    @needs("audit")
    def shown(request: Request, by: str = "", since: str = "", cursor: str = "") -> Response:
        """Who did what, newest first."""
        page = audit.page(here.store, by=by.strip() or None, since=moment(since.strip(), here.now()), limit=_LINES, cursor=cursor)
        return renderer.page(request, "audit.html", page=page, by=by.strip(), since=since.strip(), words=audit.ACTION_WORDS, ROLES=ROLES)
