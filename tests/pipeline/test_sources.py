"""The commands about sources, on the example site: tried, proposed, imported."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from config.load import load
from crawlers.example.site import Site
from tests.pipeline.commands import Ran, Shian, home, shian

__all__ = ["home", "shian"]

NEWS = """title: 示例·新闻要闻
kind: listing
url: {url}/news/
category: news
trust: media
platform: news
every: 15m
enabled: false
delay: 0
items: ul.news-list > li
fields: {{title: a, url: "a::attr(href)", published_at: .date}}
detail: {{}}
expect: {{min_posts: {fewest}, max_age: 3d}}
"""


@pytest.fixture
def site(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("SHIAN_CRAWL_DELAY", "0")
    monkeypatch.setenv("no_proxy", "*")
    with Site(datetime.now(UTC)) as running:
        monkeypatch.setenv("SHIAN_CRAWL_ALLOW_PRIVATE", json.dumps([running.url.removeprefix("http://")]))
        yield running


def test_a_trial_shows_each_bound_and_keeps_nothing(shian: Shian, home: Path, site: Site) -> None:
    (home / "sources" / "paper.yaml").write_text(NEWS.format(url=site.url, fewest=3), "utf-8")
    before = sorted(home.rglob("*"))
    ran = shian("sources", "try", "paper", "--json", home=home)
    (face,) = ran.lines
    assert (ran.code, face["health"], face["items"], face["posts"]) == (0, "ok", len(site.posts("listing")), len(site.posts("listing")))
    assert [(bound["name"], bound["ok"]) for bound in face["bounds"]] == [("min_posts", True), ("max_age", True), ("text_rate", True)]
    assert len(face["sample"]) == 5
    assert face["sample"][0]["text"] != face["sample"][0]["title"]
    assert face["newest"].endswith("+08:00")
    assert sorted(home.rglob("*")) == before


def test_a_trial_names_the_bound_that_is_missed(shian: Shian, home: Path, site: Site) -> None:
    (home / "sources" / "paper.yaml").write_text(NEWS.format(url=site.url, fewest=900), "utf-8")
    ran = shian("sources", "try", "paper", home=home)
    assert ran.code == 1
    assert "✗ min_posts\t≥ 900 items\t" in ran.out
    assert "✓ text_rate\t≥ 0.80\t1.00" in ran.out
    assert "health: few 条目过少 — " in ran.out


def test_what_a_source_needs_is_named_before_anybody_is_asked(shian: Shian, home: Path) -> None:
    ran = shian("sources", "try", "weibo-search", home=home)
    assert (ran.code, ran.out) == (1, "")
    assert "SHIAN_WEIBO_COOKIE" in ran.err
    assert shian("sources", "try", "nobody", home=home).code == 1


def test_the_bare_command_still_lists(shian: Shian, home: Path) -> None:
    assert {"name": "foodmate-feed", "enabled": True}.items() <= next(
        line for line in shian("sources", "--json", home=home).lines if line["name"] == "foodmate-feed"
    ).items()
    assert shian("sources", "--sick", home=home) == Ran(0, "", "")


def test_a_list_is_proposed_written_and_tried(shian: Shian, home: Path, site: Site) -> None:
    ran = shian("sources", "add", f"{site.url}/news/", "--write", "proposed-news", home=home)
    declared = yaml.safe_load(ran.out)
    assert (ran.code, declared["kind"], declared["items"], declared["enabled"]) == (0, "listing", "ul.news-list > li", False)
    assert declared["fields"] == {"title": "a", "url": "a::attr(href)", "published_at": "span.date"}
    count = len(site.posts("listing"))
    assert f"{count} items, {count} with a time" in ran.err
    assert (home / "sources" / "proposed-news.yaml").read_text("utf-8") == ran.out
    assert shian("sources", "try", "proposed-news", "--json", home=home).lines[0]["health"] == "ok"
    assert shian("check", home=home).code == 0
    again = shian("sources", "add", f"{site.url}/news/", "--write", "proposed-news", home=home)
    assert (again.code, "is there already" in again.err) == (1, True)
    assert shian("sources", "add", f"{site.url}/news/", "--write", "No Name", home=home).code == 1


def test_a_feed_is_recognised_and_what_is_neither_is_said(shian: Shian, home: Path, site: Site) -> None:
    declared = yaml.safe_load(shian("sources", "add", f"{site.url}/feed.xml", home=home).out)
    assert (declared["kind"], declared["title"], declared["url"]) == ("feed", "示例·市场监管通告", f"{site.url}/feed.xml")
    assert "answers JSON" in shian("sources", "add", f"{site.url}/hot.json", home=home).err
    assert "no list of links" in shian("sources", "add", f"{site.url}/private/drafts.html", home=home).err
    assert shian("sources", "add", f"{site.url}/none", home=home).code == 3


def test_no_private_address_is_fetched(shian: Shian, home: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIAN_CRAWL_ALLOW_PRIVATE", "[]")
    ran = shian("sources", "add", f"{site.url}/news/", home=home)
    assert (ran.code, "private address" in ran.err, site.requests) == (3, True, [])


OPML = """<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><body><outline text="食品">
<outline type="rss" text="某地公告" xmlUrl="https://www.example.org/notices/rss.xml"/>
<outline type="rss" text="某地公告二" xmlUrl="https://example.com/notices/feed"/>
<outline type="rss" title="食品伙伴网" xmlUrl="{foodmate}"/>
<outline text="没有地址"/><outline text="内网" xmlUrl="http://10.0.0.1/feed"/>
</outline></body></opml>"""


def test_a_reader_s_list_becomes_sources_that_are_off(shian: Shian, home: Path) -> None:
    path = home.parent / "feeds.opml"
    path.write_text(OPML.format(foodmate=load(home, {}).sources["foodmate-feed"].url.replace("&", "&amp;")), "utf-8")
    ran = shian("sources", "import", str(path), home=home)
    assert ran.code == 0
    names = [row.split("\t")[0] for row in ran.out.splitlines()]
    assert names == ["example-notices", "example-notices-2"]
    assert "食品伙伴网: " in ran.err
    assert "declared as foodmate-feed" in ran.err
    assert "没有地址: has no xmlUrl" in ran.err
    assert "10.0.0.1 is a private address" in ran.err
    made = load(home, {}).sources["example-notices"]
    assert (made.kind, made.enabled, made.title) == ("feed", False, "某地公告")
    again = shian("sources", "import", str(path), "--json", home=home)
    assert (again.code, [line["name"] for line in again.lines]) == (1, [None] * 5)
    for content in ("<html/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><opml/>", "no xml"):
        path.write_text(content, "utf-8")
        assert shian("sources", "import", str(path), home=home).code == 1


def test_ingest_says_what_a_file_is_and_takes_it(shian: Shian, home: Path) -> None:
    path = home.parent / "食品.csv"
    path.write_text("id,bid,user_id,微博正文,发布时间,ip\n1,Qa,7,某小学食堂午餐后多名学生呕吐送医,2026-11-26 10:30,吉林\n", "utf-8-sig")
    ran = shian("ingest", str(path), "--json", home=home)
    assert (ran.code, ran.lines[-1]["kept"]) == (0, 1)
    assert "read as weibo-search (" in ran.err
    (post,) = shian("search", "", "--json", home=home).lines
    assert (post["platform"], post["source"], "吉林" in json.dumps(post["author"])) == ("weibo", "weibo-posts", False)
    assert "no export is called so" in shian("ingest", str(path), "--export", "nothing", home=home).err
    (home / "exports.yaml").write_text("bad: {title: x, has: [a], fields: {text: 手机}}", "utf-8")
    assert "never read" in shian("check", home=home).err


def test_a_search_says_how_many_it_makes_a_day_and_is_tried_for_a_word(shian: Shian, home: Path, site: Site) -> None:
    lines = {line["name"]: line for line in shian("sources", "--json", home=home).lines}
    assert (lines["people-search"]["searches_per_day"], lines["people-search"]["keywords"]) == (192, 81)
    assert (lines["foodmate-feed"]["searches_per_day"], lines["foodmate-feed"]["keywords"]) == (0, 0)
    assert "\t192 searches a day for 81 words\n" in shian("sources", home=home).out
    declared = NEWS.format(url=site.url, fewest=1).replace("/news/", "/news/?q={keyword}") + "keywords: {watches: true}\nsearches_per_day: 96\n"
    (home / "sources" / "paper.yaml").write_text(declared, "utf-8")
    (home / "watches.yaml").write_text("ham: {words: [火腿], until: 2020-01-01, reason: 过了}", "utf-8")
    checked = shian("check", home=home)
    assert (checked.code, "ham is over since 2020-01-01" in checked.err) == (0, True)
    (face,) = shian("sources", "try", "paper", "--keyword", " 火腿  发臭 ", "--json", home=home).lines
    assert (face["searches"], face["health"], {sample["keyword"] for sample in face["sample"]}) == (1, "ok", {"火腿 发臭"})
    assert "← 火腿 发臭" in shian("sources", "try", "paper", "--keyword", "火腿 发臭", home=home).out
    assert shian("sources", "try", "foodmate-feed", "--keyword", "火腿", home=home).code == 1
