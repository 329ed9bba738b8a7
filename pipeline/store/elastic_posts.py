"""Posts in Elasticsearch: kept, and judged again.

A post that comes for the first time is written under its id to `seen`, once and for all, with the month whose index it goes to. That it waits for the
tracker is written before the post itself (see elastic_pending). So a crash between any two writes leaves nothing that doing it again does not mend.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import structs

from config.errors import StoreError
from crawlers.post import Engagement
from pipeline.model import Fate, JudgedPost
from pipeline.store.elastic_cluster import Change, Cluster, GoneError
from pipeline.store.elastic_indices import Indices, month_of
from pipeline.store.elastic_kept import Kept, document, kept_from, waiting
from pipeline.store.keeping import Meeting, met, milliseconds, moment, storable

_AT_ONCE = 2000
_ROUNDS = 20
"""So often a batch meets another that keeps the same posts at the same time, before something is wrong."""


class Posts:
    """The indices of posts."""

    def __init__(self, cluster: Cluster, indices: Indices) -> None:
        self._cluster = cluster
        self._indices = indices

    def months_of(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the months of the posts that have ever been seen."""
        seen = self._indices.named("seen")
        found = self._cluster.get([(seen, post) for post in ids])
        return {post: one.source["month"] for post, one in zip(ids, found, strict=True) if one}

    def found(self, months: Mapping[str, str]) -> dict[str, Kept]:
        """Return the posts that are kept, by id, given their months."""
        wanted = [(self._indices.month(month), post) for post, month in months.items()]
        docs = zip(months.items(), self._cluster.get(wanted), strict=True)
        return {post: kept_from(one, month) for (post, month), one in docs if one}

    def keep(self, posts: Sequence[JudgedPost]) -> list[Fate]:
        """See Store. Posts that another worker changes at the same time are met again as they then are."""
        posts = [storable(judged) for judged in posts]
        fates: list[Fate | None] = [None] * len(posts)
        left = list(range(len(posts)))
        writer = secrets.token_hex(8)
        for _ in range(_ROUNDS):
            if not left:
                return [fate for fate in fates if fate]
            months = self._placed([posts[number] for number in left])
            batch = _Batch(self.found(months), months, writer)
            for number in left:
                fate = batch.meet(posts[number])
                # Where only the answer was lost, what was decided then holds.
                fates[number] = fates[number] if batch.is_own(posts[number].post.id) and fates[number] else fate
            try:
                refused = self._written(batch)
            except GoneError:
                self._indices.forgotten()
                continue
            left = [number for number in left if posts[number].post.id in refused]
        raise StoreError(f"{self._cluster.where}: the same posts are kept by others again and again; is one worker run twice?")

    def _placed(self, posts: Sequence[JudgedPost]) -> dict[str, str]:
        """Return the months of posts; those that come for the first time are given theirs."""
        first: dict[str, str] = {}
        for judged in posts:
            first.setdefault(judged.post.id, month_of(judged.post.at))
        months = self.months_of(list(first))
        self._indices.ready({month for post, month in first.items() if post not in months} | set(months.values()))
        seen = self._indices.named("seen")
        new = [post for post in first if post not in months]
        changes = [Change("create", seen, post, msgspec.json.encode({"month": first[post]})) for post in new]
        done = self._cluster.write(changes)
        months |= {post: first[post] for post, mine in zip(new, done, strict=True) if mine}
        others = [post for post, mine in zip(new, done, strict=True) if not mine]
        return months | self.months_of(others) if others else months

    def _written(self, batch: "_Batch") -> set[str]:
        """Write what a batch changes; return the posts that somebody else changed meanwhile."""
        self._cluster.write(
            [waiting(batch.now[post], self._indices.named("pending")) for post in batch.woken]
            + [self.count(post, at, engagement) for post, at, engagement in batch.counts]
        )
        changes = [self.change(batch.now[post], batch.writer) for post in batch.changed]
        done = self._cluster.write(changes)
        return {post for post, was in zip(batch.changed, done, strict=True) if not was}

    def count(self, post: str, at: int, engagement: Engagement) -> Change:
        """Return the change that writes an entry of a post's engagement."""
        body = msgspec.json.encode({"post": post, "at": at, "body": engagement})
        return Change("index", self._indices.named("engagements"), f"{post}/{at}", body)

    def change(self, kept: Kept, writer: str) -> Change:
        """Return the change that writes a post: over the version that was read, or as a new one."""
        index, post = self._indices.month(kept.month), kept.record.judged.post.id
        return Change("index" if kept.version else "create", index, post, document(kept, writer), kept.version)

    def wake(self, ids: Sequence[str]) -> None:
        """Make posts wait for the tracker."""
        for start in range(0, len(ids), _AT_ONCE):
            found = self.found(self.months_of(ids[start : start + _AT_ONCE]))
            now = [structs.replace(kept, turn=kept.turn + 1) for kept in found.values()]
            self._cluster.write([waiting(kept, self._indices.named("pending")) for kept in now])
            self._cluster.write([self.change(kept, "") for kept in now])

    def copied(self, kept: Kept, index: str) -> Change:
        """Return the change that writes a post as it is to an index that is being built."""
        return Change("index", index, kept.record.judged.post.id, document(kept, ""))

    def histories(self, posts: Sequence[str]) -> dict[str, list[tuple[datetime, Engagement]]]:
        """Return how the engagement of posts grew, oldest first, for those of which it is known."""
        found: dict[str, list[tuple[datetime, Engagement]]] = {}
        for hit in self._cluster.every(self._indices.named("engagements"), {"terms": {"post": list(posts)}}, [{"post": "asc"}, {"at": "asc"}]):
            line = hit["_source"]
            found.setdefault(line["post"], []).append((moment(line["at"]), msgspec.convert(line["body"], Engagement)))
        return found

    def forget_histories(self, posts: Sequence[str]) -> None:
        """Remove the history of engagement of posts."""
        index = self._indices.named("engagements")
        self._cluster.refresh(index)
        order: list[dict[str, str]] = [{"post": "asc"}, {"at": "asc"}]
        hits = self._cluster.every(index, {"terms": {"post": list(posts)}}, order, fields=())
        self._cluster.write([Change("delete", index, name) for name in [hit["_id"] for hit in hits]])

    def reassess(self, posts: Sequence[JudgedPost]) -> None:
        """Replace the assessments of posts whose text is still the one that was judged."""
        again = {judged.post.id: storable(judged) for judged in posts}
        for _ in range(_ROUNDS):
            if not again:
                return
            now: dict[str, Kept] = {}
            for post, kept in self.found(self.months_of(list(again))).items():
                was = kept.record.judged
                judged = structs.replace(was, assessment=again[post].assessment)
                if was.digest == again[post].digest and judged != was:
                    now[post] = structs.replace(kept, record=structs.replace(kept.record, judged=judged))
            done = self._cluster.write([self.change(kept, "") for kept in now.values()])
            again = {post: again[post] for post, was in zip(now, done, strict=True) if not was}
        raise StoreError(f"{self._cluster.where}: the same posts are changed by others again and again")


class _Batch:
    """What a batch changes: decided post by post, written at once."""

    def __init__(self, found: dict[str, Kept], months: Mapping[str, str], writer: str) -> None:
        self.before = found
        self.now = dict(found)
        self.months = months
        self.writer = writer
        self.changed: dict[str, None] = {}
        self.woken: dict[str, None] = {}
        self.counts: list[tuple[str, int, Engagement]] = []

    def is_own(self, post: str) -> bool:
        """Whether this very batch has written the post already, and only the answer was lost."""
        return post in self.before and self.before[post].writer == self.writer

    def meet(self, seen: JudgedPost) -> Fate:
        """Decide the fate of one sighting."""
        post = seen.post.id
        was = self.now.get(post)
        meeting = met(was.record if was else None, seen)
        if was is None or meeting.record is not was.record:
            self._note(post, seen, meeting)
        return meeting.fate

    def _note(self, post: str, seen: JudgedPost, meeting: Meeting) -> None:
        first = self.before.get(post)
        turn = (first.turn if first else 0) + (meeting.wakes or post in self.woken)
        version = first.version if first else None
        self.now[post] = Kept(meeting.record, turn, self.months[post], version)
        self.changed[post] = None
        if meeting.wakes:
            self.woken[post] = None
        if meeting.counted:
            self.counts.append((post, milliseconds(seen.post.at), meeting.record.judged.post.engagement))
