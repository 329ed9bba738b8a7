"""What all kinds of spiders do: ask the list, keep what is new, ask its articles, say how it went.

A kind only says what a list holds, in `items_of`.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar, Self

from msgspec import structs
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from config.source import Expect, Source
from crawlers.addresses import list_page
from crawlers.articles import article_of, refusal
from crawlers.beside import LITTLE
from crawlers.encodings import decoded
from crawlers.failures import NOT_MODIFIED, STOPPED, is_final, reason_of
from crawlers.items import Item
from crawlers.post import Broken
from crawlers.refusals import is_no_text
from crawlers.report import Tally
from crawlers.samples import MOST, Sample
from crawlers.sealing import Sight
from crawlers.seen import LastCrawl, Validators
from crawlers.snapshots import Snapshots
from crawlers.spiders.answers import elsewhere, header_of, request_of, said_no
from crawlers.spiders.attached import Attached
from crawlers.spiders.found import Found, dropped, post_of, sealed
from crawlers.station import Station

MOST_ITEMS = 2000
"""Items of one page of a list that are read."""
TIMEOUT = "closespider_timeout"
"""Why Scrapy closes a spider that takes too long."""
_IDLE = Expect.model_validate({"min_posts": 0, "max_age": "36500d"})
"""What a crawl that has no words to ask for may bring."""


class Unreadable(Exception):  # noqa: N818 - it is an answer of the page
    """The list cannot be read; `word` is for the source's health."""

    def __init__(self, word: str, why: str) -> None:
        super().__init__(why)
        self.word = word


class SourceSpider(Spider):
    """Crawls one source. Subclasses are made by `crawlers.loader`."""

    source: ClassVar[Source]
    station: ClassVar[Station]
    _attached: Attached

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.complete: Callable[[], None] = lambda: None
        """Makes what was found so far readable by others; whoever writes it down puts his own here."""
        self._tag = hashlib.blake2b(self.source.model_dump_json().encode(), digest_size=16).digest()
        self._requests = 0
        self._begin()

    def _begin(self) -> None:
        self.tally = Tally(self.source.name, self.station.now())
        self._attached = Attached(self, self.station.patience)
        self.is_resting = False
        """Whether the crawl is over and reported; where the process lasts, another may begin."""
        self._last = self.station.seen.last_crawl(self.source.name)
        self._due = self.station.due(self.source, self.tally.started)
        self._words = iter(self._due)
        self._validators: dict[str, Validators] = {}
        self._keys: set[bytes] = set()
        self._unchanged: list[bytes] = []
        self._snapshots = Snapshots(self.source)

    def items_of(self, text: str, url: str, *, now: datetime, first: int) -> list[Item]:
        """Return the items of a list in its order, the first of them counted as `first`. Raises Unreadable."""
        raise NotImplementedError

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Add what the station and the source say."""
        super().update_settings(settings)
        crawl = cls.station.config.settings.crawl
        own = {
            "USER_AGENT": cls.station.user_agent,
            "DOWNLOAD_DELAY": crawl.delay if cls.source.delay is None else cls.source.delay,
            "DOWNLOAD_TIMEOUT": crawl.timeout.total_seconds(),
            "CLOSESPIDER_TIMEOUT": 0 if cls.station.lasts else cls.station.patience,
            "COOKIES_ENABLED": not any(name.lower() == "cookie" for name in cls.source.headers),
        }
        for name, value in own.items():
            settings.set(name, value, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **named: Any) -> Self:
        """Return the spider, listening for its own faults."""
        spider = super().from_crawler(crawler, *args, **named)
        crawler.signals.connect(spider._fault, signal=signals.spider_error)
        crawler.signals.connect(spider._idle, signal=signals.spider_idle)
        return spider

    def _fault(self, failure: Failure, response: Response) -> None:
        self.tally.fail("fault", response.url, f"{type(failure.value).__name__}: {failure.value}")

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first page of the list; of a search, for that of the first word that is due."""
        for request in self._next_word():
            yield request

    def again(self) -> None:
        """Begin another crawl, after a rest. Raises StoreError."""
        self._begin()
        self.crawler.engine.unpause()
        for request in self._next_word():
            self.crawler.engine.crawl(request)

    def _idle(self) -> None:
        """Rest instead of ending where the process lasts: to make a crawler anew costs more than most crawls."""
        if self.station.lasts:
            if not self.is_resting:
                self.complete()
                self._end("finished")
                self.crawler.engine.pause()  # else it would look for work every few seconds
            raise DontCloseSpider

    def parse_list(self, response: Response, page: int, word: str) -> Iterator[Request | Found]:
        """Take what is new from a page of the list, and go on to the next one while there is some."""
        now = self.station.now()
        self.station.reads(self.source.name)
        self._asked(page, word)
        text, _ = decoded(response.body, header=header_of(response, "Content-Type"), declared=self.source.encoding)
        try:
            if said := said_no(response, text):
                raise Unreadable(*said)
            items = self.items_of(text, response.url, now=now, first=self.tally.items + 1)
        except Unreadable as unreadable:
            self._unread(word, unreadable.word, response.url, str(unreadable), body=response.body)
            yield from self._next_word(page)
            return
        except RecursionError:
            self._unread(word, "changed", response.url, "is nested too deeply to be read", body=response.body)
            yield from self._next_word(page)
            return
        yield from self._next_word(page)
        if page == 0:
            self.tally.answered += 1
            self._validators[list_page(self.source, 0, word).url] = Validators(header_of(response, "ETag"), header_of(response, "Last-Modified"))
        if len(items) > MOST_ITEMS:
            self.tally.fail("changed", response.url, f"lists more than {MOST_ITEMS} items, of which no more are read")
        listed, any_new = len(self._keys), False
        for item in items[:MOST_ITEMS]:
            key, digest = item.key(self.source), item.digest(self.source)
            if key in self._keys:
                continue
            self._keys.add(key)
            self.tally.items += 1
            self.tally.saw(item.published_at)
            if reason := dropped(item, self.source, now):
                self.tally.dropped[reason] += 1
            elif self.station.seen.has(self.source.name, key, digest):
                self.tally.unchanged += 1
                self._unchanged.append(key)
            else:
                any_new = True
                yield from self._take(structs.replace(item, keyword=word), key, digest)
        # A page that repeats the ones before is the end, however many more the site offers; so is one that brings nothing new,
        # unless the last crawl broke off and may have left something behind it.
        if page + 1 < self.source.pages and len(self._keys) > listed and (any_new or not self._last.whole):
            yield self._list_request(page + 1, word)

    async def parse_article(self, response: Response, item: Item, key: bytes, digest: bytes) -> AsyncIterator[Found | Broken]:
        """Join what the article's page says with what the list said, and with what its attachments and pictures hold."""
        header = header_of(response, "Content-Type")
        self.station.reads(self.source.name)
        try:
            article = article_of(response.body, header, self.source, url=response.url, now=self.station.now())
        except ValueError as error:
            article = None
            if self.source.attachments is None:
                self.tally.note(response.url, str(error))
        text = "" if is_no_text(response.body) else decoded(response.body, header=header, declared=self.source.encoding)[0]
        if said := elsewhere(response) or refusal(article, item, text):
            self.tally.fail_article(said[0], response.url, said[1], is_final=False)
            for found in self._found(item, key, digest, is_final=False):
                yield found
            return
        samples, is_whole = await self._attached.samples(response)
        samples = list(dict.fromkeys([*(article.samples if article else ()), *samples]))[:MOST]
        if article and self._attached.reads_pictures and len(article.text) < LITTLE and not samples:
            words = await self._attached.words(response)
            article = structs.replace(article, text="\n".join(filter(None, (article.text, words))))
        if article and not article.text and not samples:
            yield self._snapshots.of(response.url, response.body, header)
        seen = Sight(response.body, header or "text/html")
        for found in self._found(article.over(item) if article else item, key, digest, is_final=is_whole, seen=seen, samples=samples):
            yield found

    def closed(self, reason: str) -> None:
        """Scrapy's last word; the spool is complete by now."""
        if not self.is_resting:
            self._end(reason)

    def _end(self, reason: str) -> None:
        """Remember the crawl and report it."""
        now, seen, name = self.station.now(), self.station.seen, self.source.name
        if reason == TIMEOUT:
            self.tally.fail("timeout", self.source.url, "the crawl took longer than crawl.limit")
        elif reason != "finished":
            self.tally.fail("fault", self.source.url, f"the crawl was ended: {reason}")
        seen.touch(name, self._unchanged, now)
        if self.tally.is_whole:
            for url, validators in self._validators.items():
                seen.keep_validators(url, self._tag, validators, now)
        seen.end_crawl(name, LastCrawl(self.tally.is_whole, self.tally.newest, self.tally.started))
        before, self._requests = self._requests, self.crawler.stats.get_value("downloader/request_count", 0)
        self.is_resting = True
        expect = self.source.expect if self._due else _IDLE
        word, why = self.tally.health(expect, now, self._last.newest)
        # What people wrote, with their names, may stand on any other page of theirs.
        is_kept = self.source.trust != "person" or word in ("blocked", "login", "suspended")
        snapshot = self.station.unread(name, self.tally.unread if is_kept else None, said=f"{word}: {why}")
        asked = self._requests - before
        self.station.report(self.tally.report(expect, ended=now, requests=asked, newest=self._last.newest, snapshot=snapshot))

    def _list_request(self, page: int, word: str) -> Request:
        asked = list_page(self.source, page, word)
        headers = dict(asked.headers)
        if not asked.body and page == 0 and self._last.whole:
            validators = self.station.seen.validators(asked.url, self._tag)
            headers |= {"If-None-Match": validators.etag} if validators.etag else {}
            headers |= {"If-Modified-Since": validators.modified} if validators.modified else {}
        return Request(
            asked.url,
            self.parse_list,
            method="POST" if asked.body else "GET",
            body=asked.body,
            headers=headers,
            errback=self._list_failed,
            cb_kwargs={"page": page, "word": word},
            dont_filter=True,
            priority=10,
        )

    def _next_word(self, page: int = 0) -> Iterator[Request]:
        """Ask for the next word once the one before was answered, so that a site that refuses it is asked for no other."""
        if page == 0 and not self.tally.is_refused:
            for word in islice(self._words, 1):
                yield self._list_request(0, word)

    def _asked(self, page: int, word: str) -> None:
        """Note that a word was asked for, whatever the answer: the next crawl goes on with others."""
        if word and page == 0:
            self.station.seen.asked_for(self.source.name, word, self._due[word])
            self.tally.searches += 1

    def _unread(self, word: str, health: str, url: str, why: str, *, body: bytes) -> None:
        if word:
            self.tally.miss(health, url, f"{why} (asked for {word})", body)
        else:
            self.tally.fail(health, url, why, body)

    def _take(self, item: Item, key: bytes, digest: bytes) -> Iterator[Request | Found]:
        if self.source.detail is None or not item.url:
            yield from self._found(item, key, digest)
            return
        self.tally.articles += 1
        asked = {"item": item, "key": key, "digest": digest}
        yield Request(item.url, self.parse_article, headers=self.article_headers(), errback=self._article_failed, cb_kwargs=asked, dont_filter=True)

    def article_headers(self) -> dict[str, str]:
        """Return the headers for pages and files. A cookie or key is for the list's host; Scrapy takes care of that on redirects only."""
        return {name: value for name, value in self.source.headers.items() if name.lower() not in ("cookie", "authorization", "content-type")}

    def _found(
        self, item: Item, key: bytes, digest: bytes, *, is_final: bool = True, seen: Sight | None = None, samples: Sequence[Sample] = ()
    ) -> Iterator[Found]:
        post, has_text = post_of(item, samples, self.source, self.station)
        self.tally.texts[has_text] += 1
        if post is None:
            self.tally.dropped["no text"] += 1
        else:
            yield Found(post, key, digest, is_final, sealed(post, item, seen=seen, source=self.source, station=self.station))

    def _list_failed(self, failure: Failure) -> Iterator[Request]:
        health, why = reason_of(failure)
        if health == STOPPED:
            if self.tally.again and self.tally.is_whole:  # robots.txt was answered so
                self.tally.fail("blocked", request_of(failure).url, f"the site asks to be left alone until {self.tally.again:%Y-%m-%d %H:%M}Z")
            return
        page, word = request_of(failure).cb_kwargs["page"], request_of(failure).cb_kwargs["word"]
        self._asked(page, word)
        if health == NOT_MODIFIED:
            self.tally.not_modified += 1
            self.tally.answered += 1
        else:
            response = getattr(failure.value, "response", None)
            self._unread(word, health, request_of(failure).url, why, body=response.body if response else b"")
        yield from self._next_word(page)

    def _article_failed(self, failure: Failure) -> Iterator[Found]:
        """What the list says is reported at once; the article is asked again, unless it is gone or not for us."""
        word, why = reason_of(failure)
        final = is_final(failure)
        if word == STOPPED:
            self.tally.pass_by()
        else:
            self.tally.fail_article(word, request_of(failure).url, why, is_final=final)
        asked: dict[str, Any] = request_of(failure).cb_kwargs
        yield from self._found(asked["item"], asked["key"], asked["digest"], is_final=final)
