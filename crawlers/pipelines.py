"""Writes what spiders find into the spool, and remembers it once it is there."""

from typing import Any, Self

from scrapy.crawler import Crawler

from config.errors import ShianError, SpoolError, StoreError
from crawlers.post import Broken, Collected
from crawlers.spiders.found import Found
from crawlers.spool import SpoolWriter


class SpoolPipeline:
    """Posts into chunks; an item counts as seen when its chunk is on the disk, so that a crash repeats and never loses."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._unmarked: dict[str, Found] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the crawler's own."""
        return cls(crawler)

    def open_spider(self) -> None:
        """Begin the source's spool."""
        self._writer = SpoolWriter(self._spider.station.spool, self._spider.name, published=self._mark)
        self._spider.complete = self.close_spider

    def process_item(self, item: Found | Broken) -> Found | Broken:
        """Write the post, or the page that is none; a full disk ends the crawl, and its report says so."""
        try:
            if isinstance(item, Broken):
                self._writer.write(item)
                return item
            self._unmarked[item.post.id] = item
            self._writer.write(Collected(item.post, item.sealed) if item.sealed else item.post)
            self._spider.tally.new += 1
        except SpoolError as error:
            self._stop(error)
        return item

    def close_spider(self) -> None:
        """Publish the rest."""
        try:
            self._writer.close()
        except SpoolError as error:
            self._stop(error)

    def _mark(self, ids: list[str]) -> None:
        """Runs in the writer's thread too."""
        done = [found for found in (self._unmarked.pop(one, None) for one in ids) if found is not None and found.is_final]
        try:
            self._spider.station.seen.mark(self._spider.name, [(found.key, found.digest) for found in done], self._spider.station.now())
        except StoreError as error:
            self._stop(error)

    def _stop(self, error: ShianError) -> None:
        self._spider.tally.fail("fault", "", str(error))
        self._spider.tally.is_stopped = True

    @property
    def _spider(self) -> Any:
        return self._crawler.spider
