"""What every part of one desk shares, handed to it by the factory instead of being global; and who is asking."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from starlette.requests import Request

from config.load import Config
from crawlers.report import CrawlReport
from nlp.assessment import Analyst
from pipeline.desk.triage import ANYBODY
from pipeline.store import Store
from pipeline.users import User, at_least, may

COOKIE = "shian_by"


class Here(Struct, frozen=True):
    """The store, configuration and clock of one desk; `crawls` returns the reports of a source's crawls, the oldest first."""

    store: Store
    config: Config
    analyst: Analyst | None
    now: Callable[[], datetime]
    crawls: Callable[[str], Sequence[CrawlReport]]


class Visit(Struct, frozen=True):
    """Who asks. Without a user the desk is `open` (it has no users), or the visitor has not logged in and sees public pages only."""

    user: User | None = None
    secret: str = ""
    """Of the session; empty for programs with a token."""
    is_open: bool = False

    @property
    def csrf(self) -> str:
        """What every change from a page of this session must carry; empty where there is no session."""
        return hmac.new(self.secret.encode(), b"csrf", hashlib.sha256).hexdigest() if self.secret else ""

    def may(self, right: str) -> bool:
        """Return whether the visitor has a right."""
        return self.is_open or (self.user is not None and may(self.user.role, right))

    def is_at_least(self, role: str) -> bool:
        """Return whether the visitor has a role or a greater one."""
        return self.is_open or (self.user is not None and at_least(self.user.role, role))


class Forbidden(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """The visitor lacks a role: the least that is needed, or empty where none is enough. `why` is for the reader where more can be said."""

    def __init__(self, role: str, why: str = "") -> None:
        super().__init__(why or role)
        self.role, self.why = role, why


def visit(request: Request) -> Visit:
    """Return who asks."""
    found: Visit = getattr(request.state, "visit", Visit())
    return found


def signed(request: Request) -> str:
    """Return the name that changes are signed with: the user's title, or on an open desk the name that the reader gave to this browser."""
    user = visit(request).user
    return user.title if user else unquote(request.cookies.get(COOKIE, "")).strip() or ANYBODY


def signed_as(request: Request, claimed: str) -> str:
    """Return the name to sign with where a program gave one; only an open desk takes any. Raises Forbidden for another user's name."""
    user = visit(request).user
    if user and claimed.strip() not in ("", user.name, user.title):
        raise Forbidden("", f"署名只能是登录的用户（{user.title}）")
    return signed(request) if user or not claimed.strip() else claimed


def did(request: Request, action: str, of: str = "", detail: str = "") -> None:
    """Say for the audit what this request changed; an empty action says that it is in the audit already. Else the address stands for it."""
    request.state.did = (action, of, detail)


def own(back: str) -> str:
    """Return where to go back to: only ever a page of this desk."""
    parts = urlsplit(back)
    safe = back.startswith("/") and not back.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return back if safe and back.isprintable() else "/"
