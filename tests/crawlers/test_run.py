"""Crawls of real loopback sites by the real spiders, in their own process."""

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from config.errors import ConfigError
from crawlers.post import Collected, Post, pseudonym
from crawlers.report import CrawlReport, reports
from crawlers.run import crawl
from crawlers.sealing import opened
from crawlers.spool import chunks, read
from tests.crawlers.site import Asked, Home, Reply, Site, home_in

KEY = "aa" * 16
ENVIRON = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), "SHIAN_AUTHOR_KEY": KEY, "no_proxy": "*"}
NOW = datetime.now(UTC)

LISTING = {"items": "li", "fields": {"title": "a", "url": "a::attr(href)", "published_at": "span"}}
HOT = {"items": "list", "fields": {"title": "word", "heat": "num"}, "category": "hot-list", "platform": "weibo"}


def day(ago: float = 0) -> str:
    return (NOW - timedelta(days=ago)).strftime("%Y-%m-%d %H:%M:%S +00:00")


def listing(*titles: str, ago: float = 0.1) -> str:
    rows = "".join(f'<li><a href="/a/{number}.html">{title}</a><span>{day(ago)}</span></li>' for number, title in enumerate(titles, 1))
    return f"<html><head><meta charset='gbk'><title>列表</title></head><body><ul>{rows}</ul></body></html>"


def article(text: str) -> str:
    return (
        f"<html><body><h1>标题</h1><i class='by'>记者甲</i><div class='body'><p>{text}</p><p>第二段。</p><script>'不是'</script></div></body></html>"
    )


def feed(*items: str, head: str = "<?xml version='1.0' encoding='gb2312'?>") -> str:
    return f"{head}<rss version='2.0'><channel><title>示例</title>{''.join(items)}</channel></rss>"


def entry(number: int, text: str = "正文") -> str:
    return (
        f"<item><title>第{number}条</title><link>/n/{number}?utm_source=rss</link><guid isPermaLink='false'>{number}</guid>"
        f"<description>&lt;p&gt;{text}{number}&lt;/p&gt;</description><author>甲</author>"
        f"<pubDate>{(NOW - timedelta(hours=number)).strftime('%a, %d %b %Y %H:%M:%S GMT')}</pubDate></item>"
    )


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
    home.source("huge", "listing", {"/list": Reply(b"<li>x</li>" * 900_000)}, **LISTING)
    home.source("bomb", "listing", {"/list": Reply(gzip.compress(b" " * 40_000_000), headers={"Content-Encoding": "gzip"})}, **LISTING)
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
        "huge": "unreachable",
        "bomb": "unreachable",
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


def test_a_crawl_that_hangs_is_ended_and_what_it_found_is_kept(tmp_path: Path) -> None:
    with home_in(tmp_path, timeout="1s", limit="2s") as home:
        home.source("good", "listing", {"/list": Reply(listing("一"))}, **LISTING)
        slow = {f"/a/{number}.html": Reply("x" * 100, slow=0.1) for number in range(1, 9)}
        home.source("slow", "listing", {"/list": Reply(listing(*"一二三四五六七八")), **slow}, **LISTING, detail={"fields": {"text": ".body"}})
        start = time.monotonic()
        found = {report.source: report for report in crawl(["good", "slow"], home.folder, spool=home.spool, environ=ENVIRON)}
        assert time.monotonic() - start < 10
        assert (found["good"].health, found["slow"].health) == ("ok", "timeout")
        assert "一" in {post.text for post in home.taken()}


def test_a_process_that_no_longer_answers_is_ended_and_every_source_has_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawlers.run._GRACE", timedelta(seconds=3))
    with home_in(tmp_path, timeout="1s", limit="1s") as home:
        home.source("good", "listing", {"/list": Reply(listing("一"))}, **LISTING)
        home.source("stuck", "listing", {"/list": Reply(listing("a" * 40 + "!"), slow=0.001)}, **LISTING, skip=["^(a+)+$"])
        found = crawl(["good", "stuck"], home.folder, spool=home.spool, environ=ENVIRON)
        assert [(report.source, report.health) for report in found] == [("good", "ok"), ("stuck", "timeout")]
        assert reports(home.folder / "reports", "stuck") == [found[1]]
        assert [post.text for post in home.taken()] == ["一"]


def test_a_process_that_cannot_begin_is_a_fault(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        home.source("one", "listing", {"/list": Reply(listing("一"))}, **LISTING)
        home.spool.write_text("a file where the folder should be")
        (report,) = crawl(["one"], home.folder, spool=home.spool, environ=ENVIRON)
        assert report.health == "fault"
        assert report.why


def test_a_chunk_is_visible_while_the_crawl_goes_on(tmp_path: Path) -> None:
    with home_in(tmp_path, timeout="8s") as home:
        slow = {"/a/1.html": Reply(article("一")), "/a/2.html": Reply("x" * 28, slow=0.1)}
        home.source(
            "slow",
            "listing",
            {"/list": Reply(listing("一", "二")), **slow},
            **LISTING,
            detail={"fields": {"text": ".body", "title": "h1", "published_at": "p"}},
        )
        running = threading.Thread(target=lambda: crawl(["slow"], home.folder, spool=home.spool, environ=ENVIRON))
        running.start()
        while not any(path == "/a/2.html" for path in home.sites["slow"].paths) and running.is_alive():
            time.sleep(0.01)
        start = time.monotonic()
        while not chunks(home.spool) and running.is_alive():
            time.sleep(0.01)
        assert time.monotonic() - start < 2
        assert running.is_alive()
        running.join()
        assert [post.title for post in home.taken()] == ["一", "二"]


def test_what_failed_is_asked_again_and_pages_are_read_until_nothing_is_new(tmp_path: Path) -> None:
    def page(asked: Asked) -> Reply:
        number = int(json.loads(asked.body)["page"])
        return Reply(json.dumps({"data": {"html": listing(*(f"第{row % 6}条" for row in range(number * 2, number * 2 + 2)))}}))

    with home_in(tmp_path) as home:
        busy = {"/list": Reply(listing("一"), headers={"ETag": '"1"'}), "/a/1.html": Reply("busy", status=500)}
        failing = home.source("failing", "listing", busy, **LISTING, detail={"fields": {"text": ".body"}})
        declared = {"items": "li", "fields": {"title": "a"}, "inside": "data.html", "body": '{"page": {page}}', "first": 0, "pages": 50}
        paged = home.source("paged", "listing", {"/list": page}, **declared)

        report, pages = crawl(["failing", "paged"], home.folder, spool=home.spool, environ=ENVIRON, now=datetime(2024, 3, 5, tzinfo=UTC))
        assert (report.health, report.new) == ("unreachable", 1)
        assert (pages.new, len(paged.paths), pages.started.year) == (6, 4, 2024)
        posts = home.taken()
        assert [post.text for post in posts if post.source == "paged"] == [f"第{row}条" for row in range(6)]

        failing.pages["/a/1.html"] = Reply(article("后来的正文。"))
        report, pages = crawl(["failing", "paged"], home.folder, spool=home.spool, environ=ENVIRON, now=datetime(2024, 3, 6, tzinfo=UTC))
        assert (report.health, report.new, report.not_modified) == ("ok", 1, 0)
        assert (pages.new, len(paged.paths)) == (0, 5)
        (second,) = home.taken()
        (first,) = (post for post in posts if post.source == "failing")
        assert (first.id, first.text) == (second.id, "一")
        assert second.text == "后来的正文。\n第二段。"


def test_a_source_that_nobody_declared_is_said(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        home.source("file", "import", {}, url="")
        with pytest.raises(ConfigError, match="no source is called nobody") as refused:
            crawl(["nobody", "file"], home.folder, spool=home.spool, environ=ENVIRON)
        assert len(refused.value.faults) == 2


def test_scrapy_lists_and_crawls_the_sources_and_without_a_key_keeps_no_author(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        home.source("feed", "feed", {"/list": Reply(feed(entry(1)))})
        environ = {**ENVIRON, "SHIAN_HOME": str(home.folder), "SHIAN_AUTHOR_KEY": ""}
        root = Path(__file__).parents[2]
        listed = subprocess.run([sys.executable, "-m", "scrapy", "list"], cwd=root, env=environ, capture_output=True, text=True, check=True)
        assert listed.stdout.split() == ["feed"]
        subprocess.run([sys.executable, "-m", "scrapy", "crawl", "feed"], cwd=root, env=environ, capture_output=True, check=True)
        assert [(post.title, post.author) for post in home.taken()] == [("第1条", "")]


def test_who_imports_the_runner_does_not_load_scrapy() -> None:
    code = "import sys, crawlers.run, crawlers.report; sys.exit(any(name.split('.')[0] in ('scrapy', 'twisted') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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
