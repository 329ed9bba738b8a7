"""Retention in Elasticsearch: what is too old goes, month by month; and an index is built anew beside the old one.

A month that is over for all its posts is dropped whole; the few that stay, being members of events, go to a new index in its place first.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from config.errors import StoreError
from pipeline.store.elastic_cluster import Change, Cluster, Found, Json, patiently
from pipeline.store.elastic_events import Events
from pipeline.store.elastic_indices import Indices, over_by
from pipeline.store.elastic_jobs import Leases
from pipeline.store.elastic_kept import Kept, kept_from
from pipeline.store.elastic_pending import Pending
from pipeline.store.elastic_posts import Posts
from pipeline.store.elastic_search import EVERYTHING, OLDEST_FIRST
from pipeline.store.keeping import milliseconds

_AT_ONCE = 2000
_LONGEST = timedelta(minutes=30)
"""Time that one month may take."""
_LOG = logging.getLogger(__name__)
T = TypeVar("T")


class Retention:
    """Removes posts, and builds their indices anew."""

    def __init__(self, cluster: Cluster, indices: Indices, *, posts: Posts, pending: Pending, events: Events) -> None:
        self._cluster = cluster
        self._indices = indices
        self._posts = posts
        self._pending = pending
        self._events = events

    def purge(self, *, relevant_before: datetime, irrelevant_before: datetime) -> int:
        """Remove posts decided before these times, except the members of events; return how many."""
        ends = {"true": milliseconds(relevant_before), "false": milliseconds(irrelevant_before)}
        old: Json = {
            "bool": {"should": [{"bool": {"filter": [{"term": {"relevant": is_}}, {"range": {"at": {"lt": end}}}]}} for is_, end in ends.items()]}
        }
        gone = 0
        newest = max(relevant_before, irrelevant_before)
        for month in self._indices.months():
            if (month[:4], month[5:]) > (f"{newest.year:04}", f"{newest.month:02}") and over_by(month) > newest:
                continue
            self._cluster.refresh(self._indices.month(month), self._indices.named("members"))
            index = self._indices.month(month)
            whole = over_by(month) <= min(relevant_before, irrelevant_before)
            doomed = (hit["_id"] for hit in self._cluster.every(index, old, OLDEST_FIRST, fields=()))
            removed = 0
            for some in _groups(doomed):
                members = self._events.of_posts(some)
                going = [post for post in some if post not in members]
                self._forget(going)
                removed += len(going)
                if not whole:
                    self._cluster.write([Change("delete", index, post) for post in going])
            if whole and removed:
                self.rebuilt(month, self._events.of_posts)
            gone += removed
        return gone

    def _forget(self, posts: Sequence[str]) -> None:
        """Remove what else is known of posts that go."""
        self._pending.forget(posts)
        self._posts.forget_histories(posts)
        self._cluster.write([Change("delete", self._indices.named("seen"), post) for post in posts])

    def rebuilt(self, month: str, staying: Callable[[Sequence[str]], set[str]] | None = None) -> int:
        """Build the index of a month anew from its posts, or those of them that are `staying`, and put it in the old one's place.

        Return how many posts it holds. Whoever writes to the month meanwhile waits until it is done.
        """
        old = self._indices.behind(month)
        generation = int(old.rsplit("-", 1)[1]) + 1
        self._cluster.ask(lambda client: client.indices.put_settings(index=old, settings={"index.blocks.write": True}))
        new, copied = "", 0
        try:
            self._cluster.refresh(old)
            for kept in _groups(self._all(old, month)):
                stays = staying([one.record.judged.post.id for one in kept]) if staying else None
                kept = [one for one in kept if stays is None or one.record.judged.post.id in stays]
                if kept:
                    new = new or self._begun(month, generation)
                    self._cluster.write([self._posts.copied(one, new) for one in kept], alias=False)
                    copied += len(kept)
            if new:
                self._cluster.refresh(new)
            self._indices.swapped(month, new)
        except StoreError:
            self._cluster.ask(lambda client: client.indices.put_settings(index=old, settings={"index.blocks.write": None}))
            raise
        return copied

    def _begun(self, month: str, generation: int) -> str:
        """An empty index to build in; one that an earlier try left half done goes first."""
        name = f"{self._indices.month(month)}-{generation:06}"
        self._cluster.ask(lambda client: client.indices.delete(index=name, ignore_unavailable=True))
        return self._indices.made(month, generation, reads=False)

    def _all(self, index: str, month: str) -> Iterator[Kept]:
        for hit in self._cluster.every(index, EVERYTHING, OLDEST_FIRST):
            yield kept_from(Found(hit["_source"], (0, 0)), month)

    def renewed(self, leases: Leases) -> None:
        """Build the indices of months anew where the law of search has changed, while no other program does."""
        holder = secrets.token_hex(6)
        stale = self._indices.prepared()
        with patiently():
            while stale:
                lease = leases.take("reindex", holder, now=datetime.now(UTC), ttl=_LONGEST)
                if lease is None:
                    time.sleep(1)
                else:
                    _LOG.warning("the posts of %s are indexed anew; this takes a minute for each two hundred thousand", stale[0])
                    self.rebuilt(stale[0])
                    leases.release(lease)
                stale = self._indices.prepared()


def _groups(things: Iterable[T]) -> Iterator[list[T]]:
    some: list[T] = []
    for thing in things:
        some.append(thing)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some
