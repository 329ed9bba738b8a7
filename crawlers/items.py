"""What a list says of one item, read into the fields of a post.

Nothing here loads Scrapy: lists, articles and answers are read from text alone.
"""

import hashlib
import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urljoin

from msgspec import Struct

from config.source import Select, Source
from crawlers.dates import parsed
from crawlers.post import Engagement, identity

_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/tr|/h[1-6]|/section|/article|/dd|/dt)\b[^<>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|noscript|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![A-Za-z\[][^<>]*>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
_COUNT = re.compile(r"(?<![\d.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*([万亿千w]|[km](?![a-z]))?")
_SCALES = {"千": 10**3, "k": 10**3, "万": 10**4, "w": 10**4, "m": 10**6, "亿": 10**8}
_FIGURES = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?!\d)")
_TOMORROW = timedelta(days=1)
COUNTS = ("reposts", "comments", "likes", "heat", "rank")


class Item(Struct, frozen=True):
    """One item of a list, before its article is read."""

    text: str = ""
    title: str = ""
    url: str = ""
    native_id: str = ""
    author: str = ""
    author_id: str = ""
    published_at: datetime | None = None
    engagement: Engagement = Engagement()
    record: str = ""
    """What the list holds of it, as it came: for evidence only."""
    keyword: str = ""
    """The word of the search that found it."""

    def key(self, source: Source) -> bytes:
        """Return what it is remembered by: its post's identity, but for the time, which sites may write as `3分钟前`."""
        return bytes.fromhex(
            identity(
                platform=source.platform,
                native_id=self.native_id,
                url=self.url,
                source=source.name,
                published_at=None,
                text=self.text or self.title,
            )
        )

    def digest(self, source: Source) -> bytes:
        """Return what changes when the list says something new of it; counts do not ask for its article again."""
        counts = "" if source.detail else repr(self.engagement)
        return hashlib.blake2b("\x1f".join((self.title, self.text, counts)).encode(), digest_size=16).digest()


def item_of(found: Mapping[str, Sequence[str]], source: Source, *, url: str, now: datetime, position: int) -> Item:
    """Return the item of which `found` was found, field by field: every match as it stands on the page at `url`.

    A field's pattern, join and base are applied; a hot list without a rank counts its items from `position`, 1 for the first.
    """
    values = {name: picked(matches, source.fields.get(name, "")) for name, matches in found.items()}
    counts = {name: counted(values[name]) for name in COUNTS if name in values}
    if source.category == "hot-list" and "rank" not in values:
        counts["rank"] = position
    return Item(
        text=plain(values.get("text", "")),
        title=line(values.get("title", "")),
        url=address(values.get("url", ""), url),
        native_id=line(values.get("id", "")),
        author=line(values.get("author", "")),
        author_id=line(values.get("author_id", "")),
        published_at=published(ordered(values.get("published_at", ""), source.fields.get("published_at", "")), now),
        engagement=Engagement(**counts),
    )


def picked(matches: Sequence[str], field: str | Select) -> str:
    """Return what of the matches counts: the first that is not blank, or all of them joined."""
    if isinstance(field, str):
        return next((match for match in matches if match.strip()), "")
    kept = [match for match in (_kept(match, field.pattern) for match in matches) if match.strip()]
    value = field.join.join(kept) if field.join else next(iter(kept), "")
    return field.base + value.strip() if field.base and value else value


def ordered(text: str, field: str | Select) -> str:
    """Return a time with its date written year first, where the source writes it otherwise."""
    if isinstance(field, str) or field.order == "ymd":
        return text
    return _FIGURES.sub(r"\3-\2-\1" if field.order == "dmy" else r"\3-\1-\2", text)


def _kept(match: str, pattern: str) -> str:
    if not pattern:
        return match
    found = re.search(pattern, match)
    return "" if found is None else (found[1] or "") if found.re.groups else found[0]


def published(text: str, now: datetime) -> datetime | None:
    """Return when it was published; a time beyond tomorrow is none."""
    at = parsed(text, now) if text else None
    return at if at is None or at <= now + _TOMORROW else None


def address(value: str, page: str) -> str:
    """Return the whole address of a link on a page; nothing for what is no page of the web."""
    try:
        url = urljoin(page, html.unescape(clear(value)).strip()) if value.strip() else ""
    except ValueError:
        return ""
    return url if url.startswith(("http://", "https://")) else ""


def plain(markup: str) -> str:
    """Return the text of HTML, a line for each block; text without tags is left as it is, but for its blanks."""
    text = _TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub("", markup))) if "<" in markup else markup
    text = clear(html.unescape(text)).replace("\xa0", " ")
    return "\n".join(stripped for stripped in (" ".join(row.split()) for row in text.splitlines()) if stripped)


def line(markup: str) -> str:
    """Return the text of HTML as one line."""
    return " ".join(plain(markup).split())


def clear(text: str) -> str:
    """Return the text with its surrogate pairs joined, and without what no UTF-8 file can hold."""
    if not _CONTROL.search(text):
        return text
    return _CONTROL.sub("", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def counted(text: str) -> int | None:
    """Return the number that a site writes as 1.2万, 3,456 or 10w+; None where it writes none."""
    match = _COUNT.search(unicodedata.normalize("NFKC", text).lower())
    if match is None:
        return None
    digits, fraction, scale = match[1].replace(",", ""), match[2] or "", match[3]
    if len(digits) > 15:
        return None
    return round(float(digits + fraction) * _SCALES[scale]) if scale else int(digits)
