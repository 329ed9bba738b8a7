"""Dates as Chinese sites write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.dates import SHANGHAI, parsed

NOW = datetime(2024, 3, 6, 10, 30, 20, tzinfo=SHANGHAI)  # a Wednesday


def here(text: str, now: datetime = NOW) -> str | None:
    """The moment as it reads in Shanghai."""
    at = parsed(text, now)
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("刚刚", "2024-03-06 10:30:20"),
        ("30秒前", "2024-03-06 10:29:50"),
        ("3分钟前", "2024-03-06 10:27:20"),
        ("３分钟前", "2024-03-06 10:27:20"),
        ("半小时前", "2024-03-06 10:00:20"),
        ("一个半小时前", "2024-03-06 09:00:20"),
        ("1小时20分钟前", "2024-03-06 09:10:20"),
        ("2 小时前", "2024-03-06 08:30:20"),
        ("十二小时前", "2024-03-05 22:30:20"),
        ("3天前", "2024-03-03 10:30:20"),
        ("3天前 08:15", "2024-03-03 08:15:00"),
        ("两周前", "2024-02-21 10:30:20"),
        ("1个月前", "2024-02-06 10:30:20"),
        ("1年前", "2023-03-06 10:30:20"),
        ("5 minutes ago", "2024-03-06 10:25:20"),
        ("发布于 2小时前", "2024-03-06 08:30:20"),
    ],
)
def test_so_long_ago_is_counted_back_from_now(text: str, meant: str) -> None:
    assert here(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("今天 9:05", "2024-03-06 09:05:00"),
        ("今天", "2024-03-06 00:00:00"),
        ("昨天 08:15", "2024-03-05 08:15:00"),
        ("昨天08:15", "2024-03-05 08:15:00"),
        ("昨日 下午3点", "2024-03-05 15:00:00"),
        ("昨晚8点", "2024-03-05 20:00:00"),
        ("今早7点半", "2024-03-06 07:30:00"),
        ("前天", "2024-03-04 00:00:00"),
        ("前天 23:59:58", "2024-03-04 23:59:58"),
        ("星期三", "2024-03-06 00:00:00"),
        ("星期四", "2024-02-29 00:00:00"),
        ("周日 20:00", "2024-03-03 20:00:00"),
        ("上周三", "2024-02-28 00:00:00"),
        ("星期二上午9点", "2024-03-05 09:00:00"),
        ("08:15", "2024-03-06 08:15:00"),
        ("23:15", "2024-03-05 23:15:00"),
    ],
)
def test_a_day_by_its_name_is_the_last_such_day(text: str, meant: str) -> None:
    assert here(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2024年3月5日 8时5分", "2024-03-05 08:05:00"),
        ("2024年3月5日8时5分30秒", "2024-03-05 08:05:30"),
        ("2024年03月05日 星期二 08:15", "2024-03-05 08:15:00"),
        ("2024/3/5", "2024-03-05 00:00:00"),
        ("2024.3.5 8:15", "2024-03-05 08:15:00"),
        ("２０２４－０３－０５　０８：１５", "2024-03-05 08:15:00"),
        ("2024-03-05 08:15:30", "2024-03-05 08:15:30"),
        ("2024-03-05 24:00", "2024-03-06 00:00:00"),
        ("2024-3-5 下午3:20", "2024-03-05 15:20:00"),
        ("2024-03-05 上午 10:00", "2024-03-05 10:00:00"),
        ("2024-03-05 晚上8点", "2024-03-05 20:00:00"),
        ("2024-03-05 晚上12点", "2024-03-06 00:00:00"),
        ("2024-03-05 中午12点半", "2024-03-05 12:30:00"),
        ("2024-03-05 凌晨1:30", "2024-03-05 01:30:00"),
        ("24-03-05 08:15", "2024-03-05 08:15:00"),
        ("20240305", "2024-03-05 00:00:00"),
        ("20240305081530", "2024-03-05 08:15:30"),
        ("/zw/202403/t20240305_123456.html", "2024-03-05 00:00:00"),
        ("发布时间：2024-03-05 08:15 来源：某某网", "2024-03-05 08:15:00"),
        ("时间:2024-03-05", "2024-03-05 00:00:00"),
        ("更新时间 | 2024年3月5日", "2024-03-05 00:00:00"),
        ("二〇二四年三月十五日", "2024-03-15 00:00:00"),
    ],
)
def test_a_whole_date_is_read_in_shanghai(text: str, meant: str) -> None:
    assert here(text, datetime(2024, 6, 1, tzinfo=UTC)) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2024-03-05T08:15:30Z", "2024-03-05 16:15:30"),
        ("2024-03-05T08:15:30.123Z", "2024-03-05 16:15:30"),
        ("2024-03-05T08:15:30+08:00", "2024-03-05 08:15:30"),
        ("2024-03-05T08:15:30+0900", "2024-03-05 07:15:30"),
        ("2024-03-05T08:15:30", "2024-03-05 08:15:30"),
        ("2024-03-05 00:15 UTC", "2024-03-05 08:15:00"),
        ("Tue, 05 Mar 2024 08:15:30 GMT", "2024-03-05 16:15:30"),
        ("Tue, 05 Mar 2024 08:15:30 +0800", "2024-03-05 08:15:30"),
        ("Tue, 05 Mar 2024 08:15:30 CST", "2024-03-05 08:15:30"),
        ("Tue Mar 05 08:15:30 +0800 2024", "2024-03-05 08:15:30"),
        ("Tue Mar 05 08:15:30 CST 2024", "2024-03-05 08:15:30"),
        ("Mar 5, 2024 8:15 PM", "2024-03-05 20:15:00"),
        ("March 5, 2024", "2024-03-05 00:00:00"),
        ("1709597730", "2024-03-05 08:15:30"),
        ("1709597730123", "2024-03-05 08:15:30"),
        ("/Date(1709597730000)/", "2024-03-05 08:15:30"),
    ],
)
def test_an_offset_that_is_written_counts(text: str, meant: str) -> None:
    assert here(text) == meant


@pytest.mark.parametrize(
    ("text", "now", "meant"),
    [
        ("12月31日", datetime(2025, 1, 1, 0, 5, tzinfo=SHANGHAI), "2024-12-31 00:00:00"),
        ("12-31 23:50", datetime(2025, 1, 1, 0, 5, tzinfo=SHANGHAI), "2024-12-31 23:50:00"),
        ("1月1日 00:03", datetime(2024, 12, 31, 23, 58, tzinfo=SHANGHAI), "2025-01-01 00:03:00"),
        ("11月3日", NOW, "2023-11-03 00:00:00"),
        ("11-03 12:00", NOW, "2023-11-03 12:00:00"),
        ("3月6日 10:35", NOW, "2024-03-06 10:35:00"),
        ("03/05", NOW, "2024-03-05 00:00:00"),
        ("2月29日", NOW, "2024-02-29 00:00:00"),
        ("12月31日", datetime(2024, 12, 31, 16, 30, tzinfo=UTC), "2024-12-31 00:00:00"),
    ],
)
def test_without_a_year_it_is_the_last_such_day(text: str, now: datetime, meant: str) -> None:
    assert here(text, now) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "来源：某某网",
        "2024-02-30",
        "2023-02-29",
        "2月30日",
        "13月1日",
        "2024-13-01",
        "2024-03-05 25:00",
        "2024-03-05 08:61",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "03/05/2024",
        "5000000年前",
        "近日",
        "123",
        "None",
    ],
)
def test_what_is_no_date_or_an_impossible_one_is_none(text: str) -> None:
    assert parsed(text, NOW) is None


moments = st.integers(725_817_600, 4_070_908_800).map(lambda seconds: datetime.fromtimestamp(seconds, SHANGHAI))


@settings(deadline=None, max_examples=60)
@given(moments)
def test_every_form_of_one_moment_is_that_moment(at: datetime) -> None:
    forms = [
        at.isoformat(),
        at.astimezone(UTC).isoformat(),
        at.strftime("%Y-%m-%d %H:%M:%S"),
        at.strftime("%Y年%m月%d日%H时%M分%S秒"),
        f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02}:{at.second:02}",
        at.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    ]
    assert {parsed(form, NOW) for form in forms} == {at.astimezone(UTC)}


@settings(deadline=None, max_examples=60)
@given(moments, st.integers(1, 364 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)))
def test_a_date_without_its_year_is_found_again(now: datetime, age: timedelta) -> None:
    at = (now - age).replace(second=0)
    assert parsed(f"{at.month}-{at.day} {at.hour:02}:{at.minute:02}", now) == at.astimezone(UTC)


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="0123456789年月日时分秒前:-/. TZ+上下午昨今天星期三半个小", max_size=30) | st.text(max_size=40), moments)
def test_no_text_breaks_it(text: str, now: datetime) -> None:
    at = parsed(text, now)
    assert at is None or at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "now", "meant"),
    [
        # An offset, none, and CST, which is China's.
        ("2024-03-05T22:15:30-05:00", NOW, "2024-03-06 11:15:30"),
        ("2024-03-05 22:15", NOW, "2024-03-05 22:15:00"),
        ("Tue, 05 Mar 2024 22:15:30 CST", NOW, "2024-03-05 22:15:30"),
        ("Tue, 05 Mar 2024 22:15:30 CDT", NOW, "2024-03-06 11:15:30"),
        # Summer times abroad, on both sides of the change; China had one from 1986 to 1991.
        ("Sun, 31 Mar 2024 01:59:00 CET", NOW, "2024-03-31 08:59:00"),
        ("Sun, 31 Mar 2024 03:00:00 CEST", NOW, "2024-03-31 09:00:00"),
        ("Sun, 27 Oct 2024 00:30:00 BST", NOW, "2024-10-27 07:30:00"),
        ("Sun, 10 Mar 2024 01:59:59 EST", NOW, "2024-03-10 14:59:59"),
        ("Sun, 10 Mar 2024 03:00:00 EDT", NOW, "2024-03-10 15:00:00"),
        ("Sun, 06 Oct 2024 03:30:00 AEDT", NOW, "2024-10-06 00:30:00"),
        ("1988-07-01 12:00", NOW, "1988-07-01 12:00:00"),
        # Over midnight: the duty's night is from 22:00 to 05:00, and the machine's clock may be UTC.
        ("23:58", datetime(2024, 3, 6, 0, 3, tzinfo=SHANGHAI), "2024-03-05 23:58:00"),
        ("22:00", datetime(2024, 3, 6, 4, 59, tzinfo=SHANGHAI), "2024-03-05 22:00:00"),
        ("今天 00:01", datetime(2024, 3, 5, 16, 3, tzinfo=UTC), "2024-03-06 00:01:00"),
        ("昨天 22:30", datetime(2024, 3, 5, 16, 3, tzinfo=UTC), "2024-03-05 22:30:00"),
        ("5小时前", datetime(2024, 3, 5, 19, 0, tzinfo=UTC), "2024-03-05 22:00:00"),
        ("00:05", datetime(2024, 3, 5, 23, 58, tzinfo=SHANGHAI), "2024-03-05 00:05:00"),
    ],
)
def test_complaint_9_a_time_is_read_with_its_zone_and_over_midnight(text: str, now: datetime, meant: str) -> None:
    assert here(text, now) == meant
