"""The ledger in Elasticsearch: a document an entry, changed only over the version that was read."""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import structs

from config.errors import QueryError
from pipeline.model import Entry
from pipeline.store import EVERY_ENTRY, EntryFilter, Page
from pipeline.store.elastic_cluster import Change, Cluster, Found, Json
from pipeline.store.elastic_indices import Indices
from pipeline.store.elastic_search import EVERYTHING, after_cursor
from pipeline.store.keeping import milliseconds, moment

_MOST_STATES = 1000


class ElasticLedger:
    """`pipeline.store.Ledger` in a cluster. `wrote` and `seen` let searches see what this program wrote."""

    def __init__(self, cluster: Cluster, indices: Indices, *, wrote: Callable[[str], None], seen: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._index = indices.named("entries")
        self._wrote = wrote
        self._seen = seen

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        """See Ledger."""
        writer = secrets.token_hex(8)
        names = [_name(entry.book, entry.id) for entry in entries]
        wanted: list[int] = []
        changes: list[Change] = []
        for number, (entry, found) in enumerate(zip(entries, self._found(names), strict=True)):
            if (found.source["version"] if found else 0) == entry.version:
                body = _document(structs.replace(entry, version=entry.version + 1), writer)
                wanted.append(number)
                changes.append(Change("index" if found else "create", self._index, names[number], body, found.version if found else None))
        try:
            done = dict(zip(wanted, self._cluster.write(changes), strict=True))
        finally:
            self._wrote("entries")
        # One that was not written may be our own, of which only the answer was lost.
        doubted = [number for number in wanted if not done[number]]
        for number, found in zip(doubted, self._found([names[number] for number in doubted]), strict=True):
            done[number] = found is not None and found.source["writer"] == writer
        return [done.get(number, False) for number in range(len(entries))]

    def _found(self, names: Sequence[str]) -> list[Found | None]:
        return self._cluster.get([(self._index, name) for name in names])

    def read(self, book: str, ids: Sequence[str]) -> dict[str, Entry]:
        """See Ledger."""
        found = self._found([_name(book, one) for one in ids])
        return {one: _entry(was.source) for one, was in zip(ids, found, strict=True) if was}

    def page(self, book: str, which: EntryFilter = EVERY_ENTRY, *, limit: int = 50, cursor: str = "") -> Page[Entry]:
        """See Ledger."""
        self._seen("entries")
        wanted: list[Json] = [{"term": {"book": book}}]
        if which.state is not None:
            wanted.append({"term": {"state": which.state}})
        bounds = {name: milliseconds(at) for name, at in (("gte", which.since), ("lt", which.until)) if at is not None}
        if bounds:
            wanted.append({"range": {"at": bounds}})
        way = "desc" if which.newest_first else "asc"
        hits = self._cluster.page(self._index, {"bool": {"filter": wanted}}, [{"at": way}, {"id": way}], size=limit + 1, after=after_cursor(cursor))
        return Page([_entry(hit["_source"]) for hit in hits[:limit]], "/".join(map(str, hits[limit - 1]["sort"])) if len(hits) > limit > 0 else "")

    def tally(self, book: str) -> Mapping[str, int]:
        """See Ledger."""
        self._seen("entries")
        by_state = {"states": {"terms": {"field": "state", "size": _MOST_STATES}}}
        found = self._cluster.ask(
            lambda client: client.search(index=self._index, query={"term": {"book": book}}, size=0, aggs=by_state, allow_partial_search_results=False)
        )
        return {bucket["key"]: bucket["doc_count"] for bucket in found["aggregations"]["states"]["buckets"]}

    def strike(self, book: str, ids: Sequence[str]) -> None:
        """See Ledger."""
        try:
            self._cluster.write([Change("delete", self._index, _name(book, one)) for one in ids])
        finally:
            self._wrote("entries")

    def whole(self, after: str, limit: int) -> tuple[list[Entry], str]:
        """Return whole entries in the order of book and id, and the cursor of the next."""
        try:
            name = msgspec.json.decode(after, type=tuple[str, str]) if after else None
        except msgspec.MsgspecError:
            raise QueryError(f"{after!r} is no cursor of these records; take the one that the last page gave") from None
        place = list(name) if name else None
        hits = self._cluster.page(self._index, EVERYTHING, [{"book": "asc"}, {"id": "asc"}], size=limit + 1, after=place)
        found = [_entry(hit["_source"]) for hit in hits[:limit]]
        return found, msgspec.json.encode((found[-1].book, found[-1].id)).decode() if len(hits) > limit else ""

    def replace(self, given: Sequence[Entry]) -> None:
        """Write entries with the versions that they have."""
        self._cluster.write([Change("index", self._index, _name(one.book, one.id), _document(one, "")) for one in given])


def _name(book: str, one: str) -> str:
    """What names the document of an entry: ids may be longer than names of documents."""
    return hashlib.blake2b(f"{book}/{one}".encode(), digest_size=16).hexdigest()


def _document(entry: Entry, writer: str) -> bytes:
    return msgspec.json.encode(
        {
            "book": entry.book,
            "id": entry.id,
            "at": milliseconds(entry.at),
            "state": entry.state,
            "version": entry.version,
            "writer": writer,
            "body": entry.body.decode(),
        }
    )


def _entry(source: Json) -> Entry:
    return Entry(source["book"], source["id"], moment(source["at"]), source["state"], source["body"].encode(), source["version"])
