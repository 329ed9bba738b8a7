"""Daily counts, leases and sizes in Elasticsearch."""

import secrets
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from pipeline.model import Lease
from pipeline.store import FateCount
from pipeline.store.elastic_cluster import Change, Cluster
from pipeline.store.elastic_indices import Indices
from pipeline.store.keeping import milliseconds, moment

_ORDER: list[dict[str, str]] = [{"day": "asc"}, {"source": "asc"}, {"fate": "asc"}, {"writer": "asc"}]


class Fates:
    """Daily counts: each writer keeps totals of its own, so that writing one again changes nothing, and no two writers meet."""

    def __init__(self, cluster: Cluster, indices: Indices) -> None:
        self._cluster = cluster
        self._index = indices.named("fates")
        self._writer = secrets.token_hex(6)
        self._totals: Counter[tuple[str, str, str]] = Counter()
        self._guard = threading.Lock()

    def add(self, counts: Iterable[FateCount]) -> None:
        """Add to the daily counts."""
        with self._guard:
            totals = self._totals.copy()
            changed = set()
            for count in counts:
                totals[count.day, count.source, count.fate] += count.posts
                changed.add((count.day, count.source, count.fate))
            self._cluster.write([self._change(FateCount(*name, totals[name]), self._writer) for name in sorted(changed)])
            self._totals = totals

    def replace(self, counts: Sequence[FateCount]) -> None:
        """Set daily counts, whoever counted what before."""
        with self._guard:
            self._cluster.refresh(self._index)
            for count in counts:
                name = (count.day, count.source, count.fate)
                self._totals.pop(name, None)
                query = {"bool": {"filter": [{"term": {field: value}} for field, value in zip(("day", "source", "fate"), name, strict=True)]}}
                hits = [hit["_id"] for hit in self._cluster.every(self._index, query, _ORDER, fields=())]
                self._cluster.write([Change("delete", self._index, one) for one in hits])
            self._cluster.write([self._change(count, "") for count in counts])

    def _change(self, count: FateCount, writer: str) -> Change:
        name = "/".join((count.day, count.source, count.fate, writer))
        return Change("index", self._index, name, msgspec.json.encode({**msgspec.structs.asdict(count), "writer": writer}))

    def since(self, day: str) -> list[FateCount]:
        """Return the daily counts from a day on, those of all writers added up."""
        found: Counter[tuple[str, str, str]] = Counter()
        for hit in self._cluster.every(self._index, {"range": {"day": {"gte": day}}}, _ORDER):
            line = hit["_source"]
            found[line["day"], line["source"], line["fate"]] += line["posts"]
        return [FateCount(*name, posts) for name, posts in sorted(found.items())]


class Leases:
    """Once-only locks: a document each, created once, and changed only over the version that was read."""

    def __init__(self, cluster: Cluster, indices: Indices) -> None:
        self._cluster = cluster
        self._index = indices.named("leases")

    def take(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> Lease | None:
        """Take or renew a lease; None while somebody else holds it, or has just taken it."""
        until = milliseconds(now + ttl)
        found = self._cluster.get([(self._index, name)])[0]
        was = found.source if found else None
        if was and was["holder"] not in ("", holder) and was["until"] > milliseconds(now):
            return None
        fence = 1 if was is None else was["fence"] + (was["holder"] != holder)
        body = msgspec.json.encode({"holder": holder, "fence": fence, "until": until})
        change = Change("index" if found else "create", self._index, name, body, found.version if found else None)
        if not self._cluster.write([change])[0] and not self.holds(Lease(name, holder, fence, moment(until))):
            return None
        return Lease(name, holder, fence, moment(until))

    def holds(self, lease: Lease) -> bool:
        """Return whether the lease has not changed hands."""
        found = self._cluster.get([(self._index, lease.name)])[0]
        return found is not None and (found.source["holder"], found.source["fence"]) == (lease.holder, lease.fence)

    def release(self, lease: Lease) -> None:
        """Free a lease, if it has not changed hands; its fence stays, so that the next is higher."""
        found = self._cluster.get([(self._index, lease.name)])[0]
        if found and (found.source["holder"], found.source["fence"]) == (lease.holder, lease.fence):
            body = msgspec.json.encode({"holder": "", "fence": lease.fence, "until": found.source["until"]})
            self._cluster.write([Change("index", self._index, lease.name, body, found.version)])
