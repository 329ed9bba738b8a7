"""What a store holds, as whole records that another store can take: `KINDS` names them, `summed` tells two stores apart."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, msgpack

from crawlers.post import Engagement
from pipeline.model import Alert, Entry, Event, JudgedPost, Member
from pipeline.store import FateCount, Store
from pipeline.store.keeping import Record

_encode = msgpack.Encoder(order="deterministic").encode


class WholePost(Struct, frozen=True):
    """A post with all that a store knows of it; `engagements` is its history, oldest first."""

    record: Record
    pending: bool = False
    engagements: tuple[tuple[datetime, Engagement], ...] = ()

    @property
    def judged(self) -> JudgedPost:
        """The post as every list shows it."""
        return self.record.judged


class WholeEvent(Struct, frozen=True):
    """An event with its case and all its members, oldest first, those of one moment by id."""

    event: Event
    members: tuple[Member, ...] = ()


class Sum(Struct, frozen=True):
    """How many records there are, and the sum of their digests, which their order does not change."""

    records: int = 0
    digest: int = 0


KINDS: Mapping[str, type[Any]] = {"posts": WholePost, "events": WholeEvent, "alerts": Alert, "fates": FateCount, "entries": Entry}
"""What the records of each kind are. Leases are none: they belong to processes, not to what is kept."""
AT_ONCE: Mapping[str, int] = {"posts": 2000, "events": 50, "alerts": 1000, "fates": 1000, "entries": 500}
"""Records that are moved at once; an event may bring thousands of members."""


def each(store: Store, kind: str) -> Iterator[Any]:
    """Yield all records of a kind."""
    after = ""
    while True:
        page = store.records(kind, after=after, limit=AT_ONCE[kind])
        yield from page.items
        if not (after := page.next):
            return


def summed(store: Store, kind: str, seen: Callable[[int], None] = lambda count: None) -> Sum:
    """Count and digest all records of a kind: blake2b-128 of each, added modulo 2**128. `seen` is told the count so far."""
    count = total = 0
    for record in each(store, kind):
        total += int.from_bytes(hashlib.blake2b(_encode(record), digest_size=16).digest())
        count += 1
        seen(count)
    return Sum(count, total % (1 << 128))
