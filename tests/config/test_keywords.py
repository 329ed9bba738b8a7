"""Which words a search asks for, and what is said of searches that cannot be."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.errors import ConfigError
from config.keywords import Keyword, keywords, most_at_once, searches_a_day
from config.load import SHIPPED, load
from config.schema import Topic
from config.source import Source
from config.watch import Watch

ON = date(2026, 11, 24)
SEARCH: dict[str, Any] = {
    "name": "example-search",
    "title": "示例搜索",
    "kind": "feed",
    "url": "https://example.org/?q={keyword}",
    "every": "30m",
    "category": "news",
    "trust": "media",
    "platform": "news",
    "keywords": {"words": ["食品安全"]},
    "searches_per_day": 100,
}
TOPICS = {
    "meat": Topic(name="meat", title="肉", searches=("瘦肉精",), words=("冻肉",)),
    "other": Topic(name="other", title="其他", words=("吃坏肚子",)),
}
WATCHES = {
    "ham": Watch(name="ham", words=("某某火腿", "食品安全"), until=ON, reason="交办"),
    "past": Watch(name="past", words=("旧事",), until=date(2026, 11, 23), reason="已过"),
}
PLACES = """# 说明
code,path,kind,names
220000,吉林省,province,吉林省 吉林!
220100,吉林省/长春市,prefecture,长春市 长春
220300,吉林省/四平市,prefecture,四平市
"""


def search(**changed: Any) -> Source:
    return Source.model_validate(SEARCH | changed)


def words(folder: Path, **declared: Any) -> list[str]:
    return [word.text for word in found(folder, **declared)]


def found(folder: Path, **declared: Any) -> tuple[Keyword, ...]:
    return keywords(search(keywords=declared), topics=TOPICS, watches=WATCHES, folder=folder, province="220000", on=ON)


def test_words_of_watches_come_before_its_own_and_those_of_topics(tmp_path: Path) -> None:
    assert found(tmp_path, topics=5, watches=True, words=["食品安全", "农村 食品"]) == (
        ("某某火腿", 4),
        ("食品安全", 4),
        ("农村 食品", 2),
        ("瘦肉精", 1),
        ("吃坏肚子", 1),
        ("冻肉", 1),
    )
    assert words(tmp_path, topics=1) == ["瘦肉精", "吃坏肚子"]
    assert keywords(search(keywords=None, searches_per_day=0, url="https://x.org/"), topics={}, watches={}, folder=tmp_path, province="", on=ON) == ()


def test_words_of_topics_are_asked_for_with_each_place(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text(PLACES, "utf-8")
    assert words(tmp_path, topics=1, places=["home", "prefectures", "延边"], words=["食品"]) == [
        "食品",
        *(f"{place} {word}" for word in ("瘦肉精", "吃坏肚子") for place in ("吉林", "长春", "四平市", "延边")),
    ]


def test_groups_of_lexicons_follow_a_topic_s_own_words() -> None:
    topics = {"meat": Topic(name="meat", title="肉", searches=("瘦肉精",), groups=("hazards/meat",))}
    (first, second, *rest) = keywords(search(keywords={"topics": 40}), topics=topics, watches={}, folder=SHIPPED, province="220000", on=ON)
    assert (first.text, second.text, len(rest)) == ("瘦肉精", "病死猪", 38)


def test_a_search_says_how_many_it_makes() -> None:
    source = search(searches_per_day=200)
    assert (most_at_once(source), searches_a_day(source, 300), searches_a_day(source, 2)) == (5, 200, 96)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"url": "https://example.org/"}, "keywords need {keyword}"),
        ({"keywords": None}, "a search needs keywords"),
        ({"keywords": {}}, "say topics, watches or words"),
        ({"keywords": {"words": ["肉"]}}, "2 to 38 characters"),
        ({"every": None, "cron": "0 8 * * *"}, "needs every"),
        ({"searches_per_day": 47}, "more crawls in a day"),
    ],
)
def test_a_search_that_cannot_be_says_why(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        search(**changed)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("sources", "topics", "rules", "channels", "lexicons"):
        (tmp_path / name).mkdir()
    (tmp_path / "settings.yaml").write_text("", "utf-8")
    return tmp_path


SOURCE = """title: 搜索
kind: feed
url: https://example.org/?q={keyword}
every: 30m
category: news
trust: media
platform: news
searches_per_day: 100
"""


@pytest.mark.parametrize(
    ("files", "key", "why"),
    [
        ({"sources/s.yaml": SOURCE + "keywords: {topics: 3}"}, "keywords.topics", "no topic has any words"),
        ({"sources/s.yaml": SOURCE + "keywords: {words: [食品], places: [home]}"}, "keywords.places", "does not say what home is"),
        ({"sources/s.yaml": SOURCE + "keywords: {words: [食品]}\ndelay: 300"}, "searches_per_day", "one crawl would take 900 s, .*limit, 600 s"),
        ({"topics/t.yaml": "title: 肉\ngroups: [hazards/meat]"}, "groups", "no lexicon has the group hazards/meat"),
        ({"watches.yaml": "ham: {words: [火腿], reason: 交办}"}, "ham.until", "Field required"),
        ({"watches.yaml": "ham: {words: [火腿], until: someday, reason: 交办}"}, "ham.until", "valid date"),
        ({"watches.yaml": "ham: {words: [火], until: 2026-12-01, reason: 交办}"}, "ham.words.0", "2 to 38"),
        ({"watches.yaml": "ham: {words: [火腿, 火腿], until: 2026-12-01, reason: 交办}"}, "ham", "火腿 is given twice"),
        (
            {"watches.yaml": "a: {words: [火腿], until: 2026-12-01, reason: 甲}\nb: {words: [火腿], until: 2026-12-01, reason: 乙}"},
            "b.words",
            "is watched by a already",
        ),
    ],
)
def test_every_fault_of_a_search_is_named(home: Path, files: dict[str, str], key: str, why: str) -> None:
    for name, text in files.items():
        (home / name).write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=why) as told:
        load(home, {})
    assert (str(home / next(iter(files))), key) in [(fault.file, fault.key) for fault in told.value.faults]


def test_a_home_has_its_watches(home: Path) -> None:
    assert load(home, {}).watches == {}
    (home / "watches.yaml").write_text("ham: {words: ['某某火腿  发臭'], until: 2026-12-01, reason: 交办}", "utf-8")
    assert load(home, {}).watches["ham"] == Watch(name="ham", words=("某某火腿 发臭",), until=date(2026, 12, 1), reason="交办")


def test_what_the_shipped_topics_search_for_tells_them() -> None:
    """Of the written corpus: what the words find is nearly always relevant, and mostly of their topic; `other` is what no topic has."""
    csv.field_size_limit(10**8)
    rows = {}
    for path in sorted((SHIPPED.parent / "nlp" / "corpus").glob("*.tsv")):
        if not path.name.startswith("labels-"):
            with path.open(encoding="utf-8", newline="") as lines:
                rows |= {row["text"]: row for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}
    for name, topic in load(environ={}).topics.items():
        hits = [row for text, row in rows.items() if any(all(part in text for part in word.split()) for word in topic.searches)]
        assert sum(row["relevant"] == "1" for row in hits) >= 0.8 * len(hits) > 0, name
        assert name == "other" or sum(name in (row["topics"] or "").split(",") for row in hits) >= 0.65 * len(hits), name
