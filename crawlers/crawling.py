"""The process that crawls: with names it crawls those and ends; without, it crawls what is asked of it, line by line, until its input ends.

Only this process loads Scrapy. `crawlers.run` starts it for a few sources, `crawlers.crew` for all sources of a worker.
"""

import asyncio
import logging
import sys
import threading
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, cast

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from twisted.internet.error import ReactorNotRunning

from crawlers import settings as polite
from crawlers.report import CrawlReport
from crawlers.station import Station, host_of

log = logging.getLogger(__name__)

BEAT = 5.0
"""Seconds between two signs of life."""
_GRACE = timedelta(seconds=30)
"""What a crawl may take beyond crawl.limit, which it keeps by itself."""
_PARTING = 3.0
"""Seconds that crawls have to end when the process must."""


class Crawling:
    """Crawls under one reactor: any number of hosts at once, the sources of one host one after another, for a host gets one connection."""

    def __init__(self) -> None:
        settings = Settings()
        settings.setmodule(polite)
        self._process = AsyncCrawlerProcess(settings)
        logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)  # our reports say it shorter
        self._station: Station = self._process.spider_loader.station  # type: ignore[attr-defined]
        self._hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def one(self, name: str) -> None:
        """Crawl a source when its host is free; it ends with a report, whatever happens."""
        source, station = self._station.config.sources[name], self._station
        async with self._hosts[host_of(source)]:
            begun = station.now()
            station.reported.discard(name)
            task = self._process.crawl(name)
            limit = (station.config.settings.crawl.limit + _GRACE).total_seconds()
            done, _ = await asyncio.wait([task], timeout=limit)
            why, word = "", "fault"
            if not done:
                why, word = "ended after crawl.limit", "timeout"
            elif error := task.exception():
                why = f"{type(error).__name__}: {error}"
                log.error("crawl failed source=%s", name, exc_info=error)
            if name not in station.reported:
                why = why or "the crawl ended without a word"
                station.report(CrawlReport(name, begun, station.now(), errors=[(source.url, why)], health=word, why=why))

    def run(self, work: Coroutine[Any, Any, Any]) -> bool:
        """Run until the work is done; return whether it was, for signals end it too."""
        task = asyncio.get_event_loop().create_task(self._whole(work))
        self._process.start(stop_after_crawl=False)
        return task.done()

    async def _whole(self, work: Coroutine[Any, Any, Any]) -> None:
        await work
        if left := [asyncio.ensure_future(crawler.stop_async()) for crawler in self._process.crawlers]:
            await asyncio.wait(left, timeout=_PARTING)
        import twisted.internet.reactor

        try:
            cast("Any", twisted.internet.reactor).stop()
        except ReactorNotRunning:
            pass

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
            while True:
                _say("alive")
                await asyncio.sleep(BEAT)

        threading.Thread(target=listen, daemon=True).start()
        running = {loop.create_task(beating())}
        while line := await lines.get():
            task = loop.create_task(answered(line.strip()))
            running.add(task)
            task.add_done_callback(running.discard)


def _say(line: str) -> None:
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
