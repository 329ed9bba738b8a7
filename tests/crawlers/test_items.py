"""Items of lists, read into the fields of a post."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.source import Select, Source
from crawlers.items import address, counted, item_of, line, picked, plain

NOW = datetime(2024, 3, 6, 2, 30, tzinfo=UTC)
SOURCE = Source.model_validate(
    {
        "name": "example",
        "title": "示例",
        "kind": "api",
        "url": "https://example.org/",
        "every": "10m",
        "category": "hot-list",
        "trust": "platform",
        "platform": "weibo",
        "items": "items",
        "fields": {"title": "word", "heat": "num", "published_at": "at", "url": "link", "text": "words"},
    }
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1.2万", 12000),
        ("3,456", 3456),
        ("10w+", 100000),
        ("１２", 12),
        ("热度 345.6万", 3456000),
        ("1.5亿", 150000000),
        ("2k", 2000),
        ("评论(37)", 37),
        ("12 min", 12),
        ("999+", 999),
        ("0", 0),
        ("赞", None),
        ("-", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_counts_are_read_as_sites_write_them(text: str, count: int | None) -> None:
    assert counted(text) == count


def test_an_item_has_the_fields_that_were_found() -> None:
    item = item_of(
        {
            "title": ["", "<em>食堂</em>&amp;外卖 \n 调查"],
            "heat": ["12万"],
            "published_at": ["昨天 08:15"],
            "url": ["/a?id=1"],
            "text": ["<p>一</p><p>二</p>"],
        },
        SOURCE,
        url="https://example.org/list/",
        now=NOW,
        position=3,
    )
    assert (item.title, item.text, item.url) == ("食堂&外卖 调查", "一\n二", "https://example.org/a?id=1")
    assert item.published_at == datetime(2024, 3, 5, 0, 15, tzinfo=UTC)
    assert (item.engagement.heat, item.engagement.rank) == (120000, 3)


def test_an_item_that_says_3_minutes_ago_is_the_same_one_later() -> None:
    first, later = (
        item_of({"title": ["示例"], "published_at": [at]}, SOURCE, url="https://example.org/", now=NOW, position=1) for at in ("3分钟前", "8分钟前")
    )
    assert (first.key(SOURCE), first.digest(SOURCE)) == (later.key(SOURCE), later.digest(SOURCE))
    hotter = item_of({"title": ["示例"], "heat": ["9"]}, SOURCE, url="https://example.org/", now=NOW, position=1)
    assert hotter.key(SOURCE) == first.key(SOURCE)
    assert hotter.digest(SOURCE) != first.digest(SOURCE)


def test_a_time_beyond_tomorrow_is_none() -> None:
    assert item_of({"title": ["示例"], "published_at": ["2031-01-01"]}, SOURCE, url="https://example.org/", now=NOW, position=1).published_at is None


def test_a_field_keeps_what_its_pattern_says() -> None:
    assert picked(["", "a", "b"], "x") == "a"
    assert picked(["a", " ", "b"], Select(at="x", join="、")) == "a、b"
    assert picked(["/2024/t20240305_1.html"], Select(at="x", pattern=r"t(\d{8})_")) == "20240305"
    assert picked(["来源：某网"], Select(at="x", pattern="某.")) == "某网"
    assert picked(["none"], Select(at="x", pattern=r"\d+", base="https://example.org/")) == ""
    assert picked(["17"], Select(at="x", base="https://example.org/q/")) == "https://example.org/q/17"


def test_only_pages_of_the_web_are_addresses() -> None:
    assert address("//m.example.org/1?a=1&amp;b=2", "https://example.org/") == "https://m.example.org/1?a=1&b=2"
    assert [
        address(link, "https://example.org/") for link in ("javascript:void(0)", "mailto:a@example.org", "", "http://[::1", "file:///etc/passwd")
    ] == [""] * 5


def test_text_is_text() -> None:
    assert plain("a < b，3 > 2 &lt;b&gt;") == "a < b，3 > 2 <b>"
    assert plain("<script>if (a<b) x()</script><p>一<br>二<!-- 三 --></p>\x00四\ud83d\ude00") == "一\n二\n四😀"
    assert line("\ud800半个") == "�半个"


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet=st.characters(), max_size=60), st.text(alphabet="<>/p&;#x0 ab!-", max_size=40))
def test_no_text_breaks_it(text: str, markup: str) -> None:
    for one in (plain(text + markup), line(markup + text)):
        one.encode()
    counted(text)
    address(text, "https://example.org/")
