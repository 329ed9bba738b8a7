"""Streams of counts in which nothing happens, or one thing does: made by a seed, tested hour by hour with the arithmetic of the product.

A desk is 100 series of 5 sources; each series has a rate of its own (0.02 to 8 posts a day), hours of the day and days of the
week. `python -m tests.pipeline.nulls` prints the figures of docs/rules.md.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from config.load import load
from pipeline import trend

TEST = load().rules["burst"].test
assert TEST
SERIES, SOURCES, TICKS = 100, 5, 24
WEEK, WINDOW = 168, int(TEST.window.total_seconds() // 3600)
PAST = (TEST.weeks + 1) * WEEK
"""Hours before the first that is tested."""
Array = NDArray[Any]


class Alarm(NamedTuple):
    """At the end of which tested hour which series burst."""

    hour: int
    series: int


class World(NamedTuple):
    """Posts of each series by hour; what each source gave by hour besides; which source a series has; posts a day of each series."""

    posts: Array
    rest: Array
    source: Array
    daily: Array


def usual(desks: int, days: int, *, seed: int) -> tuple[np.random.Generator, Array, Array]:
    """Draw the mean of each series by hour, and its posts a day."""
    draw = np.random.default_rng(seed)
    number, hours = desks * SERIES, np.arange(PAST + days * 24)
    daily = np.exp(draw.uniform(np.log(0.02), np.log(8), number))
    profile = (np.array([1, 1, 1, 1, 1, 0.6, 0.5])[:, None] * (1 + 0.9 * np.sin((np.arange(24) - 8) / 24 * 2 * np.pi))).ravel()
    shifts = draw.integers(0, WEEK, number)
    return draw, daily[:, None] / 24 * profile[(hours[None] - shifts[:, None]) % WEEK], daily


def world(kind: str, desks: int, days: int, *, seed: int) -> World:
    """Draw a world of a kind: even, unrest, grown, silent or outbreak (an earlier one in every 20th series)."""
    draw, rate, daily = usual(desks, days, seed=seed)
    number, hours = rate.shape
    source = np.repeat(np.arange(desks * SOURCES), SERIES // SOURCES)
    sources, clock = desks * SOURCES, np.arange(hours)
    given = np.ones((sources, hours))
    if kind == "grown":  # by half to fourfold, at one moment of the tested days
        since = draw.integers(PAST, hours, sources)
        given = np.where(clock >= since[:, None], draw.uniform(1.5, 4, sources)[:, None], 1.0)
    elif kind == "silent":  # from some moment before, and back in the tested days
        since, back = draw.integers(0, PAST - WEEK, sources), draw.integers(PAST - 72, hours - 72, sources)
        given = np.where((clock >= since[:, None]) & (clock < back[:, None]), 0.0, 1.0)
    rate = rate * given[source]
    if kind == "unrest":  # every day has a mood of its own: variance of half the squared mean beside chance
        rate = rate * np.repeat(draw.gamma(2, 0.5, (number, hours // 24 + 1)), 24, axis=1)[:, :hours]
    posts = draw.poisson(rate)
    if kind == "outbreak":
        posts[::20, PAST - 21 * 24 : PAST - 18 * 24] += draw.poisson(20 / 24, (number // 20, 72))
    return World(posts, draw.poisson(given * 2 / 24), source, daily)


def alarms(seen: World, *, every: int = 1) -> list[Alarm]:
    """Test each series at the end of each hour, as the tracker does at a post, and return what burst."""
    assert TEST
    hours = seen.posts.shape[1]
    whole = seen.rest.copy()
    np.add.at(whole, seen.source, seen.posts)
    own, given = (np.concatenate([np.zeros((len(counts), 1)), counts.cumsum(1)], axis=1) for counts in (seen.posts, whole))
    weeks, parts = np.arange(TEST.weeks + 1), np.arange(WEEK // WINDOW)
    found = []
    for end in range(PAST + 1, hours + 1, every):
        now = own[:, end] - own[:, end - WINDOW]
        asked = np.flatnonzero(now >= TEST.floor)
        if not len(asked):
            continue
        mine, theirs = own[asked], given[seen.source[asked]]
        same = end - WEEK * weeks
        cuts = same[1:, None] - WINDOW * parts
        besides = (theirs[:, same] - theirs[:, same - WINDOW]) - (mine[:, same] - mine[:, same - WINDOW])
        alive = (theirs[:, same[1:]] - theirs[:, same[1:] - WEEK] > 0).astype(float)
        past = trend.Past((mine[:, cuts] - mine[:, cuts - WINDOW])[:, None], besides[:, None], alive[:, None], now[asked][:, None])
        p = trend.surprise(now[asked], trend.expected(past, trend.settled(past.own, past.alive, dispersion=TEST.dispersion, floor=TEST.floor)))
        found += [Alarm(end - PAST, int(one)) for one in asked[p <= TEST.alpha / (SERIES * TICKS)]]
    return found


def false_rate(kind: str, desks: int, days: int, *, seed: int) -> float:
    """Return the share of days on which a desk of 100 series had a false alarm: what alpha promises."""
    found = alarms(world(kind, desks, days, seed=seed))
    return len({(alarm.series // SERIES, (alarm.hour - 1) // 24) for alarm in found}) / (desks * days)


def found_after(
    kind: str, more: Callable[[Array], Array], *, desks: int, seed: int, of: Callable[[Array], Array] = np.ones_like
) -> tuple[float, float]:
    """Add `more` posts, by posts a day, to every 20th series in 24 hours; return the share found in 30 hours, and after how many (median)."""
    seen = world(kind, desks, 4, seed=seed)
    risen, start = np.arange(0, len(seen.posts), 20), PAST + 48
    seen.posts[risen, start : start + 24] += np.random.default_rng(seed + 1).poisson(more(seen.daily[risen])[:, None] / 24, (len(risen), 24))
    wanted = {int(one) for one in risen[of(seen.daily[risen]).astype(bool)]}
    first: dict[int, int] = {}
    for alarm in alarms(seen):
        if alarm.series in wanted and 48 < alarm.hour <= 78:
            first.setdefault(alarm.series, alarm.hour - 48)
    return len(first) / len(wanted), float(np.median(list(first.values()))) if first else np.inf


def main() -> None:
    """Print false alarm rates by kind of null series, and power and delay by size of the rise."""
    assert TEST
    print(f"alpha {TEST.alpha} a day and desk; share of 1,400 desk-days with a false alarm")
    for kind in ("even", "unrest", "grown", "silent"):
        print(f"  {kind:<10}{false_rate(kind, 50, 28, seed=3):.4f}")
    print("posts a day, posts more in a day: share found within 30 h, median hours")
    for low, high in ((0, 0.2), (0.2, 1), (1, 3), (3, 8)):
        for times, more in ((0, 8), (0, 12), (0, 20), (4, 8), (4, 20)):
            share, hours = found_after(
                "even",
                lambda daily, times=times, more=more: times * daily + more,  # type: ignore[misc]
                desks=40,
                seed=5,
                of=lambda daily, low=low, high=high: (daily >= low) & (daily < high),  # type: ignore[misc]
            )
            print(f"  {low:>4}-{high:<4} +{times} x usual +{more:<3} {share:.2f} {hours:>5.1f} h")
    for kind in ("even", "outbreak"):
        print(f"  12 or 20 more, {kind} before: {[found_after(kind, lambda daily, n=n: daily * 0 + n, desks=40, seed=5)[0] for n in (12, 20)]}")  # type: ignore[misc]


if __name__ == "__main__":
    main()
