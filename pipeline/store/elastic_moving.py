"""The indices of a store as whole records, read and written."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import structs

from config.errors import QueryError
from pipeline.model import Alert
from pipeline.store.elastic_cluster import Change, Cluster, Found, Json
from pipeline.store.elastic_events import Events, event_of
from pipeline.store.elastic_indices import Indices, month_of
from pipeline.store.elastic_jobs import Fates
from pipeline.store.elastic_kept import Kept, kept_from, waiting
from pipeline.store.elastic_ledger import ElasticLedger
from pipeline.store.elastic_pending import Pending
from pipeline.store.elastic_posts import Posts
from pipeline.store.elastic_search import EVERYTHING, OLDEST_FIRST, after_cursor
from pipeline.store.keeping import milliseconds, storable
from pipeline.store.records import WholeEvent, WholePost

Records = tuple[list[Any], str]


class Moving:
    """Reads and writes whole records. What is read must be seen by searches already."""

    def __init__(
        self, cluster: Cluster, indices: Indices, *, posts: Posts, pending: Pending, events: Events, fates: Fates, ledger: ElasticLedger
    ) -> None:
        self._cluster = cluster
        self._indices = indices
        self._posts = posts
        self._pending = pending
        self._events = events
        self._fates = fates
        self._read: dict[str, Callable[[str, int], Records]] = {
            "posts": self._posts_from,
            "events": self._events_from,
            "alerts": self._alerts_from,
            "fates": self._fates_from,
            "entries": ledger.whole,
        }
        self._write: dict[str, Callable[[Sequence[Any]], None]] = {
            "posts": self._put_posts,
            "events": events.replace,
            "alerts": events.replace_alerts,
            "fates": fates.replace,
            "entries": ledger.replace,
        }

    def records(self, kind: str, after: str, limit: int) -> Records:
        """Return records of a kind after a cursor, and the cursor of the next."""
        return self._read[kind](after, limit)

    def put(self, kind: str, records: Sequence[Any]) -> None:
        """Write records of a kind."""
        self._write[kind](records)

    def _posts_from(self, after: str, limit: int) -> Records:
        hits = self._cluster.page(self._indices.named("posts"), EVERYTHING, OLDEST_FIRST, size=limit + 1, after=after_cursor(after))
        kept = [kept_from(Found(hit["_source"], (0, 0)), "") for hit in hits[:limit]]
        names = [one.record.judged.post.id for one in kept]
        waiting = self._pending.turns(names)
        histories = self._posts.histories(names)
        found = [
            WholePost(one.record, any(turn <= one.turn for turn in waiting.get(post, ())), tuple(histories.get(post, ())))
            for post, one in zip(names, kept, strict=True)
        ]
        return found, "/".join(map(str, hits[limit - 1]["sort"])) if len(hits) > limit else ""

    def _events_from(self, after: str, limit: int) -> Records:
        hits, following = self._by_id("events", after, limit)
        events = [event_of(hit["_source"]) for hit in hits]
        members = self._events.by_event([event.id for event in events])
        return [WholeEvent(event, tuple(members[event.id])) for event in events], following

    def _alerts_from(self, after: str, limit: int) -> Records:
        hits, following = self._by_id("alerts", after, limit)
        return [msgspec.convert(hit["_source"]["body"], Alert) for hit in hits], following

    def _by_id(self, kind: str, after: str, limit: int) -> tuple[list[Json], str]:
        hits = self._cluster.page(self._indices.named(kind), EVERYTHING, [{"id": "asc"}], size=limit + 1, after=[after] if after else None)
        return hits[:limit], hits[limit - 1]["_id"] if len(hits) > limit else ""

    def _fates_from(self, after: str, limit: int) -> Records:
        try:
            name = msgspec.json.decode(after or '["", "", ""]', type=tuple[str, str, str])
        except msgspec.MsgspecError:
            raise QueryError(f"{after!r} is no cursor of these records; take the one that the last page gave") from None
        left = [count for count in self._fates.since(name[0]) if (count.day, count.source, count.fate) > name]
        last = left[min(limit, len(left)) - 1] if left else None
        return left[:limit], msgspec.json.encode((last.day, last.source, last.fate)).decode() if last and len(left) > limit else ""

    def _put_posts(self, given: Sequence[WholePost]) -> None:
        """Each goes to the month of its decision time, also where it was in another's before."""
        wholes = {one.judged.post.id: structs.replace(one, record=structs.replace(one.record, judged=storable(one.judged))) for one in given}
        before = self._posts.months_of(list(wholes))
        months = {post: month_of(one.judged.post.at) for post, one in wholes.items()}
        self._indices.ready(set(months.values()))
        self._pending.forget(list(before))
        self._posts.forget_histories(list(before))
        self._cluster.write([Change("delete", self._indices.month(was), post) for post, was in before.items() if was != months[post]])
        seen = self._indices.named("seen")
        self._cluster.write([Change("index", seen, post, msgspec.json.encode({"month": month})) for post, month in months.items()])
        kept = {post: Kept(one.record, int(one.pending), months[post]) for post, one in wholes.items()}
        self._cluster.write(
            [waiting(kept[post], self._indices.named("pending")) for post, one in wholes.items() if one.pending]
            + [self._posts.count(post, milliseconds(at), figures) for post, one in wholes.items() for at, figures in one.engagements]
        )
        self._cluster.write([self._posts.copied(one, self._indices.month(one.month)) for one in kept.values()])
