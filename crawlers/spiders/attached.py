"""Asks the files and pictures of an article, one after another within the source's politeness, and has them read in a process of their own."""

import asyncio
import time
from typing import TYPE_CHECKING

from parsel import Selector
from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.defer import deferred_from_coro, maybe_deferred_to_future
from twisted.python.failure import Failure

from config.source import at
from crawlers.attachments import linked, pictured
from crawlers.beside import MOST_PICTURES, PICTURE_BYTES, samples_in, words_in
from crawlers.encodings import decoded
from crawlers.failures import TOO_LARGE, is_final, reason_of
from crawlers.refusals import is_no_text
from crawlers.samples import MOST, Sample

if TYPE_CHECKING:
    from crawlers.spiders.base import SourceSpider

_OK = 200


class Attached:
    """What one crawl reads beside its articles' texts; after `seconds` it asks no more, so that the crawl can end in time."""

    def __init__(self, spider: "SourceSpider", seconds: float) -> None:
        self._spider, self._tally = spider, spider.tally
        self._until = time.monotonic() + seconds
        self._turn = asyncio.Lock()
        own = spider.source.ocr
        self.reads_pictures = spider.station.config.settings.crawl.ocr if own is None else own

    async def samples(self, response: Response) -> tuple[list[Sample], bool]:
        """Return the failed samples in the attachments of an article, or in the file that stands for it; and whether all that can be had was had."""
        wanted = self._spider.source.attachments
        if wanted is None:
            return [], True
        if is_no_text(response.body):
            return await self._samples_in(response.url, response.body), True
        found: dict[Sample, None] = {}
        is_whole = True
        async with self._turn:
            for url in linked(_page(response), response.url, wanted):
                body = await self._asked(url, response.url, wanted.max_bytes)
                if isinstance(body, bytes):
                    found |= dict.fromkeys(await self._samples_in(url, body))
                else:
                    self._tally.attached[False] += 1
                    is_whole = is_whole and body
        if not is_whole:
            self._tally.leave_open()
        return list(found)[:MOST], is_whole

    async def words(self, response: Response) -> str:
        """Return the text in the pictures of an article, marked as such; empty where there is none."""
        fields = self._spider.source.detail.fields if self._spider.source.detail else {}
        within = at(fields["text"]).partition("::")[0] if "text" in fields else ""
        found = []
        async with self._turn:
            for url in pictured(_page(response), response.url, within=within, most=MOST_PICTURES):
                body = await self._asked(url, response.url, PICTURE_BYTES)
                if not isinstance(body, bytes):
                    continue
                text, fault = await asyncio.to_thread(words_in, body)
                found.append(text)
                if fault:
                    self._tally.note(url, f"the picture {fault}")
        return "\n".join(filter(None, found))

    async def _samples_in(self, url: str, body: bytes) -> list[Sample]:
        samples, fault = await asyncio.to_thread(samples_in, body)
        self._tally.attached[not fault] += 1
        if fault:
            self._tally.note(url, f"the attachment {fault}")
        return samples

    async def _asked(self, url: str, page: str, most: int) -> bytes | bool:
        """Return the file; else whether asking again would not help."""
        if time.monotonic() > self._until:
            self._tally.note(url, "not asked: the crawl took too long")
            return False
        engine = self._spider.crawler.engine
        assert engine is not None
        headers = {**self._spider.article_headers(), "Referer": page}
        request = Request(url, headers=headers, meta={"download_maxsize": most}, dont_filter=True)
        # What fails comes back as a value, a list: a deferred would raise it, whatever it is.
        asked = deferred_from_coro(engine.download_async(request)).addErrback(lambda failure: [failure])
        answer: Response | list[Failure] = await maybe_deferred_to_future(asked)
        if isinstance(answer, Response) and answer.status == _OK:
            return answer.body
        failure = answer[0] if isinstance(answer, list) else Failure(HttpError(answer))  # type: ignore[no-untyped-call]
        why = reason_of(failure)[1]
        self._tally.note(url, why)
        return is_final(failure) or why == TOO_LARGE


def _page(response: Response) -> Selector:
    return Selector(decoded(response.body, header=(response.headers.get("Content-Type") or b"").decode("latin-1"))[0] or "<p/>")
