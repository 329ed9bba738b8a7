"""The store in one file: SQLite with its full-text index. What the tables are is in migrations/."""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawlers.post import Engagement
from pipeline.model import Alert, Edit, Event, Fate, JudgedPost, Lease, Member, Step
from pipeline.store import EventFilter, FateCount, Page, sqlite_events, sqlite_jobs, sqlite_moving, sqlite_posts
from pipeline.store.meaning import LAW, Query
from pipeline.store.sqlite_copy import copied
from pipeline.store.sqlite_file import SqliteFile, fact, state
from pipeline.store.sqlite_ledger import SqliteLedger
from pipeline.store.sqlite_search import FIRST

_LOG = logging.getLogger(__name__)


class SqliteStore:
    """`pipeline.store.Store` in a file. Threads and processes may share it: readers never wait, changes take turns.

    Posts of one second whose ids begin with the same seven digits are ordered by arrival, not by id.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path)
        self._handed: dict[str, int] = {}
        self._guard = threading.Lock()
        self.ledger = SqliteLedger(self._file)
        with self._file.reading() as db:
            stale = fact(db, "search") != LAW
        if stale:
            self.reindex()

    def reindex(self) -> None:
        """Build the search index anew where the law of search has changed, unless another process has done so meanwhile."""
        with self._file.writing() as db:
            was = fact(db, "search")
            if was == LAW:
                return
            if was is not None:
                _LOG.warning("the search index of %s is built anew; this takes a minute for each two million posts", self._file.path)
            sqlite_posts.reindex(db)
            state(db, "search", LAW)

    def keep(self, posts: Sequence[JudgedPost]) -> list[Fate]:
        """See Store. One transaction."""
        with self._file.writing() as db:
            return sqlite_posts.keep(db, posts)

    def pending(self, limit: int) -> list[JudgedPost]:
        """See Store. What is kept again after this call stays pending when `commit` clears it."""
        with self._file.reading() as db:
            waiting = sqlite_posts.pending(db, limit)
        with self._guard:
            self._handed.update((judged.post.id, turn) for turn, judged in waiting)
        return [judged for _, judged in waiting]

    def recent(self, since: datetime, until: datetime) -> list[JudgedPost]:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_posts.recent(db, since, until)

    def live(self, since: datetime) -> list[tuple[Event, list[Member]]]:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_events.live(db, since)

    def commit(self, step: Step, *, lease: Lease | None = None) -> list[Alert]:
        """See Store. One transaction."""
        with self._guard:
            turns = {post: self._handed.get(post) for post in step.cleared}
        with self._file.writing() as db:
            if lease:
                sqlite_jobs.check(db, lease)
            sqlite_posts.reassess(db, step.reassessed)
            sqlite_events.write(db, step.events, step.members)
            sqlite_events.remove(db, step.removed, step.left)
            new = sqlite_events.raise_alerts(db, step.alerts)
            sqlite_posts.clear(db, turns)
        with self._guard:
            for post in turns:
                self._handed.pop(post, None)
        return new

    def posts(self, ids: Sequence[str]) -> dict[str, JudgedPost]:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_posts.by_id(db, ids)

    def engagements(self, post: str) -> list[tuple[datetime, Engagement]]:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_posts.engagements(db, post)

    def event(self, event: str) -> Event | None:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_events.one(db, event)

    def members(self, event: str) -> list[Member]:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_events.members(db, event)

    def events(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Event]:
        """See Store."""
        with self._file.reading() as db:
            lines = sqlite_events.page_of_events(db, sqlite_events.terms_of(which, "events.last_seen", cursor), limit + 1)
        return Page([event for _, event in lines[:limit]], lines[limit - 1][0] if len(lines) > limit > 0 else "")

    def alerts(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Alert]:
        """See Store."""
        with self._file.reading() as db:
            lines = sqlite_events.page_of_alerts(db, sqlite_events.terms_of(which, "alerts.raised_at", cursor), limit + 1)
        return Page([alert for _, alert in lines[:limit]], lines[limit - 1][0] if len(lines) > limit > 0 else "")

    def triage(self, event: str, edit: Edit, *, version: int, now: datetime) -> Event:
        """See Store."""
        with self._file.writing() as db:
            return sqlite_events.triage(db, event, edit, version=version, now=now)

    def search(self, query: Query, *, limit: int = 50, cursor: str = "") -> Page[JudgedPost]:
        """See Store."""
        with self._file.reading() as db:
            posts, after = sqlite_posts.search(db, query, limit=limit, cursor=cursor)
        return Page(posts, after)

    def count(self, query: Query) -> int:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_posts.count(db, query)

    def add_fates(self, counts: Iterable[FateCount]) -> None:
        """See Store."""
        with self._file.writing() as db:
            sqlite_jobs.add_fates(db, counts)

    def fates(self, since: str) -> list[FateCount]:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_jobs.fates(db, since)

    def lease(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> Lease | None:
        """See Store."""
        with self._file.writing() as db:
            return sqlite_jobs.lease(db, name, holder, now=now, ttl=ttl)

    def release(self, lease: Lease) -> None:
        """See Store."""
        with self._file.writing() as db:
            sqlite_jobs.release(db, lease)

    def purge(self, *, relevant_before: datetime, irrelevant_before: datetime) -> int:
        """See Store. Some thousand at a time, so that others get their turn."""
        gone, after = 0, FIRST
        while True:
            with self._file.writing() as db:
                some, last = sqlite_posts.purge(db, after, relevant_before=relevant_before, irrelevant_before=irrelevant_before)
            gone += some
            if last is None:
                return gone
            after = last

    def sizes(self) -> Mapping[str, int]:
        """See Store."""
        with self._file.reading() as db:
            return sqlite_jobs.sizes(db)

    def records(self, kind: str, *, after: str = "", limit: int = 1000) -> Page[Any]:
        """See Store."""
        with self._file.reading() as db:
            lines = sqlite_moving.records(db, kind, after, limit + 1)
        return Page([record for _, record in lines[:limit]], lines[limit - 1][0] if len(lines) > limit > 0 else "")

    def put(self, kind: str, records: Sequence[Any]) -> None:
        """See Store. One transaction."""
        with self._file.writing() as db:
            sqlite_moving.put(db, kind, records)

    def backup(self, to: str) -> Mapping[str, int]:
        """See Store: `to` is a new file, which appears when it is whole."""
        with self._file.reading() as db:
            return copied(db, Path(to))

    def close(self) -> None:
        """See Store."""
        self._file.close()
