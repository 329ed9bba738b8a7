"""The picture of how an event grew counts every post once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.desk.growth import FEWEST, HEIGHT, MOST, WIDTH, growth

AT = datetime(2024, 9, 5, 1, 20, tzinfo=UTC)


def test_without_posts_there_is_no_picture() -> None:
    assert growth([]) is None


def test_hours_are_those_of_the_clock_in_shanghai() -> None:
    drawn = growth([AT, AT + timedelta(minutes=30), AT + timedelta(hours=1)])
    assert drawn is not None
    assert (drawn.step, drawn.most, [bar.posts for bar in drawn.bars]) == ("时", 2, [2, 1])
    assert drawn.since.isoformat() == "2024-09-05T09:00:00+08:00"


def test_weeks_are_drawn_by_the_day_from_midnight() -> None:
    drawn = growth([AT, AT + timedelta(days=30)])
    assert drawn is not None
    assert (drawn.step, drawn.since.hour) == ("日", 0)


def test_alerts_stand_on_the_same_line_of_time() -> None:
    drawn = growth([AT, AT + timedelta(hours=40)], [(AT + timedelta(hours=20), 2)])
    assert drawn is not None
    assert abs(drawn.ticks[0].x - drawn.bars[-1].x / 2) < WIDTH / FEWEST


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 60 * 24 * 700), min_size=1, max_size=30))
def test_every_post_is_in_one_bar_inside_the_picture(minutes: list[int]) -> None:
    drawn = growth([AT + timedelta(minutes=minute) for minute in minutes])
    assert drawn is not None
    assert sum(bar.posts for bar in drawn.bars) == len(minutes)
    assert len(drawn.bars) <= MOST
    assert all(0 <= bar.x <= WIDTH and bar.x + bar.width <= WIDTH + 1 and 0 <= bar.y <= HEIGHT for bar in drawn.bars)
    assert drawn.end <= WIDTH + 1
