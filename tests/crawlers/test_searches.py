"""Searches by keyword on real loopback sites: which words are asked for, what their posts remember, and what is said of a site by all of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from config.errors import ConfigError
from crawlers.report import CrawlReport
from crawlers.run import crawl
from crawlers.trial import tried
from tests.crawlers.site import Asked, Home, Reply, Site, home_in

ENVIRON = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), "SHIAN_AUTHOR_KEY": "aa" * 16, "no_proxy": "*"}
SEARCH = {
    "url": "http://{site}/s?q={keyword}",
    "items": "list",
    "fields": {"id": "id", "title": "title", "published_at": "at"},
    "searches_per_day": 2880,
    "every": "10m",
    "category": "social",
}
"""Some twenty words a crawl: more than any of these sources has."""
WATCHES = "ham: {words: [某某火腿], until: 2099-12-31, reason: 交办}\nold: {words: [旧事], until: 2020-01-01, reason: 过了}\n"
WORDS = ["猪肉 检出", "月饼 发霉", "牛奶 召回"]


def path(word: str) -> str:
    return f"/s?q={quote(word)}"


def found(*numbers: int) -> Reply:
    at = datetime.now(UTC).isoformat()
    return Reply(json.dumps({"list": [{"id": str(number), "title": f"第{number}条", "at": at} for number in numbers]}), "application/json")


def declare(home: Home) -> None:
    (home.folder / "watches.yaml").write_text(WATCHES, "utf-8")
    (home.folder / "topics" / "meat.yaml").write_text("title: 肉\nsearches: [瘦肉精, 冻肉]\n", "utf-8")
    answers = {path("某某火腿"): found(1, 2), path("月饼 发霉"): found(2, 3), path("瘦肉精"): found()}
    home.source("found", "api", answers, keywords={"topics": 1, "watches": True, "words": ["月饼 发霉", "坏了"]}, **SEARCH)
    home.source("nothing", "api", {path(word): found() for word in WORDS}, keywords={"words": WORDS}, **SEARCH)
    home.source("changed", "api", {path(word): Reply("{}", "application/json") for word in WORDS}, keywords={"words": WORDS}, **SEARCH)
    home.source("refused", "api", {path(word): Reply("no", status=403) for word in WORDS}, keywords={"words": WORDS}, **SEARCH)
    posted = {"/s": lambda asked: found(len(json.loads(asked.body)["key"]))}
    home.source("posted", "api", posted, keywords={"words": ['带"引号"']}, **(SEARCH | {"url": "http://{site}/s", "body": '{"key":"{keyword}"}'}))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home_in(tmp_path_factory.mktemp("searches")) as made:
        declare(made)
        yield made


@pytest.fixture(scope="module")
def reports(home: Home) -> dict[str, CrawlReport]:
    names = list(home.sites)
    return dict(zip(names, crawl(names, home.folder, spool=home.spool, environ=ENVIRON), strict=True))


@pytest.fixture(scope="module")
def posts(home: Home, reports: dict[str, CrawlReport]) -> list:
    return home.taken()


def test_the_words_of_all_three_are_asked_for_once(home: Home, reports: dict[str, CrawlReport]) -> None:
    assert home.sites["found"].paths == [path(word) for word in ("某某火腿", "月饼 发霉", "坏了", "瘦肉精")]
    assert reports["found"].searches == 4


def test_a_post_remembers_the_word_that_found_it_first(posts: list) -> None:
    assert [(post.native_id, post.keyword) for post in posts if post.source == "found"] == [("1", "某某火腿"), ("2", "某某火腿"), ("3", "月饼 发霉")]
    assert [(post.native_id, post.keyword) for post in posts if post.source == "posted"] == [("5", '带"引号"')]


def test_one_word_that_finds_nothing_or_fails_is_no_illness(reports: dict[str, CrawlReport]) -> None:
    assert (reports["found"].health, reports["found"].items) == ("ok", 3)
    ((url, why),) = reports["found"].errors
    assert url.endswith(quote("坏了"))
    assert why == "HTTP 404 (asked for 坏了)"


def test_the_bounds_are_those_of_all_words_together(reports: dict[str, CrawlReport]) -> None:
    assert (reports["nothing"].health, reports["nothing"].why) == ("empty", "0 items, expected at least 1")
    assert (reports["changed"].health, reports["changed"].searches) == ("changed", 3)


def test_a_site_that_refuses_one_word_is_not_asked_for_another(home: Home, reports: dict[str, CrawlReport]) -> None:
    assert (reports["refused"].health, reports["refused"].why) == ("blocked", "HTTP 403 (asked for 猪肉 检出)")
    assert (len(home.sites["refused"].paths), reports["refused"].searches, len(reports["refused"].errors)) == (1, 1, 1)


def test_the_next_crawl_goes_on_where_this_one_ended(home: Home, reports: dict[str, CrawlReport]) -> None:
    # Right after the one before, a crawl has one word only.
    crawl(["refused"], home.folder, spool=home.spool, environ=ENVIRON)
    assert home.sites["refused"].paths == [path(word) for word in WORDS[:2]]


def test_where_nothing_is_watched_nothing_is_asked_and_that_is_well(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        site = home.source("idle", "api", {}, keywords={"watches": True}, **SEARCH)
        (report,) = crawl(["idle"], tmp_path, spool=home.spool, environ=ENVIRON)
        assert (report.health, report.searches, site.asked) == ("ok", 0, [])


def test_a_trial_asks_for_the_word_that_it_is_given(home: Home) -> None:
    site: Site = home.sites["found"]
    site.pages[path("试一试")] = lambda asked: found(9) if isinstance(asked, Asked) else Reply()
    trial = tried("found", home.folder, ENVIRON, keyword="试一试")
    assert [(post.title, post.keyword) for post in trial.posts] == [("第9条", "试一试")]
    assert site.paths[-1] == path("试一试")
    home.source("plain", "api", {}, items="list", fields={"title": "title"})
    with pytest.raises(ConfigError, match="is no search"):
        tried("plain", home.folder, ENVIRON, keyword="试一试")
