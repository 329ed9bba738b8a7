"""Events with their cases, their members, and alerts, in Elasticsearch.

The tracker and the desk write the same document of an event: each changes its half, over the version that it read, and again if another was quicker.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from config.errors import Conflict, LeaseLost, StoreError
from pipeline.model import Alert, Case, Edit, Event, Lease, Member
from pipeline.store import EventFilter
from pipeline.store.elastic_cluster import Change, Cluster, Json
from pipeline.store.elastic_indices import Indices
from pipeline.store.elastic_search import after_cursor
from pipeline.store.keeping import edited, milliseconds
from pipeline.store.records import WholeEvent

_ROUNDS = 20
_MOST_TERMS = 30_000
_PAGE = 500


def event_of(source: Mapping[str, Any]) -> Event:
    """Return the event that a document's source holds."""
    return msgspec.convert(source["body"], Event)


def _document(event: Event, fence: int, writer: str) -> bytes:
    body: Json = {
        "id": event.id,
        "last_seen": milliseconds(event.last_seen),
        "first_seen": milliseconds(event.first_seen),
        "headline": event.title,
        "posts": event.posts,
        "stage": event.stage,
        "level": event.level,
        "topics": event.topics,
        "places": [place.code for place in event.places or () if place.code],
        "status": event.case.status,
        "owner": event.case.owner,
        "fence": fence,
        "writer": writer,
        "body": event,
    }
    return msgspec.json.encode(body)


class Events:
    """The indices of events, members and alerts."""

    def __init__(self, cluster: Cluster, indices: Indices) -> None:
        self._cluster = cluster
        self._events, self._members, self._alerts = (indices.named(kind) for kind in ("events", "members", "alerts"))

    def refused(self, events: Sequence[Event], lease: Lease) -> None:
        """Raise LeaseLost where a later tracker has written one of the events."""
        if any(found and found.source["fence"] > lease.fence for found in self._cluster.get([(self._events, event.id) for event in events])):
            raise LeaseLost(lease.name)

    def write(self, events: Sequence[Event], members: Sequence[Member], lease: Lease | None = None) -> None:
        """Save the tracker's half of events, and their members. Raises LeaseLost where a later tracker has written an event."""
        fence = lease.fence if lease else 0
        left = {event.id: event for event in events}
        for _ in range(_ROUNDS):
            if not left:
                break
            changes = []
            for event, found in zip(left.values(), self._cluster.get([(self._events, one) for one in left]), strict=True):
                if lease and found and found.source["fence"] > fence:
                    raise LeaseLost(lease.name)
                case = event_of(found.source).case if found else Case()
                body = _document(
                    structs.replace(event, case=case), max(fence, found.source["fence"] if found else 0), found.source["writer"] if found else ""
                )
                changes.append(Change("index" if found else "create", self._events, event.id, body, found.version if found else None))
            done = self._cluster.write(changes)
            left = {name: left[name] for name, was in zip(list(left), done, strict=True) if not was}
        else:
            raise StoreError(f"{self._cluster.where}: the same events are changed by others again and again")
        self._cluster.write([self._member(one) for one in members])

    def remove(self, events: Sequence[str], left: Sequence[tuple[str, str]]) -> None:
        """Remove events with their cases and members, members first, and single members of events."""
        self._drop_members(events)
        self._cluster.write([Change("delete", self._members, f"{event}/{post}") for event, post in left])
        self._cluster.write([Change("delete", self._events, event) for event in events])

    def _drop_members(self, events: Sequence[str]) -> None:
        if events:
            self._cluster.refresh(self._members)
        gone = [f"{member.event}/{member.post}" for member in self._members_of(events)]
        self._cluster.write([Change("delete", self._members, name) for name in gone])

    def raise_alerts(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Save alerts that there are not yet; return these."""
        first = {alert.id: alert for alert in reversed(alerts)}
        wanted = [alert for alert in alerts if first[alert.id] is alert]
        writer = secrets.token_hex(8)
        done = self._cluster.write([Change("create", self._alerts, alert.id, _alert(alert, writer)) for alert in wanted])
        # One that was there may be our own, of which only the answer was lost.
        doubted = [alert for alert, was in zip(wanted, done, strict=True) if not was]
        found = self._cluster.get([(self._alerts, alert.id) for alert in doubted])
        own = {alert.id for alert, one in zip(doubted, found, strict=True) if one and one.source["writer"] == writer}
        return [alert for alert, was in zip(wanted, done, strict=True) if was or alert.id in own]

    def one(self, event: str) -> Event | None:
        """Return the event with its case."""
        found = self._cluster.get([(self._events, event)])[0]
        return event_of(found.source) if found else None

    def members(self, event: str) -> list[Member]:
        """Return the members of an event, newest first."""
        return self.by_event([event])[event][::-1]

    def by_event(self, events: Sequence[str]) -> dict[str, list[Member]]:
        """Return the members of events, oldest first."""
        found: dict[str, list[Member]] = {event: [] for event in events}
        for member in self._members_of(events):
            found[member.event].append(member)
        return {event: sorted(members, key=_order) for event, members in found.items()}

    def replace(self, given: Sequence[WholeEvent]) -> None:
        """Write whole events in place of what has their ids."""
        wholes = {one.event.id: one for one in given}
        self._drop_members(list(wholes))
        self._cluster.write([Change("index", self._events, name, _document(one.event, 0, "")) for name, one in wholes.items()])
        self._cluster.write([self._member(member) for one in wholes.values() for member in one.members])

    def _member(self, one: Member) -> Change:
        body = msgspec.json.encode({"event": one.event, "post": one.post, "at": milliseconds(one.at), "body": one})
        return Change("index", self._members, f"{one.event}/{one.post}", body)

    def replace_alerts(self, given: Sequence[Alert]) -> None:
        """Write alerts in place of what has their ids."""
        self._cluster.write([Change("index", self._alerts, alert.id, _alert(alert, "")) for alert in given])

    def _members_of(self, events: Sequence[str]) -> Iterator[Member]:
        for start in range(0, len(events), _PAGE):
            some = list(events[start : start + _PAGE])
            for hit in self._cluster.every(self._members, {"terms": {"event": some}}, [{"at": "asc"}, {"event": "asc"}, {"post": "asc"}]):
                yield msgspec.convert(hit["_source"]["body"], Member)

    def of_posts(self, posts: Sequence[str]) -> set[str]:
        """Return those of the posts that are members of an event."""
        found: set[str] = set()
        for start in range(0, len(posts), _MOST_TERMS):
            some = list(posts[start : start + _MOST_TERMS])
            order: list[dict[str, str]] = [{"post": "asc"}, {"event": "asc"}]
            found.update(hit["_source"]["post"] for hit in self._cluster.every(self._members, {"terms": {"post": some}}, order, fields=["post"]))
        return found

    def live(self, since: datetime) -> list[tuple[Event, list[Member]]]:
        """Return events last seen from `since` on, with their members, oldest first."""
        query = {"range": {"last_seen": {"gte": milliseconds(since)}}}
        events = [event_of(hit["_source"]) for hit in self._cluster.every(self._events, query, [{"last_seen": "asc"}, {"id": "asc"}])]
        events = [event for event in events if event.last_seen >= since]
        members = self.by_event([event.id for event in events])
        return [(event, members[event.id]) for event in events]

    def page_of_events(self, which: EventFilter, limit: int, cursor: str) -> tuple[list[Event], str]:
        """Return events by last_seen, newest first, and the cursor of the next."""
        wanted = _wanted(which, "last_seen")
        if which.status:
            wanted.append({"term": {"status": which.status}})
        hits = self._page(self._events, wanted, "last_seen", size=limit + 1, after=after_cursor(cursor))
        return [event_of(hit["_source"]) for hit in hits[:limit]], _next(hits, limit)

    def page_of_alerts(self, which: EventFilter, limit: int, cursor: str) -> tuple[list[Alert], str]:
        """Return alerts by raised_at, newest first, and the cursor of the next. Their status is their event's, as it is now."""
        wanted, after = _wanted(which, "raised_at"), after_cursor(cursor)
        if which.status and which.status != "new":
            wanted.append({"terms": {"event": self._in_status(which.status)}})
        taken: list[Json] = []
        while len(taken) <= limit:
            size = limit + 1 if not which.status else _PAGE
            hits = self._page(self._alerts, wanted, "raised_at", size=size, after=after)
            taken += self._of_status(hits, which.status)
            if len(hits) < size:
                break
            after = hits[-1]["sort"]
        return [msgspec.convert(hit["_source"]["body"], Alert) for hit in taken[:limit]], _next(taken, limit)

    def _in_status(self, status: str) -> list[str]:
        """The events in a status, the newest of them where they are more than one question can name."""
        order: list[dict[str, str]] = [{"last_seen": "desc"}, {"id": "desc"}]
        found = [hit["_id"] for hit in self._cluster.every(self._events, {"term": {"status": status}}, order, fields=())]
        return found[:_MOST_TERMS]

    def _of_status(self, hits: list[Json], status: str) -> list[Json]:
        if not status:
            return hits
        events = list({hit["_source"]["event"] for hit in hits})
        found = self._cluster.get([(self._events, event) for event in events])
        held = {event for event, one in zip(events, found, strict=True) if one and one.source["status"] == status}
        return [hit for hit in hits if hit["_source"]["event"] in held]

    def _page(self, index: str, wanted: list[Json], by: str, *, size: int, after: list[Any] | None) -> list[Json]:
        return self._cluster.page(index, {"bool": {"filter": wanted}}, [{by: "desc"}, {"id": "desc"}], size=size, after=after)

    def triage(self, event: str, edit: Edit, *, version: int, now: datetime) -> Event:
        """Change a case, if its version is still this one."""
        writer = secrets.token_hex(8)
        for _ in range(_ROUNDS):
            found = self._cluster.get([(self._events, event)])[0]
            if found is None:
                raise KeyError(event)
            was = event_of(found.source)
            if found.source["writer"] == writer:
                return was  # our own change, of which only the answer was lost
            if was.case.version != version:
                raise Conflict(event, was.case.version)
            changed = structs.replace(was, case=edited(was, edit, now))
            body = _document(changed, found.source["fence"], writer)
            if self._cluster.write([Change("index", self._events, event, body, found.version)])[0]:
                return changed
        raise StoreError(f"{self._cluster.where}: event {event} is changed by others again and again")


def _order(member: Member) -> tuple[datetime, str]:
    return member.at, member.post


def _alert(alert: Alert, writer: str) -> bytes:
    body = {
        "id": alert.id,
        "event": alert.event,
        "raised_at": milliseconds(alert.raised_at),
        "headline": alert.title,
        "level": alert.level,
        "topics": alert.topics,
        "places": [place.code for place in alert.places or () if place.code],
        "writer": writer,
        "body": alert,
    }
    return msgspec.json.encode(body)


def _wanted(which: EventFilter, by: str) -> list[Json]:
    bounds = {name: milliseconds(at) for name, at in (("gte", which.since), ("lt", which.until)) if at is not None}
    found: list[Json] = [{"range": {by: bounds}}] if bounds else []
    if which.level is not None:
        found.append({"range": {"level": {"lte": which.level}}})
    if which.topic:
        found.append({"term": {"topics": which.topic}})
    return found


def _next(hits: Sequence[Json], limit: int) -> str:
    return "/".join(map(str, hits[limit - 1]["sort"])) if len(hits) > limit > 0 else ""
