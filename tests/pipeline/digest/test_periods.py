"""Which periods are due: they tile, are made up for while they are young, and are folded into one when they are not."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.digest.periods import Period, due, newest

DAY = timedelta(days=1)
OUT = datetime(2024, 2, 28, 0, 0, tzinfo=UTC)
"""08:00 in Asia/Shanghai; the 29th follows."""


def periods(last: datetime | None, now: datetime, *, at: str = "08:00", max_age: timedelta = DAY) -> list[Period]:
    return due(last, now, at=at, max_age=max_age)


def test_each_day_has_one_and_the_leap_day_too() -> None:
    found = [period for day in range(4) for period in periods(OUT + DAY * (day - 1), OUT + DAY * day)]
    assert found == [Period(OUT + DAY * (day - 1), OUT + DAY * day) for day in range(4)]


def test_before_its_time_nothing_is_due() -> None:
    assert periods(OUT, OUT + DAY - timedelta(milliseconds=1)) == []
    assert periods(OUT, OUT) == []


def test_the_first_one_ever_tells_the_day_before() -> None:
    assert periods(None, OUT + timedelta(hours=3)) == [Period(OUT - DAY, OUT)]


def test_a_missed_one_is_made_up_for() -> None:
    assert periods(OUT, OUT + DAY + timedelta(hours=23)) == [Period(OUT, OUT + DAY)]


def test_older_ones_are_folded_into_the_first_that_is_young() -> None:
    assert periods(OUT, OUT + DAY * 4 + timedelta(hours=5)) == [Period(OUT, OUT + DAY * 4, folded=3)]
    assert periods(OUT, OUT + DAY * 4 + timedelta(hours=5), max_age=DAY * 2) == [
        Period(OUT, OUT + DAY * 3, folded=2),
        Period(OUT + DAY * 3, OUT + DAY * 4),
    ]


def test_where_even_the_newest_is_too_old_all_waits_for_the_next() -> None:
    short = timedelta(hours=2)
    assert periods(OUT, OUT + DAY * 2 + timedelta(hours=5), max_age=short) == []
    assert periods(OUT, OUT + DAY * 3, max_age=short) == [Period(OUT, OUT + DAY * 3, folded=2)]


def test_another_time_of_day_makes_one_of_another_length() -> None:
    assert periods(OUT, OUT + timedelta(hours=10), at="18:00") == [Period(OUT, OUT + timedelta(hours=10))]
    assert periods(OUT, OUT + DAY, at="07:30") == [Period(OUT, OUT + DAY - timedelta(minutes=30))]


@pytest.mark.parametrize(("hour", "day"), [(7, -1), (8, 0), (9, 0)])
def test_the_time_of_day_is_that_of_shanghai(hour: int, day: int) -> None:
    assert newest(OUT + timedelta(hours=hour - 8), "08:00") == OUT + DAY * day


@given(st.lists(st.integers(1, 400_000), min_size=1, max_size=30), st.integers(1, 100))
def test_whenever_somebody_looks_they_tile(seconds: list[int], hours: int) -> None:
    last, now = OUT, OUT
    told: list[Period] = []
    for gap in seconds:
        now += timedelta(seconds=gap)
        told += periods(last, now, max_age=timedelta(hours=hours))
        last = told[-1].until if told else last
    assert all(one.until == other.since for one, other in pairwise(told))
    assert all(one.since < one.until <= now for one in told)
    assert not told or told[0].since == OUT
    assert sum(1 + one.folded for one in told) == (last - OUT) // DAY
