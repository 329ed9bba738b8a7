"""Keeps requests, and the redirects that come of them, to addresses that crawls may ask."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawlers.failures import STOPPED
from crawlers.guard import Guard, is_public

REFUSED = "address refused"
_LONGEST = timedelta(days=1)
"""As long as a site may ask to be left alone: no source is given up for ever."""


class GuardMiddleware:
    """Refuses addresses by what is written in them; all requests pass it, robots.txt and redirects too."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the crawler's own."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest with the reason, or let it pass."""
        spider: Any = self._crawler.spider
        if why := spider.station.guard.refusal(request.url):
            raise IgnoreRequest(f"{REFUSED}: {why}")
        if spider.tally.is_refused or spider.tally.is_stopped:
            raise IgnoreRequest(STOPPED)


class PatienceMiddleware:
    """Hears when a site asks to be left alone (Retry-After), and then neither this request nor another is sent in this crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the crawler's own."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Note until when, and let the answer pass, without another try."""
        spider: Any = self._crawler.spider
        value = (response.headers.get("Retry-After") or b"").decode("latin-1") if response.status in (429, 503) else ""
        if until := asked_until(value, spider.station.now()):
            spider.tally.again = max(until, spider.tally.again or until)
            request.meta["dont_retry"] = True
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """A site that does not answer in time is not asked again before its next crawl."""
        if isinstance(exception, DownloadTimeoutError):
            request.meta["dont_retry"] = True


def asked_until(value: str, now: datetime) -> datetime | None:
    """Return until when a Retry-After asks to wait, a day at most; None where it says nothing."""
    try:
        until = now + timedelta(seconds=int(value)) if value.strip().isdecimal() else parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return now + _LONGEST if value.strip().isdecimal() else None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(until, now + _LONGEST) if until > now else None


class GuardedResolver(CachingThreadedResolver):
    """Refuses names that stand for private addresses, so that no public name leads inside."""

    guard = Guard(())
    proxies: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Return the process's own."""
        resolver = super().from_crawler(crawler, reactor)
        # What Scrapy passes here is the whole process, with the loader of all its spiders.
        resolver.guard = crawler.spider_loader.station.guard  # type: ignore[attr-defined]
        resolver.proxies = frozenset(urlsplit(proxy).hostname or "" for proxy in getproxies().values())
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":  # noqa: N802 - the interface's name
        """Resolve a name; DNSLookupError where its address is private."""

        def checked(address: str) -> str:
            """Return the address, if it may be reached."""
            if name in self.guard.hosts or name in self.proxies or is_public(address):
                return address
            raise DNSLookupError(f"{REFUSED}: {name} stands for the private address {address}")

        return super().getHostByName(name, timeout).addCallback(checked)
