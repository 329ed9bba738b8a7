"""The store in an Elasticsearch cluster. What its indices are is in elastic_indices; what it needs of a server in docs/elasticsearch.md."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from config.errors import LeaseLost, StoreError
from crawlers.post import Engagement
from pipeline.model import Alert, Edit, Event, Fate, JudgedPost, Lease, Member, Step
from pipeline.store import EventFilter, FateCount, Page
from pipeline.store.elastic_address import address
from pipeline.store.elastic_cluster import Cluster, patiently
from pipeline.store.elastic_copy import mended, saved
from pipeline.store.elastic_events import Events
from pipeline.store.elastic_indices import Indices
from pipeline.store.elastic_jobs import Fates, Leases
from pipeline.store.elastic_kept import judged_from
from pipeline.store.elastic_ledger import ElasticLedger
from pipeline.store.elastic_moving import Moving
from pipeline.store.elastic_pending import Pending
from pipeline.store.elastic_posts import Posts
from pipeline.store.elastic_retention import Retention
from pipeline.store.elastic_search import EVERYTHING, NEWEST_FIRST, OLDEST_FIRST, after_cursor, asked
from pipeline.store.meaning import Query, second

_KINDS = ("posts", "engagements", "events", "members", "alerts", "fates", "entries")
"""What searches see only some time after it was written."""


class ElasticsearchStore:
    """`pipeline.store.Store` in a cluster. Any number of programs may share it.

    Whoever writes sees it at once; others see it within a second. While the cluster is away changes wait, and questions a little.
    """

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        self._cluster = Cluster(address(url), environ)
        self._indices = Indices(self._cluster)
        self._posts = Posts(self._cluster, self._indices)
        self._pending = Pending(self._cluster, self._indices, self._posts)
        self._events = Events(self._cluster, self._indices)
        self._fates = Fates(self._cluster, self._indices)
        self._leases = Leases(self._cluster, self._indices)
        self._retention = Retention(self._cluster, self._indices, posts=self._posts, pending=self._pending, events=self._events)
        self.ledger = ElasticLedger(self._cluster, self._indices, wrote=self._wrote, seen=self._seen)
        self._moving = Moving(
            self._cluster,
            self._indices,
            posts=self._posts,
            pending=self._pending,
            events=self._events,
            fates=self._fates,
            ledger=self.ledger,
        )
        self._unseen: set[str] = set()
        self._guard = threading.Lock()
        try:
            self._retention.renewed(self._leases)
        except StoreError:
            self.close()
            raise

    def _wrote(self, *kinds: str) -> None:
        """Remember that searches do not see the newest of these kinds yet."""
        with self._guard:
            self._unseen.update(kinds)

    def _seen(self, *kinds: str) -> None:
        """Let searches see what was written here."""
        with self._guard:
            stale = self._unseen & set(kinds)
            self._unseen -= stale
        if stale:
            try:
                self._cluster.refresh(*map(self._indices.named, stale))
            except StoreError:
                self._wrote(*stale)
                raise

    def _known(self, *kinds: str) -> None:
        """Let searches see what anybody wrote: a tracker that takes over decides by what the one before it wrote a moment ago."""
        self._wrote(*kinds)
        self._seen(*kinds)

    @patiently()
    def keep(self, posts: Sequence[JudgedPost]) -> list[Fate]:
        """See Store. Each post is kept whole or not at all; a batch that breaks off is kept again."""
        if not posts:
            return []
        try:
            return self._posts.keep(posts)
        finally:
            self._wrote("posts", "engagements")

    @patiently()
    def pending(self, limit: int) -> list[JudgedPost]:
        """See Store. What is kept again after this call stays pending when `commit` clears it."""
        return self._pending.shown(limit)

    @patiently()
    def recent(self, since: datetime, until: datetime) -> list[JudgedPost]:
        """See Store."""
        self._known("posts")  # before what waits is read: a post is written after it was made to wait
        waiting = self._pending.waiting()
        bounds = {"gte": second(since), "lt": second(until)}
        query = {"bool": {"filter": [{"term": {"tracked": True}}, {"range": {"second": bounds}}]}}
        found = (judged_from(hit["_source"]) for hit in self._cluster.every(self._indices.named("posts"), query, OLDEST_FIRST, fields=["body"]))
        return [judged for judged in found if since <= judged.post.at < until and judged.post.id not in waiting]

    @patiently()
    def live(self, since: datetime) -> list[tuple[Event, list[Member]]]:
        """See Store."""
        self._known("events", "members")
        return self._events.live(since)

    @patiently()
    def commit(self, step: Step, *, lease: Lease | None = None) -> list[Alert]:
        """See Store. In an order that lets a step that breaks off be done again."""
        if lease:
            if not self._leases.holds(lease):
                raise LeaseLost(lease.name)
            self._events.refused(step.events, lease)
        try:
            self._posts.reassess(step.reassessed)
            new = self._events.raise_alerts(step.alerts)
            self._events.write(step.events, step.members, lease)
            self._events.remove(step.removed, step.left)
            self._pending.clear(step.cleared)
        finally:
            self._wrote("posts", "events", "members", "alerts")
        return new

    def posts(self, ids: Sequence[str]) -> dict[str, JudgedPost]:
        """See Store."""
        months = self._posts.months_of(list(dict.fromkeys(ids)))
        return {post: kept.record.judged for post, kept in self._posts.found(months).items()}

    def engagements(self, post: str) -> list[tuple[datetime, Engagement]]:
        """See Store."""
        self._seen("engagements")
        return self._posts.histories([post]).get(post, [])

    def event(self, event: str) -> Event | None:
        """See Store."""
        return self._events.one(event)

    def members(self, event: str) -> list[Member]:
        """See Store."""
        self._seen("members")
        return self._events.members(event)

    def events(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Event]:
        """See Store."""
        self._seen("events")
        return Page(*self._events.page_of_events(which, limit, cursor))

    def alerts(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Alert]:
        """See Store."""
        self._seen("alerts", "events")
        return Page(*self._events.page_of_alerts(which, limit, cursor))

    def triage(self, event: str, edit: Edit, *, version: int, now: datetime) -> Event:
        """See Store."""
        try:
            return self._events.triage(event, edit, version=version, now=now)
        finally:
            self._wrote("events")

    def search(self, query: Query, *, limit: int = 50, cursor: str = "") -> Page[JudgedPost]:
        """See Store."""
        after = after_cursor(cursor)
        self._seen("posts")
        # One more than is shown tells whether there are more.
        hits = self._cluster.page(self._indices.named("posts"), asked(query), NEWEST_FIRST, size=limit + 1, after=after, fields=["body"])
        found = [judged_from(hit["_source"]) for hit in hits[:limit]]
        return Page(found, "/".join(map(str, hits[limit - 1]["sort"])) if len(hits) > limit > 0 else "")

    def count(self, query: Query) -> int:
        """See Store."""
        self._seen("posts")
        return self._cluster.count(self._indices.named("posts"), asked(query))

    @patiently()
    def add_fates(self, counts: Iterable[FateCount]) -> None:
        """See Store."""
        self._fates.add(counts)
        self._wrote("fates")

    def fates(self, since: str) -> list[FateCount]:
        """See Store."""
        self._seen("fates")
        return self._fates.since(since)

    @patiently()
    def lease(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> Lease | None:
        """See Store."""
        return self._leases.take(name, holder, now=now, ttl=ttl)

    @patiently()
    def release(self, lease: Lease) -> None:
        """See Store."""
        self._leases.release(lease)

    @patiently()
    def purge(self, *, relevant_before: datetime, irrelevant_before: datetime) -> int:
        """See Store."""
        try:
            return self._retention.purge(relevant_before=relevant_before, irrelevant_before=irrelevant_before)
        finally:
            self._wrote("posts", "engagements")

    def sizes(self) -> Mapping[str, int]:
        """See Store."""
        self._seen("posts", "events", "alerts")
        posts, events, alerts = map(self._indices.named, ("posts", "events", "alerts"))
        return {
            "posts": self._cluster.count(posts, EVERYTHING),
            "relevant": self._cluster.count(posts, {"term": {"relevant": True}}),
            "pending": len(self._pending.waiting()),
            "events": self._cluster.count(events, EVERYTHING),
            "alerts": self._cluster.count(alerts, EVERYTHING),
        }

    def records(self, kind: str, *, after: str = "", limit: int = 1000) -> Page[Any]:
        """See Store."""
        self._seen(*_KINDS)
        return Page(*self._moving.records(kind, after, limit))

    @patiently()
    def put(self, kind: str, records: Sequence[Any]) -> None:
        """See Store. Each record is written whole; what breaks off is written again."""
        try:
            self._moving.put(kind, records)
        finally:
            self._wrote(*_KINDS)

    @patiently()
    def backup(self, to: str) -> Mapping[str, int]:
        """See Store. `to` is REPOSITORY/NAME of a snapshot, or the path of a folder that every node may write."""
        held = self.sizes()
        saved(self._cluster, self._indices, to)
        return held

    @patiently()
    def mend(self) -> None:
        """Make a copy that was put back fit for work."""
        self._seen(*_KINDS)
        mended(self._cluster, self._indices, self._posts)

    def close(self) -> None:
        """See Store."""
        self._cluster.close()
