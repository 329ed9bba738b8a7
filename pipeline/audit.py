"""审计: who did what and when, in the ledger's book `audit`. Lines are only ever added, and removed when they are older than the settings keep."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from pipeline.model import Entry
from pipeline.store import EntryFilter, Ledger, Page, Store

BOOK = "audit"
ACTION_WORDS: Mapping[str, str] = {
    "login": "登录",
    "login.failed": "登录失败",
    "logout": "退出",
    "password.failed": "改密码时旧密码不对",
    "session.end": "结束会话",
    "triage": "处置",
    "merge": "合并、拆分",
    "mute": "静默",
    "mute end": "结束静默",
    "resend": "重新发送",
    "evidence.open": "打开证据",
    "evidence.bundle": "证据打包",
    "privacy.erase": "删除个人信息",
    "privacy.purge": "到期清理",
    "user.add": "添加用户",
    "user.role": "改角色",
    "user.title": "改显示名",
    "user.password": "改密码",
    "user.disable": "停用用户",
    "user.enable": "启用用户",
    "user.remove": "删除用户",
    "token.make": "发放令牌",
    "token.revoke": "收回令牌",
}
"""What readers call an action; one that is not here is shown as it is."""


class Line(Struct, frozen=True):
    """审计记录: `by` is a user's name, `shell:` and the name on the machine, or empty for somebody unknown; `of` is what it was done to."""

    at: datetime
    by: str
    action: str
    of: str = ""
    detail: str = ""

    @property
    def face(self) -> dict[str, Any]:
        """The line as JSON knows it."""
        return {"at": self.at, "by": self.by, "action": self.action, "of": self.of, "detail": self.detail}


def note(store: Store, *, by: str, action: str, of: str = "", detail: str = "", now: datetime) -> None:
    """Add a line: `action` is a word such as `login` or `evidence.open`, `of` says to what. Raises StoreError where it could not be kept."""
    line = Line(now, by, action, of, detail)
    store.ledger.write([Entry(BOOK, f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(6)}", now, by, msgspec.json.encode(line))])


def page(store: Store, *, by: str | None = None, since: datetime | None = None, limit: int = 100, cursor: str = "") -> Page[Line]:
    """Return lines, newest first: those of one user, and from a time on, if that is asked for."""
    found = store.ledger.page(BOOK, EntryFilter(state=by, since=since, newest_first=True), limit=limit, cursor=cursor)
    return Page([msgspec.json.decode(entry.body, type=Line) for entry in found.items], found.next)


def lines(store: Store, *, by: str | None = None, since: datetime | None = None) -> Iterator[Line]:
    """Yield all lines, newest first."""
    cursor = ""
    while True:
        found = page(store, by=by, since=since, limit=500, cursor=cursor)
        yield from found.items
        if not (cursor := found.next):
            return


def tidy(ledger: Ledger, before: datetime) -> None:
    """Remove the lines from before a time."""
    while found := ledger.page(BOOK, EntryFilter(until=before), limit=500).items:
        ledger.strike(BOOK, [entry.id for entry in found])
