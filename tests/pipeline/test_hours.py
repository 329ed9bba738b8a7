"""When a board is told: at once, at its times of day, after its quiet hours, also where these go over midnight or end with the day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.board import Board
from pipeline.hours import ZONE, due, is_quiet, last_told


def board(**fields: Any) -> Board:
    return Board.model_validate({"name": "someone", "title": "某人", "channels": ["desk"], **fields})


def at(time: str, day: int = 5) -> datetime:
    hours, minutes = time.split(":")
    return datetime(2024, 9, day, int(hours), int(minutes), tzinfo=ZONE)


def told(one: Board, now: datetime, level: int | None = 3, *, collects: bool = True) -> datetime:
    return due(one, now, level=level, collects=collects)


def test_without_hours_it_is_told_at_once() -> None:
    assert told(board(), at("03:00")) == at("03:00")


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        ("22:00-07:00", at("21:59"), at("21:59")),
        ("22:00-07:00", at("22:00"), at("07:00", 6)),
        ("22:00-07:00", at("23:59"), at("07:00", 6)),
        ("22:00-07:00", at("00:00"), at("07:00")),
        ("22:00-07:00", at("06:59"), at("07:00")),
        ("22:00-07:00", at("07:00"), at("07:00")),
        ("22:00-24:00", at("23:59"), at("00:00", 6)),
        ("22:00-24:00", at("00:00"), at("00:00")),
        ("22:00-00:00", at("23:59"), at("00:00", 6)),
        ("00:00-07:00", at("00:00"), at("07:00")),
        ("00:00-07:00", at("23:59"), at("23:59")),
        ("00:01-24:00", at("00:01"), at("00:00", 6)),
        ("12:00-14:00", at("13:00"), at("14:00")),
        # Complaint 9: a window over midnight.
        ("22:00-05:00", at("21:59"), at("21:59")),
        ("22:00-05:00", at("22:00"), at("05:00", 6)),
        ("22:00-05:00", at("23:59"), at("05:00", 6)),
        ("22:00-05:00", at("00:00"), at("05:00")),
        ("22:00-05:00", at("04:59"), at("05:00")),
        ("22:00-05:00", at("05:00"), at("05:00")),
    ],
)
def test_quiet_hours_end_when_they_say(quiet: str, now: datetime, until: datetime) -> None:
    assert told(board(quiet=quiet), now) == until
    assert told(board(quiet=quiet), now.astimezone(UTC)) == until


def test_a_level_breaks_through_and_what_has_none_does_not() -> None:
    one = board(quiet="22:00-07:00", at=["09:00"])
    assert told(one, at("23:00"), 1) == at("23:00")
    assert told(one, at("23:00"), 2) == at("09:00", 6)
    assert told(one, at("23:00"), None, collects=False) == at("07:00", 6)
    assert told(board(quiet="22:00-07:00", breaks=None), at("23:00"), 1) == at("07:00", 6)


def test_alerts_wait_for_the_next_time_of_day_and_digests_do_not() -> None:
    one = board(at=["16:30", "09:00"])
    assert told(one, at("08:59")) == at("09:00")
    assert told(one, at("09:00")) == at("16:30")
    assert told(one, at("16:31")) == at("09:00", 6)
    assert told(one, at("16:31"), collects=False) == at("16:31")
    assert last_told(one, at("16:30")) == at("16:30")
    assert last_told(one, at("08:00")) == at("16:30", 4)


def test_a_time_of_day_in_quiet_hours_waits_for_their_end() -> None:
    one = board(at=["06:00"], quiet="22:00-07:00")
    assert told(one, at("20:00")) == at("07:00", 6)
    assert [last_told(one, at(time)) for time in ("06:30", "07:00")] == [at("07:00", 4), at("07:00")]


TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@given(TIMES, st.one_of(TIMES, st.just("24:00")), st.integers(0, 14 * 1440))
def test_what_is_due_is_never_quiet_never_early_and_within_a_day(start: str, end: str, minute: int) -> None:
    if start == end or (start, end) == ("00:00", "24:00"):
        return
    one, now = board(quiet=f"{start}-{end}"), at("00:00") + timedelta(minutes=minute)
    moment = told(one, now)
    assert now <= moment < now + timedelta(days=1)
    assert not is_quiet(one, moment)
    assert (moment == now) == (not is_quiet(one, now))
