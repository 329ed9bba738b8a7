"""Periods: half open, by the calendar of Asia/Shanghai, none overlapping and none missing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.period import PERIODS, ZONE, before, key_of, named, period, steps

FIRST, LAST = datetime(2019, 1, 1), datetime(2031, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
NOW = datetime(2024, 3, 1, 3, 0, tzinfo=UTC)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


def test_a_day_ends_at_the_last_eight_o_clock_or_when_it_was_asked_for() -> None:
    assert period("daily", None, now=NOW) == period("daily", local(2024, 3, 1, 8), now=NOW)
    early = period("daily", None, now=local(2024, 3, 1, 7, 59))
    assert (early.since, early.until) == (local(2024, 2, 28, 8), local(2024, 2, 29, 8))
    assert period("daily", None, now=local(2024, 3, 1, 8)).until == local(2024, 3, 1, 8)
    assert period("daily", local(2024, 3, 1, 9, 30), now=NOW).since == local(2024, 2, 29, 9, 30)


@pytest.mark.parametrize(
    ("kind", "at", "since", "until"),
    [
        ("monthly", local(2024, 3, 1), local(2024, 2, 1), local(2024, 3, 1)),
        ("monthly", local(2024, 3, 31, 23, 59), local(2024, 2, 1), local(2024, 3, 1)),
        ("monthly", local(2024, 1, 1), local(2023, 12, 1), local(2024, 1, 1)),
        ("monthly", local(2023, 12, 31, 23), local(2023, 11, 1), local(2023, 12, 1)),
        ("weekly", local(2024, 3, 4), local(2024, 2, 26), local(2024, 3, 4)),
        ("weekly", local(2024, 3, 3, 23, 59), local(2024, 2, 19), local(2024, 2, 26)),
        ("weekly", local(2025, 1, 1), local(2024, 12, 23), local(2024, 12, 30)),
        # The day is that of Shanghai: in UTC it is still Sunday, and still February.
        ("weekly", datetime(2024, 3, 3, 16, tzinfo=UTC), local(2024, 2, 26), local(2024, 3, 4)),
        ("monthly", datetime(2024, 2, 29, 16, tzinfo=UTC), local(2024, 2, 1), local(2024, 3, 1)),
    ],
)
def test_weeks_and_months_are_whole_ones(kind: str, at: datetime, since: datetime, until: datetime) -> None:
    found = period(kind, at, now=NOW)
    assert (found.since, found.until) == (since, until)


@given(st.sampled_from(PERIODS), st.datetimes(FIRST, LAST, timezones=st.just(UTC)))
def test_periods_follow_each_other_without_a_gap(kind: str, at: datetime) -> None:
    this = period(kind, at, now=at)
    assert this.since < this.until <= at
    earlier = before(kind, this)
    assert earlier.until == this.since
    if kind != "daily":
        assert earlier == period(kind, this.since, now=at)


def test_there_is_no_summer_time() -> None:
    this = period("monthly", local(2024, 4, 1), now=NOW)
    assert this.until - this.since == timedelta(days=31)
    assert len(steps(this.since, this.until, "day")) == 31
    assert len(steps(local(2024, 3, 31), local(2024, 4, 1), "hour")) == 24


def test_a_leap_month_has_its_day() -> None:
    this = period("monthly", local(2024, 3, 2), now=NOW)
    days = [key_of(at, "day") for at in steps(this.since, this.until, "day")]
    assert (days[0], days[-1], len(days)) == ("2024-02-01", "2024-02-29", 29)


def test_periods_are_called_by_their_days() -> None:
    assert named("daily", period("daily", local(2024, 3, 1, 8), now=NOW)) == "2024年3月1日"
    assert named("weekly", period("weekly", local(2025, 1, 6), now=NOW)) == "2024年12月30日—1月5日"
    assert named("monthly", period("monthly", local(2024, 3, 1), now=NOW)) == "2024年2月"
