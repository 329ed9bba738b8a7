"""A source broken on purpose in each way, crawled by real Scrapy in one process, and what the desk then says (complaints 5 and 14)."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crawlers.health import HEALTH, SILENT, TODO, said
from crawlers.middlewares import asked_until
from crawlers.report import reports
from crawlers.run import crawl
from pipeline.app import App
from pipeline.cli import cli
from pipeline.desk import desk
from pipeline.digest.content import Digest
from pipeline.digest.health import told_sick
from pipeline.digest.words import Page
from pipeline.faces import shown
from pipeline.health import findings
from pipeline.home import Home as Place
from tests.crawlers.site import Asked, Home, Reply, Site, home_in
from tests.crawlers.test_run import ENVIRON, HOT, LISTING, article, listing
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.test_api import ask
from tests.pipeline.desk.test_pages import read, words
from tests.pipeline.notify.mailbox import certified

OVER = threading.Event()
LOGIN = "<html><title>用户登录 - 某论坛</title><ul><li><a href='/reg'>注册</a><span>2024-01-01</span></li></ul><input type='password'></html>"
VERIFY = "<html><title>安全验证</title><body><ul><li><a href='/x'>帮助</a></li></ul>请拖动滑块完成验证</body></html>"
DETAIL = {"detail": {"fields": {}}, "expect": {"text_rate": 0}}
BROKEN: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    # A bound missed, each by its own word.
    "few": ("few", "listing", {"/list": Reply(listing("一", "二"))}, {**LISTING, "expect": {"min_posts": 3}}),
    "stale": ("stale", "listing", {"/list": Reply(listing("旧", ago=3))}, {**LISTING, "expect": {"max_age": "1d"}}),
    "no-text": ("no-text", "api", {"/list": Reply('{"list": [{"word": "一"}]}')}, {"items": "list", "fields": {"title": "word", "text": "body"}}),
    "layout": ("changed", "listing", {"/list": Reply("<html><body><div class='new'>新版</div></body></html>")}, LISTING),
    "layout-json": ("changed", "api", {"/list": Reply('{"code": 0, "rows": []}')}, HOT),
    "status-403": ("blocked", "listing", {"/list": Reply("no", status=403)}, LISTING),
    "status-412": ("blocked", "listing", {"/list": Reply("no", status=412)}, LISTING),
    "status-418": ("blocked", "listing", {"/list": Reply("no", status=418)}, LISTING),
    "status-429": ("blocked", "listing", {"/list": Reply("no", status=429, headers={"Retry-After": "7200"})}, LISTING),
    "verification": ("blocked", "listing", {"/list": Reply(VERIFY)}, LISTING),
    "verification-json": ("blocked", "api", {"/list": Reply(VERIFY)}, HOT),
    "verified-elsewhere": (
        "blocked",
        "listing",
        {"/list": Reply(status=302, headers={"Location": "/captcha/show"}), "/captcha/show": Reply(listing("不是条目"))},
        LISTING,
    ),
    "login": ("login", "listing", {"/list": Reply(LOGIN)}, LISTING),
    "login-json": ("login", "api", {"/list": Reply('{"code": -101, "message": "账号未登录", "data": null}')}, HOT),
    "login-elsewhere": (
        "login",
        "listing",
        {"/list": Reply(status=302, headers={"Location": "/login"}), "/login": Reply(listing("不是条目"))},
        LISTING,
    ),
    "account-gone": ("suspended", "listing", {"/list": Reply("<html><body>该账号因违规已被封禁，内容无法查看</body></html>")}, LISTING),
    "site-gone": ("suspended", "feed", {"/list": Reply("<html><title>Account Suspended</title><body>contact your host</body></html>")}, {}),
    "empty": ("empty", "api", {"/list": Reply('{"code": 0, "list": []}')}, HOT),
    "empty-feed": ("empty", "feed", {"/list": Reply("<rss version='2.0'><channel><title>空</title></channel></rss>", "text/xml")}, {}),
    "robots": ("denied", "listing", {"/robots.txt": Reply("User-agent: *\nDisallow: /", "text/plain"), "/list": Reply(listing("一"))}, LISTING),
    "loris": ("timeout", "listing", {"/list": Reply(listing("一") * 20, slow=0.2)}, LISTING),
    "hung": ("timeout", "listing", {"/list": lambda asked: hung(asked)}, LISTING),
    "server": ("unreachable", "listing", {"/list": Reply("oops", status=500)}, LISTING),
    "no-name": ("unreachable", "listing", {}, {**LISTING, "url": "http://no-such-host.invalid/list"}),
    "bad-tls": ("unreachable", "listing", {}, LISTING),
    "a-page": ("wrong", "feed", {"/list": Reply("<html><body><h1>新版首页</h1></body></html>")}, {}),
    "a-page-for-json": ("wrong", "api", {"/list": Reply("<html><body><h1>新版首页</h1></body></html>")}, HOT),
    "a-document": ("wrong", "listing", {"/list": Reply(b"%PDF-1.4 ...", "application/pdf")}, LISTING),
    "articles-verified": (
        "blocked",
        "listing",
        {"/list": Reply(listing(*(f"第{n}篇食品通告" for n in "一二三四五六七八")))} | {f"/a/{n}.html": Reply(VERIFY) for n in range(1, 9)},
        {**LISTING, **DETAIL},
    ),
    "articles-hang": (
        "timeout",
        "listing",
        {"/list": Reply(listing(*"一二三四五六七八"))} | {f"/a/{n}.html": Reply("x" * 99, slow=0.5) for n in range(1, 9)},
        {**LISTING, **DETAIL},
    ),
    "attachment": (
        "unread",
        "listing",
        {
            "/list": Reply(listing("抽检不合格通告")),
            "/a/1.html": Reply(article("不合格产品见附件。<a href='/f.xlsx'>附件.xlsx</a>")),
            "/f.xlsx": Reply(b"PK\x03\x04 broken", "application/octet-stream"),
        },
        {**LISTING, **DETAIL, "attachments": {}},
    ),
    "well": ("ok", "listing", {"/list": Reply(listing("一切正常的通告")), "/a/1.html": Reply(article("正文在此。"))}, {**LISTING, **DETAIL}),
}
REFUSED = [
    name for name, (word, *_) in BROKEN.items() if word in ("blocked", "login", "suspended", "wrong", "changed") and name != "articles-verified"
]


def hung(_: Asked) -> Reply:
    """A server that takes what it is asked, and never says a word."""
    OVER.wait(30)
    return Reply(listing("一"))


class Broken:
    """All of them, crawled once in one process; and what each part of Shian says of them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        for name, (_, kind, pages, declared) in BROKEN.items():
            home.source(name, kind, pages, tls=certified(home.folder)[1] if name == "bad-tls" else None, **declared)
        self.found = {one.source: one for one in crawl(list(BROKEN), home.folder, spool=home.spool, environ=ENVIRON)}
        self.posts = home.taken()
        place = Place(home.folder)
        with App(place, store_url="memory:", environ=ENVIRON) as app:
            folder, now = home.folder / "reports", datetime.now(UTC)
            visitor = Visitor(desk(app.store, app.config, now=lambda: now, crawls=lambda name: reports(folder, name)))
            self.page = {words(row.css_first("th .quiet")): words(row) for row in read(visitor, "/health").css(".crawls tbody tr")}
            self.face = {one["source"]: one for one in ask(visitor, "/api/health")["sources"]}
            visitor.leave()
            self.doctor = "\n".join(f"{one.what}\n{one.todo}" for one in findings(place))
            sick, _ = told_sick(app.store, app.config.sources, now, here=app.crawled(), folder=folder)
            nothing = Digest(now, now, kept=0, relevant=0, alerts=(), new=(), grew=(), fell=(), topics={})
            letter = Page(nothing, office="", topics={}, times=shown, most=9)
            self.digest = {one.source: letter.sick(one) for one in sick}
        ran = CliRunner().invoke(cli, ["--home", str(home.folder), "sources", "--sick"])
        self.listed = ran.output


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broken]:
    with home_in(tmp_path_factory.mktemp("home"), timeout="1s") as home:
        yield Broken(home)
        OVER.set()


@pytest.mark.parametrize("name", [name for name, (word, *_) in BROKEN.items() if word != "ok"])
def test_the_desk_says_what_is_wrong_with_a_source_and_what_to_do(broken: Broken, name: str) -> None:
    word = BROKEN[name][0]
    report, face = broken.found[name], broken.face[name]
    assert (report.health, face["health"], face["said"], face["todo"]) == (word, word, HEALTH[word], TODO[word]), report
    assert f"{HEALTH[word]} " in broken.page[name]
    assert TODO[word] in broken.page[name]
    assert report.why in broken.page[name]
    assert f"source {name}: {word} ({HEALTH[word]}), 1 in a row: {report.why}\n{TODO[word]}" in broken.doctor
    assert re.search(
        rf"^{name}\ton\t{re.escape(HEALTH[word])}\t.*\n  {re.escape(report.why)}\n  {re.escape(TODO[word])}", broken.listed, re.MULTILINE
    )
    assert f"（{name}）：{HEALTH[word]}，自 " in broken.digest[name]
    assert broken.digest[name].endswith(TODO[word])


def assert_left_alone(site: Site, *, of: int) -> None:
    """After three articles that say no, at most the two that are under way are asked for yet, and none twice."""
    asked = [path for path in site.paths if path.startswith("/a/")]
    assert 3 <= len(set(asked)) == len(asked) <= 5 < of


def test_what_is_well_is_said_to_be_and_all_words_are_shown(broken: Broken) -> None:
    assert broken.found["well"].health == broken.face["well"]["health"] == "ok"
    assert "正常" in broken.page["well"]
    assert "source well" not in broken.doctor
    assert "well" not in broken.digest
    assert {one.health for one in broken.found.values()} == set(HEALTH) - {"fault"}
    assert set(TODO) == set(HEALTH) - {"ok"} | {SILENT}


def test_the_documentation_has_every_word_with_what_to_do() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
    for word, todo in TODO.items():
        assert re.search(rf"^\| `{word}` \| {re.escape(said(word))} \| .+ \| {re.escape(todo)} \|$", page, re.MULTILINE), word


def test_complaint_5_nothing_is_stored_of_a_page_in_place_of_the_list_and_the_page_is_kept(broken: Broken) -> None:
    assert not [post for post in broken.posts if post.source in REFUSED]
    for name in REFUSED:
        body = BROKEN[name][2].get("/list", Reply()).bytes
        kept = broken.home.folder / "quarantine" / broken.found[name].snapshot
        assert kept.name == f"{name}.txt"
        assert kept.stat().st_size < 2**18 + 1000
        text = kept.read_text("utf-8")
        assert f"Z {BROKEN[name][0]}: " in text.splitlines()[1]
        assert body.startswith(b"%PDF") or body.decode() in text
        assert f"quarantine/pages/{name}.txt" in broken.page[name]
    assert broken.found["well"].snapshot == broken.found["few"].snapshot == ""


def test_complaint_5_a_verification_page_behind_a_list_is_no_article(broken: Broken) -> None:
    posts = [post for post in broken.posts if post.source == "articles-verified"]
    assert {post.text for post in posts} == {post.title for post in posts} == {f"第{n}篇食品通告" for n in "一二三四五六七八"}
    assert_left_alone(broken.home.sites["articles-verified"], of=8)


def test_complaint_14_what_is_slow_or_hangs_is_left_alone_and_holds_up_nobody(broken: Broken) -> None:
    for name in ("loris", "hung", "articles-hang"):
        assert broken.found[name].health == "timeout"
    assert_left_alone(broken.home.sites["articles-hang"], of=8)
    assert broken.home.sites["hung"].paths == ["/list"]
    assert broken.found["well"].ended - broken.found["well"].started < timedelta(seconds=5)


def test_how_long_a_site_asks_to_be_left_alone_is_kept_to(broken: Broken) -> None:
    report = broken.found["status-429"]
    assert report.again is not None
    assert timedelta(hours=1.9) < report.again - report.ended <= timedelta(hours=2)
    assert len(broken.home.sites["status-429"].paths) == 1
    assert broken.face["status-429"]["again"] is not None
    assert "之后" in broken.page["status-429"]


def test_a_page_that_was_kept_goes_when_its_source_is_well(broken: Broken) -> None:
    home = broken.home
    home.sites["layout"].pages["/list"] = Reply(listing("又好了"))
    (report,) = crawl(["layout"], home.folder, spool=home.spool, environ=ENVIRON)
    assert (report.health, report.snapshot) == ("ok", "")
    assert not (home.folder / "quarantine" / "pages" / "layout.txt").exists()


# --- Retry-After


def test_retry_after_is_seconds_or_a_date_and_a_day_at_most() -> None:
    at = datetime(2024, 9, 5, 1, tzinfo=UTC)
    assert asked_until("120", at) == at + timedelta(minutes=2)
    assert asked_until("Thu, 05 Sep 2024 01:10:00 GMT", at) == at + timedelta(minutes=10)
    for longest in ("999999999", "9" * 400, "Thu, 05 Sep 2034 01:10:00 GMT"):
        assert asked_until(longest, at) == at + timedelta(days=1)
    for nothing in ("", "soon", "-5", "0", "Thu, 05 Sep 2019 01:10:00 GMT"):
        assert asked_until(nothing, at) is None
