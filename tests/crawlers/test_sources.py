"""Every shipped source reads a page made in its true shape: invented content, the site's own keys and elements."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from config.keywords import searches_a_day
from config.load import load
from config.source import Source
from crawlers.addresses import list_page
from crawlers.loader import KINDS
from crawlers.spiders.base import Unreadable

FOLDER = Path(__file__).parent / "sources"
TRUTH: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "truth.yaml").read_text("utf-8"))
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
# Their ${NAME} stand for what only the office has.
COOKIES = {f"SHIAN_{name}_COOKIE": "a=b" for name in ("HEIMAO", "LIUYAN", "WEIBO", "TIEBA", "DOUBAN", "BILIBILI", "SOGOU")}
CONFIG = load(environ=COOKIES)
SOURCES = {name: source for name, source in CONFIG.sources.items() if source.kind != "import" and not name.startswith("example-")}


def read(source: Source, text: str):
    kind = type("Reader", (KINDS[source.kind],), {"source": source})
    spider = kind.__new__(kind)
    return spider.items_of(text, list_page(source, 0, "食品").url, now=NOW, first=1)


def test_there_are_forty_and_each_has_its_page() -> None:
    assert len(SOURCES) >= 40
    assert sorted(TRUTH) == sorted(SOURCES)


@pytest.mark.parametrize("name", TRUTH)
def test_the_page_gives_what_stands_on_it(name: str) -> None:
    source, truth = SOURCES[name], TRUTH[name]
    (page,) = FOLDER.glob(f"{name}.*")
    items = read(source, page.read_text("utf-8"))
    first = items[0]
    assert len(items) == truth["items"]
    assert first.title == truth["title"]
    assert first.url == truth.get("url", "")
    assert (first.published_at.astimezone(NOW.tzinfo).isoformat() if first.published_at else None) == truth.get("published_at")
    if "text" in truth:
        assert first.text == truth["text"]
    for count in ("heat", "rank", "likes", "comments", "reposts"):
        if count in truth:
            assert getattr(first.engagement, count) == truth[count]


def test_a_link_that_is_another_each_time_does_not_make_another_post() -> None:
    page = (FOLDER / "bing-news.xml").read_text("utf-8")
    first, again = (read(SOURCES["bing-news"], text)[0] for text in (page, page.replace("ref=FexRss", "ref=FexRss&amp;tid=2")))
    assert first.url != again.url
    assert first.key(SOURCES["bing-news"]) == again.key(SOURCES["bing-news"])


def test_a_repost_is_read_with_what_it_repeats_and_without_the_link_to_the_rest() -> None:
    _, other, repost = read(SOURCES["weibo-search"], (FOLDER / "weibo-search.json").read_text("utf-8"))
    assert (other.text, other.native_id) == ("超市的酸奶鼓包了", "5200000000000202")
    assert repost.text == "转发微博//学校门口的烤肠吃完肚子疼，一起吃的三个人 ..."
    assert (repost.author_id, repost.published_at) == ("1000000003", NOW - timedelta(minutes=3))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("weibo-search", '{"ok":0,"msg":"这里还没有内容","data":{"cards":[]}}'),
        ("people-search", '{"code":"0","data":{"total":0,"records":[]}}'),
        ("cnfood-search", '{"code":200,"data":{"records":[]}}'),
        ("bilibili-search", '{"code":0,"data":{"numResults":0}}'),
        ("bing-news", '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>'),
    ],
)
def test_a_search_that_finds_nothing_is_read_as_nothing(name: str, answer: str) -> None:
    assert read(SOURCES[name], answer) == []


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("weibo-search", '{"ok":-100,"url":"https://passport.weibo.com/sso/signin?entry=wapsso"}'),
        ("people-search", '{"code":"-1","data":null}'),
        ("bilibili-search", '{"code":-412,"message":"request was banned"}'),
        ("tieba-search", "<html><head><title>百度安全验证</title></head><body>请完成安全验证</body></html>"),
        ("wechat-search", "<html><body><p>请输入验证码</p></body></html>"),
    ],
)
def test_a_search_that_is_refused_is_blocked(name: str, answer: str) -> None:
    with pytest.raises(Unreadable) as told:
        read(SOURCES[name], answer)
    assert told.value.word == "blocked"


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source.keywords])
def test_a_shipped_search_asks_for_every_word_within_days(name: str) -> None:
    words = CONFIG.keywords(SOURCES[name], NOW.date())
    assert sum(word.weight for word in words) <= 7 * searches_a_day(SOURCES[name], len(words))
    assert all(list_page(SOURCES[name], 0, word.text) for word in words)


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_says_how_sure_it_is_and_what_it_needs(name: str) -> None:
    source = SOURCES[name]
    assert source.checked
    assert not (source.enabled and source.needs != "none"), "what needs something is off until it has it"
    supposed = source.checked.startswith(("2021", "about 2018", "old", "≥")) or "supposed" in source.checked.split(";")[0]
    assert not (source.enabled and supposed and name != "jilin-gov-news"), "what nobody has seen lately is off until somebody looked"


def test_the_table_of_the_docs_is_true() -> None:
    table = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in table.splitlines() if line.startswith("| `")}
    assert sorted(rows) == sorted(SOURCES)
    for name, source in SOURCES.items():
        cells = [source.title, source.kind, source.trust, source.needs, "on" if source.enabled else "off", source.checked]
        assert [cell.strip() for cell in rows[name].strip("|").split("|")][1:] == cells
    assert f"There are {len(SOURCES)}, {sum(source.enabled for source in SOURCES.values())} of them on." in table
