"""What waits for the tracker, in Elasticsearch: a small document for each turn at which a post was made pending.

It is written before the post, which counts its turns; what waits for a turn that its post has not come to is not there yet. What the tracker
clears are the very documents that it was shown, so that a post that is made pending again meanwhile goes on waiting.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.model import JudgedPost
from pipeline.store.elastic_cluster import Change, Cluster
from pipeline.store.elastic_indices import Indices
from pipeline.store.elastic_posts import Posts
from pipeline.store.elastic_search import EVERYTHING

_PAGE = 1000
_ORDER: list[dict[str, str]] = [{"second": "asc"}, {"post": "asc"}, {"turn": "asc"}]


class Pending:
    """The index of what waits."""

    def __init__(self, cluster: Cluster, indices: Indices, posts: Posts) -> None:
        self._cluster = cluster
        self._index = indices.named("pending")
        self._posts = posts
        self._shown: dict[str, list[str]] = {}
        self._guard = threading.Lock()

    def shown(self, limit: int) -> list[JudgedPost]:
        """Return posts that wait, oldest decision time first, and remember at which turns they were shown."""
        found: dict[str, JudgedPost] = {}
        for lines in self._pages():
            months = {line["post"]: line["month"] for line in lines}
            kept = self._posts.found(months)
            for line in lines:
                one = kept.get(line["post"])
                if one is None or line["turn"] > one.turn:
                    continue
                if line["post"] not in found:
                    if len(found) >= limit:
                        return list(found.values())
                    found[line["post"]] = one.record.judged
                    with self._guard:
                        self._shown[line["post"]] = []
                with self._guard:
                    self._shown[line["post"]].append(f"{line['post']}/{line['turn']}")
        return list(found.values())

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        self.refreshed()
        after = None
        while True:
            page = self._cluster.page(self._index, EVERYTHING, _ORDER, size=_PAGE, after=after)
            if page:
                yield [hit["_source"] for hit in page]
            if len(page) < _PAGE:
                return
            after = page[-1]["sort"]

    def refreshed(self) -> None:
        """Let searches see all that waits."""
        self._cluster.refresh(self._index)

    def waiting(self) -> set[str]:
        """Return the ids of all posts that wait."""
        return {line["post"] for lines in self._pages() for line in lines}

    def turns(self, posts: Sequence[str]) -> dict[str, list[int]]:
        """Return the turns at which posts wait."""
        self.refreshed()
        found: dict[str, list[int]] = {}
        for hit in self._cluster.every(self._index, {"terms": {"post": list(posts)}}, _ORDER):
            found.setdefault(hit["_source"]["post"], []).append(hit["_source"]["turn"])
        return found

    def clear(self, posts: Sequence[str]) -> None:
        """Let posts wait no longer, unless they were made pending again since they were shown."""
        with self._guard:
            names = [name for post in posts for name in self._shown.get(post, ())]
            never = [post for post in posts if post not in self._shown]
        self._remove(names + list(self._named(never)))
        with self._guard:
            for post in posts:
                self._shown.pop(post, None)

    def _named(self, posts: Sequence[str]) -> Iterator[str]:
        """The documents of posts that were never shown here."""
        if posts:
            self.refreshed()
            for hit in self._cluster.every(self._index, {"terms": {"post": list(posts)}}, _ORDER, fields=()):
                yield hit["_id"]

    def forget(self, posts: Sequence[str]) -> None:
        """Remove all that waits of posts that are no longer kept."""
        self._remove(self._named(posts))

    def _remove(self, names: Iterable[str]) -> None:
        self._cluster.write([Change("delete", self._index, name) for name in names])
