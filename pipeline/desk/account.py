"""The page of one's own account: who one is, a new password, and the sessions and tokens that one has, each of which one can end."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.errors import UserError
from pipeline.desk.here import Forbidden, Here, did, visit
from pipeline.desk.login import address_of, carrying, refused, wrong
from pipeline.desk.render import Renderer
from pipeline.desk.rights import needs
from pipeline.logins import Logins
from pipeline.passwords import LONGEST, SHORTEST
from pipeline.sessions import API, FEED, hashed
from pipeline.users import ADMIN, ASSESSOR, DUTY, READER, User

SHOWN = 12
"""Characters of an id that a page shows, and its buttons send."""
MAY: Mapping[str, str] = {
    READER: "看全部页面，导出报告",
    DUTY: "另可处置事件、静默预警",
    ASSESSOR: "另可定级、交办、归并拆分，经接口读到不遮盖的原文",
    ADMIN: "另可看审计、重发推送",
}
"""What each role adds to those before it."""
KINDS: Mapping[str, str] = {API: "程序", FEED: "订阅（只读 Atom）"}
WEAK: Mapping[str, str] = {
    "a password has": f"密码要有 {SHORTEST} 到 {LONGEST} 个字",
    "a password must not be": "密码不能是用户名或署名",
    "that password is among": "这个密码太常见，人人都会先试它；换一个，比如四个不相干的词",
    "the new password is the old": "新密码和旧密码一样",
}
"""By how it begins, what is wrong with a password, and how the page says it."""


def account(here: Here, renderer: Renderer, logins: Logins) -> APIRouter:
    """Return the routes under /account."""
    router = APIRouter(include_in_schema=False)

    def _page(request: Request, *, status: int = 200, why: str = "", done: str = "") -> Response:
        user, secret = _mine(request)
        values: dict[str, Any] = {"sessions": logins.sessions.of(user, here.now()), "tokens": logins.tokens.all(user.name)}
        values |= {"this": hashed(secret), "wrong": why, "done": done, "may": MAY, "kinds": KINDS, "shown": SHOWN, "shortest": SHORTEST}
        return renderer.page(request, "account.html", status=status, user=user, now=here.now(), **values)

    @router.get("/account")
    def shown(request: Request, done: str = "") -> Response:
        """Who one is, and what one has."""
        return _page(request, done=done)

    @router.post("/account/password")
    @needs("read")
    def password(
        request: Request, *, old: Annotated[str, Form()] = "", new: Annotated[str, Form()] = "", again: Annotated[str, Form()] = ""
    ) -> Response:
        """Take a new password where the old one fits; this browser gets a new session, and all else ends."""
        user, _ = _mine(request)
        did(request, "")
        if new != again:
            return _page(request, status=400, why="两次输入的新密码不一样")
        try:
            entrance = logins.change_password(user.name, old, new, address=address_of(request))
        except UserError as error:
            return _page(request, status=400, why=next((said for begins, said in WEAK.items() if str(error).startswith(begins)), str(error)))
        if not entrance.secret:
            return refused(_page(request, status=400, why=wrong(entrance, "旧密码不对")), entrance)
        return carrying(RedirectResponse("/account?done=password", 303), request, entrance.secret)

    @router.post("/account/sessions/{one}/end")
    @needs("read")
    def end(request: Request, one: str) -> Response:
        """End one of one's own sessions; one that is no more stays so."""
        user, secret = _mine(request)
        ended = logins.sessions.end_one(user, one, here.now())
        did(request, "session.end" if ended else "", user.name, ended[:SHOWN])
        return RedirectResponse("/login" if ended == hashed(secret) else "/account?done=session", 303)

    @router.post("/account/tokens/{one}/revoke")
    @needs("read")
    def revoke(request: Request, one: str) -> Response:
        """Revoke one of one's own tokens; one that is no more stays so."""
        user, _ = _mine(request)
        did(request, "")
        try:
            gone = logins.tokens.revoke(one, user.name)
        except UserError:
            return RedirectResponse("/account", 303)
        did(request, "token.revoke", user.name, gone.id[:SHOWN])
        return RedirectResponse("/account?done=token", 303)

    return router


def _mine(request: Request) -> tuple[User, str]:
    """Who is logged in, and the secret of the session. Raises Forbidden for programs with a token, and on a desk without users."""
    one = visit(request)
    if one.user is None or not one.secret:
        raise Forbidden("", "这一页要先登录；没有用户的值守台没有账户")
    return one.user, one.secret
