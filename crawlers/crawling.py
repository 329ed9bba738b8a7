"""The process that crawls: with names it crawls those and ends; without, it crawls what is asked of it, line by line, until its input ends.

Only this process loads Scrapy. `crawlers.run` starts it for a few sources, `crawlers.crew` for all sources of a worker.
"""

import asyncio
import logging
import os
import sys
import threading
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, cast

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.resolver import dnscache
from twisted.internet.error import ReactorNotRunning

from crawlers import settings as polite
from crawlers.lasting import Shared, SourceCrawler
from crawlers.report import CrawlReport
from crawlers.station import Station, host_of

log = logging.getLogger(__name__)

BEAT = 1.0
"""Seconds between two signs of life."""
_NAMES = 600.0
"""Seconds after which names are looked up again; Scrapy never would."""
_PARTING = 3.0
"""Seconds that crawls have to end when the process must."""


class Crawling:
    """Crawls under one reactor: any number of hosts at once, the sources of one host one after another, for a host gets one connection.

    Where the process lasts, the crawler of a healthy source rests until the next crawl, and is made anew once in an hour, as is its robots.txt.
    """

    def __init__(self) -> None:
        settings = Shared()
        settings.setmodule(polite)
        self._process = AsyncCrawlerProcess(settings)
        logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)  # our reports say it shorter
        self._station: Station = self._process.spider_loader.station  # type: ignore[attr-defined]
        self._station.hearers.append(self._hear)
        self._hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._reports: dict[str, asyncio.Future[CrawlReport]] = {}
        self._resting: dict[str, SourceCrawler] = {}

    async def one(self, name: str) -> None:
        """Crawl a source when its host is free; it ends with a report, whatever happens."""
        async with self._hosts[host_of(self._station.config.sources[name])]:
            begun, report = self._station.now(), asyncio.get_running_loop().create_future()
            self._reports[name] = report
            try:
                crawler = self._resting.pop(name, None)
                if crawler is None or not crawler.again():
                    crawler = SourceCrawler(self._process, name, self._station)
                await crawler.ended(report)
                if self._station.lasts and report.done() and crawler.may_rest(report.result()):
                    self._resting[name] = crawler
                else:
                    await crawler.close("finished")
                why = "the crawl ended without a word"
            except (Exception, asyncio.CancelledError) as error:
                log.error("crawl failed source=%s", name, exc_info=error)
                why = f"{type(error).__name__}: {error}"
            if not report.done():
                source = self._station.config.sources[name]
                self._station.report(CrawlReport(name, begun, self._station.now(), errors=[(source.url, why)], health="fault", why=why))

    def _hear(self, report: CrawlReport) -> None:
        waiting = self._reports.pop(report.source, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(report)

    def run(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Run until the work is done; return whether it was, for signals end it too."""
        task = asyncio.get_event_loop().create_task(self._whole(work))
        self._process.start(stop_after_crawl=False)
        return task.done()

    async def _whole(self, work: Coroutine[Any, Any, Any]) -> None:
        await work
        if left := [asyncio.ensure_future(crawler.stop_async()) for crawler in self._process.crawlers]:
            _, slow = await asyncio.wait(left, timeout=_PARTING)
            if slow:
                os._exit(1)  # the reactor would wait for them; what they found is recovered by whoever comes next
        import twisted.internet.reactor

        with suppress(ReactorNotRunning):
            cast("Any", twisted.internet.reactor).stop()

    async def asked(self) -> None:
        """Crawl what each line of standard input names, and say `done NAME` on standard output; ends with the input."""
        loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()

        def listen() -> None:
            """Pass lines on, from a thread of its own; the empty one is the end."""
            for line in iter(sys.stdin.readline, ""):
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, "")

        async def answered(name: str) -> None:
            """Crawl it and say so."""
            await self.one(name)
            _say(f"done {name}")

        async def beating() -> None:
            """Say that the reactor turns."""
            until = loop.time() + _NAMES
            while True:
                _say("alive")
                if loop.time() > until:
                    dnscache.clear()
                    until = loop.time() + _NAMES
                await asyncio.sleep(BEAT)

        threading.Thread(target=listen, daemon=True).start()
        running = {loop.create_task(beating())}
        while line := await lines.get():
            task = loop.create_task(answered(line.strip()))
            running.add(task)
            task.add_done_callback(running.discard)


def _say(line: str) -> None:
    with suppress(BrokenPipeError):  # whoever asked has ended, and our input with it
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def main(names: Sequence[str]) -> int:
    """Crawl these sources, or those that are asked for."""
    crawling = Crawling()

    async def all_of_them() -> None:
        """Crawl all at once."""
        await asyncio.gather(*(crawling.one(name) for name in names))

    return 0 if crawling.run(all_of_them() if names else crawling.asked()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
