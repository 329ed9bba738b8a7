"""Reads RSS and Atom feeds, broken ones too."""

import calendar
import io
import json
import re
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import feedparser
from msgspec import structs
from parsel import Selector

from config.source import at
from crawlers.items import Item, item_of
from crawlers.refusals import notice
from crawlers.spiders.base import MOST_ITEMS, SourceSpider, Unreadable

# A document type brings entities, and entities bring bombs and files; feeds need neither.
# It stands before the first element, and is looked for there only.
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_BEFORE = re.compile(r"(?:<\?.*?\?>|<!--.*?-->|\s+)*", re.DOTALL)
_ENTRY = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)\b", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class FeedSpider(SourceSpider):
    """Reads the entries of a feed; declared fields name other elements than the usual ones."""

    def items_of(self, text: str, url: str, *, now: datetime, first: int) -> list[Item]:
        """Return the feed's entries. Raises Unreadable where it is no feed, or a page that refuses."""
        if self.source.refused and Selector(text or "<p/>").css(self.source.refused):
            raise Unreadable("blocked", "the site refuses inside its answer")
        feed = parsed_feed(text)
        if not feed.entries and not feed.version:
            word, why = notice(text) or ("wrong" if text.strip() else "empty", "the answer is no feed" if text.strip() else "the answer is blank")
            raise Unreadable(word, why)
        return [self._item(entry, url, now, first + number) for number, entry in enumerate(feed.entries[: MOST_ITEMS + 1])]

    def _item(self, entry: dict[str, Any], url: str, now: datetime, position: int) -> Item:
        found = {
            "title": [_string(entry.get("title"))],
            "url": [_string(entry.get("link")) or _address(entry.get("id"))],
            "text": [content.get("value", "") for content in entry.get("content", ())] + [_string(entry.get("summary"))],
            "author": [_string(entry.get("author"))],
            # Asked as a dictionary: feedparser otherwise answers one of these with another.
            "published_at": [_string(dict.get(entry, name)) for name in ("published", "updated", "created")],
        }
        found |= {name: [_string(entry.get(at(field).lower().replace(":", "_")))] for name, field in self.source.fields.items()}
        item = item_of(found, self.source, url=url, now=now, position=position)
        if item.published_at is None and (read := dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")):
            item = structs.replace(item, published_at=datetime.fromtimestamp(calendar.timegm(read), UTC))
        if not item.url and not item.native_id and (own := _string(entry.get("id"))):
            # An id without an address is this feed's own word: another feed may use it too.
            item = structs.replace(item, native_id=f"{self.source.name}/{own}")
        return structs.replace(item, record=json.dumps(entry, ensure_ascii=False, default=str))


def parsed_feed(text: str) -> Any:
    """Return the feed as feedparser reads it, without document type, outside entities or addresses of its own."""
    bare = _DECLARATION.sub("", _CONTROL.sub("", text.lstrip("\ufeff \r\n\t")), count=1)
    before = _BEFORE.match(bare)
    if kind := _DOCTYPE.match(bare, before.end() if before else 0):
        bare = bare[: kind.start()] + bare[kind.end() :]
    bare = _bounded(bare)
    return feedparser.parse(
        io.BytesIO(bare.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _bounded(text: str) -> str:
    """The feed with one entry more than is read: feedparser takes a millisecond for each, and keeps them all."""
    beyond = next(islice(_ENTRY.finditer(text), MOST_ITEMS + 1, None), None)
    if beyond is None:
        return text
    return text[: beyond.start()] + text[max(text.rfind("</item>"), text.rfind("</entry>")) :].partition(">")[2][:200]


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _address(value: Any) -> str:
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else ""
