"""Logging in: a name and a password become a session, slowly for who guesses, and with a line in the audit either way; and a new password."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from config.errors import UserError
from config.schema import PeopleSettings
from pipeline import audit
from pipeline.passwords import Passwords
from pipeline.sessions import Session, Sessions, Token, Tokens
from pipeline.store import Store
from pipeline.throttle import Throttle
from pipeline.users import User, Users


class Entrance(Struct, frozen=True):
    """What came of a login: the secret of the session, or nothing, and then how long to wait if that was why."""

    secret: str = ""
    wait: timedelta | None = None


class Logins:
    """The door of one store: who is there, and who may come in."""

    def __init__(self, store: Store, settings: PeopleSettings, *, now: Callable[[], datetime], passwords: Passwords | None = None) -> None:
        self._store, self._now = store, now
        self._passwords = passwords or Passwords()
        self._throttle = Throttle(store.ledger)
        self.tokens = Tokens(store.ledger)
        self.users = Users(store.ledger)
        self.sessions = Sessions(store.ledger, idle=settings.idle, longest=settings.longest)

    def enter(self, name: str, password: str, *, address: str) -> Entrance:
        """Begin a session where name and password fit. A name that nobody has, and a disabled user, are told apart by nothing, not even by time."""
        now = self._now()
        user = self._proved(name.strip().casefold(), password, address=address, failed="login.failed", now=now)
        if isinstance(user, Entrance):
            return user
        if anew := self._passwords.anew(user.hash, password):
            user = self.users.change(user.name, now=now, hash=anew)
        secret = self.sessions.begin(user, now, address)
        audit.note(self._store, by=user.name, action="login", detail=address, now=now)
        return Entrance(secret)

    def change_password(self, name: str, old: str, new: str, *, address: str) -> Entrance:
        """Give a user another password where the old one fits, and begin a new session: all others end, and all tokens.

        Raises UserError for a new one that cannot be taken.
        """
        now = self._now()
        user = self._proved(name, old, address=address, failed="password.failed", now=now)
        if isinstance(user, Entrance):
            return user
        if old == new:
            raise UserError("the new password is the old one")
        kept = self._passwords.kept(new, name=user.name, title=user.title)
        user = self.users.change(name, now=now, ends=True, hash=kept)
        # The new epoch ended them already; this only clears them away.
        self.sessions.end_all(name)
        self.tokens.end_all(name)
        audit.note(self._store, by=name, action="user.password", of=name, detail=address, now=now)
        return Entrance(self.sessions.begin(user, now, address))

    def _proved(self, name: str, password: str, *, address: str, failed: str, now: datetime) -> User | Entrance:
        """Whose password this is, or what there is to say instead; what failed is in the audit under `failed`."""
        if wait := self._throttle.tried(name, address, now):
            return Entrance(wait=wait)
        user = self.users.get(name)
        kept = user.hash if user and not user.disabled else None
        if not self._passwords.fit(kept, password) or user is None or kept is None:
            audit.note(self._store, by=user.name if user else "", action=failed, detail=address, now=now)
            return Entrance()
        self._throttle.succeeded(name, address, now)
        return user

    def leave(self, secret: str, user: User) -> None:
        """End a session."""
        self.sessions.end(secret)
        audit.note(self._store, by=user.name, action="logout", now=self._now())

    def of_session(self, secret: str, *, used: bool = True) -> User | None:
        """Return whose session this is, if it holds; `used` keeps it alive."""
        return self._whose(self.sessions.found(secret, self._now(), used=used))

    def of_token(self, secret: str, *kinds: str) -> User | None:
        """Return whose token this is, if it holds and is of one of these kinds."""
        token = self.tokens.found(secret, self._now())
        return self._whose(token) if token and token.kind in kinds else None

    def _whose(self, given: Session | Token | None) -> User | None:
        user = self.users.get(given.user) if given else None
        return user if given and user and not user.disabled and user.epoch == given.epoch else None


def tidy(store: Store, settings: PeopleSettings, now: datetime) -> None:
    """Remove sessions that ran out, counts that are forgotten, and audit older than is kept."""
    Sessions(store.ledger, idle=settings.idle, longest=settings.longest).tidy(now)
    Throttle(store.ledger).tidy(now)
    audit.tidy(store.ledger, now - settings.audit)
