"""Makes the daily digest: what is new, what grew, what fell in the 24 hours before a time; its content, and its HTML.

The period is half open, from (included) to (excluded), so that no post is in two digests or between them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from config.schema import Topic
from nlp.summary import Brief
from pipeline.brief import brief_of
from pipeline.masks import masked
from pipeline.model import LEVELS, Alert, Event
from pipeline.store import EventFilter, Store
from pipeline.store.query import Query, parsed

PERIOD = timedelta(days=1)
_MOST = 1000


class Entry(Struct, frozen=True):
    """One event in a digest; `grown` are the posts that it gained in the period, `brief` is what it is about."""

    event: Event
    grown: int
    brief: Brief


class Digest(Struct, frozen=True):
    """每日摘要 of the events of one period. Numbers are counts of posts unless said otherwise."""

    since: datetime
    until: datetime
    kept: int
    relevant: int
    alerts: tuple[Alert, ...]
    new: tuple[Entry, ...]
    grew: tuple[Entry, ...]
    fell: tuple[Entry, ...]
    topics: Mapping[str, int]
    """Events of the period by topic."""


def digest(store: Store, until: datetime) -> Digest:
    """Return the digest of the 24 hours before `until`."""
    since = until - PERIOD
    everything, relevant = parsed(""), parsed("is:relevant")
    alerts = _all(store.alerts, EventFilter(since=since, until=until))
    moved = [_entry(store, event, since, until) for event in _all(store.events, EventFilter(since=since))]
    moved = [entry for entry in moved if entry.grown]
    quiet = _all(store.events, EventFilter(since=since - PERIOD, until=since))
    return Digest(
        since=since,
        until=until,
        kept=store.count(Query(everything.where, since, until)),
        relevant=store.count(Query(relevant.where, since, until)),
        alerts=tuple(alerts),
        new=_ranked(entry for entry in moved if entry.event.first_seen >= since),
        grew=_ranked(entry for entry in moved if entry.event.first_seen < since),
        fell=_ranked(_entry(store, event, since, until) for event in quiet if event.level),
        topics=dict(Counter(topic for entry in moved for topic in entry.event.topics).most_common()),
    )


def _entry(store: Store, event: Event, since: datetime, until: datetime) -> Entry:
    members = store.members(event.id)
    return Entry(event, sum(since <= member.at < until for member in members), brief_of(event, members))


def _ranked(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The most severe first, then those that gained most."""
    return tuple(sorted(entries, key=lambda entry: (entry.event.level or 5, -entry.grown, entry.event.id)))


def _all(listed: Any, which: EventFilter) -> list[Any]:
    items: list[Any] = []
    cursor = ""
    while len(items) < _MOST:
        page = listed(which, limit=200, cursor=cursor)
        items += page.items
        if not (cursor := page.next):
            break
    return items


def html(digest: Digest, *, office: str, topics: Mapping[str, Topic], times: Any) -> str:
    """Return the digest as one HTML page with its styles inside and nothing from outside; `times` writes a time."""
    templates = Environment(
        loader=PackageLoader("pipeline", "templates"), autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters["masked"] = masked
    return templates.get_template("digest.html").render(digest=digest, office=office, topics=topics, levels=LEVELS, times=times)
