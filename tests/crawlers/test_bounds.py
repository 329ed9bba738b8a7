"""Hostile sites, in one crawl by the real spiders: each is bounded with a word on its health, and disturbs nobody."""

import gzip
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from crawlers.extract import extract
from crawlers.report import CrawlReport
from crawlers.run import crawl
from crawlers.spiders.base import MOST_ITEMS
from tests.crawlers.shapes import ENVIRON, LISTING, article, entry, feed, listing
from tests.crawlers.site import Asked, Home, Reply, home_in

WORDS = {"items": "list", "fields": {"title": "word"}}
BLANK = b" " * 20_000_000
LAUGHS = "".join(f"<!ENTITY l{n} '{'&l' + str(n - 1) + ';' if n else 'ha'}{('&l' + str(n - 1) + ';') * 9 if n else ''}'>" for n in range(12))


def packed(wbits: int) -> bytes:
    packer = zlib.compressobj(wbits=wbits)
    return packer.compress(BLANK) + packer.flush()


def brotli() -> Reply:
    packed = pytest.importorskip("brotli").compress(BLANK, quality=1)
    return Reply(packed, headers={"Content-Encoding": "br"})


def next_page(asked: Asked) -> Reply:
    number = int(asked.path.rpartition("=")[2])
    rows = "".join(f"<li><a href='/n/{number * 3 + row}'>第{row}条</a></li>" for row in range(3))
    return Reply(f"<ul>{rows}</ul><a rel='next' href='/list?page={number + 1}'>下一页</a>")


def next_day(asked: Asked) -> Reply:
    day = int(asked.path.strip("/").removesuffix(".html").rpartition("/")[2] or 0)
    return Reply(article(f"第{day}天的日历。") + f"<a href='/a/{day + 1}.html'>后一天</a>")


def onward(asked: Asked) -> Reply:
    return Reply(status=302, headers={"Location": asked.path + "x"})


def meta(asked: Asked) -> Reply:
    return Reply(f"<html><head><meta http-equiv='refresh' content='0;url={asked.path}x'></head></html>")


DEEP = "<div>" * 200_000 + "<li><a href='/a/1.html'>深处</a></li>"
CASES: dict[str, tuple[str, Any, dict[str, Any], str, str]] = {
    # name: kind, what the list answers, how it is declared, the word, what the reason says
    "declared-size": ("listing", Reply(headers={"Content-Length": "9000000000"}), LISTING, "unreachable", "larger than is taken"),
    "chunked": ("listing", Reply(b"<li>x</li>" * 900_000, length=False), LISTING, "unreachable", "larger than is taken"),
    "gzip": ("listing", Reply(gzip.compress(BLANK), headers={"Content-Encoding": "gzip"}), LISTING, "unreachable", ""),
    "deflate": ("listing", Reply(packed(15), headers={"Content-Encoding": "deflate"}), LISTING, "unreachable", ""),
    "raw-deflate": ("listing", Reply(packed(-15), headers={"Content-Encoding": "deflate"}), LISTING, "unreachable", ""),
    "twice": ("listing", Reply(gzip.compress(gzip.compress(BLANK)), headers={"Content-Encoding": "gzip, gzip"}), LISTING, "unreachable", ""),
    "zipped-feed": ("feed", Reply(gzip.compress(BLANK), "application/gzip"), {}, "wrong", "no feed"),
    "laughs": ("feed", Reply(feed(entry(1, "&l11;"), head=f"<?xml version='1.0'?><!DOCTYPE rss [{LAUGHS}]>")), {}, "ok", ""),
    "outside": ("feed", Reply(feed(entry(1, "&f;"), head="<!DOCTYPE rss [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>")), {}, "ok", ""),
    "late-type": ("feed", Reply(feed(entry(1), head="") + "<!DOCTYPE rss [" * 100_000), {}, "ok", ""),
    "million-items": ("feed", Reply("<rss><channel>" + "<item/>" * 1_000_000 + "</channel></rss>"), {}, "changed", f"more than {MOST_ITEMS}"),
    "million-rows": (
        "listing",
        Reply("<ul>" + "<li>x" * 1_000_000),
        {**LISTING, "fields": {"title": "::text"}},
        "changed",
        f"more than {MOST_ITEMS}",
    ),
    "million-words": ("api", Reply('{"list": [' + "{}," * 1_000_000 + "{}]}"), WORDS, "changed", f"more than {MOST_ITEMS}"),
    "deep-json": ("api", Reply("[" * 3_000_000), WORDS, "wrong", "no JSON"),
    "deep-item": ("api", Reply('{"list": [{"word": ' + "[" * 900 + "]" * 900 + "}]}"), WORDS, "empty|changed|no-text", ""),
    "deep-html": ("listing", Reply(DEEP), LISTING, "ok|changed|empty", ""),
    "blank-callback": ("api", Reply("cb(1)" + " " * 3_000_000 + "x"), WORDS, "wrong", "no JSON"),
    "open-tags": ("feed", Reply(feed(entry(1, "&lt;br" * 50_000))), {}, "ok", ""),
    "endless-pages": ("listing", next_page, {**LISTING, "url": "http://{site}/list?page={page}", "pages": 4}, "ok", ""),
    "calendar": ("listing", Reply(listing("今天")), {**LISTING, "detail": {"fields": {"text": ".body"}}}, "ok", ""),
    "circle": ("listing", Reply(status=302, headers={"Location": "/list"}), LISTING, "unreachable", "redirect"),
    "onward": ("listing", onward, LISTING, "unreachable", "redirect"),
    "refreshing": ("listing", meta, LISTING, "unreachable", "redirect"),
    "long-cookie": ("listing", Reply(listing("一"), headers={"Set-Cookie": "a=" + "b" * 500_000}), LISTING, "unreachable", ""),
    "metadata": ("listing", Reply(status=302, headers={"Location": "http://169.254.169.254/latest"}), LISTING, "unreachable", "private address"),
    "decimal": ("listing", Reply(status=302, headers={"Location": "http://2130706433/"}), LISTING, "unreachable", "private address"),
    "mapped": ("listing", Reply(status=302, headers={"Location": "http://[::ffff:127.0.0.1]/"}), LISTING, "unreachable", "private address"),
    "file": ("listing", Reply(status=302, headers={"Location": "file:///etc/passwd"}), LISTING, "changed|unreachable", ""),
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[str, CrawlReport]]]:
    with home_in(tmp_path_factory.mktemp("home"), timeout="20s", limit="60s") as home:
        for name, (kind, reply, declared, _, _) in CASES.items():
            site = home.source(name, kind, {"/list": reply}, **declared)
            site.otherwise = next_day if name == "calendar" else reply if callable(reply) else None
        home.source("brotli", "listing", {"/list": brotli()}, **LISTING)
        home.source("well", "listing", {"/list": Reply(listing("一", "二"))}, **LISTING)
        begun = time.monotonic()
        found = {report.source: report for report in crawl([*CASES, "brotli", "well"], home.folder, spool=home.spool, environ=ENVIRON)}
        assert time.monotonic() - begun < 60
        yield home, found


Crawled = tuple[Home, dict[str, CrawlReport]]


@pytest.mark.parametrize("name", CASES)
def test_each_is_bounded_with_a_word_for_it(crawled: Crawled, name: str) -> None:
    report, (*_, words, why) = crawled[1][name], CASES[name]
    assert report.health in words.split("|"), report
    assert why in report.why
    assert report.items <= MOST_ITEMS


def test_nobody_else_is_disturbed(crawled: Crawled) -> None:
    assert (crawled[1]["well"].health, crawled[1]["well"].new) == ("ok", 2)
    assert crawled[1]["brotli"].health == "unreachable"


def test_nothing_of_another_place_and_no_laughter_is_collected(crawled: Crawled) -> None:
    for post in crawled[0].taken():
        assert "root:" not in post.text
        assert "haha" not in post.text


def test_no_page_is_followed_that_was_not_declared(crawled: Crawled) -> None:
    sites = crawled[0].sites
    assert sites["endless-pages"].paths == [f"/list?page={number}" for number in range(1, 5)]
    assert sites["calendar"].paths == ["/list", "/a/1.html"]
    assert len(sites["onward"].paths) == len(sites["circle"].paths) == 6


@pytest.mark.parametrize("piece", ["<p>食品", "<br", "<!--", "<div>", "<ul><li>", "<a href=x>食品安全</a>", '<script>{"a":', "1-", "[["])
def test_an_article_of_any_shape_is_read_in_time(piece: str) -> None:
    begun = time.process_time()
    extract(f"<html><body>{piece * (200_000 // len(piece))}</body></html>", "http://a.example/x")
    assert time.process_time() - begun < 5  # most take a tenth of it
