"""会话 of people who logged in, and 令牌 for programs and feed readers. Only hashes of what they carry are kept."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct, structs

from config.errors import UserError
from pipeline.model import Entry
from pipeline.store import EntryFilter, Ledger
from pipeline.users import User

SESSIONS, TOKENS = "sessions", "tokens"
API, FEED = "api", "feed"
PREFIX = "shian_"
"""How a token for programs begins, so that one that leaked is found by whoever scans for such."""
_SEEN = timedelta(minutes=1)
"""A session's last use is written down no more often."""


class Session(Struct, frozen=True):
    """会话: that somebody logged in, from which address; good while the user has this epoch."""

    user: str
    epoch: str
    created: datetime
    seen: datetime
    address: str = ""


class Token(Struct, frozen=True):
    """令牌: what a program shows instead of logging in. `kind` is api, or feed, which reads the feed and nothing else; `until` None is for ever."""

    id: str
    user: str
    epoch: str
    kind: str
    created: datetime
    until: datetime | None = None


def hashed(secret: str) -> str:
    """Return what is kept of a secret of 256 bits: no salt and no slow hash, for it cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Sessions:
    """The sessions of one ledger: they end after `idle` without use, and `longest` after the login whatever happens."""

    def __init__(self, ledger: Ledger, *, idle: timedelta, longest: timedelta) -> None:
        self._ledger, self._idle, self._longest = ledger, idle, longest

    def begin(self, user: User, now: datetime, address: str = "") -> str:
        """Begin a session and return its secret."""
        secret = secrets.token_urlsafe(32)
        session = Session(user.name, user.epoch, now, now, address)
        self._ledger.write([Entry(SESSIONS, hashed(secret), now, user.name, msgspec.json.encode(session))])
        return secret

    def found(self, secret: str, now: datetime, *, used: bool = True) -> Session | None:
        """Return the session of a secret if it has not run out; `used` keeps it alive."""
        name = hashed(secret)
        entry = self._ledger.read(SESSIONS, [name]).get(name)
        if entry is None:
            return None
        session = _session(entry)
        if self._is_over(session, now):
            self._ledger.strike(SESSIONS, [name])
            return None
        if used and now - session.seen >= _SEEN:
            # Whoever was quicker wrote nearly the same time.
            self._ledger.write([structs.replace(entry, body=msgspec.json.encode(structs.replace(session, seen=now)))])
        return session

    def of(self, user: User, now: datetime) -> dict[str, Session]:
        """Return the sessions of a user that hold by their ids, the one that was used last first."""
        found = {entry.id: _session(entry) for entry in _all(self._ledger, SESSIONS, state=user.name)}
        holding = {id_: one for id_, one in found.items() if one.epoch == user.epoch and not self._is_over(one, now)}
        return dict(sorted(holding.items(), key=lambda item: (item[1].seen, item[0]), reverse=True))

    def end(self, secret: str) -> None:
        """End one session."""
        self._ledger.strike(SESSIONS, [hashed(secret)])

    def end_one(self, user: User, beginning: str, now: datetime) -> str:
        """End the one session of a user whose id begins so, and return its id; empty where that is none or several."""
        found = [id_ for id_ in self.of(user, now) if id_.startswith(beginning)]
        if len(found) != 1:
            return ""
        self._ledger.strike(SESSIONS, found)
        return found[0]

    def end_all(self, user: str) -> None:
        """End every session of a user."""
        self._ledger.strike(SESSIONS, [entry.id for entry in _all(self._ledger, SESSIONS, state=user)])

    def _is_over(self, session: Session, now: datetime) -> bool:
        return now - session.created >= self._longest or now - session.seen >= self._idle

    def tidy(self, now: datetime) -> None:
        """Remove what ran out."""
        self._ledger.strike(SESSIONS, [entry.id for entry in _all(self._ledger, SESSIONS, until=now - self._longest)])


class Tokens:
    """The tokens of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def make(self, user: User, *, now: datetime, kind: str = API, days: int | None = None) -> tuple[str, Token]:
        """Make a token and return its secret, which is shown this once, with what is kept of it."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = Token(hashed(secret), user.name, user.epoch, kind, now, now + timedelta(days=days) if days else None)
        self._ledger.write([Entry(TOKENS, token.id, now, user.name, msgspec.json.encode(token))])
        return secret, token

    def found(self, secret: str, now: datetime) -> Token | None:
        """Return the token of a secret, if it still holds."""
        name = hashed(secret)
        entry = self._ledger.read(TOKENS, [name]).get(name)
        token = _token(entry) if entry else None
        return token if token and (token.until is None or now < token.until) else None

    def all(self, user: str | None = None) -> list[Token]:
        """Return the tokens of a user, or of all, oldest first."""
        return [_token(entry) for entry in _all(self._ledger, TOKENS, state=user)]

    def revoke(self, beginning: str, user: str | None = None) -> Token:
        """Remove the one token, of a user or of all, whose id begins so, and return it. Raises UserError where that is none or several."""
        found = [token for token in self.all(user) if token.id.startswith(beginning)]
        if len(found) != 1 or len(beginning) < 4:
            raise UserError(f"{len(found) or 'no'} tokens have an id that begins with {beginning!r}; `shian user tokens` lists them")
        self._ledger.strike(TOKENS, [found[0].id])
        return found[0]

    def end_all(self, user: str) -> None:
        """Remove every token of a user."""
        self._ledger.strike(TOKENS, [token.id for token in self.all(user)])


def _session(entry: Entry) -> Session:
    return msgspec.json.decode(entry.body, type=Session)


def _token(entry: Entry) -> Token:
    return msgspec.json.decode(entry.body, type=Token)


def _all(ledger: Ledger, book: str, *, state: str | None = None, until: datetime | None = None) -> Iterator[Entry]:
    cursor = ""
    while True:
        page = ledger.page(book, EntryFilter(state=state, until=until), limit=200, cursor=cursor)
        yield from page.items
        if not (cursor := page.next):
            return
