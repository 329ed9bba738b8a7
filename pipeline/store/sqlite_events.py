"""The tables of events, their cases, members and alerts. Every function works on an open connection."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import msgpack, structs

from config.errors import Conflict
from pipeline.model import Alert, Case, Edit, Event, Member
from pipeline.store.keeping import edited, milliseconds, stood
from pipeline.store.sqlite_posts import key

T = TypeVar("T")
_encode = msgpack.Encoder().encode
_event = msgpack.Decoder(Event).decode
_case = msgpack.Decoder(Case).decode
_member = msgpack.Decoder(Member).decode
_alert = msgpack.Decoder(Alert).decode
_EVENTS = "SELECT events.id, last_seen, events.body, cases.body FROM events JOIN cases ON cases.event = events.id"
_NEW_CASE = Case()


def write(db: sqlite3.Connection, events: Sequence[Event], members: Sequence[Member]) -> None:
    """Save the tracker's half of events, and their members; cases only where there is none."""
    db.executemany(
        "INSERT OR REPLACE INTO events (id, last_seen, level, topics, body) VALUES (?, ?, ?, ?, ?)",
        [(one.id, milliseconds(one.last_seen), one.level, listed(one.topics), _encode(structs.replace(one, case=_NEW_CASE))) for one in events],
    )
    db.executemany(
        "INSERT OR IGNORE INTO cases (event, status, version, body) VALUES (?, ?, ?, ?)",
        [(one.id, _NEW_CASE.status, _NEW_CASE.version, _encode(_NEW_CASE)) for one in events],
    )
    db.executemany(
        "INSERT OR REPLACE INTO members (event, at, post, body) VALUES (?, ?, ?, ?)",
        [(one.event, milliseconds(one.at), key(one.post), _encode(one)) for one in members],
    )


def remove(db: sqlite3.Connection, events: Sequence[str], left: Sequence[tuple[str, str]]) -> None:
    """Remove events with their cases and members, and single members of events."""
    for table, column in (("events", "id"), ("cases", "event"), ("members", "event")):
        db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(event,) for event in events])  # noqa: S608 - only our own words
    db.executemany("DELETE FROM members WHERE event = ? AND post = ?", [(event, key(post)) for event, post in left])


def raise_alerts(db: sqlite3.Connection, alerts: Sequence[Alert]) -> list[Alert]:
    """Save alerts that there are not yet; return these."""
    new = []
    for alert in alerts:
        line = (alert.id, milliseconds(alert.raised_at), alert.level, listed(alert.topics), alert.event, _encode(alert))
        if db.execute("INSERT OR IGNORE INTO alerts (id, raised_at, level, topics, event, body) VALUES (?, ?, ?, ?, ?, ?)", line).rowcount == 1:
            new.append(alert)
    return new


def one(db: sqlite3.Connection, event: str) -> Event | None:
    """Return the event with its case."""
    found = db.execute(f"{_EVENTS} WHERE events.id = ?", (event,)).fetchone()
    return _whole(found[2], found[3]) if found else None


def members(db: sqlite3.Connection, event: str) -> list[Member]:
    """Return the members of an event, newest first."""
    found = [_member(body) for (body,) in db.execute("SELECT body FROM members WHERE event = ?", (event,))]
    return sorted(found, key=lambda member: (member.at, member.post), reverse=True)


def live(db: sqlite3.Connection, since: datetime) -> list[tuple[Event, list[Member]]]:
    """Return events last seen from `since` on, with their members, oldest first."""
    lines = db.execute(f"{_EVENTS} WHERE last_seen >= ? ORDER BY last_seen, events.id", (milliseconds(since),)).fetchall()
    events = [_whole(body, case) for _, _, body, case in lines]
    return [(event, members(db, event.id)[::-1]) for event in events if event.last_seen >= since]


def page_of_events(db: sqlite3.Connection, terms: tuple[list[str], list[object]], limit: int) -> list[tuple[str, Event]]:
    """Return the cursor and the event of those that the terms select, newest first."""
    where, values = terms
    lines = db.execute(f"{_EVENTS} WHERE {' AND '.join(where)} ORDER BY last_seen DESC, events.id DESC LIMIT ?", (*values, limit))
    return [(f"{at}/{event}", _whole(body, case)) for event, at, body, case in lines]


def page_of_alerts(db: sqlite3.Connection, terms: tuple[list[str], list[object]], limit: int) -> list[tuple[str, Alert]]:
    """Return the cursor and the alert of those that the terms select, newest first."""
    where, values = terms
    lines = db.execute(
        "SELECT alerts.id, raised_at, alerts.body FROM alerts LEFT JOIN cases USING (event)"  # noqa: S608 - only our own words
        f" WHERE {' AND '.join(where)} ORDER BY raised_at DESC, alerts.id DESC LIMIT ?",
        (*values, limit),
    )
    return [(f"{at}/{alert}", _alert(body)) for alert, at, body in lines]


def triage(db: sqlite3.Connection, event: str, edit: Edit, *, version: int, now: datetime) -> Event:
    """Change a case inside the open transaction, if its version is still this one."""
    was = one(db, event)
    if was is None:
        raise KeyError(event)
    if was.case.version != version:
        raise Conflict(event, was.case.version)
    case = edited(was, edit, now)
    db.execute("UPDATE cases SET status = ?, version = ?, body = ? WHERE event = ?", (case.status, case.version, _encode(case), event))
    return structs.replace(was, case=case)


def _whole(body: bytes, case: bytes) -> Event:
    return structs.replace(_event(body), case=_case(case))


def listed(topics: Sequence[str]) -> str:
    """Return topics as the tables have them, so that one of them is found as a substring."""
    return "".join(f"/{topic}" for topic in topics) + "/"


def terms_of(which: Any, column: str, cursor: str) -> tuple[list[str], list[object]]:
    """Return the conditions of a filter on events (`events.last_seen`) or alerts (`alerts.raised_at`), and their values."""
    table = column.partition(".")[0]
    given: list[tuple[str, list[object]]] = [("1", [])]
    if which.since is not None:
        given.append((f"{column} >= ?", [milliseconds(which.since)]))
    if which.until is not None:
        given.append((f"{column} < ?", [milliseconds(which.until)]))
    if which.level is not None:
        given.append((f"{table}.level <= ?", [which.level]))
    if which.topic:
        given.append((f"instr({table}.topics, ?)", [f"/{which.topic}/"]))
    if which.status:
        given.append(("cases.status = ?", [which.status]))
    if place := stood(cursor):
        given.append((f"({column}, {table}.id) < (?, ?)", [*place]))
    return [term for term, _ in given], [value for _, values in given for value in values]
