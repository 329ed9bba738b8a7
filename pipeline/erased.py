"""Which posts were erased because a person asked: a book of the ledger, which ingest asks so that they never come back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import msgspec

from crawlers.post import Post
from pipeline.batches import batched
from pipeline.model import Entry
from pipeline.store import EntryFilter, Store

BOOK = "erased"
_AT_ONCE = 500
MARK = "已按个人请求删除"
"""What stands in the place of author, title and text."""


def erased_of(store: Store, posts: Sequence[Post]) -> set[str]:
    """Return the ids of those that were erased: one look a batch."""
    return set(store.ledger.read(BOOK, [post.id for post in posts])) if posts else set()


def mark(store: Store) -> str:
    """Return what changes whenever something is erased, so that a tracker knows when what it remembers holds no more."""
    newest = store.ledger.page(BOOK, EntryFilter(newest_first=True), limit=1).items
    return f"{newest[0].at.isoformat()}/{newest[0].id}/{newest[0].version}" if newest else ""


def entered(store: Store, posts: Sequence[str], state: str, now: datetime, *, proof: Mapping[str, str] = MappingProxyType({})) -> None:
    """Write that posts are to be erased (`asked`), or are (`done`), with the SHA-256 of what each said, by id, where it is known."""
    for some in batched(posts, _AT_ONCE):
        there = store.ledger.read(BOOK, some)
        bodies = {post: there[post].body if post in there else b"{}" for post in some}
        bodies |= {post: msgspec.json.encode({"sha256": proof[post]}) for post in some if post in proof}
        versions = {post: there[post].version if post in there else 0 for post in some}
        store.ledger.write([Entry(BOOK, post, now, state, bodies[post], versions[post]) for post in dict.fromkeys(some)])
