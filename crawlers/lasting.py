"""What Scrapy makes anew for every crawl, made once: a crawler that rests between two crawls of its source, and settings that are cheap to copy."""

import asyncio
import time
from contextlib import suppress
from typing import Any, Self, cast

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import BaseSettings, Settings, SettingsAttribute

from crawlers.report import CrawlReport
from crawlers.spiders.base import TIMEOUT, SourceSpider
from crawlers.station import Station

_LONGEST = 3600.0
"""Seconds after which a crawler is made anew, and robots.txt with it."""
_GRACE = 30.0
"""Seconds that a crawl has to end once it was told to, beside what its requests may take."""


class Shared(Settings):
    """Settings that every crawl gets a copy of. Scrapy's own copy is deep, and takes longer than many a crawl; nobody changes a value in place."""

    def copy(self) -> Self:
        """Return a copy that shares its values."""
        return cast("Self", _copied(self, type(self).__new__(type(self))))


def _copied(settings: BaseSettings, into: BaseSettings) -> BaseSettings:
    into.frozen, into.attributes = False, {}
    for name, attribute in settings.attributes.items():
        value = attribute.value
        own = _copied(value, BaseSettings()) if isinstance(value, BaseSettings) else value
        into.attributes[name] = SettingsAttribute(own, attribute.priority)
    return into


class SourceCrawler:
    """The crawler of one source. Making it begins a crawl."""

    def __init__(self, process: AsyncCrawlerProcess, name: str, station: Station) -> None:
        self._station = station
        self._crawler = process.create_crawler(name)
        self._task: asyncio.Task[Any] = process.crawl(self._crawler)
        self._made = time.monotonic()

    async def ended(self, report: "asyncio.Future[CrawlReport]") -> None:
        """Return when the crawl has ended, by itself or because it took too long. Raises what it failed with."""
        limit = self._station.patience if self._station.lasts else None
        done, _ = await asyncio.wait({self._task, report}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            await self.close(TIMEOUT)
        if self._task in done:
            self._task.result()

    def may_rest(self, report: CrawlReport) -> bool:
        """Say whether another crawl may follow in this crawler, after a healthy one."""
        spider = cast("SourceSpider | None", self._crawler.spider)
        is_whole = not self._task.done() and spider is not None and spider.is_resting
        return is_whole and report.health == "ok" and time.monotonic() - self._made < _LONGEST

    def again(self) -> bool:
        """Begin another crawl, if it still can."""
        if self._task.done():
            return False
        cast("SourceSpider", self._crawler.spider).again()
        return True

    async def close(self, reason: str) -> None:
        """End it, whatever it is doing."""
        patience = _GRACE + 2 * self._station.config.settings.crawl.timeout.total_seconds()
        if not self._task.done():
            with suppress(RuntimeError, TimeoutError):  # it was not even opened; or cannot end
                await asyncio.wait_for(self._crawler.engine.close_spider_async(reason=reason), patience)
        await asyncio.wait({self._task}, timeout=patience)
