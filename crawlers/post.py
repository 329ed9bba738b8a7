"""A post as it was found, and how it is identified.

Nothing here loads Scrapy, so that readers of files and spools stay light.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from msgspec import Struct, structs

from crawlers.samples import Sample

_TRACKING = re.compile(r"^(utm_.+|spm|from|share_token|wfr|isappinstalled|scene|clicktime|enterid)$")


class Engagement(Struct, frozen=True, omit_defaults=True):
    """How far a post has gone, as its site counts; None where the site does not say."""

    reposts: int | None = None
    comments: int | None = None
    likes: int | None = None
    heat: int | None = None
    rank: int | None = None


class Post(Struct, frozen=True, omit_defaults=True):
    """帖文: one thing that somebody published. Texts are as found; times are aware and UTC.

    `id` is derived (see `identity`), so that a post found twice is one post; `native_id` is its site's or file's own.
    """

    id: str
    text: str
    native_id: str = ""
    title: str = ""
    url: str = ""
    platform: str = ""
    source: str = ""
    author: str = ""
    published_at: datetime | None = None
    collected_at: datetime | None = None
    engagement: Engagement = Engagement()
    keyword: str = ""
    """The word of the search that first found it; neither its identity nor a part of its text."""
    samples: tuple[Sample, ...] = ()
    """Sampling results that were read from its tables and attachments; the text tells them too."""

    @property
    def at(self) -> datetime:
        """Its decision time: when it was collected, else when it was published."""
        at = self.collected_at or self.published_at
        if at is None:
            raise ValueError(f"post {self.id} has no time")
        return at

    @property
    def writing(self) -> str:
        """Title and text as one, each once."""
        if not self.title or self.text.startswith(self.title):
            return self.text
        return f"{self.title}\n{self.text}" if self.text else self.title


class Collected(Struct, frozen=True):
    """A post on its way into the store, with the evidence of it: `sealed` is what `crawlers.sealing.Sealer` made of it when it was collected."""

    post: Post
    sealed: bytes


class Broken(Struct, frozen=True):
    """A record that is no post: where it stands (line from 1, or page address), why, and as much of it as is worth keeping."""

    where: str
    why: str
    raw: str = ""


def identity(*, platform: str, native_id: str, url: str, source: str, published_at: datetime | None, text: str) -> str:
    """Return the post's id, 32 hex digits: blake2b-128 of what names it.

    That is its platform and native id or canonical address; without either, platform, source, time and text. Never the author.
    """
    if native_id or url:
        parts = [platform, native_id or canonical(url)]
    else:
        parts = [platform, source, published_at.astimezone(UTC).isoformat() if published_at else "", text]
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def identified(post: Post) -> Post:
    """Return the post with the id that its fields give it."""
    return structs.replace(
        post,
        id=identity(
            platform=post.platform, native_id=post.native_id, url=post.url, source=post.source, published_at=post.published_at, text=post.text
        ),
    )


def digest(post: Post) -> bytes:
    """Return what tells a revision: blake2b-128 of title and text as found."""
    return hashlib.blake2b(f"{post.title}\x1f{post.text}".encode(), digest_size=16).digest()


def canonical(url: str) -> str:
    """Return the address without what does not change the page: scheme, www., m., default port, fragment, tracking words, order.

    http and https twins, and the same link shared from different apps, become one.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").removeprefix("www.").removeprefix("m."), parts.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    query = sorted((key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(key))
    where = host if port in (None, 80, 443) else f"{host}:{port}"
    return urlunsplit(("", where, parts.path.rstrip("/") or "/", urlencode(query), ""))


def pseudonym(author: str, key: bytes) -> str:
    """Return the name that stands for an author: a keyed hash, the same for the same author and key, not to be turned back."""
    return "p-" + hmac.new(key, author.encode(), hashlib.sha256).hexdigest()[:16] if author else ""
