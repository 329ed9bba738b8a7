"""A Scrapy spider with nothing of ours, to compare with: all lists of the farm and the articles of each, read by CSS into one file.

`python -m tests.bench.bare PORT SOURCES` prints its CPU seconds, without start and end, as the last line.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from tests.bench.hosts import SILENT, address, kind_of


class Bare(Spider):
    """Reads lists, and three articles of each."""

    name = "bare"

    async def start(self) -> AsyncIterator[Any]:
        """Ask for every list."""
        for number in range(int(sys.argv[2])):
            if number % SILENT != SILENT - 1:
                yield Request(f"http://{address(number)}:{sys.argv[1]}/list", cb_kwargs={"kind": kind_of(number)})

    def parse(self, response: Response, kind: str) -> Iterator[Any]:
        """Read a list of its kind."""
        if kind == "api":
            for row in response.json()["data"]["list"]:
                yield {"title": row["word"], "heat": row["num"], "at": row["at"]}
        elif kind == "feed":
            for row in response.xpath("//item"):
                yield {
                    "title": row.xpath("title/text()").get(),
                    "text": row.xpath("description/text()").get(),
                    "at": row.xpath("pubDate/text()").get(),
                }
        else:
            for row in response.css("ul.news li")[:3]:
                yield response.follow(row.css("a::attr(href)").get(), self.parse_article)

    def parse_article(self, response: Response) -> Iterator[Any]:
        """Read an article."""
        title, by = (response.css(f"{css}::text").get() for css in ("h1", ".by"))
        yield {"title": title, "text": "\n".join(response.css(".body p::text").getall()), "by": by}


def main() -> None:
    """Crawl, and say what it cost."""
    marks = []

    def mark() -> None:
        """Note the CPU used so far."""
        marks.append(time.process_time())

    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        settings = {
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": 64,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "WARNING",
            "FEEDS": {file.name: {"format": "jsonlines"}},
        }
        process = AsyncCrawlerProcess(settings)
        crawler = process.create_crawler(Bare)
        crawler.signals.connect(mark, signals.spider_opened)
        crawler.signals.connect(mark, signals.spider_closed)
        process.crawl(crawler)
        process.start()
    print(json.dumps([marks[1] - marks[0], os.getpid()]))


if __name__ == "__main__":
    main()
