"""A store in Elasticsearch copied to a repository of snapshots while it is in use, and a copy put back in its place.

A backup is two snapshots, one after another: the events first, then all else. Each index is copied as of a moment of its own, and what is written
in between is mended when it is put back: an event never says that it was alerted where its alert is not there, and the posts of the last days
go through the tracker once more.
"""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import msgspec

from config.errors import StoreError
from pipeline.store.elastic_address import address
from pipeline.store.elastic_cluster import Change, Cluster, Json, patiently
from pipeline.store.elastic_indices import KINDS, Indices
from pipeline.store.elastic_posts import Posts
from pipeline.store.elastic_search import EVERYTHING, NEWEST_FIRST, OLDEST_FIRST
from pipeline.store.keeping import milliseconds

_PARTS = ("events", "rest")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
AGAIN = timedelta(days=2)
"""Posts of so long before the newest go through the tracker again after a restore."""


def saved(cluster: Cluster, indices: Indices, to: str) -> None:
    """Write a backup. Raises StoreError for a place where there is one already, or that no repository has."""
    repository, name = _place(cluster, indices, to)
    if _snapshots(cluster, repository, name):
        raise StoreError(f"{to}: it is there already, and no backup is written over; choose a new name")
    kinds = {"events": ["events"], "rest": [kind for kind in KINDS if kind != "events"]}
    for part in _PARTS:
        wanted = ",".join(f"{indices.named(kind)}-*" for kind in kinds[part])
        cluster.ask(
            lambda client, part=part, wanted=wanted: client.snapshot.create(  # type: ignore[misc]
                repository=repository,
                snapshot=f"{name}-{part}",
                indices=wanted,
                include_global_state=False,
                ignore_unavailable=True,
                metadata={"shian": indices.prefix},
                wait_for_completion=False,
            )
        )
        _finished(cluster, repository, f"{name}-{part}", to)


def held(url: str, environ: Mapping[str, str]) -> bool:
    """Return whether there is a store of this prefix."""
    with closing(Cluster(address(url), environ)) as cluster:
        return bool(_held(cluster, Indices(cluster)))


def restored(url: str, environ: Mapping[str, str], source: str, *, force: bool, now: datetime) -> None:
    """Put a backup in the place of the store, which nobody may use. Raises StoreError where that cannot be."""
    with closing(Cluster(address(url), environ)) as cluster, patiently():
        _put_back(cluster, Indices(cluster), source, force=force, now=now)


def _put_back(cluster: Cluster, indices: Indices, source: str, *, force: bool, now: datetime) -> None:
    repository, name = _place(cluster, indices, source)
    found = _snapshots(cluster, repository, name)
    if [one["snapshot"] for one in found] != [f"{name}-{part}" for part in _PARTS] or any(one["state"] != "SUCCESS" for one in found):
        raise StoreError(f"{source}: there is no whole backup of that name")
    if any((one.get("metadata") or {}).get("shian") != indices.prefix for one in found):
        raise StoreError(f"{source}: it is a backup of another prefix; name that one in store.url")
    there = _held(cluster, indices)
    if there:
        _unused(cluster, indices, now)
        posts = cluster.count(indices.named("posts"), EVERYTHING)
        if posts and not force:
            raise StoreError(f"{cluster.where}: it holds {posts:,} posts; --force puts the backup in their place, and they are gone")
        for one in there:
            cluster.ask(lambda client, one=one: client.indices.delete(index=one, ignore_unavailable=True))  # type: ignore[misc]
    for part in _PARTS:
        cluster.ask(
            lambda client, part=part: client.snapshot.restore(  # type: ignore[misc]
                repository=repository, snapshot=f"{name}-{part}", include_global_state=False, include_aliases=True, wait_for_completion=False
            )
        )
    _recovered(cluster, [index for one in found for index in one["indices"]])


def _place(cluster: Cluster, indices: Indices, to: str) -> tuple[str, str]:
    """Return the repository and the name that `to` means; a path is made known as a repository of its folder."""
    folder, name = str(PurePosixPath(to).parent), PurePosixPath(to).name
    if not _NAME.fullmatch(name) or folder == ".":
        raise StoreError(f"{to}: write REPOSITORY/NAME or /FOLDER/NAME, the name in small letters, digits and -._")
    if not folder.startswith("/"):
        return folder, name
    repository = f"{indices.prefix}-{re.sub('[^a-z0-9]+', '-', folder.lower()).strip('-')}"
    body: Json = {"type": "fs", "settings": {"location": folder}}
    cluster.ask(lambda client: client.snapshot.create_repository(name=repository, repository=body))
    return repository, name


def _snapshots(cluster: Cluster, repository: str, name: str) -> list[Json]:
    wanted = ",".join(f"{name}-{part}" for part in _PARTS)
    found = cluster.ask(lambda client: client.snapshot.get(repository=repository, snapshot=wanted, ignore_unavailable=True))
    return sorted(found["snapshots"], key=lambda one: str(one["snapshot"]))


def _finished(cluster: Cluster, repository: str, snapshot: str, to: str) -> None:
    while True:
        one = cluster.ask(lambda client: client.snapshot.get(repository=repository, snapshot=snapshot))["snapshots"][0]
        if one["state"] == "SUCCESS":
            return
        if one["state"] != "IN_PROGRESS":
            raise StoreError(f"{to}: the cluster could not write it ({one['state']}: {one.get('failures') or 'no reason given'})")
        time.sleep(0.2)


def _held(cluster: Cluster, indices: Indices) -> list[str]:
    """The indices of this store."""
    wanted = ",".join(f"{indices.named(kind)}-*" for kind in KINDS)
    return sorted(cluster.ask(lambda client: client.indices.get_alias(index=wanted, ignore_unavailable=True, allow_no_indices=True)))


def _unused(cluster: Cluster, indices: Indices, now: datetime) -> None:
    cluster.refresh(indices.named("leases"), indices.named("posts"))
    for hit in cluster.page(indices.named("leases"), EVERYTHING, [{"until": "desc"}], size=100):
        if hit["_source"]["holder"] and hit["_source"]["until"] > milliseconds(now):
            raise StoreError(
                f"{cluster.where}: {hit['_source']['holder']} uses it; end `shian up` and every other Shian of this store, then try again"
            )


def _recovered(cluster: Cluster, names: Sequence[str]) -> None:
    """Wait until all that was put back can be searched."""
    for name in names:
        while cluster.ask(lambda client, name=name: client.cluster.health(index=name, wait_for_status="yellow", timeout="30s"))["timed_out"]:  # type: ignore[misc]
            time.sleep(0.2)


def mended(cluster: Cluster, indices: Indices, posts: Posts) -> None:
    """Free every lease, and let the posts that were tracked last wait for the tracker: a step that is done again changes nothing."""
    leases = indices.named("leases")
    changes = [
        Change("index", leases, hit["_id"], msgspec.json.encode({**hit["_source"], "holder": ""}))
        for hit in cluster.every(leases, EVERYTHING, [{"until": "asc"}, {"fence": "asc"}, {"holder": "asc"}])
    ]
    cluster.write(changes)
    newest = cluster.page(indices.named("posts"), EVERYTHING, NEWEST_FIRST, size=1, fields=["second"])
    if not newest:
        return
    since = newest[0]["_source"]["second"] - int(AGAIN.total_seconds())
    query: Json = {"bool": {"filter": [{"term": {"tracked": True}}, {"range": {"second": {"gte": since}}}]}}
    posts.wake([hit["_source"]["id"] for hit in cluster.every(indices.named("posts"), query, OLDEST_FIRST, fields=["id"])])
