"""The stage of an event at its latest post, by the posts of each day."""

from datetime import timedelta

import pytest

from pipeline.cluster import drawn
from pipeline.figures import Figures
from tests.pipeline.made import hours, member

REVIVE = timedelta(days=3)


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        ([1], "萌芽"),
        ([2], "萌芽"),
        ([1, 1], "萌芽"),
        ([3], "发酵"),
        ([1, 2], "发酵"),
        ([3, 6], "发酵"),
        ([3, 0, 6], "发酵"),
        ([3, 4], "高峰"),
        ([3, 3], "高峰"),
        ([2, 4, 5], "高峰"),
        ([4, 3], "回落"),
        ([4, 9, 8], "回落"),
        ([4, 0, 1], "回落"),
        ([9, 2, 4], "回落"),
        ([9, 0, 0, 0, 1], "复燃"),
        ([9, 0, 0, 0, 7], "复燃"),
        ([9, 0, 0, 0, 1, 1], "萌芽"),
        ([9, 0, 0, 0, 2, 5], "发酵"),
        ([9, 0, 0, 0, 4, 5], "高峰"),
        ([9, 0, 0, 0, 5, 2], "回落"),
        ([9, 0, 0, 0, 5, 0, 0, 0, 1], "复燃"),
    ],
)
def test_the_stage_follows_from_the_posts_of_each_day_of_the_episode(days: list[int], stage: str) -> None:
    last = len(days) - 1
    # A day ends with its last post, so that days counted back from the latest post are these.
    posts = [member(f"{day} {number}", at=hours(24 * day - number * 0.1)) for day, count in enumerate(days) for number in range(count)]
    figures = Figures(posts, revive=REVIVE)
    assert (drawn(None, figures).stage, figures.last.at) == (stage, hours(24 * last))
