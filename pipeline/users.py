"""用户 and 角色: who may do what on the desk. Users are entries of the ledger's book `users`; what a role may do is one table here."""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, structs

from config.errors import UserError
from pipeline.model import Entry
from pipeline.store import Ledger

BOOK = "users"
READER, DUTY, ASSESSOR, ADMIN = "reader", "duty", "assessor", "admin"
ROLES: Mapping[str, str] = {READER: "只读", DUTY: "值班", ASSESSOR: "研判", ADMIN: "管理员"}
"""From the least to the most; each may do what those before it may."""
RIGHTS: Mapping[str, str] = {
    "read": READER,
    "triage": DUTY,
    "mute": DUTY,
    "merge": ASSESSOR,
    "exact": ASSESSOR,
    "resend": ADMIN,
    "audit": ADMIN,
}
"""The least role that each right needs. A changing route of the desk names its right (`pipeline.desk.rights.needs`), or nobody may use it; single
steps of `triage` need more by the table of `pipeline.handling`. `exact` is to read texts by the API with the numbers of persons in them."""
LONGEST_TITLE = 40
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_TRIES = 5


class User(Struct, frozen=True):
    """用户. `title` is what cases are signed with; `hash` is of the password; `epoch` is drawn anew when all that was given out must end."""

    name: str
    title: str
    role: str
    hash: str
    created: datetime
    changed: datetime
    epoch: str
    disabled: bool = False

    @property
    def face(self) -> dict[str, Any]:
        """What others may see of a user."""
        return {name: getattr(self, name) for name in ("name", "title", "role", "disabled", "created", "changed")}


def may(role: str, right: str) -> bool:
    """Return whether a role has a right; an unknown role or right never does."""
    return right in RIGHTS and at_least(role, RIGHTS[right])


def at_least(role: str, least: str) -> bool:
    """Return whether a role may do what another may; an unknown one never does."""
    order = list(ROLES)
    return role in ROLES and least in ROLES and order.index(role) >= order.index(least)


def role_named(word: str) -> str:
    """Return the role that a word names, in English or Chinese. Raises UserError."""
    for name, title in ROLES.items():
        if word in (name, title):
            return name
    raise UserError(f"{word!r} is no role; there are {', '.join(f'{name} ({title})' for name, title in ROLES.items())}")


class Users:
    """The users of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def any(self) -> bool:
        """Return whether there is a user, also a disabled one."""
        return any(self._ledger.tally(BOOK).values())

    def get(self, name: str) -> User | None:
        """Return a user, as kept this moment."""
        found = self._ledger.read(BOOK, [name]).get(name)
        return _read(found) if found else None

    def all(self) -> list[User]:
        """Return every user, the longest there first."""
        found: list[User] = []
        cursor = ""
        while True:
            page = self._ledger.page(BOOK, limit=200, cursor=cursor)
            found += map(_read, page.items)
            if not (cursor := page.next):
                return found

    def add(self, name: str, *, role: str, kept: str, now: datetime, title: str = "") -> User:
        """Add a user whose password has the hash `kept`, and return it. Raises UserError for what cannot be."""
        self.check(name, role=role, title=title)
        user = User(name, self._title(title, name), role_named(role), kept, now, now, _epoch())
        if not self._ledger.write([_entry(user, 0)])[0]:
            raise UserError(f"there is a user {name} already")
        return user

    def check(self, name: str, *, role: str, title: str) -> None:
        """Raise UserError where such a user cannot be added: said before a password is asked for."""
        if not _NAME.fullmatch(name):
            raise UserError(f"{name!r} cannot be a user's name; use up to 40 small letters, digits and . _ -, such as li.min")
        role_named(role)
        if self.get(name):
            raise UserError(f"there is a user {name} already")
        self._title(title, name)

    def change(self, name: str, *, now: datetime, ends: bool = False, **fields: Any) -> User:
        """Change fields of a user; `ends` draws a new epoch, so that sessions and tokens end. Raises UserError, also for the last admin."""
        if "title" in fields:
            fields["title"] = self._title(fields["title"], name)
        if fields.get("disabled") or fields.get("role", ADMIN) != ADMIN:
            self._keep_an_admin(name)
        for _ in range(_TRIES):
            found = self._ledger.read(BOOK, [name]).get(name)
            if found is None:
                raise UserError(f"no user is called {name}")
            user = structs.replace(_read(found), changed=now, **({**fields, "epoch": _epoch()} if ends else fields))
            if self._ledger.write([_entry(user, found.version)])[0]:
                return user
        raise UserError(f"{name} is being changed by somebody else; try again")

    def remove(self, name: str) -> None:
        """Remove a user. Raises UserError for one who is not there, and for the last admin."""
        if self.get(name) is None:
            raise UserError(f"no user is called {name}")
        self._keep_an_admin(name)
        self._ledger.strike(BOOK, [name])

    def _title(self, title: str, name: str) -> str:
        """What a user signs with: printable, and nobody else's, so that a case says without doubt who it was."""
        title = " ".join(title.split()) or name
        if len(title) > LONGEST_TITLE or not title.isprintable():
            raise UserError(f"a title has at most {LONGEST_TITLE} printable characters")
        for other in self.all():
            if other.name != name and title in (other.name, other.title):
                raise UserError(f"{title} is what {other.name} signs with; give another --title")
        return title

    def _keep_an_admin(self, name: str) -> None:
        admins = [user.name for user in self.all() if user.role == ADMIN and not user.disabled]
        if admins == [name]:
            raise UserError(f"{name} is the last admin; make another one first")


def _epoch() -> str:
    return secrets.token_hex(8)


def _entry(user: User, version: int) -> Entry:
    return Entry(BOOK, user.name, user.created, "disabled" if user.disabled else user.role, msgspec.json.encode(user), version)


def _read(entry: Entry) -> User:
    return msgspec.json.decode(entry.body, type=User)
