"""Proposes the declaration of a source from its address: its feed if it has one, else the list that stands on the page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

import yaml
from msgspec import Struct
from parsel import Selector
from pydantic import ValidationError

from config.errors import InputError, SourceError
from config.source import Source
from crawlers.encodings import decoded
from crawlers.items import Item, line
from crawlers.lists import listed

Fetch = Callable[[str], tuple[bytes, str]]
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "text/xml", "application/xml")
_AGES = (3, 10, 30, 90, 365)
_SHORT = 120
"""Characters of a feed's text, below which the article is asked for too."""


class Proposal(Struct, frozen=True):
    """A declaration, as a file has it, and what it would collect now."""

    declared: dict[str, Any]
    items: list[Item]

    @property
    def yaml(self) -> str:
        """The file's content."""
        head = "# yaml-language-server: $schema=../schemas/source.json\n"
        head += "# Proposed from the page. Look at category, trust and platform, try it with `shian sources try`, then remove `enabled: false`.\n"
        return head + yaml.safe_dump(self.declared, allow_unicode=True, sort_keys=False, width=1000)


def proposed(url: str, fetch: Fetch, now: datetime) -> Proposal:
    """Return the proposal for a page. Raises SourceError where it cannot be had, InputError where nothing on it repeats."""
    body, header = fetch(url)
    text, _ = decoded(body, header=header)
    if feed := _feed(url, text, now):
        return feed
    if text.lstrip("\ufeff \r\n\t").startswith(("{", "[")):
        raise InputError(f"{url}: answers JSON; declare it as `kind: api` by hand, with `items` and `fields`")
    page = Selector(text or "<p/>")
    for address in _alternates(page, url):
        try:
            body, header = fetch(address)
        except SourceError:
            continue
        if feed := _feed(address, decoded(body, header=header)[0], now):
            return feed
    found = listed(text, now)
    if found is None:
        raise InputError(f"{url}: has no feed, and no list of links was found on it; it may be filled by a script: look for the address that it asks")
    fields: dict[str, Any] = {"title": found.title, "url": f"{found.link}::attr(href)"}
    if found.date:
        fields["published_at"] = {"at": found.date, "pattern": found.pattern} if found.pattern else found.date
    own = {"items": found.items, "fields": fields, "detail": {}}
    return _proposal(_declared("listing", url, line(page.css("title").get("")), now) | own, text, now)


def _feed(url: str, text: str, now: datetime) -> Proposal | None:
    from crawlers.spiders.feed import parsed_feed  # it loads Scrapy, which whoever only asks for help need not

    if "<rss" not in text[:5000] and "<feed" not in text[:5000] and "<rdf" not in text[:5000].lower():
        return None
    feed = parsed_feed(text)
    if not feed.entries:
        return None
    proposal = _proposal(_declared("feed", url, line(feed.feed.get("title", "")), now), text, now)
    lengths = sorted(len(item.text) for item in proposal.items)
    if lengths[len(lengths) // 2] < _SHORT:
        return Proposal(proposal.declared | {"detail": {}}, proposal.items)
    return proposal


def _alternates(page: Selector, url: str) -> list[str]:
    """The feeds that a page names, those of its comments last."""
    links = [link for link in page.css("link[rel~=alternate][href]") if link.attrib.get("type", "").split(";")[0].strip().lower() in _FEEDS]
    links.sort(key=lambda link: "comment" in (link.attrib["href"] + link.attrib.get("title", "")).lower() or "评论" in link.attrib.get("title", ""))
    return list(dict.fromkeys(urljoin(url, link.attrib["href"].strip()) for link in links))[:4]


def _declared(kind: str, url: str, title: str, now: datetime) -> dict[str, Any]:
    host = urlsplit(url).hostname or ""
    is_official = host.endswith((".gov.cn", ".gov"))
    return {
        "title": title or host,
        "kind": kind,
        "url": url,
        "category": "regulator" if is_official else "news",
        "trust": "official" if is_official else "media",
        "platform": "gov" if is_official else "news",
        "every": "1h",
        "enabled": False,
        "checked": f"{now:%Y-%m-%d}, proposed from the page; nobody has looked at it yet",
    }


def _proposal(declared: dict[str, Any], text: str, now: datetime) -> Proposal:
    """Read the page by the declaration, and set its bounds by what was found."""
    from crawlers.loader import KINDS
    from crawlers.spiders.base import SourceSpider

    try:
        source = Source.model_validate({"name": "proposed", **declared})
    except ValidationError as error:
        raise InputError(f"{declared['url']}: nothing can be proposed: {error.errors()[0]['msg']}") from error
    kind = KINDS[source.kind]
    reader: SourceSpider = kind.__new__(type("Proposed", (kind,), {"source": source}))
    items = reader.items_of(text, source.url, now=now, first=1)
    times = sorted((item.published_at for item in items if item.published_at), reverse=True)
    # Three times as long as the list has ever been silent, as far as it shows.
    gaps = [now - times[0], *(later - earlier for later, earlier in pairwise(times))] if times else []
    silent = max(gaps, default=timedelta(days=10)) * 3
    age = next((days for days in _AGES if timedelta(days=days) >= silent), _AGES[-1])
    return Proposal(declared | {"expect": {"min_posts": max(1, len(items) // 2), "max_age": f"{age}d"}}, items)
