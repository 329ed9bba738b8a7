"""False bursts stay within the declared rate whatever the sources do, a rise is found soon, and few data are no surprise."""

from math import comb

import numpy as np
import pytest

from pipeline import trend
from tests.pipeline import nulls

TEST = nulls.TEST
assert TEST
WEEKS, PARTS = TEST.weeks, nulls.WEEK // nulls.WINDOW


def p_of(now: int, *, past: int | list[int] = 0, besides: tuple[float, float] = (0, 0), alive: bool | list[bool] = True) -> float:
    """p of one series of one source: `past` posts in each window of each week, or in the tested hours by week; `besides` now and before."""
    own = np.zeros((1, 1, WEEKS, PARTS))
    if isinstance(past, list):
        own[0, 0, :, 0] = past
    else:
        own += past
    others = np.full((1, 1, WEEKS + 1), float(besides[1]))
    others[..., 0] = besides[0]
    live = np.zeros((1, 1, WEEKS)) + np.array(alive, float)
    settled = trend.settled(own, live, dispersion=TEST.dispersion, floor=TEST.floor)
    what = trend.expected(trend.Past(own, others, live, np.full((1, 1), float(now))), settled)
    return float(trend.surprise(np.array([float(now)]), what)[0])


LIMIT = TEST.alpha / (100 * 24)
"""What p must reach on a desk of 100 series."""


@pytest.mark.parametrize("kind", ["even", "unrest", "grown", "silent"])
def test_of_ten_thousand_null_series_no_more_burst_than_alpha_says(kind: str) -> None:
    # 4 kinds x 2,500 series x 14 days, each tested every hour; `python -m tests.pipeline.nulls` measures more.
    assert nulls.false_rate(kind, 25, 14, seed=11) <= TEST.alpha


@pytest.mark.parametrize(
    ("name", "least", "share", "delay"),
    [("of a quiet series, 12 posts", 12, 0.9, 15), ("of a quiet series, 20 posts", 20, 0.97, 10)],
)
def test_a_rise_of_many_small_complaints_is_found_within_a_day(name: str, least: int, share: float, delay: float) -> None:
    power, hours = nulls.found_after("even", lambda daily: daily * 0 + least, desks=20, seed=5, of=lambda daily: daily < 0.5)
    assert power >= share, name
    assert hours <= delay, name


def test_a_busy_series_bursts_when_it_has_five_times_its_posts() -> None:
    power, hours = nulls.found_after("even", lambda daily: 4 * daily + 8, desks=20, seed=5, of=lambda daily: daily >= 1)
    assert power >= 0.75
    assert hours <= 18


def test_an_earlier_outbreak_does_not_hide_the_next() -> None:
    # Without one 0.95 are found; with one that counts in full, 0.2.
    after, _ = nulls.found_after("outbreak", lambda daily: daily * 0 + 20, desks=20, seed=5)
    assert after >= 0.75


@pytest.mark.parametrize("now", [1, 2, 3])
def test_a_few_posts_where_there_never_was_one_are_no_surprise(now: int) -> None:
    assert p_of(now) > LIMIT


@pytest.mark.parametrize(
    ("what", "now", "given", "burst"),
    [
        ("twelve where there was never one", 12, {}, True),
        ("without any history a declared many is needed", 12, {"alive": False}, False),
        ("without any history, very many", 40, {"alive": False}, True),
        ("as always", 10, {"past": 10}, False),
        ("five times as always", 50, {"past": 10}, True),
        ("the source gave five times as much of everything", 50, {"past": 10, "besides": (500, 100)}, False),
        ("the source gave as much of everything else as ever", 50, {"past": 10, "besides": (100, 100)}, True),
        ("every Monday as many", 12, {"past": [12, 11, 13, 12, 10, 12, 14, 12]}, False),
        ("a burst five weeks ago does not hide this one", 15, {"past": [0, 0, 0, 0, 30, 0, 0, 0]}, True),
        ("a source that was silent for all but a week", 8, {"past": [8, 0, 0, 0, 0, 0, 0, 0], "alive": [True] + 7 * [False]}, False),
    ],
)
def test_what_is_a_burst(what: str, now: int, given: dict[str, object], burst: bool) -> None:
    assert (p_of(now, **given) <= LIMIT) is burst, what  # type: ignore[arg-type]


def test_nothing_is_ever_a_spike() -> None:
    what = trend.Expected(np.array([1e-9, 1.0, 50.0]), np.array([1.0, 1.0, 1.0]))
    assert (trend.surprise(np.array([1.0, 1.0, 1.0]), what) >= 0).all()
    assert trend.surprise(np.array([1.0]), trend.Expected(np.array([0.5]), np.array([1.0])))[0] == pytest.approx(1 / 3)


def test_where_only_chance_is_at_work_the_test_is_the_exact_one_of_two_counts() -> None:
    own = np.zeros((1, 1, 8, 7))
    own[0, 0, :, 0] = [1, 0, 2, 1, 0, 1, 0, 0]
    past = trend.Past(own, np.zeros((1, 1, 9)), np.ones((1, 1, 8)), np.full((1, 1), 6.0))
    p = trend.surprise(np.array([6.0]), trend.expected(past, trend.settled(past.own, past.alive, dispersion=0, floor=99)))[0]
    assert p == pytest.approx(sum(comb(11, n) * 8 ** (11 - n) for n in range(6, 12)) / 9**11, rel=0.05)
