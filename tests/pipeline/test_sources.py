"""The commands about sources, on the example site: tried, proposed, imported."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.example.site import Site
from tests.pipeline.test_cli import Ran, Shian, home, shian

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
    ran = shian("sources", "try", "weibo-search-food", home=home)
    assert (ran.code, ran.out) == (1, "")
    assert "SHIAN_WEIBO_COOKIE" in ran.err
    assert shian("sources", "try", "nobody", home=home).code == 1


def test_the_bare_command_still_lists(shian: Shian, home: Path) -> None:
    assert {"name": "foodmate-feed", "enabled": True}.items() <= next(
        line for line in shian("sources", "--json", home=home).lines if line["name"] == "foodmate-feed"
    ).items()
    assert shian("sources", "--sick", home=home) == Ran(0, "", "")
