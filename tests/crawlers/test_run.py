"""Crawls of real loopback sites by the real spiders, in their own process."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crawlers.post import Collected, Post, pseudonym
from crawlers.report import CrawlReport, reports
from crawlers.run import crawl
from crawlers.sealing import opened
from crawlers.spool import chunks, read
from tests.crawlers.shapes import ENVIRON, HOT, KEY, LISTING, NOW, article, entry, feed, listing
from tests.crawlers.site import Home, Reply, Site, home_in


def declare(home: Home) -> None:
    """Sources that are well, and one for each way of being ill."""
    home.source("feed", "feed", {"/list": Reply(feed(entry(1), entry(2)), "text/xml; charset=gb2312", headers={"ETag": '"1"'})})
    home.source(
        "feed-broken",
        "feed",
        {
            "/list": Reply(
                feed(
                    entry(1, "未闭合 & 实体 &lol9; &nbsp;"),
                    "<item><title>第二<b>条</title><link>/n/2</link>",
                    head='<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY lol "lol"><!ENTITY lol9 "&lol;&lol;&lol;"><!ENTITY file SYSTEM "file:///etc/passwd">]>',
                )
            )
        },
        expect={"text_rate": 0},
    )
    home.source("feed-html", "feed", {"/list": Reply("<html><body><h1>新版首页</h1></body></html>")})
    home.source(
        "listing",
        "listing",
        {
            "/list": Reply(
                listing("食堂使用过期食材", "批次不合格…", "已删除", "附件").encode("gbk"), "text/html; charset=utf-8", headers={"ETag": '"a"'}
            ),
            "/a/1.html": Reply(article("第一篇的正文。").encode("gb18030"), "text/html"),
            "/a/2.html": Reply(article("第二篇的正文。")),
            "/a/4.html": Reply(b"%PDF-1.4", "application/pdf"),
        },
        **LISTING,
        detail={"fields": {"text": ".body", "title": "h1", "author": ".by", "published_at": ".none"}},
        skip=["招聘"],
        expect={"text_rate": 0.5},
    )
    home.source(
        "pages",
        "listing",
        {"/list": Reply(listing("一", "招聘二", "三")), "/list_1.html": Reply(listing(*"一二三四五")), "/list_2.html": Reply(listing(*"一二三四五"))},
        items="li",
        fields={"title": "a", "url": "a::attr(href)"},
        more="http://{site}/list_{page}.html",
        first=0,
        pages=9,
        skip=["招聘"],
    )
    answer = {"list": [{"word": "某地食堂", "num": "1.2万"}, {"word": "另一条", "num": 3456.0}, {"word": None, "num": 1}]}
    home.source("api", "api", {"/list": Reply(f"cb({json.dumps(answer)});", "application/javascript")}, **HOT)
    home.source(
        "api-refused", "api", {"/list": Reply('{"code": 10017, "msg": "请先登录", "list": []}', "application/json")}, refused="code != `0`", **HOT
    )
    home.source("api-empty", "api", {"/list": Reply('{"code": 0, "list": []}', "application/json")}, **HOT)
    home.source("api-changed", "api", {"/list": Reply('{"code": 0, "rows": []}', "application/json")}, **HOT)
    home.source("forbidden", "listing", {"/list": Reply("no", status=403)}, **LISTING)
    home.source("verification", "listing", {"/list": Reply("<html><title>安全验证</title><body>请拖动滑块完成验证</body></html>")}, **LISTING)
    home.source("suspended", "listing", {"/list": Reply("<html><body>网站维护中，系统维护期间暂停访问</body></html>")}, **LISTING)
    home.source("changed", "listing", {"/list": Reply("<html><body><div class='new'>新版</div></body></html>")}, **LISTING)
    home.source("denied", "listing", {"/robots.txt": Reply("User-agent: *\nDisallow: /list", "text/plain"), "/list": Reply(listing("一"))}, **LISTING)
    home.source("slow", "listing", {"/list": Reply(listing("一") * 20, slow=0.2)}, **LISTING)
    home.source("broken-server", "listing", {"/list": Reply("oops", status=500)}, **LISTING)
    away = home.source("away", "listing", {}, **LISTING)
    away.close()
    inside = Site("127.0.0.2")
    inside.pages["/list"] = Reply(listing("秘密"))
    home.sites["inside"] = inside
    home.source("redirected", "listing", {"/list": Reply(status=302, headers={"Location": f"http://{inside.where}/list"})}, **LISTING)
    home.source("private", "listing", {}, url="http://169.254.169.254/latest/meta-data", **LISTING)
    home.source(
        "named", "listing", {"/list": Reply(listing("秘密"))}, url=f"http://{socket.gethostname()}:{inside.where.split(':')[1]}/list", **LISTING
    )
    home.source("stale", "listing", {"/list": Reply(listing("旧", ago=3))}, expect={"max_age": "1d"}, **LISTING)
    home.source("old", "listing", {"/list": Reply(listing("旧", ago=3))}, max_age="2d", **LISTING)
    home.source("few", "listing", {"/list": Reply(listing("一", "二"))}, expect={"min_posts": 3}, **LISTING)
    home.source("no-text", "api", {"/list": Reply('{"list": [{"word": "一"}, {"num": 2}]}')}, items="list", fields={"title": "word", "text": "body"})


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[str, CrawlReport], list[Post]]]:
    with home_in(tmp_path_factory.mktemp("home")) as home:
        declare(home)
        names = [name for name in home.sites if name != "inside"]
        found = crawl(names, home.folder, spool=home.spool, environ=ENVIRON)
        assert [report.source for report in found] == names
        yield home, {report.source: report for report in found}, home.taken()


Crawled = tuple[Home, dict[str, CrawlReport], list[Post]]


@pytest.mark.parametrize(
    ("source", "health"),
    {
        "feed": "ok",
        "feed-broken": "ok",
        "feed-html": "wrong",
        "listing": "ok",
        "pages": "ok",
        "api": "ok",
        "api-refused": "login",
        "api-empty": "empty",
        "api-changed": "changed",
        "forbidden": "blocked",
        "verification": "blocked",
        "suspended": "suspended",
        "changed": "changed",
        "denied": "denied",
        "slow": "timeout",
        "broken-server": "unreachable",
        "away": "unreachable",
        "redirected": "unreachable",
        "private": "unreachable",
        "named": "unreachable",
        "stale": "stale",
        "old": "ok",
        "few": "few",
        "no-text": "no-text",
    }.items(),
)
def test_every_source_says_how_it_is(crawled: Crawled, source: str, health: str) -> None:
    report = crawled[1][source]
    assert (report.health, report.why) == (health, report.why if health != "ok" else "")
    assert bool(report.why) == (health != "ok")
    assert report.items == report.new + report.unchanged + sum(report.dropped.values())
    assert report.started <= report.ended
    assert reports(crawled[0].folder / "reports", source) == [report]


def test_a_feed_is_read_with_its_times_and_addresses(crawled: Crawled) -> None:
    home, _, posts = crawled
    first, second = (post for post in posts if post.source == "feed")
    assert (first.title, first.text, first.url) == ("第1条", "正文1", f"http://{home.sites['feed'].where}/n/1?utm_source=rss")
    assert first.published_at == (NOW - timedelta(hours=1)).replace(microsecond=0)
    assert first.author == pseudonym("甲", bytes.fromhex(KEY))
    assert first.native_id == ""
    assert len(first.id) == 32
    assert second.title == "第2条"


def test_a_broken_feed_is_read_as_far_as_it_goes_and_its_entities_are_not(crawled: Crawled) -> None:
    posts = [post for post in crawled[2] if post.source == "feed-broken"]
    assert posts[0].title == "第1条"
    assert "未闭合 &" in posts[0].text
    assert not any("lollol" in post.text or "root:" in post.text for post in posts)


def test_an_article_is_read_whatever_its_encoding(crawled: Crawled) -> None:
    posts = {post.url.rpartition("/")[2]: post for post in crawled[2] if post.source == "listing"}
    assert posts["1.html"].text == "第一篇的正文。\n第二段。"
    assert (posts["1.html"].title, posts["2.html"].title) == ("食堂使用过期食材", "标题")
    assert posts["1.html"].author == pseudonym("记者甲", bytes.fromhex(KEY))
    assert posts["1.html"].published_at == (NOW - timedelta(days=0.1)).replace(microsecond=0)


def test_an_article_that_cannot_be_read_leaves_what_the_list_says(crawled: Crawled) -> None:
    posts = {post.url.rpartition("/")[2]: post for post in crawled[2] if post.source == "listing"}
    assert (posts["3.html"].text, posts["4.html"].text) == ("已删除", "附件")
    assert {url.rpartition("/")[2] for url, _ in crawled[1]["listing"].errors} == {"3.html", "4.html"}


def test_an_answer_with_a_callback_is_a_hot_list_with_ranks(crawled: Crawled) -> None:
    posts = [post for post in crawled[2] if post.source == "api"]
    assert [(post.text, post.engagement.heat, post.engagement.rank) for post in posts] == [("某地食堂", 12000, 1), ("另一条", 3456, 2)]
    assert crawled[1]["api"].dropped == {"no text": 1}


def test_what_is_skipped_and_too_old_is_counted(crawled: Crawled) -> None:
    assert crawled[1]["pages"].dropped == {"skipped": 1}
    assert crawled[1]["old"].dropped == {"too old": 1}


def test_robots_are_asked_once_and_obeyed(crawled: Crawled) -> None:
    home = crawled[0]
    assert [asked.path for asked in home.sites["denied"].asked] == ["/robots.txt"]
    assert [asked.path for asked in home.sites["listing"].asked].count("/robots.txt") == 1


def test_no_redirect_leads_inside(crawled: Crawled) -> None:
    home, found, posts = crawled
    assert "private address" in found["redirected"].why
    assert "private address" in found["private"].why
    assert home.sites["inside"].asked == []
    assert not any("秘密" in post.text for post in posts)


def test_the_user_agent_is_honest(crawled: Crawled) -> None:
    for site in crawled[0].sites.values():
        for asked in site.asked:
            agent = asked.headers["User-Agent"]
            assert agent.startswith("Shian/")
            assert agent.endswith("(+desk@example.org)")


def test_a_slow_site_does_not_hold_up_the_others(crawled: Crawled) -> None:
    found = crawled[1]
    assert found["slow"].ended - found["slow"].started < timedelta(seconds=12)
    assert found["api"].ended - found["api"].started < timedelta(seconds=4)


def test_the_second_crawl_fetches_only_what_is_new(crawled: Crawled) -> None:
    home = crawled[0]
    for site in home.sites.values():
        site.asked.clear()
    home.sites["feed"].pages["/list"] = Reply(feed(entry(1), entry(2)), "text/xml; charset=gb2312", headers={"ETag": '"1"'})
    changed = listing("食堂使用过期食材（更新）", "批次不合格…", "已删除", "附件", "新的一条").encode("gbk")
    home.sites["listing"].pages |= {"/list": Reply(changed, headers={"ETag": '"b"'}), "/a/5.html": Reply(article("新的正文。"))}
    answer = {"list": [{"word": "另一条", "num": 4000}, {"word": "某地食堂", "num": "1.2万"}]}
    home.sites["api"].pages["/list"] = Reply(json.dumps(answer), "application/json")

    found = {report.source: report for report in crawl(["feed", "listing", "api", "stale"], home.folder, spool=home.spool, environ=ENVIRON)}
    posts = home.taken()

    assert (found["feed"].not_modified, found["feed"].items, found["feed"].health) == (1, 0, "ok")
    assert home.sites["feed"].asked[-1].headers["If-None-Match"] == '"1"'
    assert home.sites["listing"].paths == ["/list", "/a/1.html", "/a/5.html"]
    assert (found["listing"].new, found["listing"].unchanged) == (2, 3)
    assert {post.text.split("\n")[0] for post in posts if post.source == "listing"} == {"第一篇的正文。", "新的正文。"}
    assert [(post.text, post.engagement.rank) for post in posts if post.source == "api"] == [("另一条", 1), ("某地食堂", 2)]
    assert (found["stale"].unchanged, found["stale"].health) == (1, "stale")


def test_what_is_crawled_is_sealed_as_it_was_seen_and_its_author_is_nowhere_in_clear(tmp_path: Path) -> None:
    private = X25519PrivateKey.generate()
    environ = {**ENVIRON, "SHIAN_EVIDENCE_KEY": private.public_key().public_bytes_raw().hex()}
    with home_in(tmp_path) as home:
        pages = {"/list": Reply(listing("食堂使用过期食材", "已删除")), "/a/1.html": Reply(article("正文。").encode("gb18030"), "text/html")}
        fields = {"text": ".body", "author": ".by", "author_id": ".by::attr(class)"}
        home.source("listing", "listing", pages, **LISTING, detail={"fields": fields}, expect={"text_rate": 0})
        answer = {"list": [{"word": "某地食堂", "by": "张三", "uid": 88}]}
        home.source("api", "api", {"/list": Reply(json.dumps(answer))}, items="list", fields={"title": "word", "author": "by", "author_id": "uid"})
        crawl(["listing", "api"], home.folder, spool=home.spool, environ=environ)
        for path in home.folder.rglob("*"):
            assert not path.is_file() or path.suffix == ".yaml" or not [w for w in ("记者甲", "张三") if w.encode() in path.read_bytes()], path
        found = [one for chunk in chunks(home.spool) for one in read(chunk) if isinstance(one, Collected)]
    seen = {one.post.text: opened(one.sealed, [private.private_bytes_raw()])[1] for one in found}
    whole, gone, hot = seen["正文。\n第二段。"], seen["已删除"], seen["某地食堂"]
    assert (whole.page, whole.media, whole.author, whole.author_id) == (article("正文。").encode("gb18030"), "text/html", "记者甲", "by")
    assert whole.post == next(one.post for one in found if one.post.text == "正文。\n第二段。")
    assert gone.page.startswith(b'<li><a href="/a/2.html">')
    assert (json.loads(hot.page), hot.author, hot.author_id) == (answer["list"][0], "张三", "88")
