"""The store of tests and replays: everything in dictionaries, found by asking every post."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec import structs

from config.errors import Conflict, LeaseLost, StoreError
from crawlers.post import Engagement
from pipeline.model import Alert, Case, Edit, Event, Fate, JudgedPost, Lease, Member, Step
from pipeline.store import EventFilter, FateCount, Page
from pipeline.store.keeping import Record, edited, met, milliseconds, moment, stood, storable
from pipeline.store.meaning import Leaf, Query, answers, leaf, second
from pipeline.store.memory_ledger import MemoryLedger
from pipeline.store.records import WholeEvent, WholePost

T = TypeVar("T")
Place = tuple[int, str]
"""Where a record stands in a list: its time, then its id."""
_BETWEEN = "\x1f"
"""Stands between day, source and fate in what names a count, and between book and id of an entry."""


class MemoryStore:
    """`pipeline.store.Store` without a file; several threads may use it."""

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._records: dict[str, Record] = {}
        self._leaves: dict[str, Leaf] = {}
        self._pending: dict[str, int] = {}
        self._handed: dict[str, int] = {}
        self._engagements: dict[str, dict[int, Engagement]] = {}
        self._events: dict[str, Event] = {}
        self._members: dict[str, dict[str, Member]] = {}
        self._alerts: dict[str, Alert] = {}
        self._fates: Counter[tuple[str, str, str]] = Counter()
        self._leases: dict[str, Lease] = {}
        self.ledger = MemoryLedger(self._guard)

    def keep(self, posts: Sequence[JudgedPost]) -> list[Fate]:
        """See Store."""
        with self._guard:
            return [self._met(storable(judged)) for judged in posts]

    def _met(self, seen: JudgedPost) -> Fate:
        post = seen.post.id
        meeting = met(self._records.get(post), seen)
        self._records[post] = meeting.record
        if meeting.retold:
            self._leaves[post] = leaf(meeting.record.judged)
        if meeting.wakes:
            self._pending[post] = self._pending.get(post, 0) + 1
        if meeting.counted:
            self._engagements.setdefault(post, {})[milliseconds(seen.post.at)] = meeting.record.judged.post.engagement
        return meeting.fate

    def pending(self, limit: int) -> list[JudgedPost]:
        """See Store. What is kept again after this call stays pending when `commit` clears it."""
        with self._guard:
            waiting = self._ordered(self._pending)[:limit]
            self._handed.update((judged.post.id, self._pending[judged.post.id]) for judged in waiting)
            return waiting

    def recent(self, since: datetime, until: datetime) -> list[JudgedPost]:
        """See Store."""
        with self._guard:
            done = [post for post in self._records if post not in self._pending]
            return [judged for judged in self._ordered(done) if judged.is_tracked and since <= judged.post.at < until]

    def _ordered(self, posts: Iterable[str]) -> list[JudgedPost]:
        return sorted((self._records[post].judged for post in posts), key=_place)

    def live(self, since: datetime) -> list[tuple[Event, list[Member]]]:
        """See Store."""
        with self._guard:
            events = sorted((event for event in self._events.values() if event.last_seen >= since), key=_seen)
            return [(event, self.members(event.id)[::-1]) for event in events]

    def commit(self, step: Step, *, lease: Lease | None = None) -> list[Alert]:
        """See Store."""
        with self._guard:
            if lease:
                self._check(lease)
            for judged in step.reassessed:
                self._reassess(storable(judged))
            for event in step.events:
                was = self._events.get(event.id)
                self._events[event.id] = structs.replace(event, case=was.case if was else Case())
            for member in step.members:
                self._members.setdefault(member.event, {})[member.post] = member
            for name in step.removed:
                self._events.pop(name, None)
                self._members.pop(name, None)
            for name, post in step.left:
                self._members.get(name, {}).pop(post, None)
            new = {alert.id: alert for alert in reversed(step.alerts) if alert.id not in self._alerts}
            self._alerts.update(new)
            for post in step.cleared:
                if self._pending.get(post, 0) <= self._handed.pop(post, self._pending.get(post, 0)):
                    self._pending.pop(post, None)
            return [alert for alert in step.alerts if new.get(alert.id) is alert]

    def _check(self, lease: Lease) -> None:
        now = self._leases.get(lease.name)
        if now is None or (now.holder, now.fence) != (lease.holder, lease.fence):
            raise LeaseLost(lease.name)

    def _reassess(self, judged: JudgedPost) -> None:
        record = self._records.get(judged.post.id)
        if record is not None and record.judged.digest == judged.digest:
            now = structs.replace(record.judged, assessment=judged.assessment)
            self._records[judged.post.id] = structs.replace(record, judged=now)
            self._leaves[judged.post.id] = leaf(now)

    def posts(self, ids: Sequence[str]) -> dict[str, JudgedPost]:
        """See Store."""
        with self._guard:
            return {post: self._records[post].judged for post in ids if post in self._records}

    def engagements(self, post: str) -> list[tuple[datetime, Engagement]]:
        """See Store."""
        with self._guard:
            history = self._engagements.get(post, {})
            return [(moment(at), history[at]) for at in sorted(history)]

    def event(self, event: str) -> Event | None:
        """See Store."""
        with self._guard:
            return self._events.get(event)

    def members(self, event: str) -> list[Member]:
        """See Store."""
        with self._guard:
            return sorted(self._members.get(event, {}).values(), key=lambda member: (member.at, member.post), reverse=True)

    def events(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Event]:
        """See Store."""
        with self._guard:
            found = (event for event in self._events.values() if _wanted(which, event, event.last_seen, event.case.status))
            return _page(found, _seen, limit, cursor)

    def alerts(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Alert]:
        """See Store."""
        with self._guard:
            found = (alert for alert in self._alerts.values() if _wanted(which, alert, alert.raised_at, self._status(alert.event)))
            return _page(found, lambda alert: (milliseconds(alert.raised_at), alert.id), limit, cursor)

    def _status(self, event: str) -> str:
        return self._events[event].case.status if event in self._events else ""

    def triage(self, event: str, edit: Edit, *, version: int, now: datetime) -> Event:
        """See Store."""
        with self._guard:
            was = self._events[event]
            if was.case.version != version:
                raise Conflict(event, was.case.version)
            self._events[event] = structs.replace(was, case=edited(was, edit, now))
            return self._events[event]

    def search(self, query: Query, *, limit: int = 50, cursor: str = "") -> Page[JudgedPost]:
        """See Store."""
        with self._guard:
            return _page(self._found(query), _place, limit, cursor)

    def count(self, query: Query) -> int:
        """See Store."""
        with self._guard:
            return sum(1 for _ in self._found(query))

    def _found(self, query: Query) -> Iterator[JudgedPost]:
        return (record.judged for post, record in self._records.items() if answers(query, self._leaves[post]))

    def add_fates(self, counts: Iterable[FateCount]) -> None:
        """See Store."""
        with self._guard:
            for count in counts:
                self._fates[count.day, count.source, count.fate] += count.posts

    def fates(self, since: str) -> list[FateCount]:
        """See Store."""
        with self._guard:
            return [FateCount(*name, posts) for name, posts in sorted(self._fates.items()) if name[0] >= since]

    def lease(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> Lease | None:
        """See Store."""
        with self._guard:
            was = self._leases.get(name)
            if was and was.holder not in ("", holder) and was.until > now:
                return None
            fence = 1 if was is None else was.fence + (was.holder != holder)
            self._leases[name] = Lease(name, holder, fence, now + ttl)
            return self._leases[name]

    def release(self, lease: Lease) -> None:
        """See Store."""
        with self._guard:
            was = self._leases.get(lease.name)
            if was and (was.holder, was.fence) == (lease.holder, lease.fence):
                self._leases[lease.name] = structs.replace(was, holder="")

    def purge(self, *, relevant_before: datetime, irrelevant_before: datetime) -> int:
        """See Store."""
        with self._guard:
            members = {post for posts in self._members.values() for post in posts}
            ends = {True: milliseconds(relevant_before), False: milliseconds(irrelevant_before)}
            old = [
                post
                for post, record in self._records.items()
                if milliseconds(record.judged.post.at) < ends[record.judged.assessment.is_relevant] and post not in members
            ]
            for post in old:
                del self._records[post], self._leaves[post]
                self._pending.pop(post, None)
                self._engagements.pop(post, None)
            return len(old)

    def sizes(self) -> Mapping[str, int]:
        """See Store."""
        with self._guard:
            relevant = sum(record.judged.assessment.is_relevant for record in self._records.values())
            return {
                "posts": len(self._records),
                "relevant": relevant,
                "pending": len(self._pending),
                "events": len(self._events),
                "alerts": len(self._alerts),
            }

    def records(self, kind: str, *, after: str = "", limit: int = 1000) -> Page[Any]:
        """See Store."""
        with self._guard:
            names: dict[str, Callable[[], Iterable[Place]]] = {
                "posts": lambda: (_place(record.judged) for record in self._records.values()),
                "events": lambda: ((0, event) for event in self._events),
                "alerts": lambda: ((0, alert) for alert in self._alerts),
                "fates": lambda: ((0, _BETWEEN.join(name)) for name in self._fates),
                "entries": lambda: ((0, _BETWEEN.join(name)) for name in self.ledger.names()),
            }
            page = _page(names[kind](), lambda place: place, limit, after, newest_first=False)
            return Page([self._whole(kind, name) for _, name in page.items], page.next)

    def _whole(self, kind: str, name: str) -> Any:
        match kind:
            case "posts":
                return WholePost(self._records[name], name in self._pending, tuple(self.engagements(name)))
            case "events":
                return WholeEvent(self._events[name], tuple(self.members(name)[::-1]))
            case "alerts":
                return self._alerts[name]
            case "entries":
                book, _, one = name.partition(_BETWEEN)
                return self.ledger.read(book, [one])[one]
        day, source, fate = name.split(_BETWEEN)
        return FateCount(day, source, fate, self._fates[day, source, fate])

    def put(self, kind: str, records: Sequence[Any]) -> None:
        """See Store."""
        writes: dict[str, Callable[[Any], None]] = {
            "posts": self._put_post,
            "events": self._put_event,
            "alerts": self._put_alert,
            "fates": self._put_fate,
            "entries": lambda entry: self.ledger.put([entry]),
        }
        with self._guard:
            for record in records:
                writes[kind](record)

    def _put_post(self, one: WholePost) -> None:
        judged = storable(one.judged)
        post = judged.post.id
        self._records[post] = structs.replace(one.record, judged=judged)
        self._leaves[post] = leaf(judged)
        self._engagements[post] = {milliseconds(at): engagement for at, engagement in one.engagements}
        if one.pending:
            self._pending[post] = 1
        else:
            self._pending.pop(post, None)

    def _put_event(self, one: WholeEvent) -> None:
        self._events[one.event.id] = one.event
        self._members[one.event.id] = {member.post: member for member in one.members}

    def _put_alert(self, one: Alert) -> None:
        self._alerts[one.id] = one

    def _put_fate(self, one: FateCount) -> None:
        self._fates[one.day, one.source, one.fate] = one.posts

    def backup(self, to: str) -> Mapping[str, int]:
        """See Store: there is nothing that could be put back."""
        raise StoreError(f"{to}: a store in memory ends with its process; there is nothing to back up")

    def close(self) -> None:
        """See Store: there is nothing to let go of."""


def _place(judged: JudgedPost) -> Place:
    return second(judged.post.at), judged.post.id


def _seen(event: Event) -> Place:
    return milliseconds(event.last_seen), event.id


def _wanted(which: EventFilter, record: Event | Alert, at: datetime, status: str) -> bool:
    return (
        (which.since is None or milliseconds(at) >= milliseconds(which.since))
        and (which.until is None or milliseconds(at) < milliseconds(which.until))
        and (which.level is None or (record.level is not None and record.level <= which.level))
        and (not which.topic or which.topic in record.topics)
        and (not which.status or status == which.status)
    )


def _page(found: Iterable[T], place: Callable[[T], Place], limit: int, cursor: str, *, newest_first: bool = True) -> Page[T]:
    items = sorted(found, key=place, reverse=newest_first)
    if last := stood(cursor):
        items = [item for item in items if (place(item) < last if newest_first else place(item) > last)]
    end = f"{place(items[limit - 1])[0]}/{place(items[limit - 1])[1]}" if len(items) > limit > 0 else ""
    return Page(items[:limit], end)
