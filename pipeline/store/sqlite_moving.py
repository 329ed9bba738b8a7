"""The tables of a store as whole records, read and written. Every function works on an open connection."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import msgpack, structs

from config.errors import QueryError
from crawlers.post import Engagement
from pipeline.model import Alert, Case, Event, JudgedPost
from pipeline.store import FateCount, sqlite_ledger
from pipeline.store.keeping import milliseconds, moment
from pipeline.store.records import WholeEvent, WholePost
from pipeline.store.sqlite_events import listed, members, write
from pipeline.store.sqlite_posts import Batch, recorded, remove
from pipeline.store.sqlite_search import FIRST, LAST

_encode = msgpack.Encoder().encode
_judged = msgpack.Decoder(JudgedPost).decode
_engagement = msgpack.Decoder(Engagement).decode
_event = msgpack.Decoder(Event).decode
_case = msgpack.Decoder(Case).decode
_alert = msgpack.Decoder(Alert).decode
Found = list[tuple[str, Any]]
"""Records, each with the cursor that stands after it."""


def records(db: sqlite3.Connection, kind: str, after: str, limit: int) -> Found:
    """Return the records of a kind after a cursor. Raises QueryError for what is none."""
    return _READ[kind](db, after, limit)


def put(db: sqlite3.Connection, kind: str, given: Sequence[Any]) -> None:
    """Write records of a kind inside the open transaction."""
    _WRITE[kind](db, given)


def _posts(db: sqlite3.Connection, after: str, limit: int) -> Found:
    """Rows stand in the order of time; a post never changes its row."""
    lines = db.execute(
        "SELECT row, body, renewed, earlier, EXISTS (SELECT 1 FROM pending WHERE pending.row = posts.row) FROM posts"
        " WHERE row >= ? ORDER BY row LIMIT ?",
        (_next(after) if after else FIRST, limit),
    ).fetchall()
    histories = _histories(db, lines[0][0], lines[-1][0]) if lines else {}
    return [
        (str(row), WholePost(recorded(_judged(body), renewed, earlier), bool(pending), tuple(histories.get(row, ()))))
        for row, body, renewed, earlier, pending in lines
    ]


def _histories(db: sqlite3.Connection, first: int, last: int) -> dict[int, list[tuple[Any, Engagement]]]:
    found: dict[int, list[tuple[Any, Engagement]]] = {}
    for row, at, body in db.execute("SELECT row, at, body FROM engagements WHERE row BETWEEN ? AND ? ORDER BY row, at", (first, last)):
        found.setdefault(row, []).append((moment(at), _engagement(body)))
    return found


def _next(after: str) -> int:
    try:
        return max(FIRST, min(LAST, int(after) + 1))
    except ValueError:
        raise _lost(after) from None


def _lost(after: str) -> QueryError:
    return QueryError(f"{after!r} is no cursor of these records; take the one that the last page gave")


def _events(db: sqlite3.Connection, after: str, limit: int) -> Found:
    lines = db.execute(
        "SELECT events.id, events.body, cases.body FROM events JOIN cases ON cases.event = events.id WHERE events.id > ? ORDER BY events.id LIMIT ?",
        (after, limit),
    ).fetchall()
    return [(event, WholeEvent(structs.replace(_event(body), case=_case(case)), tuple(reversed(members(db, event))))) for event, body, case in lines]


def _alerts(db: sqlite3.Connection, after: str, limit: int) -> Found:
    return [(alert, _alert(body)) for alert, body in db.execute("SELECT id, body FROM alerts WHERE id > ? ORDER BY id LIMIT ?", (after, limit))]


def _fates(db: sqlite3.Connection, after: str, limit: int) -> Found:
    try:
        name = msgspec.json.decode(after or '["", "", ""]', type=tuple[str, str, str])
    except msgspec.MsgspecError:
        raise _lost(after) from None
    lines = db.execute("SELECT day, source, fate, posts FROM fates WHERE (day, source, fate) > (?, ?, ?) ORDER BY 1, 2, 3 LIMIT ?", (*name, limit))
    return [(msgspec.json.encode(line[:3]).decode(), FateCount(*line)) for line in lines]


def _entries(db: sqlite3.Connection, after: str, limit: int) -> Found:
    try:
        name = msgspec.json.decode(after or '["", ""]', type=tuple[str, str])
    except msgspec.MsgspecError:
        raise _lost(after) from None
    return [(msgspec.json.encode((one.book, one.id)).decode(), one) for one in sqlite_ledger.entries(db, name, limit)]


def _put_posts(db: sqlite3.Connection, given: Sequence[WholePost]) -> None:
    wholes = {one.judged.post.id: one for one in given}
    batch = Batch(db, list(wholes))
    remove(db, [(batch.rows[post], was) for post, was in batch.before.items()])
    batch.rows.clear()
    batch.before.clear()
    for post, one in wholes.items():
        batch.now[post] = one.record
        batch.counts += [(post, milliseconds(at), engagement) for at, engagement in one.engagements]
    batch.changed, batch.retold = set(wholes), set(wholes)
    batch.woken = {post for post, one in wholes.items() if one.pending}
    batch.write()


def _put_events(db: sqlite3.Connection, given: Sequence[WholeEvent]) -> None:
    wholes = {one.event.id: one for one in given}
    db.executemany("DELETE FROM members WHERE event = ?", [(event,) for event in wholes])
    write(db, [one.event for one in wholes.values()], [member for one in wholes.values() for member in one.members])
    db.executemany(
        "INSERT OR REPLACE INTO cases (event, status, version, body) VALUES (?, ?, ?, ?)",
        [(event, one.event.case.status, one.event.case.version, _encode(one.event.case)) for event, one in wholes.items()],
    )


def _put_alerts(db: sqlite3.Connection, given: Sequence[Alert]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO alerts (id, raised_at, level, topics, event, body) VALUES (?, ?, ?, ?, ?, ?)",
        [(one.id, milliseconds(one.raised_at), one.level, listed(one.topics), one.event, _encode(one)) for one in given],
    )


def _put_fates(db: sqlite3.Connection, given: Sequence[FateCount]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO fates (day, source, fate, posts) VALUES (?, ?, ?, ?)", [(one.day, one.source, one.fate, one.posts) for one in given]
    )


_READ: dict[str, Callable[[sqlite3.Connection, str, int], Found]] = {
    "posts": _posts,
    "events": _events,
    "alerts": _alerts,
    "fates": _fates,
    "entries": _entries,
}
_WRITE: dict[str, Callable[[sqlite3.Connection, Any], None]] = {
    "posts": _put_posts,
    "events": _put_events,
    "alerts": _put_alerts,
    "fates": _put_fates,
    "entries": sqlite_ledger.put,
}
