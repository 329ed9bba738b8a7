"""Reads from the store what one digest says: counts first, then events, so that what comes meanwhile is found late and never lost.

Every event of the period is counted; the members of at most `_MOST` of each part are read.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from config.load import Config
from pipeline.brief import brief_of
from pipeline.digest.content import PERIOD, Digest, Entry, Totals, places_of
from pipeline.model import STATUSES, Event, Member
from pipeline.route import routed
from pipeline.routes import texts_of
from pipeline.store import EventFilter, Store
from pipeline.store.query import Query, parsed

_MOST = 300
"""Events of one part of which the members are read."""
_PAGE = 500
_ENDED = ("dismissed", "closed", "archived")
"""States of a case that nobody need look at again."""
_PARTS = ("new", "grew", "fell")


def digest(store: Store, until: datetime, *, since: datetime | None = None, config: Config | None = None) -> Digest:
    """Return the digest of a period, the 24 hours before `until` unless said otherwise; with a configuration, who answers for each event."""
    until = whole(until)
    since = whole(since) if since else until - PERIOD
    earlier = since - (until - since)
    kept, relevant = counted(store, since, until)
    before = counted(store, earlier, since)
    settled = not store.sizes()["pending"]
    heads = [event for event in everything(store.events, EventFilter(since=earlier)) if event.first_seen < until]
    moved = [event for event in heads if event.last_seen >= since and _gained(store, event, since, until)]
    alerts = everything(store.alerts, EventFilter(since=since, until=until))
    parts = {
        "new": [event for event in moved if event.first_seen >= since],
        "grew": [event for event in moved if event.first_seen < since],
        "fell": [event for event in heads if event.last_seen < since and event.level],
    }
    entries = {part: entered(store, events, since, until, config=config) for part, events in parts.items()}
    unended = _open(store, until)
    counts = {**{part: len(events) for part, events in parts.items()}, "open": len(unended), "alerts": len(alerts)}
    return Digest(
        since=since,
        until=until,
        kept=kept,
        relevant=relevant,
        alerts=tuple(alerts[:_MOST]),
        new=entries["new"],
        grew=entries["grew"],
        fell=entries["fell"],
        topics=dict(Counter(topic for event in moved for topic in event.topics).most_common()),
        places=dict(Counter(place for event in moved for place in sorted(places_of(event))).most_common()),
        before=Totals(
            *before,
            alerts=len(everything(store.alerts, EventFilter(since=earlier, until=since))),
            new=sum(earlier <= event.first_seen < since for event in heads),
        ),
        open=tuple(unended[:_MOST]),
        omitted={part: count - _MOST for part, count in counts.items() if count > _MOST},
        told={event.id: so_far(store, event, until) for event in moved},
        settled=settled,
    )


def whole(at: datetime) -> datetime:
    """Return the time in whole seconds, as the store compares the times of posts."""
    return at.astimezone(UTC).replace(microsecond=0)


def counted(store: Store, since: datetime, until: datetime) -> tuple[int, int]:
    """Return how many posts were kept in a span, and how many of them are relevant."""
    return store.count(Query(None, since, until)), store.count(Query(parsed("is:relevant").where, since, until))


def everything(listed: Any, which: EventFilter) -> list[Any]:
    """Return all events or alerts that are wanted, page by page."""
    items: list[Any] = []
    cursor = ""
    while True:
        page = listed(which, limit=_PAGE, cursor=cursor)
        items += page.items
        if not (cursor := page.next):
            return items


def so_far(store: Store, event: Event, until: datetime) -> int:
    """Return the posts that an event has from before a time; only one that went on after it need be read."""
    return event.posts if event.last_seen < until else sum(member.at < until for member in store.members(event.id))


def entered(store: Store, events: Iterable[Event], since: datetime, until: datetime, *, config: Config | None) -> tuple[Entry, ...]:
    """Return the gravest and greatest of some events with what is told of them: the most severe first, then those that gained most."""
    chosen = sorted(events, key=lambda event: (event.level or 5, -event.posts, event.id))[:_MOST]
    firsts = store.posts([event.id for event in chosen]) if config else {}
    found = []
    for event in chosen:
        members = store.members(event.id)
        route = routed(event, texts_of(event, firsts.get(event.id), members), config) if config else None
        grown = _within(members, since, until)
        found.append(Entry(event, grown, brief_of(event, members), before=_within(members, since - (until - since), since), route=route))
    return tuple(sorted(found, key=lambda entry: (entry.event.level or 5, -entry.grown, entry.event.id)))


def _gained(store: Store, event: Event, since: datetime, until: datetime) -> bool:
    """Whether an event last seen in the period or later had a post in it. What ended in it or began in it had."""
    return event.last_seen < until or event.first_seen >= since or _within(store.members(event.id), since, until) > 0


def _within(members: Sequence[Member], since: datetime, until: datetime) -> int:
    return sum(since <= member.at < until for member in members)


def _open(store: Store, until: datetime) -> list[Event]:
    states = [status for status in STATUSES if status not in _ENDED]
    found = [event for status in states for event in everything(store.events, EventFilter(level=4, status=status)) if event.first_seen < until]
    return sorted(found, key=lambda event: (event.level or 5, event.first_seen, event.id))
