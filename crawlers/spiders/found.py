"""What becomes of an item: a post on its way to the spool, or a reason why it is left out."""

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from config.source import Source
from crawlers.articles import text_of
from crawlers.items import Item
from crawlers.post import Post, identified, pseudonym
from crawlers.samples import Sample, told
from crawlers.sealing import Sight
from crawlers.station import Station


class Found(Struct, frozen=True):
    """A post on its way to the spool, and what its item is remembered by; one that is not final is looked at again next time."""

    post: Post
    key: bytes
    digest: bytes
    is_final: bool = True
    sealed: bytes = b""


def post_of(item: Item, samples: Sequence[Sample], source: Source, station: Station) -> tuple[Post | None, bool]:
    """Return the post of an item and of the samples that came with it, None where it says nothing; and whether it has a text of its own."""
    text, is_own = text_of(item, source)
    text = "\n".join(filter(None, (text, told(samples))))
    has_text = is_own or bool(samples)
    if not text:
        return None, has_text
    post = Post(
        id="",
        text=text,
        native_id=item.native_id,
        title=item.title,
        url=item.url,
        platform=source.platform,
        source=source.name,
        author=pseudonym(item.author, station.author_key) if station.author_key else "",
        published_at=item.published_at,
        collected_at=station.now(),
        engagement=item.engagement,
        keyword=item.keyword,
        samples=tuple(samples),
    )
    return identified(post), has_text


def sealed(post: Post, item: Item, *, seen: Sight | None, source: Source, station: Station) -> bytes:
    """Return the evidence of a post, sealed; `seen` is its page, else the item's own record. Empty where none is kept."""
    if station.sealer is None:
        return b""
    seen = seen or Sight(item.record.encode("utf-8", "replace"), "text/html" if source.kind == "listing" else "application/json")
    return station.sealer.sealed(post, author=item.author, author_id=item.author_id, seen=seen)


def dropped(item: Item, source: Source, now: datetime) -> str:
    """Return why an item of a list is left out, empty where it is not."""
    if not (item.title or item.text):
        return "no text" if not (source.detail and item.url) else ""
    if any(re.search(pattern, text) for pattern in source.skip for text in (item.title, item.text)):
        return "skipped"
    if item.published_at is not None and now - item.published_at > source.max_age:
        return "too old"
    return ""
