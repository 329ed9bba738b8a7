"""The port of the record and the search, and `opened`, which finds the implementation that a URL names.

Every implementation answers the same contract suite, `tests/contracts/`.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from config.errors import ConfigError, Fault
from crawlers.post import Engagement
from pipeline.model import Alert, Edit, Entry, Event, Fate, JudgedPost, Lease, Member, Step
from pipeline.store.query import Query

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    """Some of a list; `next` is the cursor of what follows, empty at the end."""

    items: list[T]
    next: str = ""


class EventFilter(Struct, frozen=True):
    """Which events or alerts are wanted; None and empty mean all. `level` is the mildest one (1 is red)."""

    since: datetime | None = None
    until: datetime | None = None
    level: int | None = None
    topic: str = ""
    status: str = ""


class EntryFilter(Struct, frozen=True):
    """Which entries of a book are wanted, since <= at < until, and which way round; None means all, and an empty `state` those that have none."""

    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    newest_first: bool = False


EVERY_ENTRY = EntryFilter()
"""All of a book, oldest first."""


class FateCount(Struct, frozen=True):
    """How many posts of a source had one fate on one day (Asia/Shanghai date of the decision, ISO). `fate` is kept, …, `dropped: why`."""

    day: str
    source: str
    fate: str
    posts: int


class Ledger(Protocol):
    """台账: small records, each part's own in a book of its own, changed only over the version that was read.

    Entries of a book are ordered by (at in whole milliseconds, id). Raises StoreError as the store does.
    """

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        """Write each entry where what is there has the entry's `version` (0: nothing is there); return for each whether it was written. It is
        then kept with the next version. Entries of one call must differ in book or id; each is written by itself."""

    def read(self, book: str, ids: Sequence[str]) -> dict[str, Entry]:
        """Return those that exist, by id, as they are this moment."""

    def page(self, book: str, which: EntryFilter = EVERY_ENTRY, *, limit: int = 50, cursor: str = "") -> Page[Entry]:
        """Return entries of a book by (at, id)."""

    def tally(self, book: str) -> Mapping[str, int]:
        """Return how many entries of a book are in each state."""

    def strike(self, book: str, ids: Sequence[str]) -> None:
        """Remove entries; nothing is said of those that are not there."""


class Store(Protocol):
    """Keeps everything; finds it again. Every method may be called again after a failure: same ids, same end.

    Raises StoreError (the store is away or refuses) and nothing of its library's own. All lists are newest first unless said otherwise;
    posts are ordered by (decision time in whole seconds, id), alerts by (raised_at, id), events by (last_seen, id).
    A cursor is the opaque `next` of a page; it stays good while new records come in.
    """

    @property
    def ledger(self) -> Ledger:
        """What the parts of the pipeline keep for themselves."""

    def keep(self, posts: Sequence[JudgedPost]) -> list[Fate]:
        """Save the batch, one fate a post; those tracked become pending. A repeat only renews engagement, and if that grew on a tracked
        post, makes it pending again; a revision replaces text and assessment, counts up `revision`, keeps the decision time of the first,
        and is pending again if it is tracked now or was before."""

    def pending(self, limit: int) -> list[JudgedPost]:
        """Return posts that wait for the tracker, oldest decision time first."""

    def recent(self, since: datetime, until: datetime) -> list[JudgedPost]:
        """Return tracked posts that the tracker is done with, since <= decision time < until, oldest first: what memory is warmed from."""

    def live(self, since: datetime) -> list[tuple[Event, list[Member]]]:
        """Return events last seen at or after `since` with their members, oldest first: what the tracker is warmed from."""

    def commit(self, step: Step, *, lease: Lease | None = None) -> list[Alert]:
        """Apply the tracker's step, clearing `pending` last; return the alerts that are new. Never touches the case of an event.
        Where a step takes several writes, alerts come before events: an event that says it was alerted is not alerted again.

        With a lease: raises LeaseLost, and changes nothing, where its holder has it no more with this fence, were it given back or taken
        over. One that has run out and that nobody took since is still good.
        """

    def posts(self, ids: Sequence[str]) -> dict[str, JudgedPost]:
        """Return those that exist, by id."""

    def engagements(self, post: str) -> list[tuple[datetime, Engagement]]:
        """Return how the post's engagement grew, oldest first; one entry for each time that it changed."""

    def event(self, event: str) -> Event | None:
        """Return one event with its case."""

    def members(self, event: str) -> list[Member]:
        """Return the event's members, newest first."""

    def events(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Event]:
        """Return events by last_seen."""

    def alerts(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Alert]:
        """Return alerts by raised_at."""

    def triage(self, event: str, edit: Edit, *, version: int, now: datetime) -> Event:
        """Change an event's case if `version` is still current, else raise Conflict; KeyError where there is no such event."""

    def search(self, query: Query, *, limit: int = 50, cursor: str = "") -> Page[JudgedPost]:
        """Return posts whose folded text answers the query."""

    def count(self, query: Query) -> int:
        """Return how many posts answer the query."""

    def add_fates(self, counts: Iterable[FateCount]) -> None:
        """Add to the daily counts."""

    def fates(self, since: str) -> list[FateCount]:
        """Return the daily counts from that day on, by day, source and fate."""

    def lease(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> Lease | None:
        """Take or renew the lease `name`; None while somebody else holds it. A new holder gets a higher fence, and so does one who takes
        it again after anybody else had it; who renews keeps his."""

    def release(self, lease: Lease) -> None:
        """Give the lease back early; does nothing if it has changed hands."""

    def purge(self, *, relevant_before: datetime, irrelevant_before: datetime) -> int:
        """Remove posts decided before these times, except the members of events; return how many."""

    def sizes(self) -> Mapping[str, int]:
        """Return how many records there are, by kind: posts, relevant, pending, events, alerts."""

    def records(self, kind: str, *, after: str = "", limit: int = 1000) -> Page[Any]:
        """Return whole records of a kind (`pipeline.store.records.KINDS`), each once, in an order that does not change: posts from the
        oldest decision time on, the others by what names them. `after` is the `next` of the page before."""

    def put(self, kind: str, records: Sequence[Any]) -> None:
        """Write whole records as they are, in place of what has the same id; counts of fates are set, not added to. Of two records with one
        id the later holds. Afterwards every other method answers as if all had happened here."""

    def backup(self, to: str) -> Mapping[str, int]:
        """Write a copy of everything, as of one moment, to a place that is not there yet, while others go on; return its `sizes`.

        What `to` is, a file or the name of a snapshot, is the store's own; `pipeline.store.copies.restored` takes it back.
        """

    def close(self) -> None:
        """Let go of files and connections."""


def opened(url: str, home: Path, environ: Mapping[str, str] = os.environ) -> Store:
    """Open the store that a URL names: `sqlite:///FILE`, relative to the home folder, `elasticsearch+http://host:port/prefix`, or `memory:`.

    The environment holds the user, password or key, and the CA, of Elasticsearch.

    Raises ConfigError for an address that is none, StoreError for a store that does not open.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        from pipeline.store.memory import MemoryStore

        return MemoryStore()
    if scheme == "sqlite" and rest.startswith("///") and len(rest) > 3:
        from pipeline.store.sqlite import SqliteStore

        return SqliteStore(home / rest[3:])
    if scheme in ("elasticsearch+http", "elasticsearch+https"):
        from pipeline.store.elastic import ElasticsearchStore

        return ElasticsearchStore(url, environ)
    raise ConfigError(
        [Fault("settings.yaml", "store.url", f"{url!r} names no store; write sqlite:///FILE, elasticsearch+http://host:9200/prefix or memory:")]
    )
