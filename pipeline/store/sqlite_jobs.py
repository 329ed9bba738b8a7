"""The tables of daily counts and of leases, and the sizes of all. Every function works on an open connection."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from config.errors import LeaseLost
from pipeline.model import Lease
from pipeline.store import FateCount
from pipeline.store.keeping import milliseconds, moment

_SIZES = {
    "posts": "SELECT count(*) FROM posts",
    "relevant": "SELECT count(*) FROM posts WHERE relevant = 1",
    "pending": "SELECT count(*) FROM pending",
    "events": "SELECT count(*) FROM events",
    "alerts": "SELECT count(*) FROM alerts",
}


def add_fates(db: sqlite3.Connection, counts: Iterable[FateCount]) -> None:
    """Add to the daily counts."""
    db.executemany(
        "INSERT INTO fates (day, source, fate, posts) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (day, source, fate) DO UPDATE SET posts = posts + excluded.posts",
        [(count.day, count.source, count.fate, count.posts) for count in counts],
    )


def fates(db: sqlite3.Connection, since: str) -> list[FateCount]:
    """Return the daily counts from a day on."""
    return [FateCount(*line) for line in db.execute("SELECT day, source, fate, posts FROM fates WHERE day >= ? ORDER BY 1, 2, 3", (since,))]


def lease(db: sqlite3.Connection, name: str, holder: str, *, now: datetime, ttl: timedelta) -> Lease | None:
    """Take or renew a lease inside the open transaction."""
    until = milliseconds(now + ttl)
    was = db.execute("SELECT holder, fence, until FROM leases WHERE name = ?", (name,)).fetchone()
    if was and was[0] not in ("", holder) and was[2] > milliseconds(now):
        return None
    fence = 1 if not was else was[1] + (was[0] != holder)
    db.execute("INSERT OR REPLACE INTO leases (name, holder, fence, until) VALUES (?, ?, ?, ?)", (name, holder, fence, until))
    return Lease(name, holder, fence, moment(until))


def check(db: sqlite3.Connection, held: Lease) -> None:
    """Raise LeaseLost where the lease has changed hands. Inside a transaction that writes, so that it cannot until that ends."""
    now = db.execute("SELECT holder, fence FROM leases WHERE name = ?", (held.name,)).fetchone()
    if now != (held.holder, held.fence):
        raise LeaseLost(held.name)


def release(db: sqlite3.Connection, held: Lease) -> None:
    """Free a lease, if it has not changed hands; its fence stays, so that the next is higher."""
    db.execute("UPDATE leases SET holder = '' WHERE name = ? AND holder = ? AND fence = ?", (held.name, held.holder, held.fence))


def sizes(db: sqlite3.Connection) -> dict[str, int]:
    """Return how many records there are, by kind."""
    return {kind: int(db.execute(statement).fetchone()[0]) for kind, statement in _SIZES.items()}
