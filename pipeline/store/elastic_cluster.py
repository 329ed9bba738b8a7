"""One Elasticsearch cluster: its documents, its searches, and patience while it is away."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

import elastic_transport
import elasticsearch
import msgspec
from elasticsearch import Elasticsearch
from msgspec import Struct

from config.errors import StoreError
from pipeline.store.elastic_address import Address, connected
from pipeline.store.elastic_errors import is_away, is_over, passes, reason, said

S = TypeVar("S")
T = TypeVar("T")
Json = dict[str, Any]
READING, WRITING = 8.0, 90.0
"""Seconds that a person, and the round-the-clock work, wait for a cluster that is away."""
_PATIENT: ContextVar[bool] = ContextVar("patient", default=False)
_PAUSES = (0.1, 0.25, 0.5, 1.0, 2.0)
_CHUNK, _BYTES = 512, 8_000_000
"""Documents and bytes of one request."""
_PAGE = 1000
_KEEP = "5m"
"""How long a point in time outlasts the last question about it."""
_LEAST = 3.0
"""Seconds that any request is given."""
_AT_ONCE = 3
"""Requests at once."""
_LOG = logging.getLogger(__name__)


class Change(Struct, frozen=True):
    """One document to be created, written (only over the version `over`, if there is one) or deleted."""

    action: str
    index: str
    id: str
    body: bytes = b""
    over: tuple[int, int] | None = None

    def lines(self) -> list[bytes]:
        """Return it as the bulk API reads it."""
        head: dict[str, object] = {"_index": self.index, "_id": self.id}
        if self.over:
            head["if_seq_no"], head["if_primary_term"] = self.over
        first = msgspec.json.encode({self.action: head})
        return [first] if self.action == "delete" else [first, self.body]


class Found(Struct, frozen=True):
    """A document as it is now, with the version that a change of it must name."""

    source: Json
    version: tuple[int, int]


class GoneError(StoreError):
    """An index that was to be written to is not there."""


@contextmanager
def patiently() -> Iterator[None]:
    """Wait for a cluster that is away as long as a node takes to start again: for work that nobody sits and waits for."""
    token = _PATIENT.set(True)
    try:
        yield
    finally:
        _PATIENT.reset(token)


class Cluster:
    """Asks a cluster, again and again while it is away; several threads may use it."""

    def __init__(self, where: Address, environ: Mapping[str, str]) -> None:
        self.where = where
        self._client = connected(where, environ)
        self._senders = ThreadPoolExecutor(_AT_ONCE, "elasticsearch")

    def ask(self, call: Callable[[Elasticsearch], T]) -> T:
        """Return what the call returns. Raises StoreError when it is refused, or the cluster is away for longer than patience lasts."""
        waited = _Wait()
        while True:
            try:
                return call(self._client_now())
            except (elasticsearch.ApiError, elastic_transport.TransportError) as error:
                if not is_away(error) or not waited.more(error):
                    raise StoreError(f"{self.where}: {said(error)}") from error

    def _client_now(self) -> Elasticsearch:
        """The client; for a person, one that also waits for a node that is there but does not answer no longer than patience lasts."""
        if _PATIENT.get():
            return self._client
        # The second half of the time is for another node.
        return self._client.options(request_timeout=max(READING / min(len(self.where.hosts), 2), _LEAST), max_retries=0)

    def get(self, wanted: Sequence[tuple[str, str]]) -> list[Found | None]:
        """Return documents by index and id, as they are this moment; None where there is none."""
        found: list[Found | None] = []
        for start in range(0, len(wanted), _CHUNK):
            docs = [{"_index": index, "_id": one} for index, one in wanted[start : start + _CHUNK]]
            found += self.ask(lambda client, docs=docs: _documents(client.mget(docs=docs)["docs"]))  # type: ignore[misc]
        return found

    def write(self, changes: Sequence[Change], *, alias: bool = True) -> list[bool]:
        """Apply changes; return for each whether it was: a create of what is there, or a change of what has changed since, is not.

        An index is named by its `alias`, unless said otherwise; none is made by writing to it.
        What the cluster has no room for just now is sent again. Raises StoreError for a document that it refuses.
        """
        done = [True] * len(changes)
        waited = _Wait()
        left = list(range(len(changes)))
        while left:
            again: list[int] = []
            chunks = list(_chunks(left, changes))
            for some, items in zip(chunks, self._sent(chunks, changes, alias=alias), strict=True):
                for number, item in zip(some, items, strict=True):
                    result = next(iter(item.values()))
                    if result["status"] == 409:
                        done[number] = False
                    elif _is_full(result):
                        again.append(number)
                    elif result["status"] == 404 and "error" in result:
                        raise GoneError(f"{self.where}: {changes[number].index} is missing ({reason(result['error'])})")
                    elif result["status"] >= 300 and not (result["status"] == 404 and "error" not in result):
                        raise StoreError(f"{self.where}: {changes[number].index} refuses {changes[number].id}: {reason(result.get('error'))}")
            left = again
            if left and not waited.more(None):
                raise StoreError(f"{self.where}: the cluster takes no changes for {waited.patience:.0f} s; look at its disks and its load")
        return done

    def _sent(self, chunks: Sequence[list[int]], changes: Sequence[Change], *, alias: bool) -> list[Any]:
        """Send chunks of changes, some at once so that the cluster need not wait for us."""

        def sent(chunk: list[int]) -> Any:
            """Send one chunk."""
            lines = [line for number in chunk for line in changes[number].lines()]
            return self.ask(lambda client: client.bulk(operations=lines, require_alias=alias))["items"]  # type: ignore[arg-type]

        return self.at_once(sent, chunks)

    def at_once(self, work: Callable[[S], T], parts: Sequence[S]) -> list[T]:
        """Do some parts of a work at the same time; return what came of each, in their order."""
        if len(parts) < 2:
            return [work(part) for part in parts]
        return list(self._senders.map(lambda context, part: context.run(work, part), [copy_context() for _ in parts], parts))

    def page(
        self,
        index: str,
        query: Json,
        sort: Sequence[Mapping[str, str]],
        *,
        size: int,
        after: list[Any] | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[Json]:
        """Return some hits of a query in the order of `sort`, behind a place in that order; an index that is not there has none."""
        hits: list[Json] = []
        while len(hits) < size:
            wanted = min(size - len(hits), _PAGE)
            found = self.ask(
                lambda client: client.search(
                    index=index,
                    query=query,
                    sort=sort,
                    size=wanted,  # noqa: B023 - called at once
                    search_after=after,  # noqa: B023
                    source={"includes": list(fields)} if fields is not None else True,
                    track_total_hits=False,
                    allow_partial_search_results=False,
                    ignore_unavailable=True,
                )
            )["hits"]["hits"]
            hits += found
            if len(found) < wanted:
                break
            after = found[-1]["sort"]
        return hits

    def refresh(self, *indices: str) -> None:
        """Let searches see all that was written to these indices."""
        self.ask(lambda client: client.indices.refresh(index=",".join(indices), ignore_unavailable=True))

    def count(self, index: str, query: Json) -> int:
        """Return how many hits a query has."""
        found = self.ask(
            lambda client: client.search(
                index=index, query=query, size=0, track_total_hits=True, allow_partial_search_results=False, ignore_unavailable=True
            )
        )
        return int(found["hits"]["total"]["value"])

    def every(self, index: str, query: Json, sort: Sequence[Mapping[str, str]], *, fields: Sequence[str] | None = None) -> Iterator[Json]:
        """Yield all hits of a query as of one moment, in the order of `sort`, which must tell any two apart.

        That moment ends with a node that held it. What is left is then as of a later one: none is left out unless its place has changed.
        """
        point, after = "", list[Any]()
        how: Json = {"query": query, "sort": sort, "source": {"includes": list(fields)} if fields is not None else True}
        try:
            while True:
                point, hits = self._next(point, index, after, how)
                # A new point in time numbers what a place ends with anew, so that the last hit may come once more.
                yield from (hit for hit in hits if hit["sort"][: len(sort)] != after[: len(sort)])
                if len(hits) < _PAGE:
                    return
                after = hits[-1]["sort"]
        finally:
            if point:
                try:
                    self._client.options(request_timeout=_LEAST, max_retries=0).close_point_in_time(id=point)
                except (elasticsearch.ApiError, elastic_transport.TransportError):
                    _LOG.debug("a point in time was not closed; it ends by itself")

    def _next(self, point: str, index: str, after: list[Any], how: Json) -> tuple[str, list[Json]]:
        """The hits behind a place as of a point in time, or of a new one where there is none or it is lost; with the point they are of."""
        waited = _Wait()
        while True:
            point = point or self.ask(lambda client: client.open_point_in_time(index=index, keep_alive=_KEEP, ignore_unavailable=True))["id"]
            pit = {"id": point, "keep_alive": _KEEP}
            try:
                found = self._client_now().search(
                    pit=pit, size=_PAGE, search_after=after or None, track_total_hits=False, allow_partial_search_results=False, **how
                )
                return found.get("pit_id", point), found["hits"]["hits"]
            except (elasticsearch.ApiError, elastic_transport.TransportError) as error:
                if not (is_away(error) or is_over(error)) or not waited.more(error):
                    raise StoreError(f"{self.where}: {said(error)}") from error
                point = ""

    def close(self) -> None:
        """Close the connections."""
        self._senders.shutdown()
        self._client.close()


class _Wait:
    """Waits, each time longer, until patience is at its end; work that nobody waits for says once that it does."""

    def __init__(self) -> None:
        self._says = _PATIENT.get()  # a person is told in the end
        self.patience = WRITING if self._says else READING
        self._until = time.monotonic() + self.patience
        self._times = 0

    def more(self, error: Exception | None) -> bool:
        """Wait and return True, or return False at once where there is no patience left."""
        pause = _PAUSES[min(self._times, len(_PAUSES) - 1)]
        if time.monotonic() + pause > self._until:
            return False
        if self._times == 3 and self._says:
            _LOG.warning("the store is away, trying again: %s", said(error) if error else "it takes no changes")
        self._times += 1
        time.sleep(pause)
        return True


def _chunks(numbers: Iterable[int], changes: Sequence[Change]) -> Iterator[list[int]]:
    some: list[int] = []
    size = 0
    for number in numbers:
        if some and (len(some) >= _CHUNK or size > _BYTES):
            yield some
            some, size = [], 0
        some.append(number)
        size += len(changes[number].body)
    if some:
        yield some


def _documents(docs: Sequence[Mapping[str, Any]]) -> list[Found | None]:
    """What an mget gave. Raises like a node that is away where a shard of it is."""
    found: list[Found | None] = []
    for doc in docs:
        error = doc.get("error")
        if error and error.get("type") != "index_not_found_exception":
            raise elastic_transport.ConnectionError(f"a shard of {doc['_index']} is away: {reason(error)}")
        found.append(Found(doc["_source"], (doc["_seq_no"], doc["_primary_term"])) if doc.get("found") else None)
    return found


def _is_full(result: Mapping[str, Any]) -> bool:
    kind = (result.get("error") or {}).get("type", "")
    return passes(result["status"], result.get("error")) or kind in ("cluster_block_exception", "unavailable_shards_exception")
